#include <math.h>
#include "dl/grad.h"
#include "dl/ops.h"
#include "support/op_check.h"

static void cast_passes_gradients_between_float_types(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(2), 0.5, 1.5);
    dl_grad_track(x, 1);
    dl_tensor *y = dl_cast(x, DL_F32), *g = NULL;
    dl_tensor *seed = make_tensor(ctx, DL_F32, DL_SHAPE(2), 3, 4);
    assert_int_equal(dl_gradients(&y, &seed, 1, &x, 1, DL_GRAPH_RELEASE, &g), DL_OK);
    assert_int_equal(dl_tensor_dtype(g), DL_F64);
    assert_values(g, 3, 4);
}

static void cast_between_all_types_keeps_small_whole_numbers(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype from = DL_F32; from <= DL_BOOL; from++)
        for (dl_dtype to = DL_F32; to <= DL_BOOL; to++)
            for (int layout = 0; layout < LAYOUTS; layout++) {
                dl_tensor *x = make_tensor(ctx, from, DL_SHAPE(2, 2), 0, 1, 1, 0);
                dl_tensor *y = dl_cast(with_layout(x, layout), to);
                assert_int_equal(dl_tensor_dtype(y), to);
                assert_values(y, 0, 1, 1, 0);
            }
    expect_ok(ctx);
}

static void cast_cuts_toward_zero_and_saturates(void **state)
{
    dl_ctx *ctx = *state;
    const double values[] = {-1.9, 1.9, 300, 1e30, -1e30, NAN, INFINITY, -INFINITY};
    dl_tensor *x = tensor_of(ctx, DL_F64, values, DL_SHAPE(8));
    assert_values(dl_cast(x, DL_I32), -1, 1, 300, INT32_MAX, INT32_MIN, 0, INT32_MAX, INT32_MIN);
    assert_values(dl_cast(x, DL_I64), -1, 1, 300, (double)INT64_MAX, (double)INT64_MIN, 0,
                  (double)INT64_MAX, (double)INT64_MIN);
    assert_values(dl_cast(x, DL_U8), 0, 1, 255, 255, 0, 0, 255, 0);
    assert_values(dl_cast(x, DL_BOOL), 1, 1, 1, 1, 1, 1, 1, 1);
    dl_tensor *i = make_tensor(ctx, DL_I64, DL_SHAPE(4), 300, -1, 1e10, -1e10);
    assert_values(dl_cast(i, DL_U8), 255, 0, 255, 0);
    assert_values(dl_cast(i, DL_I32), 300, -1, INT32_MAX, INT32_MIN);
    assert_values(dl_cast(make_tensor(ctx, DL_F32, DL_SHAPE(3), -0.0, 0.25, 0), DL_BOOL), 0, 1, 0);
}

static void cast_to_an_integer_is_not_recorded(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    dl_grad_track(x, 1);
    assert_false(dl_grad_tracked(dl_cast(x, DL_I64)));
    assert_true(dl_grad_tracked(dl_cast(x, DL_F64)));
}

static void cast_to_its_own_type_gives_the_tensor_itself(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    assert_ptr_equal(dl_cast(x, DL_F32), x);
}

static void cast_refuses_types_it_does_not_know(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    assert_null(dl_cast(x, 99));
    expect_error(ctx, DL_EDTYPE, "cast: f32 to unknown dtype (99)");
    assert_null(dl_cast(x, -1));
    expect_error(ctx, DL_EDTYPE, "cast: f32 to unknown dtype (-1)");
    assert_null(dl_cast(x, DL_BF16));
    expect_error(ctx, DL_EUNSUPPORTED, "cast: f32 to bf16");
    assert_null(dl_cast(NULL, DL_F32));
    expect_ok(ctx);
}

static dl_status cast_once(dl_ctx *ctx, void *user)
{
    dl_tensor *x = user;
    return dl_cast(x, DL_F64) && dl_cast(x, DL_U8) ? DL_OK : dl_ctx_status(ctx);
}

static void cast_survives_any_failed_allocation(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    dl_grad_track(x, 1);
    assert_true(fault_loop(ctx, cast_once, NULL, x) > 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        with_ctx(cast_passes_gradients_between_float_types),
        with_ctx(cast_between_all_types_keeps_small_whole_numbers),
        with_ctx(cast_cuts_toward_zero_and_saturates),
        with_ctx(cast_to_an_integer_is_not_recorded),
        with_ctx(cast_to_its_own_type_gives_the_tensor_itself),
        with_ctx(cast_refuses_types_it_does_not_know),
        with_ctx(cast_survives_any_failed_allocation),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (!failed)
        op_record("cast", OP_ANY_DTYPE, "plain native blas"); /* no engine has a part in it */
    return failed;
}
