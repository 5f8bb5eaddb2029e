/* What the compiler is told about loops. */
#ifndef DL_KERNELS_VECTOR_H
#define DL_KERNELS_VECTOR_H

/* Before a loop: what one turn reads, no other turn writes, so it may become vector code. clang
 * warns where it was told that and still could not; such a loop is slower, not wrong. The second is
 * for formulas, which are many: no turns side by side, which clang would make for speed. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpass-failed"
#define DL__VECTOR _Pragma("clang loop vectorize(assume_safety) interleave(enable)")
#define DL__VECTOR_SMALL _Pragma("clang loop vectorize(assume_safety) interleave_count(1)")
#else
#define DL__VECTOR _Pragma("GCC ivdep")
#define DL__VECTOR_SMALL DL__VECTOR
#endif
/* After the name of a variable that not every formula reads. */
#define DL__UNUSED __attribute__((unused))
#endif
