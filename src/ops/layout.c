/* Channels-last strides, and copies that have them. */
#include "autograd/autograd.h"
#include "core/check.h"
#include "ops/layout.h"

static void strides_of(const int64_t *dims, int32_t ndim, int64_t *strides)
{
    int64_t step = 1;
    strides[1] = 1;
    step *= dims[1];
    for (int32_t i = ndim - 1; i >= 2; i--) {
        strides[i] = step;
        step *= dims[i];
    }
    strides[0] = step;
}

void dl__spec_channels_last(dl_spec *out, dl_dtype dt, const int64_t *dims, int32_t ndim)
{
    int64_t n;
    dl__spec_row_major(out, dt, dims, ndim);
    if (dl__count(dims, ndim, &n) && n > 0) /* else dl_apply refuses them */
        strides_of(dims, ndim, out->strides);
}

int dl__is_channels_last(const dl_tensor *t)
{
    int64_t strides[DL_MAX_DIMS];
    strides_of(t->dims, t->ndim, strides);
    for (int32_t i = 0; i < t->ndim; i++)
        if (t->dims[i] > 1 && t->strides[i] != strides[i])
            return 0;
    return 1;
}

/* Memory of the shape of t; the caller's. */
static dl_tensor *like(dl_tensor *t)
{
    dl__shape s = dl__tensor_shape(t);
    strides_of(s.dims, s.ndim, s.strides);
    s.offset = 0;
    return dl__tensor_new(t->base.ctx, &s, 0);
}

dl_tensor *dl__as_channels_last(dl_tensor *t)
{
    if (dl__is_channels_last(t))
        return dl_tensor_keep(t);
    dl_tensor *own = like(t);
    if (own)
        dl__copy_elements(own, t);
    return own;
}

dl_tensor *dl__channels_last_begin(const dl_call *c, dl_tensor *out)
{
    return !c->accumulate && dl__is_channels_last(out) ? dl_tensor_keep(out) : like(out);
}

dl_status dl__channels_last_end(const dl_call *c, dl_tensor *out, dl_tensor *work)
{
    dl_status s = work ? DL_OK : c->ctx->status;
    if (work && work != out) {
        if (c->accumulate)
            s = dl__accumulate(out, work);
        else
            dl__copy_elements(out, work);
    }
    dl_tensor_drop(work);
    return s;
}
