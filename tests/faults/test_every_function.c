/* Every public function, on tiny shapes: with each of its allocations failing, with an error that
 * stands, and after its context was dropped. The calls are in tests/support/calls*.c; a function of
 * include/dl that has none there fails the first test with its name, unless it is a part whose own
 * test does the same. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "support/calls.h"
#include "support/scratch.h"

static const call *call_of(const char *name)
{
    const call *c;
    for (int32_t i = 0; (c = call_number(i)); i++)
        if (!strcmp(c->name, name))
            return c;
    return NULL;
}

/* 1 when tests/FOLDER/test_PART.c lets every allocation of the part fail. */
static int fails_allocations(const char *folder, const char *part)
{
    static const char *const how[] = {"op_main(",         "unary_main(",
                                      "ARITHMETIC_",      "COMPARE_",
                                      "LOGICAL_",         "EXTREME_",
                                      "spread_main(",     "layer_check(",
                                      "fault_loop(",      "check_sched_faults(",
                                      "check_faults(",    "layer_check_integers(",
                                      "model_check(",     "check_dataset_faults(",
                                      "transform_check(", "LAYER_",
                                      "BATCHNORM_",       "INSTANCENORM_",
                                      "CHANNEL_DROPOUT_", "mix_main("};
    char path[512], line[512];
    int found = 0;
    snprintf(path, sizeof path, "%s/%s/test_%s.c", DL_TESTS_DIR, folder, part);
    FILE *f = fopen(path, "r");
    while (f && !found && fgets(line, sizeof line, f))
        for (size_t i = 0; i < sizeof how / sizeof *how; i++)
            found |= strstr(line, how[i]) != NULL;
    if (f)
        fclose(f);
    return found;
}

/* Operations, layers, optimizers and schedules cost one source, one test and one prototype. */
static int is_a_tested_part(const char *name)
{
    static const char *const kind[][2] = {{"dl_layer_", "layers"}, {"dl_model_", "models"},
                                          {"dl_optim_", "optim"},  {"dl_dataset_", "data"},
                                          {"dl_", "ops"},          {"dl_", "optim"}};
    for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
        size_t n = strlen(kind[i][0]);
        if (strncmp(name, kind[i][0], n) == 0 && fails_allocations(kind[i][1], name + n))
            return 1;
    }
    return 0;
}

/* The names are in the version script, which the build makes from the headers. */
static void every_public_function_has_a_call(void **state)
{
    (void)state;
    char line[256];
    int32_t n = 0, lacking = 0;
    FILE *f = fopen(DL_BUILD_DIR "/deeplearn.map", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        char *name = line + strspn(line, " \t"), *end = strchr(name, ';');
        if (strncmp(name, "dl_", 3) != 0 || !end)
            continue;
        *end = 0;
        n++;
        if (!call_of(name) && !is_a_tested_part(name)) {
            print_error("%s has no call in tests/support/calls*.c\n", name);
            lacking++;
        }
    }
    fclose(f);
    assert_true(n > 100);
    assert_int_equal(lacking, 0);
}

static void no_function_has_two_calls(void **state)
{
    (void)state;
    const call *c;
    for (int32_t i = 0; (c = call_number(i)); i++)
        assert_ptr_equal(call_of(c->name), c);
}

/* ---- failing allocations --------------------------------------------------------------------- */

typedef struct attempt {
    world *w;
    const call *call;
    char before[STATE], after[STATE];
} attempt;

/* Shows where two states differ. */
static void fail_changed(const char *name, const char *before, const char *after)
{
    size_t at = 0;
    while (before[at] == after[at])
        at++;
    size_t from = at < 100 ? 0 : at - 100;
    fail_msg("%s changed\n  ...%.200s...\nto\n  ...%.200s...", name, before + from, after + from);
}

/* prepare and the look at the state are not what is to fail. */
static dl_status try_it(dl_ctx *ctx, void *user)
{
    attempt *a = user;
    long long at = ctx->memory.fail_at;
    int on = ctx->memory.fail_on;
    dl__memory_fail(ctx, 0, 0);
    if (a->call->prepare)
        a->call->prepare(a->w);
    expect_ok(ctx);
    world_state(a->w, a->before);
    dl__memory_fail(ctx, at, on);
    dl_status status = a->call->run(a->w);
    dl__memory_fail(ctx, 0, 0);
    if (status == UNEXPECTED)
        fail_msg("%s: what it returned and the error do not fit, or a value is wrong: \"%s\"",
                 a->call->name, dl_ctx_message(ctx));
    dl_status code = dl_ctx_status(ctx);
    dl_ctx_clear(ctx);
    if (status != DL_OK && a->call->kind != TRAINS) {
        world_state(a->w, a->after);
        if (strcmp(a->before, a->after) != 0)
            fail_changed(a->call->name, a->before, a->after);
    }
    /* What a loader has loaded ahead is no leak. */
    dl_loader_seek(a->w->crew, dl_loader_epoch(a->w->crew), dl_loader_position(a->w->crew));
    world_tidy(a->w);
    if (code != DL_OK)
        dl_fail(ctx, code, "test: %s", a->call->name); /* for the loop */
    return status;
}

static void a_failing_allocation_is_an_error_and_changes_nothing(void **state)
{
    (void)state;
    static attempt a;
    const call *c;
    world w;
    world_begin(&w);
    a.w = &w;
    for (int32_t i = 0; (c = call_number(i)); i++) {
        if (c->kind == SETS || c->kind == LOOKS)
            continue;
        a.call = c;
        if (fault_loop(w.ctx, try_it, NULL, &a) == 0)
            fail_msg("%s: it took no memory; its kind is SETS or LOOKS", c->name);
    }
    world_end(&w);
}

static void functions_that_need_no_memory_take_none(void **state)
{
    (void)state;
    const call *c;
    world w;
    world_begin(&w);
    for (int32_t i = 0; (c = call_number(i)); i++) {
        if (c->kind != SETS && c->kind != LOOKS)
            continue;
        int32_t mark = dl_scope_begin(w.ctx);
        if (c->prepare)
            c->prepare(&w);
        expect_ok(w.ctx);
        dl__memory_fail(w.ctx, 1, 1);
        dl_status status = c->run(&w);
        dl__memory_fail(w.ctx, 0, 0);
        if (status != DL_OK)
            fail_msg("%s: %d, \"%s\"", c->name, (int)status, dl_ctx_message(w.ctx));
        world_tidy(&w);
        dl_scope_end(w.ctx, mark);
    }
    world_end(&w);
}

/* ---- an error that stands -------------------------------------------------------------------- */

/* Runs c where it must not do anything; message is what stands. */
static void expect_refusal(world *w, dl_ctx *ctx, const call *c, const char *message)
{
    dl__memory_fail(ctx, 1, 1);
    dl_status status = c->run(w);
    long long untouched = ctx->memory.fail_at;
    dl__memory_fail(ctx, 0, 0);
    if (c->kind == LOOKS && status == UNEXPECTED)
        fail_msg("%s: it gives another answer while an error stands", c->name);
    if (c->kind != LOOKS && (status == DL_OK || status == UNEXPECTED))
        fail_msg("%s: while an error stands it returned %d", c->name, (int)status);
    if (untouched != 1)
        fail_msg("%s: while an error stands it took memory", c->name);
    if (strcmp(dl_ctx_message(ctx), message) != 0)
        fail_msg("%s: it replaced the error that stood by \"%s\"", c->name, dl_ctx_message(ctx));
}

static void while_an_error_stands_functions_return_at_once(void **state)
{
    (void)state;
    static char before[STATE], after[STATE];
    const char *message = "test: stands";
    const call *c;
    world w;
    world_begin(&w);
    for (int32_t i = 0; (c = call_number(i)); i++) {
        int32_t mark = dl_scope_begin(w.ctx);
        if (c->prepare)
            c->prepare(&w);
        expect_ok(w.ctx);
        world_state(&w, before);
        dl_fail(w.ctx, DL_EIO, "%s", message);
        expect_refusal(&w, w.ctx, c, message);
        dl_ctx_clear(w.ctx);
        world_state(&w, after);
        if (strcmp(before, after) != 0)
            fail_changed(c->name, before, after);
        world_tidy(&w);
        dl_scope_end(w.ctx, mark);
    }
    world_end(&w);
}

/* Objects keep their context alive; it has an error that cannot be cleared. */
static void after_the_last_drop_of_a_context_functions_refuse(void **state)
{
    (void)state;
    const call *c;
    world w;
    for (int32_t i = 0; (c = call_number(i)); i++) {
        world_begin(&w);
        if (c->prepare)
            c->prepare(&w);
        if (c->prepare && !strcmp(c->name, "dl_scope_begin"))
            dl_scope_end(w.ctx, 1);
        expect_ok(w.ctx);
        dl_ctx *ctx = w.ctx;
        dl_ctx_drop(ctx);
        char message[512];
        dl_ctx_message_copy(ctx, message, sizeof message);
        assert_string_equal(message,
                            "context: it was dropped, its tensors can only be read and dropped");
        if (strncmp(c->name, "dl_ctx_", 7) != 0 && strncmp(c->name, "dl_scope_", 9) != 0)
            expect_refusal(&w, ctx, c, message); /* the others would use a handle that is gone */
        dl_ctx_clear(ctx);
        assert_int_equal(dl_ctx_status(ctx), DL_ESTATE);
        dl_ctx_drop(w.other);
        world_drop(&w);
        scratch_end();
        assert_int_equal(scratch_begin(), 0);
    }
}

/* ---- contexts -------------------------------------------------------------------------------- */

typedef struct shortage {
    long long left, taken;
} shortage;

static void *take_some(void *user, void *p, size_t bytes, size_t align)
{
    shortage *s = user;
    dl_ctx_opts system = {0};
    (void)align;
    if (bytes == 0) {
        s->taken--;
        dl__system_give(&system, p);
        return NULL;
    }
    if (s->left-- <= 0)
        return NULL;
    s->taken++;
    return dl__system_take(&system, bytes);
}

static void a_context_is_made_or_not_when_its_allocator_fails(void **state)
{
    (void)state;
    for (long long n = 0;; n++) {
        shortage s = {n, 0};
        dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.alloc = take_some, .alloc_user = &s});
        if (!ctx) {
            assert_int_equal(s.taken, 0);
            assert_non_null(strstr(dl_ctx_message(NULL), "memory is short"));
            assert_true(n < 10);
            continue;
        }
        assert_true(n >= 2); /* the context, and its scopes */
        assert_null(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(1)));
        expect_error(ctx, DL_ENOMEM, "memory: ");
        end_ctx(ctx);
        assert_int_equal(s.taken, 0);
        return;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_public_function_has_a_call),
        cmocka_unit_test(no_function_has_two_calls),
        with_scratch(a_failing_allocation_is_an_error_and_changes_nothing),
        with_scratch(functions_that_need_no_memory_take_none),
        with_scratch(while_an_error_stands_functions_return_at_once),
        with_scratch(after_the_last_drop_of_a_context_functions_refuse),
        cmocka_unit_test(a_context_is_made_or_not_when_its_allocator_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
