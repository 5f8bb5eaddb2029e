/* Callbacks that write files. */
#include "support/support.h"
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/bytes.h"
#include "core/crc32c.h"
#include "dl/callbacks.h"
#include "support/fault_io.h"
#include "support/scratch.h"
#include "support/toy.h"

enum { STEPS = 2, CAP = 1 << 16 };

/* Trains with c, which it drops. */
static dl_status train(const toy *t, dl_callback *c, dl_train_opts o)
{
    o.batch = 30;
    o.callbacks = &c;
    o.n_callbacks = 1;
    const dl_status status = dl_train(t->net, t->optim, dl_loss_classify, NULL, t->train, &o);
    dl_callback_drop(c);
    return status;
}

/* ---- CSV ------------------------------------------------------------------------------------- */

static int lines(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static void expect_csv(const char *path, int epochs)
{
    char text[CAP];
    text[scratch_get(path, text, sizeof text - 1)] = 0;
    assert_int_equal(lines(text), epochs + 1);
    const char *at = strchr(text, '\n') + 1;
    for (int i = 0; i < epochs; i++, at = strchr(at, '\n') + 1) {
        char head[64];
        snprintf(head, sizeof head, "%d,%d,60,", i, STEPS * (i + 1));
        if (strncmp(at, head, strlen(head)) != 0)
            fail_msg("line %d does not begin with %s: %.40s", i, head, at);
        int commas = 0;
        for (const char *p = at; *p != '\n'; p++)
            commas += *p == ',';
        assert_int_equal(commas, 10);
    }
}

static void csv_has_a_line_per_epoch_and_goes_on_after_a_resume(void **state)
{
    dl_ctx *ctx = *state;
    const char *path = scratch_at("m.csv"), *run = scratch_at("run.ckpt");
    toy t;
    toy_make(&t, ctx, 60, TOY_ADAM);
    dl_train_opts o = {.epochs = 5, .save_epochs = 2, .checkpoint = run, .resume = 1};
    o.max_steps = 3 * STEPS + 1;
    assert_int_equal(train(&t, dl_callback_csv(ctx, path), o), DL_OK);
    expect_csv(path, 3);
    o.max_steps = 0;
    assert_int_equal(train(&t, dl_callback_csv(ctx, path), o), DL_OK);
    expect_csv(path, 5);
    /* From an older checkpoint: what came after it is written again. */
    o.epochs = 6;
    char prev[512];
    snprintf(prev, sizeof prev, "%s.prev", run);
    assert_int_equal(rename(prev, run), 0);
    assert_int_equal(train(&t, dl_callback_csv(ctx, path), o), DL_OK);
    expect_csv(path, 6);
    /* A new run starts anew. */
    assert_int_equal(train(&t, dl_callback_csv(ctx, path), (dl_train_opts){.epochs = 1}), DL_OK);
    expect_csv(path, 1);
    toy_end(&t);
}

static void csv_does_not_write_over_what_is_not_its_own(void **state)
{
    dl_ctx *ctx = *state;
    const char *path = scratch_at("diary.txt");
    toy t;
    toy_make(&t, ctx, 60, TOY_ADAM);
    scratch_put(path, "dear diary,\n", 12);
    assert_int_equal(train(&t, dl_callback_csv(ctx, path), (dl_train_opts){.epochs = 1}),
                     DL_EFORMAT);
    expect_error(ctx, DL_EFORMAT, "does not begin as a file of dl_callback_csv");
    assert_holds(path, "dear diary,\n");
    assert_int_equal(dl_optim_steps(t.optim), 0);
    assert_int_equal(
        train(&t, dl_callback_csv(ctx, scratch_at("no/folder.csv")), (dl_train_opts){.epochs = 1}),
        DL_EIO);
    expect_error(ctx, DL_EIO, "folder.csv");
    toy_end(&t);
}

/* ---- TensorBoard ----------------------------------------------------------------------------- */

typedef struct scalars {
    int n;
    int64_t step[32], start; /* of the scalars "loss", and of the session; -1: none */
    float loss[32];
    int others; /* scalars of other names */
    int versions;
} scalars;

static uint64_t varint(const uint8_t *p, size_t *at)
{
    uint64_t v = 0;
    for (int shift = 0;; shift += 7) {
        v |= (uint64_t)(p[*at] & 127) << shift;
        if (!(p[(*at)++] & 128))
            return v;
    }
}

static uint32_t unmask(uint32_t crc)
{
    crc -= 0xa282ead8u;
    return crc << 15 | crc >> 17;
}

/* Summary: value 1 { tag 1, simple_value 2 }. */
static void parse_summary(const uint8_t *p, size_t n, int64_t step, scalars *s)
{
    for (size_t at = 0; at < n;) {
        assert_int_equal(p[at++], 0x0a);
        varint(p, &at);
        assert_int_equal(p[at++], 0x0a);
        const size_t length = varint(p, &at);
        const int is_loss = length == 4 && memcmp(p + at, "loss", 4) == 0;
        at += length;
        assert_int_equal(p[at++], 0x15);
        const uint32_t bits = dl__load_le32(p + at);
        at += 4;
        if (is_loss) {
            s->step[s->n] = step;
            memcpy(&s->loss[s->n++], &bits, 4);
        }
        s->others += !is_loss;
    }
}

static void parse_event(const uint8_t *p, size_t n, scalars *s)
{
    int64_t step = 0;
    double wall;
    for (size_t at = 0; at < n;) {
        const uint8_t key = p[at++];
        if (key == 0x09) {
            const uint64_t bits = dl__load_le64(p + at);
            memcpy(&wall, &bits, 8);
            assert_true(wall > 1.5e9);
            at += 8;
        } else if (key == 0x10) {
            step = (int64_t)varint(p, &at);
        } else {
            const size_t length = varint(p, &at);
            if (key == 0x2a)
                parse_summary(p + at, length, step, s);
            else if (key == 0x3a)
                s->start = step;
            else if (key == 0x1a)
                s->versions += length == 13 && memcmp(p + at, "brain.Event:2", 13) == 0;
            else
                fail_msg("field %d", key);
            at += length;
        }
    }
}

/* All records of a file, every checksum right. */
static scalars parse(const char *path)
{
    static uint8_t b[CAP];
    scalars s = {.start = -1};
    const size_t n = scratch_get(path, b, sizeof b);
    size_t at = 0;
    while (at < n) {
        assert_true(n - at >= 16);
        const uint64_t length = dl__load_le64(b + at);
        assert_int_equal(unmask(dl__load_le32(b + at + 8)), dl__crc32c(b + at, 8));
        assert_true(length <= n - at - 16);
        assert_int_equal(unmask(dl__load_le32(b + at + 12 + length)),
                         dl__crc32c(b + at + 12, (size_t)length));
        parse_event(b + at + 12, (size_t)length, &s);
        at += 16 + (size_t)length;
    }
    return s;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The event files in the scratch folder, oldest first. */
static int event_files(char path[8][512])
{
    DIR *d = opendir(scratch_folder());
    int n = 0;
    for (struct dirent *e; (e = readdir(d)) && n < 8;)
        if (strstr(e->d_name, "events.out.tfevents."))
            snprintf(path[n++], 512, "%s/%s", scratch_folder(), e->d_name);
    closedir(d);
    qsort(path, (size_t)n, 512, by_name);
    return n;
}

static double seen_loss[32];
static int32_t on_epoch(const dl_event *e, void *user)
{
    (void)user;
    seen_loss[e->epoch] = e->loss;
    return 0;
}

static void tensorboard_has_the_scalars_of_every_epoch_and_goes_on_after_a_resume(void **state)
{
    dl_ctx *ctx = *state;
    char path[8][512];
    toy t;
    toy_make(&t, ctx, 60, TOY_ADAM);
    dl_train_opts o = {.epochs = 3,
                       .checkpoint = scratch_at("run.ckpt"),
                       .resume = 1,
                       .valid = t.valid,
                       .on_epoch = on_epoch};
    assert_int_equal(train(&t, dl_callback_tensorboard(ctx, scratch_folder()), o), DL_OK);
    o.epochs = 5;
    assert_int_equal(train(&t, dl_callback_tensorboard(ctx, scratch_folder()), o), DL_OK);
    assert_int_equal(event_files(path), 2);
    for (int k = 0; k < 2; k++) {
        const scalars s = parse(path[k]);
        assert_int_equal(s.versions, 1);
        assert_int_equal(s.n, k ? 2 : 3);
        assert_int_equal(s.start, k ? 3 * STEPS + 1 : -1);
        assert_int_equal(s.others, s.n * 4); /* metric, valid_loss, valid_metric, lr */
        for (int i = 0; i < s.n; i++) {
            assert_int_equal(s.step[i], STEPS * (3 * k + i + 1));
            assert_true(s.loss[i] == (float)seen_loss[3 * k + i]);
        }
    }
    toy_end(&t);
}

static void a_full_disk_stops_training_after_the_checkpoint_is_saved(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, 60, TOY_ADAM);
    assert_int_equal(train(&t, dl_callback_tensorboard(ctx, scratch_at("nowhere")),
                           (dl_train_opts){.epochs = 1}),
                     DL_EIO);
    expect_error(ctx, DL_EIO, "cannot create");
    static const int32_t kinds[] = {FAULT_WRITE, FAULT_FSYNC};
    for (int k = 0; k < 2; k++) { /* the second of the file's own: that of the epoch */
        fault_io f;
        fault_io_begin(&f);
        f.kind = kinds[k];
        f.fail_at = k ? 3 : 2;
        f.code = ENOSPC;
        const dl_status status =
            train(&t, dl_callback_tensorboard(ctx, scratch_folder()), (dl_train_opts){.epochs = 1});
        fault_io_end();
        assert_int_equal(status, DL_EIO);
        expect_error(ctx, DL_EIO, k ? "cannot flush" : "cannot write");
        assert_int_equal(f.open_files, 0);
        assert_int_equal(f.hits, 1);
    }
    fault_io f;
    fault_io_begin(&f);
    f.chop = 3;
    f.interrupt = 1;
    assert_int_equal(
        train(&t, dl_callback_tensorboard(ctx, scratch_folder()), (dl_train_opts){.epochs = 2}),
        DL_OK);
    fault_io_end();
    char path[8][512];
    const int n = event_files(path);
    assert_int_equal(parse(path[n - 1]).n, 2);
    toy_end(&t);
}

/* ---- nets ------------------------------------------------------------------------------------ */

static int is_there(int epoch)
{
    char name[32];
    snprintf(name, sizeof name, "net-%04d.st", epoch);
    return access(scratch_at(name), F_OK) == 0;
}

static void nets_are_saved_and_the_older_ones_removed(void **state)
{
    dl_ctx *ctx = *state;
    const char *pattern = scratch_at("net-{epoch}.st");
    char hash[65], loaded[65];
    toy t;
    toy_make(&t, ctx, 60, TOY_ADAM);
    const dl_callback_checkpoint_opts second = {.every = 2, .keep = 2};
    dl_train_opts o = {.epochs = 5, .checkpoint = scratch_at("run.ckpt"), .resume = 1};
    assert_int_equal(train(&t, dl_callback_checkpoint(ctx, pattern, &second), o), DL_OK);
    for (int i = 0; i < 6; i++)
        assert_int_equal(is_there(i), i == 1 || i == 3);
    o.epochs = 8; /* a resumed run knows them */
    assert_int_equal(train(&t, dl_callback_checkpoint(ctx, pattern, &second), o), DL_OK);
    for (int i = 0; i < 9; i++)
        assert_int_equal(is_there(i), i == 5 || i == 7);
    toy_hash(&t, hash);
    dl_module *m = dl_module_open(ctx, scratch_at("net-0007.st"));
    assert_int_equal(dl_module_hash(m, loaded), DL_OK);
    assert_string_equal(hash, loaded);
    dl_module_drop(m);
    toy_end(&t);
}

static void the_best_net_is_saved_where_there_is_a_validation_set(void **state)
{
    dl_ctx *ctx = *state;
    const char *path = scratch_at("best.st");
    const dl_callback_checkpoint_opts best = {.best = 1};
    char hash[65], loaded[65];
    toy t;
    toy_make(&t, ctx, 60, TOY_ADAM);
    assert_int_equal(
        train(&t, dl_callback_checkpoint(ctx, path, &best), (dl_train_opts){.epochs = 2}),
        DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "best wants a validation set");
    assert_int_equal(train(&t, dl_callback_checkpoint(ctx, path, &best),
                           (dl_train_opts){.epochs = 12, .valid = t.valid, .restore_best = 1}),
                     DL_OK);
    toy_hash(&t, hash);
    dl_module *m = dl_module_open(ctx, path);
    assert_int_equal(dl_module_hash(m, loaded), DL_OK);
    assert_string_equal(hash, loaded);
    dl_module_drop(m);
    toy_end(&t);
}

static dl_tensor *nan_in_validation(dl_module *m, dl_tensor *const *batch, int32_t n,
                                    dl_tensor **shown, void *user)
{
    dl_tensor *loss = dl_loss_classify(m, batch, n, shown, user);
    return dl_module_training(m) ? loss : dl_scale(loss, (double)NAN);
}

/* That there is no number is not that there is no validation set. */
static void a_validation_loss_that_is_nan_is_never_the_best(void **state)
{
    dl_ctx *ctx = *state;
    const dl_callback_checkpoint_opts best = {.best = 1};
    toy t;
    toy_make(&t, ctx, 60, TOY_ADAM);
    dl_callback *c = dl_callback_checkpoint(ctx, scratch_at("best.st"), &best);
    const dl_train_opts o = {.epochs = 2, .valid = t.valid, .callbacks = &c, .n_callbacks = 1};
    assert_int_equal(dl_train(t.net, t.optim, nan_in_validation, NULL, t.train, &o), DL_OK);
    assert_int_equal(scratch_entries(), 0);
    dl_callback_drop(c);
    toy_end(&t);
}

static void the_epoch_may_stand_in_the_pattern_again_and_again(void **state)
{
    dl_ctx *ctx = *state;
    static const dl_callback_checkpoint_opts one = {.keep = 1};
    toy t;
    toy_make(&t, ctx, 60, TOY_ADAM);
    dl_callback *c = dl_callback_checkpoint(ctx, scratch_at("{epoch}-{epoch{epoch}"), &one);
    assert_int_equal(train(&t, c, (dl_train_opts){.epochs = 2}), DL_OK);
    assert_int_equal(access(scratch_at("0001-{epoch0001"), F_OK), 0);
    assert_int_equal(scratch_entries(), 1);
    toy_end(&t);
}

/* ---- failing allocations --------------------------------------------------------------------- */

static dl_callback *make(dl_ctx *ctx, int kind)
{
    static const dl_callback_checkpoint_opts one = {.keep = 1};
    if (kind == 0)
        return dl_callback_csv(ctx, scratch_at("m.csv"));
    return kind == 1 ? dl_callback_tensorboard(ctx, scratch_folder())
                     : dl_callback_checkpoint(ctx, scratch_at("net-{epoch}.st"), &one);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, 60, TOY_ADAM);
    for (int kind = 0; kind < 3; kind++)
        for (int n = 1;; n++) {
            const int64_t live = dl_ctx_live(ctx);
            dl__memory_fail(ctx, n, 0);
            dl_callback *c = make(ctx, kind);
            const dl_status status =
                c ? train(&t, c, (dl_train_opts){.epochs = 2}) : dl_ctx_status(ctx);
            dl__memory_fail(ctx, 0, 0);
            assert_int_equal(dl_ctx_live(ctx), live);
            if (status == DL_OK)
                break;
            expect_error(ctx, DL_ENOMEM, "");
        }
    toy_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch_ctx(csv_has_a_line_per_epoch_and_goes_on_after_a_resume),
        with_scratch_ctx(csv_does_not_write_over_what_is_not_its_own),
        with_scratch_ctx(tensorboard_has_the_scalars_of_every_epoch_and_goes_on_after_a_resume),
        with_scratch_ctx(a_full_disk_stops_training_after_the_checkpoint_is_saved),
        with_scratch_ctx(nets_are_saved_and_the_older_ones_removed),
        with_scratch_ctx(the_best_net_is_saved_where_there_is_a_validation_set),
        with_scratch_ctx(a_validation_loss_that_is_nan_is_never_the_best),
        with_scratch_ctx(the_epoch_may_stand_in_the_pattern_again_and_again),
        with_scratch_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
