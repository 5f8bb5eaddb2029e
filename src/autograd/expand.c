/* Broadcasting as a view, the inverse of sum_to. */
#include <string.h>
#include "autograd/autograd.h"
#include "autograd/elementwise.h"
#include "core/text.h"

typedef struct attrs {
    int64_t dims[DL_MAX_DIMS];
    int32_t ndim;
} attrs;

static const dl_attr attr_list[] = {
    {"shape", DL_ATTR_I64, offsetof(attrs, dims), DL_MAX_DIMS},
    {"ndim", DL_ATTR_I32, offsetof(attrs, ndim), 1},
};

int dl__broadcasts(const int64_t *dims, int32_t ndim, const int64_t *big, int32_t n_big)
{
    if (ndim > n_big)
        return 0;
    for (int32_t i = 1; i <= ndim; i++)
        if (dims[ndim - i] != big[n_big - i] && dims[ndim - i] != 1)
            return 0;
    return 1;
}

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    if (!dl__broadcasts(x->dims, x->ndim, a->dims, a->ndim)) {
        char from[128], to[128];
        return dl_fail(c->ctx, DL_ESHAPE, "expand: shape %s does not broadcast to %s",
                       dl__shape_text(from, sizeof from, x->dims, x->ndim),
                       dl__shape_text(to, sizeof to, a->dims, a->ndim));
    }
    dl__spec_row_major(out, x->dtype, a->dims, a->ndim);
    int32_t added = a->ndim - x->ndim;
    for (int32_t i = 0; i < x->ndim; i++)
        out->strides[added + i] = x->dims[i] == a->dims[added + i] ? x->strides[i] : 0;
    out->offset = x->offset;
    out->view_of = 1;
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    (void)c;
    dx[0] = dy[0]; /* the engine sums it down */
    return DL_OK;
}

const dl_op dl__op_expand = {.name = "expand",
                             .attrs_size = sizeof(attrs),
                             .attrs = attr_list,
                             .n_attrs = 2,
                             .infer = infer,
                             .backward = backward};

dl_tensor *dl__expand(dl_tensor *x, const int64_t *dims, int32_t ndim)
{
    attrs a = {.ndim = ndim};
    memcpy(a.dims, dims, (size_t)ndim * sizeof *dims);
    return dl__apply1(&dl__op_expand, x, &a);
}
