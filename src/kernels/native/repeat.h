/* Repetition for micro.inc: as many named accumulators as a tile has. Arrays of vectors would stay
 * in memory (gcc 12). */
#ifndef DL_KERNELS_NATIVE_REPEAT_H
#define DL_KERNELS_NATIVE_REPEAT_H

/* Before a loop: its body is long enough. */
#if defined(__clang__)
#define DL__NO_UNROLL _Pragma("nounroll")
#else
#define DL__NO_UNROLL _Pragma("GCC unroll 1")
#endif

/* X(i, j) for each vector j of v, of row i */
#define DL__COLS_1(X, i) X(i, 0)
#define DL__COLS_2(X, i) DL__COLS_1(X, i) X(i, 1)
#define DL__COLS_3(X, i) DL__COLS_2(X, i) X(i, 2)

/* X(v, i) for each row i of n */
#define DL__ROWS_1(X, v) X(v, 0)
#define DL__ROWS_2(X, v) DL__ROWS_1(X, v) X(v, 1)
#define DL__ROWS_3(X, v) DL__ROWS_2(X, v) X(v, 2)
#define DL__ROWS_4(X, v) DL__ROWS_3(X, v) X(v, 3)
#define DL__ROWS_5(X, v) DL__ROWS_4(X, v) X(v, 4)
#define DL__ROWS_6(X, v) DL__ROWS_5(X, v) X(v, 5)
#define DL__ROWS_7(X, v) DL__ROWS_6(X, v) X(v, 6)
#define DL__ROWS_8(X, v) DL__ROWS_7(X, v) X(v, 7)
#define DL__ROWS_9(X, v) DL__ROWS_8(X, v) X(v, 8)
#define DL__ROWS_10(X, v) DL__ROWS_9(X, v) X(v, 9)
#define DL__ROWS_11(X, v) DL__ROWS_10(X, v) X(v, 10)
#define DL__ROWS_12(X, v) DL__ROWS_11(X, v) X(v, 11)
#define DL__ROWS_13(X, v) DL__ROWS_12(X, v) X(v, 12)
#define DL__ROWS_14(X, v) DL__ROWS_13(X, v) X(v, 13)
#define DL__ROWS_15(X, v) DL__ROWS_14(X, v) X(v, 14)
#define DL__ROWS_16(X, v) DL__ROWS_15(X, v) X(v, 15)

/* X(v, n) for each height n = 1 .. last */
#define DL__UP_TO_1(X, v) X(v, 1)
#define DL__UP_TO_2(X, v) DL__UP_TO_1(X, v) X(v, 2)
#define DL__UP_TO_3(X, v) DL__UP_TO_2(X, v) X(v, 3)
#define DL__UP_TO_4(X, v) DL__UP_TO_3(X, v) X(v, 4)
#define DL__UP_TO_5(X, v) DL__UP_TO_4(X, v) X(v, 5)
#define DL__UP_TO_6(X, v) DL__UP_TO_5(X, v) X(v, 6)
#define DL__UP_TO_7(X, v) DL__UP_TO_6(X, v) X(v, 7)
#define DL__UP_TO_8(X, v) DL__UP_TO_7(X, v) X(v, 8)
#define DL__UP_TO_9(X, v) DL__UP_TO_8(X, v) X(v, 9)
#define DL__UP_TO_10(X, v) DL__UP_TO_9(X, v) X(v, 10)
#define DL__UP_TO_11(X, v) DL__UP_TO_10(X, v) X(v, 11)
#define DL__UP_TO_12(X, v) DL__UP_TO_11(X, v) X(v, 12)
#define DL__UP_TO_13(X, v) DL__UP_TO_12(X, v) X(v, 13)
#define DL__UP_TO_14(X, v) DL__UP_TO_13(X, v) X(v, 14)
#define DL__UP_TO_15(X, v) DL__UP_TO_14(X, v) X(v, 15)
#define DL__UP_TO_16(X, v) DL__UP_TO_15(X, v) X(v, 16)
#endif
