#include <math.h>
#include "autograd/autograd.h"
#include "dl/layers.h"
#include "dl/ops.h"
#include "support/optim_run.h"

static const float *flat_data(dl_optim *o)
{
    dl_tensor *flat = dl_optim_flat(o);
    assert_non_null(flat);
    assert_int_equal(dl_tensor_ndim(flat), 1);
    return dl_tensor_data(flat);
}

static void gradients_collect_in_the_flat_array(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t sizes[] = {5, 16, 17, 1};
    dl_module *m = make_params(ctx, DL_F32, sizes, 4);
    dl_optim *o = dl_optim_adam(m, NULL);
    const float *flat = flat_data(o);
    assert_int_equal(dl_tensor_count(dl_optim_flat(o)), 16 + 16 + 32 + 16);
    static const int64_t at[] = {0, 16, 32, 64};
    for (int32_t i = 0; i < 4; i++) {
        assert_null(dl_grad(dl_module_param(m, i)));
        give_grad_of(m, i, i + 1);
        assert_ptr_equal(dl_tensor_data(dl_grad(dl_module_param(m, i))), flat + at[i]);
    }
    /* Padding is zero, so the norm of the whole array is that of all gradients. */
    double sum = 0;
    for (int64_t i = 0; i < 80; i++)
        sum += (double)flat[i] * (double)flat[i];
    assert_true(sum == 5 * 1 + 16 * 4 + 17 * 9 + 1 * 16);
    assert_true(dl_optim_grad_norm(o) == sqrt(sum));
    /* A second gradient adds up in place. */
    dl_backward(dl_sum(dl_scale(dl_module_param(m, 1), 5), NULL, 0, 0));
    assert_true(flat[16] == 7 && flat[31] == 7);
    assert_ptr_equal(flat_data(o), flat);
    dl_optim_drop(o);
    /* The gradients do not need the optimizer. */
    assert_values(dl_grad(dl_module_param(m, 3)), 4);
    dl_module_drop(m);
}

static void weights_stored_input_first_have_gradients_and_steps_in_that_order(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_dense(ctx, 3, 2, NULL);
    dl_tensor *w = dl_module_tensor(m, "weight");
    assert_int_equal(dl_tensor_set(w, (const float[]){1, 2, 3, 4, 5, 6}, 24), DL_OK);
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 1, .weight_decay = 0.5});
    /* weight [out 2, in 3]: [o, i] lies at 2 i + o. */
    give_grad(m, 0, make_tensor(ctx, DL_F32, DL_SHAPE(2, 3), 10, 20, 30, 40, 50, 60));
    static const float wanted[] = {10, 40, 20, 50, 30, 60};
    assert_memory_equal(flat_data(o), wanted, sizeof wanted);
    assert_int_equal(dl_tensor_stride(dl_grad(w), 0), 1);
    assert_int_equal(dl_tensor_stride(dl_grad(w), 1), 2);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_values(w, 1 - 10.5, 2 - 21, 3 - 31.5, 4 - 42, 5 - 52.5, 6 - 63);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void gradients_that_are_present_move_in(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_point(ctx, DL_F32);
    point_backward(m);
    dl_tensor *x = dl_module_param(m, 0), *y = dl_module_param(m, 1);
    dl_tensor *before = dl_tensor_give(dl_tensor_to(ctx, dl_grad(x)));
    dl_grad_zero(y);
    dl_optim *o = dl_optim_sgd(m, NULL);
    assert_same_bits(dl_grad(x), before);
    assert_ptr_equal(dl_tensor_data(dl_grad(x)), flat_data(o));
    assert_null(dl_grad(y));
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void a_gradient_that_collected_elsewhere_moves_back(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_point(ctx, DL_F64);
    dl_tensor *x = dl_module_param(m, 0), *y = dl_module_param(m, 1);
    dl_optim *o = dl_optim_sgd(m, NULL);
    dl_grad_track(x, 0);
    assert_non_null(dl_optim_flat(o));
    dl_grad_track(x, 1);
    point_backward(m);
    dl_tensor *before = dl_tensor_give(dl_tensor_to(ctx, dl_grad(x)));
    const double *flat = dl_tensor_data(dl_optim_flat(o));
    assert_ptr_equal(dl_tensor_data(dl_grad(x)), flat);
    assert_ptr_equal(dl_tensor_data(dl_grad(y)), flat + 16);
    assert_same_bits(dl_grad(x), before);
    /* And with two optimizers, to the one that is asked. */
    dl_optim *second = dl_optim_sgd(m, NULL);
    const double *other = dl_tensor_data(dl_optim_flat(second));
    assert_ptr_equal(dl_tensor_data(dl_grad(x)), other);
    dl_optim_flat(o);
    assert_ptr_equal(dl_tensor_data(dl_grad(x)), flat);
    assert_same_bits(dl_grad(x), before);
    dl_optim_drop(second);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void two_element_types_have_no_one_flat_array(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_module_new(ctx, &bag_class, NULL);
    dl_module_add_param(m, "a", dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(3)));
    dl_module_add_param(m, "b", dl_tensor_zeros(ctx, DL_F64, DL_SHAPE(2)));
    dl_module_add_param(m, "c", dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(2)));
    dl_optim *o = dl_optim_adam(m, &(dl_adam_opts){.lr = 1});
    assert_null(dl_optim_flat(o));
    expect_error(ctx, DL_EUNSUPPORTED, "optim_flat: some parameters are f32, some f64");
    for (int32_t i = 0; i < 3; i++)
        give_grad_of(m, i, 2);
    assert_true(fabs(dl_optim_grad_norm(o) - sqrt(28)) < 1e-14);
    assert_int_equal(dl_optim_step(o), DL_OK);
    for (int32_t i = 0; i < 3; i++) {
        const double wanted[] = {-1, -1, -1};
        assert_close(dl_module_param(m, i), wanted, i == 0 ? 3 : 2, 1e-6);
    }
    assert_null(dl_optim_flat(NULL));
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void parameters_without_elements_are_fine(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t sizes[] = {0, 0};
    dl_module *m = make_params(ctx, DL_F32, sizes, 2);
    dl_optim *o = dl_optim_adam(m, NULL);
    expect_ok(ctx);
    assert_int_equal(dl_tensor_count(dl_optim_flat(o)), 0);
    give_grad_of(m, 0, 1);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_true(dl_optim_grad_norm(o) == 0);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void parameters_with_gaps_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    const int layouts[] = {LAYOUT_GAPS, LAYOUT_NEGATIVE};
    for (int i = 0; i < 2; i++) {
        dl_module *m = dl_module_new(ctx, &bag_class, NULL);
        dl_tensor *t = random_tensor(ctx, DL_F32, 3, DL_SHAPE(3, 4));
        dl_module_add_param(m, "w", with_layout(t, layouts[i]));
        expect_ok(ctx);
        assert_null(dl_optim_sgd(m, NULL));
        expect_error(ctx, DL_EUNSUPPORTED, "optim_sgd: parameter w is not dense in memory");
        dl_module_drop(m);
    }
}

static void a_gradient_laid_out_otherwise_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_point(ctx, DL_F32);
    dl_tensor *x = dl_module_param(m, 0);
    dl_optim *o = dl_optim_sgd(m, NULL);
    dl__grad_place(x, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3)));
    point_backward(m);
    dl_tensor *before = param_copy(m, 0), *y = param_copy(m, 1);
    assert_int_equal(dl_optim_step(o), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "x and its gradient differ in memory layout");
    assert_same_bits(x, before);
    assert_same_bits(dl_module_param(m, 1), y);
    dl_optim_flat(o);
    assert_int_equal(dl_optim_step(o), DL_OK);
    dl_optim_drop(o);
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(gradients_collect_in_the_flat_array),
        with_ctx(weights_stored_input_first_have_gradients_and_steps_in_that_order),
        with_ctx(gradients_that_are_present_move_in),
        with_ctx(a_gradient_that_collected_elsewhere_moves_back),
        with_ctx(two_element_types_have_no_one_flat_array),
        with_ctx(parameters_without_elements_are_fine),
        with_ctx(parameters_with_gaps_are_refused),
        with_ctx(a_gradient_laid_out_otherwise_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
