/* What hand-written kernels need to know about instruction sets; see core/isa.h. Compile a function
 * with DL__TARGET_AVX2 where DL__HAVE_AVX2 is 1, and call it if dl__isa() >= DL__ISA_AVX2. */
#ifndef DL_KERNELS_ISA_H
#define DL_KERNELS_ISA_H
#include "core/isa.h"

#if defined(DL__TARGET_AVX2)
#define DL__HAVE_AVX2 1
#else
#define DL__HAVE_AVX2 0
#endif
#endif
