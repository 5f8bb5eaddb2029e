/* Checkpoints: what goes in comes out. Bad files: test_checkpoint_bad.c. */
#include "support/support.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "dl/checkpoint.h"
#include "dl/io.h"
#include "optim/optim.h"
#include "support/scratch.h"
#include "support/toy.h"

static const char *path(void)
{
    return scratch_at("x.ckpt");
}

/* A checkpoint with every kind of part. */
typedef struct whole {
    toy t;
    dl_loader *loader;
    dl_tensor *tensor;
    dl_ckpt *c;
} whole;

static void whole_make(whole *w, dl_ctx *ctx, int optim)
{
    toy_make(&w->t, ctx, 20, optim);
    w->loader = dl_loader_new(w->t.train, &(dl_loader_opts){.batch = 6, .shuffle = 1});
    w->tensor = dl_tensor_take(make_tensor(ctx, DL_I32, DL_SHAPE(3), 7, 8, 9));
    w->c = dl_ckpt_new(ctx);
    assert_int_equal(dl_ckpt_add_module(w->c, "net", w->t.net), DL_OK);
    assert_int_equal(dl_ckpt_add_optim(w->c, "adam", w->t.optim), DL_OK);
    assert_int_equal(dl_ckpt_add_loader(w->c, "data", w->loader), DL_OK);
    assert_int_equal(dl_ckpt_add_tensor(w->c, "counts", w->tensor), DL_OK);
    assert_int_equal(dl_ckpt_set_text(w->c, "note", "l\xc3\xa4uft = \"gut\"\n"), DL_OK);
}

static void whole_end(whole *w)
{
    dl_ckpt_drop(w->c);
    dl_loader_drop(w->loader);
    dl_tensor_drop(w->tensor);
    toy_end(&w->t);
}

/* Steps by hand, as a program of its own would. */
static void steps(whole *w, int n)
{
    dl_ctx *ctx = w->t.ctx;
    for (int i = 0; i < n; i++) {
        dl_tensor *field[2], *shown;
        int32_t mark = dl_scope_begin(ctx);
        if (dl_loader_next(w->loader, field, 2) == 1) {
            dl_module_zero_grad(w->t.net);
            assert_int_equal(dl_backward(dl_loss_classify(w->t.net, field, 2, &shown, NULL)),
                             DL_OK);
            assert_int_equal(dl_optim_step(w->t.optim), DL_OK);
        }
        dl_scope_end(ctx, mark);
    }
}

static void everything_comes_back_in_a_new_context(void **state)
{
    dl_ctx *ctx = *state;
    for (int optim = TOY_ADAM; optim <= TOY_MOMENTUM; optim++) {
        whole w, v;
        char a[65], b[65];
        whole_make(&w, ctx, optim);
        steps(&w, 7);
        assert_int_equal(dl_optim_set_lr(w.t.optim, 0.015), DL_OK);
        assert_int_equal(dl_ckpt_save(w.c, path()), DL_OK);
        uint64_t ticket = ctx->ticket, fills = ctx->fills;
        steps(&w, 9);
        toy_hash(&w.t, a);

        dl_ctx *other = make_ctx(3);
        whole_make(&v, other, optim);
        dl_tensor_fill(v.tensor, 0);
        dl_ckpt_set_text(v.c, "note", NULL);
        dl_ckpt_set_text(v.c, "other", "goes");
        steps(&v, 2);
        assert_int_equal(dl_ckpt_load(v.c, path()), DL_OK);
        assert_null(dl_grad(dl_module_param(v.t.net, 0)));
        assert_true(other->ticket == ticket && other->fills == fills);
        assert_int_equal(dl_optim_steps(v.t.optim), 6); /* one of the 7 ended an epoch */
        assert_true(dl_optim_lr(v.t.optim) > 0);
        assert_int_equal(dl_loader_epoch(v.loader), 1);
        assert_int_equal(dl_loader_position(v.loader), 2);
        assert_values(v.tensor, 7, 8, 9);
        assert_string_equal(dl_ckpt_text(v.c, "note"), "l\xc3\xa4uft = \"gut\"\n");
        assert_null(dl_ckpt_text(v.c, "other"));
        steps(&v, 9);
        toy_hash(&v.t, b);
        assert_string_equal(a, b);
        whole_end(&w);
        whole_end(&v);
        end_ctx(other);
    }
}

static void saving_what_was_loaded_gives_the_same_file(void **state)
{
    dl_ctx *ctx = *state;
    static char a[65536], b[65536];
    whole w;
    whole_make(&w, ctx, TOY_ADAM);
    steps(&w, 3);
    assert_int_equal(dl_ckpt_save(w.c, path()), DL_OK);
    steps(&w, 3);
    assert_int_equal(dl_ckpt_load(w.c, path()), DL_OK);
    assert_int_equal(dl_ckpt_save(w.c, scratch_at("y")), DL_OK);
    size_t n = scratch_get(path(), a, sizeof a), m = scratch_get(scratch_at("y"), b, sizeof b);
    assert_int_equal(n, m);
    assert_memory_equal(a, b, n);
    whole_end(&w);
}

static void parts_that_only_the_file_has_are_passed_over(void **state)
{
    dl_ctx *ctx = *state;
    whole w;
    char hash[65], loaded[65];
    whole_make(&w, ctx, TOY_ADAM);
    steps(&w, 3);
    toy_hash(&w.t, hash);
    assert_int_equal(dl_ckpt_save(w.c, path()), DL_OK);
    toy_change(&w.t);
    dl_ckpt *net = dl_ckpt_new(ctx);
    dl_ckpt_add_module(net, "net", w.t.net);
    assert_int_equal(dl_ckpt_load(net, path()), DL_OK);
    toy_hash(&w.t, loaded);
    assert_string_equal(hash, loaded);
    assert_int_equal(dl_optim_steps(w.t.optim), 3);
    dl_ckpt_drop(net);
    whole_end(&w);
}

static void other_programs_find_the_weights_in_it(void **state)
{
    dl_ctx *ctx = *state;
    whole w;
    whole_make(&w, ctx, TOY_ADAM);
    assert_int_equal(dl_ckpt_save(w.c, path()), DL_OK);
    dl_safetensors *f = dl_safetensors_open(ctx, path(), &(dl_safetensors_opts){.verify = 1});
    int32_t at = dl_safetensors_find(f, "module.net.0.weight");
    dl_tensor *weight = dl_safetensors_read(f, at);
    assert_same_bits(weight, dl_module_param(w.t.net, 0));
    dl_tensor_drop(weight);
    dl_safetensors_drop(f);
    toy_change(&w.t);
    assert_int_equal(dl_module_load(w.t.net, path(), &(dl_load_opts){.prefix = "module.net."}),
                     DL_OK);
    whole_end(&w);
}

static void what_was_there_before_stays_as_prev(void **state)
{
    dl_ctx *ctx = *state;
    whole w;
    char first[65], hash[65], prev[512];
    whole_make(&w, ctx, TOY_ADAM);
    toy_hash(&w.t, first);
    assert_int_equal(dl_ckpt_save(w.c, path()), DL_OK);
    assert_int_equal(scratch_entries(), 1);
    steps(&w, 2);
    assert_int_equal(dl_ckpt_save(w.c, path()), DL_OK);
    assert_int_equal(scratch_entries(), 2);
    snprintf(prev, sizeof prev, "%s.prev", path());
    assert_int_equal(dl_ckpt_load(w.c, prev), DL_OK);
    toy_hash(&w.t, hash);
    assert_string_equal(hash, first);
    whole_end(&w);
}

static void texts_are_set_changed_and_removed(void **state)
{
    dl_ctx *ctx = *state;
    dl_ckpt *c = dl_ckpt_new(ctx);
    char key[8];
    for (int i = 0; i < 20; i++) {
        snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(dl_ckpt_set_text(c, key, key), DL_OK);
    }
    assert_int_equal(dl_ckpt_set_text(c, "k3", "new"), DL_OK);
    assert_int_equal(dl_ckpt_set_text(c, "k5", NULL), DL_OK);
    assert_int_equal(dl_ckpt_set_text(c, "never", NULL), DL_OK);
    assert_string_equal(dl_ckpt_text(c, "k3"), "new");
    assert_string_equal(dl_ckpt_text(c, "k19"), "k19");
    assert_null(dl_ckpt_text(c, "k5"));
    assert_null(dl_ckpt_text(c, NULL));
    assert_null(dl_ckpt_text(NULL, "k"));
    assert_int_equal(dl_ckpt_set_text(c, "", "x"), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "no key");
    assert_int_equal(dl_ckpt_set_text(c, NULL, "x"), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "no key");
    assert_int_equal(dl_ckpt_save(c, path()), DL_OK); /* texts alone */
    assert_int_equal(dl_ckpt_load(c, path()), DL_OK);
    assert_string_equal(dl_ckpt_text(c, "k3"), "new");
    dl_ckpt_drop(c);
}

static void names_are_checked(void **state)
{
    dl_ctx *ctx = *state;
    dl_ctx *other = make_ctx(1);
    whole w;
    whole_make(&w, ctx, TOY_ADAM);
    char name[66];
    memset(name, 'x', 65);
    name[65] = 0;
    const char *const bad[] = {"", "a.b", "a#b", "a b", name, NULL};
    for (int i = 0; i < 6; i++) {
        assert_int_equal(dl_ckpt_add_module(w.c, bad[i], w.t.net), DL_EINVAL);
        expect_error(ctx, DL_EINVAL, "wants 1 to 64 bytes");
    }
    name[64] = 0;
    assert_int_equal(dl_ckpt_add_tensor(w.c, name, w.tensor), DL_OK);
    assert_int_equal(dl_ckpt_add_tensor(w.c, "net", w.tensor), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "\"net\" is taken");
    assert_int_equal(dl_ckpt_add_optim(w.c, "o", NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "optim \"o\" is NULL");
    dl_tensor *foreign = make_tensor(other, DL_F32, DL_SHAPE(1), 1);
    assert_int_equal(dl_ckpt_add_tensor(w.c, "f", foreign), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "another context");
    assert_int_equal(dl_ckpt_add_module(NULL, "f", w.t.net), DL_EINVAL);
    assert_int_equal(dl_ckpt_set_text(NULL, "f", "x"), DL_EINVAL);
    assert_int_equal(dl_ckpt_save(NULL, "f"), DL_EINVAL);
    assert_int_equal(dl_ckpt_load(NULL, "f"), DL_EINVAL);
    assert_int_equal(dl_ckpt_save(w.c, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "path is NULL");
    assert_int_equal(dl_ckpt_load(w.c, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "path is NULL");
    assert_null(dl_ckpt_new(NULL));
    dl_ckpt_drop(NULL);
    whole_end(&w);
    end_ctx(other);
}

static void put_value(dl_tensor *t, double v)
{
    assert_int_equal(dl_tensor_fill(t, v), DL_OK);
}

static void broken_weights_do_not_replace_a_good_file(void **state)
{
    dl_ctx *ctx = *state;
    whole w;
    whole_make(&w, ctx, TOY_ADAM);
    steps(&w, 2);
    assert_int_equal(dl_ckpt_save(w.c, path()), DL_OK);
    static const double bad[] = {(double)NAN, (double)INFINITY};
    static const char *const says[] = {"0.bias of part \"net\" holds a NaN",
                                       "0.bias of part \"net\" holds an infinity"};
    for (int i = 0; i < 2; i++) {
        put_value(dl_module_tensor(w.t.net, "0.bias"), bad[i]);
        assert_int_equal(dl_ckpt_save(w.c, path()), DL_ENUMERIC);
        expect_error(ctx, DL_ENUMERIC, says[i]);
        assert_int_equal(scratch_entries(), 1);
    }
    assert_int_equal(dl_ckpt_load(w.c, path()), DL_OK);
    /* A tensor of the user's may hold anything. */
    dl_tensor *mask = make_tensor(ctx, DL_F32, DL_SHAPE(2), (double)-INFINITY, (double)NAN);
    assert_int_equal(dl_ckpt_add_tensor(w.c, "mask", mask), DL_OK);
    assert_int_equal(dl_ckpt_save(w.c, path()), DL_OK);
    whole_end(&w);
}

static void saving_and_loading_do_not_depend_on_meta_mode(void **state)
{
    dl_ctx *ctx = *state;
    whole w;
    whole_make(&w, ctx, TOY_ADAM);
    dl_meta_enable(ctx, 1);
    assert_int_equal(dl_ckpt_save(w.c, path()), DL_OK);
    assert_int_equal(dl_ckpt_load(w.c, path()), DL_OK);
    assert_int_equal(dl_meta_enable(ctx, 0), 1);
    whole_end(&w);
}

typedef struct fault_case {
    whole *w;
    char hash[65];
    int64_t steps, position;
    uint64_t ticket;
    int load;
} fault_case;

static dl_status save_or_load(dl_ctx *ctx, void *user)
{
    fault_case *f = user;
    (void)ctx;
    return f->load ? dl_ckpt_load(f->w->c, path()) : dl_ckpt_save(f->w->c, path());
}

static void nothing_has_changed(dl_ctx *ctx, void *user)
{
    fault_case *f = user;
    char hash[65];
    toy_hash(&f->w->t, hash);
    assert_string_equal(hash, f->hash);
    assert_int_equal(dl_optim_steps(f->w->t.optim), f->steps);
    assert_int_equal(dl_loader_position(f->w->loader), f->position);
    assert_true(ctx->ticket == f->ticket);
    assert_values(f->w->tensor, 7, 8, 9);
    assert_non_null(dl_ckpt_text(f->w->c, "only here"));
    assert_int_equal(scratch_entries(), 1);
}

static void any_allocation_may_fail_and_nothing_changes(void **state)
{
    dl_ctx *ctx = *state;
    whole w;
    whole_make(&w, ctx, TOY_ADAM);
    steps(&w, 2);
    assert_int_equal(dl_ckpt_save(w.c, path()), DL_OK);
    steps(&w, 1);
    for (int load = 1; load >= 0; load--) {
        fault_case f = {.w = &w, .load = load};
        dl_ckpt_set_text(w.c, "only here", "x");
        toy_hash(&w.t, f.hash);
        f.steps = dl_optim_steps(w.t.optim);
        f.position = dl_loader_position(w.loader);
        f.ticket = ctx->ticket;
        if (!load)
            unlink(path()); /* so that failures leave no file, and success one */
        if (!load)
            scratch_put(path(), "old", 3);
        int failures = 0;
        for (int n = 1;; n++) {
            int64_t live = dl_ctx_live(ctx);
            dl__memory_fail(ctx, n, 0);
            dl_status status = save_or_load(ctx, &f);
            dl__memory_fail(ctx, 0, 0);
            if (status == DL_OK)
                break;
            failures++;
            expect_error(ctx, DL_ENOMEM, "");
            assert_int_equal(dl_ctx_live(ctx), live);
            nothing_has_changed(ctx, &f);
        }
        assert_true(failures > 50);
    }
    whole_end(&w);
}

/* The factor after so many reports of the same loss. */
static double told(dl_optim *o, int reports)
{
    for (int i = 0; i < reports; i++)
        assert_int_equal(dl_sched_report(o->sched, 1), DL_OK);
    return dl_sched_factor(o->sched, 0);
}

static void what_a_schedule_was_told_comes_back(void **state)
{
    dl_ctx *ctx = *state;
    const dl_plateau_opts halves = {.factor = 0.5, .patience = 2};
    whole w;
    whole_make(&w, ctx, TOY_ADAM);
    dl_optim_set_sched(w.t.optim, dl_sched_plateau(ctx, &halves));
    assert_true(told(w.t.optim, 6) == 0.5);
    assert_int_equal(dl_ckpt_save(w.c, path()), DL_OK);
    dl_optim_set_sched(w.t.optim, dl_sched_plateau(ctx, &halves));
    assert_int_equal(dl_ckpt_load(w.c, path()), DL_OK);
    assert_true(told(w.t.optim, 0) == 0.5 && told(w.t.optim, 1) == 0.25);
    /* One that keeps nothing does not ask; one that keeps something else is refused. */
    dl_optim_set_sched(w.t.optim, dl_sched_constant(ctx));
    assert_int_equal(dl_ckpt_load(w.c, path()), DL_OK);
    assert_int_equal(dl_ckpt_save(w.c, path()), DL_OK);
    dl_optim_set_sched(w.t.optim, dl_sched_plateau(ctx, &halves));
    assert_int_equal(dl_ckpt_load(w.c, path()), DL_ESTATE);
    expect_error(ctx, DL_ESTATE,
                 "the schedule of optimizer \"adam\" was another one there, with no");
    assert_int_equal(dl_ckpt_save(w.c, path()), DL_OK);
    dl_sched *two[] = {dl_sched_plateau(ctx, NULL), dl_sched_plateau(ctx, NULL)};
    dl_optim_set_sched(w.t.optim, dl_sched_product(ctx, two, 2));
    assert_int_equal(dl_ckpt_load(w.c, path()), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "with other state");
    whole_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch_ctx(everything_comes_back_in_a_new_context),
        with_scratch_ctx(saving_what_was_loaded_gives_the_same_file),
        with_scratch_ctx(parts_that_only_the_file_has_are_passed_over),
        with_scratch_ctx(other_programs_find_the_weights_in_it),
        with_scratch_ctx(what_was_there_before_stays_as_prev),
        with_scratch_ctx(texts_are_set_changed_and_removed),
        with_scratch_ctx(names_are_checked),
        with_scratch_ctx(broken_weights_do_not_replace_a_good_file),
        with_scratch_ctx(saving_and_loading_do_not_depend_on_meta_mode),
        with_scratch_ctx(any_allocation_may_fail_and_nothing_changes),
        with_scratch_ctx(what_a_schedule_was_told_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
