#include <math.h>
#include "core/isa.h"
#include "support/softmax_cases.h"

static dl_tensor *call_softmax(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_softmax(in[0], user ? *(const int32_t *)user : -1);
}

static const op_test test = {"softmax", call_softmax, OP_CASES(softmax_cases),
                             .flags = OP_KEEPS_LAYOUT};

static void softmax_of_a_row_of_minus_infinity_is_zeros(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 2), -INFINITY, -INFINITY, -INFINITY, 3);
    dl_tensor *seed = make_tensor(ctx, DL_F32, DL_SHAPE(2, 2), 1, 2, 3, 4), *dx;
    dl_grad_track(x, 1);
    dl_tensor *y = dl_softmax(x, 1);
    assert_values(y, 0, 0, 0, 1);
    assert_int_equal(dl_gradients(&y, &seed, 1, &x, 1, DL_GRAPH_RELEASE, &dx), DL_OK);
    assert_values(dx, 0, 0, 0, 0);
}

static void softmax_of_huge_logits_is_finite(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(4), 3e38, 3e38, -3e38, 0);
    assert_values(dl_softmax(x, 0), 0.5, 0.5, 0, 0);
}

static void softmax_lets_nan_pass_in_its_row_alone(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(2, 2), NAN, 1, 2, 2);
    assert_values(dl_softmax(x, 1), NAN, NAN, 0.5, 0.5);
    assert_values(dl_softmax(dl_transpose(x, 0, 1), 0), NAN, 0.5, NAN, 0.5);
}

/* A row gives the same bits whether it is contiguous or lies across memory. */
static void softmax_has_the_same_bits_along_any_stride(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        dl_tensor *x = random_tensor(ctx, dt, 5, DL_SHAPE(83, 45)), *y = dl_softmax(x, 1);
        dl_tensor *z = dl_log_softmax(x, 1);
        for (int layout = 0; layout < LAYOUTS; layout++) {
            assert_same_bits(dl_softmax(with_layout(x, layout), 1), y);
            assert_same_bits(dl_log_softmax(with_layout(x, layout), 1), z);
        }
    }
}

static void softmax_has_the_same_bits_on_every_instruction_set(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 5, DL_SHAPE(50, 77)), *y[DL__ISAS], *z[DL__ISAS];
    int best = dl__isa();
    for (int isa = 0; isa <= best; isa++) {
        dl__isa_force(isa);
        y[isa] = dl_softmax(x, 1);
        z[isa] = dl_log_softmax(x, 0);
    }
    dl__isa_force(-1);
    for (int isa = 1; isa <= best; isa++) {
        assert_same_bits(y[isa], y[0]);
        assert_same_bits(z[isa], z[0]);
    }
}

static void softmax_refuses_an_axis_that_is_not_there(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 5, DL_SHAPE(2, 3));
    assert_null(dl_softmax(x, 2));
    expect_error(ctx, DL_ESHAPE, "softmax: axis is 2, wanted -2 to 1");
    assert_null(dl_log_softmax(x, -3));
    expect_error(ctx, DL_ESHAPE, "log_softmax: axis is -3, wanted -2 to 1");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(softmax_of_a_row_of_minus_infinity_is_zeros),
        with_ctx(softmax_of_huge_logits_is_finite),
        with_ctx(softmax_lets_nan_pass_in_its_row_alone),
        with_ctx(softmax_has_the_same_bits_along_any_stride),
        with_ctx(softmax_has_the_same_bits_on_every_instruction_set),
        with_ctx(softmax_refuses_an_axis_that_is_not_there),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
