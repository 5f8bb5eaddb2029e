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

static void a_whole_file_is_read_and_ends_in_a_nul(void **state)
{
    ctx = *state;
    void *p;
    size_t n;
    scratch_put(scratch_at("a"), "hello", 5);
    assert_int_equal(dl__file_read_all(ctx, scratch_at("a"), 5, &p, &n), DL_OK);
    assert_int_equal(n, 5);
    assert_string_equal(p, "hello");
    dl__free(p);
    scratch_put(scratch_at("e"), "", 0);
    assert_int_equal(dl__file_read_all(ctx, scratch_at("e"), 0, &p, &n), DL_OK);
    assert_int_equal(n, 0);
    assert_string_equal(p, "");
    dl__free(p);
}

static void a_file_above_the_limit_is_refused(void **state)
{
    ctx = *state;
    void *p;
    size_t n;
    scratch_put(scratch_at("a"), "hello", 5);
    assert_int_equal(dl__file_read_all(ctx, scratch_at("a"), 4, &p, &n), DL_ELIMIT);
    assert_null(p);
    assert_int_equal(n, 0);
    assert_says(ctx, DL_ELIMIT, "more than the 4 bytes");
}

static void files_without_a_size_are_read_to_their_end(void **state)
{
    ctx = *state;
    void *p;
    size_t n;
    assert_int_equal(dl__file_read_all(ctx, "/proc/self/maps", SIZE_MAX, &p, &n), DL_OK);
    assert_true(n > 100);
    dl__free(p);
    assert_int_equal(mkfifo(scratch_at("pipe"), 0600), 0);
    pid_t child = fork();
    if (child == 0) {
        static char block[100000];
        memset(block, 'x', sizeof block);
        int fd = open(scratch_at("pipe"), O_WRONLY);
        ssize_t done = write(fd, block, sizeof block);
        _exit(done == (ssize_t)sizeof block ? 0 : 1);
    }
    assert_int_equal(dl__file_read_all(ctx, scratch_at("pipe"), SIZE_MAX, &p, &n), DL_OK);
    assert_int_equal(n, 100000);
    dl__free(p);
    waitpid(child, NULL, 0);
}

static void what_cannot_be_read_is_named(void **state)
{
    ctx = *state;
    void *p;
    size_t n;
    dl__file f;
    dl__file_read_all(ctx, scratch_at("none"), 9, &p, &n);
    assert_says(ctx, DL_EIO, "none: cannot open: no such file or folder");
    dl__file_read_all(ctx, scratch_folder(), 9, &p, &n);
    assert_says(ctx, DL_EIO, "is a folder");
    dl__file_open(&f, ctx, "/dev/zero");
    assert_says(ctx, DL_EIO, "a regular file is wanted");
    assert_int_equal(mkfifo(scratch_at("pipe"), 0600), 0);
    dl__file_open(&f, ctx, scratch_at("pipe")); /* and it does not wait for a writer */
    assert_says(ctx, DL_EIO, "a regular file is wanted");
    dl__file_open(&f, ctx, "");
    assert_says(ctx, DL_EINVAL, "empty");
    dl__file_open(&f, ctx, NULL);
    assert_says(ctx, DL_EINVAL, "NULL");
    dl__file_open(&f, ctx, "a\nb\x1b[2J");
    assert_says(ctx, DL_EIO, "a\\x0ab\\x1b[2J: cannot open");
    assert_int_equal(dl__file_open(&f, NULL, "a"), DL_EINVAL);
    assert_int_equal(dl__file_read_all(NULL, "a", 1, &p, &n), DL_EINVAL);
}

static void ranges_are_checked_before_they_are_read(void **state)
{
    ctx = *state;
    dl__file f;
    char got[8] = "";
    scratch_put(scratch_at("a"), "0123456789", 10);
    assert_int_equal(dl__file_open(&f, ctx, scratch_at("a")), DL_OK);
    assert_int_equal(f.size, 10);
    assert_int_equal(dl__file_read_at(&f, 3, got, 4), DL_OK);
    assert_memory_equal(got, "3456", 4);
    assert_int_equal(dl__file_read_at(&f, 10, got, 0), DL_OK);
    static const struct {
        int64_t at;
        size_t n;
    } bad[] = {{10, 1}, {7, 4}, {-1, 1}, {11, 0}, {0, SIZE_MAX}, {INT64_MAX, 1}, {3, SIZE_MAX - 2}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        dl_ctx_clear(ctx);
        assert_int_equal(dl__file_read_at(&f, bad[i].at, got, bad[i].n), DL_EFORMAT);
    }
    dl_ctx_clear(ctx);
    assert_int_equal(truncate(scratch_at("a"), 5), 0);
    assert_int_equal(dl__file_read_at(&f, 3, got, 4), DL_EIO);
    assert_says(ctx, DL_EIO, "ends at byte 5, it had 10");
    dl__file_close(&f);
    dl__file_close(&f);
    assert_int_equal(dl__file_read_at(&f, 0, got, 1), DL_EINVAL);
}

static void short_and_interrupted_calls_are_continued(void **state)
{
    ctx = *state;
    fault_io io;
    void *p;
    size_t n;
    fault_io_begin(&io);
    io.chop = 3;
    io.interrupt = 1;
    assert_int_equal(dl__file_save(ctx, scratch_at("a"), "0123456789", 10, 0), DL_OK);
    assert_int_equal(dl__file_read_all(ctx, scratch_at("a"), 10, &p, &n), DL_OK);
    assert_string_equal(p, "0123456789");
    dl__free(p);
    dl__file f;
    char got[11] = "";
    assert_int_equal(dl__file_open(&f, ctx, scratch_at("a")), DL_OK);
    assert_int_equal(dl__file_read_at(&f, 0, got, 10), DL_OK);
    assert_string_equal(got, "0123456789");
    dl__file_close(&f);
    assert_int_equal(io.open_files, 0);
}

static dl_status read_both_ways(void)
{
    void *p = NULL;
    size_t n;
    dl__file f;
    char got[4];
    dl_status status = dl__file_read_all(ctx, scratch_at("a"), 100, &p, &n);
    dl__free(p);
    if (!status)
        status = dl__file_open(&f, ctx, scratch_at("a"));
    if (!status) {
        status = dl__file_read_at(&f, 1, got, 4);
        dl__file_close(&f);
    }
    return status;
}

static void every_failure_while_reading_is_reported_and_leaks_nothing(void **state)
{
    ctx = *state;
    fault_io io;
    scratch_put(scratch_at("a"), "0123456789", 10);
    fault_io_begin(&io);
    assert_int_equal(read_both_ways(), DL_OK);
    int64_t calls = io.count[FAULT_ANY], bytes = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    assert_true(calls >= 8);
    for (int64_t k = 1; k <= calls; k++) {
        fault_io_begin(&io);
        io.fail_at = k;
        io.code = EIO;
        dl_status status = read_both_ways();
        assert_int_equal(io.hits, 1);
        assert_int_equal(io.open_files, 0);
        assert_int_equal(dl_ctx_bytes(ctx, DL_BYTES_LIVE), bytes);
        if (io.count[FAULT_CLOSE] == 0 || status) /* a close that fails after reading is harmless */
            assert_says(ctx, DL_EIO, "input/output error");
    }
    fault_io_begin(&io);
    for (long long k = 1;; k++) {
        dl__memory_fail(ctx, k, 0);
        dl_status status = read_both_ways();
        dl__memory_fail(ctx, 0, 0);
        assert_int_equal(io.open_files, 0);
        assert_int_equal(dl_ctx_bytes(ctx, DL_BYTES_LIVE), bytes);
        if (!status) {
            assert_true(k > 2);
            break;
        }
        assert_int_equal(status, DL_ENOMEM);
        dl_ctx_clear(ctx);
    }
}

static void file_exists_tells_files_from_folders(void **state)
{
    ctx = *state;
    scratch_put(scratch_at("a"), "x", 1);
    assert_int_equal(dl__file_exists(scratch_at("a")), 1);
    assert_int_equal(dl__file_exists(scratch_at("b")), 0);
    assert_int_equal(dl__file_exists(scratch_at("a/b")), 0);
    assert_int_equal(dl__file_exists(scratch_folder()), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        with_fault_io(a_whole_file_is_read_and_ends_in_a_nul),
        with_fault_io(a_file_above_the_limit_is_refused),
        with_fault_io(files_without_a_size_are_read_to_their_end),
        with_fault_io(what_cannot_be_read_is_named),
        with_fault_io(ranges_are_checked_before_they_are_read),
        with_fault_io(short_and_interrupted_calls_are_continued),
        with_fault_io(every_failure_while_reading_is_reported_and_leaks_nothing),
        with_fault_io(file_exists_tells_files_from_folders),
    };
    return cmocka_run_group_tests_name("core/file", tests, NULL, NULL);
}
