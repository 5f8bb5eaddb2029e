/* What the host does with its process: floating-point modes, forks, many threads, the library
 * opened and closed again and again. */
#include <dlfcn.h>
#include <fenv.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "support/calls.h"
#include "support/scratch.h"
#include "support/tsan.h"

/* ---- floating-point modes -------------------------------------------------------------------- */

/* Rounds up; on x86 also flushes denormals, and lets overflow, division by zero and invalid
 * operations raise signals. */
static void set_mode(void)
{
    fesetround(FE_UPWARD);
#if defined(__x86_64__)
    __builtin_ia32_ldmxcsr((__builtin_ia32_stmxcsr() | 0x8040u) & ~0x0680u);
#endif
}

/* The control bits, not the flags. */
static unsigned mode_now(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_stmxcsr() & ~0x3fu;
#else
    return (unsigned)fegetround();
#endif
}

static void every_function_leaves_the_floating_point_mode_alone(void **state)
{
    (void)state;
    const call *c;
    fenv_t host;
    world w;
    fegetenv(&host);
    world_begin(&w);
    for (int32_t i = 0; (c = call_number(i)); i++) {
        int32_t mark = dl_scope_begin(w.ctx);
        if (c->prepare)
            c->prepare(&w);
        set_mode();
        unsigned before = mode_now();
        dl_status status = c->run(&w);
        unsigned after = mode_now();
        fesetenv(&host);
        if (before != after)
            fail_msg("%s: the mode was %x, now it is %x", c->name, before, after);
        if (status != DL_OK)
            fail_msg("%s: %d, \"%s\"", c->name, (int)status, dl_ctx_message(w.ctx));
        world_tidy(&w);
        dl_scope_end(w.ctx, mark);
    }
    world_end(&w);
}

enum { NUMBERS = 32, TEXT = 8192 };

typedef struct answers {
    double number[NUMBERS];
    char text[TEXT];
} answers;

static double sum_of(dl_tensor *t)
{
    return dl_tensor_item(dl_sum(t, NULL, 0, 0));
}

/* Numbers and text that the library computes in double on the calling thread. */
static void ask(answers *a)
{
    static const double y[] = {3.7, 2.3, 1.1, 0.7};
    world w;
    world_begin(&w);
    memset(a, 0, sizeof *a);
    dl_tensor *t = dl_tensor_full(w.ctx, DL_F64, 0.1, DL_SHAPE(3, 3));
    double *v = a->number;
    dl_optim_set_sched(w.optim, dl_sched_cosine(w.ctx, 3, 17, 0.03));
    for (int i = 0; i < 5; i++) {
        dl_module_zero_grad(w.net);
        dl_backward(dl_cross_entropy(dl_module_forward(w.net, w.x), w.labels, NULL));
        dl_optim_step(w.optim);
    }
    *v++ = dl_optim_lr(w.optim);
    *v++ = dl_optim_grad_norm(w.optim);
    dl_sched *s = dl_sched_step(w.ctx, 1, 0.7);
    *v++ = dl_sched_factor(s, 9);
    dl_sched_drop(s);
    dl_evaluate(w.net, dl_loss_classify, NULL, w.data, 3, &v[0], &v[1]);
    v += 2;
    *v++ = dl_accuracy(w.x, w.labels);
    *v++ = dl_tensor_item(dl_mean(t, NULL, 0, 0));
    dl_tensor *ramp = dl_tensor_give(dl_tensor_arange(w.ctx, DL_F32, 0.1, 0.7, 0.1));
    *v++ = (double)dl_tensor_count(ramp);
    *v++ = sum_of(ramp);
    *v++ = sum_of(dl_tensor_give(dl_tensor_full(w.ctx, DL_F32, 0.1, DL_SHAPE(3))));
    *v++ = sum_of(dl_tensor_give(dl_tensor_rand(w.ctx, DL_F32, 0.1, 0.7, DL_SHAPE(9))));
    *v++ = sum_of(dl_tensor_give(dl_tensor_randn(w.ctx, DL_F64, DL_SHAPE(9))));
    *v++ = sum_of(dl_add_scalar(w.x, 0.1));
    *v++ = sum_of(dl_dropout(w.x, 0.3));
    *v++ = sum_of(dl_cross_entropy(w.x, w.labels, &(dl_loss_opts){.label_smoothing = 0.1}));
    *v++ = sum_of(dl_cast(t, DL_F32));
    dl_tensor_fill(w.t, 0.1);
    *v++ = sum_of(w.t);
    dl_dataset *first, *second;
    dl_dataset_split(w.data, 0.3, 1, &first, &second);
    *v++ = (double)dl_dataset_size(first);
    dl_dataset_drop(first);
    dl_dataset_drop(second);
    *v++ = sum_of(dl_scale(w.x, 0.1));
    const dl_curve curve = {.y = y, .n = 4};
    dl_report_curves(w.ctx, w.at[PATH_OUT], "t", "x", &curve, 1);
    size_t n = scratch_get(w.at[PATH_OUT], a->text, TEXT / 2);
    dl_init_trunc_normal(w.t, 0.1, 0.3, -0.2, 0.7);
    dl_tensor_print(w.t, a->text + n, TEXT - n, &(dl_print_opts){.precision = 12});
    dl_tensor_drop(t);
    expect_ok(w.ctx);
    world_end(&w);
}

static void answers_do_not_depend_on_the_floating_point_mode(void **state)
{
    (void)state;
    static answers plain, strange;
    fenv_t host;
    fegetenv(&host);
    ask(&plain);
    set_mode();
    ask(&strange);
    fesetenv(&host);
    for (int i = 0; i < NUMBERS; i++)
        if (memcmp(&plain.number[i], &strange.number[i], sizeof(double)) != 0)
            print_error("number %d: %a, wanted %a\n", i, strange.number[i], plain.number[i]);
    assert_memory_equal(plain.number, strange.number, sizeof plain.number);
    size_t at = 0;
    while (plain.text[at] && plain.text[at] == strange.text[at])
        at++;
    if (plain.text[at] != strange.text[at])
        fail_msg("the texts differ:\n%.90s\n%.90s", plain.text + at, strange.text + at);
}

/* ---- forks ----------------------------------------------------------------------------------- */

/* A product that the pool shares; its first element is 300. */
static double multiply(dl_ctx *ctx)
{
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *a = dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(200, 300)));
    dl_tensor *b = dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(300, 200)));
    double y = dl_tensor_item(dl_select(dl_select(dl_matmul(a, b), 0, 199), 0, 199));
    dl_scope_end(ctx, mark);
    return y;
}

static int child_is_fine(dl_ctx *ctx)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        int ok = multiply(ctx) == 300;
        dl_ctx *own = dl_ctx_new(&(dl_ctx_opts){.threads = 3});
        ok = ok && multiply(own) == 300;
        dl_ctx_drop(own);
        _exit(!ok);
    }
    int status;
    return waitpid(child, &status, 0) == child && status == 0;
}

static void a_child_of_fork_can_compute_and_so_can_its_parent(void **state)
{
    if (TSAN)
        skip();
    dl_ctx *ctx = *state;
    assert_true(child_is_fine(ctx)); /* before the pool was made */
    for (int i = 0; i < 5; i++) {
        assert_true(multiply(ctx) == 300);
        assert_true(child_is_fine(ctx));
    }
}

static atomic_int busy;

static void *compute(void *unused)
{
    (void)unused;
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.threads = 2});
    void *wrong = NULL;
    while (atomic_load(&busy))
        if (multiply(ctx) != 300)
            wrong = &busy;
    dl_ctx_drop(ctx);
    return wrong;
}

static void so_can_one_forked_while_another_thread_computes(void **state)
{
    if (TSAN)
        skip();
    dl_ctx *ctx = *state;
    pthread_t thread;
    void *wrong;
    atomic_store(&busy, 1);
    assert_int_equal(pthread_create(&thread, NULL, compute, NULL), 0);
    for (int i = 0; i < 10; i++)
        assert_true(child_is_fine(ctx));
    atomic_store(&busy, 0);
    pthread_join(thread, &wrong);
    assert_null(wrong);
}

/* ---- threads of the host --------------------------------------------------------------------- */

enum { HOST_THREADS = 64 };

static void *use_all(void *arg)
{
    char *hash = arg;
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.seed = 5, .threads = 2});
    dl_module *net = dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 30, 90, NULL),
                                                        dl_layer_dropout(ctx, 0.5, NULL),
                                                        dl_layer_dense(ctx, 90, 4, NULL)));
    dl_optim *optim = dl_optim_adam(net, NULL);
    for (int i = 0; i < 5; i++) {
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *x = dl_tensor_give(dl_tensor_randn(ctx, DL_F32, DL_SHAPE(25, 30)));
        dl_tensor *y = dl_tensor_give(dl_tensor_randint(ctx, DL_I64, 0, 4, DL_SHAPE(25)));
        dl_module_zero_grad(net);
        dl_backward(dl_cross_entropy(dl_module_forward(net, x), y, NULL));
        dl_optim_step(optim);
        dl_scope_end(ctx, mark);
    }
    dl_module_hash(net, hash);
    dl_optim_drop(optim);
    dl_module_drop(net);
    void *wrong = dl_ctx_status(ctx) == DL_OK && dl_ctx_live(ctx) == 0 ? NULL : hash;
    dl_ctx_drop(ctx);
    return wrong;
}

static void sixty_four_host_threads_train_at_once_with_the_same_bits(void **state)
{
    (void)state;
    static char hash[HOST_THREADS][DL_HASH_TEXT];
    pthread_t thread[HOST_THREADS];
    char alone[DL_HASH_TEXT];
    assert_null(use_all(alone));
    for (int i = 0; i < HOST_THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, use_all, hash[i]), 0);
    for (int i = 0; i < HOST_THREADS; i++) {
        void *wrong;
        pthread_join(thread[i], &wrong);
        assert_null(wrong);
        assert_string_equal(hash[i], alone);
    }
}

/* ---- the library opened and closed ----------------------------------------------------------- */

/* Pages of the process that are resident. */
static long resident(void)
{
    long size = 0, pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%ld %ld", &size, &pages), 2);
    fclose(f);
    return pages;
}

typedef dl_ctx *(*new_fn)(const dl_ctx_opts *);
typedef dl_tensor *(*ones_fn)(dl_ctx *, dl_dtype, const int64_t *, int32_t);
typedef void (*drop_fn)(void *);
typedef dl_tensor *(*matmul_fn)(dl_tensor *, dl_tensor *);

static void find(void *library, const char *name, void *function)
{
    void *symbol = dlsym(library, name);
    assert_non_null(symbol);
    memcpy(function, &symbol, sizeof symbol);
}

static void open_use_close(void)
{
    void *library = dlopen(DL_BUILD_DIR "/libdl.so", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        fail_msg("%s", dlerror());
    new_fn new_ctx;
    ones_fn ones;
    drop_fn drop_ctx, drop_tensor;
    matmul_fn matmul;
    find(library, "dl_ctx_new", &new_ctx);
    find(library, "dl_ctx_drop", &drop_ctx);
    find(library, "dl_tensor_ones", &ones);
    find(library, "dl_tensor_drop", &drop_tensor);
    find(library, "dl_matmul", &matmul);
    dl_ctx *ctx = new_ctx(&(dl_ctx_opts){.threads = 2});
    dl_tensor *a = ones(ctx, DL_F32, DL_SHAPE(100, 100));
    assert_non_null(matmul(a, a));
    drop_tensor(a);
    drop_ctx(ctx);
    assert_int_equal(dlclose(library), 0);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(DL_UNDER_VALGRIND)
enum { COUNTS_PAGES = 0 }; /* they keep freed memory, and ask for more of their own */
#elif defined(__has_feature)
enum { COUNTS_PAGES = !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer) };
#else
enum { COUNTS_PAGES = 1 };
#endif

static void opening_and_closing_the_library_leaves_nothing(void **state)
{
    (void)state;
    if (access(DL_BUILD_DIR "/libdl.so", R_OK) != 0)
        skip(); /* only the static one was built */
    for (int i = 0; i < 10; i++)
        open_use_close();
    long before = resident();
    for (int i = 0; i < 100; i++)
        open_use_close();
    long grown = resident() - before;
    if (COUNTS_PAGES &&
        grown > 256) /* pages; a leak of one context would be more than two a time */
        fail_msg("%ld pages more", grown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_child_of_fork_can_compute_and_so_can_its_parent),
        with_ctx(so_can_one_forked_while_another_thread_computes),
        with_scratch(every_function_leaves_the_floating_point_mode_alone),
        with_scratch(answers_do_not_depend_on_the_floating_point_mode),
        cmocka_unit_test(sixty_four_host_threads_train_at_once_with_the_same_bits),
        cmocka_unit_test(opening_and_closing_the_library_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
