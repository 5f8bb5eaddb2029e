#include <math.h>
#include "support/softmax_cases.h"

static dl_tensor *call_log_softmax(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_log_softmax(in[0], user ? *(const int32_t *)user : -1);
}

static const op_test test = {"log_softmax", call_log_softmax, OP_CASES(softmax_cases),
                             .flags = OP_KEEPS_LAYOUT};

static void log_softmax_of_a_row_of_minus_infinity_is_minus_infinity(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 2), -INFINITY, -INFINITY, -INFINITY, 3);
    dl_tensor *seed = make_tensor(ctx, DL_F32, DL_SHAPE(2, 2), 1, 2, 3, 4), *dx;
    dl_grad_track(x, 1);
    dl_tensor *y = dl_log_softmax(x, 1);
    assert_values(y, -INFINITY, -INFINITY, -INFINITY, 0);
    assert_int_equal(dl_gradients(&y, &seed, 1, &x, 1, DL_GRAPH_RELEASE, &dx), DL_OK);
    assert_values(dx, 1, 2, 3, -3);
}

/* A logarithm of a softmax would be -inf from 104 on. */
static void log_softmax_does_not_underflow(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(3), 0, 1000, 3e38);
    assert_values(dl_log_softmax(dl_slice(x, 0, 0, 2, 1), 0), -1000, 0);
    assert_values(dl_log_softmax(x, 0), (double)-3e38f, (double)-3e38f, 0);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(log_softmax_of_a_row_of_minus_infinity_is_minus_infinity),
        with_ctx(log_softmax_does_not_underflow),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
