/* Axes of size 1 repeated, and new leading axes: a view with strides 0. */
#include <string.h>
#include "autograd/autograd.h"
#include "core/check.h"
#include "ops/shape.h"

/* dims: shape, with -1 replaced by what x has. */
static dl_status resolve(const dl_tensor *x, const int64_t *shape, int32_t ndim, int64_t *dims)
{
    dl_ctx *ctx = x->base.ctx;
    const int32_t lead = ndim - x->ndim;
    char from[DL__SHAPE_TEXT], to[DL__SHAPE_TEXT];
    int64_t count;
    dl__dims_text(from, x);
    dl__shape_text(to, sizeof to, shape, ndim);
    if (lead < 0)
        return dl_fail(ctx, DL_ESHAPE, "expand: %s to %s, wanted at least %d axes", from, to,
                       (int)x->ndim);
    for (int32_t i = 0; i < ndim; i++) {
        const int64_t have = i < lead ? 1 : x->dims[i - lead];
        dims[i] = shape[i] == -1 && i >= lead ? have : shape[i];
        if (dims[i] < 0)
            return dl_fail(ctx, DL_ESHAPE, "expand: %s to %s: axis %d wants a size of 0 or more%s",
                           from, to, (int)i, i < lead ? ", it is new" : ", or -1");
        if (have != 1 && have != dims[i])
            return dl_fail(ctx, DL_ESHAPE,
                           "expand: %s to %s: axis %d has size %lld, wanted %lld or 1", from, to,
                           (int)i, (long long)have, (long long)dims[i]);
    }
    if (!dl__count(dims, ndim, &count))
        return dl_fail(ctx, DL_ELIMIT, "expand: %s to %s has more elements than can be counted",
                       from, to);
    return DL_OK;
}

/* The view itself is autograd's, which needs it as the inverse of summing a gradient down. */
dl_tensor *dl_expand(dl_tensor *x, const int64_t *shape, int32_t ndim)
{
    int64_t dims[DL_MAX_DIMS] = {0};
    if (!dl__ready(x) || !dl__shape_given(x->base.ctx, "expand", shape, ndim))
        return NULL;
    return resolve(x, shape, ndim, dims) == DL_OK ? dl__expand(x, dims, ndim) : NULL;
}
