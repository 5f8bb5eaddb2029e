#include "layer_check.h"

LAYER_TESTED(gelu, dl_layer_gelu(ctx, 0), dl_gelu(x), NULL, NULL)

static dl_module *make_tanh_form(dl_ctx *ctx)
{
    return dl_layer_gelu(ctx, 1);
}

static void the_tanh_form_is_another_operation(void **state)
{
    (void)state;
    layer_check(make_tanh_form, DL_SHAPE(4, 6));
    dl_ctx *ctx = make_ctx(2);
    dl_module *m = make_tanh_form(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(40));
    assert_same_bits(run_layer(m, x), dl_gelu_tanh(x));
    dl_module_drop(m);
    end_ctx(ctx);
}

static void gelu_layer_refuses_other_forms(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_layer_gelu(ctx, 2));
    expect_error(ctx, DL_EINVAL, "gelu: tanh_form is 2");
}

int main(void)
{
    const struct CMUnitTest more[] = {cmocka_unit_test(the_tanh_form_is_another_operation),
                                      with_ctx(gelu_layer_refuses_other_forms)};
    return layer_main(&test, more, 2);
}
