/* The world that the calls of every public function work on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "support/calls.h"
#include "support/modules.h"
#include "support/scratch.h"
#include "core/file.h"
#include "optim/optim.h"
#include "train/checkpoint.h"

const call *call_number(int32_t i)
{
    static const call *const tables[] = {calls_core,   calls_tensor, calls_ops,   calls_grad,
                                         calls_module, calls_train,  calls_files, calls_pool,
                                         calls_conv,   calls_patches};
    for (size_t k = 0; k < sizeof tables / sizeof *tables; k++)
        for (const call *c = tables[k]; c->name; c++)
            if (i-- == 0)
                return c;
    return NULL;
}

dl_status made(const world *w, const void *result)
{
    if (result)
        return dl_ctx_status(w->ctx) == DL_OK ? DL_OK : UNEXPECTED;
    return dl_ctx_status(w->ctx) == DL_OK ? UNEXPECTED : dl_ctx_status(w->ctx);
}

dl_status owned(const world *w, void *object)
{
    dl_status status = made(w, object);
    dl__object_drop(object);
    return status;
}

dl_status looked(int right)
{
    return right ? DL_OK : UNEXPECTED;
}

static void set_path(world *w, int32_t i, const char *name)
{
    snprintf(w->at[i], sizeof w->at[i], "%s", scratch_at(name));
}

/* Two files in the form of MNIST: five pictures of 2 x 3, labels 0 .. 4. */
static void make_data(world *w)
{
    char path[128];
    set_path(w, PATH_DATA, "data");
    assert_int_equal(mkdir(w->at[PATH_DATA], 0700), 0);
    dl_tensor *images = random_tensor(w->ctx, DL_U8, 1, DL_SHAPE(5, 2, 3));
    dl_tensor *labels = make_tensor(w->ctx, DL_U8, DL_SHAPE(5), 0, 1, 2, 3, 4);
    snprintf(path, sizeof path, "%s/train-images-idx3-ubyte", w->at[PATH_DATA]);
    assert_int_equal(dl_idx_write(images, path), DL_OK);
    snprintf(path, sizeof path, "%s/train-labels-idx1-ubyte", w->at[PATH_DATA]);
    assert_int_equal(dl_idx_write(labels, path), DL_OK);
    static const unsigned char record[1 + 3073]; /* of CIFAR-10, and of CIFAR-100 */
    snprintf(path, sizeof path, "%s/test_batch.bin", w->at[PATH_DATA]);
    scratch_put(path, record, 3073);
    snprintf(path, sizeof path, "%s/test.bin", w->at[PATH_DATA]);
    scratch_put(path, record, 3074);
    assert_int_equal(setenv("DL_DATA_DIR", w->at[PATH_DATA], 1), 0);
}

static void make_files(world *w)
{
    set_path(w, PATH_NET, "net");
    set_path(w, PATH_CKPT, "ckpt");
    set_path(w, PATH_IDX, "idx");
    set_path(w, PATH_OUT, "out");
    set_path(w, PATH_PICTURE, "picture");
    assert_int_equal(dl_image_write_png(w->x, w->at[PATH_PICTURE]), DL_OK);
    dl_module *other = make_net(w->ctx);
    assert_int_equal(dl_module_save(other, w->at[PATH_NET]), DL_OK);
    dl_module_drop(other);
    assert_int_equal(dl_ckpt_save(w->ckpt, w->at[PATH_CKPT]), DL_OK);
    assert_int_equal(dl_idx_write(w->t, w->at[PATH_IDX]), DL_OK);
    make_data(w);
    w->file = dl_safetensors_open(w->ctx, w->at[PATH_NET], NULL);
}

static dl_tensor *hook(dl_tensor *grad, void *user)
{
    (void)user;
    return grad;
}

static void make_tensors(world *w)
{
    dl_ctx *ctx = w->ctx;
    w->x = dl_tensor_take(random_tensor(ctx, DL_F32, 2, DL_SHAPE(3, 4)));
    w->y = dl_tensor_take(random_tensor(ctx, DL_F32, 3, DL_SHAPE(3, 4)));
    w->weight = dl_tensor_take(random_tensor(ctx, DL_F32, 4, DL_SHAPE(2, 4)));
    w->bias = dl_tensor_take(random_tensor(ctx, DL_F32, 5, DL_SHAPE(2)));
    w->one = dl_tensor_take(make_tensor(ctx, DL_F32, DL_SHAPE(1), 1));
    w->t = dl_tensor_take(random_tensor(ctx, DL_F32, 6, DL_SHAPE(4, 4)));
    w->mixed =
        dl_tensor_take(with_layout(random_tensor(ctx, DL_F32, 7, DL_SHAPE(4, 3)), LAYOUT_GAPS));
    w->leaf = dl_tensor_take(random_tensor(ctx, DL_F32, 8, DL_SHAPE(3, 4)));
    w->leaf64 = dl_tensor_take(random_tensor(ctx, DL_F64, 9, DL_SHAPE(2)));
    w->labels = dl_tensor_take(make_tensor(ctx, DL_I64, DL_SHAPE(3), 2, 0, 1));
    w->foreign = dl_tensor_take(random_tensor(w->other, DL_F32, 10, DL_SHAPE(3, 4)));
    dl_grad_track(w->leaf, 1);
    dl_grad_track(w->leaf64, 1);
    w->hook = dl_grad_hook(w->leaf, hook, NULL, NULL);
}

/* These tests are about memory: they need not wait for the disk. */
static int no_fsync(void *user, int fd)
{
    (void)user;
    (void)fd;
    return 0;
}

static void use_fast_files(void)
{
    static dl__io fast;
    fast = *dl__io_system();
    fast.fsync = no_fsync;
    dl__io_set(&fast);
}

void world_begin(world *w)
{
    use_fast_files();
    *w = (world){.ctx = make_ctx(2), .other = make_ctx(2)};
    dl_ctx *ctx = w->ctx;
    dl_module_register(ctx, &counter_class);
    make_tensors(w);
    w->net = make_net(ctx);
    w->counter = dl_module_child(w->net, 3);
    w->foreign_net = make_net(w->other);
    w->optim = dl_optim_adam(w->net, NULL);
    w->sched = dl_sched_step(ctx, 2, 0.5);
    dl_tensor *fields[] = {random_tensor(ctx, DL_F32, 11, DL_SHAPE(5, 4)),
                           make_tensor(ctx, DL_I64, DL_SHAPE(5), 0, 1, 2, 0, 1)};
    w->data = dl_dataset_tensors(fields, 2);
    w->loader = dl_loader_new(w->data, &(dl_loader_opts){.batch = 2, .shuffle = 1});
    w->crew = dl_loader_new(w->data, &(dl_loader_opts){.batch = 2, .workers = 2});
    w->average = dl_average_new(w->net, 0.5);
    dl_average_update(w->average);
    w->ckpt = dl_ckpt_new(ctx);
    dl_ckpt_add_module(w->ckpt, "net", w->net);
    dl_ckpt_add_optim(w->ckpt, "optim", w->optim);
    dl_ckpt_add_loader(w->ckpt, "loader", w->loader);
    dl_ckpt_add_average(w->ckpt, "average", w->average);
    dl_ckpt_set_text(w->ckpt, "text", "value");
    make_files(w);
    (void)dl_ctx_engine(ctx); /* chosen now, once for all calls */
    expect_ok(ctx);
    expect_ok(w->other);
    dl_scope_end(ctx, 0);
    dl_scope_end(w->other, 0);
}

void world_tidy(world *w)
{
    dl_tensor_drop(w->tmp);
    dl_module_drop(w->part);
    dl_module_drop(w->part2);
    dl_sched_drop(w->tmp_sched);
    w->tmp = NULL;
    w->part = w->part2 = NULL;
    w->tmp_sched = NULL;
}

static void remove_data(const world *w)
{
    static const char *const name[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                       "test_batch.bin", "test.bin"};
    char path[128];
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", w->at[PATH_DATA], name[i]);
        unlink(path);
    }
    rmdir(w->at[PATH_DATA]);
    dl__io_set(NULL);
}

void world_drop(world *w)
{
    remove_data(w);
    world_tidy(w);
    dl_module_drop(w->net);
    dl_module_drop(w->foreign_net);
    dl_safetensors_drop(w->file);
    dl_ckpt_drop(w->ckpt);
    dl_dataset_drop(w->data);
    dl_loader_drop(w->crew);
    dl_loader_drop(w->loader);
    dl_sched_drop(w->sched);
    dl_average_drop(w->average);
    dl_optim_drop(w->optim);
    dl_tensor *const tensors[] = {w->x,    w->y,      w->weight, w->bias,    w->one,  w->t,
                                  w->leaf, w->leaf64, w->labels, w->foreign, w->mixed};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        dl_tensor_drop(tensors[i]);
}

void world_end(world *w)
{
    world_drop(w);
    end_ctx(w->ctx);
    end_ctx(w->other);
}

/* ---- what a failed call must not change ------------------------------------------------------ */

/* The version of an f64 tensor may change: dl_gradcheck moves its input, and moves it back. */
static size_t add_tensor(char *state, size_t at, const dl_tensor *t)
{
    double *v = values_of(t);
    unsigned long long version = t->dtype == DL_F64 ? 0 : atomic_load(&t->storage->version);
    at += (size_t)snprintf(state + at, STATE - at, "\nversion %llu tracked %d", version,
                           (int)dl_grad_tracked(t));
    for (int64_t i = 0; i < dl__count_of(t) && at < STATE - 64; i++)
        at += (size_t)snprintf(state + at, STATE - at, " %a", v[i]);
    free(v);
    return at;
}

static size_t add_optim(char *state, size_t at, const dl_optim *o)
{
    at +=
        (size_t)snprintf(state + at, STATE - at, "\noptim %lld lr %a clip %a %a sched %p",
                         (long long)o->steps, o->lr, o->clip_norm, o->clip_value, (void *)o->sched);
    for (int32_t i = 0; i < o->n; i++) {
        at += (size_t)snprintf(state + at, STATE - at, " %lld %a %a", (long long)o->slice[i].steps,
                               o->slice[i].lr_scale, o->slice[i].weight_decay);
        for (int32_t k = 0; k < o->slots; k++)
            at = add_tensor(state, at, o->slice[i].slot[k]);
    }
    return at;
}

static long long file_size(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 ? (long long)s.st_size : -1;
}

void world_state(world *w, char *state)
{
    char hash[DL_HASH_TEXT] = "";
    const dl_ctx *c = w->ctx;
    size_t at = (size_t)snprintf(
        state, STATE, "ticket %llu fills %llu scopes %d/%d meta %d grad %d files %d out %lld",
        (unsigned long long)c->ticket, (unsigned long long)c->fills, (int)c->n_scope,
        (int)c->cap_scope, (int)c->meta, (int)c->grad_off, scratch_entries(),
        file_size(w->at[PATH_OUT]));
    dl_tensor *const tensors[] = {w->x, w->t, w->leaf, w->leaf64, w->foreign};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        at = add_tensor(state, at, tensors[i]);
    assert_int_equal(dl_module_hash(w->net, hash), DL_OK);
    at += (size_t)snprintf(state + at, STATE - at, "\nnet %s training %d", hash,
                           (int)dl_module_training(w->net));
    for (int32_t i = 0; i < dl_module_param_count(w->net); i++)
        at += (size_t)snprintf(state + at, STATE - at, " %s %d", dl_module_param_name(w->net, i),
                               (int)dl_grad_tracked(dl_module_param(w->net, i)));
    at = add_optim(state, at, w->optim);
    at += (size_t)snprintf(
        state + at, STATE - at, "\nloaders %lld %lld, %lld %lld ckpt %d %d %s",
        (long long)dl_loader_epoch(w->loader), (long long)dl_loader_position(w->loader),
        (long long)dl_loader_epoch(w->crew), (long long)dl_loader_position(w->crew),
        (int)w->ckpt->n_part, (int)w->ckpt->n_text, dl_ckpt_text(w->ckpt, "text"));
    if (w->part && w->tmp) /* to which something is being added */
        at += (size_t)snprintf(
            state + at, STATE - at, "\npart %d %d %d", (int)dl_module_param_count(w->part),
            (int)dl_module_buffer_count(w->part), (int)dl_module_child_count(w->part));
    assert_true(at < STATE);
}
