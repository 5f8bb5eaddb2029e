/* Update rules, one element at a time. A rule states its formula once:
 *
 *     DL__UPDATE1(momentum, v, (mu, fresh, rate), {
 *         v = k.mu * v + k.fresh * g;
 *         w -= k.rate * v;
 *     })
 *     ...
 *     momentum(u, &(momentum_args){.mu = 0.9, .fresh = 1, .rate = u->lr});
 *
 * and has it for float and double (`real` in the formula) and for every instruction set of
 * core/isa.h, with the same bits from all of them. It reads g, the gradient, and changes w, the
 * weight, and its state arrays, one name for each, in the order of the slots. k holds its numbers,
 * all double for the caller and `real` for the formula. Write constants as integers or (real)0.5,
 * and selects instead of branches, so that the loop is vectorised. No semicolon after it. */
#ifndef DL_OPTIM_UPDATE_H
#define DL_OPTIM_UPDATE_H
#include <string.h>
#include "core/isa.h"
#include "core/math.h"
#include "dl/ext.h"

#define DL__UPDATE_NAMES_(...) __VA_ARGS__
#define DL__UPDATE_POINTER_(s, at) real *restrict s##_at = u->slot[at];
#define DL__UPDATE_LOAD_(s) real s = s##_at[i];
#define DL__UPDATE_STORE_(s) s##_at[i] = s;

#define DL__UPDATE_ONE_(isa, target, name, type, tag, names, pointers, loads, stores, ...)         \
    target static void name##_##tag##_##isa(const dl_update *u, const double *from)                \
    {                                                                                              \
        typedef type real;                                                                         \
        union {                                                                                    \
            struct {                                                                               \
                real DL__UPDATE_NAMES_ names;                                                      \
            };                                                                                     \
            real all[sizeof(name##_args) / sizeof(double)];                                        \
        } k;                                                                                       \
        for (size_t i = 0; i < sizeof k / sizeof *k.all; i++)                                      \
            k.all[i] = (real)from[i];                                                              \
        const real *restrict g_at = u->g;                                                          \
        real *restrict w_at = u->w;                                                                \
        pointers for (int64_t i = 0; i < u->n; i++)                                                \
        {                                                                                          \
            const real g = g_at[i];                                                                \
            real w = w_at[i];                                                                      \
            loads __VA_ARGS__;                                                                     \
            w_at[i] = w;                                                                           \
            stores                                                                                 \
        }                                                                                          \
    }

#define DL__UPDATE_NAME_(isa, target, name, tag) name##_##tag##_##isa,

#define DL__UPDATE_(name, names, pointers, loads, stores, ...)                                     \
    typedef struct name##_args {                                                                   \
        double DL__UPDATE_NAMES_ names;                                                            \
    } name##_args;                                                                                 \
    DL__ISA_LIST(DL__UPDATE_ONE_, name, float, f32, names, pointers, loads, stores, __VA_ARGS__)   \
    DL__ISA_LIST(DL__UPDATE_ONE_, name, double, f64, names, pointers, loads, stores, __VA_ARGS__)  \
    static void name(const dl_update *u, const name##_args *args)                                  \
    {                                                                                              \
        static void (*const run[2][DL__LOOP_ISAS])(const dl_update *, const double *) = {          \
            {DL__ISA_LIST(DL__UPDATE_NAME_, name, f32)},                                           \
            {DL__ISA_LIST(DL__UPDATE_NAME_, name, f64)}};                                          \
        double from[sizeof *args / sizeof(double)];                                                \
        memcpy(from, args, sizeof from);                                                           \
        run[u->dtype == DL_F64][dl__loop_isa()](u, from);                                          \
    }

/* Without state, and with one to three state arrays. */
#define DL__UPDATE0(name, names, ...) DL__UPDATE_(name, names, , , , __VA_ARGS__)
#define DL__UPDATE1(name, a, names, ...)                                                           \
    DL__UPDATE_(name, names, DL__UPDATE_POINTER_(a, 0), DL__UPDATE_LOAD_(a), DL__UPDATE_STORE_(a), \
                __VA_ARGS__)
#define DL__UPDATE2(name, a, b, names, ...)                                                        \
    DL__UPDATE_(name, names, DL__UPDATE_POINTER_(a, 0) DL__UPDATE_POINTER_(b, 1),                  \
                DL__UPDATE_LOAD_(a) DL__UPDATE_LOAD_(b),                                           \
                DL__UPDATE_STORE_(a) DL__UPDATE_STORE_(b), __VA_ARGS__)
#define DL__UPDATE3(name, a, b, c, names, ...)                                                     \
    DL__UPDATE_(name, names,                                                                       \
                DL__UPDATE_POINTER_(a, 0) DL__UPDATE_POINTER_(b, 1) DL__UPDATE_POINTER_(c, 2),     \
                DL__UPDATE_LOAD_(a) DL__UPDATE_LOAD_(b) DL__UPDATE_LOAD_(c),                       \
                DL__UPDATE_STORE_(a) DL__UPDATE_STORE_(b) DL__UPDATE_STORE_(c), __VA_ARGS__)
#endif
