/* Labels as rows of zeros with a one. */
#include <string.h>
#include "ops/index.h"

typedef struct one_hot_attrs {
    int64_t n;
    int32_t dtype;
} one_hot_attrs;

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const one_hot_attrs *a = c->attrs;
    const dl_tensor *labels = c->in[0];
    int64_t dims[DL_MAX_DIMS];
    if (dl__need_index(c, labels) != DL_OK)
        return c->ctx->status;
    memcpy(dims, labels->dims, sizeof dims);
    dims[labels->ndim] = a->n;
    dl__spec_row_major(out, a->dtype, dims, labels->ndim + 1);
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    const one_hot_attrs *a = c->attrs;
    dl_tensor *y = c->out[0];
    const dl__shape shape = {.dtype = y->dtype};
    const size_t size = dl_dtype_size(y->dtype);
    const int64_t count = dl__count_of(c->in[0]);
    int64_t room = 0; /* for a one of any element type */
    dl__local local;
    dl__indexes labels;
    if (dl__index_open(c, c->in[0], a->n, &labels) != DL_OK)
        return c->ctx->status;
    dl__fill_elements(y, 0);
    dl__fill_elements(dl__local_tensor(&local, c->ctx, &shape, &room), 1);
    for (int64_t i = 0; i < count; i++) {
        const int64_t label = ((const int64_t *)(const void *)dl__data(&labels.values))[i];
        memcpy(dl__data(y) + (size_t)(i * a->n + label) * size, &room, size);
    }
    dl__index_close(&labels);
    return DL_OK;
}

static const dl_attr attrs[] = {DL__ATTR(one_hot_attrs, n, I64, 1),
                                DL__ATTR(one_hot_attrs, dtype, I32, 1)};
const dl_op dl__op_one_hot = {
    .name = "one_hot",
    .attrs_size = sizeof(one_hot_attrs),
    .attrs = attrs,
    .n_attrs = 2,
    .flags = DL_OP_INTEGER_OUT,
    .infer = infer,
    .forward = forward,
};

dl_tensor *dl_one_hot(dl_tensor *labels, int64_t n, dl_dtype dtype)
{
    const one_hot_attrs a = {n, dtype};
    if (!dl__ready(labels))
        return NULL;
    dl_ctx *ctx = labels->base.ctx;
    if (n < 0)
        dl_fail(ctx, DL_EINVAL, "one_hot: n is %lld, wanted 0 or more", (long long)n);
    else if (dtype < DL_F32 || dtype > DL_BOOL)
        dl_fail(ctx, dtype == DL_BF16 ? DL_EUNSUPPORTED : DL_EDTYPE,
                "one_hot: %s (%d), wanted f32, f64, i32, i64, u8 or bool", dl_dtype_name(dtype),
                (int)dtype);
    else if (labels->ndim == DL_MAX_DIMS)
        dl_fail(ctx, DL_ELIMIT, "one_hot: the labels have %d axes, there is no room for another",
                (int)labels->ndim);
    return dl__ok(ctx) ? dl__apply1(&dl__op_one_hot, labels, &a) : NULL;
}
