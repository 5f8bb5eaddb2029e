#include <string.h>
#include "core/ctx.h"
#include "modules.h"

static dl_module *mlp(dl_ctx *ctx)
{
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_flatten(ctx), dl_layer_dense(ctx, 784, 512, NULL),
                       dl_layer_residual(ctx, dl_layer_dense(ctx, 512, 512, NULL), NULL),
                       dl_layer_relu(ctx), dl_layer_dense(ctx, 512, 10, NULL)));
}

static void the_table_of_a_net(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = mlp(ctx);
    char text[4096];
    int64_t n = dl_module_summary(net, DL_SHAPE(2, 1, 28, 28), text, sizeof text, NULL);
    expect_ok(ctx);
    assert_int_equal(n, (int64_t)strlen(text));
    assert_string_equal(text, "layer             output shape       parameters      multiply-adds\n"
                              "------------------------------------------------------------------\n"
                              "sequential        [2, 10]                     -                  -\n"
                              "  0 (flatten)     [2, 784]                    -                  -\n"
                              "  1 (dense)       [2, 512]              401,920            802,816\n"
                              "  2 (residual)    [2, 512]                    -                  -\n"
                              "    body (dense)  [2, 512]              262,656            524,288\n"
                              "  3 (relu)        [2, 512]                    -                  -\n"
                              "  4 (dense)       [2, 10]                 5,130             10,240\n"
                              "------------------------------------------------------------------\n"
                              "parameters     669,706\n"
                              "multiply-adds  1,337,344\n"
                              "memory         2.55 MiB\n");
    dl_module_drop(net);
}

static void depth_and_untracked_parameters_and_buffers_show(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx);
    char text[4096];
    assert_int_equal(dl_module_track(dl_module_find(net, "0"), 0), DL_OK);
    assert_true(dl_module_summary(net, DL_SHAPE(1, 4), text, sizeof text,
                                  &(dl_summary_opts){.depth = 1}) > 0);
    assert_null(strstr(text, "body"));
    assert_non_null(strstr(text, "multiply-adds  21\n")); /* hidden rows count */
    assert_non_null(strstr(text, "parameters     30\n  not trained  15\nbuffers        1\n"));
    dl_module_drop(net);
}

static void the_text_is_cut_to_the_buffer_and_its_length_returned(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = mlp(ctx);
    char text[16] = "";
    int64_t n = dl_module_summary(net, DL_SHAPE(1, 784), NULL, 0, NULL);
    assert_true(n > 500);
    assert_int_equal(dl_module_summary(net, DL_SHAPE(1, 784), text, sizeof text, NULL), n);
    assert_string_equal(text, "layer          ");
    dl_module_drop(net);
}

static void a_summary_leaves_everything_as_it_was(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx);
    char before[65], after[65];
    uint64_t ticket = ctx->ticket, fills = ctx->fills;
    assert_int_equal(dl_module_hash(net, before), DL_OK);
    int64_t live = dl_ctx_live(ctx);
    assert_true(dl_module_summary(net, DL_SHAPE(1, 4), NULL, 0, NULL) > 0);
    assert_int_equal(dl_ctx_live(ctx), live);
    assert_int_equal(dl_module_hash(net, after), DL_OK);
    assert_string_equal(before, after);
    assert_true(ctx->ticket == ticket && ctx->fills == fills);
    assert_int_equal(dl_module_training(net), 1);
    dl_module_drop(net);
}

static void a_net_of_billions_of_weights_has_a_table(void **state)
{
    dl_ctx *ctx = *state;
    char text[2048];
    dl_meta_enable(ctx, 1);
    dl_module *net = dl_layer_dense(ctx, 40000, 40000, &(dl_layer_opts){.no_bias = 1});
    dl_meta_enable(ctx, 0);
    assert_true(dl_module_summary(net, DL_SHAPE(1, 40000), text, sizeof text, NULL) > 0);
    assert_non_null(strstr(text, "1,600,000,000      1,600,000,000\n"));
    assert_non_null(strstr(text, "memory         6103.52 MiB\n"));
    dl_module_drop(net);
}

static void a_shape_that_does_not_fit_is_named(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = mlp(ctx);
    char text[64] = "x";
    int64_t live = dl_ctx_live(ctx);
    assert_int_equal(dl_module_summary(net, DL_SHAPE(1, 5), text, sizeof text, NULL), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "sequential.1 (dense): linear: ");
    assert_string_equal(text, "");
    assert_int_equal(dl_module_summary(net, DL_SHAPE(-1, 5), text, sizeof text, NULL), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "summary");
    assert_int_equal(dl_module_summary(net, DL_SHAPE(1, 784), NULL, 5, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "summary: the buffer is NULL");
    dl_summary_opts o = {.depth = -1};
    assert_int_equal(dl_module_summary(net, DL_SHAPE(1, 784), NULL, 0, &o), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "depth is -1");
    o = (dl_summary_opts){.reserved = {1}};
    assert_int_equal(dl_module_summary(net, DL_SHAPE(1, 784), NULL, 0, &o), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "reserved");
    assert_int_equal(dl_ctx_live(ctx), live);
    dl_module_drop(net);
}

static dl_status summarise(dl_ctx *ctx, void *user)
{
    (void)ctx;
    int64_t n = dl_module_summary(user, DL_SHAPE(1, 4), NULL, 0, NULL);
    return n < 0 ? (dl_status)n : DL_OK;
}

static void summaries_survive_short_memory(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx);
    assert_int_equal(dl_module_param_count(net), 5); /* makes the table, which stays */
    assert_true(fault_loop(ctx, summarise, NULL, net) > 20);
    dl_module_drop(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(the_table_of_a_net),
        with_ctx(depth_and_untracked_parameters_and_buffers_show),
        with_ctx(the_text_is_cut_to_the_buffer_and_its_length_returned),
        with_ctx(a_summary_leaves_everything_as_it_was),
        with_ctx(a_net_of_billions_of_weights_has_a_table),
        with_ctx(a_shape_that_does_not_fit_is_named),
        with_ctx(summaries_survive_short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
