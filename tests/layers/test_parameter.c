#include "dl/grad.h"
#include "layer_check.h"
#include "scratch.h"

static dl_status construct(dl_ctx *ctx, void *user)
{
    (void)user;
    dl_module *m = dl_layer_parameter(ctx, DL_SHAPE(2, 3), DL_INIT_HE_NORMAL);
    dl_module_drop(m);
    return m ? DL_OK : dl_ctx_status(ctx);
}

static void a_parameter_gives_itself(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *y = NULL;
    dl_module *m = dl_layer_parameter(ctx, DL_SHAPE(2, 3), 0);
    assert_int_equal(dl_module_call(m, NULL, 0, &y, 1), DL_OK);
    assert_ptr_equal(y, dl_module_tensor(m, "weight"));
    assert_shape(y, 2, 3);
    assert_values(y, 0, 0, 0, 0, 0, 0);
    assert_int_equal(dl_backward(dl_sum(dl_scale(y, 3), NULL, 0, 0)), DL_OK);
    assert_values(dl_grad(dl_module_param(m, 0)), 3, 3, 3, 3, 3, 3);
    dl_module_drop(m);
    assert_true(fault_loop(ctx, construct, NULL, NULL) > 0);
}

static void a_parameter_is_initialised_saved_and_copied(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_parameter(ctx, DL_SHAPE(4, 3), DL_INIT_ORTHOGONAL);
    dl_tensor *w = dl_module_param(m, 0);
    assert_int_equal(scratch_begin(), 0);
    assert_int_equal(dl_module_save(m, scratch_at("p.safetensors")), DL_OK);
    dl_module *twin[] = {dl_module_open(ctx, scratch_at("p.safetensors")),
                         dl_module_clone(m, NULL)};
    scratch_end();
    for (int i = 0; i < 2; i++) {
        assert_same_bits(dl_module_param(twin[i], 0), w);
        dl_module_drop(twin[i]);
    }
    dl_module_drop(m);
    m = dl_layer_parameter(ctx, NULL, 0, DL_INIT_TRUNC_NORMAL);
    assert_int_equal(dl_tensor_ndim(dl_module_param(m, 0)), 0);
    dl_module_drop(m);
}

static void a_parameter_refuses_what_makes_no_sense(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_parameter(ctx, DL_SHAPE(2), 0);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2)), *out[2];
    assert_null(dl_module_forward(m, x));
    expect_error(ctx, DL_EINVAL, "parameter: called with 1 inputs for 1 outputs, it has 0 and 1");
    assert_int_equal(dl_module_call(m, NULL, 0, out, 2), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "for 2 outputs");
    dl_module_drop(m);
    assert_null(dl_layer_parameter(ctx, DL_SHAPE(2), DL_INIT_HE_NORMAL));
    expect_error(ctx, DL_ESHAPE, "axes");
    assert_null(dl_layer_parameter(ctx, DL_SHAPE(2), 99));
    expect_error(ctx, DL_EINVAL, "parameter: init is 99");
    assert_null(dl_layer_parameter(ctx, DL_SHAPE(2, -1), 0));
    assert_true(dl_ctx_status(ctx) < 0);
    dl_ctx_clear(ctx);
    assert_null(dl_layer_parameter(ctx, DL_SHAPE(1, 1, 1, 1, 1, 1, 1, 1, 1), 0));
    assert_true(dl_ctx_status(ctx) < 0);
    dl_ctx_clear(ctx);
    assert_null(dl_layer_parameter(ctx, NULL, 2, 0));
    expect_error(ctx, DL_EINVAL, "parameter: shape is NULL");
    assert_null(dl_layer_parameter(NULL, NULL, 0, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_parameter_gives_itself),
        with_ctx(a_parameter_is_initialised_saved_and_copied),
        with_ctx(a_parameter_refuses_what_makes_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
