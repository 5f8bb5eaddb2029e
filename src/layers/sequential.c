/* Layers that feed one another. */
#include "layers/fuse.h"

extern const dl_module_class dl__class_relu;

/* 1 when child i takes the next one, a ReLU, along. */
static int fuses(const dl_module *m, int32_t i, const dl_tensor *x)
{
    return i + 1 < m->n_child && m->child[i + 1]->cls == &dl__class_relu &&
           dl__layer_takes_relu(m->child[i], x);
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    dl_tensor *x = in ? in[0] : NULL;
    for (int32_t i = 0; s == DL_OK && i < m->n_child; i++) {
        dl_tensor *y;
        if (fuses(m, i, x))
            s = dl__layer_call_relu(m->child[i++], x, NULL, &y);
        else
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
