#include <math.h>
#include <stdlib.h>
#include "dl/ops.h"
#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_dropout(ctx, 0.3, NULL);
}

static dl_module *make_expectation(dl_ctx *ctx)
{
    return dl_layer_dropout(ctx, 0.3, &(dl_dropout_opts){.expectation = 1});
}

static void dropout_layer_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(3, 5));
    layer_check(make_expectation, DL_SHAPE(3, 5));
}

static void dropout_lets_everything_through_in_evaluation_mode(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_dropout(ctx, 0.5, NULL);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(100));
    dl_module_train(m, 0);
    assert_ptr_equal(run_layer(m, x), x);
    dl_module_drop(m);
}

/* Of 10,000 ones: how many elements are 0, and every other is kept. */
static int dropped(dl_module *m, dl_ctx *ctx, double kept)
{
    dl_tensor *x = dl_tensor_give(dl_tensor_ones(ctx, DL_F64, DL_SHAPE(10000)));
    double *y = values_of(run_layer(m, x));
    int zeros = 0;
    for (int i = 0; i < 10000; i++) {
        zeros += y[i] == 0;
        assert_true(y[i] == 0 || fabs(y[i] - kept) < 1e-12);
    }
    free(y);
    return zeros;
}

static void dropout_scales_what_it_keeps_in_training(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_dropout(ctx, 0.25, NULL);
    assert_in_range(dropped(m, ctx, 1 / 0.75), 2300, 2700);
    dl_module_drop(m);
}

static void the_expectation_form_scales_in_evaluation_mode(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_dropout(ctx, 0.25, &(dl_dropout_opts){.expectation = 1});
    assert_in_range(dropped(m, ctx, 1), 2300, 2700);
    dl_module_train(m, 0);
    assert_int_equal(dropped(m, ctx, 0.75), 0);
    dl_module_drop(m);
}

static void dropout_of_nothing_and_of_everything(void **state)
{
    dl_ctx *ctx = *state;
    for (int32_t form = 0; form < 2; form++) {
        const dl_dropout_opts o = {.expectation = form};
        dl_module *none = dl_layer_dropout(ctx, 0, &o), *all = dl_layer_dropout(ctx, 1, &o);
        assert_int_equal(dropped(none, ctx, 1), 0);
        assert_int_equal(dropped(all, ctx, 1), 10000);
        dl_module_drop(none);
        dl_module_drop(all);
    }
}

static void dropout_refuses_what_is_no_probability(void **state)
{
    dl_ctx *ctx = *state;
    const double wrong[] = {-0.1, 1.1, NAN, INFINITY};
    for (int i = 0; i < 4; i++) {
        assert_null(dl_layer_dropout(ctx, wrong[i], NULL));
        expect_error(ctx, DL_EINVAL, "dropout: p is");
    }
    assert_null(dl_layer_dropout(ctx, 0.5, &(dl_dropout_opts){.expectation = 2}));
    expect_error(ctx, DL_EINVAL, "expectation is 2");
    assert_null(dl_layer_dropout(ctx, 0.5, &(dl_dropout_opts){.reserved = {1}}));
    expect_error(ctx, DL_EINVAL, "reserved");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dropout_layer_does_what_every_layer_does),
        with_ctx(dropout_lets_everything_through_in_evaluation_mode),
        with_ctx(dropout_scales_what_it_keeps_in_training),
        with_ctx(the_expectation_form_scales_in_evaluation_mode),
        with_ctx(dropout_of_nothing_and_of_everything),
        with_ctx(dropout_refuses_what_is_no_probability),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
