/* Maxima put back where they were: y[index] = x in each plane, 0 elsewhere; of elements that go to
 * one place the last stays. The gradient takes from there, for those that stayed. */
#include "core/memory.h"
#include "core/parallel.h"
#include "ops/index.h"
#include "dl/conv.h"
#include "ops/window.h"

typedef struct unpool_attrs {
    int64_t sizes[DL__SPATIAL]; /* of y, those of its axes in front */
} unpool_attrs;
static const dl_attr attrs[] = {DL__ATTR(unpool_attrs, sizes, I64, DL__SPATIAL)};

static dl_tensor *unpooled(dl_tensor *x, dl_tensor *index, const unpool_attrs *a);

/* ---- planes ---------------------------------------------------------------------------------- */

typedef struct planes {
    const dl_tensor *small, *large; /* x, y, or their gradients      */
    const int64_t *index;           /* row-major                     */
    uint8_t *taken;                 /* for each element of large: 0  */
    int32_t back;                   /* 1: from large to small        */
} planes;

/* In elements, of number i of a plane of t. */
static int64_t offset(const dl_tensor *t, int64_t i)
{
    int64_t at = 0;
    for (int32_t k = t->ndim - 1; k >= 2; k--) {
        at += i % t->dims[k] * t->strides[k];
        i /= t->dims[k];
    }
    return at;
}

/* The last one first: what comes to a place that is taken would have been written over. */
#define PLANE(type)                                                                                \
    static void plane_##type(void *arg, int64_t item)                                              \
    {                                                                                              \
        const planes *p = arg;                                                                     \
        const dl_tensor *s = p->small, *l = p->large;                                              \
        const int64_t n = dl__elements(s->dims + 2, s->ndim - 2);                                  \
        const int64_t room = dl__elements(l->dims + 2, l->ndim - 2);                               \
        const int64_t example = item / s->dims[1], c = item % s->dims[1];                          \
        const int64_t *index = p->index + item * n;                                                \
        type *small = (type *)(void *)dl__data(s) + example * s->strides[0] + c * s->strides[1];   \
        type *large = (type *)(void *)dl__data(l) + example * l->strides[0] + c * l->strides[1];   \
        for (int64_t o = n - 1; o >= 0; o--) {                                                     \
            uint8_t *taken = p->taken + item * room + index[o];                                    \
            type *from = small + offset(s, o), *to = large + offset(l, index[o]);                  \
            if (p->back)                                                                           \
                *from = *taken ? 0 : *to;                                                          \
            else if (!*taken)                                                                      \
                *to = *from;                                                                       \
            *taken = 1;                                                                            \
        }                                                                                          \
    }
PLANE(float)
PLANE(double)

static dl_status move(const dl_call *c, const dl_tensor *small, const dl_tensor *large,
                      int32_t back)
{
    planes p = {.small = small, .large = large, .back = back};
    dl__indexes index;
    const int64_t room = dl__elements(large->dims + 2, large->ndim - 2);
    if (dl__index_open(c, c->in[1], room, &index) != DL_OK)
        return c->ctx->status;
    p.index = (const int64_t *)(const void *)dl__data(&index.values);
    p.taken = dl__calloc(c->ctx, (size_t)dl__count_of(large));
    if (p.taken)
        dl__parallel(c->ctx, small->dims[0] * small->dims[1],
                     small->dtype == DL_F64 ? plane_double : plane_float, &p);
    dl__free(p.taken);
    dl__index_close(&index);
    return c->ctx->status;
}

/* ---- the gradient ---------------------------------------------------------------------------- */

/* in: dy, index. */
static dl_status back_infer(const dl_call *c, dl_spec *out)
{
    dl__spec_like(out, c->in[1]);
    out->dtype = c->in[0]->dtype;
    return DL_OK;
}

static dl_status back_forward(const dl_call *c)
{
    return move(c, c->out[0], c->in[0], 1);
}

static dl_status back_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    unpool_attrs a = {{0}};
    for (int32_t k = 2; k < c->in[0]->ndim; k++)
        a.sizes[k - 2] = c->in[0]->dims[k];
    if (dl_call_wants(c, 0))
        dx[0] = unpooled(dy[0], c->in[1], &a);
    return c->ctx->status;
}

const dl_op dl__op_max_unpool_backward = {
    .name = "max_unpool_backward",
    .saves_in = 2,
    .infer = back_infer,
    .forward = back_forward,
    .backward = back_backward,
};

/* ---- the operation --------------------------------------------------------------------------- */

/* in: x, index. */
static dl_status infer(const dl_call *c, dl_spec *out)
{
    const unpool_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0], *index = c->in[1];
    char of_x[DL__SHAPE_TEXT], of_index[DL__SHAPE_TEXT];
    if (dl__need_float(c, 0) != DL_OK || dl__need_index(c, index) != DL_OK)
        return c->ctx->status;
    if (!dl__same_shape(x, index))
        return dl_fail(c->ctx, DL_ESHAPE,
                       "max_unpool%dd: x is %s and the index is %s, wanted one "
                       "shape",
                       (int)x->ndim - 2, dl__dims_text(of_x, x), dl__dims_text(of_index, index));
    dl_tensor y = dl__tensor_value(x);
    for (int32_t k = 2; k < x->ndim; k++)
        y.dims[k] = a->sizes[k - 2];
    dl__spec_like(out, &y);
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    dl__fill_elements(c->out[0], 0);
    return move(c, c->in[0], c->out[0], 0);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    if (dl_call_wants(c, 0))
        dx[0] = dl__apply2(&dl__op_max_unpool_backward, dy[0], c->in[1], NULL);
    return c->ctx->status;
}

const dl_op dl__op_max_unpool = {
    .name = "max_unpool",
    .attrs_size = sizeof(unpool_attrs),
    .attrs = attrs,
    .n_attrs = 1,
    .saves_in = 2,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

static dl_tensor *unpooled(dl_tensor *x, dl_tensor *index, const unpool_attrs *a)
{
    return dl__apply2(&dl__op_max_unpool, x, index, a);
}

/* ---- the front doors ------------------------------------------------------------------------- */

static dl_tensor *front(dl_tensor *x, dl_tensor *index, const int64_t *sizes, int32_t axes)
{
    static const char *const wanted[DL__SPATIAL] = {"[N, C, L]", "[N, C, H, W]", "[N, C, D, H, W]"};
    unpool_attrs a = {{0}};
    char text[DL__SHAPE_TEXT];
    int64_t last = 0;
    if (!dl__ready(x) || !index)
        return NULL;
    dl_ctx *ctx = x->base.ctx;
    if (x->ndim != 2 + axes)
        dl_fail(ctx, DL_ESHAPE, "max_unpool%dd: x is %s, wanted %s", (int)axes,
                dl__dims_text(text, x), wanted[axes - 1]);
    for (int32_t k = 0; dl__ok(ctx) && k < axes; k++) {
        a.sizes[k] = last = sizes && sizes[k] != 0 ? sizes[k] : last;
        if (last < 1)
            dl_fail(ctx, DL_EINVAL,
                    "max_unpool%dd: size is %lld along spatial axis %d, wanted 1 "
                    "or more",
                    (int)axes, (long long)last, (int)k);
    }
    return dl__ok(ctx) ? unpooled(x, index, &a) : NULL;
}

#define UNPOOL(axes)                                                                               \
    dl_tensor *dl_max_unpool##axes##d(dl_tensor *x, dl_tensor *index, const int64_t *sizes)        \
    {                                                                                              \
        return front(x, index, sizes, axes);                                                       \
    }
UNPOOL(1)
UNPOOL(2)
UNPOOL(3)
