/* The running average of a net's weights: exponential, or of equal parts. */
#include "optim/average.h"
#include "autograd/elementwise.h"
#include "core/text.h"
#include "kernels/loops.h"
#include "optim/optim.h"

/* Exact where both are the same. */
DL__LOOP2(mix, a + s0 * (b - a))

static void average_destroy(dl__object *base, dl__dead *dead)
{
    dl_average *a = (dl_average *)(void *)base;
    for (int32_t i = 0; i < a->n; i++) {
        dl__object_unref(a->pair[i].from, dead);
        dl__object_unref(a->pair[i].to, dead);
    }
    dl__object_unref(a->count, dead);
    dl__object_unref(a->copy, dead);
    dl__free(a->pair);
}

/* Notes which tensor of the copy belongs to which of m. */
static dl_status pair_up(dl_average *a, dl_module *m)
{
    const int32_t n_param = dl_module_param_count(m), n_buffer = dl_module_buffer_count(m);
    const int32_t n = n_param + n_buffer;
    if (n_param < 0 || n_buffer < 0 ||
        !(a->pair = dl__calloc(a->base.ctx, (size_t)n * sizeof *a->pair)))
        return a->base.ctx->status;
    a->n_param = n_param;
    for (int32_t i = 0; i < n_param; i++)
        a->pair[i] = (dl__average_pair){dl_module_param(m, i), dl_module_param(a->copy, i)};
    for (int32_t i = 0; i < n_buffer; i++)
        a->pair[n_param + i] =
            (dl__average_pair){dl_module_buffer(m, i), dl_module_buffer(a->copy, i)};
    for (int32_t i = 0; i < n; i++) {
        if (!a->pair[i].from || !a->pair[i].to)
            return a->base.ctx->status;
        dl_tensor_keep(a->pair[i].from);
        dl_tensor_keep(a->pair[i].to);
        a->n++;
    }
    return DL_OK;
}

dl_average *dl_average_new(dl_module *m, double decay)
{
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx))
        return NULL;
    decay = dl__option(decay, 0.999);
    if (dl__option_range(ctx, "average", "decay", decay, 1) != DL_OK)
        return NULL;
    dl_average *a = dl__object_new(ctx, sizeof *a, average_destroy);
    if (!a)
        return NULL;
    a->decay = decay;
    a->copy = dl_module_clone(m, NULL);
    a->count = a->copy ? dl__zeros_with_data(ctx, DL_I64, NULL, 0) : NULL;
    if (a->count && dl_module_track(a->copy, 0) == DL_OK && pair_up(a, m) == DL_OK) {
        dl_module_train(a->copy, 0);
        return a;
    }
    dl_average_drop(a);
    return NULL;
}

dl_average *dl_average_keep(dl_average *a)
{
    return dl__object_keep(a);
}

void dl_average_drop(dl_average *a)
{
    dl__object_drop(a);
}

dl_ctx *dl_average_ctx(const dl_average *a)
{
    return a ? a->base.ctx : NULL;
}

dl_module *dl_average_module(dl_average *a)
{
    return a ? a->copy : NULL;
}

static int64_t *count_of(const dl_average *a)
{
    return (int64_t *)(void *)dl__data(a->count);
}

int64_t dl_average_count(const dl_average *a)
{
    return a ? *count_of(a) : -1;
}

dl_status dl_average_update(dl_average *a)
{
    if (!a || !dl__ok(a->base.ctx))
        return a ? a->base.ctx->status : DL_EINVAL;
    for (int32_t i = 0; i < a->n; i++)
        if (dl__is_meta(a->pair[i].from) || dl__is_meta(a->pair[i].to))
            return dl_fail(a->base.ctx, DL_ESTATE,
                           "average_update: parameters are meta, or were when the average was "
                           "made; make it when they have data");
    const int64_t before = (*count_of(a))++;
    const double weight[DL__ARGS] = {a->decay > 0 ? 1 - a->decay : 1 / (double)(before + 1)};
    dl__fpmode host = dl__fpmode_enter();
    for (int32_t i = 0; i < a->n; i++) {
        dl_tensor *to = a->pair[i].to, *from = a->pair[i].from;
        atomic_fetch_add(&to->storage->version, 1);
        if (before == 0 || i >= a->n_param)
            dl__copy_elements(to, from);
        else
            dl__elementwise_run(to, (dl_tensor *const[]){to, from}, 2, &mix, weight);
    }
    dl__fpmode_leave(host);
    return DL_OK;
}
