/* Conversions between element types. */
#include "kernels/loops.h"

/* Limits: the least value, and the first power of two that is too large, exact in every float. */
#define I32_LOW (-0x1p31)
#define I32_END 0x1p31
#define I64_LOW (-0x1p63)
#define I64_END 0x1p63
#define U8_LOW 0.0
#define U8_END 0x1p8

/* A float to an integer: in range, or saturated, or 0 for NaN. */
#define FROM_REAL(T, low, end, min, max)                                                           \
    (v >= (end) ? (max) : v <= (low) ? (min) : v != v ? (T)0 : (T)v)

#define TO_F32(v) (float)(v)
#define TO_F64(v) (double)(v)
#define TO_BOOL(v) (uint8_t)((v) != 0)
#define REAL_I32(v) FROM_REAL(int32_t, I32_LOW, I32_END, INT32_MIN, INT32_MAX)
#define REAL_I64(v) FROM_REAL(int64_t, I64_LOW, I64_END, INT64_MIN, INT64_MAX)
#define REAL_U8(v) FROM_REAL(uint8_t, U8_LOW, U8_END, (uint8_t)0, UINT8_MAX)
#define INT_I32(v) (int32_t)((v) > INT32_MAX ? INT32_MAX : (v) < INT32_MIN ? INT32_MIN : (v))
#define INT_I64(v) (int64_t)(v)
#define INT_U8(v) (uint8_t)((v) > UINT8_MAX ? UINT8_MAX : (v) < 0 ? 0 : (v))
#define BYTE(v) (uint8_t)(v)
#define BYTE_I32(v) (int32_t)(v)

#define CAST(name, from, to, convert)                                                              \
    static void name(int64_t n, char *const *p, const int64_t *step, const double *arg)            \
    {                                                                                              \
        (void)arg;                                                                                 \
        if (step[0] == sizeof(to) && step[1] == sizeof(from)) {                                    \
            to *y = (to *)(void *)p[0];                                                            \
            const from *x = (const from *)(const void *)p[1];                                      \
            DL__VECTOR_SMALL                                                                       \
            for (int64_t i = 0; i < n; i++) {                                                      \
                const from v = x[i];                                                               \
                y[i] = convert(v);                                                                 \
            }                                                                                      \
            return;                                                                                \
        }                                                                                          \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const from v = *(const from *)(const void *)(p[1] + i * step[1]);                      \
            *(to *)(void *)(p[0] + i * step[0]) = convert(v);                                      \
        }                                                                                          \
    }

#define CASTS(tag, from, i32, i64, u8)                                                             \
    CAST(tag##_f32, from, float, TO_F32)                                                           \
    CAST(tag##_f64, from, double, TO_F64)                                                          \
    CAST(tag##_i32, from, int32_t, i32)                                                            \
    CAST(tag##_i64, from, int64_t, i64)                                                            \
    CAST(tag##_u8, from, uint8_t, u8)                                                              \
    CAST(tag##_bool, from, uint8_t, TO_BOOL)

CASTS(f32, float, REAL_I32, REAL_I64, REAL_U8)
CASTS(f64, double, REAL_I32, REAL_I64, REAL_U8)
CASTS(i32, int32_t, BYTE_I32, INT_I64, INT_U8)
CASTS(i64, int64_t, INT_I32, INT_I64, INT_U8)
CASTS(u8, uint8_t, BYTE_I32, INT_I64, BYTE)

#define ROW(tag)                                                                                   \
    {                                                                                              \
        tag##_f32, tag##_f64, tag##_i32, tag##_i64, tag##_u8, tag##_bool                           \
    }

dl__loop dl__cast_loop(dl_dtype from, dl_dtype to)
{
    /* A bool is a byte that is 0 or 1. */
    static const dl__loop table[6][6] = {ROW(f32), ROW(f64), ROW(i32), ROW(i64), ROW(u8), ROW(u8)};
    return from >= 0 && from < 6 && to >= 0 && to < 6 ? table[from][to] : NULL;
}
