/* Putting gradients to places of a tensor, and the gradient of that, taking from them. */
#include <string.h>
#include "autograd/autograd.h"
#include "ops/axes.h"
#include "ops/places.h"
#include "tensor/iterate.h"

/* The reduced axes of a tensor, steps in bytes. */
typedef struct inside {
    int32_t n;
    int64_t dims[DL_MAX_DIMS], steps[DL_MAX_DIMS];
} inside;

static inside inside_of(const dl_tensor *x, int32_t mask)
{
    inside in = {.n = 0};
    for (int32_t i = 0; i < x->ndim; i++) {
        if (!(mask >> i & 1) || x->dims[i] == 1)
            continue;
        in.dims[in.n] = x->dims[i];
        in.steps[in.n++] = x->strides[i] * (int64_t)dl_dtype_size(x->dtype);
    }
    return in;
}

static int64_t place(const inside *in, int64_t index)
{
    int64_t at = 0;
    for (int32_t i = in->n - 1; i > 0; i--) {
        at += index % in->dims[i] * in->steps[i];
        index /= in->dims[i];
    }
    return in->n > 0 ? at + index * in->steps[0] : at;
}

/* x with size 1 along its reduced axes: the start of each set of candidates. */
static dl_tensor starts(const dl_tensor *x, int32_t mask)
{
    dl_tensor s = dl__tensor_value(x);
    for (int32_t i = 0; i < x->ndim; i++)
        if (mask >> i & 1)
            s.dims[i] = 1;
    return s;
}

#define TAKE(type)                                                                                 \
    static void take_##type(int64_t n, char *const *p, const int64_t *step, const void *arg)       \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const int64_t index = *(const int64_t *)(const void *)(p[1] + i * step[1]);            \
            const char *from = p[2] + i * step[2] + place(arg, index);                             \
            *(type *)(void *)(p[0] + i * step[0]) = *(const type *)(const void *)from;             \
        }                                                                                          \
    }
TAKE(float)
TAKE(double)

#define PUT(type)                                                                                  \
    static void put_##type(int64_t n, char *const *p, const int64_t *step, const void *arg)        \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const int64_t index = *(const int64_t *)(const void *)(p[1] + i * step[1]);            \
            char *to = p[2] + i * step[2] + place(arg, index);                                     \
            *(type *)(void *)to += *(const type *)(const void *)(p[0] + i * step[0]);              \
        }                                                                                          \
    }
PUT(float)
PUT(double)

/* Runs over the results: t (y or dy), index, and x or dx at the start of the candidates. */
static void run_places(const dl_tensor *t, const dl_tensor *index, const dl_tensor *x, int32_t mask,
                       dl__run run)
{
    const dl_tensor full = dl__axes_full(t, x, mask), i = dl__axes_full(index, x, mask);
    const dl_tensor s = starts(x, mask), *const operand[] = {&full, &i, &s};
    const inside in = inside_of(x, mask);
    dl__walk w;
    dl__walk_plan(&w, operand, 3);
    dl__walk_run(x->base.ctx, &w, run, &in);
}

typedef struct place_attrs {
    int64_t dims[DL_MAX_DIMS], strides[DL_MAX_DIMS]; /* of x */
    int32_t ndim, mask;
} place_attrs;

static const dl_attr place_list[] = {
    DL__ATTR(place_attrs, dims, I64, DL_MAX_DIMS), DL__ATTR(place_attrs, strides, I64, DL_MAX_DIMS),
    DL__ATTR(place_attrs, ndim, I32, 1), DL__ATTR(place_attrs, mask, I32, 1)};

static dl_status put_infer(const dl_call *c, dl_spec *out)
{
    const place_attrs *a = c->attrs;
    dl__spec_noted(out, c->in[0]->dtype, a->ndim, a->dims, a->strides);
    return DL_OK;
}

static dl_status put_forward(const dl_call *c)
{
    const place_attrs *a = c->attrs;
    dl_tensor *dx = c->out[0];
    if (!c->accumulate)
        dl__fill_elements(dx, 0);
    run_places(c->in[0], c->in[1], dx, a->mask, dx->dtype == DL_F32 ? put_float : put_double);
    return DL_OK;
}

static dl_status put_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx);
const dl_op dl__op_place_put = {
    .name = "place_put",
    .attrs_size = sizeof(place_attrs),
    .attrs = place_list,
    .n_attrs = 4,
    .flags = DL_OP_ACCUMULATES,
    .saves_in = 2,
    .infer = put_infer,
    .forward = put_forward,
    .backward = put_backward,
};

static dl_status take_infer(const dl_call *c, dl_spec *out)
{
    dl__spec_like(out, c->in[1]);
    out->dtype = c->in[0]->dtype;
    return DL_OK;
}

static dl_status take_forward(const dl_call *c)
{
    const place_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    run_places(c->out[0], c->in[1], x, a->mask, x->dtype == DL_F32 ? take_float : take_double);
    return DL_OK;
}

static dl_status take_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dl_tensor *in[] = {dy[0], c->in[1]};
    return dl__gradient(&dl__op_place_put, in, 2, c->attrs, &dx[0]);
}

const dl_op dl__op_place_take = {
    .name = "place_take",
    .attrs_size = sizeof(place_attrs),
    .attrs = place_list,
    .n_attrs = 4,
    .saves_in = 2,
    .infer = take_infer,
    .forward = take_forward,
    .backward = take_backward,
};

static dl_status put_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    if (dl_call_wants(c, 0))
        dx[0] = dl__apply2(&dl__op_place_take, dy[0], c->in[1], c->attrs);
    return dl_ctx_status(c->ctx);
}

dl_status dl__place_gradient(dl_tensor *dy, dl_tensor *index, const dl_tensor *x, int32_t mask,
                             dl_tensor **dx)
{
    place_attrs p = {.ndim = x->ndim, .mask = mask};
    dl_tensor *in[] = {dy, index};
    memcpy(p.dims, x->dims, sizeof p.dims);
    memcpy(p.strides, x->strides, sizeof p.strides);
    return dl__gradient(&dl__op_place_put, in, 2, &p, dx);
}
