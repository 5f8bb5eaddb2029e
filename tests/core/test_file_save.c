#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/ctx.h"
#include "core/file.h"
#include "support/fault_io.h"
#include "support/scratch.h"

static dl_ctx *ctx;

static void a_save_replaces_the_file_and_leaves_nothing_beside_it(void **state)
{
    ctx = *state;
    scratch_put(scratch_at("a"), "old", 3);
    assert_int_equal(dl__file_save(ctx, scratch_at("a"), "newer", 5, 0), DL_OK);
    assert_holds(scratch_at("a"), "newer");
    assert_int_equal(scratch_entries(), 1);
    assert_int_equal(dl__file_save(ctx, scratch_at("b"), "", 0, 0), DL_OK);
    assert_holds(scratch_at("b"), "");
    assert_int_equal(scratch_entries(), 2);
}

static void a_save_works_in_the_current_folder(void **state)
{
    ctx = *state;
    char back[1024];
    assert_non_null(getcwd(back, sizeof back));
    assert_int_equal(chdir(scratch_folder()), 0);
    dl_status status = dl__file_save(ctx, "plain", "x", 1, 0);
    assert_int_equal(chdir(back), 0);
    assert_int_equal(status, DL_OK);
    assert_holds(scratch_at("plain"), "x");
}

static uint32_t mode_of(const char *path)
{
    struct stat s;
    assert_int_equal(stat(path, &s), 0);
    return (uint32_t)(s.st_mode & 0777);
}

static void permissions_of_the_old_file_are_kept(void **state)
{
    ctx = *state;
    scratch_put(scratch_at("a"), "old", 3);
    assert_int_equal(chmod(scratch_at("a"), 0640), 0);
    assert_int_equal(dl__file_save(ctx, scratch_at("a"), "new", 3, 0), DL_OK);
    assert_int_equal(mode_of(scratch_at("a")), 0640);
    mode_t mask = umask(027);
    assert_int_equal(dl__file_save(ctx, scratch_at("b"), "new", 3, 0), DL_OK);
    umask(mask);
    assert_int_equal(mode_of(scratch_at("b")), 0640);
}

static void links_stay_and_what_they_point_at_is_replaced(void **state)
{
    ctx = *state;
    scratch_put(scratch_at("real"), "old", 3);
    assert_int_equal(symlink("real", scratch_at("one")), 0);
    assert_int_equal(symlink("one", scratch_at("two")), 0);
    assert_int_equal(symlink("fresh", scratch_at("dangling")), 0);
    assert_int_equal(symlink("loop", scratch_at("loop")), 0);
    assert_int_equal(link(scratch_at("real"), scratch_at("hard")), 0);
    assert_int_equal(dl__file_save(ctx, scratch_at("two"), "new", 3, 0), DL_OK);
    assert_holds(scratch_at("real"), "new");
    assert_holds(scratch_at("hard"), "old");
    struct stat s;
    assert_int_equal(lstat(scratch_at("two"), &s), 0);
    assert_true(S_ISLNK(s.st_mode));
    assert_int_equal(dl__file_save(ctx, scratch_at("dangling"), "x", 1, 0), DL_OK);
    assert_holds(scratch_at("fresh"), "x");
    assert_int_equal(dl__file_save(ctx, scratch_at("loop"), "x", 1, 0), DL_EIO);
    assert_says(ctx, DL_EIO, "too many symbolic links");
}

static void targets_that_must_not_be_replaced_are_refused(void **state)
{
    ctx = *state;
    assert_int_equal(mkdir(scratch_at("dir"), 0700), 0);
    dl__file_save(ctx, scratch_at("dir"), "x", 1, 0);
    assert_says(ctx, DL_EIO, "dir: is a folder");
    dl__file_save(ctx, scratch_at("dir/"), "x", 1, 0);
    assert_says(ctx, DL_EIO, "is a folder");
    dl__file_save(ctx, scratch_at("dir/.."), "x", 1, 0);
    assert_says(ctx, DL_EIO, "is a folder");
    dl__file_save(ctx, "/dev/null", "x", 1, 0);
    assert_says(ctx, DL_EIO, "is a device or pipe");
    scratch_put(scratch_at("ro"), "old", 3);
    assert_int_equal(chmod(scratch_at("ro"), 0444), 0);
    dl__file_save(ctx, scratch_at("ro"), "x", 1, 0);
    assert_says(ctx, DL_EIO, "write-protected");
    assert_holds(scratch_at("ro"), "old");
    dl__file_save(ctx, scratch_at("no/such"), "x", 1, 0);
    assert_says(ctx, DL_EIO, "its folder must exist");
    dl__file_save(ctx, scratch_at("ro/x"), "x", 1, 0);
    assert_says(ctx, DL_EIO, "not a folder");
    dl__file_save(ctx, "", "x", 1, 0);
    assert_says(ctx, DL_EINVAL, "empty");
    dl__file_save(ctx, NULL, "x", 1, 0);
    assert_says(ctx, DL_EINVAL, "NULL");
    assert_int_equal(dl__file_save(NULL, scratch_at("a"), "x", 1, 0), DL_EINVAL);
    dl_fail(ctx, DL_ENUMERIC, "stands");
    assert_int_equal(dl__file_save(ctx, scratch_at("a"), "x", 1, 0), DL_ENUMERIC);
    dl_ctx_clear(ctx);
    assert_int_equal(scratch_entries(), 2);
}

static void a_very_long_name_is_saved(void **state)
{
    ctx = *state;
    char name[257];
    memset(name, 'n', 256);
    name[256] = '\0';
    assert_int_equal(dl__file_save(ctx, scratch_at(name), "x", 1, 0), DL_EIO);
    assert_says(ctx, DL_EIO, "name is too long");
    name[255] = '\0'; /* the longest there is: the temporary name has to be made shorter */
    assert_int_equal(dl__file_save(ctx, scratch_at(name), "x", 1, 0), DL_OK);
    assert_holds(scratch_at(name), "x");
}

static void a_streamed_save_is_all_or_nothing(void **state)
{
    ctx = *state;
    dl__save s;
    scratch_put(scratch_at("a"), "old", 3);
    assert_int_equal(dl__save_begin(&s, ctx, scratch_at("a"), -1, 0), DL_OK);
    assert_int_equal(dl__save_write(&s, "ne", 2), DL_OK);
    assert_int_equal(dl__save_write(&s, "w", 1), DL_OK);
    assert_holds(scratch_at("a"), "old");
    assert_int_equal(dl__save_commit(&s), DL_OK);
    assert_holds(scratch_at("a"), "new");
    assert_int_equal(dl__save_commit(&s), DL_EINVAL);
    assert_int_equal(dl__save_write(&s, "w", 1), DL_EINVAL);
    assert_int_equal(dl__save_begin(&s, ctx, scratch_at("a"), 9, 0), DL_OK);
    assert_int_equal(dl__save_write(&s, "bad", 3), DL_OK);
    dl__save_abort(&s);
    dl__save_abort(&s);
    assert_int_equal(dl__save_begin(&s, ctx, scratch_at("a"), 9, 0), DL_OK);
    assert_int_equal(dl__save_write(&s, "bad", 3), DL_OK);
    assert_int_equal(dl__save_commit(&s), DL_ESTATE);
    assert_says(ctx, DL_ESTATE, "3 bytes were written, 9 were announced");
    assert_holds(scratch_at("a"), "new");
    assert_int_equal(scratch_entries(), 1);
    assert_at_rest(NULL);
}

static void write_sync_close_and_rename_failures_keep_the_old_file(void **state)
{
    ctx = *state;
    static const int kinds[] = {FAULT_WRITE, FAULT_FSYNC, FAULT_CLOSE, FAULT_RENAME, FAULT_DUP};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        fault_io io;
        scratch_put(scratch_at("a"), "old", 3);
        fault_io_begin(&io);
        io.kind = kinds[i];
        io.fail_at = 1;
        io.code = EIO;
        assert_int_equal(dl__file_save(ctx, scratch_at("a"), "new", 3, 0), DL_EIO);
        assert_says(ctx, DL_EIO, "input/output error of the device");
        assert_holds(scratch_at("a"), "old");
        assert_at_rest(&io);
        assert_int_equal(scratch_entries(), 1);
        if (kinds[i] == FAULT_FSYNC)
            assert_int_equal(io.count[FAULT_FSYNC], 1); /* never tried again */
    }
}

static void a_full_disk_says_how_much_is_wanted_and_free(void **state)
{
    ctx = *state;
    fault_io io;
    for (int64_t space = 0; space < 3; space++) {
        scratch_put(scratch_at("a"), "old", 3);
        fault_io_begin(&io);
        io.space = space;
        assert_int_equal(dl__file_save(ctx, scratch_at("a"), "new", 3, 0), DL_EIO);
        assert_non_null(strstr(dl_ctx_message(ctx), "3 bytes are wanted"));
        assert_non_null(strstr(dl_ctx_message(ctx), "are free"));
        assert_says(ctx, DL_EIO, "no space left");
        assert_at_rest(&io);
        assert_int_equal(scratch_entries(), 1);
        assert_holds(scratch_at("a"), "old");
    }
}

static void a_file_size_limit_is_an_error_and_no_signal(void **state)
{
    ctx = *state;
    struct rlimit old, low;
    static char big[10000];
    scratch_put(scratch_at("a"), "old", 3);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    low = old;
    low.rlim_cur = 5000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    dl_status status = dl__file_save(ctx, scratch_at("a"), big, sizeof big, 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(status, DL_EIO);
    assert_says(ctx, DL_EIO, "file size limit");
    assert_holds(scratch_at("a"), "old");
    assert_int_equal(scratch_entries(), 1);
}

static void every_failed_allocation_leaves_the_old_file(void **state)
{
    ctx = *state;
    fault_io io;
    scratch_put(scratch_at("real"), "old", 3);
    assert_int_equal(symlink("real", scratch_at("a")), 0);
    fault_io_begin(&io);
    for (int way = 0; way < 4; way++) {
        const int sticky = way & 1;
        io.link_code = way & 2 ? EPERM : 0;
        for (long long k = 1;; k++) {
            scratch_put(scratch_at("real"), "old", 3);
            dl__memory_fail(ctx, k, sticky);
            dl_status status =
                dl__file_save(ctx, scratch_at("a"), "new", 3, DL__SAVE_KEEP_PREVIOUS);
            dl__memory_fail(ctx, 0, 0);
            assert_int_equal(io.open_files, 0);
            assert_at_rest(NULL);
            if (!status) {
                assert_true(k > 4);
                break;
            }
            assert_int_equal(status, DL_ENOMEM);
            dl_ctx_clear(ctx);
            assert_holds(scratch_at("real"), "old");
            assert_true(scratch_entries() <= 3);
        }
    }
}

static void what_a_killed_process_left_is_removed_by_the_next_save(void **state)
{
    ctx = *state;
    pid_t child = fork();
    if (child == 0) {
        dl__save s;
        dl_status status = dl__save_begin(&s, ctx, scratch_at("a"), -1, 0);
        _exit(status || dl__save_write(&s, "half", 4) ? 1 : 0); /* no commit, no abort */
    }
    int result;
    waitpid(child, &result, 0);
    assert_int_equal(result, 0);
    scratch_put(scratch_at(".a.tmp.1.0"), "x",
                1); /* of a process number that lives, but is another's */
    scratch_put(scratch_at(".a.tmp.1x"), "x", 1);           /* not ours */
    scratch_put(scratch_at(".a.tmp.99999999.7.8"), "x", 1); /* not ours */
    scratch_put(scratch_at(".b.tmp.99999999.7"), "x", 1);   /* of another file */
    assert_int_equal(scratch_entries(), 5);
    assert_int_equal(dl__file_save(ctx, scratch_at("a"), "new", 3, 0), DL_OK);
    assert_int_equal(scratch_entries(), 4);
    assert_int_equal(access(scratch_at(".a.tmp.1x"), F_OK), 0);
    assert_int_equal(access(scratch_at(".b.tmp.99999999.7"), F_OK), 0);
}

static void two_saves_to_one_path_do_not_disturb_each_other(void **state)
{
    ctx = *state;
    dl__save one, two;
    assert_int_equal(dl__save_begin(&one, ctx, scratch_at("a"), -1, 0), DL_OK);
    assert_int_equal(dl__save_begin(&two, ctx, scratch_at("a"), -1, 0), DL_OK);
    assert_int_equal(dl__save_write(&one, "one", 3), DL_OK);
    assert_int_equal(dl__save_write(&two, "two", 3), DL_OK);
    assert_int_equal(dl__save_commit(&two), DL_OK);
    assert_holds(scratch_at("a"), "two");
    assert_int_equal(dl__save_commit(&one), DL_OK);
    assert_holds(scratch_at("a"), "one");
    assert_int_equal(scratch_entries(), 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        with_fault_io(a_save_replaces_the_file_and_leaves_nothing_beside_it),
        with_fault_io(a_save_works_in_the_current_folder),
        with_fault_io(permissions_of_the_old_file_are_kept),
        with_fault_io(links_stay_and_what_they_point_at_is_replaced),
        with_fault_io(targets_that_must_not_be_replaced_are_refused),
        with_fault_io(a_very_long_name_is_saved),
        with_fault_io(a_streamed_save_is_all_or_nothing),
        with_fault_io(write_sync_close_and_rename_failures_keep_the_old_file),
        with_fault_io(a_full_disk_says_how_much_is_wanted_and_free),
        with_fault_io(a_file_size_limit_is_an_error_and_no_signal),
        with_fault_io(every_failed_allocation_leaves_the_old_file),
        with_fault_io(what_a_killed_process_left_is_removed_by_the_next_save),
        with_fault_io(two_saves_to_one_path_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests_name("core/file_save", tests, NULL, NULL);
}
