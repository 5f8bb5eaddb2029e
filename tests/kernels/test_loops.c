/* The loop macros: every instruction set, stride and alias gives the bits of the plain formula. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "kernels/loops.h"

DL__LOOP1(relu, x > 0 || x != x ? x : 0)
DL__LOOP1(affine, s0 *x + s1)
DL__LOOP1(exponential, DL__EXP(x))
DL__LOOP1(exponential1, DL__EXPM1(x))
DL__LOOP1(logarithm, DL__LOG(x))
DL__LOOP1(logarithm1, DL__LOG1P(x))
DL__LOOP1(sine, DL__SIN(x))
DL__LOOP1(cosine, DL__COS(x))
DL__LOOP1(tangent, DL__TANH(x))
DL__LOOP1(logistic, DL__SIGMOID(x))
DL__LOOP1(error_function, DL__ERF(x))
DL__LOOP1(error_complement, DL__ERFC(x))
DL__LOOP2(power, DL__POW(a, b))
DL__LOOP2(difference, a - b)
DL__LOOP3(blend, a *b + (1 - a) * c)

enum { N = 1003 };

static const struct {
    const dl__loops *loops;
    float (*f)(float);
    double (*d)(double);
} unary[] = {
    {&exponential, dl__expf, dl__exp},    {&exponential1, dl__expm1f, dl__expm1},
    {&logarithm, dl__lnf, dl__ln},        {&logarithm1, dl__log1pf, dl__log1p},
    {&sine, dl__sinf, dl__sin},           {&cosine, dl__cosf, dl__cos},
    {&tangent, dl__tanhf, dl__tanh},      {&logistic, dl__sigmoidf, dl__sigmoid},
    {&error_function, dl__erff, dl__erf}, {&error_complement, dl__erfcf, dl__erfc},
};

/* Instruction sets of loops that this machine can run. */
static int isas(void)
{
    const int old = dl__isa_force(-1), top = dl__loop_isa();
    dl__isa_force(old);
    return top + 1;
}

static int same_f(float a, float b)
{
    return a != a ? b != b : dl__bits_f32(a) == dl__bits_f32(b);
}

static int same_d(double a, double b)
{
    return a != a ? b != b : dl__bits_f64(a) == dl__bits_f64(b);
}

static void every_instruction_set_gives_the_bits_of_the_plain_function(void **unused)
{
    (void)unused;
    static float x[N], y[N];
    static double xd[N], yd[N];
    const int64_t step_f[2] = {4, 4}, step_d[2] = {8, 8};
    for (uint64_t from = 0; from < 1ull << 32; from += (uint64_t)N << 15) {
        for (int i = 0; i < N; i++) {
            x[i] = dl__from_bits_f32((uint32_t)(from + (uint64_t)i * 32749));
            xd[i] = (double)x[i] * (1 + 0x1p-40);
        }
        for (size_t k = 0; k < sizeof unary / sizeof *unary; k++) {
            for (int isa = 0; isa < isas(); isa++) {
                unary[k].loops->f32[isa](N, (char *[]){(char *)y, (char *)x}, step_f, NULL);
                unary[k].loops->f64[isa](N, (char *[]){(char *)yd, (char *)xd}, step_d, NULL);
                for (int i = 0; i < N; i++) {
                    if (!same_f(y[i], unary[k].f(x[i])) || !same_d(yd[i], unary[k].d(xd[i])))
                        fail_msg("%zu on %s at %a", k, dl__isa_name(isa), (double)x[i]);
                }
            }
        }
    }
}

static void powers_have_the_same_bits_on_every_instruction_set(void **unused)
{
    (void)unused;
    static float a[N], b[N], y[N];
    static double ad[N], bd[N], yd[N];
    const int64_t step_f[3] = {4, 4, 4}, step_d[3] = {8, 8, 8};
    static const float special[] = {0, -0.0f, 1, -1, 2, -3, 0.5f, INFINITY, -INFINITY, NAN};
    for (int i = 0; i < N; i++) {
        a[i] = i < 100 ? special[i / 10] : (float)i * 0.01f - 2;
        b[i] = i < 100 ? special[i % 10] : (float)(i % 83) * 0.25f - 10;
        ad[i] = (double)a[i] * (1 + 0x1p-40);
        bd[i] = (double)b[i];
    }
    for (int isa = 0; isa < isas(); isa++) {
        power.f32[isa](N, (char *[]){(char *)y, (char *)a, (char *)b}, step_f, NULL);
        power.f64[isa](N, (char *[]){(char *)yd, (char *)ad, (char *)bd}, step_d, NULL);
        for (int i = 0; i < N; i++) {
            assert_true(same_f(y[i], dl__powf(a[i], b[i])));
            assert_true(same_d(yd[i], dl__pow(ad[i], bd[i])));
        }
    }
}

static void any_strides_give_what_contiguous_operands_give(void **unused)
{
    (void)unused;
    static const int64_t strides[] = {0, 1, 2, 3, -1, -2};
    static double a[3 * N], b[3 * N], c[3 * N], y[3 * N];
    for (int i = 0; i < 3 * N; i++) {
        a[i] = i * 0.25;
        b[i] = 7 - i;
        c[i] = i % 17;
    }
    for (int round = 0; round < 5 * 6 * 6 * 6; round++) {
        const int64_t sy = strides[1 + round % 5], sa = strides[round / 5 % 6];
        const int64_t sb = strides[round / 30 % 6], sc = strides[round / 180 % 6];
        const int64_t n = round % 4 == 0 ? N : round % 4 == 1 ? 1 : round % 4 == 2 ? 256 : 300;
        double *const py = sy < 0 ? y + 3 * N - 1 : y, *const pa = sa < 0 ? a + 3 * N - 1 : a;
        double *const pb = sb < 0 ? b + 3 * N - 1 : b, *const pc = sc < 0 ? c + 3 * N - 1 : c;
        const int64_t step[4] = {sy * 8, sa * 8, sb * 8, sc * 8};
        memset(y, 0x5a, sizeof y);
        dl__loops_get(&blend, DL_F64)(n, (char *[]){(char *)py, (char *)pa, (char *)pb, (char *)pc},
                                      step, NULL);
        for (int64_t i = 0; i < n; i++) {
            const double u = pa[i * sa], want = u * pb[i * sb] + (1 - u) * pc[i * sc];
            assert_true(same_d(py[i * sy], want));
        }
        int64_t touched = 0;
        for (int i = 0; i < 3 * N; i++)
            touched += dl__bits_f64(y[i]) != 0x5a5a5a5a5a5a5a5au;
        assert_int_equal(touched, n); /* and nothing between or beyond */
    }
}

static void an_output_may_be_an_input(void **unused)
{
    (void)unused;
    static float x[2 * N], z[N];
    for (int64_t stride = 1; stride <= 2; stride++) {
        for (int isa = 0; isa < isas(); isa++) {
            for (int i = 0; i < 2 * N; i++)
                x[i] = (float)i * 0.01f;
            for (int i = 0; i < N; i++)
                z[i] = (float)(i % 7);
            const int64_t step[3] = {4 * stride, 4 * stride, 4};
            difference.f32[isa](N, (char *[]){(char *)x, (char *)x, (char *)z}, step, NULL);
            for (int64_t i = 0; i < N; i++)
                assert_true(x[i * stride] == (float)(i * stride) * 0.01f - z[i]);
        }
    }
}

static void scalars_are_rounded_to_the_element_type_first(void **unused)
{
    (void)unused;
    const double arg[DL__ARGS] = {0.1, 0.7, 0, 0};
    for (int isa = 0; isa < isas(); isa++) {
        float x[3] = {1, 2, 3}, y[3];
        affine.f32[isa](3, (char *[]){(char *)y, (char *)x}, (int64_t[]){4, 4}, arg);
        for (int i = 0; i < 3; i++) {
            const float product = 0.1f * x[i];
            assert_true(y[i] == product + 0.7f);
        }
    }
}

static void relu_lets_nan_pass_and_turns_minus_zero_to_zero(void **unused)
{
    (void)unused;
    const double x[6] = {NAN, -1, -0.0, 2, INFINITY, -INFINITY};
    for (int isa = 0; isa < isas(); isa++) {
        double y[6];
        relu.f64[isa](6, (char *[]){(char *)y, (char *)x}, (int64_t[]){8, 8}, NULL);
        assert_true(isnan(y[0]) && y[1] == 0 && y[2] == 0 && !signbit(y[2]));
        assert_true(y[3] == 2 && y[4] == INFINITY && y[5] == 0);
    }
}

static void no_elements_touch_nothing(void **unused)
{
    (void)unused;
    double y = 5, x = 1;
    relu.f64[0](0, (char *[]){(char *)&y, (char *)&x}, (int64_t[]){8, 8}, NULL);
    relu.f64[0](0, (char *[]){(char *)&y, (char *)&x}, (int64_t[]){16, 0}, NULL);
    dl__copy_loop(8)(0, (char *[]){(char *)&y, (char *)&x}, (int64_t[]){8, 8}, NULL);
    assert_true(y == 5);
}

static void casts_of_floats_to_integers_saturate_and_make_nan_zero(void **unused)
{
    (void)unused;
    const double x[] = {NAN, INFINITY, -INFINITY, 2.9, -2.9, 1e10, -1e10, 300, -0.5, 2147483647.5};
    enum { M = sizeof x / sizeof *x };
    const int32_t want_i32[M] = {0,         INT32_MAX, INT32_MIN, 2, -2,
                                 INT32_MAX, INT32_MIN, 300,       0, INT32_MAX};
    const int64_t want_i64[M] = {0,           INT64_MAX,    INT64_MIN, 2, -2,
                                 10000000000, -10000000000, 300,       0, 2147483647};
    const uint8_t want_u8[M] = {0, 255, 0, 2, 0, 255, 0, 255, 0, 255};
    float xf[M];
    int32_t a[M];
    int64_t b[M];
    uint8_t c[M];
    for (int i = 0; i < M; i++)
        xf[i] = (float)x[i];
    for (int f = 0; f < 2; f++) {
        const dl_dtype from = f ? DL_F32 : DL_F64;
        char *const px = f ? (char *)xf : (char *)x;
        const int64_t sx = f ? 4 : 8;
        dl__cast_loop(from, DL_I32)(M, (char *[]){(char *)a, px}, (int64_t[]){4, sx}, NULL);
        dl__cast_loop(from, DL_I64)(M, (char *[]){(char *)b, px}, (int64_t[]){8, sx}, NULL);
        dl__cast_loop(from, DL_U8)(M, (char *[]){(char *)c, px}, (int64_t[]){1, sx}, NULL);
        for (int i = 0; i < M; i++) {
            assert_int_equal(a[i], want_i32[i]);
            assert_int_equal(c[i], want_u8[i]);
            /* 2147483647.5 is 2^31 as a float */
            assert_int_equal(b[i], f && i == 9 ? 2147483648 : want_i64[i]);
        }
        dl__cast_loop(from, DL_BOOL)(M, (char *[]){(char *)c, px}, (int64_t[]){1, sx}, NULL);
        for (int i = 0; i < M; i++)
            assert_int_equal(c[i], 1);
    }
}

static void casts_between_all_types_keep_small_values(void **unused)
{
    (void)unused;
    static const size_t size[6] = {4, 8, 4, 8, 1, 1};
    for (int from = 0; from < 6; from++) {
        for (int to = 0; to < 6; to++) {
            for (int64_t wide = 1; wide <= 2; wide++) {
                char x[64 * 16], y[64 * 16];
                double start[64], back[64];
                const int64_t sx = wide * (int64_t)size[from], sy = wide * (int64_t)size[to];
                for (int i = 0; i < 64; i++)
                    start[i] = i;
                dl__cast_loop(DL_F64, from)(64, (char *[]){x, (char *)start}, (int64_t[]){sx, 8},
                                            NULL);
                dl__cast_loop(from, to)(64, (char *[]){y, x}, (int64_t[]){sy, sx}, NULL);
                dl__cast_loop(to, DL_F64)(64, (char *[]){(char *)back, y}, (int64_t[]){8, sy},
                                          NULL);
                for (int i = 0; i < 64; i++) {
                    const int one = from == DL_BOOL || to == DL_BOOL;
                    assert_true(back[i] == (one ? i != 0 : i));
                }
            }
        }
    }
    assert_null(dl__cast_loop(DL_BF16, DL_F32));
    assert_null(dl__cast_loop(DL_F32, -1));
}

static void casts_of_integers_saturate(void **unused)
{
    (void)unused;
    const int64_t x[4] = {INT64_MAX, INT64_MIN, 256, -1};
    int32_t a[4];
    uint8_t b[4];
    dl__cast_loop(DL_I64, DL_I32)(4, (char *[]){(char *)a, (char *)x}, (int64_t[]){4, 8}, NULL);
    dl__cast_loop(DL_I64, DL_U8)(4, (char *[]){(char *)b, (char *)x}, (int64_t[]){1, 8}, NULL);
    assert_true(a[0] == INT32_MAX && a[1] == INT32_MIN && a[2] == 256 && a[3] == -1);
    assert_true(b[0] == 255 && b[1] == 0 && b[2] == 255 && b[3] == 0);
    dl__cast_loop(DL_I32, DL_U8)(4, (char *[]){(char *)b, (char *)a}, (int64_t[]){1, 4}, NULL);
    assert_true(b[0] == 255 && b[1] == 0 && b[2] == 255 && b[3] == 0);
}

static void copies_follow_any_strides(void **unused)
{
    (void)unused;
    for (size_t size = 1; size <= 8; size *= 2) {
        uint8_t x[256], y[256];
        const int64_t s = (int64_t)size;
        for (int i = 0; i < 256; i++)
            x[i] = (uint8_t)(i * 37);
        memset(y, 0, sizeof y);
        dl__copy_loop(size)(8, (char *[]){(char *)y, (char *)x}, (int64_t[]){s, s}, NULL);
        assert_memory_equal(y, x, 8 * size);
        dl__copy_loop(size)(8, (char *[]){(char *)y, (char *)x + 3 * s}, (int64_t[]){2 * s, 0},
                            NULL);
        for (size_t i = 0; i < 8; i++)
            assert_memory_equal(y + 2 * i * size, x + 3 * size, size);
        dl__copy_loop(size)(8, (char *[]){(char *)y, (char *)x + 7 * s}, (int64_t[]){s, -s}, NULL);
        for (size_t i = 0; i < 8; i++)
            assert_memory_equal(y + i * size, x + (7 - i) * size, size);
    }
    assert_null(dl__copy_loop(3));
}

static void the_environment_lowers_the_instruction_set(void **unused)
{
    (void)unused;
    dl__isa_force(-1);
    const int top = dl__isa();
    assert_int_equal(dl__loop_isa(), isas() - 1);
    for (int isa = 0; isa <= top; isa++) {
        assert_int_equal(setenv("DL_ISA", dl__isa_name(isa), 1), 0);
        dl__isa_force(-1);
        assert_int_equal(dl__isa(), isa);
        assert_int_equal(dl__loop_isa(), isa < DL__LOOP_ISAS ? isa : DL__LOOP_ISAS - 1);
    }
    assert_int_equal(setenv("DL_ISA", "base", 1), 0);
    dl__isa_force(-1);
    assert_int_equal(dl__isa(), DL__ISA_BASE);
    assert_int_equal(setenv("DL_ISA", "quantum", 1), 0);
    dl__isa_force(-1);
    assert_int_equal(dl__isa(), top);
    unsetenv("DL_ISA");
    dl__isa_force(-1);
    assert_int_equal(dl__isa(), top);
    assert_string_equal(dl__isa_name(0), "BASE");
    assert_string_equal(dl__isa_name(DL__ISAS), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_instruction_set_gives_the_bits_of_the_plain_function),
        cmocka_unit_test(powers_have_the_same_bits_on_every_instruction_set),
        cmocka_unit_test(any_strides_give_what_contiguous_operands_give),
        cmocka_unit_test(an_output_may_be_an_input),
        cmocka_unit_test(scalars_are_rounded_to_the_element_type_first),
        cmocka_unit_test(relu_lets_nan_pass_and_turns_minus_zero_to_zero),
        cmocka_unit_test(no_elements_touch_nothing),
        cmocka_unit_test(casts_of_floats_to_integers_saturate_and_make_nan_zero),
        cmocka_unit_test(casts_between_all_types_keep_small_values),
        cmocka_unit_test(casts_of_integers_saturate),
        cmocka_unit_test(copies_follow_any_strides),
        cmocka_unit_test(the_environment_lowers_the_instruction_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
