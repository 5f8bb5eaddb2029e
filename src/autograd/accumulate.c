/* Where gradients of leaves collect. */
#include "autograd/elementwise.h"
#include "autograd/profile.h"
#include "tensor/iterate.h"

DL__LOOP2(add_loops, a + b)

/* dst = dst + x, or x, for tensors with data. */
static void add(dl_tensor *dst, dl_tensor *x)
{
    const double n = (double)dl__count_of(dst), bytes = n * (double)dl_dtype_size(dst->dtype);
    dl__tally work = {
        .name = "accumulate", .read = dst->fresh ? bytes : 2 * bytes, .written = bytes};
    dl__span span;
    dl__span_begin(dst->base.ctx, &span);
    if (dst->fresh)
        dl__copy_elements(dst, x);
    else
        dl__elementwise_run(dst, (dl_tensor *[]){dst, x}, 2, &add_loops, NULL);
    work.flops[dst->dtype == DL_F64] = dst->fresh ? 0 : n;
    if (span.profile)
        dl__span_close(dst->base.ctx, &span, &work);
}

dl_status dl__accumulate(dl_tensor *dst, dl_tensor *x)
{
    if (dl__is_meta(x) && !dl__is_meta(dst))
        return dl_fail(dst->base.ctx, DL_ESTATE,
                       "accumulate: a gradient without data (meta) cannot be added to one with it");
    if (!dl__is_meta(dst)) {
        atomic_fetch_add_explicit(&dst->storage->version, 1, memory_order_relaxed);
        add(dst, x);
    }
    dst->fresh = 0;
    return DL_OK;
}

dl_tensor *dl__leaf_grad(dl__node *leaf, int meta)
{
    if (leaf->grad && leaf->grad->fresh && dl__is_meta(leaf->grad) && !meta) {
        dl_tensor_drop(leaf->grad); /* of a time when the leaf's net was only shapes */
        leaf->grad = NULL;
    }
    if (!leaf->grad) {
        dl__shape shape = dl__dense_like(&leaf->out[0].shape);
        leaf->grad = dl__tensor_new(leaf->base.ctx, &shape, meta ? 1 : -1);
        if (leaf->grad)
            leaf->grad->fresh = 1;
    }
    return leaf->grad;
}

/* The node of a tracked leaf, else NULL. */
static dl__node *leaf_of(const dl_tensor *t)
{
    dl__node *node = t ? dl__node_of(t) : NULL;
    return node && !node->op ? node : NULL;
}

dl_tensor *dl_grad(dl_tensor *leaf)
{
    const dl__node *node = leaf_of(leaf);
    return node && node->grad && !node->grad->fresh ? node->grad : NULL;
}

void dl_grad_zero(dl_tensor *leaf)
{
    const dl__node *node = leaf_of(leaf);
    if (node && node->grad)
        node->grad->fresh = 1;
}

dl_status dl__grad_place(dl_tensor *leaf, dl_tensor *grad)
{
    dl__node *node = leaf_of(leaf);
    if (!node)
        return dl_fail(leaf->base.ctx, DL_ESTATE, "grad_place: the tensor is not a tracked leaf");
    if (grad && (grad->dtype != leaf->dtype || !dl__same_shape(grad, leaf)))
        return dl_fail(leaf->base.ctx, DL_ESHAPE, "grad_place: the place wants the leaf's shape");
    dl_tensor_keep(grad);
    dl_tensor_drop(node->grad);
    node->grad = grad;
    if (grad)
        grad->fresh = 1;
    return DL_OK;
}
