/* Tests of layers that there are for lines, pictures and volumes. */
#include "spatial_layers.h"
#include <math.h>
#include "core/ctx.h"

static const spatial_layer *layer;

/* [n, c, 2, ..] */
static void shape_of(int32_t ndim, int64_t n, int64_t c, int64_t *dims)
{
    for (int32_t i = 0; i < ndim; i++)
        dims[i] = i == 0 ? n : i == 1 ? c : 2;
}

static dl_tensor *input(dl_ctx *ctx, uint64_t seed, int64_t n)
{
    int64_t dims[DL_MAX_DIMS];
    shape_of(layer->ndim, n, 3, dims);
    return random_tensor(ctx, DL_F32, seed, dims, layer->ndim);
}

static void layer_does_what_every_layer_does(void **state)
{
    int64_t dims[DL_MAX_DIMS];
    (void)state;
    shape_of(layer->ndim, 2, 3, dims);
    for (int i = 0; i < 3 && layer->make[i]; i++)
        layer_check(layer->make[i], dims, layer->ndim);
}

static void inputs_with_other_axes_are_named(void **state)
{
    dl_ctx *ctx = *state;
    int64_t dims[DL_MAX_DIMS];
    char text[160];
    dl_module *m = layer->make[0](ctx);
    for (int32_t ndim = layer->ndim - 1; ndim <= layer->ndim + 1; ndim += 2) {
        shape_of(ndim, 2, 3, dims);
        assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, dims, ndim)));
        snprintf(text, sizeof text, "%s: the input is [2, 3", layer->name);
        assert_non_null(strstr(dl_ctx_message(ctx), text));
        snprintf(text, sizeof text, "wanted %s", layer->wanted);
        expect_error(ctx, DL_ESHAPE, text);
    }
    dl_module_drop(m);
}

/* ---- instance normalisation ------------------------------------------------------------------ */

static void parts_are_those_of_pytorch(void **state)
{
    static const char *const buffer[] = {"running_mean", "running_var", "num_batches_tracked"};
    dl_ctx *ctx = *state;
    dl_module *m = layer->make[0](ctx);
    assert_int_equal(dl_module_param_count(m), 0);
    assert_int_equal(dl_module_buffer_count(m), 0);
    dl_module_drop(m);
    m = layer->make[2](ctx);
    assert_string_equal(dl_module_param_name(m, 0), "weight");
    assert_string_equal(dl_module_param_name(m, 1), "bias");
    for (int32_t i = 0; i < 3; i++)
        assert_string_equal(dl_module_buffer_name(m, i), buffer[i]);
    dl_module_drop(m);
}

/* Without statistics evaluation is as training; with them it is by the running ones. */
static void statistics_serve_in_evaluation_mode(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = layer->make[1](ctx), *tracking = layer->make[2](ctx);
    dl_tensor *x = input(ctx, 1, 4), *y = run_layer(m, x);
    assert_same_bits(y, dl_instance_norm(x, NULL, NULL, 0.25));
    assert_same_bits(run_layer(tracking, x), y);
    run_layer(tracking, input(ctx, 2, 4));
    assert_values(dl_module_tensor(tracking, "num_batches_tracked"), 2);
    dl_module_train(m, 0);
    dl_module_train(tracking, 0);
    assert_same_bits(run_layer(m, x), y);
    assert_same_bits(run_layer(tracking, x),
                     dl_batch_norm_eval(x, NULL, NULL, dl_module_tensor(tracking, "running_mean"),
                                        dl_module_tensor(tracking, "running_var"), 0.25));
    assert_values(dl_module_tensor(tracking, "num_batches_tracked"), 2);
    dl_module_drop(m);
    dl_module_drop(tracking);
}

/* Of no examples there is nothing to track. */
static void no_examples_leave_the_statistics(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = layer->make[2](ctx);
    run_layer(m, input(ctx, 1, 0));
    assert_values(dl_module_tensor(m, "running_mean"), 0, 0, 0);
    assert_values(dl_module_tensor(m, "num_batches_tracked"), 0);
    dl_module_drop(m);
}

static void options_and_values_that_do_not_fit_are_refused(void **state)
{
    static const dl_norm_opts wrong[] = {{.eps = -2},
                                         {.momentum = 1.5},
                                         {.affine = 2},
                                         {.stats = -1},
                                         {.no_bias = 2},
                                         {.affine = 1, .no_affine = 1},
                                         {.stats = 1, .no_stats = 1},
                                         {.reserved = {0, 1}}};
    dl_ctx *ctx = *state;
    char text[64];
    snprintf(text, sizeof text, "%s: ", layer->name);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(layer->norm(ctx, 3, &wrong[i]));
        expect_error(ctx, DL_EINVAL, text);
    }
    assert_null(layer->norm(ctx, 0, NULL));
    expect_error(ctx, DL_EINVAL, "0 channels");
    const int64_t single[DL_MAX_DIMS] = {4, 3, 1, 1, 1};
    dl_module *m = layer->make[0](ctx);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, single, layer->ndim)));
    expect_error(ctx, DL_ESHAPE, "at least 2 values for each channel of an example");
    dl_module_drop(m);
}

int instancenorm_main(const spatial_layer *l)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layer_does_what_every_layer_does),
        with_ctx(inputs_with_other_axes_are_named),
        with_ctx(parts_are_those_of_pytorch),
        with_ctx(statistics_serve_in_evaluation_mode),
        with_ctx(no_examples_leave_the_statistics),
        with_ctx(options_and_values_that_do_not_fit_are_refused),
    };
    layer = l;
    return _cmocka_run_group_tests(l->name, tests, sizeof tests / sizeof *tests, NULL, NULL);
}

/* ---- dropout --------------------------------------------------------------------------------- */

/* Training: the operation's choice; evaluation: nothing, or the factor. */
static void channels_are_dropped_in_training_mode(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = input(ctx, 1, 40);
    for (int32_t k = 0; k < 2; k++) {
        dl_module *m = layer->make[k](ctx);
        const uint64_t at = ctx->ticket;
        dl_tensor *y = run_layer(m, x);
        ctx->ticket = at;
        assert_same_bits(y, k ? dl_dropout_channels_unscaled(x, 0.4) : dl_dropout_channels(x, 0.4));
        dl_module_train(m, 0);
        assert_same_bits(run_layer(m, x), k ? dl_scale(x, 1 - 0.4) : x);
        dl_module_drop(m);
    }
}

static void numbers_that_are_no_probability_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    char text[64];
    static const double wrong[] = {-0.5, 1.5, NAN};
    snprintf(text, sizeof text, "%s: p is ", layer->name);
    for (int i = 0; i < 3; i++) {
        assert_null(layer->dropout(ctx, wrong[i], NULL));
        expect_error(ctx, DL_EINVAL, text);
    }
    snprintf(text, sizeof text, "%s: expectation is 2", layer->name);
    assert_null(layer->dropout(ctx, 0.5, &(dl_dropout_opts){.expectation = 2}));
    expect_error(ctx, DL_EINVAL, text);
    assert_null(layer->dropout(ctx, 0.5, &(dl_dropout_opts){.reserved = {1}}));
    expect_error(ctx, DL_EINVAL, layer->name);
}

int channel_dropout_main(const spatial_layer *l)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layer_does_what_every_layer_does),
        with_ctx(inputs_with_other_axes_are_named),
        with_ctx(channels_are_dropped_in_training_mode),
        with_ctx(numbers_that_are_no_probability_are_refused),
    };
    layer = l;
    return _cmocka_run_group_tests(l->name, tests, sizeof tests / sizeof *tests, NULL, NULL);
}
