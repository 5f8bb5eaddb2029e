/* Checkpoint files that are damaged, or of something else: refused, and nothing has changed. */
#include "support/support.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dl/checkpoint.h"
#include "dl/ext.h"
#include "dl/io.h"
#include "dl/layers.h"
#include "optim/optim.h"
#include "support/fault_io.h"
#include "support/scratch.h"
#include "support/toy.h"

enum { ROOM = 65536 };

static const char *path(void)
{
    return scratch_at("x.ckpt");
}

typedef struct whole {
    toy t;
    dl_loader *loader;
    dl_ckpt *c;
    char hash[65]; /* of the weights, which are not those in the file */
    uint64_t ticket;
    unsigned char file[ROOM];
    size_t n;
} whole;

static whole *whole_new(dl_ctx *ctx)
{
    whole *w = calloc(1, sizeof *w);
    assert_non_null(w);
    toy_make(&w->t, ctx, 20, TOY_ADAM);
    w->loader = dl_loader_new(w->t.train, &(dl_loader_opts){.batch = 6, .shuffle = 1});
    w->c = dl_ckpt_new(ctx);
    assert_int_equal(dl_ckpt_add_module(w->c, "net", w->t.net), DL_OK);
    assert_int_equal(dl_ckpt_add_optim(w->c, "adam", w->t.optim), DL_OK);
    assert_int_equal(dl_ckpt_add_loader(w->c, "data", w->loader), DL_OK);
    assert_int_equal(dl_ckpt_set_text(w->c, "note", "in the file"), DL_OK);
    assert_int_equal(dl_ckpt_save(w->c, path()), DL_OK);
    w->n = scratch_get(path(), w->file, ROOM);
    toy_change(&w->t);
    assert_int_equal(dl_ckpt_set_text(w->c, "note", "now"), DL_OK);
    assert_int_equal(dl_loader_seek(w->loader, 3, 1), DL_OK);
    dl_ctx_ticket(ctx);
    w->ticket = ctx->ticket;
    toy_hash(&w->t, w->hash);
    return w;
}

static void whole_drop(whole *w)
{
    dl_ckpt_drop(w->c);
    dl_loader_drop(w->loader);
    toy_end(&w->t);
    free(w);
}

static void nothing_has_changed(const whole *w)
{
    char hash[65];
    toy_hash(&w->t, hash);
    assert_string_equal(hash, w->hash);
    assert_string_equal(dl_ckpt_text(w->c, "note"), "now");
    assert_int_equal(dl_loader_epoch(w->loader), 3);
    assert_int_equal(dl_loader_position(w->loader), 1);
    assert_int_equal(dl_optim_steps(w->t.optim), 0);
    assert_true(w->t.ctx->ticket == w->ticket);
}

/* Loading fails, with this status unless it is 0. */
static void refused(whole *w, dl_ckpt *c, dl_status status, const char *part)
{
    int64_t live = dl_ctx_live(w->t.ctx);
    dl_status found = dl_ckpt_load(c, path());
    assert_true(found < 0);
    if (status)
        assert_int_equal(found, status);
    expect_error(w->t.ctx, found, part);
    assert_int_equal(dl_ctx_live(w->t.ctx), live);
    nothing_has_changed(w);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    whole *w = whole_new(*state);
    for (size_t n = 0; n < w->n; n += 97) {
        scratch_put(path(), w->file, n);
        refused(w, w->c, DL_EFORMAT, path());
    }
    scratch_put(path(), w->file, w->n - 1);
    refused(w, w->c, DL_EFORMAT, path());
    unlink(path());
    refused(w, w->c, DL_EIO, path());
    whole_drop(w);
}

static void one_flipped_bit_is_noticed_anywhere(void **state)
{
    whole *w = whole_new(*state);
    for (size_t at = 0; at < w->n; at += at < 2048 ? 7 : 13) {
        w->file[at] ^= (unsigned char)(1 << at % 8);
        scratch_put(path(), w->file, w->n);
        refused(w, w->c, 0, path());
        w->file[at] ^= (unsigned char)(1 << at % 8);
    }
    scratch_put(path(), w->file, w->n);
    assert_int_equal(dl_ckpt_load(w->c, path()), DL_OK);
    whole_drop(w);
}

/* Writes the file again with one name of a tensor, or one text, changed or left out; checksums are
 * right. */
static void forge(dl_ctx *ctx, const char *key, const char *value)
{
    dl_safetensors *f = dl_safetensors_open(ctx, path(), NULL);
    const char *names[64], *keys[32], *values[32];
    dl_tensor *tensors[64];
    int32_t n = 0, m = 0;
    for (int32_t i = 0; i < dl_safetensors_count(f); i++) {
        const char *name = dl_safetensors_name(f, i);
        int is = strcmp(name, key) == 0;
        if (is && !value)
            continue;
        names[n] = is ? value : name;
        tensors[n++] = dl_safetensors_read(f, i);
    }
    for (int32_t i = 0; i < dl_safetensors_meta_count(f); i++) {
        const char *k = dl_safetensors_meta_key(f, i);
        int is = strcmp(k, key) == 0;
        if (is && !value)
            continue;
        keys[m] = k;
        values[m++] = is ? value : dl_safetensors_meta_value(f, i);
    }
    assert_int_equal(dl_safetensors_save(ctx, path(), names, tensors, n, keys, values, m,
                                         &(dl_safetensors_save_opts){.checksums = 1}),
                     DL_OK);
    for (int32_t i = 0; i < n; i++)
        dl_tensor_drop(tensors[i]);
    dl_safetensors_drop(f);
}

static void entries_that_are_missing_or_wrong_are_named(void **state)
{
    dl_ctx *ctx = *state;
    whole *w = whole_new(ctx);
    static const struct {
        const char *key, *value;
        dl_status status;
        const char *part;
    } cases[] = {
        {"module.net.0.weight", NULL, DL_EFORMAT, "module.net.0.weight is missing in the file"},
        {"module.net.3.bias", "elsewhere", DL_EFORMAT, "module.net.3.bias is missing"},
        {"optim.adam.0.bias.1", NULL, DL_EFORMAT, "optim.adam.0.bias.1 is missing"},
        {"optim.adam#steps", NULL, DL_EFORMAT, "\"optim.adam#steps\""},
        {"optim.adam", NULL, DL_EFORMAT, "\"optim.adam\""},
        {"optim.adam", "slots=2 steps=-1 lr=1 class=adam", DL_EFORMAT, "\"optim.adam\""},
        {"optim.adam", "slots=2 steps=1 lr=nan class=adam", DL_EFORMAT, "\"optim.adam\""},
        {"optim.adam", "slots=2 steps=1 lr=1", DL_EFORMAT, "\"optim.adam\""},
        {"optim.adam", "slots=3 steps=1 lr=1 class=adam", DL_ESTATE, "adam with 3 state arrays"},
        {"optim.adam", "slots=2 steps=1 lr=1 class=my own", DL_ESTATE, "is my own with 2"},
        {"loader.data", NULL, DL_EFORMAT, "\"loader.data\""},
        {"loader.data", "epoch=0 position=9 size=20 batch=6 batches=4 shuffle=1", DL_EFORMAT,
         "\"loader.data\""},
        {"loader.data", "epoch=0 position=1 size=21 batch=6 batches=4 shuffle=1", DL_ESTATE,
         "21 examples"},
        {"loader.data", "epoch=0 position=1 size=20 batch=6 batches=3 shuffle=1", DL_ESTATE,
         "20 examples"},
        {"loader.data", "epoch=0 position=1 size=20 batch=6 batches=4 shuffle=0", DL_ESTATE,
         "20 examples"},
        {"loader.data", "epoch=99999999999999999999 position=1 size=20 batch=6 batches=4 shuffle=1",
         DL_EFORMAT, "\"loader.data\""},
        {"dl.checkpoint", NULL, DL_EFORMAT, "it is no checkpoint; dl_module_load"},
        {"dl.checkpoint", "ticket=1", DL_EFORMAT, "\"dl.checkpoint\""},
        {"dl.checkpoint", "version=0 ticket=1 fills=1 seed=42", DL_EFORMAT, "\"dl.checkpoint\""},
        {"dl.checkpoint", "version=1 ticket=-1 fills=1 seed=42", DL_EFORMAT, "\"dl.checkpoint\""},
        {"dl.checkpoint", "version=1 ticket=99999999999999999999 fills=1 seed=42", DL_EFORMAT,
         "\"dl.checkpoint\""},
        {"dl.checkpoint", "version=3", DL_EUNSUPPORTED, "layout 3; this is libdl"},
        {"dl.checkpoint", "version=1 ticket=1 fills=1 seed=7", DL_ESTATE,
         "seed 7, this context has 42"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scratch_put(path(), w->file, w->n);
        forge(ctx, cases[i].key, cases[i].value);
        refused(w, w->c, cases[i].status, cases[i].part);
    }
    whole_drop(w);
}

static void the_message_counts_what_else_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    whole *w = whole_new(ctx);
    dl_module *other =
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 4, 8, NULL), dl_layer_relu(ctx),
                                           dl_layer_relu(ctx), dl_layer_dense(ctx, 8, 3, NULL)));
    dl_ckpt *c = dl_ckpt_new(ctx);
    dl_ckpt_add_module(c, "net", other);
    refused(w, c, DL_ESHAPE,
            "module.net.0.weight is F32 [16, 4] in the file, f32 [8, 4] here "
            "(and 2 more like this)");
    dl_ckpt_drop(c);
    dl_module_drop(other);
    whole_drop(w);
}

static void another_element_type_and_a_meta_net_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    whole *w = whole_new(ctx);
    for (int meta = 0; meta < 2; meta++) {
        dl_tensor *t = make_tensor(ctx, DL_I32, DL_SHAPE(2), 1, 2);
        dl_ckpt *c = dl_ckpt_new(ctx);
        dl_ckpt_add_tensor(c, "t", t);
        assert_int_equal(dl_ckpt_save(c, path()), DL_OK);
        dl_ckpt_drop(c);
        dl_meta_enable(ctx, meta);
        t = dl_tensor_give(dl_tensor_zeros(ctx, meta ? DL_I32 : DL_F32, DL_SHAPE(2)));
        dl_meta_enable(ctx, 0);
        c = dl_ckpt_new(ctx);
        dl_ckpt_add_tensor(c, "t", t);
        refused(w, c, meta ? DL_ESTATE : DL_EDTYPE,
                meta ? "i32 [2] without memory here" : "is I32 [2] in the file, f32 [2] here");
        dl_ckpt_drop(c);
    }
    whole_drop(w);
}

static void weights_alone_are_no_checkpoint(void **state)
{
    dl_ctx *ctx = *state;
    whole *w = whole_new(ctx);
    assert_int_equal(dl_module_save(w->t.net, path()), DL_OK);
    refused(w, w->c, DL_EFORMAT, "it is no checkpoint; dl_module_load reads weights alone");
    scratch_put(path(), "<!DOCTYPE html>", 15);
    refused(w, w->c, DL_EFORMAT, path());
    whole_drop(w);
}

static void a_save_that_fails_leaves_the_old_file(void **state)
{
    dl_ctx *ctx = *state;
    whole *w = whole_new(ctx);
    static unsigned char now[ROOM];
    static const int32_t kinds[] = {FAULT_OPEN, FAULT_WRITE, FAULT_FSYNC, FAULT_CLOSE,
                                    FAULT_RENAME};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        fault_io f;
        fault_io_begin(&f);
        f.kind = kinds[k];
        f.fail_at = 1;
        f.code = 28; /* ENOSPC */
        dl_status status = dl_ckpt_save(w->c, path());
        fault_io_end();
        assert_int_equal(status, DL_EIO);
        expect_error(ctx, DL_EIO, path());
        assert_int_equal(scratch_get(path(), now, ROOM), w->n);
        assert_memory_equal(now, w->file, w->n);
    }
    whole_drop(w);
}

static void a_folder_in_the_way_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    whole *w = whole_new(ctx);
    unlink(path());
    assert_int_equal(mkdir(path(), 0700), 0);
    assert_int_equal(dl_ckpt_save(w->c, path()), DL_EIO);
    expect_error(ctx, DL_EIO, path());
    refused(w, w->c, DL_EIO, path());
    assert_int_equal(scratch_entries(), 1);
    whole_drop(w);
}

static void a_folder_without_rights_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    if (geteuid() == 0)
        skip(); /* root may write anywhere */
    whole *w = whole_new(ctx);
    assert_int_equal(chmod(scratch_folder(), 0500), 0);
    dl_status status = dl_ckpt_save(w->c, path());
    chmod(scratch_folder(), 0700);
    assert_int_equal(status, DL_EIO);
    expect_error(ctx, DL_EIO, path());
    whole_drop(w);
}

/* What L-BFGS keeps are places in its state: a file must not make it look elsewhere. */
static void numbers_that_lead_out_of_the_state_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, 20, TOY_ADAM);
    dl_optim *o = dl_optim_lbfgs(t.net, &(dl_lbfgs_opts){.history = 4});
    dl_ckpt *c = dl_ckpt_new(ctx);
    assert_int_equal(dl_ckpt_add_optim(c, "o", o), DL_OK);
    double *number = (double *)(void *)dl__data(o->number);
    static const struct {
        int at; /* iterations, pairs, the first of them */
        double value;
    } bad[] = {{0, -1}, {0, NAN}, {1, 5}, {1, 0.5}, {1, -1}, {2, 5}, {2, 1e300}, {2, -INFINITY}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        number[bad[i].at] = bad[i].value;
        assert_int_equal(dl_ckpt_save(c, path()), DL_OK);
        number[bad[i].at] = 3;
        assert_int_equal(dl_ckpt_load(c, path()), DL_EFORMAT);
        expect_error(ctx, DL_EFORMAT, "the entry \"optim.o#number\" of this checkpoint");
        assert_true(number[bad[i].at] == 3);
    }
    number[1] = number[2] = 4; /* as many as there can be */
    assert_int_equal(dl_ckpt_save(c, path()), DL_OK);
    assert_int_equal(dl_ckpt_load(c, path()), DL_OK);
    static const int64_t steps[] = {-1, INT64_MAX};
    for (int i = 0; i < 2; i++) {
        o->slice[1].steps = steps[i];
        assert_int_equal(dl_ckpt_save(c, path()), DL_OK);
        o->slice[1].steps = 0;
        assert_int_equal(dl_ckpt_load(c, path()), DL_EFORMAT);
        expect_error(ctx, DL_EFORMAT, "the entry \"optim.o#steps\" of this checkpoint");
        assert_int_equal(o->slice[1].steps, 0);
    }
    dl_ckpt_drop(c);
    dl_optim_drop(o);
    toy_end(&t);
}

/* Two rules with as many state arrays, which mean other things. */
static void the_state_of_another_form_of_rmsprop_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, 20, TOY_ADAM);
    dl_optim *momentum = dl_optim_rmsprop(t.net, &(dl_rmsprop_opts){.momentum = 0.9});
    dl_optim *centered = dl_optim_rmsprop(t.net, &(dl_rmsprop_opts){.centered = 1});
    dl_ckpt *a = dl_ckpt_new(ctx), *b = dl_ckpt_new(ctx);
    assert_int_equal(dl_ckpt_add_optim(a, "o", momentum), DL_OK);
    assert_int_equal(dl_ckpt_add_optim(b, "o", centered), DL_OK);
    assert_int_equal(dl_ckpt_save(a, path()), DL_OK);
    assert_int_equal(dl_ckpt_load(b, path()), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "is rmsprop with 2 state arrays there, rmsprop_centered with 2");
    dl_ckpt_drop(a);
    dl_ckpt_drop(b);
    dl_optim_drop(momentum);
    dl_optim_drop(centered);
    toy_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch_ctx(a_file_cut_anywhere_is_refused),
        with_scratch_ctx(one_flipped_bit_is_noticed_anywhere),
        with_scratch_ctx(entries_that_are_missing_or_wrong_are_named),
        with_scratch_ctx(the_message_counts_what_else_does_not_fit),
        with_scratch_ctx(another_element_type_and_a_meta_net_are_refused),
        with_scratch_ctx(weights_alone_are_no_checkpoint),
        with_scratch_ctx(a_save_that_fails_leaves_the_old_file),
        with_scratch_ctx(a_folder_in_the_way_is_refused),
        with_scratch_ctx(a_folder_without_rights_is_refused),
        with_scratch_ctx(numbers_that_lead_out_of_the_state_are_refused),
        with_scratch_ctx(the_state_of_another_form_of_rmsprop_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
