/* Sums over the axes that broadcasting added or stretched: the inverse of expand. */
#include <string.h>
#include "autograd/autograd.h"
#include "autograd/elementwise.h"
#include "core/text.h"
#include "tensor/iterate.h"

typedef struct attrs {
    int64_t dims[DL_MAX_DIMS];
    int32_t ndim;
} attrs;

static const dl_attr attr_list[] = {
    {"shape", DL_ATTR_I64, offsetof(attrs, dims), DL_MAX_DIMS},
    {"ndim", DL_ATTR_I32, offsetof(attrs, ndim), 1},
};

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    if (dl__need_float(c, 0) != DL_OK)
        return c->ctx->status;
    if (!dl__broadcasts(a->dims, a->ndim, x->dims, x->ndim)) {
        char from[128], to[128];
        return dl_fail(c->ctx, DL_ESHAPE, "sum_to: shape %s does not broadcast to %s",
                       dl__shape_text(to, sizeof to, a->dims, a->ndim),
                       dl__shape_text(from, sizeof from, x->dims, x->ndim));
    }
    dl__spec_row_major(out, x->dtype, a->dims, a->ndim);
    return DL_OK;
}

static void add_f32(int64_t n, char *const *p, const int64_t *step, const void *arg)
{
    (void)arg;
    for (int64_t i = 0; i < n; i++)
        *(float *)(void *)(p[1] + i * step[1]) += *(const float *)(void *)(p[0] + i * step[0]);
}

static void add_f64(int64_t n, char *const *p, const int64_t *step, const void *arg)
{
    (void)arg;
    for (int64_t i = 0; i < n; i++)
        *(double *)(void *)(p[1] + i * step[1]) += *(const double *)(void *)(p[0] + i * step[0]);
}

static dl_status forward(const dl_call *c)
{
    const dl_tensor *operand[2] = {c->in[0], c->out[0]};
    memset(dl__data(c->out[0]), 0,
           (size_t)dl__count_of(c->out[0]) * dl_dtype_size(c->out[0]->dtype));
    dl__walk w;
    dl__walk_plan(&w, operand, 2);
    dl__walk_serial(&w, c->out[0]->dtype == DL_F64 ? add_f64 : add_f32, NULL);
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = dl__expand(dy[0], c->in[0]->dims, c->in[0]->ndim);
    return c->ctx->status;
}

static const dl_op sum_to_op = {.name = "sum_to",
                                .attrs_size = sizeof(attrs),
                                .attrs = attr_list,
                                .n_attrs = 2,
                                .infer = infer,
                                .forward = forward,
                                .backward = backward};

dl_tensor *dl__sum_to(dl_tensor *x, const int64_t *dims, int32_t ndim)
{
    attrs a = {.ndim = ndim};
    if (ndim) /* of a scalar, dims may be NULL */
        memcpy(a.dims, dims, (size_t)ndim * sizeof *dims);
    return dl__apply1(&sum_to_op, x, &a);
}
