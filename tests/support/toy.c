#include "support/toy.h"
#include "dl/layers.h"
#include "support/support.h"

static dl_dataset *clouds(dl_ctx *ctx, int64_t n, uint64_t seed)
{
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, seed, DL_SHAPE(n, 4));
    dl_tensor *y = dl_tensor_give(dl_tensor_zeros(ctx, DL_I64, DL_SHAPE(n)));
    float *px = dl_tensor_edit(x);
    int64_t *py = dl_tensor_edit(y);
    for (int64_t i = 0; i < n; i++) {
        py[i] = i % 3;
        px[4 * i + py[i]] += 1.5f;
    }
    dl_dataset *d = dl_dataset_tensors((dl_tensor *[]){x, y}, 2);
    dl_scope_end(ctx, mark);
    assert_non_null(d);
    return d;
}

void toy_make(toy *t, dl_ctx *ctx, int64_t n, int optim)
{
    t->ctx = ctx;
    t->train = clouds(ctx, n, 1);
    t->valid = clouds(ctx, n / 2, 2);
    t->net = dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_dense(ctx, 4, 16, NULL), dl_layer_relu(ctx),
                       dl_layer_dropout(ctx, 0.2, NULL), dl_layer_dense(ctx, 16, 3, NULL)));
    if (optim == TOY_ADAM)
        t->optim = dl_optim_adam(t->net, &(dl_adam_opts){.lr = 0.02});
    else
        t->optim = dl_optim_sgd(t->net, &(dl_sgd_opts){.lr = 0.1, .momentum = 0.9});
    dl_optim_set_sched(t->optim, dl_sched_cosine(ctx, 3, 60, 0.1));
    expect_ok(ctx);
}

void toy_end(toy *t)
{
    dl_optim_drop(t->optim);
    dl_module_drop(t->net);
    dl_dataset_drop(t->train);
    dl_dataset_drop(t->valid);
}

void toy_hash(const toy *t, char hex[65])
{
    assert_int_equal(dl_module_hash(t->net, hex), DL_OK);
}

void toy_change(toy *t)
{
    float *w = dl_tensor_edit(dl_module_param(t->net, 0));
    w[0] += 1;
}
