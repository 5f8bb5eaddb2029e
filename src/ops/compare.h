/* What comparisons and logic share: operands of any element type, a result of bool. */
#ifndef DL_OPS_COMPARE_H
#define DL_OPS_COMPARE_H
#include "autograd/elementwise.h"
#include "dl/ops.h"
#include "tensor/iterate.h"

/* p[0]: bool, p[1], p[2]: operands of one type. */
typedef struct dl__compare {
    dl__run f32, f64, i32, i64, u8, flag;
} dl__compare;

/* infer: inputs of one element type broadcast to a bool result. */
dl_status dl__compare_infer(const dl_call *c, dl_spec *out);
/* infer: the same for inputs that must be bool. */
dl_status dl__logical_infer(const dl_call *c, dl_spec *out);
/* out = run of a and b, which broadcast to it; they may be one tensor. */
void dl__compare_run(dl_tensor *out, const dl_tensor *a, const dl_tensor *b, dl__run run);
/* forward: the formula for the type of in[0]. */
dl_status dl__compare_forward(const dl_call *c, const dl__compare *compare);

/* One formula in a and b for one type. Operands that lie close, and a scalar on the right, become
 * vector code. A bool in memory is true unless 0, so READ makes it 0 or 1. */
#define DL__COMPARE_ONE(name, type, READ, ...)                                                     \
    static void name(int64_t n, char *const *p, const int64_t *step, const void *arg)              \
    {                                                                                              \
        (void)arg;                                                                                 \
        const int64_t size = sizeof(type);                                                         \
        if (step[0] == 1 && step[1] == size && (step[2] == size || (step[2] == 0 && n > 1))) {     \
            uint8_t *restrict y = (uint8_t *)p[0];                                                 \
            const type *p1 = (const type *)(const void *)p[1];                                     \
            const type *p2 = (const type *)(const void *)p[2];                                     \
            const type right = READ(p2[0]);                                                        \
            if (step[2] == 0) {                                                                    \
                for (int64_t i = 0; i < n; i++) {                                                  \
                    const type a = READ(p1[i]), b = right;                                         \
                    y[i] = (uint8_t)(__VA_ARGS__);                                                 \
                }                                                                                  \
                return;                                                                            \
            }                                                                                      \
            for (int64_t i = 0; i < n; i++) {                                                      \
                const type a = READ(p1[i]), b = READ(p2[i]);                                       \
                y[i] = (uint8_t)(__VA_ARGS__);                                                     \
            }                                                                                      \
            return;                                                                                \
        }                                                                                          \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const type a = READ(*(const type *)(const void *)(p[1] + i * step[1]));                \
            const type b = READ(*(const type *)(const void *)(p[2] + i * step[2]));                \
            *(uint8_t *)(p[0] + i * step[0]) = (uint8_t)(__VA_ARGS__);                             \
        }                                                                                          \
    }
#define DL__READ_NUMBER(v) (v)
#define DL__READ_FLAG(v) ((v) != 0)

/* static const dl__compare name: the formula for every element type. No semicolon after it. */
#define DL__COMPARE(name, ...)                                                                     \
    DL__COMPARE_ONE(name##_f32, float, DL__READ_NUMBER, __VA_ARGS__)                               \
    DL__COMPARE_ONE(name##_f64, double, DL__READ_NUMBER, __VA_ARGS__)                              \
    DL__COMPARE_ONE(name##_i32, int32_t, DL__READ_NUMBER, __VA_ARGS__)                             \
    DL__COMPARE_ONE(name##_i64, int64_t, DL__READ_NUMBER, __VA_ARGS__)                             \
    DL__COMPARE_ONE(name##_u8, uint8_t, DL__READ_NUMBER, __VA_ARGS__)                              \
    DL__COMPARE_ONE(name##_flag, uint8_t, DL__READ_FLAG, __VA_ARGS__)                              \
    static const dl__compare name = {name##_f32, name##_f64, name##_i32,                           \
                                     name##_i64, name##_u8,  name##_flag};
#endif
