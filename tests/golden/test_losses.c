/* Against PyTorch: make_losses.py. */
#include "support/golden.h"

static dl_tensor *call_mse(dl_tensor *const *in, const golden_args *a)
{
    dl_loss_opts o = {.reduction = GOLDEN_INT(0)};
    return dl_mse(in[0], in[1], &o);
}

static dl_tensor *call_cross_entropy(dl_tensor *const *in, const golden_args *a)
{
    dl_loss_opts o = {.reduction = GOLDEN_INT(0),
                      .ignore_set = GOLDEN_INT(1),
                      .ignore_index = a->k[2],
                      .label_smoothing = a->r[0],
                      .weight = in[2]};
    return dl_cross_entropy(in[0], in[1], &o);
}

#define PLAIN(op, ...)                                                                             \
    static dl_tensor *call_##op(dl_tensor *const *in, const golden_args *a)                        \
    {                                                                                              \
        dl_loss_opts o = {.reduction = GOLDEN_INT(0)};                                             \
        return dl_##op(in[0], in[1], __VA_ARGS__);                                                 \
    }
PLAIN(l1, &o)
PLAIN(huber, a->r[0], &o)
PLAIN(smooth_l1, a->r[0], &o)
PLAIN(kl_div, GOLDEN_INT(1), &o)
PLAIN(hinge, &o)
GOLDEN(soft_threshold, in[0], a->r[0])

static dl_tensor *call_bce(dl_tensor *const *in, const golden_args *a)
{
    dl_loss_opts o = {.reduction = GOLDEN_INT(0), .weight = in[2]};
    return dl_bce(in[0], in[1], &o);
}

/* The second and third number: there is a weight, a pos_weight. */
static dl_tensor *call_bce_with_logits(dl_tensor *const *in, const golden_args *a)
{
    dl_loss_opts o = {.reduction = GOLDEN_INT(0),
                      .weight = a->k[1] ? in[2] : NULL,
                      .pos_weight = a->k[2] ? in[2 + a->k[1]] : NULL};
    return dl_bce_with_logits(in[0], in[1], &o);
}

static dl_tensor *call_nll(dl_tensor *const *in, const golden_args *a)
{
    dl_loss_opts o = {.reduction = GOLDEN_INT(0),
                      .ignore_set = GOLDEN_INT(1),
                      .ignore_index = a->k[2],
                      .weight = in[2]};
    return dl_nll(in[0], in[1], &o);
}

PLAIN(cosine_loss, in[2], a->r[0], &o)
PLAIN(triplet, in[2], a->r[0], &o)
GOLDEN(cosine_similarity, in[0], in[1], GOLDEN_INT(0), a->r[0])

static const golden_op ops[] = {
    GOLDEN_OP(nll),       GOLDEN_OP(cosine_loss),
    GOLDEN_OP(triplet),   GOLDEN_OP(cosine_similarity),
    GOLDEN_OP(mse),       GOLDEN_OP(cross_entropy),
    GOLDEN_OP(l1),        GOLDEN_OP(huber),
    GOLDEN_OP(smooth_l1), GOLDEN_OP(kl_div),
    GOLDEN_OP(bce),       GOLDEN_OP(bce_with_logits),
    GOLDEN_OP(hinge),     GOLDEN_OP(soft_threshold),
};

int main(void)
{
    return golden_main("losses", ops, GOLDEN_LENGTH(ops));
}
