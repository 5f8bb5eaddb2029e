#include "layers/fuse.h"
#include "layers/norm_opts.h"

extern const dl_module_class dl__class_batchnorm1d, dl__class_batchnorm2d, dl__class_batchnorm3d;

/* Batch norms, and the axes of their inputs. */
static const struct {
    const dl_module_class *cls;
    int32_t least, most;
} norms[] = {
    {&dl__class_batchnorm1d, 2, 3},
    {&dl__class_batchnorm2d, 4, 4},
    {&dl__class_batchnorm3d, 5, 5},
};

int dl__layer_takes_relu(const dl_module *m, const dl_tensor *x)
{
    const dl_ctx *ctx = m->base.ctx;
    if (dl__module_watched(ctx) || ctx->opts.check_finite || !x)
        return 0;
    for (size_t i = 0; i < sizeof norms / sizeof *norms; i++)
        if (m->cls == norms[i].cls) {
            const dl__batchnorm_config *c = m->config;
            return !c->folded && x->ndim >= norms[i].least && x->ndim <= norms[i].most &&
                   x->dims[1] == c->channels;
        }
    return 0;
}

dl_status dl__layer_call_relu(dl_module *m, dl_tensor *x, dl_tensor *skip, dl_tensor **y)
{
    return dl__module_run_as(m, dl__batchnorm_relu, (dl_tensor *const[]){x, skip}, 2, y, 1);
}
