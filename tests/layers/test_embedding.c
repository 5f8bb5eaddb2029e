#include "dl/grad.h"
#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_embedding(ctx, 10, 3, NULL);
}

static void embedding_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check_integers(make, DL_SHAPE(4));
    layer_check_integers(make, DL_SHAPE(2, 3));
    layer_check_integers(make, NULL, 0);
}

static void embedding_gives_the_rows_of_its_table(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_embedding(ctx, 3, 2, NULL);
    const float w[] = {0, 1, 10, 11, 20, 21};
    assert_int_equal(dl_tensor_set(dl_module_tensor(m, "weight"), w, sizeof w), DL_OK);
    for (int i = 0; i < 3; i++) {
        const dl_dtype dt = (const dl_dtype[]){DL_I32, DL_I64, DL_U8}[i];
        dl_tensor *y = run_layer(m, make_tensor(ctx, dt, DL_SHAPE(2, 2), 2, 0, 1, 2));
        assert_shape(y, 2, 2, 2);
        assert_values(y, 20, 21, 0, 1, 10, 11, 20, 21);
    }
    dl_tensor *t = dl_transpose(make_tensor(ctx, DL_I64, DL_SHAPE(2, 2), 2, 0, 1, 2), 0, 1);
    assert_values(run_layer(m, t), 20, 21, 10, 11, 0, 1, 20, 21);
    assert_shape(run_layer(m, dl_tensor_give(dl_tensor_zeros(ctx, DL_I64, DL_SHAPE(0, 4)))), 0, 4,
                 2);
    dl_module_drop(m);
}

/* Row 1 is the padding: zero, and no gradient; equal indexes add up. */
static void the_padding_row_is_zero_and_not_trained(void **state)
{
    dl_ctx *ctx = *state;
    const dl_embedding_opts o = {.padding_set = 1, .padding_index = 1};
    dl_module *m = dl_layer_embedding(ctx, 3, 2, &o);
    dl_tensor *w = dl_module_tensor(m, "weight");
    assert_values(dl_select(w, 0, 1), 0, 0);
    dl_tensor *y = run_layer(m, make_tensor(ctx, DL_I64, DL_SHAPE(4), 1, 2, 2, 1));
    assert_values(dl_select(y, 0, 0), 0, 0);
    assert_int_equal(dl_backward(dl_sum(y, NULL, 0, 0)), DL_OK);
    assert_values(dl_grad(w), 0, 0, 0, 0, 2, 2);
    dl_module_drop(m);
    const dl_embedding_opts far = {.padding_set = 1, .padding_index = 299};
    m = dl_layer_embedding(ctx, 300, 1, &far);
    w = dl_module_tensor(m, "weight");
    y = run_layer(m, make_tensor(ctx, DL_U8, DL_SHAPE(1), 255));
    assert_int_equal(dl_backward(dl_sum(y, NULL, 0, 0)), DL_OK);
    assert_values(dl_select(dl_grad(w), 0, 255), 1);
    dl_module_drop(m);
}

static void embedding_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make(ctx);
    assert_null(dl_module_forward(m, make_tensor(ctx, DL_I64, DL_SHAPE(2), 3, 10)));
    expect_error(ctx, DL_EINVAL, "embedding: index_select: ");
    assert_null(dl_module_forward(m, make_tensor(ctx, DL_F32, DL_SHAPE(2), 3, 1)));
    assert_int_equal(dl_ctx_status(ctx), DL_EDTYPE);
    dl_ctx_clear(ctx);
    dl_tensor *deep =
        dl_tensor_give(dl_tensor_zeros(ctx, DL_I64, DL_SHAPE(1, 1, 1, 1, 1, 1, 1, 1)));
    assert_null(dl_module_forward(m, deep));
    expect_error(ctx, DL_ELIMIT, "embedding: the input has 8 axes");
    dl_module_drop(m);
    static const struct {
        dl_embedding_opts o;
        const char *part;
    } wrong[] = {
        {{.padding_set = 2}, "embedding: padding_set is 2, wanted 0 or 1"},
        {{.padding_set = 1, .padding_index = 3}, "embedding: padding_index is 3, wanted 0 to 2"},
        {{.padding_set = 1, .padding_index = -1}, "padding_index is -1"},
        {{.init = 99}, "embedding: init is 99, wanted one of DL_INIT_*"},
        {{.reserved = {1}}, "embedding: a reserved option is set"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(dl_layer_embedding(ctx, 3, 2, &wrong[i].o));
        expect_error(ctx, DL_EINVAL, wrong[i].part);
    }
    assert_null(dl_layer_embedding(ctx, 0, 2, NULL));
    expect_error(ctx, DL_EINVAL, "embedding: 0 rows of 2");
    assert_null(dl_layer_embedding(ctx, 2, 0, NULL));
    expect_error(ctx, DL_EINVAL, "embedding: 2 rows of 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embedding_does_what_every_layer_does),
        with_ctx(embedding_gives_the_rows_of_its_table),
        with_ctx(the_padding_row_is_zero_and_not_trained),
        with_ctx(embedding_refuses_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
