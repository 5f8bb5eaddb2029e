#include "support/loss_check.h"

static dl_tensor *call_l1(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_l1(in[0], in[1], user);
}

static const op_case cases[] = {LOSS_CASES(-2, 2, -2, 2)};
static const op_test test = {"l1", call_l1, OP_CASES(cases), .flags = 0};

static void l1_does_what_every_loss_does(void **state)
{
    check_loss(*state, "l1", dl_l1, 0);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(l1_does_what_every_loss_does),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
