#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include "support.h"

static void rand_is_uniform_on_its_range(void **state)
{
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        dl_tensor *t = dl_tensor_give(dl_tensor_rand(*state, dt, -2, 6, DL_SHAPE(100, 1000)));
        double *v = values_of(t), sum = 0, square = 0;
        for (int i = 0; i < 100000; i++) {
            assert_true(v[i] >= -2 && v[i] < 6);
            sum += v[i];
            square += v[i] * v[i];
        }
        free(v);
        /* mean 2 +- 8 / sqrt(12) / sqrt(n): 5 deviations; E[x^2] = 28 / 3 */
        assert_true(fabs(sum / 100000 - 2) < 5 * 8 / sqrt(12) / sqrt(100000));
        assert_true(fabs(square / 100000 - 28.0 / 3) < 0.15);
    }
}

static void rand_never_reaches_its_upper_bound(void **state)
{
    /* one step of a float apart: half of all draws would round up */
    const float high = nextafterf(1, 2);
    dl_tensor *t = dl_tensor_give(dl_tensor_rand(*state, DL_F32, 1, (double)high, DL_SHAPE(1000)));
    const float *v = dl_tensor_data(t);
    for (int i = 0; i < 1000; i++)
        assert_true(v[i] == 1);
}

static void fills_do_not_depend_on_the_rounding_of_the_host(void **state)
{
    (void)state;
    dl_tensor *t[2];
    for (int i = 0; i < 2; i++) {
        dl_ctx *ctx = make_ctx(2);
        fesetround(i ? FE_UPWARD : FE_TONEAREST);
        t[i] = dl_tensor_rand(ctx, DL_F32, -0.1, 0.3, DL_SHAPE(1000)); /* no floats: rounded */
        fesetround(FE_TONEAREST);
        dl_ctx_drop(ctx);
    }
    assert_same_bits(t[0], t[1]);
    dl_tensor_drop(t[0]);
    dl_tensor_drop(t[1]);
}

static void randn_has_mean_0_and_deviation_1(void **state)
{
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        dl_tensor *t = dl_tensor_give(dl_tensor_randn(*state, dt, DL_SHAPE(100003)));
        double *v = values_of(t), sum = 0, square = 0;
        for (int i = 0; i < 100003; i++) {
            assert_true(fabs(v[i]) < 10);
            sum += v[i];
            square += v[i] * v[i];
        }
        free(v);
        assert_true(fabs(sum / 100003) < 5 / sqrt(100003));
        assert_true(fabs(square / 100003 - 1) < 5 * sqrt(2.0 / 100003));
    }
}

static void randint_covers_its_range(void **state)
{
    static const dl_dtype types[] = {DL_I32, DL_I64, DL_U8};
    for (int k = 0; k < 3; k++) {
        dl_tensor *t = dl_tensor_give(dl_tensor_randint(*state, types[k], 3, 8, DL_SHAPE(5000)));
        double *v = values_of(t);
        int count[8] = {0};
        for (int i = 0; i < 5000; i++) {
            assert_true(v[i] >= 3 && v[i] < 8);
            count[(int)v[i]]++;
        }
        free(v);
        for (int i = 3; i < 8; i++) /* 1000 +- 5 deviations of 28.3 */
            assert_in_range(count[i], 859, 1141);
    }
    dl_tensor *t =
        dl_tensor_give(dl_tensor_randint(*state, DL_I64, INT64_MIN, INT64_MAX, DL_SHAPE(64)));
    const int64_t *v = dl_tensor_data(t);
    int negative = 0;
    for (int i = 0; i < 64; i++)
        negative += v[i] < 0;
    assert_in_range(negative, 10, 54);
}

static void permutation_holds_every_number_once(void **state)
{
    dl_tensor *t = dl_tensor_give(dl_tensor_permutation(*state, 1000));
    const int64_t *v = dl_tensor_data(t);
    char seen[1000] = {0};
    int fixed = 0;
    assert_int_equal(dl_tensor_dtype(t), DL_I64);
    for (int i = 0; i < 1000; i++) {
        assert_in_range(v[i], 0, 999);
        assert_int_equal(seen[v[i]]++, 0);
        fixed += v[i] == i;
    }
    assert_true(fixed < 20);
    t = dl_tensor_give(dl_tensor_permutation(*state, 0));
    assert_int_equal(dl_tensor_count(t), 0);
}

static void fills_depend_on_seed_and_number_but_not_on_threads(void **state)
{
    dl_ctx *ctx = *state, *one = make_ctx(1), *seven = make_ctx(7);
    dl_tensor *first = NULL;
    for (int i = 0; i < 3; i++) {
        dl_tensor *a = dl_tensor_give(dl_tensor_randn(ctx, DL_F32, DL_SHAPE(3, 33333)));
        dl_tensor *b = dl_tensor_give(dl_tensor_randn(one, DL_F32, DL_SHAPE(3, 33333)));
        dl_tensor *c = dl_tensor_give(dl_tensor_randn(seven, DL_F32, DL_SHAPE(3, 33333)));
        assert_same_bits(a, b);
        assert_same_bits(a, c);
        if (first)
            assert_true(((const float *)dl_tensor_data(first))[0] !=
                        ((const float *)dl_tensor_data(a))[0]);
        first = a;
    }
    end_ctx(one);
    end_ctx(seven);
}

static void a_meta_fill_takes_its_number_too(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(2);
    dl_tensor_drop(dl_tensor_randn(ctx, DL_F32, DL_SHAPE(4)));
    dl_meta_enable(other, 1);
    dl_tensor_drop(dl_tensor_randn(other, DL_F32, DL_SHAPE(4)));
    dl_meta_enable(other, 0);
    assert_same_bits(dl_tensor_give(dl_tensor_randn(ctx, DL_F32, DL_SHAPE(4))),
                     dl_tensor_give(dl_tensor_randn(other, DL_F32, DL_SHAPE(4))));
    end_ctx(other);
}

static void wrong_ranges_and_types_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_tensor_rand(ctx, DL_F32, 1, 1, DL_SHAPE(2)));
    expect_error(ctx, DL_EINVAL, "rand: range is [1, 1), wanted low < high");
    assert_null(dl_tensor_rand(ctx, DL_F64, 0, INFINITY, DL_SHAPE(2)));
    expect_error(ctx, DL_EINVAL, "rand");
    assert_null(dl_tensor_rand(ctx, DL_F64, NAN, 1, DL_SHAPE(2)));
    expect_error(ctx, DL_EINVAL, "rand");
    assert_null(dl_tensor_rand(ctx, DL_F32, 0, 1e300, DL_SHAPE(2)));
    expect_error(ctx, DL_EINVAL, "rand");
    assert_null(dl_tensor_rand(ctx, DL_I32, 0, 1, DL_SHAPE(2)));
    expect_error(ctx, DL_EDTYPE, "rand: dtype is i32, wanted f32 or f64");
    assert_null(dl_tensor_randn(ctx, DL_BOOL, DL_SHAPE(2)));
    expect_error(ctx, DL_EDTYPE, "randn");
    assert_null(dl_tensor_randint(ctx, DL_F32, 0, 2, DL_SHAPE(2)));
    expect_error(ctx, DL_EDTYPE, "randint: dtype is f32");
    assert_null(dl_tensor_randint(ctx, DL_I32, 2, 2, DL_SHAPE(2)));
    expect_error(ctx, DL_EINVAL, "randint: range is [2, 2)");
    assert_null(dl_tensor_randint(ctx, DL_U8, 0, 257, DL_SHAPE(2)));
    expect_error(ctx, DL_EINVAL, "u8 holds 0 to 255");
    assert_null(dl_tensor_randint(ctx, DL_BOOL, -1, 2, DL_SHAPE(2)));
    expect_error(ctx, DL_EINVAL, "bool holds 0 to 1");
    assert_null(dl_tensor_permutation(ctx, -1));
    expect_error(ctx, DL_ESHAPE, "permutation");
    assert_null(dl_tensor_rand(NULL, DL_F32, 0, 1, DL_SHAPE(1)));
    assert_null(dl_tensor_randn(NULL, DL_F32, DL_SHAPE(1)));
    assert_null(dl_tensor_randint(NULL, DL_I32, 0, 1, DL_SHAPE(1)));
    assert_null(dl_tensor_permutation(NULL, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(rand_is_uniform_on_its_range),
        with_ctx(rand_never_reaches_its_upper_bound),
        cmocka_unit_test(fills_do_not_depend_on_the_rounding_of_the_host),
        with_ctx(randn_has_mean_0_and_deviation_1),
        with_ctx(randint_covers_its_range),
        with_ctx(permutation_holds_every_number_once),
        with_ctx(fills_depend_on_seed_and_number_but_not_on_threads),
        with_ctx(a_meta_fill_takes_its_number_too),
        with_ctx(wrong_ranges_and_types_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
