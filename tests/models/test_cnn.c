#include "model_check.h"

#define MAKE(name, ...)                                                                            \
    static dl_module *name(dl_ctx *ctx)                                                            \
    {                                                                                              \
        return dl_model_cnn(ctx, &(dl_cnn_opts){__VA_ARGS__});                                     \
    }
MAKE(make, .classes = 0)
MAKE(make_cifar, .in_channels = 3)
MAKE(make_small, .width = 4, .size = 8, .dropout = DL_OFF)
MAKE(make_dropped, .width = 4, .size = 8, .classes = 3, .in_channels = 2)

static void cnn_does_what_every_model_does(void **state)
{
    (void)state;
    model_check(make_small, 10, DL_SHAPE(3, 1, 8, 8));
    model_check(make_dropped, 3, DL_SHAPE(3, 2, 8, 8));
}

static void cnn_has_the_size_of_its_layers(void **state)
{
    (void)state;
    const int64_t convs = 9 * (32 * 32 + 32 * 64 + 64 * 64), norms = 2 * (32 + 32 + 64 + 64);
    assert_int_equal(model_size(make), 9 * 32 + convs + norms + (64 * 49 + 1) * 128 + 129 * 10);
    assert_int_equal(model_size(make_cifar),
                     27 * 32 + convs + norms + (64 * 64 + 1) * 128 + 129 * 10);
}

static void cnn_has_its_parts_in_order(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_small(ctx);
    assert_children(m, "features flatten classifier");
    assert_children(dl_module_find(m, "features"), "0 1 2 3 4 5 6 7 8 9 10 11 12 13");
    assert_children(dl_module_find(m, "classifier"), "0 1 2");
    assert_shape(dl_module_tensor(m, "features.7.weight"), 8, 4, 3, 3);
    dl_module_drop(m);
    m = make_dropped(ctx);
    assert_children(dl_module_find(m, "classifier"), "0 1 2 3 4");
    assert_string_equal(dl_module_class_name(dl_module_find(m, "classifier.3")), "dropout");
    dl_module_drop(m);
}

static void cnn_refuses_options_that_make_no_sense(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        dl_cnn_opts o;
        dl_status code;
        const char *part;
    } wrong[] = {
        {{.classes = -1}, DL_EINVAL, "cnn: classes is -1"},
        {{.in_channels = -1}, DL_EINVAL, "cnn: in_channels is -1"},
        {{.size = -4}, DL_EINVAL, "cnn: size is -4"},
        {{.size = 30}, DL_EINVAL, "cnn: size is 30, wanted a multiple of 4"},
        {{.width = -1}, DL_EINVAL, "cnn: width is -1"},
        {{.dropout = 1.5}, DL_EINVAL, "dropout"},
        {{.reserved = {1}}, DL_EINVAL, "cnn: a reserved option is set"},
        {{.size = (int64_t)1 << 40}, DL_ELIMIT, "are too large"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(dl_model_cnn(ctx, &wrong[i].o));
        expect_error(ctx, wrong[i].code, wrong[i].part);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cnn_does_what_every_model_does),
        cmocka_unit_test(cnn_has_the_size_of_its_layers),
        with_ctx(cnn_has_its_parts_in_order),
        with_ctx(cnn_refuses_options_that_make_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
