/* What is tested of batch normalisation over pictures and over volumes. */
#include "batchnorm_check.h"
#include <stdio.h>
#include <string.h>
#include "core/ctx.h"

static const batchnorm_kind *kind;

/* [n, c, 2, ..] */
static void shape_of(int32_t ndim, int64_t n, int64_t c, int64_t *dims)
{
    for (int32_t i = 0; i < ndim; i++)
        dims[i] = i == 0 ? n : i == 1 ? c : 2;
}

static dl_tensor *input(dl_ctx *ctx, dl_dtype dt, uint64_t seed, int64_t n)
{
    int64_t dims[DL_MAX_DIMS];
    shape_of(kind->ndim, n, 3, dims);
    return random_tensor(ctx, dt, seed, dims, kind->ndim);
}

static void layer_does_what_every_layer_does(void **state)
{
    int64_t dims[DL_MAX_DIMS];
    (void)state;
    shape_of(kind->ndim, 2, 3, dims);
    layer_check(kind->make, dims, kind->ndim);
    layer_check(kind->make_plain, dims, kind->ndim);
    layer_check(kind->make_without_statistics, dims, kind->ndim);
}

static void parts_have_the_names_of_pytorch(void **state)
{
    static const char *const buffer[] = {"running_mean", "running_var", "num_batches_tracked"};
    dl_module *m = kind->make(*state);
    assert_string_equal(dl_module_class_name(m), kind->name);
    assert_string_equal(dl_module_param_name(m, 0), "weight");
    assert_string_equal(dl_module_param_name(m, 1), "bias");
    for (int32_t i = 0; i < 3; i++)
        assert_string_equal(dl_module_buffer_name(m, i), buffer[i]);
    dl_module_drop(m);
}

/* One line per channel: the statistics of the layer for lines, to the bit; whatever the layout. */
static void statistics_are_those_of_the_same_values_as_lines(void **state)
{
    dl_ctx *ctx = *state;
    const dl_norm_opts o = {.eps = 0.25};
    dl_module *m = kind->make(ctx), *last = kind->make(ctx);
    dl_module *lines = dl_layer_batchnorm1d(ctx, 3, &o);
    int32_t back[DL_MAX_DIMS], there[DL_MAX_DIMS];
    for (int32_t i = 0; i < kind->ndim; i++) {
        there[i] = i == kind->ndim - 1 ? 1 : i == 0 ? 0 : i + 1;
        back[i] = i == 1 ? kind->ndim - 1 : i == 0 ? 0 : i - 1;
    }
    for (uint64_t i = 0; i < 4; i++) {
        dl_tensor *x = dl_add_scalar(input(ctx, DL_F32, i, 5), (double)i);
        dl_tensor *flat = dl_reshape(x, DL_SHAPE(5, 3, -1));
        dl_tensor *turned =
            dl_permute(dl_contiguous(dl_permute(x, there, kind->ndim)), back, kind->ndim);
        dl_tensor *y = run_layer(m, x), *z = run_layer(last, turned);
        assert_same_bits(dl_reshape(y, DL_SHAPE(5, 3, -1)), run_layer(lines, flat));
        assert_same_bits(z, y);
        for (int32_t k = 0; k < kind->ndim; k++)
            assert_int_equal(dl_tensor_stride(z, k), dl_tensor_stride(turned, k));
    }
    for (int32_t i = 0; i < 3; i++) {
        assert_same_bits(dl_module_buffer(m, i), dl_module_buffer(lines, i));
        assert_same_bits(dl_module_buffer(last, i), dl_module_buffer(lines, i));
    }
    assert_values(dl_module_buffer(m, 2), 4);
    dl_module_drop(m);
    dl_module_drop(last);
    dl_module_drop(lines);
}

static void inputs_that_do_not_fit_are_named(void **state)
{
    dl_ctx *ctx = *state;
    int64_t dims[DL_MAX_DIMS];
    char text[160];
    dl_module *m = kind->make(ctx);
    for (int32_t ndim = kind->ndim - 1; ndim <= kind->ndim + 1; ndim++) {
        shape_of(ndim, 2, ndim == kind->ndim ? 4 : 3, dims);
        assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, dims, ndim)));
        snprintf(text, sizeof text, "%s: the input is [2, %d, 2", kind->name,
                 ndim == kind->ndim ? 4 : 3);
        assert_non_null(strstr(dl_ctx_message(ctx), text));
        snprintf(text, sizeof text, "wanted %s with 3 channels", kind->wanted);
        expect_error(ctx, DL_ESHAPE, text);
    }
    dl_module_drop(m);
}

/* One value for each channel has no variance; evaluation wants none. */
static void one_value_of_a_channel_is_refused_in_training_mode(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t dims[DL_MAX_DIMS] = {1, 3, 1, 1, 1};
    dl_module *m = kind->make(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, dims, kind->ndim);
    assert_null(dl_module_forward(m, x));
    expect_error(ctx, DL_ESHAPE, "which has 1 values for each channel");
    assert_values(dl_module_buffer(m, 2), 0);
    dl_module_train(m, 0);
    run_layer(m, x);
    dl_module_drop(m);
}

int batchnorm_main(const batchnorm_kind *k)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layer_does_what_every_layer_does),
        with_ctx(parts_have_the_names_of_pytorch),
        with_ctx(statistics_are_those_of_the_same_values_as_lines),
        with_ctx(inputs_that_do_not_fit_are_named),
        with_ctx(one_value_of_a_channel_is_refused_in_training_mode),
    };
    kind = k;
    return _cmocka_run_group_tests(k->name, tests, sizeof tests / sizeof *tests, NULL, NULL);
}
