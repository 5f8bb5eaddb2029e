/* Layers that feed one another. */
#include "layers/layer.h"

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    dl_tensor *x = in ? in[0] : NULL;
    for (int32_t i = 0; s == DL_OK && i < m->n_child; i++) {
        dl_tensor *y;
        s = dl_module_call(m->child[i], &x, 1, &y, 1);
        x = y;
    }
    return s != DL_OK ? s : dl__layer_give(m, x, out);
}

static int32_t chains(const dl_module *m, int32_t i)
{
    (void)m, (void)i;
    return 1;
}

const dl_module_class dl__class_sequential = {
    .name = "sequential",
    .takes_children = 1,
    .forward = forward,
    .chains = chains,
};

dl_module *dl_layer_sequential(dl_ctx *ctx, dl_module *const *layers, int32_t n)
{
    return dl__layer_container(ctx, &dl__class_sequential, NULL, NULL, layers, n);
}
