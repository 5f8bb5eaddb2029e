/* The first NaN, by name, and the file that makes it again. */
#include "dl/autopsy.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dl/ext.h"
#include "dl/grad.h"
#include "dl/io.h"
#include "dl/layers.h"
#include "dl/losses.h"
#include "support/scratch.h"
#include "support/support.h"

static dl_ctx *watching_ctx(void)
{
    return dl_ctx_new(&(dl_ctx_opts){.check_finite = 1, .seed = 42, .threads = 2});
}

/* dense(3, 4), relu, dense(4, 2). */
static dl_module *make_net(dl_ctx *ctx)
{
    dl_module *net =
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 3, 4, NULL), dl_layer_relu(ctx),
                                           dl_layer_dense(ctx, 4, 2, NULL)));
    assert_non_null(net);
    return net;
}

static void set_all(dl_tensor *t, double value)
{
    float *p = dl_tensor_edit(t);
    assert_non_null(p);
    for (int64_t i = 0; i < dl_tensor_count(t); i++)
        p[i] = (float)value;
}

static const char *at(const char *name)
{
    return scratch_at(name);
}

/* ---- messages -------------------------------------------------------------------------------- */

static void the_layer_the_place_and_the_operands_are_named(void **state)
{
    (void)state;
    dl_ctx *ctx = watching_ctx();
    dl_module *net = make_net(ctx);
    set_all(dl_module_tensor(net, "2.weight"), 3e38);
    set_all(dl_module_tensor(net, "0.weight"), 1);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 3), 0, 0, 0, 1, 2, 3);
    assert_null(dl_module_forward(net, x));
    const char *said = dl_ctx_message(ctx);
    const char *const parts[] = {
        ("sequential.2 (dense): linear: its result of shape [2, 2] holds inf at [1, 0], 2 of 4 are "
         "not finite"),
        "operand 0 [2, 4] is from 0 to 6",
        "\"2.weight\" [2, 4] is from 3e+38 to 3e+38",
        "\"2.bias\" [2] is from 0 to 0",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(said, parts[i]))
            fail_msg("\"%s\" is not in \"%s\"", parts[i], said);
    expect_error(ctx, DL_ENUMERIC, "linear");
    dl_module_drop(net);
    end_ctx(ctx);
}

static void backward_names_the_layer_and_the_parameter(void **state)
{
    (void)state;
    dl_ctx *ctx = watching_ctx();
    dl_module *net = make_net(ctx);
    set_all(dl_module_tensor(net, "2.weight"), 1e30);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 3), 0, 0, 0);
    dl_tensor *y = dl_scale(dl_sum(dl_module_forward(net, x), NULL, 0, 0), 1e20);
    expect_ok(ctx);
    assert_int_equal(dl_backward(y), DL_ENUMERIC);
    const char *said = dl_ctx_message(ctx);
    assert_non_null(strstr(said, "backward of sequential.2 (dense): matmul: its result"));
    assert_non_null(strstr(said, "\"2.weight\" [2, 4] is from 1e+30 to 1e+30"));
    expect_error(ctx, DL_ENUMERIC, "holds inf");
    dl_module_drop(net);
    end_ctx(ctx);
}

/* What a loss does is in no layer: backward names the operation. */
static void backward_outside_of_layers_names_the_operation(void **state)
{
    (void)state;
    dl_ctx *ctx = watching_ctx();
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2), 4, 0);
    dl_grad_track(x, 1);
    dl_tensor *y = dl_sum(dl_sqrt(x), NULL, 0, 0);
    expect_ok(ctx);
    assert_int_equal(dl_backward(y), DL_ENUMERIC);
    expect_error(ctx, DL_ENUMERIC,
                 "backward of sqrt: div: its result of shape [2] holds inf at [1]");
    end_ctx(ctx);
}

static void operands_that_are_bad_already_are_counted(void **state)
{
    (void)state;
    dl_ctx *ctx = watching_ctx();
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(3), 1, NAN, -2);
    dl_tensor *all = make_tensor(ctx, DL_F64, DL_SHAPE(1), INFINITY);
    assert_null(dl_add(x, all));
    const char *said = dl_ctx_message(ctx);
    assert_non_null(strstr(said, "add: its result of shape [3] holds inf at [0], 3 of 3"));
    assert_non_null(strstr(said, "operand 0 [3] is from -2 to 1 with 1 of 3 not finite"));
    assert_non_null(strstr(said, "operand 1 [1] with 1 of 1 not finite"));
    expect_error(ctx, DL_ENUMERIC, "add");
    end_ctx(ctx);
}

static void every_layout_is_searched(void **state)
{
    (void)state;
    dl_ctx *ctx = watching_ctx();
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 3), 1, 2, 3, 4, -5, 6);
    for (int layout = 0; layout < LAYOUTS; layout++) {
        assert_null(dl_log(with_layout(x, layout)));
        expect_error(ctx, DL_ENUMERIC,
                     "log: its result of shape [2, 3] holds nan at [1, 1], 1 of 6");
    }
    end_ctx(ctx);
}

static void nothing_is_said_without_check_finite(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 3), NAN, 0, 0);
    assert_non_null(dl_module_forward(net, x));
    assert_int_equal(dl_autopsy_save(ctx, "x"), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "autopsy: results are not looked at; make the context with check");
    dl_module_drop(net);
}

/* ---- files ----------------------------------------------------------------------------------- */

/* A failing call of each kind; NULL results are wanted. */
static void fail_linear(dl_ctx *ctx)
{
    dl_module *net = make_net(ctx);
    set_all(dl_module_tensor(net, "2.weight"), 3e38);
    set_all(dl_module_tensor(net, "0.weight"), 1);
    dl_module_forward(net, dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(2, 3))));
    dl_module_drop(net);
}

static void fail_turned(dl_ctx *ctx)
{
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(2, 3), 1, 2, 3, 4, 0, 6);
    dl_div(dl_tensor_give(dl_tensor_ones(ctx, DL_F64, DL_SHAPE(3, 2))), dl_transpose(x, 0, 1));
}

static void fail_scalar(dl_ctx *ctx)
{
    dl_add_scalar(dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(2))), (double)INFINITY);
}

static void fail_softmax(dl_ctx *ctx)
{
    dl_softmax(make_tensor(ctx, DL_F32, DL_SHAPE(1, 2), INFINITY, 0), -1);
}

static void fail_loss(dl_ctx *ctx)
{
    dl_cross_entropy(make_tensor(ctx, DL_F32, DL_SHAPE(1, 2), INFINITY, 0),
                     make_tensor(ctx, DL_I64, DL_SHAPE(1), 1), NULL);
}

static void fail_sum(dl_ctx *ctx)
{
    dl_sum(make_tensor(ctx, DL_F32, DL_SHAPE(1, 2), 3e38, 3e38), (const int32_t[]){1}, 1, 0);
}

static void fail_mse(dl_ctx *ctx)
{
    dl_mse(make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 1e30),
           make_tensor(ctx, DL_F32, DL_SHAPE(2), 0, 0), NULL);
}

static void (*const failing[])(dl_ctx *ctx) = {fail_linear, fail_turned, fail_scalar, fail_softmax,
                                               fail_loss,   fail_sum,    fail_mse};

static void a_file_makes_it_again_in_another_context(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
        dl_ctx *ctx = watching_ctx();
        char said[1024];
        assert_int_equal(dl_autopsy_save(ctx, at("nan")), DL_OK);
        int64_t live = dl_ctx_live(ctx);
        int32_t mark = dl_scope_begin(ctx);
        failing[i](ctx);
        snprintf(said, sizeof said, "%s", dl_ctx_message(ctx));
        expect_error(ctx, DL_ENUMERIC, "; written to ");
        dl_scope_end(ctx, mark);
        assert_int_equal(dl_ctx_live(ctx), live);
        assert_int_equal(dl_autopsy_save(ctx, NULL), DL_OK);
        end_ctx(ctx);

        ctx = make_ctx(1); /* without check_finite */
        live = dl_ctx_live(ctx);
        assert_int_equal(dl_autopsy_replay(ctx, at("nan")), DL_ENUMERIC);
        /* The same operation with the same numbers; the path is not known here. */
        const char *again = dl_ctx_message(ctx), *op = strstr(said, again);
        const size_t n = strcspn(again, ";");
        char head[1024];
        snprintf(head, sizeof head, "%.*s", (int)n, again);
        if (!op && !strstr(said, head))
            fail_msg("\"%s\" is not in \"%s\"", head, said);
        expect_error(ctx, DL_ENUMERIC, "its result of shape");
        assert_int_equal(dl_ctx_live(ctx), live);
        assert_int_equal(dl_ctx_seed(ctx), 42);
        assert_non_null(dl_log(make_tensor(ctx, DL_F32, DL_SHAPE(1), -1))); /* not looked at */
        end_ctx(ctx);
    }
}

static void the_file_holds_operands_and_message(void **state)
{
    (void)state;
    dl_ctx *ctx = watching_ctx();
    assert_int_equal(dl_autopsy_save(ctx, at("nan")), DL_OK);
    fail_linear(ctx);
    expect_error(ctx, DL_ENUMERIC, "written to");
    dl_safetensors *file = dl_safetensors_open(ctx, at("nan"), NULL);
    assert_int_equal(dl_safetensors_count(file), 3);
    assert_non_null(strstr(dl_safetensors_meta(file, "dl.message"), "holds inf at [0, 0]"));
    assert_non_null(strstr(dl_safetensors_meta(file, "dl.call"), "\"op\":\"linear\""));
    dl_tensor *w =
        dl_tensor_give(dl_safetensors_read(file, dl_safetensors_find(file, "operand.1")));
    assert_shape(w, 2, 4);
    assert_true(*(const float *)dl_tensor_data(w) == 3e38f);
    dl_safetensors_drop(file);
    end_ctx(ctx);
}

static void a_folder_that_is_not_there_is_told_and_the_error_is_the_nan(void **state)
{
    (void)state;
    dl_ctx *ctx = watching_ctx();
    assert_int_equal(dl_autopsy_save(ctx, at("no/such/folder")), DL_OK);
    fail_scalar(ctx);
    expect_error(ctx, DL_ENUMERIC, "; not written: ");
    assert_int_equal(dl_autopsy_save(ctx, NULL), DL_OK);
    fail_scalar(ctx);
    assert_null(strstr(dl_ctx_message(ctx), "written"));
    expect_error(ctx, DL_ENUMERIC, "add_scalar");
    assert_int_equal(dl_autopsy_save(ctx, ""), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "autopsy: the path is empty");
    end_ctx(ctx);
}

static dl_status fill_ones(const dl_call *c)
{
    float *y = dl_tensor_edit(c->out[0]);
    for (int64_t i = 0; i < dl_tensor_count(c->out[0]); i++)
        y[i] = NAN;
    return DL_OK;
}

static dl_status infer_one(const dl_call *c, dl_spec *out)
{
    (void)c;
    out->ndim = 1;
    out->dims[0] = 1;
    return DL_OK;
}

static const dl_op stranger = {.name = "autopsy_stranger",
                               .infer = infer_one,
                               .forward = fill_ones,
                               .replay_in = 1,
                               .replay_out = 1};

static void operations_of_others_are_replayed_once_registered(void **state)
{
    (void)state;
    dl_ctx *ctx = watching_ctx();
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1), 1), *y;
    assert_int_equal(dl_autopsy_save(ctx, at("nan")), DL_OK);
    assert_int_equal(dl_apply(&stranger, &x, 1, NULL, &y, 1), DL_ENUMERIC);
    expect_error(ctx, DL_ENUMERIC, "autopsy_stranger: its result of shape [1] holds nan");
    assert_int_equal(dl_autopsy_replay(ctx, at("nan")), DL_EUNSUPPORTED);
    expect_error(ctx, DL_EUNSUPPORTED, "\"autopsy_stranger\" is not known; dl_op_register it");
    assert_int_equal(dl_op_register(ctx, &stranger), DL_OK);
    assert_int_equal(dl_op_register(ctx, &stranger), DL_OK);
    assert_int_equal(dl_autopsy_replay(ctx, at("nan")), DL_ENUMERIC);
    expect_error(ctx, DL_ENUMERIC, "autopsy_stranger");
    static const dl_op taken = {.name = "relu", .infer = infer_one};
    assert_int_equal(dl_op_register(ctx, &taken), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "op: there is another operation called \"relu\"");
    assert_int_equal(dl_op_register(ctx, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "op: an operation wants a name and infer");
    assert_int_equal(dl_op_register(NULL, &stranger), DL_EINVAL);
    end_ctx(ctx);
}

/* What a file may say instead, over the operands f32 [2, 3] and [3]. */
static const struct {
    const char *call;
    dl_status code;
    const char *part;
} lies[] = {
    {"{}", DL_EFORMAT, "there is no operation or no version"},
    {"[", DL_EFORMAT, "byte"},
    {"{\"op\":\"exp\",\"version\":2}", DL_EUNSUPPORTED, "its version is 2, this library reads 1"},
    {"{\"op\":\"none\",\"version\":1}", DL_EUNSUPPORTED, "\"none\" is not known"},
    {"{\"op\":\"reshape\",\"version\":1}", DL_EUNSUPPORTED, "is not run on what a file says"},
    {"{\"op\":\"exp\",\"version\":1}", DL_EFORMAT, "the number of operands"},
    {"{\"op\":\"exp\",\"version\":1,\"operands\":[[3,1]]}", DL_EFORMAT, "the number of results"},
    {"{\"op\":\"exp\",\"version\":1,\"operands\":[[3,1]],\"results\":2}", DL_EFORMAT,
     "the number of results"},
    {"{\"op\":\"exp\",\"version\":1,\"operands\":[[3,1]],\"results\":1}", DL_EFORMAT,
     "there is no seed"},
    {"{\"op\":\"exp\",\"version\":1,\"operands\":[null],\"results\":1,\"seed\":1}", DL_EFORMAT,
     "the first operand is missing"},
    {"{\"op\":\"exp\",\"version\":1,\"operands\":[5],\"results\":1,\"seed\":1}", DL_EFORMAT,
     "an operand is missing"},
    {"{\"op\":\"exp\",\"version\":1,\"operands\":[[3,1]],\"results\":1,\"seed\":1,\"attrs\":{\"s\":"
     "1}}",
     DL_EFORMAT, "the attributes are not those"},
    {"{\"op\":\"add_scalar\",\"version\":1,\"operands\":[[3,1]],\"results\":1,\"seed\":1,"
     "\"attrs\":{\"s\":[]}}",
     DL_EFORMAT, "the attributes are not those"},
    {"{\"op\":\"softmax\",\"version\":1,\"operands\":[[3,1]],\"results\":1,\"seed\":1,"
     "\"attrs\":{\"axis\":9}}",
     DL_ESHAPE, "softmax: axis"},
    {"{\"op\":\"matmul\",\"version\":1,\"operands\":[[3,1],[1]],\"results\":1,\"seed\":1,"
     "\"attrs\":{\"n_batch\":7}}",
     DL_ESHAPE, "matmul: the operands are no matrices"},
    {"{\"op\":\"matmul\",\"version\":1,\"operands\":[[3,1],[3,1]],\"results\":1,\"seed\":1}",
     DL_ESHAPE, "matmul"},
    {"{\"op\":\"sum\",\"version\":1,\"operands\":[[3,1]],\"results\":1,\"seed\":1,"
     "\"attrs\":{\"mask\":5}}",
     DL_ESHAPE, "sum: [2, 3] does not have all of its axes"},
    {"{\"op\":\"cross_entropy\",\"version\":1,\"operands\":[[3,1],null,null],\"results\":2,"
     "\"seed\":1}",
     DL_EINVAL, "cross_entropy: there is no target"},
    {"{\"op\":\"exp\",\"version\":1,\"operands\":[[1,7]],\"results\":1,\"seed\":1}", DL_OK, ""},
    {"{\"op\":\"exp\",\"version\":1,\"operands\":[[1,2]],\"results\":1,\"seed\":1}", DL_OK, ""},
};

static void what_a_file_says_is_checked(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t[] = {dl_tensor_ones(ctx, DL_F32, DL_SHAPE(2, 3)),
                      dl_tensor_ones(ctx, DL_F32, DL_SHAPE(3))};
    const char *const names[] = {"operand.0", "operand.1"}, *const key[] = {"dl.call"};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        assert_int_equal(
            dl_safetensors_save(ctx, at("lie"), names, t, 2, key, &lies[i].call, 1, NULL), DL_OK);
        if (dl_autopsy_replay(ctx, at("lie")) != lies[i].code)
            fail_msg("%s: %s", lies[i].call, dl_ctx_message(ctx));
        if (lies[i].code != DL_OK)
            expect_error(ctx, lies[i].code, lies[i].part);
    }
    assert_int_equal(dl_safetensors_save(ctx, at("lie"), names, t, 2, NULL, NULL, 0, NULL), DL_OK);
    assert_int_equal(dl_autopsy_replay(ctx, at("lie")), DL_EFORMAT);
    expect_error(ctx, DL_EFORMAT, "it is not the file of an autopsy");
    assert_int_equal(dl_autopsy_replay(ctx, at("absent")), DL_EIO);
    expect_error(ctx, DL_EIO, "absent");
    assert_int_equal(dl_autopsy_replay(ctx, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "autopsy: replaying wants a path");
    assert_int_equal(dl_autopsy_replay(NULL, "x"), DL_EINVAL);
    dl_tensor_drop(t[0]);
    dl_tensor_drop(t[1]);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static dl_status fail_and_write(dl_ctx *ctx, void *user)
{
    dl_log(user);
    if (dl_ctx_status(ctx) != DL_ENUMERIC)
        return dl_ctx_status(ctx);
    /* Not written for want of memory counts as a failure of this loop. */
    const int written = strstr(dl_ctx_message(ctx), "; written to ") != NULL;
    dl_ctx_clear(ctx);
    return written ? DL_OK : dl_fail(ctx, DL_ENOMEM, "not written");
}

static void writing_survives_every_allocation_that_fails(void **state)
{
    (void)state;
    dl_ctx *ctx = watching_ctx();
    assert_int_equal(dl_autopsy_save(ctx, at("nan")), DL_OK);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2), -1, 1);
    assert_true(fault_loop(ctx, fail_and_write, NULL, x) > 5);
    end_ctx(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layer_the_place_and_the_operands_are_named),
        cmocka_unit_test(backward_names_the_layer_and_the_parameter),
        cmocka_unit_test(backward_outside_of_layers_names_the_operation),
        cmocka_unit_test(operands_that_are_bad_already_are_counted),
        cmocka_unit_test(every_layout_is_searched),
        with_ctx(nothing_is_said_without_check_finite),
        cmocka_unit_test(a_file_makes_it_again_in_another_context),
        cmocka_unit_test(the_file_holds_operands_and_message),
        cmocka_unit_test(a_folder_that_is_not_there_is_told_and_the_error_is_the_nan),
        cmocka_unit_test(operations_of_others_are_replayed_once_registered),
        with_ctx(what_a_file_says_is_checked),
        cmocka_unit_test(writing_survives_every_allocation_that_fails),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
