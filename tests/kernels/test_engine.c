/* Which engine a context gets, what happens when there is none, and what an engine outlives. */
#include "support.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kernels/kernels.h"
#include "kernels/native/native.h"

static dl_status engine_with(int32_t engine, const char *name, const char *value)
{
    setenv(name, value, 1);
    dl_ctx_opts o = {.engine = engine};
    dl_ctx *ctx = dl_ctx_new(&o);
    assert_non_null(ctx);
    dl_status status = dl__engine_check(ctx);
    if (status != DL_OK)
        assert_non_null(strstr(dl_ctx_message(ctx), "engine: "));
    else
        assert_int_equal(dl_ctx_engine(ctx), ctx->kernels->engine);
    unsetenv(name);
    dl_ctx_drop(ctx);
    return status;
}

static void an_engine_that_is_not_there_is_refused(void **state)
{
    (void)state;
    assert_int_equal(engine_with(DL_ENGINE_NATIVE, "DL_NOTHING", "x"), DL_OK);
    assert_int_equal(engine_with(DL_ENGINE_AUTO, "DL_ENGINE", "native"), DL_OK);
    assert_int_equal(engine_with(DL_ENGINE_AUTO, "DL_ENGINE", "fast"), DL_EINVAL);
    assert_int_equal(engine_with(DL_ENGINE_AUTO, "DL_ENGINE", "auto"), DL_OK);
    assert_int_equal(engine_with(DL_ENGINE_AUTO, "DL_ENGINE", "plain"), DL_OK);
    assert_int_equal(engine_with(DL_ENGINE_PLAIN, "DL_ENGINE", "fast"), DL_OK); /* not asked */
    dl_ctx_opts o = {.engine = DL_ENGINE_PLAIN};
    dl_ctx *ctx = dl_ctx_new(&o);
    assert_int_equal(dl__engine_check(ctx), DL_OK);
    assert_string_equal(dl__engine_name(ctx), "plain");
    assert_string_equal(dl__blas_core(ctx), "");
    dl__gemm_args g = {.m = 1, .n = 1, .k = 1, .batch = 1};
    assert_int_equal(dl__gemm(ctx, DL_I32, &g), DL_EDTYPE);
    dl_ctx_drop(ctx);
    assert_int_equal(dl__engine_check(NULL), DL_EINVAL);
    assert_int_equal(dl__gemm(NULL, DL_F32, NULL), DL_EINVAL);
}

/* Runs this program again with a question; its exit status. A process of its own, because the
 * BLAS is chosen once in the life of a process. Without instructions for the native engine, unless
 * DL_ISA is what is set: then BLAS is the default. */
static int ask(const char *question, const char *name, const char *value)
{
    pid_t child = fork();
    if (child == 0) {
        unsetenv("DL_ENGINE");
        setenv("DL_ISA", "base", 1);
        if (name)
            setenv(name, value, 1);
        execl("/proc/self/exe", "test_engine", question, (char *)NULL);
        _exit(99);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(DL_UNDER_VALGRIND)
enum { SANITIZED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif
#else
enum { SANITIZED = 0 };
#endif

enum { IS_BLAS = 10, IS_PLAIN = 11, IS_NATIVE = 12, SIDE = 300 };

static int32_t logged;
static void log_it(void *user, int32_t level, const char *message)
{
    (void)user;
    logged += level == 1 && strstr(message, "plain instead of blas") != NULL;
}

static int which_engine(void)
{
    dl_ctx_opts o = {.log = log_it, .threads = 2};
    dl_ctx *ctx = dl_ctx_new(&o);
    if (!ctx || dl__engine_check(ctx) != DL_OK)
        return 1;
    float a[64 * 64] = {0}, c[64 * 64];
    dl__gemm_args g = {.m = 64,
                       .n = 64,
                       .k = 64,
                       .a = a,
                       .a_row = 64,
                       .a_col = 1,
                       .b = a,
                       .b_row = 64,
                       .b_col = 1,
                       .c = c,
                       .c_row = 64,
                       .batch = 1};
    if (dl__gemm(ctx, DL_F32, &g) != DL_OK || c[17] != 0)
        return 2;
    const int32_t engine = dl_ctx_engine(ctx);
    dl_ctx_drop(ctx);
    if ((engine == DL_ENGINE_PLAIN) != logged)
        return 3;
    return engine == DL_ENGINE_NATIVE ? IS_NATIVE : engine == DL_ENGINE_BLAS ? IS_BLAS : IS_PLAIN;
}

/* A product of several tiles by so many threads, into c; 1 on success. */
static int several_tiles(int32_t threads, const float *x, float *c)
{
    dl_ctx_opts o = {.threads = threads};
    dl_ctx *ctx = dl_ctx_new(&o);
    dl__gemm_args g = {.m = SIDE,
                       .n = SIDE,
                       .k = SIDE,
                       .a = x,
                       .a_row = SIDE,
                       .a_col = 1,
                       .b = x,
                       .b_row = SIDE,
                       .b_col = 1,
                       .c = c,
                       .c_row = SIDE,
                       .batch = 1};
    int ok = ctx && dl__gemm(ctx, DL_F32, &g) == DL_OK;
    dl_ctx_drop(ctx);
    return ok;
}

static float square[SIDE * SIDE], product_of_one[SIDE * SIDE], product_of_many[SIDE * SIDE];

/* Number `field` of /proc/self/statm as bytes; 0 if it cannot be read. */
static rlim_t memory_in_use(int field)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    for (int i = 0; f && i <= field; i++)
        if (fscanf(f, "%ld", &pages) != 1)
            pages = 0;
    if (f)
        fclose(f);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* Memory of a kind (RLIMIT_*, a field of statm) runs out after BLAS was loaded: calls wait for each
 * other instead of failing, or looking for a buffer for ever. */
static int narrow(int limit, int field)
{
    uint64_t seed = 4;
    for (int i = 0; i < SIDE * SIDE; i++)
        square[i] = (float)random_number(&seed);
    if (!several_tiles(1, square, product_of_one)) /* one buffer, and there will be no other */
        return 1;
    rlim_t bytes = memory_in_use(field);
    if (bytes == 0)
        return 2;
    struct rlimit r = {bytes + (60u << 20), bytes + (60u << 20)};
    setrlimit(limit, &r);
    for (int i = 0; i < 20; i++) {
        memset(product_of_many, 0, sizeof product_of_many);
        if (!several_tiles(16, square, product_of_many) ||
            memcmp(product_of_one, product_of_many, sizeof product_of_one) != 0)
            return 3;
    }
    return 0;
}

static atomic_int stop;

static void *multiply_on(void *c)
{
    while (!atomic_load(&stop))
        several_tiles(2, square, c);
    return NULL;
}

/* Forks while another thread is in the middle of products; every child multiplies too. */
static int forking(void)
{
    if (!several_tiles(2, square, product_of_one))
        return 1;
    pthread_t other;
    if (pthread_create(&other, NULL, multiply_on, product_of_many) != 0)
        return 2;
    int bad = 0;
    for (int i = 0; i < 20; i++) {
        dl_ctx *ctx = dl_ctx_new(NULL); /* before the fork: malloc is not ours to lean on after */
        float c[64];
        dl__gemm_args g = {.m = 8,
                           .n = 8,
                           .k = SIDE,
                           .a = square,
                           .a_row = SIDE,
                           .a_col = 1,
                           .b = square,
                           .b_row = SIDE,
                           .b_col = 1,
                           .c = c,
                           .c_row = 8,
                           .batch = 1};
        bad += !ctx || dl__engine_check(ctx) != DL_OK;
        pid_t child = fork();
        if (child == 0) {
            alarm(20);
            _exit(dl__gemm(ctx, DL_F32, &g) == DL_OK ? 0 : 1);
        }
        int status = 1;
        waitpid(child, &status, 0);
        bad += status != 0;
        dl_ctx_drop(ctx);
    }
    atomic_store(&stop, 1);
    pthread_join(other, NULL);
    return bad;
}

static int answer(const char *question)
{
    const struct rlimit tight = {100u << 20, 100u << 20};
    if (strcmp(question, "tight") == 0)
        setrlimit(RLIMIT_AS, &tight);
    if (strcmp(question, "tight data") == 0)
        setrlimit(RLIMIT_DATA, &tight);
    if (strcmp(question, "hosted") == 0 && !dlopen("libopenblas.so.0", RTLD_NOW | RTLD_GLOBAL))
        return 77;
    alarm(60);
    if (strcmp(question, "narrow") == 0)
        return narrow(RLIMIT_AS, 0);
    if (strcmp(question, "narrow data") == 0)
        return narrow(RLIMIT_DATA, 5);
    if (strcmp(question, "forking") == 0)
        return forking();
    return which_engine();
}

static void native_is_what_a_processor_with_multiply_adds_uses(void **state)
{
    (void)state;
#ifdef DL_UNDER_VALGRIND
    skip(); /* what it starts again would be valgrind */
#endif
    if (!dl__native_fast())
        skip(); /* a processor without, or DL_ISA=base */
    static const char *const isa[] = {"avx2", "avx512", "best"};
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask("auto", "DL_ISA", isa[i]), IS_NATIVE);
}

static void blas_is_left_out_when_it_cannot_be_had(void **state)
{
    (void)state;
#ifdef DL_UNDER_VALGRIND
    skip(); /* what it starts again would be valgrind */
#endif
    int usual = ask("auto", NULL, NULL);
#if defined(__FMA__) || defined(__aarch64__)
    assert_int_equal(usual, IS_NATIVE);
    skip(); /* no instructions are without multiply-adds here */
#endif
    assert_true(usual == IS_BLAS || usual == IS_PLAIN);
    assert_int_equal(ask("auto", "DL_ENGINE", "plain"), 3); /* asked for: nothing to log */
#if defined(DL_BLAS_DLOPEN)
    assert_int_equal(ask("auto", "DL_BLAS_LIBRARY", "/nonexistent.so"), IS_PLAIN);
    assert_int_equal(ask("auto", "DL_BLAS_LIBRARY", "libz.so.1"), IS_PLAIN); /* no BLAS in it */
    if (!SANITIZED) {                                         /* those need more themselves */
        assert_int_equal(ask("tight", NULL, NULL), IS_PLAIN); /* no room for its buffers */
        assert_int_equal(ask("tight data", NULL, NULL), IS_PLAIN);
    }
    if (usual == IS_BLAS) {
        int hosted = ask("hosted", NULL, NULL);
        assert_true(hosted == IS_BLAS || hosted == IS_PLAIN || hosted == 77);
        assert_int_equal(ask("auto", "OPENBLAS_NUM_THREADS", "abc"), IS_BLAS);
        assert_int_equal(ask("auto", "OPENBLAS_NUM_THREADS", "1000"), IS_BLAS);
    }
#endif
}

static void products_outlive_forks_and_a_shortage_of_memory(void **state)
{
    (void)state;
    if (SANITIZED)
        skip();
    assert_int_equal(ask("narrow", NULL, NULL), 0);
    assert_int_equal(ask("narrow data", NULL, NULL), 0);
    assert_int_equal(ask("forking", NULL, NULL), 0);
    assert_int_equal(ask("forking", "DL_ENGINE", "plain"), 0);
    assert_int_equal(ask("narrow", "DL_ISA", "best"), 0); /* native, where it is fast */
    assert_int_equal(ask("narrow data", "DL_ISA", "best"), 0);
    assert_int_equal(ask("forking", "DL_ISA", "best"), 0);
#if defined(DL_BLAS_DLOPEN)
    static const char serial[] = "/usr/lib/" DL_MULTIARCH "/openblas-serial/libopenblas.so.0";
    if (access(serial, R_OK) == 0) {
        assert_int_equal(ask("narrow", "DL_BLAS_LIBRARY", serial), 0);
        assert_int_equal(ask("forking", "DL_BLAS_LIBRARY", serial), 0);
    }
#endif
}

int main(int argc, char **argv)
{
    if (argc == 2)
        return answer(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_engine_that_is_not_there_is_refused),
        cmocka_unit_test(native_is_what_a_processor_with_multiply_adds_uses),
        cmocka_unit_test(blas_is_left_out_when_it_cannot_be_had),
        cmocka_unit_test(products_outlive_forks_and_a_shortage_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
