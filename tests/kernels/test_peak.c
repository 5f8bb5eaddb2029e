/* The measured peak of multiply-adds. */
#include "kernels/peak.h"
#include <time.h>
#include "support.h"

static void a_peak_is_what_a_processor_may_have(void **state)
{
    dl_ctx *ctx = *state;
    const double f32 = dl__fma_peak(ctx, DL_F32), f64 = dl__fma_peak(ctx, DL_F64);
    /* Two lanes at 100 MHz are the least, 1024 cores of 128 GFLOP/s the most. */
    assert_true(f64 > 2e8 && f32 < 1.4e14);
    assert_true(f32 > f64);
}

static void other_types_have_no_peak(void **state)
{
    assert_true(dl__fma_peak(*state, DL_I64) == 0);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* In time of this thread, so that a busy machine does not count. */
static void measuring_is_short(void **state)
{
    const double began = now();
    dl__fma_peak(*state, DL_F32);
    assert_true(now() - began < 0.05);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_peak_is_what_a_processor_may_have),
        with_ctx(other_types_have_no_peak),
        with_ctx(measuring_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
