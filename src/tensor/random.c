/* Random fills. Every call draws from a stream of its own; element i of the result is element i of
 * the stream, so neither order nor threads matter. */
#include <math.h>
#include "core/parallel.h"
#include "core/random.h"
#include "core/text.h"
#include "tensor/tensor.h"

enum { PIECE = 16384 }; /* elements of one item of parallel work */

typedef struct fill {
    dl__stream stream;
    dl_dtype dtype;
    void *data;
    int64_t n;
    int normal;
    double low, high; /* of uniform fills; values of the tensor's type */
    int64_t least;    /* of integers */
    uint64_t bound;
} fill;

/* [0, 1) to [low, high); rounding may reach high, which stays out. */
static void stretch_f32(const fill *f, float *x, int64_t n)
{
    const float below = nextafterf((float)f->high, (float)f->low);
    if (f->low == 0 && f->high == 1)
        return;
    for (int64_t i = 0; i < n; i++) {
        float v = (float)fma((double)x[i], f->high - f->low, f->low);
        x[i] = v < below ? v : below;
    }
}

static void stretch_f64(const fill *f, double *x, int64_t n)
{
    const double below = nextafter(f->high, f->low);
    for (int64_t i = 0; i < n; i++) {
        double v = fma(x[i], f->high - f->low, f->low);
        x[i] = v < below ? v : below;
    }
}

static void real_piece(void *arg, int64_t item)
{
    const fill *f = arg;
    int64_t from = item * PIECE, n = f->n - from < PIECE ? f->n - from : PIECE;
    if (f->dtype == DL_F32) {
        float *x = (float *)f->data + from;
        if (f->normal) {
            dl__fill_normal_f32(&f->stream, (uint64_t)from, x, n);
        } else {
            dl__fill_uniform_f32(&f->stream, (uint64_t)from, x, n);
            stretch_f32(f, x, n);
        }
    } else {
        double *x = (double *)f->data + from;
        if (f->normal) {
            dl__fill_normal_f64(&f->stream, (uint64_t)from, x, n);
        } else {
            dl__fill_uniform_f64(&f->stream, (uint64_t)from, x, n);
            stretch_f64(f, x, n);
        }
    }
}

static void integer_piece(void *arg, int64_t item)
{
    const fill *f = arg;
    int64_t from = item * PIECE, end = f->n - from < PIECE ? f->n : from + PIECE;
    for (int64_t i = from; i < end; i++) {
        uint64_t drawn = dl__bounded(&f->stream, (uint64_t)i, f->bound);
        int64_t v = (int64_t)((uint64_t)f->least + drawn); /* low + drawn < high: no overflow */
        if (f->dtype == DL_I64)
            ((int64_t *)f->data)[i] = v;
        else if (f->dtype == DL_I32)
            ((int32_t *)f->data)[i] = (int32_t)v;
        else
            ((uint8_t *)f->data)[i] = (uint8_t)v;
    }
}

static void permute(void *arg, int64_t item)
{
    const fill *f = arg;
    (void)item;
    dl__permutation(&f->stream, f->data, f->n);
}

/* A tensor of shape s, filled by task. A meta tensor draws its ticket too, so that the fills that
 * follow are the same with and without data. */
static dl_tensor *filled(dl_ctx *ctx, const dl__shape *s, fill *f, dl__task task, int whole)
{
    dl_tensor *t = dl__tensor_new(ctx, s, 0);
    if (!t)
        return NULL;
    f->stream = dl__random_stream(ctx->opts.seed, DL__FOR_FILL, ctx->fills++);
    f->dtype = s->dtype;
    f->data = t->storage->data;
    f->n = dl__shape_count(s);
    if (!dl__is_meta(t) && f->n > 0)
        dl__parallel(ctx, whole ? 1 : (f->n - 1) / PIECE + 1, task, f);
    return t;
}

static dl_status need_float(dl_ctx *ctx, const char *who, dl_dtype dt)
{
    return dl__is_float(dt) ? DL_OK
                            : dl_fail(ctx, DL_EDTYPE, "%s: dtype is %s, wanted f32 or f64", who,
                                      dl_dtype_name(dt));
}

/* v rounded to dt. */
static double bound_of(dl_dtype dt, double v)
{
    return dt == DL_F32 ? dl__fpmode_pin((double)(float)dl__fpmode_pin(v)) : v;
}

dl_tensor *dl_tensor_rand(dl_ctx *ctx, dl_dtype dt, double low, double high, const int64_t *shape,
                          int32_t ndim)
{
    char a[DL__NUMBER], b[DL__NUMBER];
    dl__shape s;
    if (!dl__ok(ctx) || dl__shape_check(ctx, "rand", dt, shape, ndim, &s) ||
        need_float(ctx, "rand", dt))
        return NULL;
    dl__fpmode host = dl__fpmode_enter();
    fill f = {.low = bound_of(dt, low), .high = bound_of(dt, high)};
    dl__fpmode_leave(host);
    if (!(f.low < f.high) || !isfinite(f.high - f.low)) {
        dl_fail(ctx, DL_EINVAL, "rand: range is [%s, %s), wanted low < high, both finite",
                dl__double_text(a, low), dl__double_text(b, high));
        return NULL;
    }
    return filled(ctx, &s, &f, real_piece, 0);
}

dl_tensor *dl_tensor_randn(dl_ctx *ctx, dl_dtype dt, const int64_t *shape, int32_t ndim)
{
    dl__shape s;
    fill f = {.normal = 1};
    if (!dl__ok(ctx) || dl__shape_check(ctx, "randn", dt, shape, ndim, &s) ||
        need_float(ctx, "randn", dt))
        return NULL;
    return filled(ctx, &s, &f, real_piece, 0);
}

/* Checks that [low, high) is not empty and that dt holds all of it. */
static dl_status check_range(dl_ctx *ctx, dl_dtype dt, int64_t low, int64_t high)
{
    static const struct {
        int64_t least, most;
    } range[] = {[DL_I32] = {INT32_MIN, INT32_MAX},
                 [DL_I64] = {INT64_MIN, INT64_MAX},
                 [DL_U8] = {0, 255},
                 [DL_BOOL] = {0, 1}};
    if (dl__is_float(dt))
        return dl_fail(ctx, DL_EDTYPE, "randint: dtype is %s, wanted i32, i64, u8 or bool",
                       dl_dtype_name(dt));
    if (low >= high)
        return dl_fail(ctx, DL_EINVAL, "randint: range is [%lld, %lld), wanted low < high",
                       (long long)low, (long long)high);
    if (low < range[dt].least || high - 1 > range[dt].most)
        return dl_fail(ctx, DL_EINVAL, "randint: range is [%lld, %lld), %s holds %lld to %lld",
                       (long long)low, (long long)high, dl_dtype_name(dt),
                       (long long)range[dt].least, (long long)range[dt].most);
    return DL_OK;
}

dl_tensor *dl_tensor_randint(dl_ctx *ctx, dl_dtype dt, int64_t low, int64_t high,
                             const int64_t *shape, int32_t ndim)
{
    dl__shape s;
    if (!dl__ok(ctx) || dl__shape_check(ctx, "randint", dt, shape, ndim, &s) ||
        check_range(ctx, dt, low, high))
        return NULL;
    fill f = {.least = low, .bound = (uint64_t)high - (uint64_t)low};
    return filled(ctx, &s, &f, integer_piece, 0);
}

dl_tensor *dl_tensor_permutation(dl_ctx *ctx, int64_t n)
{
    dl__shape s;
    fill f = {0};
    if (!dl__ok(ctx) || dl__shape_check(ctx, "permutation", DL_I64, &n, 1, &s))
        return NULL;
    return filled(ctx, &s, &f, permute, 1);
}
