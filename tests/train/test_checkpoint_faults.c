/* Checkpoints of a convolutional net under faults: cut files, flipped bits, a full disk, links, two
 * writers. After each failure nothing in memory has changed, the older generation is there, and the
 * next save works. What a file of other things does: test_checkpoint_bad.c. */
#include "support/support.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dl/checkpoint.h"
#include "dl/io.h"
#include "optim/optim.h"
#include "support/fault_io.h"
#include "support/scratch.h"
#include "support/tiny_pictures.h"

enum { ROOM = 65536, STEPS = 50 };

/* A run by hand, its checkpoint as a file, and the one before it. */
typedef struct whole {
    dl_ctx *ctx;
    tiny t;
    dl_loader *loader;
    dl_ckpt *c;
    unsigned char file[ROOM], now[ROOM], later[ROOM]; /* of the file; of what is in memory */
    size_t n, n_now;
} whole;

static const char *path(void)
{
    return scratch_at("x.ckpt");
}

static const char *prev(void)
{
    return scratch_at("x.ckpt.prev");
}

static void steps(whole *w, int n)
{
    for (int i = 0; i < n; i++) {
        dl_tensor *field[2], *shown;
        int32_t mark = dl_scope_begin(w->ctx);
        if (dl_loader_next(w->loader, field, 2) == 1) {
            dl_module_zero_grad(w->t.net);
            assert_int_equal(dl_backward(dl_loss_classify(w->t.net, field, 2, &shown, NULL)),
                             DL_OK);
            assert_int_equal(dl_optim_step(w->t.optim), DL_OK);
        }
        dl_scope_end(w->ctx, mark);
    }
    dl_module_zero_grad(w->t.net);
}

/* All that a checkpoint would hold now. */
static size_t fingerprint(whole *w, unsigned char *bytes)
{
    const char *at = scratch_at("now");
    assert_int_equal(dl_ckpt_save(w->c, at), DL_OK);
    const size_t n = scratch_get(at, bytes, ROOM);
    unlink(at);
    unlink(scratch_at("now.prev"));
    assert_true(n < ROOM);
    return n;
}

static void nothing_has_changed(whole *w)
{
    assert_int_equal(fingerprint(w, w->later), w->n_now);
    assert_memory_equal(w->later, w->now, w->n_now);
}

static whole *whole_new(dl_ctx *ctx)
{
    whole *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->ctx = ctx;
    tiny_make(&w->t, ctx, STEPS);
    w->loader = dl_loader_new(w->t.train, &(dl_loader_opts){.batch = TINY_BATCH, .shuffle = 1});
    w->c = dl_ckpt_new(ctx);
    assert_int_equal(dl_ckpt_add_module(w->c, "net", w->t.net), DL_OK);
    assert_int_equal(dl_ckpt_add_optim(w->c, "sgd", w->t.optim), DL_OK);
    assert_int_equal(dl_ckpt_add_loader(w->c, "data", w->loader), DL_OK);
    assert_int_equal(dl_ckpt_set_text(w->c, "note", "first"), DL_OK);
    steps(w, 2);
    assert_int_equal(dl_ckpt_save(w->c, path()), DL_OK);
    steps(w, 2);
    assert_int_equal(dl_ckpt_save(w->c, path()), DL_OK);
    w->n = scratch_get(path(), w->file, ROOM);
    steps(w, 3);
    assert_int_equal(dl_ckpt_set_text(w->c, "note", "now"), DL_OK);
    w->n_now = fingerprint(w, w->now);
    return w;
}

/* The older generation loads; then this one is put back, and can be saved over what is there. */
static void whole_end(whole *w)
{
    assert_int_equal(dl_ckpt_load(w->c, prev()), DL_OK);
    assert_int_equal(dl_optim_steps(w->t.optim), 2);
    scratch_put(scratch_at("now"), w->now, w->n_now);
    assert_int_equal(dl_ckpt_load(w->c, scratch_at("now")), DL_OK);
    assert_int_equal(dl_ckpt_save(w->c, path()), DL_OK);
    assert_int_equal(scratch_get(path(), w->later, ROOM), w->n_now);
    assert_memory_equal(w->later, w->now, w->n_now);
    dl_ckpt_drop(w->c);
    dl_loader_drop(w->loader);
    tiny_end(&w->t);
    free(w);
}

/* Loading fails so, says both, and leaks nothing. */
static void refused(whole *w, dl_status status, const char *part, const char *and)
{
    int64_t live = dl_ctx_live(w->ctx);
    assert_int_equal(dl_ckpt_load(w->c, path()), status);
    if (!strstr(dl_ctx_message(w->ctx), part) || !strstr(dl_ctx_message(w->ctx), and))
        fail_msg("\"%s\" lacks \"%s\" or \"%s\"", dl_ctx_message(w->ctx), part, and);
    dl_ctx_clear(w->ctx);
    assert_int_equal(dl_ctx_live(w->ctx), live);
}

static const char whole_before[] = "x.ckpt.prev, the checkpoint before it, is whole: load that";

static uint64_t header_length(const whole *w)
{
    uint64_t n = 0;
    for (int i = 7; i >= 0; i--)
        n = n << 8 | w->file[i];
    return n;
}

static void a_file_cut_anywhere_names_the_one_before(void **state)
{
    whole *w = whole_new(*state);
    dl_safetensors *f = dl_safetensors_open(w->ctx, path(), NULL);
    size_t cut[64 + ROOM / 64], n = 0, at = 8 + (size_t)header_length(w);
    for (size_t i = 0; i < w->n; i += 64)
        cut[n++] = i;
    for (int32_t i = 0; i < dl_safetensors_count(f) && n < sizeof cut / sizeof *cut; i++) {
        cut[n++] = at; /* where each tensor begins; the last ends with the file */
        at += (size_t)dl_safetensors_bytes(f, i);
    }
    assert_int_equal(at, w->n);
    dl_safetensors_drop(f);
    for (size_t i = 0; i < n; i++) {
        scratch_put(path(), w->file, cut[i]);
        refused(w, DL_EFORMAT, path(), whole_before);
    }
    nothing_has_changed(w);
    whole_end(w);
}

static void one_bit_of_any_tensor_is_noticed_by_its_name(void **state)
{
    whole *w = whole_new(*state);
    dl_safetensors *f = dl_safetensors_open(w->ctx, path(), NULL);
    size_t at = 8 + (size_t)header_length(w);
    for (int32_t i = 0; i < dl_safetensors_count(f); i++) {
        const int64_t bytes = dl_safetensors_bytes(f, i);
        const size_t spot = at + (size_t)(bytes * 2 / 3);
        at += (size_t)bytes;
        if (bytes == 0)
            continue;
        w->file[spot] ^= (unsigned char)(1 << i % 8);
        scratch_put(path(), w->file, w->n);
        w->file[spot] ^= (unsigned char)(1 << i % 8);
        refused(w, DL_EFORMAT, dl_safetensors_name(f, i), whole_before);
    }
    dl_safetensors_drop(f);
    nothing_has_changed(w);
    whole_end(w);
}

static void one_bit_of_the_header_is_noticed_anywhere(void **state)
{
    whole *w = whole_new(*state);
    const size_t n = 8 + (size_t)header_length(w);
    for (size_t at = 0; at < n; at += at < 8 ? 1 : 3) {
        w->file[at] ^= (unsigned char)(1 << (at * 5) % 8);
        scratch_put(path(), w->file, w->n);
        w->file[at] ^= (unsigned char)(1 << (at * 5) % 8);
        const dl_status status = dl_ckpt_load(w->c, path());
        if (status != DL_EFORMAT && status != DL_ELIMIT)
            fail_msg("byte %zu: %d", at, (int)status);
        dl_ctx_clear(w->ctx);
    }
    nothing_has_changed(w);
    whole_end(w);
}

/* What the message says of the generation before, as it is. */
static void the_remedy_is_named_as_it_is(void **state)
{
    whole *w = whole_new(*state);
    static unsigned char before[ROOM];
    const size_t n = scratch_get(prev(), before, ROOM);
    unlink(path());
    refused(w, DL_EIO, path(), whole_before);
    scratch_put(path(), "x", 1);
    refused(w, DL_EFORMAT, path(), whole_before);
    scratch_put(prev(), before, n - 1);
    refused(w, DL_EFORMAT, path(), "x.ckpt.prev, the checkpoint before it, is damaged too");
    unlink(prev());
    dl_ckpt_load(w->c, path());
    assert_null(strstr(dl_ctx_message(w->ctx), "prev"));
    expect_error(w->ctx, DL_EFORMAT, path());
    /* A whole file that is of something else has no such remedy. */
    scratch_put(prev(), before, n);
    scratch_put(path(), w->file, w->n);
    dl_tensor *t = make_tensor(w->ctx, DL_F32, DL_SHAPE(1), 1);
    dl_ckpt *other = dl_ckpt_new(w->ctx);
    assert_int_equal(dl_ckpt_add_tensor(other, "t", t), DL_OK);
    assert_int_equal(dl_ckpt_load(other, path()), DL_EFORMAT);
    assert_null(strstr(dl_ctx_message(w->ctx), "prev"));
    expect_error(w->ctx, DL_EFORMAT, "tensor.t is missing");
    dl_ckpt_drop(other);
    nothing_has_changed(w);
    whole_end(w);
}

/* A save that fails, with this message, has changed nothing on disk. */
static void save_fails(whole *w, dl_status status, const char *part)
{
    static unsigned char a[ROOM];
    assert_int_equal(dl_ckpt_save(w->c, path()), status);
    expect_error(w->ctx, status, part);
    assert_int_equal(scratch_get(path(), a, ROOM), w->n);
    assert_memory_equal(a, w->file, w->n);
    assert_int_equal(scratch_entries(), 2);
}

static void any_call_may_fail_while_saving(void **state)
{
    whole *w = whole_new(*state);
    static const int32_t kind[] = {FAULT_OPEN,  FAULT_WRITE, FAULT_CHMOD, FAULT_DUP,
                                   FAULT_FSYNC, FAULT_CLOSE, FAULT_LINK,  FAULT_RENAME};
    static const int32_t code[] = {ENOSPC, EIO, EDQUOT, EROFS};
    for (size_t k = 0; k < sizeof kind / sizeof *kind; k++)
        for (size_t e = 0; e < sizeof code / sizeof *code; e++) {
            fault_io f;
            fault_io_begin(&f);
            f.kind = kind[k];
            f.fail_at = 1;
            f.code = code[e];
            const dl_status status = dl_ckpt_save(w->c, path());
            fault_io_end();
            assert_int_equal(f.hits, 1);
            assert_int_equal(status, DL_EIO);
            expect_error(w->ctx, DL_EIO, path());
            assert_int_equal(scratch_get(path(), w->later, ROOM), w->n);
            assert_memory_equal(w->later, w->file, w->n);
            assert_int_equal(scratch_entries(), 2);
        }
    nothing_has_changed(w);
    whole_end(w);
}

static void a_limit_of_the_file_size_is_no_signal(void **state)
{
    whole *w = whole_new(*state);
    struct rlimit old, tight;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = old;
    for (rlim_t n = 0; n < w->n; n += 1 + (rlim_t)w->n / 4) {
        tight.rlim_cur = n;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
        const dl_status status = dl_ckpt_save(w->c, path());
        setrlimit(RLIMIT_FSIZE, &old);
        assert_int_equal(status, DL_EIO);
        expect_error(w->ctx, DL_EIO, "bytes are wanted");
    }
    assert_int_equal(scratch_get(path(), w->later, ROOM), w->n);
    assert_memory_equal(w->later, w->file, w->n);
    nothing_has_changed(w);
    whole_end(w);
}

static void a_full_disk_keeps_what_is_there(void **state)
{
    dl_ctx *ctx = *state;
    const char *disk = scratch_at("disk");
    assert_int_equal(mkdir(disk, 0700), 0);
    if (mount("none", disk, "tmpfs", 0, "size=64k") != 0)
        skip(); /* for root alone */
    char at[512], filler[512];
    static char block[4096];
    snprintf(at, sizeof at, "%s/x.ckpt", disk);
    snprintf(filler, sizeof filler, "%s/filler", disk);
    tiny t;
    tiny_make(&t, ctx, STEPS);
    dl_ckpt *c = dl_ckpt_new(ctx);
    dl_ckpt_add_module(c, "net", t.net);
    const dl_status first = dl_ckpt_save(c, at);
    FILE *f = fopen(filler, "wb");
    setvbuf(f, NULL, _IONBF, 0);
    while (fwrite(block, 1, sizeof block, f) == sizeof block)
        ;
    fclose(f);
    const dl_status full = dl_ckpt_save(c, at);
    char says[512];
    dl_ctx_message_copy(ctx, says, sizeof says);
    dl_ctx_clear(ctx);
    const dl_status old = dl_ckpt_load(c, at);
    unlink(filler);
    const dl_status again = dl_ckpt_save(c, at);
    /* And while nothing may be written there. */
    const int locked = mount("none", disk, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL);
    const dl_status readonly = dl_ckpt_save(c, at);
    char why[512];
    dl_ctx_message_copy(ctx, why, sizeof why);
    dl_ctx_clear(ctx);
    const dl_status still = dl_ckpt_load(c, at);
    umount(disk);
    dl_ckpt_drop(c);
    tiny_end(&t);
    assert_true(first == DL_OK && old == DL_OK && again == DL_OK && still == DL_OK);
    assert_int_equal(full, DL_EIO);
    assert_non_null(strstr(says, "are free; free some or save elsewhere"));
    assert_int_equal(locked, 0);
    assert_int_equal(readonly, DL_EIO);
    assert_non_null(strstr(why, at));
}

static void links_are_followed_and_other_names_keep_the_old(void **state)
{
    whole *w = whole_new(*state);
    static unsigned char a[ROOM];
    /* A symbolic link stays; its target is replaced, and has its .prev. */
    assert_int_equal(symlink("x.ckpt", scratch_at("link")), 0);
    assert_int_equal(dl_ckpt_save(w->c, scratch_at("link")), DL_OK);
    struct stat s;
    assert_int_equal(lstat(scratch_at("link"), &s), 0);
    assert_true(S_ISLNK(s.st_mode));
    assert_int_equal(scratch_get(path(), a, ROOM), w->n_now);
    assert_memory_equal(a, w->now, w->n_now);
    assert_int_equal(scratch_get(prev(), a, ROOM), w->n);
    assert_memory_equal(a, w->file, w->n);
    /* The remedy is beside the target. */
    scratch_put(path(), "x", 1);
    assert_int_equal(dl_ckpt_load(w->c, scratch_at("link")), DL_EFORMAT);
    expect_error(w->ctx, DL_EFORMAT, whole_before);
    /* Another name of the file keeps the old content. */
    scratch_put(path(), w->file, w->n);
    assert_int_equal(link(path(), scratch_at("other")), 0);
    assert_int_equal(dl_ckpt_save(w->c, path()), DL_OK);
    assert_int_equal(scratch_get(scratch_at("other"), a, ROOM), w->n);
    assert_memory_equal(a, w->file, w->n);
    nothing_has_changed(w);
    dl_ckpt_drop(w->c);
    dl_loader_drop(w->loader);
    tiny_end(&w->t);
    free(w);
}

static void a_folder_in_its_place_is_refused(void **state)
{
    whole *w = whole_new(*state);
    unlink(path());
    assert_int_equal(mkdir(path(), 0700), 0);
    assert_int_equal(dl_ckpt_save(w->c, path()), DL_EIO);
    expect_error(w->ctx, DL_EIO, "is a folder; give the name of a file in it");
    refused(w, DL_EIO, path(), whole_before);
    nothing_has_changed(w);
    assert_int_equal(rmdir(path()), 0);
    whole_end(w);
}

static void broken_numbers_do_not_replace_a_good_file(void **state)
{
    whole *w = whole_new(*state);
    dl_tensor *weight = dl_module_tensor(w->t.net, "0.weight");
    dl_tensor *mean = dl_module_tensor(w->t.net, "1.running_mean");
    dl_tensor *velocity = w->t.optim->slice[0].slot[0];
    const struct {
        dl_tensor *t;
        double value;
        const char *says;
    } bad[] = {{weight, (double)NAN, "0.weight of part \"net\" holds a NaN"},
               {weight, (double)INFINITY, "0.weight of part \"net\" holds an infinity"},
               {mean, (double)NAN, "1.running_mean of part \"net\" holds a NaN"},
               {velocity, (double)NAN, "0.weight of part \"sgd\" holds a NaN"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        float *v = (float *)(void *)dl__data(bad[i].t), old = v[1];
        v[1] = (float)bad[i].value;
        save_fails(w, DL_ENUMERIC, bad[i].says);
        v[1] = old;
    }
    nothing_has_changed(w);
    whole_end(w);
}

/* Two processes save to one path: whoever comes last, what is there is always whole. */
static void save_often(int who)
{
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.seed = 42, .threads = 1});
    tiny t;
    tiny_make(&t, ctx, STEPS);
    dl_ckpt *c = dl_ckpt_new(ctx);
    dl_ckpt_add_module(c, "net", t.net);
    dl_ckpt_set_text(c, "who", who ? "second" : "first");
    int status = 0;
    for (int i = 0; i < 40 && status == 0; i++)
        status = dl_ckpt_save(c, path());
    if (status)
        fprintf(stderr, "%s\n", dl_ctx_message(ctx));
    _exit(status != 0);
}

static void two_processes_may_save_to_one_path(void **state)
{
    (void)state;
    pid_t pid[2];
    for (int i = 0; i < 2; i++) {
        pid[i] = fork();
        assert_true(pid[i] >= 0);
        if (pid[i] == 0) {
            alarm(100);
            save_often(i);
        }
    }
    dl_ctx *ctx = make_ctx(1);
    tiny t;
    tiny_make(&t, ctx, STEPS);
    dl_ckpt *c = dl_ckpt_new(ctx);
    dl_ckpt_add_module(c, "net", t.net);
    int left = 2, failed = 0, loads = 0;
    while (left > 0) {
        int status;
        for (int i = 0; i < 2; i++)
            if (pid[i] && waitpid(pid[i], &status, WNOHANG) == pid[i]) {
                pid[i] = 0;
                left--;
                failed |= status != 0;
            }
        if (access(path(), F_OK) != 0)
            continue;
        assert_int_equal(dl_ckpt_load(c, path()), DL_OK);
        assert_non_null(dl_ckpt_text(c, "who"));
        loads++;
    }
    assert_int_equal(failed, 0);
    assert_true(loads > 0);
    assert_int_equal(dl_ckpt_load(c, path()), DL_OK);
    assert_int_equal(dl_ckpt_load(c, prev()), DL_OK);
    assert_int_equal(scratch_entries(), 2);
    dl_ckpt_drop(c);
    tiny_end(&t);
    end_ctx(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch_ctx(a_file_cut_anywhere_names_the_one_before),
        with_scratch_ctx(one_bit_of_any_tensor_is_noticed_by_its_name),
        with_scratch_ctx(one_bit_of_the_header_is_noticed_anywhere),
        with_scratch_ctx(the_remedy_is_named_as_it_is),
        with_scratch_ctx(any_call_may_fail_while_saving),
        with_scratch_ctx(a_limit_of_the_file_size_is_no_signal),
        with_scratch_ctx(a_full_disk_keeps_what_is_there),
        with_scratch_ctx(links_are_followed_and_other_names_keep_the_old),
        with_scratch_ctx(a_folder_in_its_place_is_refused),
        with_scratch_ctx(broken_numbers_do_not_replace_a_good_file),
        with_scratch(two_processes_may_save_to_one_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
