#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_identity(ctx);
}

static void identity_layer_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(3, 5));
}

static void identity_layer_gives_its_input(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_identity(ctx);
    dl_tensor *x = random_tensor(ctx, DL_I64, 1, DL_SHAPE(2, 3));
    assert_ptr_equal(run_layer(m, x), x);
    dl_tensor *mine = dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(2)); /* of no scope */
    int64_t live = dl_ctx_live(ctx);
    int32_t mark = dl_scope_begin(ctx);
    assert_ptr_equal(run_layer(m, mine), mine);
    dl_scope_end(ctx, mark);
    assert_int_equal(dl_ctx_live(ctx), live);
    assert_values(mine, 0, 0);
    dl_tensor_drop(mine);
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity_layer_does_what_every_layer_does),
        with_ctx(identity_layer_gives_its_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
