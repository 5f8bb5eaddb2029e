/* Too little of everything: the memory limit, sizes beyond any machine, little address space, no
 * threads. What may hang runs in a child with an alarm. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/parallel.h"
#include "dl/dl.h"
#include "support/support.h"

/* ---- sizes ----------------------------------------------------------------------------------- */

static void a_petabyte_is_refused_at_once(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t side = (int64_t)1 << 24;
    assert_null(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(side, side))); /* 2^50 bytes */
    expect_error(ctx, DL_ENOMEM, "bytes could not be had");
    assert_null(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(side, side, side)));
    expect_error(ctx, DL_ELIMIT, "zeros");
    dl_tensor *column = dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(1 << 23, 1)));
    dl_tensor *wide = dl_expand(column, DL_SHAPE(1 << 23, (int64_t)1 << 25));
    assert_non_null(wide);
    assert_null(dl_exp(wide));
    expect_error(ctx, DL_ENOMEM, "bytes could not be had");
    assert_null(dl_layer_dense(ctx, side, side, NULL));
    expect_error(ctx, DL_ENOMEM, "bytes could not be had");
    assert_null(dl_tensor_permutation(ctx, (int64_t)1 << 50));
    expect_error(ctx, DL_ENOMEM, "bytes could not be had");
}

static void shapes_without_data_have_no_such_limit(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t side = (int64_t)1 << 24;
    dl_meta_enable(ctx, 1);
    dl_module *m = dl_layer_dense(ctx, side, side, NULL);
    dl_tensor *x = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(3, side)));
    dl_tensor *y = dl_module_forward(m, x);
    dl_meta_enable(ctx, 0);
    expect_ok(ctx);
    assert_shape(y, 3, side);
    dl_module_drop(m);
}

/* ---- the memory limit ------------------------------------------------------------------------ */

static void the_memory_limit_is_kept_and_named(void **state)
{
    (void)state;
    const int64_t limit = 1 << 20;
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.memory_limit = limit, .threads = 2});
    dl_tensor *half = dl_tensor_zeros(ctx, DL_U8, DL_SHAPE(limit / 2));
    assert_non_null(half);
    assert_null(dl_tensor_zeros(ctx, DL_U8, DL_SHAPE(limit * 3 / 4)));
    expect_error(ctx, DL_ELIMIT, "limit of 1048576");
    assert_true(dl_ctx_bytes(ctx, 2) <= limit);
    dl_tensor_drop(half);
    dl_tensor *most =
        dl_tensor_zeros(ctx, DL_U8, DL_SHAPE(limit * 3 / 4)); /* the cache gives way */
    assert_non_null(most);
    assert_true(dl_ctx_bytes(ctx, 2) <= limit);
    dl_tensor_drop(most);
    end_ctx(ctx);
}

/* Trains under every limit from too little on: the first that is enough gives the same weights. */
static dl_status train(dl_ctx *ctx, char hash[DL_HASH_TEXT])
{
    dl_module *net =
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 20, 30, NULL), dl_layer_relu(ctx),
                                           dl_layer_dense(ctx, 30, 3, NULL)));
    dl_optim *optim = dl_optim_adam(net, NULL);
    dl_tensor *field[] = {dl_tensor_randn(ctx, DL_F32, DL_SHAPE(40, 20)),
                          dl_tensor_randint(ctx, DL_I64, 0, 3, DL_SHAPE(40))};
    dl_dataset *data = dl_dataset_tensors(field, 2);
    const dl_train_opts o = {.epochs = 1, .batch = 16};
    dl_train(net, optim, dl_loss_classify, NULL, data, &o);
    dl_module_hash(net, hash);
    dl_status status = dl_ctx_status(ctx);
    dl_dataset_drop(data);
    dl_tensor_drop(field[0]);
    dl_tensor_drop(field[1]);
    dl_optim_drop(optim);
    dl_module_drop(net);
    return status;
}

static void training_needs_what_it_needs_and_not_a_byte_of_luck(void **state)
{
    (void)state;
    char free_hash[DL_HASH_TEXT], hash[DL_HASH_TEXT];
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.seed = 3, .threads = 2});
    assert_int_equal(train(ctx, free_hash), DL_OK);
    int64_t wanted = dl_ctx_bytes(ctx, 2);
    end_ctx(ctx);
    int refused = 0;
    for (int64_t limit = 4096; limit <= wanted; limit += 2048) {
        ctx = dl_ctx_new(&(dl_ctx_opts){.seed = 3, .threads = 2, .memory_limit = limit});
        assert_non_null(ctx);
        dl_status status = train(ctx, hash);
        assert_true(dl_ctx_bytes(ctx, 2) <= limit);
        if (status == DL_OK)
            assert_string_equal(hash, free_hash);
        else
            expect_error(ctx, DL_ELIMIT, "limit of");
        refused += status != DL_OK;
        end_ctx(ctx);
    }
    assert_true(refused > 3);
}

/* ---- address space and threads, in a child --------------------------------------------------- */

enum { PATIENCE = 60 };

/* 0 when job returned 0 in time in a child of its own. */
static int in_child(int (*job)(void))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(PATIENCE);
        _exit(job());
    }
    int status;
    if (waitpid(child, &status, 0) != child)
        return -1;
    return status;
}

static void limit_to(int what, rlim_t n)
{
    struct rlimit r;
    getrlimit(what, &r);
    r.rlim_cur = n;
    setrlimit(what, &r);
}

/* Bytes of address space in use. */
static rlim_t space_used(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%lu", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* Multiplies matrices; 0 when that went well, or was refused for want of memory. */
static int multiply(int32_t engine, int32_t threads)
{
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.engine = engine, .threads = threads});
    if (!ctx)
        return 0;
    dl_tensor *a = dl_tensor_ones(ctx, DL_F32, DL_SHAPE(150, 170));
    dl_tensor *b = dl_tensor_ones(ctx, DL_F32, DL_SHAPE(170, 140));
    float y[150 * 140] = {0};
    dl_tensor_get(dl_matmul(a, b), y, sizeof y);
    dl_status status = dl_ctx_status(ctx);
    int rc = status == DL_OK ? (y[0] == 170 && y[150 * 140 - 1] == 170 ? 0 : 1)
             : status == DL_ENOMEM || status == DL_ESTATE || status == DL_EUNSUPPORTED ? 0
                                                                                       : 2;
    dl_tensor_drop(a);
    dl_tensor_drop(b);
    dl_ctx_drop(ctx);
    return rc;
}

static rlim_t spare;

static int multiply_in_little_space(void)
{
    limit_to(RLIMIT_AS, space_used() + spare);
    int rc = multiply(DL_ENGINE_AUTO, 3);
    rc = rc ? rc : multiply(DL_ENGINE_PLAIN, 3);
    return rc ? rc : multiply(DL_ENGINE_BLAS, 3);
}

static int multiply_without_threads(void)
{
    limit_to(RLIMIT_NPROC, 0);
    if (geteuid() == 0 && setuid(65534) != 0) /* the limit is not for root */
        return 0;
    int rc = multiply(DL_ENGINE_AUTO, 4);
    rc = rc ? rc : multiply(DL_ENGINE_BLAS, 4);
    return rc ? rc : multiply(DL_ENGINE_PLAIN, 4);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(DL_UNDER_VALGRIND)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

static void little_address_space_neither_hangs_nor_kills(void **state)
{
    (void)state;
#ifdef SANITIZED
    skip(); /* its run time needs the space */
#endif
    static const rlim_t mb[] = {1, 8, 40, 120, 170, 260, 400};
    for (size_t i = 0; i < sizeof mb / sizeof *mb; i++) {
        spare = mb[i] << 20;
        int status = in_child(multiply_in_little_space);
        if (status != 0)
            fail_msg("%d MB to spare: wait status %d", (int)mb[i], status);
    }
}

static void without_threads_work_is_done_alone(void **state)
{
    (void)state;
    assert_int_equal(in_child(multiply_without_threads), 0);
}

/* ---- threads that cannot be made ------------------------------------------------------------- */

#ifdef DL_UNDER_VALGRIND
enum { ROUNDS = 3 }; /* one thread at a time, fifty times slower */
#else
enum { ROUNDS = 300 };
#endif

static int when_threads_fail(void)
{
    float alone[60 * 50], y[60 * 50];
    dl_ctx *one = make_ctx(1);
    dl_tensor *a = random_tensor(one, DL_F32, 1, DL_SHAPE(60, 900));
    dl_tensor *b = random_tensor(one, DL_F32, 2, DL_SHAPE(900, 50));
    dl_tensor_get(dl_matmul(a, b), alone, sizeof alone);
    for (int32_t n = 1; n <= 6; n++) {
        dl__pool_fail(n);
        dl_ctx *ctx = make_ctx(6);
        dl_tensor *x = dl_tensor_give(dl_tensor_to(ctx, a)),
                  *w = dl_tensor_give(dl_tensor_to(ctx, b));
        for (int i = 0; i < ROUNDS; i++) {
            int32_t mark = dl_scope_begin(ctx);
            dl_tensor_get(dl_matmul(x, w), y, sizeof y);
            if (memcmp(y, alone, sizeof y) != 0)
                return 1;
            dl_scope_end(ctx, mark);
        }
        if (dl_ctx_status(ctx) != DL_OK)
            return 2;
        end_ctx(ctx);
    }
    dl__pool_fail(0);
    end_ctx(one);
    return 0;
}

/* In a child: the pool of this process keeps the threads it has. */
static void a_thread_that_cannot_be_made_changes_no_bit(void **state)
{
    (void)state;
    assert_int_equal(in_child(when_threads_fail), 0);
}

static int load_without_threads(void)
{
    limit_to(RLIMIT_NPROC, 0);
    if (geteuid() == 0 && setuid(65534) != 0)
        return 0;
    dl_ctx *ctx = make_ctx(2);
    dl_tensor *x = dl_tensor_arange(ctx, DL_F32, 0, 100, 1), *field;
    dl_dataset *data = dl_dataset_tensors(&x, 1);
    dl_loader *l = dl_loader_new(data, &(dl_loader_opts){.batch = 7, .workers = 4});
    int64_t n = 0;
    while (dl_loader_next(l, &field, 1) == 1)
        n += dl_tensor_dim(field, 0);
    return n == 100 && dl_ctx_status(ctx) == DL_OK ? 0 : 1;
}

static void a_loader_without_threads_loads_all_the_same(void **state)
{
    (void)state;
    assert_int_equal(in_child(load_without_threads), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* first, before this process has loaded OpenBLAS */
        cmocka_unit_test(little_address_space_neither_hangs_nor_kills),
        cmocka_unit_test(without_threads_work_is_done_alone),
        with_ctx(a_petabyte_is_refused_at_once),
        with_ctx(shapes_without_data_have_no_such_limit),
        cmocka_unit_test(the_memory_limit_is_kept_and_named),
        cmocka_unit_test(training_needs_what_it_needs_and_not_a_byte_of_luck),
        cmocka_unit_test(a_thread_that_cannot_be_made_changes_no_bit),
        cmocka_unit_test(a_loader_without_threads_loads_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
