/* Where gradients of leaves collect. */
#include "autograd/autograd.h"
#include "autograd/elementwise.h"
#include "tensor/iterate.h"

DL__LOOP2(add_loops, a + b)

dl_status dl__accumulate(dl_tensor *dst, dl_tensor *x)
{
    if (!dl__is_meta(dst) && !dl__is_meta(x)) {
        if (dst->fresh)
            dl__copy_elements(dst, x);
        else
            dl__elementwise_run(dst, (dl_tensor *[]){dst, x}, 2, &add_loops, NULL);
    }
    dst->fresh = 0;
    return DL_OK;
}

dl_tensor *dl__leaf_grad(dl__node *leaf, const dl_tensor *like)
{
    if (!leaf->grad) {
        dl__shape shape = dl__dense_like(like);
        leaf->grad = dl__tensor_new(leaf->base.ctx, &shape, dl__is_meta(like));
        leaf->has_grad = 0;
    }
    return leaf->grad;
}

dl_tensor *dl_grad(dl_tensor *leaf)
{
    const dl__node *node = leaf ? dl__node_of(leaf) : NULL;
    return node && !node->op && node->has_grad ? node->grad : NULL;
}

void dl_grad_zero(dl_tensor *leaf)
{
    dl__node *node = leaf ? dl__node_of(leaf) : NULL;
    if (node && !node->op)
        node->has_grad = 0;
}

dl_status dl__grad_place(dl_tensor *leaf, dl_tensor *grad)
{
    dl__node *node = dl__node_of(leaf);
    if (!node || node->op)
        return dl_fail(leaf->base.ctx, DL_ESTATE, "grad_place: the tensor is not a tracked leaf");
    if (grad && (grad->dtype != leaf->dtype || !dl__same_shape(grad, leaf)))
        return dl_fail(leaf->base.ctx, DL_ESHAPE, "grad_place: the place wants the leaf's shape");
    dl_tensor_keep(grad);
    dl_tensor_drop(node->grad);
    node->grad = grad;
    node->has_grad = 0;
    return DL_OK;
}
