#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "support.h"

static void defaults_are_filled_in(void **state)
{
    (void)state;
    dl_ctx *ctx = dl_ctx_new(NULL);
    assert_non_null(ctx);
    assert_int_equal(dl_ctx_status(ctx), DL_OK);
    assert_string_equal(dl_ctx_message(ctx), "");
    assert_true(dl_ctx_threads(ctx) >= 1);
    assert_int_equal(dl_ctx_dtype(ctx), DL_F32);
    assert_true(dl_ctx_seed(ctx) == 0);
    assert_int_equal(dl_ctx_live(ctx), 0);
    dl_ctx_drop(ctx);
}

static void options_out_of_range_give_no_context(void **state)
{
    (void)state;
    const dl_ctx_opts bad[] = {{.threads = -1},      {.threads = 1025},       {.engine = 9},
                               {.engine = -1},       {.dtype = DL_I32},       {.dtype = DL_BF16},
                               {.memory_limit = -1}, {.reserved = {[7] = 1}}, {.memory_limit = 16},
                               {.no_winograd = 2},   {.no_winograd = -1},     {.reserved = {1}}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(dl_ctx_new(&bad[i]));
    assert_non_null(strstr(dl_ctx_message(NULL), "dl_ctx_new failed"));
    assert_int_equal(dl_ctx_status(NULL), DL_EINVAL);
}

static void the_first_error_stays_until_cleared(void **state)
{
    dl_ctx *ctx = *state;
    assert_int_equal(dl_fail(ctx, DL_ESHAPE, "first: %d", 1), DL_ESHAPE);
    assert_int_equal(dl_fail(ctx, DL_EIO, "second"), DL_EIO);
    assert_int_equal(dl_ctx_status(ctx), DL_ESHAPE);
    assert_string_equal(dl_ctx_message(ctx), "first: 1");
    dl_ctx_clear(ctx);
    assert_int_equal(dl_ctx_status(ctx), DL_OK);
    assert_string_equal(dl_ctx_message(ctx), "");
    assert_int_equal(dl_fail_text(ctx, DL_EUSER, "100%s"), DL_EUSER);
    assert_string_equal(dl_ctx_message(ctx), "100%s");
    dl_ctx_clear(ctx);
    assert_int_equal(dl_fail_text(ctx, DL_EUSER, NULL), DL_EUSER);
    dl_ctx_clear(ctx);
    assert_int_equal(dl_fail(NULL, DL_EIO, "nobody hears"), DL_EIO);
}

static void success_cannot_be_reported_as_a_failure(void **state)
{
    dl_ctx *ctx = *state;
    assert_int_equal(dl_fail(ctx, DL_OK, "odd"), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "odd");
    assert_int_equal(dl_fail(NULL, 3, "odd"), DL_EINVAL);
}

static void long_messages_are_cut_between_characters(void **state)
{
    dl_ctx *ctx = *state;
    char text[3000];
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 3); /* e acute, two bytes */
    for (int shift = 0; shift < 2; shift++) {
        dl_fail(ctx, DL_EUSER, "%s%s", shift ? "x" : "", text);
        size_t n = strlen(dl_ctx_message(ctx));
        assert_in_range(n, 900, DL__MESSAGE - 1);
        assert_int_equal((n - (size_t)shift) % 2, 0);
        dl_ctx_clear(ctx);
    }
}

static void message_copy_cuts_and_tells_the_whole_length(void **state)
{
    dl_ctx *ctx = *state;
    char buf[8] = "xxxxxxx";
    dl_fail(ctx, DL_EUSER, "0123456789");
    assert_int_equal(dl_ctx_message_copy(ctx, NULL, 0), 10);
    assert_int_equal(dl_ctx_message_copy(ctx, buf, 1), 10);
    assert_string_equal(buf, "");
    assert_int_equal(dl_ctx_message_copy(ctx, buf, sizeof buf), 10);
    assert_string_equal(buf, "0123456");
    dl_ctx_clear(ctx);
    assert_int_equal(dl_ctx_message_copy(ctx, buf, sizeof buf), 0);
    assert_string_equal(buf, "");
}

static void cancel_stays_until_clear(void **state)
{
    dl_ctx *ctx = *state;
    assert_int_equal(dl_ctx_cancelled(ctx), 0);
    dl_ctx_cancel(ctx);
    dl_ctx_cancel(ctx);
    assert_int_equal(dl_ctx_cancelled(ctx), 1);
    dl_ctx_clear(ctx);
    assert_int_equal(dl_ctx_cancelled(ctx), 0);
    dl_ctx_cancel(NULL);
    assert_int_equal(dl_ctx_cancelled(NULL), 0);
}

static void objects_outlive_their_context(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    dl_tensor *t = dl_tensor_ones(ctx, DL_F32, DL_SHAPE(3));
    dl_ctx_drop(ctx);
    assert_values(t, 1, 1, 1);
    assert_int_equal(dl_ctx_status(ctx), DL_ESTATE);
    dl_ctx_clear(ctx); /* the dropped state cannot be cleared away */
    assert_null(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(1)));
    assert_int_equal(dl_tensor_fill(t, 2), DL_ESTATE);
    dl_tensor_drop(t);
}

static void a_tensor_given_to_a_dropped_context_is_dropped(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    dl_tensor *t = dl_tensor_ones(ctx, DL_F32, DL_SHAPE(3));
    dl_ctx_drop(ctx);
    assert_null(dl_tensor_give(t)); /* the sanitizer sees a leak otherwise */
}

static void a_context_is_kept_alive_by_handles(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    assert_ptr_equal(dl_ctx_keep(ctx), ctx);
    dl_ctx_drop(ctx);
    dl_tensor *t = dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(1)));
    assert_values(t, 1);
    dl_tensor_keep(t);
    dl_ctx_drop(ctx);
    /* a handle taken again through what is left */
    assert_ptr_equal(dl_ctx_keep(dl_tensor_ctx(t)), ctx);
    dl_tensor_drop(t);
    dl_ctx_clear(ctx);
    t = dl_tensor_ones(ctx, DL_F32, DL_SHAPE(1));
    assert_values(t, 1);
    dl_tensor_drop(t);
    dl_ctx_drop(ctx);
    assert_null(dl_ctx_keep(NULL));
    dl_ctx_drop(NULL);
}

static void *drop_all(void *user)
{
    dl_tensor **t = user;
    dl_tensor_drop(t[0]);
    dl_tensor_drop(t[1]);
    return NULL;
}

static void the_last_object_may_end_the_context_on_another_thread(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    dl_tensor *t[] = {dl_tensor_ones(ctx, DL_F32, DL_SHAPE(3)),
                      dl_tensor_ones(ctx, DL_F32, DL_SHAPE(30))};
    dl_ctx_drop(ctx);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, drop_all, t), 0);
    pthread_join(thread, NULL);
}

static void names_are_constant_texts(void **state)
{
    (void)state;
    assert_string_equal(dl_status_name(DL_OK), "DL_OK");
    assert_string_equal(dl_status_name(DL_ELIMIT), "DL_ELIMIT");
    assert_string_equal(dl_status_name(-12), "unknown status");
    assert_string_equal(dl_status_name(1), "unknown status");
    assert_string_equal(dl_status_name(INT32_MIN), "unknown status");
    static const char *const dtype[] = {"f32", "f64", "i32", "i64", "u8", "bool", "bf16"};
    static const size_t size[] = {4, 8, 4, 8, 1, 1, 2};
    for (dl_dtype dt = DL_F32; dt <= DL_BF16; dt++) {
        assert_string_equal(dl_dtype_name(dt), dtype[dt]);
        assert_int_equal(dl_dtype_size(dt), size[dt]);
    }
    assert_string_equal(dl_dtype_name(-1), "unknown dtype");
    assert_int_equal(dl_dtype_size(7), 0);
    assert_string_equal(dl_version(), DL_VERSION_TEXT);
    assert_int_equal(dl_abi_version(), DL_ABI);
}

static void keep_text(void *user, int32_t level, const char *message)
{
    *(int32_t *)user += level * 10 + (int32_t)strlen(message);
}

static void log_reaches_the_callback(void **state)
{
    (void)state;
    int32_t seen = 0;
    const dl_ctx_opts opts = {.log = keep_text, .log_user = &seen};
    dl_ctx *ctx = dl_ctx_new(&opts);
    dl__log(ctx, 1, "%s", "four");
    assert_int_equal(seen, 14);
    dl_ctx_drop(ctx);
    ctx = make_ctx(1);
    dl__log(ctx, 1, "silent");
    dl__log(NULL, 1, "silent");
    end_ctx(ctx);
}

static void null_is_refused_quietly(void **state)
{
    (void)state;
    assert_int_equal(dl_ctx_live(NULL), 0);
    assert_int_equal(dl_ctx_bytes(NULL, DL_BYTES_LIVE), 0);
    assert_int_equal(dl_ctx_threads(NULL), 0);
    assert_true(dl_ctx_seed(NULL) == 0);
    assert_int_equal(dl_ctx_dtype(NULL), -1);
    assert_int_equal(dl_scope_begin(NULL), DL_EINVAL);
    dl_scope_end(NULL, 0);
    dl_ctx_clear(NULL);
    dl_ctx_trim(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_filled_in),
        cmocka_unit_test(options_out_of_range_give_no_context),
        with_ctx(the_first_error_stays_until_cleared),
        with_ctx(success_cannot_be_reported_as_a_failure),
        with_ctx(long_messages_are_cut_between_characters),
        with_ctx(message_copy_cuts_and_tells_the_whole_length),
        with_ctx(cancel_stays_until_clear),
        cmocka_unit_test(objects_outlive_their_context),
        cmocka_unit_test(a_tensor_given_to_a_dropped_context_is_dropped),
        cmocka_unit_test(a_context_is_kept_alive_by_handles),
        cmocka_unit_test(the_last_object_may_end_the_context_on_another_thread),
        cmocka_unit_test(names_are_constant_texts),
        cmocka_unit_test(log_reaches_the_callback),
        cmocka_unit_test(null_is_refused_quietly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
