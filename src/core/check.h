/* Checked arithmetic: every size that comes from outside goes through here. */
#ifndef DL_CORE_CHECK_H
#define DL_CORE_CHECK_H
#include <stddef.h>
#include <stdint.h>

/* 1 and *out = a op b; 0 when the result does not fit. */
static inline int dl__mul_size(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}
static inline int dl__add_size(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}
static inline int dl__mul_i64(int64_t a, int64_t b, int64_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}
static inline int dl__add_i64(int64_t a, int64_t b, int64_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}
/* The product of n dimensions, all >= 0: 1 and *out, 0 when one is negative or the product (taken
 * over the nonzero ones, so that 0 cannot hide an overflow) does not fit. */
static inline int dl__count(const int64_t *dims, int32_t n, int64_t *out)
{
    int64_t all = 1;
    int zero = 0;
    for (int32_t i = 0; i < n; i++) {
        if (dims[i] < 0)
            return 0;
        if (dims[i] == 0)
            zero = 1;
        else if (!dl__mul_i64(all, dims[i], &all))
            return 0;
    }
    *out = zero ? 0 : all;
    return 1;
}
#endif
