/* Includes the file DL__TEMPLATE for each float type and every line of DL__ISA_LIST (core/isa.h),
 * with `real` the type, ATTR before each function and NAME(x) its name, x_f32_BASE ... No guard:
 * several templates may be made in one file. A line of DL__ISA_LIST wants its two blocks here. */
#include "core/isa.h"

#define ATTR DL__TARGET_BASE
#define real float
#define NAME(x) x##_f32_BASE
#include DL__TEMPLATE
#undef real
#undef NAME
#define real double
#define NAME(x) x##_f64_BASE
#include DL__TEMPLATE
#undef real
#undef NAME
#undef ATTR

#if defined(DL__TARGET_AVX2)
#define ATTR DL__TARGET_AVX2
#define real float
#define NAME(x) x##_f32_AVX2
#include DL__TEMPLATE
#undef real
#undef NAME
#define real double
#define NAME(x) x##_f64_AVX2
#include DL__TEMPLATE
#undef real
#undef NAME
#undef ATTR
#endif
#undef DL__TEMPLATE
