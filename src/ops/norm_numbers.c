#include "ops/norm.h"
#include <math.h>
#include <string.h>
#include "core/memory.h"

const dl_attr dl__norm_attr_list[DL__NORM_ATTR_COUNT] = DL__NORM_ATTRS;

/* ---- checks ---------------------------------------------------------------------------------- */

int dl__norm_eps(dl_ctx *ctx, const char *who, double eps)
{
    char text[DL__NUMBER];
    if (!(eps >= 0 && eps <= __DBL_MAX__))
        dl_fail(ctx, DL_EINVAL, "%s: eps is %s, wanted a finite number of at least 0", who,
                dl__double_text(text, eps));
    return dl__ok(ctx);
}

/* Shape of the weight for x; its rank. */
static int32_t weight_dims(const dl_tensor *x, int32_t axes, int64_t *dims)
{
    const int32_t first = axes > 0 ? x->ndim - axes : 1, n = axes > 0 ? axes : 1;
    memcpy(dims, x->dims + first, (size_t)n * sizeof *dims);
    return n;
}

dl_status dl__norm_need_weight(const dl_call *c, int32_t i, const char *what, int32_t axes)
{
    const dl_tensor *x = c->in[0], *w = c->in[i];
    int64_t dims[DL_MAX_DIMS];
    char found[DL__SHAPE_TEXT], wanted[DL__SHAPE_TEXT];
    if (!w)
        return DL_OK;
    if (dl__need_float(c, i) != DL_OK || dl__need_same_dtype(c, 0, i) != DL_OK)
        return c->ctx->status;
    const int32_t n = weight_dims(x, axes, dims);
    if (w->ndim == n && memcmp(w->dims, dims, (size_t)n * sizeof *dims) == 0)
        return DL_OK;
    return dl_fail(c->ctx, DL_ESHAPE, "%s: %s is %s, the input wants %s", c->op->name, what,
                   dl__dims_text(found, w), dl__shape_text(wanted, sizeof wanted, dims, n));
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* One number for each group of neighbouring numbers, the sum of them times scale. */
static void gather(double *to, const double *from, int64_t groups, int64_t together, double scale)
{
    for (int64_t g = 0; g < groups; g++) {
        double sum = 0;
        for (int64_t i = 0; i < together; i++)
            sum += from[g * together + i];
        to[g] = sum * scale;
    }
}

/* Numbers near the means. The values of row 0 will do for f32: they are off by sqrt(n) deviations
 * at most, and f64 has 29 binary digits more. f64 wants the means themselves. 0 for those that are
 * not finite: an infinite mean comes out of the sums, where inf - inf would make it NaN. */
static dl_status guess(const dl__norm_planes *p, int64_t groups, int64_t together, double scale,
                       double *numbers, double *sum)
{
    const int64_t each = p->v.channels / together; /* of an array of the batch */
    if (p->dtype == DL_F32) {
        const float *x = p->v.p[1];
        for (int64_t g = 0; g < groups; g++)
            numbers[g] =
                (double)x[g / each * p->v.batch_step[1] + g % each * together * p->v.step[1][1]];
    } else {
        if (dl__planes_sum(p->ctx, p->dtype, DL__PLANES_SUM, &p->v, NULL, NULL, sum) != DL_OK)
            return p->ctx->status;
        gather(numbers, sum, groups, together, scale);
    }
    for (int64_t g = 0; g < groups; g++)
        numbers[g] = isfinite(numbers[g]) ? numbers[g] : 0;
    return DL_OK;
}

dl_status dl__norm_statistics(const dl__norm_planes *p, const dl__norm_attrs *a, int64_t together,
                              double *numbers, double *var)
{
    const int64_t width = (p->v.batch ? p->v.batch : 1) * p->v.channels, groups = width / together;
    const double n = (double)(p->v.outer * p->v.inner * together);
    double *sum = dl__calloc(p->ctx, (size_t)width * 3 * sizeof *sum);
    double *mean = sum ? sum + 2 * width : NULL;
    dl_status s = sum ? DL_OK : DL_ENOMEM;
    memset(numbers, 0, (size_t)groups * sizeof *numbers);
    if (s == DL_OK && !a->no_mean)
        s = guess(p, groups, together, 1 / n, numbers, sum);
    for (int64_t c = 0; s == DL_OK && c < width; c++)
        mean[c] = numbers[c / together];
    if (s == DL_OK)
        s = dl__planes_sum(p->ctx, p->dtype, DL__PLANES_SPREAD, &p->v, mean, NULL, sum);
    if (s == DL_OK) {
        gather(sum, sum, groups, together, 1);
        gather(sum + width, sum + width, groups, together, 1);
    }
    /* What a guess was off the spread sees, and both results are freed of it. */
    for (int64_t g = 0; s == DL_OK && g < groups; g++) {
        const double off = a->no_mean ? 0 : sum[g] / n;
        const double v = (sum[width + g] - sum[g] * off) / n;
        numbers[g] += off;
        numbers[groups + g] = 1 / __builtin_sqrt((v < 0 ? 0 : v) + a->eps);
        if (var)
            var[g] = v < 0 ? 0 : v;
    }
    dl__free(sum);
    return s;
}

dl_tensor *dl__norm_apply(const dl_op *op, dl_tensor *x, dl_tensor *weight, dl_tensor *bias,
                          const dl__norm_attrs *a)
{
    dl_tensor *const in[3] = {x, weight, bias};
    dl_tensor *out[2] = {NULL};
    if (!dl__ready(x) || !dl__norm_eps(x->base.ctx, op->name, a->eps) ||
        dl_apply(op, in, 3, a, out, 2) != DL_OK)
        return NULL;
    dl_tensor_drop(dl_tensor_take(out[1])); /* the record keeps what it needs */
    return out[0];
}

/* ---- gradients ------------------------------------------------------------------------------- */

dl_status dl__norm_backward(const dl_op *op, const dl_call *c, dl_tensor *dy, dl_tensor *numbers,
                            dl_tensor **grads)
{
    dl__norm_attrs a = *(const dl__norm_attrs *)c->attrs;
    dl_tensor *const in[4] = {dy, c->in[0], c->in[1], numbers};
    a.want_dx = dl_call_wants(c, 0) != 0;
    return dl_apply(op, in, 4, &a, grads, 3);
}

dl_status dl__norm_gradients(const dl_op *op, const dl_call *c, dl_tensor *const *dy,
                             dl_tensor **dx)
{
    dl_tensor *grads[3] = {NULL};
    if (dl__norm_backward(op, c, dy[0], c->out[1], grads) != DL_OK)
        return c->ctx->status;
    for (int32_t i = 0; i < 3; i++)
        if (dl_call_wants(c, i))
            dx[i] = grads[i];
    return c->ctx->status;
}

/* in: dy, x, weight or NULL, numbers. out: dx (without elements where it is not wanted), dw, db. */
dl_status dl__norm_backward_infer(const dl_call *c, dl_spec *out)
{
    const dl__norm_attrs *a = c->attrs;
    const dl_tensor *x = c->in[1];
    int64_t dims[DL_MAX_DIMS] = {0};
    if (a->want_dx)
        dl__spec_like(&out[0], x);
    else
        dl__spec_row_major(&out[0], x->dtype, dims, 1);
    const int32_t n = weight_dims(x, a->axes, dims);
    dl__spec_row_major(&out[1], x->dtype, dims, n);
    dl__spec_row_major(&out[2], x->dtype, dims, n);
    return DL_OK;
}

dl_tensor *dl__norm_spread(dl_tensor *w, const dl_tensor *x, int32_t axes)
{
    int64_t dims[DL_MAX_DIMS] = {1, 1, 1, 1, 1, 1, 1, 1};
    if (!w || axes > 0)
        return w;
    dims[0] = x->dims[1];
    return dl_reshape(w, dims, x->ndim - 1);
}

dl_tensor *dl__norm_gather(dl_tensor *t, int32_t axes)
{
    int64_t dims[DL_MAX_DIMS] = {1, 1, 1, 1, 1, 1, 1, 1}, own[DL_MAX_DIMS];
    if (!t)
        return NULL;
    const int32_t n = weight_dims(t, axes, own);
    if (axes > 0)
        return dl__sum_to(t, own, n);
    dims[1] = own[0];
    return dl_reshape(dl__sum_to(t, dims, t->ndim), own, 1);
}

/* The mean of t over each group of channels: [N, C, ..] -> [N, C, 1 ..]. */
static dl_tensor *mean_of_channels(dl_tensor *t, int32_t groups)
{
    int32_t list[DL_MAX_DIMS], n = 0;
    int64_t dims[DL_MAX_DIMS] = {t->dims[0], t->dims[1], 1, 1, 1, 1, 1, 1};
    const int64_t grouped[3] = {t->dims[0], groups, t->dims[1] / groups};
    for (int32_t i = 2; i < t->ndim; i++)
        list[n++] = i;
    dl_tensor *m = n > 0 ? dl_mean(t, list, n, 1) : t;
    m = dl_mean(dl_reshape(m, grouped, 3), (const int32_t[]){2}, 1, 1);
    return m ? dl_reshape(dl__expand(m, grouped, 3), dims, t->ndim) : NULL;
}

/* The mean of t over each group of a, broadcasting to t. */
static dl_tensor *group_mean(dl_tensor *t, const dl__norm_attrs *a)
{
    int32_t list[DL_MAX_DIMS], n = 0;
    if (t && a->groups > 0)
        return mean_of_channels(t, a->groups);
    for (int32_t i = 0; t && i < t->ndim; i++)
        if (a->axes > 0 ? i >= t->ndim - a->axes : i != 1)
            list[n++] = i;
    return dl_mean(t, list, n, 1);
}

/* t less its mean, if means are taken. */
static dl_tensor *centred(dl_tensor *t, const dl__norm_attrs *a)
{
    return a->no_mean ? t : dl_sub(t, group_mean(t, a));
}

/* What the gradients of a backward operation need; from operations, so that any order follows. */
typedef struct parts {
    const dl__norm_attrs *a;
    dl_tensor *xhat, *s; /* s = sqrt(var + eps) */
} parts;

/* P(v) / s */
static dl_tensor *project(const parts *p, dl_tensor *v)
{
    dl_tensor *along = dl_mul(p->xhat, group_mean(dl_mul(v, p->xhat), p->a));
    return dl_div(dl_sub(centred(v, p->a), along), p->s);
}

static parts parts_of(const dl_call *c)
{
    const dl__norm_attrs *a = c->attrs;
    parts p = {.a = a};
    dl_tensor *d = centred(c->in[1], a);
    p.s = dl_sqrt(dl_add_scalar(group_mean(dl_mul(d, d), a), a->eps));
    p.xhat = dl_div(d, p.s);
    return p;
}

/* a + b, either may be NULL for nothing. */
static dl_tensor *plus(dl_tensor *a, dl_tensor *b)
{
    return a && b ? dl_add(a, b) : a ? a : b;
}

/* With g = g[0], u = w dy, e = P(g) / s, q = g[1] dy - (g mean(u xhat) + u mean(g xhat)) / s:
 * to dy: w e + g[1] xhat + g[2],  to w: sum(dy e),  to x: P(q) / s - xhat mean(g P(u)) / s^2. */
dl_status dl__norm_backward_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    const dl__norm_attrs *a = c->attrs;
    dl_tensor *dy = c->in[0], *x = c->in[1], *w = dl__norm_spread(c->in[2], x, a->axes);
    if (dl_tensor_count(x) == 0) /* zeros, all of them */
        return c->ctx->status;
    dl_tensor *gw = dl__norm_spread(g[1], x, a->axes), *gb = dl__norm_spread(g[2], x, a->axes);
    const parts p = parts_of(c);
    dl_tensor *u = w ? dl_mul(dy, w) : dy, *e = g[0] ? project(&p, g[0]) : NULL;
    if (dl_call_wants(c, 0)) {
        dx[0] = plus(w && e ? dl_mul(e, w) : e, gw ? dl_mul(p.xhat, gw) : NULL);
        dx[0] = gb && !dx[0] ? dl__expand(gb, x->dims, x->ndim) : plus(dx[0], gb);
    }
    if (dl_call_wants(c, 2) && e)
        dx[2] = dl__norm_gather(dl_mul(dy, e), a->axes);
    if (!dl_call_wants(c, 1))
        return c->ctx->status;
    dl_tensor *q = gw ? dl_mul(dy, gw) : NULL, *tail = NULL;
    if (g[0]) {
        dl_tensor *first = dl_mul(g[0], group_mean(dl_mul(u, p.xhat), a));
        dl_tensor *second = dl_mul(u, group_mean(dl_mul(g[0], p.xhat), a));
        q = plus(q, dl_neg(dl_div(dl_add(first, second), p.s)));
        tail = dl_div(group_mean(dl_mul(g[0], project(&p, u)), a), p.s);
    }
    if (q)
        dx[1] = project(&p, q);
    if (tail && dx[1])
        dx[1] = dl_sub(dx[1], dl_mul(p.xhat, tail));
    return c->ctx->status;
}
