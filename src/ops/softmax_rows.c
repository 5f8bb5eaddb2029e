#include <string.h>
#include "core/text.h"
#include "ops/softmax_rows.h"

const dl_attr dl__axis_attr_list[1] = {
    {"axis", DL_ATTR_I32, offsetof(dl__axis_attrs, axis), 1},
};

int32_t dl__softmax_axis(const dl_call *c)
{
    const dl__axis_attrs *a = c->attrs;
    int32_t ndim = c->in[0]->ndim;
    return a->axis < 0 && ndim > 0 ? a->axis + ndim : a->axis;
}

dl_status dl__softmax_infer(const dl_call *c, dl_spec *out)
{
    const dl__axis_attrs *a = c->attrs;
    for (int32_t i = 0; i < c->n_in; i++) {
        if (dl__need_float(c, i) != DL_OK || dl__need_same_dtype(c, 0, i) != DL_OK)
            return c->ctx->status;
        if (!dl__same_shape(c->in[0], c->in[i])) {
            char x[128], y[128];
            return dl_fail(c->ctx, DL_ESHAPE, "%s: shapes are %s and %s, they must be equal",
                           c->op->name, dl__shape_text(x, sizeof x, c->in[0]->dims, c->in[0]->ndim),
                           dl__shape_text(y, sizeof y, c->in[i]->dims, c->in[i]->ndim));
        }
    }
    /* Without axes, 0 and -1 name the one element, as in PyTorch. */
    int32_t ndim = c->in[0]->ndim > 0 ? c->in[0]->ndim : 1;
    if (dl__axis(c->ctx, c->op->name, a->axis, ndim) < 0)
        return c->ctx->status;
    dl__spec_like(out, c->in[0]);
    return DL_OK;
}

static void add(dl__rows_plan *plan, dl_tensor *t, int32_t axis)
{
    size_t size = dl_dtype_size(t->dtype);
    if (t->ndim == 0)
        dl__rows_add_same(plan, dl__data(t), 1, size);
    else
        dl__rows_add(plan, dl__data(t), t->strides, size, axis);
}

dl_status dl__softmax_run(const dl_call *c, int kind)
{
    dl_tensor *x = c->in[0];
    int32_t axis = x->ndim > 0 ? dl__softmax_axis(c) : 0;
    dl__rows_plan plan;
    dl__rows_begin(&plan, x->ndim > 0 ? x->dims : (const int64_t[]){1}, x->ndim > 0 ? x->ndim : 1,
                   axis);
    add(&plan, c->out[0], axis);
    add(&plan, x, axis);
    add(&plan, c->in[c->n_in - 1], axis);
    dl__rows_run(c->ctx, &plan, dl__softmax_kernel(kind, x->dtype), NULL);
    return DL_OK;
}

dl_tensor *dl__softmax_sum(const dl_call *c, dl_tensor *t)
{
    int64_t dims[DL_MAX_DIMS];
    if (!t)
        return NULL;
    memcpy(dims, t->dims, sizeof dims);
    if (t->ndim > 0)
        dims[dl__softmax_axis(c)] = 1;
    return dl__sum_to(t, dims, t->ndim);
}
