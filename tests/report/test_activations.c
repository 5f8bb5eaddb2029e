/* What layers give for an example. */
#include "support/support.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "dl/grad.h"
#include "dl/layers.h"
#include "dl/ops.h"
#include "dl/report.h"
#include "support/modules.h"
#include "support/png.h"
#include "support/scratch.h"
#include "support/xml.h"

enum { ROOM = 1 << 21 };
static char text[ROOM];

static const char *path(void)
{
    return scratch_at("x.svg");
}

static void draw(dl_ctx *ctx, dl_module *m, dl_tensor *x, const dl_activations_opts *o)
{
    assert_int_equal(dl_report_activations(ctx, path(), "t", m, x, o), DL_OK);
    size_t bytes = scratch_get(path(), text, ROOM - 1);
    assert_true(bytes > 0 && bytes < ROOM - 1);
    text[bytes] = 0;
    xml_elements(text, bytes);
}

static int count_of(const char *part)
{
    return xml_count(text, part);
}

/* relu, identity, [flatten, dense(48, 10)], softmax. */
static dl_module *make_classifier(dl_ctx *ctx)
{
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_relu(ctx), dl_layer_identity(ctx),
                       dl_layer_sequential(ctx, DL_LAYERS(dl_layer_flatten(ctx),
                                                          dl_layer_dense(ctx, 48, 10, NULL))),
                       dl_layer_softmax(ctx, 1)));
}

static void every_result_is_shown_once_with_its_path(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_classifier(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 4));
    draw(ctx, m, x, NULL);
    static const char *const rows[] = {">input</tspan> <tspan class=\"soft\">  [2, 3, 4, 4]",
                                       ">0</tspan> <tspan class=\"soft\"> relu",
                                       ">2.0</tspan> <tspan class=\"soft\"> flatten [2, 48]",
                                       ">2.1</tspan> <tspan class=\"soft\"> dense",
                                       ">3</tspan> <tspan class=\"soft\"> softmax [2, 10]"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (count_of(rows[i]) != 1)
            fail_msg("%s: %d times in\n%.3000s", rows[i], count_of(rows[i]), text);
    assert_int_equal(count_of("class=\"panel\">"), 5); /* what is only handed on is not told */
    assert_int_equal(count_of("<image"), 1 + 3);       /* the input in colour, relu in grey */
    assert_int_equal(count_of("<path"), 2 * 3);
    dl_module_drop(m);
}

static void channels_are_those_of_the_first_example(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_relu(ctx);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 2, 1, 2), -1, 0.5, 1, 2, 9, 9, 9, 9);
    static const unsigned char wanted[] = {0, 64, 128, 255};
    draw(ctx, m, x, NULL);
    assert_int_equal(count_of("<image"), 4);
    for (int c = 0; c < 2; c++) {
        unsigned char *found = png_in_svg(text, 2 + c, 1, 2, 1);
        assert_memory_equal(found, wanted + 2 * c, 2);
        free(found);
    }
    dl_module_drop(m);
}

static void large_results_are_cut_and_shrunk(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_relu(ctx);
    draw(ctx, m, dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(1, 40, 200, 100))), NULL);
    assert_int_equal(count_of("<image"), 24);
    assert_int_equal(count_of(", the first 12 of 40"), 2);
    unsigned char *found = png_in_svg(text, 0, 50, 25, 1);
    free(found);
    draw(ctx, m, dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(1, 40, 2, 2))),
         &(dl_activations_opts){.channels = 3, .rows = 1});
    assert_int_equal(count_of("<image"), 3);
    assert_int_equal(count_of(">1 more results<"), 1);
    draw(ctx, m, dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(1, 5000))), NULL);
    assert_int_equal(count_of(", the first 440 of 5000"), 2);
    draw(ctx, m, dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(1, 30, 2000))), NULL);
    assert_int_equal(count_of("<image"), 2);
    dl_module_drop(m);
}

/* 2^24 numbers can be shown, of the channels that are shown. */
static void a_layer_with_many_channels_does_not_end_the_picture(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_sequential(ctx, DL_LAYERS(dl_layer_identity(ctx)));
    dl_tensor *x = dl_expand(random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 1, 4, 4)),
                             DL_SHAPE(1, (1 << 20) + 1, 4, 4));
    draw(ctx, m, x, NULL);
    assert_int_equal(count_of("<image"), 12);
    assert_int_equal(count_of("the first 12 of 1048577"), 1);
    x = dl_expand(random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 1, 1, 1)), DL_SHAPE(1, 2, 4096, 4096));
    draw(ctx, m, x, NULL);
    assert_int_equal(count_of("<image"), 0);
    assert_int_equal(count_of("[1, 2, 4096, 4096]"), 1);
    dl_module_drop(m);
}

/* The picture that goes in is shown in colour, over the range of all three. */
static void the_input_has_its_colours_however_few_channels_are_wanted(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_sequential(ctx, DL_LAYERS(dl_layer_identity(ctx)));
    static const float v[] = {1, 2, 5};
    dl_tensor *x = dl_tensor_from(ctx, DL_F32, v, DL_SHAPE(1, 3, 1, 1));
    draw(ctx, m, x, &(dl_activations_opts){.channels = 1});
    assert_int_equal(count_of("<image"), 1);
    assert_int_equal(count_of("1.000 to 5.000<"), 1);
    dl_tensor_drop(x);
    dl_module_drop(m);
}

static void any_shape_and_number_gives_a_picture(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_relu(ctx);
    static const int64_t shapes[][5] = {{3}, {0, 2}, {1, 0}, {1, 1}, {1, 2, 3, 2, 2}, {2, 1, 1, 1}};
    static const int32_t ndim[] = {1, 2, 2, 2, 5, 4};
    for (size_t i = 0; i < sizeof ndim / sizeof *ndim; i++)
        draw(ctx, m, random_tensor(ctx, DL_F32, 1, shapes[i], ndim[i]), NULL);
    draw(ctx, m, dl_tensor_give(dl_tensor_ones(ctx, DL_F32, NULL, 0)), NULL);
    const double odd[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 0};
    for (int i = 0; i < 4; i++) {
        draw(ctx, m, dl_tensor_give(dl_tensor_full(ctx, DL_F64, odd[i], DL_SHAPE(1, 3))), NULL);
        draw(ctx, m, dl_tensor_give(dl_tensor_full(ctx, DL_F64, odd[i], DL_SHAPE(1, 1, 2, 2))),
             NULL);
    }
    dl_module_drop(m);
}

static void looking_changes_nothing(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx), *other = dl_module_clone(net, NULL);
    dl_module_train(dl_module_child(net, 2), 0);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4));
    char before[65], after[65];
    uint64_t ticket = ctx->ticket, fills = ctx->fills;
    int64_t live = dl_ctx_live(ctx);
    dl_module_hash(net, before);
    draw(ctx, net, x, NULL);
    dl_module_hash(net, after);
    assert_string_equal(before, after);
    assert_true(ctx->ticket == ticket && ctx->fills == fills);
    assert_int_equal(dl_ctx_live(ctx), live);
    assert_int_equal(dl_module_training(net), 1);
    assert_int_equal(dl_module_training(dl_module_child(net, 2)), 0);
    assert_int_equal(dl_grad_enable(ctx, 1), 1);
    dl_module *frozen = dl_module_freeze(net);
    draw(ctx, frozen, x, NULL);
    dl_module_drop(frozen);
    dl_module_drop(net);
    dl_module_drop(other);
}

static void what_is_wrong_is_said(void **state)
{
    dl_ctx *ctx = *state, *away = make_ctx(1);
    dl_module *m = make_net(ctx), *foreign = dl_layer_relu(away);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4));
    dl_tensor *other = random_tensor(away, DL_F32, 1, DL_SHAPE(2, 4));
    assert_int_equal(dl_report_activations(NULL, path(), "t", m, x, NULL), DL_EINVAL);
    assert_int_equal(dl_report_activations(ctx, NULL, "t", m, x, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "path is NULL");
    assert_int_equal(dl_report_activations(ctx, path(), "t", NULL, x, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "module is NULL");
    assert_int_equal(dl_report_activations(ctx, path(), "t", m, NULL, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "x is NULL");
    assert_int_equal(dl_report_activations(ctx, path(), "t", m, other, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "x is of another context");
    assert_int_equal(dl_report_activations(ctx, path(), "t", foreign, x, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "the module is of another context");
    static const dl_activations_opts options[] = {
        {.channels = 65}, {.channels = -1}, {.rows = 1001}, {.rows = -1}, {.reserved[0] = 1}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        assert_int_equal(dl_report_activations(ctx, path(), "t", m, x, &options[i]), DL_EINVAL);
        expect_error(ctx, DL_EINVAL, "report_activations: ");
    }
    dl_tensor *bad = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 5));
    assert_int_equal(dl_report_activations(ctx, path(), "t", m, bad, NULL), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "sequential.0 (dense)");
    dl_meta_enable(ctx, 1);
    dl_tensor *meta = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(2, 4)));
    dl_meta_enable(ctx, 0);
    assert_int_equal(dl_report_activations(ctx, path(), "t", m, meta, NULL), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "meta");
    assert_int_equal(dl_module_training(m), 1);
    dl_module_drop(m);
    dl_module_drop(foreign);
    end_ctx(away);
}

typedef struct asked {
    dl_module *m;
    dl_tensor *x;
} asked;

static dl_status report(dl_ctx *ctx, void *user)
{
    const asked *a = user;
    return dl_report_activations(ctx, path(), "t", a->m, a->x, NULL);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    asked a = {make_classifier(ctx), random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 4))};
    assert_true(fault_loop(ctx, report, NULL, &a) > 30);
    assert_int_equal(scratch_entries(), 1);
    assert_int_equal(dl_module_training(a.m), 1);
    dl_module_drop(a.m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch_ctx(every_result_is_shown_once_with_its_path),
        with_scratch_ctx(channels_are_those_of_the_first_example),
        with_scratch_ctx(large_results_are_cut_and_shrunk),
        with_scratch_ctx(a_layer_with_many_channels_does_not_end_the_picture),
        with_scratch_ctx(the_input_has_its_colours_however_few_channels_are_wanted),
        with_scratch_ctx(any_shape_and_number_gives_a_picture),
        with_scratch_ctx(looking_changes_nothing),
        with_scratch_ctx(what_is_wrong_is_said),
        with_scratch_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
