#include <stdlib.h>
#include "block_check.h"
#include "dl/grad.h"
#include "layer_check.h"

#define MAKE(name, in, out, ...)                                                                   \
    static dl_module *name(dl_ctx *ctx)                                                            \
    {                                                                                              \
        return dl_layer_basic_block(ctx, in, out, &(dl_block_opts){__VA_ARGS__});                  \
    }
MAKE(make_same, 2, 2, .shortcut = DL_SHORTCUT_DEFAULT)
MAKE(make_projected, 2, 3, .stride = 2)
MAKE(make_padded, 2, 3, .stride = 2, .shortcut = DL_SHORTCUT_PAD)
MAKE(make_always, 2, 2, .shortcut = DL_SHORTCUT_PROJECT_ALL)
MAKE(make_plain, 2, 3, .stride = 2, .shortcut = DL_SHORTCUT_NONE)
MAKE(make_dilated, 2, 2, .dilation = 2)
MAKE(make_large, 16, 32, .stride = 2)

static void basic_block_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make_same, DL_SHAPE(2, 2, 3, 3));
    layer_check(make_projected, DL_SHAPE(2, 2, 4, 3));
    layer_check(make_padded, DL_SHAPE(2, 2, 4, 3));
    layer_check(make_always, DL_SHAPE(2, 2, 3, 2));
    layer_check(make_plain, DL_SHAPE(2, 2, 4, 3));
    layer_check(make_dilated, DL_SHAPE(2, 2, 3, 3));
}

static void basic_block_has_the_parts_of_torchvision(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        layer_make make;
        const char *children;
    } cases[] = {
        {make_same, "conv1 bn1 conv2 bn2"},
        {make_projected, "conv1 bn1 conv2 bn2 downsample"},
        {make_padded, "conv1 bn1 conv2 bn2 downsample"},
        {make_always, "conv1 bn1 conv2 bn2 downsample"},
        {make_plain, "conv1 bn1 conv2 bn2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dl_module *m = cases[i].make(ctx);
        assert_children(m, cases[i].children);
        assert_null(dl_module_tensor(m, "conv1.bias"));
        assert_shape(run_layer(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 2, 5, 4))), 2,
                     i == 0 || i == 3 ? 2 : 3, i == 0 || i == 3 ? 5 : 3, i == 0 || i == 3 ? 4 : 2);
        dl_module_drop(m);
    }
    dl_module *m = make_projected(ctx);
    assert_shape(dl_module_tensor(m, "downsample.0.weight"), 3, 2, 1, 1);
    assert_shape(dl_module_tensor(m, "downsample.1.running_mean"), 3);
    dl_module_drop(m);
}

/* relu(bn2(conv2(relu(bn1(conv1(x))))) + downsample(x)), from its own parts. */
static dl_tensor *by_hand(dl_module *m, dl_tensor *x)
{
    dl_tensor *y = dl_module_forward(dl_module_find(m, "conv1"), x);
    y = dl_relu(dl_module_forward(dl_module_find(m, "bn1"), y));
    y = dl_module_forward(dl_module_find(m, "bn2"),
                          dl_module_forward(dl_module_find(m, "conv2"), y));
    dl_module *skip = dl_module_find(m, "downsample");
    return dl_relu(dl_add(y, skip ? dl_module_forward(skip, x) : x));
}

static void basic_block_computes_its_formula(void **state)
{
    dl_ctx *ctx = *state;
    static const layer_make make[] = {make_same, make_projected, make_padded, make_always};
    for (int i = 0; i < 4; i++) {
        dl_module *m = make[i](ctx);
        dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 2, 5, 4));
        assert_same_bits(run_layer(m, x), by_hand(m, x));
        dl_module_drop(m);
    }
}

static void a_plain_block_has_no_way_around(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_plain(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 2, 4, 4));
    assert_int_equal(dl_init_constant(dl_module_tensor(m, "bn2.weight"), 0), DL_OK);
    double *v = values_of(run_layer(m, x));
    for (int i = 0; i < 2 * 3 * 2 * 2; i++)
        assert_true(v[i] == 0);
    free(v);
    dl_module_drop(m);
}

static void zero_gamma_makes_a_block_begin_as_its_shortcut(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_basic_block(ctx, 2, 2, &(dl_block_opts){.zero_gamma = 1});
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 2, 4, 4));
    assert_values(dl_module_tensor(m, "bn1.weight"), 1, 1);
    assert_values(dl_module_tensor(m, "bn2.weight"), 0, 0);
    assert_same_bits(run_layer(m, x), dl_relu(x));
    dl_module_drop(m);
}

/* Variance 2 / fan_out, whatever comes in. */
static void convolutions_of_a_block_begin_with_the_variance_of_fan_out(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_basic_block(ctx, 8, 64, NULL);
    dl_tensor *w = dl_module_tensor(m, "conv1.weight");
    const double variance = dl_tensor_item(dl_mean(dl_mul(w, w), NULL, 0, 0));
    assert_true(variance > 0.95 * 2 / (64 * 9) && variance < 1.05 * 2 / (64 * 9));
    dl_module_drop(m);
}

static void basic_block_gives_the_same_bits_with_any_number_of_threads(void **state)
{
    (void)state;
    check_block_threads(make_large, DL_SHAPE(5, 16, 15, 16));
}

static void basic_block_refuses_what_makes_no_block(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t live = dl_ctx_live(ctx);
    static const struct {
        int64_t in, out;
        dl_block_opts o;
        const char *part;
    } wrong[] = {
        {0, 2, {0}, "basic_block: 0 channels to 2"},
        {2, -1, {0}, "basic_block: 2 channels to -1"},
        {2, 2, {.stride = -1}, "basic_block: stride is -1"},
        {2, 2, {.shortcut = 5}, "basic_block: shortcut is 5, wanted 0 to 4"},
        {2, 2, {.dilation = -2}, "dilation is -2"},
        {2, 2, {.zero_gamma = 2}, "zero_gamma is 2"},
        {2, 2, {.groups = 2}, "groups, width_per_group and stride_first are of the bottleneck"},
        {2, 2, {.stride_first = 1}, "are of the bottleneck"},
        {2, 2, {.reserved = {[8] = 1}}, "reserved"},
        {3, 2, {.shortcut = DL_SHORTCUT_PAD}, "shortcut_pad: 3 channels in and 2 out"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(dl_layer_basic_block(ctx, wrong[i].in, wrong[i].out, &wrong[i].o));
        expect_error(ctx, DL_EINVAL, wrong[i].part);
    }
    assert_int_equal(dl_ctx_live(ctx), live);
}

/* As a damaged file could say. */
static void a_block_without_its_parts_says_so(void **state)
{
    dl_ctx *ctx = *state;
    extern const dl_module_class dl__class_basic_block;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 2, 4, 4));
    dl_module *m = dl_module_new(ctx, &dl__class_basic_block, NULL);
    assert_null(dl_module_forward(m, x));
    expect_error(ctx, DL_ESTATE, "basic_block: it has 0 parts, wanted 4, or one more");
    for (int i = 0; i < 6; i++)
        dl_module_add(m, (const char[2]){(char)('a' + i), 0}, dl_layer_relu(ctx));
    assert_null(dl_module_forward(m, x));
    expect_error(ctx, DL_ESTATE, "basic_block: it has 6 parts");
    dl_module_drop(m);
    m = dl_layer_basic_block(ctx, 2, 2, NULL);
    dl_module_add(m, "downsample", dl_layer_flatten(ctx));
    assert_null(dl_module_forward(m, x));
    expect_error(ctx, DL_ESHAPE, "the body gives [2, 2, 4, 4], the skip path [2, 32]");
    dl_module_drop(m);
    assert_null(dl_module_new(ctx, &dl__class_basic_block, &(int32_t){2}));
    expect_error(ctx, DL_EINVAL, "basic_block: plain is 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(basic_block_does_what_every_layer_does),
        with_ctx(basic_block_has_the_parts_of_torchvision),
        with_ctx(basic_block_computes_its_formula),
        with_ctx(a_plain_block_has_no_way_around),
        with_ctx(zero_gamma_makes_a_block_begin_as_its_shortcut),
        with_ctx(convolutions_of_a_block_begin_with_the_variance_of_fan_out),
        cmocka_unit_test(basic_block_gives_the_same_bits_with_any_number_of_threads),
        with_ctx(basic_block_refuses_what_makes_no_block),
        with_ctx(a_block_without_its_parts_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
