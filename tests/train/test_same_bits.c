/* The weights after 50 steps have the same bits for any number of threads and loader workers, on
 * every instruction set, whatever the host's floating-point mode, and after save, exit and resume.
 * On the plain engine they are those written here, so compilers agree with each other, too. */
#include <fenv.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/isa.h"
#include "core/parallel.h"
#include "dl/dl.h"
#include "support/scratch.h"
#include "support/support.h"

enum { STEPS = 50, HALF = 23, FEW = 12 };
enum { SGD, ADAM, ADAMW, RMSPROP, LION, CONV, KINDS };

/* A net of many layers, with an average of its weights. */
static int of_many_layers(int which)
{
    return which == ADAMW || which == RMSPROP || which == LION;
}

/* After 50 steps on the plain engine. */
static const char *const golden[] = {
    "702bea2943a194cda394f1b6074ac6d7cc3eee77c09dcc64cff8d8bf056c0ede",
    "d06dde8385434d5f0a875e6611189c0d13c65f2381e2f467836ca1524dd56bf5",
    "148dd8ab0f54649df9336e2e834e94b2d3ac36ef2a4fd7454e2046df97404623",
    "3e3413d3cdb8def275b2efad6838605cf87308fd5942d2e1bddd21e883fcf832",
    "f8fc94880dbeef6a9da4b0fee6fdd2ab4fad1654d2c8584367b6212e2acb1cc7",
    "2b14f96f962040888a269c788a0417cfcbcacf442388d4ec756bfa96f76d4ab3",
};

typedef struct run {
    dl_ctx *ctx;
    dl_module *net;
    dl_optim *optim;
    dl_loader *loader;
    dl_ckpt *ckpt;
    dl_average *average; /* on the net of many layers */
} run;

/* 37-230-210-10 with dropout. */
static dl_module *dense_net(dl_ctx *ctx)
{
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_dense(ctx, 37, 230, NULL), dl_layer_relu(ctx),
                       dl_layer_dropout(ctx, 0.3, NULL), dl_layer_dense(ctx, 230, 210, NULL),
                       dl_layer_tanh(ctx), dl_layer_dense(ctx, 210, 10, NULL)));
}

/* Six words of fifty: an embedding, both norms, branches, a residual block. */
static dl_module *many_layers(dl_ctx *ctx)
{
    dl_module *branch[] = {
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 90, 47, NULL), dl_layer_silu(ctx))),
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 90, 66, NULL), dl_layer_mish(ctx),
                                           dl_layer_glu(ctx, 1))),
    };
    dl_module *body = dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_dense(ctx, 80, 80, NULL), dl_layer_softplus(ctx, 1, 20)));
    return dl_layer_sequential(
        ctx,
        DL_LAYERS(dl_layer_embedding(ctx, 50, 16, NULL), dl_layer_flatten(ctx),
                  dl_layer_dense(ctx, 96, 230, NULL), dl_layer_batchnorm1d(ctx, 230, NULL),
                  dl_layer_gelu(ctx, 0), dl_layer_dropout(ctx, 0.2, NULL),
                  dl_layer_dense(ctx, 230, 90, NULL), dl_layer_layernorm(ctx, DL_SHAPE(90), NULL),
                  dl_layer_prelu(ctx, 90), dl_layer_parallel(ctx, branch, 2, 1),
                  dl_layer_residual(ctx, body, NULL), dl_layer_dense(ctx, 80, 10, NULL)));
}

/* Pictures of 3 x 9 x 10: convolutions of every kind, what they are between, and back. */
static dl_module *conv_net(dl_ctx *ctx)
{
    const dl_conv_opts pad = {.padding = {1}}, depthwise = {.padding = {1}, .groups = 18};
    const dl_conv_opts groups = {.stride = {2}, .groups = 2}, doubles = {.stride = {2}};
    const dl_pool_opts overlap = {.stride = {2}, .padding = {1}};
    const dl_upsample_opts wider = {.sizes = {7, 8}, .mode = DL_UPSAMPLE_LINEAR};
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_conv2d(ctx, 3, 18, DL_KERNEL(3), &pad, NULL),
                       dl_layer_batchnorm2d(ctx, 18, NULL), dl_layer_relu(ctx),
                       dl_layer_conv2d(ctx, 18, 18, DL_KERNEL(3), &depthwise, NULL),
                       dl_layer_maxpool2d(ctx, DL_KERNEL(3), &overlap),
                       dl_layer_conv2d(ctx, 18, 40, DL_KERNEL(1), NULL, NULL), dl_layer_silu(ctx),
                       dl_layer_upsample(ctx, &wider),
                       dl_layer_conv2d(ctx, 40, 24, DL_KERNEL(3, 2), &groups, NULL),
                       dl_layer_groupnorm(ctx, 4, 24, NULL), dl_layer_relu(ctx),
                       dl_layer_conv_transpose2d(ctx, 24, 20, DL_KERNEL(2), &doubles, NULL),
                       dl_layer_avgpool2d(ctx, DL_KERNEL(2), NULL), dl_layer_relu(ctx),
                       dl_layer_global_avgpool(ctx), dl_layer_flatten(ctx),
                       dl_layer_dense(ctx, 20, 10, NULL)));
}

static dl_module *make_net(dl_ctx *ctx, int which)
{
    if (which == CONV)
        return conv_net(ctx);
    return of_many_layers(which) ? many_layers(ctx) : dense_net(ctx);
}

static dl_tensor *make_data(dl_ctx *ctx, int which)
{
    if (which == CONV)
        return dl_tensor_randn(ctx, DL_F32, DL_SHAPE(333, 3, 9, 10));
    return of_many_layers(which) ? dl_tensor_randint(ctx, DL_I64, 0, 50, DL_SHAPE(333, 6))
                                 : dl_tensor_randn(ctx, DL_F32, DL_SHAPE(333, 37));
}

static dl_sched *make_sched(dl_ctx *ctx, int which)
{
    if (which == CONV)
        return dl_sched_onecycle(ctx, 60,
                                 &(dl_onecycle_opts){.momentum_low = 0.85, .momentum_high = 0.95});
    return dl_sched_cosine(ctx, 5, 60, 0.01);
}

static dl_optim *make_optim(dl_module *m, int which)
{
    dl_optim *o;
    switch (which) {
    case CONV:
    case SGD:
        o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.05, .momentum = 0.9});
        break;
    case ADAM:
        o = dl_optim_adam(m, &(dl_adam_opts){.weight_decay = 0.01});
        break;
    case ADAMW:
        o = dl_optim_adamw(m, &(dl_adam_opts){.amsgrad = 1});
        dl_optim_spare(o, NULL);
        break;
    case RMSPROP:
        o = dl_optim_rmsprop(m, &(dl_rmsprop_opts){.lr = 0.001, .momentum = 0.8, .centered = 1});
        dl_optim_proximal(o, NULL, 0.001);
        break;
    default:
        o = dl_optim_lion(m, &(dl_lion_opts){.lr = 5e-4, .weight_decay = 0.01});
    }
    dl_optim_clip(o, 1, of_many_layers(which) ? 0.01 : DL_OFF);
    dl_optim_set_sched(o, make_sched(dl_module_ctx(m), which));
    return o;
}

/* 333 examples in batches of 70: the last one has 53. */
static void run_begin(run *r, int32_t engine, int32_t threads, int32_t workers, int which)
{
    const dl_ctx_opts o = {.seed = 7, .threads = threads, .engine = engine};
    dl_ctx *ctx = r->ctx = dl_ctx_new(&o);
    assert_non_null(ctx);
    const int many = of_many_layers(which);
    r->net = make_net(ctx, which);
    r->optim = make_optim(r->net, which);
    r->average = many ? dl_average_new(r->net, 0.9) : NULL;
    dl_tensor *x = make_data(ctx, which);
    dl_tensor *y = dl_tensor_randint(ctx, DL_I64, 0, 10, DL_SHAPE(333));
    dl_dataset *data = dl_dataset_tensors((dl_tensor *const[]){x, y}, 2);
    r->loader =
        dl_loader_new(data, &(dl_loader_opts){.batch = 70, .shuffle = 1, .workers = workers});
    r->ckpt = dl_ckpt_new(ctx);
    dl_ckpt_add_module(r->ckpt, "net", r->net);
    dl_ckpt_add_optim(r->ckpt, "optim", r->optim);
    dl_ckpt_add_loader(r->ckpt, "loader", r->loader);
    if (many)
        dl_ckpt_add_average(r->ckpt, "average", r->average);
    dl_dataset_drop(data);
    dl_tensor_drop(x);
    dl_tensor_drop(y);
    expect_ok(ctx);
}

static void one_step(run *r, dl_tensor *x, dl_tensor *y)
{
    const dl_loss_opts smooth = {.label_smoothing = 0.1};
    dl_tensor *loss =
        dl_cross_entropy(dl_module_forward(r->net, x), y, r->average ? &smooth : NULL);
    if (r->average)
        loss = dl_add(loss, dl_scale(dl_penalty_l1(r->net, NULL), 1e-4));
    dl_module_zero_grad(r->net);
    dl_backward(loss);
    dl_optim_step(r->optim);
    if (r->average)
        dl_average_update(r->average);
}

static void run_steps(run *r, int n)
{
    while (n > 0) {
        dl_tensor *field[2];
        int32_t mark = dl_scope_begin(r->ctx);
        int32_t got = dl_loader_next(r->loader, field, 2);
        if (got == 1) {
            one_step(r, field[0], field[1]);
            n--;
        }
        dl_scope_end(r->ctx, mark);
        expect_ok(r->ctx);
    }
}

/* The hash of the net, or of its average: what differed in any step differs there. */
static void run_end(run *r, char hash[DL_HASH_TEXT])
{
    dl_module *m = r->average ? dl_average_module(r->average) : r->net;
    assert_int_equal(dl_module_hash(m, hash), DL_OK);
    dl_average_drop(r->average);
    dl_ckpt_drop(r->ckpt);
    dl_loader_drop(r->loader);
    dl_optim_drop(r->optim);
    dl_module_drop(r->net);
    end_ctx(r->ctx);
}

static void hash_after(int steps, int32_t engine, int32_t threads, int32_t workers, int which,
                       char hash[DL_HASH_TEXT])
{
    run r;
    run_begin(&r, engine, threads, workers, which);
    run_steps(&r, steps);
    run_end(&r, hash);
}

static void hash_of(int32_t engine, int32_t threads, int32_t workers, int which,
                    char hash[DL_HASH_TEXT])
{
    hash_after(STEPS, engine, threads, workers, which, hash);
}

static int is_here(int32_t engine)
{
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.engine = engine});
    int here = dl_ctx_engine(ctx) == engine && dl_ctx_status(ctx) == DL_OK;
    dl_ctx_drop(ctx);
    return here;
}

/* wanted NULL: the hash of two threads. */
static void same_for_any_number_of_threads(int32_t engine, int which, const char *wanted)
{
    static const int32_t threads[] = {1, 2, 3, 4, 7}, workers[] = {0, 2, 0, 2, 0};
    char first[DL_HASH_TEXT], hash[DL_HASH_TEXT];
    if (!wanted) {
        hash_of(engine, 2, 0, which, first);
        wanted = first;
    }
    for (int i = 0; i < 5; i++) {
        hash_of(engine, threads[i], workers[i], which, hash);
        if (strcmp(hash, wanted) != 0)
            fail_msg("%d threads, %d workers: %s, wanted %s", (int)threads[i], (int)workers[i],
                     hash, wanted);
    }
    assert_true(dl__pool_threads() >= 4); /* the work was cut in five pieces or more */
}

static void plain_sgd_has_the_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    same_for_any_number_of_threads(DL_ENGINE_PLAIN, SGD, golden[SGD]);
}

static void plain_adam_has_the_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    same_for_any_number_of_threads(DL_ENGINE_PLAIN, ADAM, golden[ADAM]);
}

static void many_layers_and_rules_have_the_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    for (int which = ADAMW; which <= LION; which++)
        same_for_any_number_of_threads(DL_ENGINE_PLAIN, which, golden[which]);
}

static void a_convolutional_net_has_the_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    same_for_any_number_of_threads(DL_ENGINE_PLAIN, CONV, golden[CONV]);
}

static void blas_has_the_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    if (!is_here(DL_ENGINE_BLAS))
        skip();
    for (int which = SGD; which <= ADAMW; which++)
        same_for_any_number_of_threads(DL_ENGINE_BLAS, which, NULL);
    same_for_any_number_of_threads(DL_ENGINE_BLAS, CONV, NULL);
}

/* Products and what is not a convolution have the bits of plain. */
static void native_has_the_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    for (int which = SGD; which <= ADAMW; which++)
        same_for_any_number_of_threads(DL_ENGINE_NATIVE, which, golden[which]);
    same_for_any_number_of_threads(DL_ENGINE_NATIVE, CONV, NULL);
}

static void expect_hash(int isa, int steps, int32_t engine, int which, const char *wanted)
{
    char hash[DL_HASH_TEXT];
    dl__isa_force(isa);
    hash_after(steps, engine, 2, 0, which, hash);
    if (strcmp(hash, wanted) != 0)
        fail_msg("engine %d, %s, %d: %s, wanted %s", (int)engine, dl__isa_name(isa), which, hash,
                 wanted);
}

/* BASE has no instruction for fma on most machines: a call for each number, so few steps. Native
 * has the bits of plain but for convolutions, and only it has kernels above DL__LOOP_ISAS. */
static void every_instruction_set_gives_the_same_bits(void **state)
{
    (void)state;
    char few[DL_HASH_TEXT];
    const int best = dl__isa();
    for (int which = SGD; which < KINDS; which++) {
        dl__isa_force(best);
        hash_after(FEW, DL_ENGINE_PLAIN, 2, 0, which, few);
        expect_hash(DL__ISA_BASE, FEW, DL_ENGINE_PLAIN, which, few);
        for (int isa = DL__ISA_BASE + 1; isa <= best; isa++) {
            if (isa < DL__LOOP_ISAS)
                expect_hash(isa, STEPS, DL_ENGINE_PLAIN, which, golden[which]);
            if (which != CONV)
                expect_hash(isa, STEPS, DL_ENGINE_NATIVE, which, golden[which]);
        }
    }
    dl__isa_force(best);
}

/* ---- save, exit, resume ---------------------------------------------------------------------- */

/* What the new process does: goes on, and writes the hash to a file. */
static int resume(char **arg)
{
    run r;
    char hash[DL_HASH_TEXT];
    int32_t engine = atoi(arg[0]);
    int which = atoi(arg[1]);
    run_begin(&r, engine, 1, 0, which);
    assert_int_equal(dl_ckpt_load(r.ckpt, arg[2]), DL_OK);
    run_steps(&r, STEPS - HALF);
    run_end(&r, hash);
    FILE *f = fopen(arg[3], "w");
    return f && fputs(hash, f) >= 0 && fclose(f) == 0 ? 0 : 1;
}

static void resume_elsewhere(int32_t engine, int which, char hash[DL_HASH_TEXT])
{
    char e[8], k[8], from[512], to[512], name[] = "test";
    snprintf(e, sizeof e, "%d", (int)engine);
    snprintf(k, sizeof k, "%d", which);
    snprintf(from, sizeof from, "%s", scratch_at("ckpt"));
    snprintf(to, sizeof to, "%s", scratch_at("hash"));
    char *argv[] = {name, e, k, from, to, NULL};
    pid_t child = fork();
    if (child == 0) {
#ifdef DL_UNDER_VALGRIND /* what would be started is valgrind itself */
        _exit(resume(argv + 1));
#else
        execv("/proc/self/exe", argv);
        _exit(127);
#endif
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    size_t n = scratch_get(to, hash, DL_HASH_TEXT - 1);
    hash[n] = 0;
}

static void saved_and_resumed(int32_t engine, int which)
{
    char whole[DL_HASH_TEXT], hash[DL_HASH_TEXT];
    run r;
    hash_of(engine, 3, 0, which, whole);
    run_begin(&r, engine, 2, 2, which);
    run_steps(&r, HALF);
    assert_int_equal(dl_ckpt_save(r.ckpt, scratch_at("ckpt")), DL_OK);
    run_steps(&r, STEPS - HALF); /* saving changes nothing */
    run_end(&r, hash);
    assert_string_equal(hash, whole);
    resume_elsewhere(engine, which, hash);
    assert_string_equal(hash, whole);
    run_begin(&r, engine, 4, 2, which); /* and in this process */
    run_steps(&r, 3);
    assert_int_equal(dl_ckpt_load(r.ckpt, scratch_at("ckpt")), DL_OK);
    run_steps(&r, STEPS - HALF);
    run_end(&r, hash);
    assert_string_equal(hash, whole);
}

static void a_run_that_was_saved_and_resumed_has_the_bits_of_one_that_was_not(void **state)
{
    (void)state;
    const int has_blas = is_here(DL_ENGINE_BLAS);
    for (int which = SGD; which < KINDS; which++) {
        saved_and_resumed(DL_ENGINE_NATIVE, which);
        if (has_blas)
            saved_and_resumed(DL_ENGINE_BLAS, which);
    }
}

/* ---- what the host has set ------------------------------------------------------------------- */

/* Rounds up and, where it can be said, flushes denormals and lets overflow, division by zero and
 * invalid operations raise signals. */
static void set_host_mode(void)
{
    fesetround(FE_UPWARD);
#if defined(__x86_64__)
    __builtin_ia32_ldmxcsr((__builtin_ia32_stmxcsr() | 0x8040u) & ~0x0680u);
#endif
}

static void the_floating_point_mode_of_the_host_changes_nothing(void **state)
{
    (void)state;
    char hash[KINDS][DL_HASH_TEXT];
    fenv_t host;
    fegetenv(&host);
    for (int which = SGD; which < KINDS; which++) {
        set_host_mode();
        hash_of(DL_ENGINE_PLAIN, 2, 2 * (which % 2), which, hash[which]);
        int rounding = fegetround();
#if defined(__x86_64__)
        unsigned mode = __builtin_ia32_stmxcsr();
#endif
        fesetenv(&host);
        assert_int_equal(rounding, FE_UPWARD);
#if defined(__x86_64__)
        assert_int_equal(mode & 0xffc0u, (0x1f80u | 0x4000u | 0x8040u) & ~0x0680u);
#endif
        assert_string_equal(hash[which], golden[which]);
    }
}

/* ',' as the decimal point, where the system has such a locale. */
static int use_comma(void)
{
    static const char *const name[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8"};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        if (setlocale(LC_ALL, name[i]) && localeconv()->decimal_point[0] == ',')
            return 1;
    setlocale(LC_ALL, "C");
    return 0;
}

/* A checkpoint, a module and a picture, one after the other in bytes. */
static size_t saved(char *bytes, size_t cap)
{
    static const double y[] = {2.5, 1.25, 0.5};
    run r;
    char hash[DL_HASH_TEXT];
    run_begin(&r, DL_ENGINE_PLAIN, 1, 0, ADAM);
    dl_ckpt_set_text(r.ckpt, "text", "0.5");
    assert_int_equal(dl_ckpt_save(r.ckpt, scratch_at("a")), DL_OK);
    size_t n = scratch_get(scratch_at("a"), bytes, cap);
    assert_int_equal(dl_module_save(r.net, scratch_at("b")), DL_OK);
    n += scratch_get(scratch_at("b"), bytes + n, cap - n);
    const dl_curve curve = {.y = y, .n = 3};
    assert_int_equal(dl_report_curves(r.ctx, scratch_at("c"), "t", "x", &curve, 1), DL_OK);
    n += scratch_get(scratch_at("c"), bytes + n, cap - n);
    run_end(&r, hash);
    assert_true(n < cap);
    return n;
}

static void files_do_not_depend_on_the_locale(void **state)
{
    (void)state;
    enum { CAP = 4 << 20 };
    if (!use_comma())
        skip();
    char *plain = malloc(CAP), *comma = malloc(CAP);
    assert_true(plain && comma);
    size_t n = saved(comma, CAP);
    setlocale(LC_ALL, "C");
    assert_int_equal(saved(plain, CAP), n);
    assert_memory_equal(plain, comma, n);
    free(plain);
    free(comma);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_sgd_has_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(plain_adam_has_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(many_layers_and_rules_have_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(a_convolutional_net_has_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(native_has_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(blas_has_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(every_instruction_set_gives_the_same_bits),
        cmocka_unit_test(a_run_that_was_saved_and_resumed_has_the_bits_of_one_that_was_not),
        cmocka_unit_test(the_floating_point_mode_of_the_host_changes_nothing),
        cmocka_unit_test(files_do_not_depend_on_the_locale),
    };
    if (argc == 5)
        return resume(argv + 1);
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
