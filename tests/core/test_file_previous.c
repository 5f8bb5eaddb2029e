/* Saves that keep the file before as NAME.prev, and what failures and kills leave of the two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/ctx.h"
#include "core/file.h"
#include "support/fault_io.h"
#include "support/scratch.h"

static dl_ctx *ctx;

static void the_previous_generation_can_be_kept(void **state)
{
    ctx = *state;
    assert_int_equal(dl__file_save(ctx, scratch_at("a"), "1", 1, DL__SAVE_KEEP_PREVIOUS), DL_OK);
    assert_int_equal(scratch_entries(), 1);
    assert_int_equal(dl__file_save(ctx, scratch_at("a"), "2", 1, DL__SAVE_KEEP_PREVIOUS), DL_OK);
    assert_int_equal(dl__file_save(ctx, scratch_at("a"), "3", 1, DL__SAVE_KEEP_PREVIOUS), DL_OK);
    assert_holds(scratch_at("a"), "3");
    assert_holds(scratch_at("a.prev"), "2");
    assert_int_equal(scratch_entries(), 2);
    static const int codes[] = {EPERM, EACCES, EOPNOTSUPP, ENOSYS, EMLINK};
    for (int i = 0; i < 5; i++) { /* file systems without hard links */
        fault_io io;
        scratch_put(scratch_at("a"), "3", 1);
        fault_io_begin(&io);
        io.link_code = codes[i];
        assert_int_equal(dl__file_save(ctx, scratch_at("a"), "4", 1, DL__SAVE_KEEP_PREVIOUS),
                         DL_OK);
        assert_int_equal(io.count[FAULT_LINK], 1);
        assert_holds(scratch_at("a"), "4");
        assert_holds(scratch_at("a.prev"), "3");
        assert_int_equal(scratch_entries(), 2);
    }
}

/* A file, the one before it, and a save over them that is about to be made. */
static void put_generations(fault_io *io)
{
    fault_io_end();
    scratch_put(scratch_at("a"), "old", 3);
    scratch_put(scratch_at("a.prev"), "one", 3);
    fault_io_begin(io);
}

static dl_status save_keeping(void)
{
    return dl__file_save(ctx, scratch_at("a"), "new", 3, DL__SAVE_KEEP_PREVIOUS);
}

static void a_spare_name_that_is_taken_is_passed_over(void **state)
{
    ctx = *state;
    fault_io io;
    put_generations(&io);
    io.kind = FAULT_LINK;
    io.fail_at = 1;
    io.code = EEXIST;
    assert_int_equal(save_keeping(), DL_OK);
    assert_int_equal(io.count[FAULT_LINK], 2);
    assert_int_equal(io.count[FAULT_RENAME], 2);
    assert_holds(scratch_at("a"), "new");
    assert_holds(scratch_at("a.prev"), "old");
    put_generations(&io);
    io.link_code = EEXIST;
    assert_int_equal(save_keeping(), DL_EIO);
    assert_says(ctx, DL_EIO, "cannot give the previous file a second name: exists already");
    assert_int_equal(io.count[FAULT_RENAME], 0);
    assert_holds(scratch_at("a"), "old");
    assert_holds(scratch_at("a.prev"), "one");
    assert_int_equal(scratch_entries(), 2);
}

static void a_failed_link_is_a_failure_before_anything_was_touched(void **state)
{
    ctx = *state;
    static const int codes[] = {ENOSPC, EDQUOT, EIO, EROFS};
    for (int i = 0; i < 4; i++) {
        fault_io io;
        put_generations(&io);
        io.link_code = codes[i];
        assert_int_equal(save_keeping(), DL_EIO);
        assert_says(ctx, DL_EIO, "cannot give the previous file a second name");
        assert_int_equal(io.count[FAULT_RENAME], 0);
        assert_holds(scratch_at("a"), "old");
        assert_holds(scratch_at("a.prev"), "one");
        assert_int_equal(scratch_entries(), 2);
    }
}

static void where_the_file_cannot_come_back_the_message_says_where_it_is(void **state)
{
    ctx = *state;
    fault_io io;
    put_generations(&io);
    io.link_code = EPERM;
    io.kind = FAULT_RENAME;
    io.fail_at = 3; /* .prev and the file have moved; the new one and the way back fail */
    io.sticky = 1;
    io.code = EIO;
    assert_int_equal(save_keeping(), DL_EIO);
    assert_non_null(strstr(dl_ctx_message(ctx), "cannot put the new file in its place"));
    assert_says(ctx, DL_EIO, "/a.prev, and could not be moved back");
    assert_holds(scratch_at("a.prev"), "old");
    assert_int_equal(scratch_entries(), 1);
}

static void a_file_that_is_gone_by_now_is_not_kept(void **state)
{
    ctx = *state;
    for (int links = 0; links < 2; links++) {
        fault_io io;
        dl__save s;
        put_generations(&io);
        io.link_code = links ? 0 : EPERM;
        assert_int_equal(dl__save_begin(&s, ctx, scratch_at("a"), -1, DL__SAVE_KEEP_PREVIOUS),
                         DL_OK);
        assert_int_equal(dl__save_write(&s, "new", 3), DL_OK);
        assert_int_equal(unlink(scratch_at("a")), 0);
        assert_int_equal(dl__save_commit(&s), DL_OK);
        assert_holds(scratch_at("a"), "new");
        assert_holds(scratch_at("a.prev"), "one");
        assert_int_equal(scratch_entries(), 2);
        assert_at_rest(NULL);
    }
}

static char logged[400];

static void on_log(void *user, int32_t level, const char *message)
{
    (void)user;
    assert_int_equal(level, 1);
    snprintf(logged, sizeof logged, "%s", message);
}

static void a_spare_that_another_process_removes_costs_the_rotation_alone(void **state)
{
    ctx = *state;
    fault_io io;
    const dl_ctx_opts o = {.log = on_log};
    dl_ctx *loud = dl_ctx_new(&o);
    put_generations(&io);
    io.kind = FAULT_RENAME;
    io.fail_at = 2;
    io.code = ENOENT;
    logged[0] = '\0';
    assert_int_equal(dl__file_save(loud, scratch_at("a"), "new", 3, DL__SAVE_KEEP_PREVIOUS), DL_OK);
    dl_ctx_drop(loud);
    assert_non_null(strstr(logged, "/a: saved, but NAME.prev is not renewed"));
    assert_holds(scratch_at("a"), "new");
    assert_holds(scratch_at("a.prev"), "one");
    assert_int_equal(scratch_entries(), 2);
    put_generations(&io); /* any other failure is told */
    io.kind = FAULT_RENAME;
    io.fail_at = 2;
    io.code = EIO;
    assert_int_equal(save_keeping(), DL_EIO);
    assert_says(ctx, DL_EIO, "keep the previous file as NAME.prev (the new one is saved)");
    assert_holds(scratch_at("a"), "new");
    assert_holds(scratch_at("a.prev"), "one");
    assert_int_equal(scratch_entries(), 2);
}

static void the_name_of_the_previous_file_may_not_be_a_folder(void **state)
{
    ctx = *state;
    scratch_put(scratch_at("a"), "old", 3);
    assert_int_equal(mkdir(scratch_at("a.prev"), 0700), 0);
    assert_int_equal(save_keeping(), DL_EIO);
    assert_says(ctx, DL_EIO, "a.prev: is a folder");
    assert_holds(scratch_at("a"), "old");
    assert_int_equal(scratch_entries(), 2);
    assert_int_equal(dl__file_save(ctx, scratch_at("a"), "new", 3, 0), DL_OK);
}

/* One more name of the file itself: then there is nothing before it but what it is. */
static void a_previous_file_that_is_the_file_itself_is_replaced(void **state)
{
    ctx = *state;
    scratch_put(scratch_at("a"), "old", 3);
    assert_int_equal(link(scratch_at("a"), scratch_at("a.prev")), 0);
    assert_int_equal(save_keeping(), DL_OK);
    assert_holds(scratch_at("a"), "new");
    assert_holds(scratch_at("a.prev"), "old");
    assert_int_equal(scratch_entries(), 2);
}

/* What the file holds, "" where it is not there. */
static const char *content(const char *name, char got[8])
{
    FILE *f = fopen(scratch_at(name), "rb");
    memset(got, 0, 8);
    if (f) {
        assert_int_equal(fread(got, 1, 7, f), 3);
        fclose(f);
    }
    return got;
}

/* How a save keeps what was there. */
enum { NOT_KEPT, KEPT, KEPT_WITHOUT_LINKS, WAYS };

/* What there may be after a save of "new" over "old", with "one" before it: the file is old or new,
 * and the one before it is a generation that fits. killed: where there are no links one of the two
 * may be the only one. */
static void assert_generations(int way, int killed)
{
    char a[8], prev[8];
    content("a", a);
    content("a.prev", prev);
    if (!strcmp(a, "new"))
        assert_true(!strcmp(prev, "one") || (way != NOT_KEPT && !strcmp(prev, "old")));
    else if (!strcmp(a, "old"))
        assert_true(!strcmp(prev, "one") || (killed && way == KEPT_WITHOUT_LINKS && !prev[0]));
    else
        assert_true(!a[0] && killed && way == KEPT_WITHOUT_LINKS && !strcmp(prev, "old"));
}

/* The k-th call fails with code, or all from it on. How many calls there were. */
static int64_t save_with_failure(int way, int64_t k, int code, int sticky)
{
    fault_io io;
    char got[8];
    put_generations(&io);
    io.chop = 2;
    io.link_code = way == KEPT_WITHOUT_LINKS ? EPERM : 0;
    io.fail_at = k;
    io.code = code;
    io.sticky = sticky;
    dl_status status = dl__file_save(ctx, scratch_at("a"), "new", 3, way != NOT_KEPT);
    assert_true(io.hits > 0 || k == 0);
    assert_int_equal(status, dl_ctx_status(ctx));
    assert_true(status == DL_OK || strstr(dl_ctx_message(ctx), "/a: "));
    const int saved = status && strstr(dl_ctx_message(ctx), "saved)");
    dl_ctx_clear(ctx);
    assert_at_rest(&io);
    assert_generations(way, 0);
    assert_string_equal(content("a", got), status && !saved ? "old" : "new");
    if (!status)
        assert_string_equal(content("a.prev", got), way == NOT_KEPT ? "one" : "old");
    return io.count[FAULT_ANY];
}

static void every_failure_while_saving_leaves_what_was_there_or_the_new_file(void **state)
{
    ctx = *state;
    static const int codes[] = {EIO, ENOSPC, EACCES, EINTR, ENOMEM};
    for (int way = 0; way < WAYS; way++) {
        for (size_t c = 0; c < sizeof codes / sizeof codes[0]; c++) {
            int64_t calls = save_with_failure(way, 0, 0, 0);
            assert_true(calls >= 12);
            for (int64_t k = 1; k <= calls; k++)
                save_with_failure(way, k, codes[c], 0);
        }
    }
    fault_io_end();
    assert_int_equal(dl__file_save(ctx, scratch_at("a"), "new", 3, 0), DL_OK);
    assert_int_equal(scratch_entries(), 2); /* what could not be removed then is now */
}

/* As far as that can be where nothing can be renamed any more: see the case without links. */
static void renames_that_fail_from_one_on_leave_it_too(void **state)
{
    ctx = *state;
    for (int way = 0; way < WAYS; way++) {
        for (int64_t k = 1; k <= 3; k++) {
            fault_io io;
            put_generations(&io);
            io.link_code = way == KEPT_WITHOUT_LINKS ? EPERM : 0;
            io.kind = FAULT_RENAME;
            io.fail_at = k;
            io.sticky = 1;
            io.code = EIO;
            dl_status status = dl__file_save(ctx, scratch_at("a"), "new", 3, way != NOT_KEPT);
            assert_int_equal(status, io.hits ? DL_EIO : DL_OK);
            dl_ctx_clear(ctx);
            assert_at_rest(&io);
            assert_generations(way, 1);
        }
    }
}

/* From the n-th system call on nothing happens any more: what is on disk then is what a killed
 * process leaves. */
static void a_process_killed_at_any_call_leaves_the_old_file_or_the_new(void **state)
{
    ctx = *state;
    for (int way = 0; way < WAYS; way++) {
        for (int64_t k = 1;; k++) {
            fault_io io;
            char got[8];
            put_generations(&io);
            io.link_code = way == KEPT_WITHOUT_LINKS ? EPERM : 0;
            io.dead_from = k;
            dl_status status = dl__file_save(ctx, scratch_at("a"), "new", 3, way != NOT_KEPT);
            dl_ctx_clear(ctx);
            assert_generations(way, 1);
            fault_io_end();
            const char *was = content("a", got);
            assert_int_equal(dl__file_save(ctx, scratch_at("a"), "end", 3, way != NOT_KEPT), DL_OK);
            assert_holds(scratch_at("a"), "end");
            if (way != NOT_KEPT)
                assert_holds(scratch_at("a.prev"), was[0] ? was : "old");
            assert_int_equal(scratch_entries(), 2); /* and the next save clears up */
            if (!status && io.hits == 0)
                break;
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        with_fault_io(the_previous_generation_can_be_kept),
        with_fault_io(a_spare_name_that_is_taken_is_passed_over),
        with_fault_io(a_failed_link_is_a_failure_before_anything_was_touched),
        with_fault_io(where_the_file_cannot_come_back_the_message_says_where_it_is),
        with_fault_io(a_file_that_is_gone_by_now_is_not_kept),
        with_fault_io(a_spare_that_another_process_removes_costs_the_rotation_alone),
        with_fault_io(the_name_of_the_previous_file_may_not_be_a_folder),
        with_fault_io(a_previous_file_that_is_the_file_itself_is_replaced),
        with_fault_io(every_failure_while_saving_leaves_what_was_there_or_the_new_file),
        with_fault_io(renames_that_fail_from_one_on_leave_it_too),
        with_fault_io(a_process_killed_at_any_call_leaves_the_old_file_or_the_new),
    };
    return cmocka_run_group_tests_name("core/file_previous", tests, NULL, NULL);
}
