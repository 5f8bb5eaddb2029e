/* Taking scales and shifts of channels into weights and biases. */
#include <string.h>
#include "layers/layer.h"

/* scale as a factor of w, which has [groups, in / groups, out / groups, ..] for axes. */
static dl_tensor *scaled(dl_tensor *w, int64_t groups, int32_t transposed, dl_tensor *scale)
{
    int64_t wide[DL_MAX_DIMS], spread[DL_MAX_DIMS];
    const int32_t front = transposed ? 3 : 1, ndim = w->ndim - 1 - transposed + front;
    if (ndim > DL_MAX_DIMS)
        return NULL;
    for (int32_t i = 0; i < ndim; i++)
        spread[i] = 1;
    memcpy(wide + front, w->dims + 1 + transposed, (size_t)(ndim - front) * sizeof *wide);
    wide[0] = spread[0] = transposed ? groups : w->dims[0];
    if (transposed) {
        wide[1] = w->dims[0] / groups;
        wide[2] = spread[2] = w->dims[1];
    }
    dl_tensor *y =
        dl_mul(dl_reshape(dl_cast(w, DL_F64), wide, ndim), dl_reshape(scale, spread, ndim));
    return dl_cast(dl_reshape(y, w->dims, w->ndim), w->dtype);
}

static int all_finite(dl_tensor *t)
{
    dl_tensor *all = dl_all(dl_isfinite(t), NULL, 0, 0);
    return all && dl_tensor_item(all) != 0;
}

int32_t dl__layer_absorb(dl_module *m, int64_t groups, int32_t transposed, dl_tensor *scale,
                         dl_tensor *shift, int32_t *no_bias)
{
    dl_ctx *ctx = m->base.ctx;
    dl_tensor *w = m->params.item[0].tensor, *b = m->params.n > 1 ? m->params.item[1].tensor : NULL;
    if (dl_tensor_count(scale) != (transposed ? groups * w->dims[1] : w->dims[0]))
        return 0;
    dl_tensor *new_w = scaled(w, groups, transposed, scale);
    dl_tensor *new_b =
        dl_cast(b ? dl_add(dl_mul(dl_cast(b, DL_F64), scale), shift) : dl_copy(shift), w->dtype);
    const int finite = all_finite(new_w) && all_finite(new_b);
    if (!dl__ok(ctx))
        return ctx->status;
    if (!finite)
        return 0;
    if (b) {
        dl__copy_elements(b, new_b);
    } else {
        dl_tensor *own = dl_tensor_take(dl_contiguous(new_b));
        if (!own || dl__module_attach(m, &m->params, "bias", own) != DL_OK) {
            dl_tensor_drop(own);
            return ctx->status;
        }
        *no_bias = 0;
    }
    dl__copy_elements(w, new_w);
    return 1;
}
