/* The first half of an axis times the sigmoid of the second. */
#include "ops/shape.h"

dl_tensor *dl_glu(dl_tensor *x, int32_t axis)
{
    if (!dl__ready(x))
        return NULL;
    if (!dl__is_float(x->dtype)) {
        dl_fail(x->base.ctx, DL_EDTYPE, "glu: operand 0 is %s, it wants f32 or f64",
                dl_dtype_name(x->dtype));
        return NULL;
    }
    axis = dl__axis(x->base.ctx, "glu", axis, x->ndim);
    if (axis < 0)
        return NULL;
    const int64_t n = x->dims[axis];
    if (n % 2 != 0) {
        char text[DL__SHAPE_TEXT];
        dl_fail(x->base.ctx, DL_ESHAPE, "glu: axis %d of %s has an odd size, it wants two halves",
                (int)axis, dl__dims_text(text, x));
        return NULL;
    }
    const int32_t mark = dl_scope_begin(x->base.ctx);
    dl_tensor *a = dl_slice(x, axis, 0, n / 2, 1), *b = dl_slice(x, axis, n / 2, n, 1);
    return dl__scope_out(x->base.ctx, mark, dl_mul(a, dl_sigmoid(b)));
}
