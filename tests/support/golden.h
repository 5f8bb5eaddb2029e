/* Values and gradients of operations against those of PyTorch, which tests/golden/make_FAMILY.py
 * stored in tests/golden/FAMILY.txt. A family's test is a table:
 *
 *     GOLDEN(add, in[0], in[1])
 *     GOLDEN(scale, in[0], a->r[0])
 *     static const golden_op ops[] = {GOLDEN_OP(add), GOLDEN_OP(scale)};
 *     int main(void)
 *     {
 *         return golden_main("arithmetic", ops, GOLDEN_LENGTH(ops));
 *     }
 */
#ifndef DL_TESTS_GOLDEN_H
#define DL_TESTS_GOLDEN_H
#include "dl/losses.h"
#include "dl/ops.h"
#include "support/support.h"

enum { GOLDEN_WORDS = 24 };

/* The numbers of a case. */
typedef struct golden_args {
    int64_t k[GOLDEN_WORDS];    /* integers            */
    int32_t axes[GOLDEN_WORDS]; /* the same, as axes   */
    int32_t n;                  /* how many            */
    int32_t n_in;               /* inputs of the case  */
    double r[GOLDEN_WORDS];     /* reals               */
} golden_args;

/* in: as many as the case has, the others NULL. */
typedef struct golden_op {
    const char *name;
    dl_tensor *(*call)(dl_tensor *const *in, const golden_args *a);
} golden_op;

/* static dl_tensor *call_OP: dl_OP of the arguments. */
#define GOLDEN(op, ...)                                                                            \
    static dl_tensor *call_##op(dl_tensor *const *in, const golden_args *a)                        \
    {                                                                                              \
        (void)a;                                                                                   \
        return dl_##op(__VA_ARGS__);                                                               \
    }
#define GOLDEN_OP(op)                                                                              \
    {                                                                                              \
#op, call_##op                                                                             \
    }
#define GOLDEN_INT(i) ((int32_t)a->k[i])
#define GOLDEN_LENGTH(a) ((int32_t)(sizeof(a) / sizeof *(a)))

/* Runs FAMILY.txt in f64 and in f32; every operation must have a case, every case its operation.
 * The result is main's. */
int golden_main(const char *family, const golden_op *ops, int32_t n_ops);
#endif
