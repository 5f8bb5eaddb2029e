/* What kernels over rows are made of: DL__ROWS_REDUCE, a row to a number, and DL__ROWS_MAP, a row
 * to a row, each from one formula. For files that are compiled once per type and instruction set,
 * which define `real`, NAME(x) and ATTR.
 *
 * In a formula z, x, y are the elements of operands 0, 1, 2 (of one element size; repeat one that
 * is not needed), u, v, t numbers of the row: num[0 .. 2]. A reduction has 16 partial results,
 * element i in number i % 16, folded as a tree, whether a row is contiguous or rows lie side by
 * side: so the bits depend neither on the memory layout nor on the instruction set. */
#ifndef DL_KERNELS_ROWS_MATH_H
#define DL_KERNELS_ROWS_MATH_H
#include "core/isa.h"
#include "core/math.h"
#include "kernels/rows.h"
#include "kernels/vector.h"

enum { DL__LANES = 16, DL__SIDE = 16 };

/* Rows first .. first + m - 1 of r: one that is contiguous (flat), or up to DL__SIDE, neighbours in
 * memory (side) or of any strides. */
typedef struct dl__block {
    const dl__rows *r;
    int64_t first, m;
    int flat, side;
} dl__block;

/* Operands 0 .. 2 decide how rows lie. */
static inline dl__block dl__block_at(const dl__rows *r, int64_t first, int64_t size)
{
    dl__block b = {r, first, r->m - first < DL__SIDE ? r->m - first : DL__SIDE, 1, 1};
    for (int32_t k = 0; k < 3; k++) {
        b.flat &= r->along[k] == size;
        b.side &= r->across[k] == size;
    }
    if (b.flat)
        b.m = 1;
    return b;
}

#define DL__ROWS_ALONE __attribute__((noinline)) /* each kernel would get a copy of a kilobyte */

/* Pointers to element i of the rows of a block, and the elements at l, in memory or by stride.
 * Nothing is known of l after the asm: the loop over far rows, which waits for memory, is neither
 * copied nor made into vectors. */
#define DL__ROWS_POINT(i)                                                                          \
    real *p0 = (real *)(void *)(r->p[0] + (i)*r->along[0] + b->first * r->across[0]);              \
    const real *p1 = (const real *)(void *)(r->p[1] + (i)*r->along[1] + b->first * r->across[1]);  \
    const real *p2 = (const real *)(void *)(r->p[2] + (i)*r->along[2] + b->first * r->across[2]);  \
    (void)p2;
#define DL__ROWS_NEXT(l)                                                                           \
    const real z DL__UNUSED = p0[l], x DL__UNUSED = p1[l], y DL__UNUSED = p2[l];
#define DL__ROWS_STEP(l, k) ((l) * (r->across[k] / (int64_t)sizeof(real)))
#define DL__ROWS_FAR(l)                                                                            \
    __asm__("" : "+r"(l));                                                                         \
    const real z DL__UNUSED = p0[DL__ROWS_STEP(l, 0)], x DL__UNUSED = p1[DL__ROWS_STEP(l, 1)],     \
                 y DL__UNUSED = p2[DL__ROWS_STEP(l, 2)];
#define DL__ROWS_NUMBERS(l)                                                                        \
    const real u DL__UNUSED = num[0][l], v DL__UNUSED = num[1][l], t DL__UNUSED = num[2][l];

/* name(block, num, out): out[j] = start joined with value of every element; join is in s and e. */
#define DL__ROWS_REDUCE(name, start, join, value)                                                  \
    DL__ROWS_ALONE ATTR static void NAME(name##_fold)(real * part, int64_t width)                  \
    {                                                                                              \
        for (int64_t half = DL__LANES / 2 * width; half >= width; half /= 2)                       \
            DL__VECTOR                                                                             \
        for (int64_t l = 0; l < half; l++) {                                                       \
            const real s = part[l], e = part[l + half];                                            \
            part[l] = join;                                                                        \
        }                                                                                          \
    }                                                                                              \
    ATTR static void NAME(name##_flat)(const dl__block *b, real(*num)[DL__SIDE], real *out)        \
    {                                                                                              \
        const dl__rows *r = b->r;                                                                  \
        real part[DL__LANES];                                                                      \
        DL__ROWS_NUMBERS(0)                                                                        \
        DL__ROWS_POINT(0)                                                                          \
        for (int64_t l = 0; l < DL__LANES; l++)                                                    \
            part[l] = start;                                                                       \
        int64_t i = 0;                                                                             \
        for (; i + DL__LANES <= r->n;                                                              \
             i += DL__LANES, p0 += DL__LANES, p1 += DL__LANES, p2 += DL__LANES)                    \
            DL__VECTOR                                                                             \
        for (int64_t l = 0; l < DL__LANES; l++) {                                                  \
            DL__ROWS_NEXT(l)                                                                       \
            const real s = part[l], e = value;                                                     \
            part[l] = join;                                                                        \
        }                                                                                          \
        for (int64_t l = 0; i + l < r->n; l++) {                                                   \
            DL__ROWS_NEXT(l)                                                                       \
            const real s = part[l], e = value;                                                     \
            part[l] = join;                                                                        \
        }                                                                                          \
        NAME(name##_fold)(part, 1);                                                                \
        out[0] = part[0];                                                                          \
    }                                                                                              \
    DL__ROWS_ALONE ATTR static void NAME(name)(const dl__block *b, real(*num)[DL__SIDE],           \
                                               real *out)                                          \
    {                                                                                              \
        const dl__rows *r = b->r;                                                                  \
        const int64_t m = b->m;                                                                    \
        real parts[DL__LANES][DL__SIDE];                                                           \
        if (b->flat) {                                                                             \
            NAME(name##_flat)(b, num, out);                                                        \
            return;                                                                                \
        }                                                                                          \
        for (int64_t l = 0; l < DL__LANES; l++)                                                    \
            for (int64_t j = 0; j < DL__SIDE; j++)                                                 \
                parts[l][j] = start;                                                               \
        for (int64_t i = 0; i < r->n; i++) {                                                       \
            real *part = parts[i % DL__LANES];                                                     \
            DL__ROWS_POINT(i)                                                                      \
            if (b->side) {                                                                         \
                DL__VECTOR                                                                         \
                for (int64_t j = 0; j < m; j++) {                                                  \
                    DL__ROWS_NUMBERS(j)                                                            \
                    DL__ROWS_NEXT(j)                                                               \
                    const real s = part[j], e = value;                                             \
                    part[j] = join;                                                                \
                }                                                                                  \
            } else {                                                                               \
                for (int64_t j = 0; j < b->m; j++) {                                               \
                    DL__ROWS_NUMBERS(j)                                                            \
                    DL__ROWS_FAR(j)                                                                \
                    const real s = part[j], e = value;                                             \
                    part[j] = join;                                                                \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
        NAME(name##_fold)(&parts[0][0], DL__SIDE);                                                 \
        for (int64_t j = 0; j < m; j++)                                                            \
            out[j] = parts[0][j];                                                                  \
    }

/* name(block, num): operand 0 = formula. */
#define DL__ROWS_MAP(name, ...)                                                                    \
    DL__ROWS_ALONE ATTR static void NAME(name)(const dl__block *b, real(*num)[DL__SIDE])           \
    {                                                                                              \
        const dl__rows *r = b->r;                                                                  \
        const int64_t m = b->m;                                                                    \
        if (b->flat) {                                                                             \
            DL__ROWS_NUMBERS(0)                                                                    \
            DL__ROWS_POINT(0)                                                                      \
            DL__VECTOR                                                                             \
            for (int64_t i = 0; i < r->n; i++) {                                                   \
                DL__ROWS_NEXT(i)                                                                   \
                p0[i] = __VA_ARGS__;                                                               \
            }                                                                                      \
            return;                                                                                \
        }                                                                                          \
        for (int64_t i = 0; i < r->n; i++) {                                                       \
            DL__ROWS_POINT(i)                                                                      \
            if (b->side) {                                                                         \
                DL__VECTOR                                                                         \
                for (int64_t j = 0; j < m; j++) {                                                  \
                    DL__ROWS_NUMBERS(j)                                                            \
                    DL__ROWS_NEXT(j)                                                               \
                    p0[j] = __VA_ARGS__;                                                           \
                }                                                                                  \
            } else {                                                                               \
                for (int64_t j = 0; j < b->m; j++) {                                               \
                    DL__ROWS_NUMBERS(j)                                                            \
                    DL__ROWS_FAR(j)                                                                \
                    p0[DL__ROWS_STEP(j, 0)] = __VA_ARGS__;                                         \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }
#endif
