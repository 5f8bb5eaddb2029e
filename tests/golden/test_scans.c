/* Against PyTorch: make_scans.py. */
#include "support/golden.h"

GOLDEN(cumsum, in[0], GOLDEN_INT(0))

/* One result of two. */
static dl_tensor *sorted(dl_tensor *x, const golden_args *a, int which)
{
    dl_tensor *out[2];
    return dl_sort(x, GOLDEN_INT(0), GOLDEN_INT(1), &out[0], &out[1]) ? NULL : out[which];
}

static dl_tensor *best(dl_tensor *x, const golden_args *a, int which)
{
    dl_tensor *out[2];
    return dl_topk(x, a->k[0], GOLDEN_INT(1), GOLDEN_INT(2), &out[0], &out[1]) ? NULL : out[which];
}

static dl_tensor *call_sort(dl_tensor *const *in, const golden_args *a)
{
    return sorted(in[0], a, 0);
}

static dl_tensor *call_sort_index(dl_tensor *const *in, const golden_args *a)
{
    return sorted(in[0], a, 1);
}

static dl_tensor *call_topk(dl_tensor *const *in, const golden_args *a)
{
    return best(in[0], a, 0);
}

static dl_tensor *call_topk_index(dl_tensor *const *in, const golden_args *a)
{
    return best(in[0], a, 1);
}

static const golden_op ops[] = {GOLDEN_OP(cumsum), GOLDEN_OP(sort), GOLDEN_OP(sort_index),
                                GOLDEN_OP(topk), GOLDEN_OP(topk_index)};

int main(void)
{
    return golden_main("scans", ops, GOLDEN_LENGTH(ops));
}
