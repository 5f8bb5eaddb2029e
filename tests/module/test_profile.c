/* Profiles: what is counted, where, and that nothing else changes. */
#include "dl/profile.h"
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dl/grad.h"
#include "dl/losses.h"
#include "dl/ops.h"
#include "dl/optim.h"
#include "modules.h"
#include "scratch.h"

enum { ROWS = 64 };

static const dl_profile_row *find(const dl_profile_row *r, int32_t n, const char *path,
                                  const char *operation, int32_t phase)
{
    for (int32_t i = 0; i < n; i++)
        if ((!path || (r[i].path && strcmp(r[i].path, path) == 0)) &&
            (!operation || (r[i].operation && strcmp(r[i].operation, operation) == 0)) &&
            r[i].phase == phase)
            return &r[i];
    return NULL;
}

static int32_t rows_of(dl_ctx *ctx, int32_t by, dl_profile_row *r)
{
    memset(r, 0, ROWS * sizeof *r);
    const int32_t n = dl_profile_rows(ctx, by, r, ROWS);
    assert_in_range(n, 1, ROWS);
    return n;
}

/* A convolutional net on pictures, and a step of it. */
static dl_module *make_pictures(dl_ctx *ctx)
{
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_conv2d(ctx, 3, 8, DL_KERNEL(3), NULL, NULL), dl_layer_relu(ctx),
                       dl_layer_sequential(ctx, DL_LAYERS(dl_layer_flatten(ctx),
                                                          dl_layer_dense(ctx, 288, 5, NULL)))));
}

static void step(dl_module *net)
{
    dl_ctx *ctx = dl_module_ctx(net);
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 3, 8, 8));
    dl_backward(dl_mean(dl_module_forward(net, x), NULL, 0, 0));
    dl_scope_end(ctx, mark);
    expect_ok(ctx);
}

static void operations_are_counted_where_they_run(void **state)
{
    dl_ctx *ctx = *state;
    dl_profile_row r[ROWS];
    dl_module *net = make_pictures(ctx);
    assert_int_equal(dl_profile_start(ctx, NULL), DL_OK);
    step(net);
    step(net);
    assert_int_equal(dl_profile_stop(ctx), DL_OK);
    step(net); /* not seen */
    const int32_t n = rows_of(ctx, DL_PROFILE_CALLS, r);
    const dl_profile_row *conv = find(r, n, "0", "conv", DL_PROFILE_FORWARD);
    assert_non_null(conv);
    assert_int_equal(conv->calls, 2);
    assert_int_equal(conv->depth, 1);
    /* 4 pictures, 8 channels of 6 x 6 places, 27 taps and a bias; twice. */
    assert_true(conv->flops == 2.0 * (4 * 8 * 36 * (2 * 27 + 1)));
    assert_true(conv->bytes_read == 2.0 * 4 * (4 * 3 * 64 + 8 * 27 + 8));
    assert_true(conv->bytes_written == 2.0 * 4 * (4 * 8 * 36));
    assert_true(conv->seconds > 0 && conv->seconds < dl_profile_seconds(ctx));
    assert_true(conv->bytes_peak >= 4 * 4 * 8 * 36);
    const dl_profile_row *dw = find(r, n, "0", "conv_weight", DL_PROFILE_BACKWARD);
    assert_non_null(dw);
    assert_true(dw->flops == 2.0 * (4 * 8 * 36 * 2 * 27));
    assert_null(find(r, n, "0", "conv_data", DL_PROFILE_BACKWARD)); /* x is not tracked */
    const dl_profile_row *linear = find(r, n, "2.1", "linear", DL_PROFILE_FORWARD);
    assert_non_null(linear);
    assert_int_equal(linear->depth, 2);
    assert_true(linear->flops == 2.0 * (4 * 5 * (2 * 288 + 1)));
    const dl_profile_row *dx = find(r, n, "2.1", "matmul", DL_PROFILE_BACKWARD);
    assert_non_null(dx);
    assert_int_equal(dx->calls, 4); /* dw and dx */
    assert_true(dx->flops == 4.0 * (2 * 4 * 5 * 288));
    assert_non_null(find(r, n, "1", "relu_backward", DL_PROFILE_BACKWARD));
    const dl_profile_row *mean = find(r, n, "", "mean", DL_PROFILE_FORWARD);
    assert_true(!mean || mean->depth == -1);
    dl_module_drop(net);
}

static void a_root_and_what_is_outside_are_told_apart(void **state)
{
    dl_ctx *ctx = *state;
    dl_profile_row r[ROWS];
    dl_module *net = make_counter(ctx, 4);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4));
    dl_profile_start(ctx, NULL);
    dl_exp(dl_module_forward(net, x));
    dl_profile_stop(ctx);
    const int32_t n = rows_of(ctx, DL_PROFILE_CALLS, r);
    assert_int_equal(find(r, n, "", "exp", DL_PROFILE_FORWARD)->depth, -1);
    assert_int_equal(find(r, n, "", "mul", DL_PROFILE_FORWARD)->depth, 0);
    dl_module_drop(net);
}

static void lists_add_up_to_the_same(void **state)
{
    dl_ctx *ctx = *state;
    dl_profile_row r[ROWS];
    dl_module *net = make_pictures(ctx);
    dl_optim *o = dl_optim_adam(net, NULL);
    dl_profile_start(ctx, NULL);
    step(net);
    dl_optim_step(o);
    dl_profile_stop(ctx);
    double seconds[3] = {0}, flops[3] = {0};
    int64_t calls[3] = {0};
    for (int32_t by = 0; by < 3; by++) {
        const int32_t n = rows_of(ctx, by, r);
        for (int32_t i = 0; i < n; i++) {
            seconds[by] += r[i].seconds;
            flops[by] += r[i].flops;
            calls[by] += r[i].calls;
            assert_true(i == 0 || r[i].seconds <= r[i - 1].seconds);
            assert_true((r[i].path == NULL) == (by == DL_PROFILE_OPERATIONS));
            assert_true((r[i].operation == NULL) == (by == DL_PROFILE_LAYERS));
        }
        if (by == DL_PROFILE_OPERATIONS)
            assert_int_equal(find(r, n, NULL, "adam", DL_PROFILE_UPDATE)->calls, 1);
    }
    for (int32_t by = 1; by < 3; by++) {
        assert_true(fabs(seconds[by] - seconds[0]) < 1e-9);
        assert_true(flops[by] == flops[0]);
        assert_int_equal(calls[by], calls[0]);
    }
    assert_true(seconds[0] <= dl_profile_seconds(ctx));
    dl_optim_drop(o);
    dl_module_drop(net);
}

static void results_and_memory_are_the_same_with_a_profile(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_pictures(ctx), *other = dl_module_clone(net, NULL);
    step(net);
    dl_module_zero_grad(net);
    step(net);
    const int64_t live = dl_ctx_bytes(ctx, DL_BYTES_LIVE), system = dl_ctx_bytes(ctx, 2);
    const int64_t peak = dl_ctx_bytes(ctx, DL_BYTES_PEAK);
    dl_profile_start(ctx, NULL);
    dl_module_zero_grad(net);
    step(net);
    assert_int_equal(dl_ctx_bytes(ctx, DL_BYTES_LIVE), live);
    assert_int_equal(dl_ctx_bytes(ctx, DL_BYTES_SYSTEM), system);
    assert_int_equal(dl_ctx_bytes(ctx, DL_BYTES_PEAK), peak);
    dl_profile_stop(ctx);
    step(other);
    for (int32_t i = 0; i < dl_module_param_count(net); i++)
        assert_same_bits(dl_grad(dl_module_param(net, i)), dl_grad(dl_module_param(other, i)));
    dl_module_drop(net);
    dl_module_drop(other);
}

/* The peak that the context knows is of the whole time, a row's of its calls. */
static void peaks_are_those_of_calls(void **state)
{
    dl_ctx *ctx = *state;
    dl_profile_row r[ROWS];
    dl_tensor *big = dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(1 << 20));
    dl_tensor_drop(big);
    const int64_t peak = dl_ctx_bytes(ctx, DL_BYTES_PEAK);
    dl_profile_start(ctx, NULL);
    dl_exp(dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(100))));
    dl_profile_stop(ctx);
    rows_of(ctx, DL_PROFILE_CALLS, r);
    assert_string_equal(r[0].operation, "exp");
    assert_true(r[0].bytes_peak > 800 && r[0].bytes_peak < 1 << 20);
    assert_int_equal(dl_ctx_bytes(ctx, DL_BYTES_PEAK), peak);
}

static void views_and_shapes_cost_nothing(void **state)
{
    dl_ctx *ctx = *state;
    dl_profile_row r[ROWS];
    dl_module *net = make_pictures(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4));
    dl_profile_start(ctx, NULL);
    dl_transpose(x, 0, 1);
    assert_true(dl_module_summary(net, DL_SHAPE(1, 3, 8, 8), NULL, 0, NULL) > 0);
    dl_profile_stop(ctx);
    const int32_t n = rows_of(ctx, DL_PROFILE_OPERATIONS, r);
    assert_int_equal(n, 1);
    assert_string_equal(r[0].operation, "transpose");
    assert_true(r[0].flops == 0 && r[0].bytes_read == 0 && r[0].bytes_written == 0);
    dl_module_drop(net);
}

static void products_of_many_matrices_are_counted(void **state)
{
    dl_ctx *ctx = *state;
    dl_profile_row r[ROWS];
    dl_tensor *a = random_tensor(ctx, DL_F64, 1, DL_SHAPE(5, 1, 2, 3));
    dl_tensor *b = random_tensor(ctx, DL_F64, 1, DL_SHAPE(4, 3, 7));
    dl_profile_start(ctx, NULL);
    dl_matmul(a, b);
    dl_profile_stop(ctx);
    rows_of(ctx, DL_PROFILE_CALLS, r);
    assert_true(r[0].flops == 2.0 * 5 * 4 * 2 * 3 * 7);
    assert_true(r[0].peak_share > 0);
    assert_true(dl_profile_peak(ctx, DL_F64) > 0 && dl_profile_peak(ctx, DL_I64) == 0);
}

static void the_table_has_the_longest_rows_and_the_rest(void **state)
{
    dl_ctx *ctx = *state;
    char text[8192], cut[100];
    dl_module *net = make_pictures(ctx);
    dl_profile_start(ctx, NULL);
    step(net);
    dl_profile_stop(ctx);
    const int64_t n = dl_profile_text(ctx, DL_PROFILE_CALLS, 3, text, sizeof text);
    assert_true(n > 0 && n == (int64_t)strlen(text));
    int lines = 0;
    for (const char *p = text; *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, 2 + 3 + 2 + 1);
    assert_non_null(strstr(text, "GFLOP/s"));
    assert_non_null(strstr(text, "the rest"));
    assert_non_null(strstr(text, "together"));
    dl_profile_text(ctx, DL_PROFILE_CALLS, 3, cut, sizeof cut);
    assert_int_equal(strlen(cut), sizeof cut - 1);
    assert_memory_equal(cut, text, sizeof cut - 1);
    for (int32_t by = 0; by < 3; by++)
        assert_true(dl_profile_text(ctx, by, 0, NULL, 0) > 0);
    dl_profile_text(ctx, DL_PROFILE_LAYERS, 0, text, sizeof text);
    assert_non_null(strstr(text, "2.1 "));
    assert_non_null(strstr(text, "(outside)"));
    dl_module_drop(net);
}

/* Reads the trace with a parser of JSON. */
static void a_trace_is_json_of_nested_events(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net =
        dl_layer_named(ctx, (const char *const[]){"a\"b\\\n\xff"}, DL_LAYERS(make_pictures(ctx)));
    dl_profile_start(ctx, NULL);
    step(net);
    dl_profile_stop(ctx);
    const char *path = scratch_at("trace.json");
    assert_int_equal(dl_profile_trace(ctx, path), DL_OK);
    json_error_t why;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &why), *event;
    assert_non_null(root);
    json_t *events = json_object_get(root, "traceEvents");
    assert_true(json_is_array(events));
    double began = -1, ended = -1;
    int complete = 0, counters = 0, inside = 0, backward = 0;
    size_t i;
    json_array_foreach(events, i, event)
    {
        const char *kind = json_string_value(json_object_get(event, "ph"));
        const char *name = json_string_value(json_object_get(event, "name"));
        assert_non_null(kind);
        assert_non_null(name);
        assert_true(json_is_integer(json_object_get(event, "pid")));
        counters += *kind == 'C';
        if (*kind != 'X')
            continue;
        complete++;
        assert_true(json_number_value(json_object_get(event, "ts")) >= 0);
        assert_true(json_number_value(json_object_get(event, "dur")) >= 0);
        backward += strncmp(name, "backward of ", 12) == 0;
        if (strcmp(name, "(net)") == 0) {
            began = json_number_value(json_object_get(event, "ts"));
            ended = began + json_number_value(json_object_get(event, "dur"));
        }
    }
    json_array_foreach(events, i, event)
    {
        const char *cat = json_string_value(json_object_get(event, "cat"));
        const double at = json_number_value(json_object_get(event, "ts"));
        const char *name = json_string_value(json_object_get(event, "name"));
        if (cat && strcmp(cat, "forward") == 0 && strcmp(name, "conv") == 0)
            inside += at >= began && at <= ended;
    }
    assert_int_equal(inside, 1);
    assert_true(complete > 10 && counters > 5 && backward > 3);
    json_decref(root);
    dl_module_drop(net);
}

static void events_are_bounded_and_sums_are_not(void **state)
{
    dl_ctx *ctx = *state;
    dl_profile_row r[ROWS];
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4));
    const int64_t most[] = {DL_OFF, 3};
    for (int k = 0; k < 2; k++) {
        const dl_profile_opts o = {.events = most[k]};
        dl_profile_start(ctx, &o);
        for (int i = 0; i < 7; i++)
            dl_exp(x);
        dl_profile_stop(ctx);
        rows_of(ctx, DL_PROFILE_OPERATIONS, r);
        assert_int_equal(r[0].calls, 7);
        const char *path = scratch_at("short.json");
        dl_profile_trace(ctx, path);
        json_t *root = json_load_file(path, 0, NULL);
        const json_t *other = json_object_get(root, "otherData");
        assert_int_equal(json_integer_value(json_object_get(other, "events left out")), k ? 4 : 7);
        json_decref(root);
    }
}

static dl_tensor *stop_inside(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n, (void)user;
    dl_profile_stop(in[0]->base.ctx);
    return in[0];
}

static dl_tensor *start_inside(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n, (void)user;
    dl_profile_start(in[0]->base.ctx, NULL);
    return dl_exp(in[0]);
}

static void wrong_moments_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_profile_row r[ROWS];
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4));
    dl_module *stops = dl_layer_lambda(ctx, "stops", stop_inside, NULL, NULL);
    dl_module *starts = dl_layer_lambda(ctx, "starts", start_inside, NULL, NULL);
    assert_int_equal(dl_profile_rows(ctx, 0, r, ROWS), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "profile: there was none");
    assert_int_equal(dl_profile_trace(ctx, "x.json"), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "profile: there was none");
    assert_int_equal(dl_profile_stop(ctx), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "profile: none runs");
    assert_true(dl_profile_seconds(ctx) == 0 && dl_profile_seconds(NULL) == 0);
    assert_non_null(dl_module_forward(starts, x)); /* from here on */
    assert_int_equal(dl_profile_start(ctx, NULL), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "profile: one runs already");
    assert_null(dl_module_forward(stops, x));
    expect_error(ctx, DL_ESTATE, "profile: a module or an operation runs");
    assert_int_equal(dl_profile_stop(ctx), DL_OK);
    assert_int_equal(dl_profile_rows(ctx, 0, r, ROWS), 1);
    assert_int_equal(dl_profile_rows(ctx, 3, r, ROWS), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "profile: by is 3");
    assert_int_equal(dl_profile_rows(ctx, 0, NULL, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "no room for rows");
    assert_int_equal(dl_profile_text(ctx, 0, -1, NULL, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "rows is negative");
    assert_int_equal(dl_profile_text(ctx, 0, 0, NULL, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "the buffer is NULL");
    assert_int_equal(dl_profile_trace(ctx, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "the path is NULL");
    const dl_profile_opts negative = {.events = -2}, set = {.reserved = {1}};
    assert_int_equal(dl_profile_start(ctx, &negative), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "events is -2");
    assert_int_equal(dl_profile_start(ctx, &set), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "profile");
    dl_module_drop(stops);
    dl_module_drop(starts);
}

/* Failed calls do not count, and the profile goes on. */
static void a_failed_call_is_no_call(void **state)
{
    dl_ctx *ctx = *state;
    dl_profile_row r[ROWS];
    dl_module *net = make_net(ctx);
    dl_profile_start(ctx, NULL);
    assert_null(dl_module_forward(net, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 5))));
    expect_error(ctx, DL_ESHAPE, "linear");
    dl_exp(random_tensor(ctx, DL_F32, 1, DL_SHAPE(2)));
    assert_int_equal(dl_profile_stop(ctx), DL_OK);
    assert_int_equal(rows_of(ctx, DL_PROFILE_CALLS, r), 1);
    assert_int_equal(r[0].depth, -1);
    dl_module_drop(net);
}

/* An allocator that has nothing to give while it is told so. */
static void *stingy(void *user, void *p, size_t bytes, size_t align)
{
    if (bytes == 0) {
        free(p);
        return NULL;
    }
    return *(int *)user ? NULL : aligned_alloc(align, (bytes + align - 1) / align * align);
}

static void without_memory_training_goes_on(void **state)
{
    int none = 0;
    const dl_ctx_opts opts = {.seed = 1, .threads = 1, .alloc = stingy, .alloc_user = &none};
    dl_ctx *ctx = dl_ctx_new(&opts);
    dl_module *net = make_pictures(ctx);
    char text[4096];
    (void)state;
    step(net);
    step(net);
    none = 1;
    assert_int_equal(dl_profile_start(ctx, NULL), DL_ENOMEM);
    expect_error(ctx, DL_ENOMEM, "profile: memory is short");
    none = 0;
    dl_profile_start(ctx, NULL);
    none = 1;
    step(net); /* all it needs is cached */
    none = 0;
    dl_profile_stop(ctx);
    assert_true(dl_profile_text(ctx, DL_PROFILE_CALLS, 0, text, sizeof text) > 0);
    assert_non_null(strstr(text, "incomplete"));
    dl_module_drop(net);
    end_ctx(ctx);
}

static dl_status read_all(dl_ctx *ctx, void *user)
{
    dl_profile_row r[ROWS];
    if (dl_profile_rows(ctx, DL_PROFILE_CALLS, r, ROWS) < 0 ||
        dl_profile_text(ctx, DL_PROFILE_LAYERS, 0, NULL, 0) < 0)
        return dl_ctx_status(ctx);
    return dl_profile_trace(ctx, user);
}

static void reading_survives_every_failure_of_memory(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_pictures(ctx);
    dl_profile_start(ctx, NULL);
    step(net);
    dl_profile_stop(ctx);
    char path[512];
    snprintf(path, sizeof path, "%s", scratch_at("faults.json"));
    assert_true(fault_loop(ctx, read_all, NULL, path) > 5);
    dl_module_drop(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(operations_are_counted_where_they_run),
        with_ctx(a_root_and_what_is_outside_are_told_apart),
        with_ctx(lists_add_up_to_the_same),
        with_ctx(results_and_memory_are_the_same_with_a_profile),
        with_ctx(peaks_are_those_of_calls),
        with_ctx(views_and_shapes_cost_nothing),
        with_ctx(products_of_many_matrices_are_counted),
        with_ctx(the_table_has_the_longest_rows_and_the_rest),
        with_scratch_ctx(a_trace_is_json_of_nested_events),
        with_scratch_ctx(events_are_bounded_and_sums_are_not),
        with_ctx(wrong_moments_are_refused),
        with_ctx(a_failed_call_is_no_call),
        cmocka_unit_test(without_memory_training_goes_on),
        with_scratch_ctx(reading_survives_every_failure_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
