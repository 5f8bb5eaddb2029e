/* Mathematics of our own, so that results have the same bits on every machine, whatever its libm.
 *
 * Only + - * / sqrt, fma and integer operations on the bits are used, and no branch where a select
 * will do, so gcc and clang turn a loop over these functions into vector code. Three ways in:
 *   DL__EXP(x)    for float or double, by the type of x: what formulas of operations use;
 *   dl__exp_f32   dl__exp_f64 ... the same, always inlined (math_f32.h, math_f64.h);
 *   dl__expf      dl__exp ...     the same bits out of line, for scalar code (the logarithm is
 *                                 dl__lnf, dl__ln there: dl__log writes messages).
 *
 * Largest errors found by tests/core/test_math.c, in units in the last place of the result:
 *            exp   expm1  log   log1p  sin   cos   tanh  sigmoid  erf   erfc  pow
 *   float    1.0   1.5    0.9   1.5    0.51  0.51  2.2   1.6      1.0   4.0   0.51
 *   double   0.75  1.25   0.9   1.25   0.85  0.85  1.75  1.5      1.1   4.0   1.0
 * These hold over the whole range, subnormal arguments and results and huge angles included.
 *
 * Special values are those of C99 Annex F: NaN gives NaN (except pow(1, y) = pow(x, 0) = 1), -0 is
 * kept by odd functions, log(0) = -inf, log(x < 0) = NaN. The sign and payload of a NaN are not
 * part of the promise. Needs round-to-nearest; no exception flags are set on purpose. */
#ifndef DL_CORE_MATH_H
#define DL_CORE_MATH_H
#include <stdint.h>

#define DL__MATH static inline __attribute__((always_inline))

#include "core/math_f64.h"
#include "core/math_f32.h"

/* One formula for both types. The argument decides, so write constants as (real)0.5. */
#define DL__REAL(name, x) _Generic((x), float : name##_f32, double : name##_f64)
#define DL__EXP(x) DL__REAL(dl__exp, x)(x)
#define DL__EXPM1(x) DL__REAL(dl__expm1, x)(x)
#define DL__LOG(x) DL__REAL(dl__log, x)(x)
#define DL__LOG1P(x) DL__REAL(dl__log1p, x)(x)
#define DL__SIN(x) DL__REAL(dl__sin, x)(x)
#define DL__COS(x) DL__REAL(dl__cos, x)(x)
#define DL__TANH(x) DL__REAL(dl__tanh, x)(x)
#define DL__SIGMOID(x) DL__REAL(dl__sigmoid, x)(x)
#define DL__ERF(x) DL__REAL(dl__erf, x)(x)
#define DL__ERFC(x) DL__REAL(dl__erfc, x)(x)
/* The normal distribution function, and its density; to be had in formulas only. */
#define DL__NORMAL_CDF(x) DL__REAL(dl__normal_cdf, x)(x)
#define DL__NORMAL_PDF(x) DL__REAL(dl__normal_pdf, x)(x)
#define DL__POW(x, y) DL__REAL(dl__pow, x)(x, y)

/* Exact everywhere already; here so that they too are written once. */
#define DL__SQRT(x) _Generic((x), float : __builtin_sqrtf, double : __builtin_sqrt)(x)
#define DL__FABS(x) _Generic((x), float : __builtin_fabsf, double : __builtin_fabs)(x)
#define DL__FLOOR(x) _Generic((x), float : __builtin_floorf, double : __builtin_floor)(x)
#define DL__CEIL(x) _Generic((x), float : __builtin_ceilf, double : __builtin_ceil)(x)
#define DL__RINT(x) _Generic((x), float : __builtin_rintf, double : __builtin_rint)(x)
#define DL__FMA(x, y, z) _Generic((x), float : __builtin_fmaf, double : __builtin_fma)(x, y, z)
#define DL__COPYSIGN(x, y)                                                                         \
    _Generic((x), float : __builtin_copysignf, double : __builtin_copysign)(x, y)
/* The larger, the smaller; NaN if either is. */
#define DL__MAX(x, y) ((x) > (y) || (x) != (x) ? (x) : (y))
#define DL__MIN(x, y) ((x) < (y) || (x) != (x) ? (x) : (y))

float dl__expf(float x), dl__expm1f(float x), dl__lnf(float x), dl__log1pf(float x);
float dl__sinf(float x), dl__cosf(float x), dl__tanhf(float x), dl__sigmoidf(float x);
float dl__erff(float x), dl__erfcf(float x), dl__powf(float x, float y);

double dl__exp(double x), dl__expm1(double x), dl__ln(double x), dl__log1p(double x);
double dl__sin(double x), dl__cos(double x), dl__tanh(double x), dl__sigmoid(double x);
double dl__erf(double x), dl__erfc(double x), dl__pow(double x, double y);
#endif
