/* Elementwise loops. An operation states its formula once:
 *
 *     DL__LOOP1(relu, x > 0 || x != x ? x : 0)
 *     DL__LOOP2(mul, a * b)
 *     DL__LOOP1(scale, s0 *x)
 *     ...
 *     dl__loops_get(&relu, dtype)(n, p, step, NULL);
 *
 * and has it for float and double (`real` in the formula), for every instruction set of
 * core/isa.h, for any strides, with the same bits from all of them. Write constants as integers or
 * (real)0.5, transcendentals as DL__EXP(x) (core/math.h). The formula should be selects, not calls,
 * so that it is vectorised; it must let NaN pass. */
#ifndef DL_KERNELS_LOOPS_H
#define DL_KERNELS_LOOPS_H
#include <stddef.h>
#include <stdint.h>
#include "dl/ctx.h"
#include "core/isa.h"
#include "core/math.h"
#include "kernels/vector.h"

enum { DL__ARGS = 4, DL__LOOP_PTRS = 4 };

/* n elements: p[0] is the output, p[1..] the inputs, step[k] the bytes from one element of p[k] to
 * the next: any number for an input (0: a scalar), not 0 for the output. Elements lie at multiples
 * of their size. The output may be an input exactly (same p, same step), else must not overlap one.
 * arg: the scalars s0 .. s3 of the formula, DL__ARGS of them, converted to `real` first; NULL where
 * the formula has none. */
typedef void (*dl__loop)(int64_t n, char *const *p, const int64_t *step, const double *arg);

/* A formula compiled for both types and all instruction sets. */
typedef struct dl__loops {
    dl__loop f32[DL__LOOP_ISAS], f64[DL__LOOP_ISAS];
} dl__loops;

/* The instance for this machine; dtype is DL_F32 or DL_F64. */
static inline dl__loop dl__loops_get(const dl__loops *l, dl_dtype dtype)
{
    return dtype == DL_F64 ? l->f64[dl__loop_isa()] : l->f32[dl__loop_isa()];
}

/* Converts n elements from p[1] to p[0]; NULL for a type that is not f32, f64, i32, i64, u8, bool.
 * To an integer: toward zero, out of range saturates, NaN is 0. To bool: 1 unless equal to 0 (NaN
 * is 1). To a float: nearest, ties to even. arg is not used. Not in place unless from == to. */
dl__loop dl__cast_loop(dl_dtype from, dl_dtype to);

/* Copies n elements of size 1, 2, 4 or 8 bytes from p[1] to p[0]; NULL for another size. With
 * step[1] = 0 it fills. arg is not used. */
dl__loop dl__copy_loop(size_t size);

/* ---- what the macros are made of ------------------------------------------------------------- */

/* A formula is compiled once per type and instruction set, for contiguous operands of whole blocks:
 * one vector loop with nothing before or after it. Everything else, strided operands and what is
 * left behind the last whole block, goes through a buffer in which blocks are filled up. */
enum { DL__LOOP_BLOCK = 64 }; /* bytes of an operand; a register of any instruction set so far */

/* Runs `loop` over what is not whole blocks of contiguous operands, with buffers. Returns how many
 * elements from the first on are, which are left to the caller. */
int64_t dl__loop_rest(dl__loop loop, int32_t n_p, size_t size, int64_t n, char *const *p,
                      const int64_t *step, const double *arg);

/* How many operands a kind of loop has, and what its formula calls them. */
enum {
    DL__LOOP_N_1 = 1,
    DL__LOOP_N_2 = 2,
    DL__LOOP_N_3 = 3,
    DL__LOOP_N_DX = 2,
    DL__LOOP_N_GDX = 3
};
#define DL__LOOP_IN_1 const real x = p1[i];
#define DL__LOOP_IN_2 const real a = p1[i], b = p2[i];
#define DL__LOOP_IN_3 const real a = p1[i], b DL__UNUSED = p2[i], c DL__UNUSED = p3[i];
#define DL__LOOP_IN_DX const real dy = p1[i], x = p2[i];
#define DL__LOOP_IN_GDX const real g = p1[i], dy = p2[i], x = p3[i];

#define DL__LOOP_ONE_(isa, target, name, type, tag, kind, ...)                                     \
    target static void name##_##tag##_##isa(int64_t n, char *const *p, const int64_t *step,        \
                                            const double *arg)                                     \
    {                                                                                              \
        typedef type real;                                                                         \
        enum { n_in = DL__LOOP_N_##kind };                                                         \
        const int64_t whole =                                                                      \
            dl__loop_rest(name##_##tag##_##isa, 1 + n_in, sizeof(real), n, p, step, arg) &         \
            -(int64_t)(DL__LOOP_BLOCK / sizeof(real)); /* so the compiler knows, too */            \
        const real s0 DL__UNUSED = arg ? (real)arg[0] : 0, s1 DL__UNUSED = arg ? (real)arg[1] : 0; \
        const real s2 DL__UNUSED = arg ? (real)arg[2] : 0, s3 DL__UNUSED = arg ? (real)arg[3] : 0; \
        real *y = (real *)(void *)p[0];                                                            \
        const real *p1 = (const real *)(const void *)p[1];                                         \
        const real *p2 DL__UNUSED =                                                                \
            n_in > 1 ? (const real *)(const void *)p[n_in > 1 ? 2 : 1] : p1;                       \
        const real *p3 DL__UNUSED =                                                                \
            n_in > 2 ? (const real *)(const void *)p[n_in > 2 ? 3 : 1] : p1;                       \
        DL__VECTOR_SMALL                                                                           \
        for (int64_t i = 0; i < whole; i++) {                                                      \
            DL__LOOP_IN_##kind y[i] = __VA_ARGS__;                                                 \
        }                                                                                          \
    }

#define DL__LOOP_NAME_F32_(isa, target, name) name##_f32_##isa,
#define DL__LOOP_NAME_F64_(isa, target, name) name##_f64_##isa,

#define DL__LOOPS_(name, kind, ...)                                                                \
    DL__ISA_LIST(DL__LOOP_ONE_, name, float, f32, kind, __VA_ARGS__)                               \
    DL__ISA_LIST(DL__LOOP_ONE_, name, double, f64, kind, __VA_ARGS__)                              \
    static const dl__loops name = {{DL__ISA_LIST(DL__LOOP_NAME_F32_, name)},                       \
                                   {DL__ISA_LIST(DL__LOOP_NAME_F64_, name)}};

/* static const dl__loops name: the formula in x; in a, b; in a, b, c. No semicolon after it. */
#define DL__LOOP1(name, ...) DL__LOOPS_(name, 1, __VA_ARGS__)
#define DL__LOOP2(name, ...) DL__LOOPS_(name, 2, __VA_ARGS__)
#define DL__LOOP3(name, ...) DL__LOOPS_(name, 3, __VA_ARGS__)
/* The formula in dy, x; in g, dy, x: gradients of a function of x. */
#define DL__LOOP_DX(name, ...) DL__LOOPS_(name, DX, __VA_ARGS__)
#define DL__LOOP_GDX(name, ...) DL__LOOPS_(name, GDX, __VA_ARGS__)
#endif
