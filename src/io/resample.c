#include "io/resample.h"
#include <math.h>
#include <string.h>
#include "core/check.h"

enum { BITS = 22, ALIGN = 64 };

/* The weights of one axis: element i of the result is the sum of size[i] elements of the source
 * from first[i] on, times those from [i * most] on. Whole numbers of 2^-22 for bytes, else
 * doubles. */
typedef struct axis {
    int64_t from, to, most;
    int64_t *first, *size; /* [to] */
    double *weight;        /* [to, most]           */
    int32_t *fixed;        /* the same, in its place */
} axis;

static double support_of(int64_t from, int64_t to)
{
    const double scale = (double)from / (double)to;
    return scale < 1 ? 1 : scale;
}

static int64_t most_of(int64_t from, int64_t to)
{
    return (int64_t)ceil(support_of(from, to)) * 2 + 1;
}

/* The arrays of an axis in room; returns what is behind them. */
static char *lay_out(axis *a, int64_t from, int64_t to, char *room)
{
    *a = (axis){.from = from, .to = to, .most = most_of(from, to)};
    a->first = (int64_t *)(void *)room;
    a->size = a->first + to;
    a->weight = (double *)(void *)(a->size + to);
    a->fixed = (int32_t *)(void *)a->weight;
    return (char *)(a->weight + to * a->most);
}

/* The same steps in the same order as in PIL's precompute_coeffs: the results have the same
 * bits. */
static void weigh(axis *a, int32_t f32)
{
    const double scale = (double)a->from / (double)a->to, support = support_of(a->from, a->to);
    for (int64_t i = 0; i < a->to; i++) {
        const double centre = ((double)i + 0.5) * scale;
        double *k = a->weight + i * a->most, sum = 0;
        int64_t low = (int64_t)(centre - support + 0.5), high = (int64_t)(centre + support + 0.5);
        low = low < 0 ? 0 : low;
        high = high > a->from ? a->from : high;
        for (int64_t x = 0; x < high - low; x++) {
            const double d = fabs(((double)(x + low) - centre + 0.5) * (1.0 / support));
            k[x] = d < 1 ? 1 - d : 0;
            sum += k[x];
        }
        for (int64_t x = 0; x < high - low; x++)
            k[x] = sum != 0 ? k[x] / sum : k[x];
        for (int64_t x = 0; !f32 && x < high - low; x++) {
            const int32_t v = (int32_t)(0.5 + k[x] * (1 << BITS));
            memcpy(a->fixed + i * a->most + x, &v, sizeof v);
        }
        a->first[i] = low;
        a->size[i] = high - low;
    }
}

static uint8_t to_byte(int32_t sum)
{
    sum >>= BITS;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

static void bytes_along(const axis *a, const uint8_t *row, uint8_t *to)
{
    for (int64_t i = 0; i < a->to; i++) {
        const int32_t *k = a->fixed + i * a->most;
        const uint8_t *p = row + a->first[i];
        int32_t sum = 1 << (BITS - 1);
        for (int64_t x = 0; x < a->size[i]; x++)
            sum += k[x] * p[x];
        to[i] = to_byte(sum);
    }
}

static void floats_along(const axis *a, const float *row, float *to)
{
    for (int64_t i = 0; i < a->to; i++) {
        const double *k = a->weight + i * a->most;
        const float *p = row + a->first[i];
        double sum = 0;
        for (int64_t x = 0; x < a->size[i]; x++)
            sum += k[x] * (double)p[x];
        to[i] = (float)sum;
    }
}

/* Row i of the result from rows of n elements; sums has room for n. */
static void bytes_across(const axis *a, int64_t i, const uint8_t *rows, int64_t n, uint8_t *to,
                         int32_t *sums)
{
    for (int64_t j = 0; j < n; j++)
        sums[j] = 1 << (BITS - 1);
    for (int64_t x = 0; x < a->size[i]; x++) {
        const int32_t k = a->fixed[i * a->most + x];
        const uint8_t *row = rows + (a->first[i] + x) * n;
        for (int64_t j = 0; j < n; j++)
            sums[j] += k * row[j];
    }
    for (int64_t j = 0; j < n; j++)
        to[j] = to_byte(sums[j]);
}

static void floats_across(const axis *a, int64_t i, const float *rows, int64_t n, float *to,
                          double *sums)
{
    memset(sums, 0, (size_t)n * sizeof *sums);
    for (int64_t x = 0; x < a->size[i]; x++) {
        const double k = a->weight[i * a->most + x];
        const float *row = rows + (a->first[i] + x) * n;
        for (int64_t j = 0; j < n; j++)
            sums[j] += k * (double)row[j];
    }
    for (int64_t j = 0; j < n; j++)
        to[j] = (float)sums[j];
}

/* a * b + what is in *sum; 0 when it does not fit. */
static int add_product(int64_t a, int64_t b, int64_t *sum)
{
    int64_t product;
    return dl__mul_i64(a, b, &product) && dl__add_i64(*sum, product, sum);
}

size_t dl__resample_room(const dl__resample *r, int *fits)
{
    const int64_t most = INT64_MAX / 64; /* below it no sum of two sizes overflows */
    int64_t all = 8 * ALIGN;
    *fits = r->h < most && r->w < most && r->to_h < most && r->to_w < most &&
            add_product(r->to_w, 8 * (2 + most_of(r->w, r->to_w)), &all) &&
            add_product(r->to_h, 8 * (2 + most_of(r->h, r->to_h)), &all) &&
            add_product(r->to_w, 8, &all) && add_product(r->h, r->to_w * (r->f32 ? 4 : 1), &all) &&
            (uint64_t)all < SIZE_MAX;
    return *fits ? (size_t)all : 0;
}

void dl__resample_run(const dl__resample *r, const void *from, int64_t n, void *to, void *room)
{
    axis along, across;
    char *rest = lay_out(&across, r->h, r->to_h, lay_out(&along, r->w, r->to_w, room));
    char *sums = rest, *middle = rest + 8 * r->to_w;
    const int64_t size = r->f32 ? (int64_t)sizeof(float) : 1;
    weigh(&along, r->f32);
    weigh(&across, r->f32);
    for (int64_t k = 0; k < n; k++) {
        const char *plane = (const char *)from + k * r->h * r->w * size, *rows = plane;
        char *out = (char *)to + k * r->to_h * r->to_w * size;
        for (int64_t y = 0; r->w != r->to_w && y < r->h; y++) {
            rows = middle;
            if (r->f32)
                floats_along(&along, (const float *)(const void *)(plane + y * r->w * size),
                             (float *)(void *)(middle + y * r->to_w * size));
            else
                bytes_along(&along, (const uint8_t *)plane + y * r->w,
                            (uint8_t *)middle + y * r->to_w);
        }
        if (r->h == r->to_h)
            memcpy(out, rows, (size_t)(r->to_h * r->to_w * size));
        for (int64_t i = 0; r->h != r->to_h && i < r->to_h; i++) {
            char *row = out + i * r->to_w * size;
            if (r->f32)
                floats_across(&across, i, (const float *)(const void *)rows, r->to_w,
                              (float *)(void *)row, (double *)(void *)sums);
            else
                bytes_across(&across, i, (const uint8_t *)rows, r->to_w, (uint8_t *)row,
                             (int32_t *)(void *)sums);
        }
    }
}
