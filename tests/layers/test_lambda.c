#include "dl/ext.h"
#include "layer_check.h"
#include "scratch.h"

static int released;

static void release(void *user)
{
    (void)user;
    released++;
}

/* user * (the sum of the inputs) */
static dl_tensor *weighted(dl_tensor *const *in, int32_t n, void *user)
{
    dl_tensor *sum = in[0];
    for (int32_t i = 1; i < n; i++)
        sum = dl_add(sum, in[i]);
    return dl_scale(sum, *(const double *)user);
}

static double three = 3;

static void lambda_layer_applies_its_function(void **state)
{
    dl_ctx *ctx = *state;
    released = 0;
    dl_module *m = dl_layer_lambda(ctx, "weighted", weighted, &three, release);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2), *dx, *y;
    assert_values(run_layer(m, x), 3, 6);
    dl_tensor *const two[] = {x, make_tensor(ctx, DL_F32, DL_SHAPE(2), 10, 20)};
    assert_int_equal(dl_module_call(m, two, 2, &y, 1), DL_OK);
    assert_values(y, 33, 66);
    dl_grad_track(x, 1);
    y = dl_sum(run_layer(m, x), NULL, 0, 0);
    assert_int_equal(dl_gradients(&y, NULL, 1, &x, 1, DL_GRAPH_RELEASE, &dx), DL_OK);
    assert_values(dx, 3, 3);
    assert_int_equal(dl_gradcheck(weighted, &x, 1, &three, NULL, NULL), DL_EDTYPE);
    dl_ctx_clear(ctx);
    dl_module_drop(m);
    assert_int_equal(released, 1);
}

static void the_last_copy_releases_the_data(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    released = 0;
    dl_module *m = dl_layer_lambda(ctx, "weighted", weighted, &three, release);
    dl_module *copy[] = {dl_module_clone(m, other), dl_module_share(m, other), dl_module_freeze(m)};
    dl_module_drop(m);
    for (int i = 0; i < 3; i++) {
        dl_tensor *x = make_tensor(dl_module_ctx(copy[i]), DL_F32, DL_SHAPE(1), 2);
        assert_values(run_layer(copy[i], x), 6);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(released, 0);
        dl_module_drop(copy[i]);
    }
    assert_int_equal(released, 1);
    end_ctx(other);
}

static dl_tensor *gives_nothing(dl_tensor *const *in, int32_t n, void *user)
{
    (void)in;
    (void)n;
    (void)user;
    return NULL;
}

static dl_tensor *gives_that(dl_tensor *const *in, int32_t n, void *user)
{
    (void)in;
    (void)n;
    return user;
}

static void a_function_that_fails_is_named(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2), *out[2];
    dl_module *m = dl_layer_lambda(ctx, "nothing", gives_nothing, NULL, NULL);
    assert_null(dl_module_forward(m, x));
    expect_error(ctx, DL_EUSER, "lambda: nothing failed without saying why");
    assert_int_equal(dl_module_call(m, NULL, 0, out, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "lambda: called with 0 inputs for 1 outputs");
    assert_int_equal(dl_module_call(m, &x, 1, out, 2), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "for 2 outputs");
    dl_module_drop(m);
    dl_tensor *far = make_tensor(other, DL_F32, DL_SHAPE(1), 1);
    m = dl_layer_lambda(ctx, "far", gives_that, far, NULL);
    assert_null(dl_module_forward(m, x));
    expect_error(ctx, DL_EINVAL, "lambda: far gives a tensor of another context");
    dl_module_drop(m);
    end_ctx(other);
}

extern const dl_module_class dl__class_lambda;

/* A function is not in a file: neither written, nor believed to be. */
static void a_net_with_a_lambda_is_not_saved(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_relu(ctx), dl_layer_lambda(ctx, "f", weighted, &three, NULL)));
    assert_int_equal(scratch_begin(), 0);
    assert_int_equal(dl_module_save(net, scratch_at("f.safetensors")), DL_EUNSUPPORTED);
    expect_error(ctx, DL_EUNSUPPORTED, "lambda");
    scratch_end();
    dl_module_drop(net);
    assert_null(dl_module_new(ctx, &dl__class_lambda, NULL));
    expect_error(ctx, DL_EUNSUPPORTED, "lambda: its function is not in a file");
}

static void lambda_releases_what_it_refuses(void **state)
{
    dl_ctx *ctx = *state;
    released = 0;
    assert_null(dl_layer_lambda(ctx, "f", NULL, &three, release));
    expect_error(ctx, DL_EINVAL, "lambda: the function is NULL");
    assert_null(dl_layer_lambda(ctx, "", weighted, &three, release));
    expect_error(ctx, DL_EINVAL, "lambda: the name is \"\"");
    assert_null(dl_layer_lambda(ctx, NULL, weighted, &three, release));
    expect_error(ctx, DL_EINVAL, "lambda: the name is \"\"");
    assert_null(dl_layer_lambda(ctx, "a name of more characters than forty-seven, by far", weighted,
                                &three, release));
    expect_error(ctx, DL_EINVAL, "wanted 1 to 47 characters");
    assert_null(dl_layer_lambda(NULL, "f", weighted, &three, release));
    assert_int_equal(released, 5);
}

static dl_status construct(dl_ctx *ctx, void *user)
{
    const int before = released;
    dl_module *m = dl_layer_lambda(ctx, "f", weighted, user, release);
    dl_module_drop(m);
    assert_int_equal(released, before + 1);
    return m ? DL_OK : dl_ctx_status(ctx);
}

static void lambda_survives_short_memory(void **state)
{
    dl_ctx *ctx = *state;
    assert_true(fault_loop(ctx, construct, NULL, &three) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(lambda_layer_applies_its_function), with_ctx(the_last_copy_releases_the_data),
        with_ctx(a_function_that_fails_is_named),    with_ctx(a_net_with_a_lambda_is_not_saved),
        with_ctx(lambda_releases_what_it_refuses),   with_ctx(lambda_survives_short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
