#include "support/arithmetic_check.h"
#include <stdio.h>

static const op_test *test;

static void of_shapes_that_do_not_broadcast_names_both(void **state)
{
    dl_ctx *ctx = *state;
    char message[96];
    dl_tensor *in[] = {random_tensor(ctx, DL_F64, 1, DL_SHAPE(3, 2)),
                       random_tensor(ctx, DL_F64, 2, DL_SHAPE(3))};
    snprintf(message, sizeof message, "%s: shapes [3, 2] and [3] do not broadcast", test->name);
    assert_null(test->fn(in, 2, NULL));
    expect_error(ctx, DL_ESHAPE, message);
}

int arithmetic_main(const op_test *t, const struct CMUnitTest *more, int32_t n_more)
{
    static const op_fact facts[] = {OP_FACT(of_shapes_that_do_not_broadcast_names_both)};
    test = t;
    return op_main_with(t, facts, OP_LENGTH(facts), more, n_more);
}
