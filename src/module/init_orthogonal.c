/* Random orthogonal matrices: normal numbers, made orthonormal by Gram and Schmidt. */
#include <math.h>
#include <string.h>
#include "core/check.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "core/text.h"
#include "module/init.h"

enum { LANES = 16 };

/* Sum of a[i] b[i], in one fixed order. */
static double dot(const double *a, const double *b, int64_t n)
{
    double part[LANES] = {0}, all = 0;
    int64_t whole = n - n % LANES;
    for (int64_t i = 0; i < whole; i += LANES)
        for (int64_t l = 0; l < LANES; l++)
            part[l] = fma(a[i + l], b[i + l], part[l]);
    for (int64_t i = whole; i < n; i++)
        part[i - whole] = fma(a[i], b[i], part[i - whole]);
    for (int64_t l = 0; l < LANES; l++)
        all += part[l];
    return all;
}

/* Takes from v what lies along the k rows of q; twice, which is enough for full precision (Giraud,
 * Langou, Rozloznik, 2005). */
static void project_out(double *v, const double *q, int64_t k, int64_t n)
{
    for (int round = 0; round < 2; round++)
        for (int64_t r = 0; r < k; r++) {
            double c = -dot(v, q + r * n, n);
            for (int64_t i = 0; i < n; i++)
                v[i] = fma(c, q[r * n + i], v[i]);
        }
}

/* Makes the k rows of q, of n >= k elements, orthonormal. */
static void orthonormalise(double *q, int64_t k, int64_t n)
{
    for (int64_t r = 0; r < k; r++) {
        double *v = q + r * n, before = sqrt(dot(v, v, n));
        project_out(v, q, r, n);
        double length = sqrt(dot(v, v, n));
        /* A row that lies in the span of those before (chance 0) is replaced by a unit vector. */
        for (int64_t axis = 0; !(length > 1e-8 * before) && axis < n; axis++) {
            memset(v, 0, (size_t)n * sizeof *v);
            v[axis] = before = 1;
            project_out(v, q, r, n);
            length = sqrt(dot(v, v, n));
        }
        for (int64_t i = 0; i < n; i++)
            v[i] /= length;
    }
}

/* What dl__init_run fetches its elements from: the matrix, or its transpose if there are more rows
 * than columns. */
typedef struct source {
    const double *q;
    int64_t cols, n;
    int flip;
    double gain;
} source;

static void fetch(const dl__stream *s, uint64_t first, void *x, dl_dtype dt, int64_t n,
                  const void *arg)
{
    const source *m = arg;
    (void)s;
    for (int64_t i = 0; i < n; i++) {
        int64_t at = (int64_t)first + i, row = at / m->cols, col = at % m->cols;
        double v = m->gain * m->q[m->flip ? col * m->n + row : at];
        if (dt == DL_F32)
            ((float *)x)[i] = (float)v;
        else
            ((double *)x)[i] = v;
    }
}

dl_status dl_init_orthogonal(dl_tensor *t, double gain)
{
    static const char who[] = "init_orthogonal";
    char text[DL__NUMBER];
    size_t bytes;
    dl_status s = dl__init_check(who, t);
    if (s != DL_OK)
        return s;
    dl_ctx *ctx = t->base.ctx;
    if (t->ndim < 2)
        return dl_fail(ctx, DL_ESHAPE, "%s: the tensor has %d axes, wanted [out, in, ..]", who,
                       (int)t->ndim);
    if (!isfinite(gain) || gain < 0)
        return dl_fail(ctx, DL_EINVAL, "%s: gain is %s, wanted a finite number >= 0", who,
                       dl__double_text(text, gain));
    int64_t count = dl__count_of(t), rows = t->dims[0];
    if (dl__is_meta(t) || count == 0)
        return DL_OK;
    int64_t cols = count / rows, k = rows < cols ? rows : cols, n = rows < cols ? cols : rows;
    if (!dl__mul_size((size_t)count, sizeof(double), &bytes))
        return dl_fail(ctx, DL_ELIMIT, "%s: %lld elements are too many", who, (long long)count);
    double *q = dl__alloc(ctx, bytes);
    if (!q)
        return ctx->status;
    uint64_t fills = ctx->fills;
    const dl__stream stream = dl__init_stream(ctx);
    dl__fpmode host = dl__fpmode_enter();
    dl__fill_normal_f64(&stream, 0, q, count);
    orthonormalise(q, k, n);
    dl__fpmode_leave(host);
    const source m = {q, cols, n, rows > cols, gain > 0 ? gain : 1};
    s = dl__init_run(who, t, fetch, &m);
    ctx->fills = s == DL_OK ? fills + 1 : fills; /* fetch draws nothing: one fill, one stream */
    dl__free(q);
    return s;
}
