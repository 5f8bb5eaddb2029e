/* The same elements in row-major order under another shape: a view, or a view of a copy. */
#include <string.h>
#include "core/check.h"
#include "ops/shape.h"

typedef struct reshape_attrs {
    int64_t dims[DL_MAX_DIMS]; /* all >= 0 */
    int32_t ndim;
} reshape_attrs;

/* x without its axes of size 1. */
typedef struct axes {
    int32_t n;
    int64_t dims[DL_MAX_DIMS], strides[DL_MAX_DIMS];
} axes;

static axes strip(const dl_tensor *x)
{
    axes a = {.n = 0};
    for (int32_t i = 0; i < x->ndim; i++) {
        if (x->dims[i] == 1)
            continue;
        a.dims[a.n] = x->dims[i];
        a.strides[a.n++] = x->strides[i];
    }
    return a;
}

/* Walks both shapes from the last axis on, group by group: the smallest groups of old and of new
 * axes with one count. A group of old axes must lie in memory like one axis. */
int dl__reshape_strides(const dl_tensor *x, const int64_t *dims, int32_t ndim, int64_t *strides)
{
    const axes old = strip(x);
    dl__row_major(ndim, dims, strides);
    if (dl__count_of(x) == 0)
        return 1;
    int32_t o = old.n, i = ndim;
    while (o > 0) {
        int64_t have = old.dims[--o], want = 1;
        const int64_t last = old.strides[o]; /* of the group */
        while (want != have) {
            if (want < have) {
                --i; /* the counts agree, so there is an axis left */
                strides[i] = last * want;
                want *= dims[i];
            } else {
                if (old.strides[o - 1] != old.strides[o] * old.dims[o])
                    return 0;
                have *= old.dims[--o];
            }
        }
    }
    return 1;
}

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const reshape_attrs *a = c->attrs;
    dl__spec_view(c, out);
    out->ndim = a->ndim;
    memcpy(out->dims, a->dims, sizeof out->dims);
    if (!dl__reshape_strides(c->in[0], a->dims, a->ndim, out->strides)) {
        char from[DL__SHAPE_TEXT], to[DL__SHAPE_TEXT];
        return dl_fail(c->ctx, DL_ESTATE, "reshape: the strides of %s cannot show it as %s",
                       dl__dims_text(from, c->in[0]),
                       dl__shape_text(to, sizeof to, a->dims, a->ndim));
    }
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = dl_reshape(dy[0], c->in[0]->dims, c->in[0]->ndim);
    return dl_ctx_status(c->ctx);
}

static const dl_attr attrs[] = {DL__ATTR(reshape_attrs, dims, I64, DL_MAX_DIMS),
                                DL__ATTR(reshape_attrs, ndim, I32, 1)};
const dl_op dl__op_reshape = {
    .name = "reshape",
    .attrs_size = sizeof(reshape_attrs),
    .attrs = attrs,
    .n_attrs = 2,
    .infer = infer,
    .backward = backward,
};

/* Fills a->dims from shape, with -1 replaced. */
static dl_status resolve(const dl_tensor *x, const int64_t *shape, reshape_attrs *a)
{
    const int64_t all = dl__count_of(x);
    char from[DL__SHAPE_TEXT], to[DL__SHAPE_TEXT];
    int32_t open = -1;
    int64_t count = 0;
    dl__dims_text(from, x);
    dl__shape_text(to, sizeof to, shape, a->ndim);
    for (int32_t i = 0; i < a->ndim; i++) {
        a->dims[i] = shape[i];
        if (shape[i] != -1)
            continue;
        if (open >= 0)
            return dl_fail(x->base.ctx, DL_ESHAPE, "reshape: %s to %s: more than one -1", from, to);
        open = i;
        a->dims[i] = 1;
    }
    if (!dl__count(a->dims, a->ndim, &count))
        return dl_fail(x->base.ctx, DL_ESHAPE,
                       "reshape: %s to %s: a size is negative, or there are too many elements",
                       from, to);
    if (open >= 0 && count == 0)
        return dl_fail(x->base.ctx, DL_ESHAPE,
                       "reshape: %s to %s: beside a size of 0, -1 could be anything", from, to);
    const int64_t left = open >= 0 ? all / count : 1;
    if (count * left != all)
        return dl_fail(x->base.ctx, DL_ESHAPE, "reshape: %s has %lld elements, %s wants %s%lld",
                       from, (long long)all, to, open >= 0 ? "a multiple of " : "",
                       (long long)count);
    if (open >= 0)
        a->dims[open] = left;
    return DL_OK;
}

dl_tensor *dl_reshape(dl_tensor *x, const int64_t *shape, int32_t ndim)
{
    reshape_attrs a = {.ndim = ndim};
    int64_t strides[DL_MAX_DIMS];
    if (!dl__ready(x))
        return NULL;
    dl_ctx *ctx = x->base.ctx;
    if (!dl__shape_given(ctx, "reshape", shape, ndim))
        return NULL;
    if (resolve(x, shape, &a) != DL_OK)
        return NULL;
    if (dl__reshape_strides(x, a.dims, ndim, strides))
        return dl__apply1(&dl__op_reshape, x, &a);
    const int32_t mark = dl_scope_begin(ctx);
    if (mark < 0)
        return NULL;
    dl_tensor *copy = dl__copy_as(x, 1);
    return dl__scope_out(ctx, mark, copy ? dl__apply1(&dl__op_reshape, copy, &a) : NULL);
}
