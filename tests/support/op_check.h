/* What every operation is tested for, so that a new operation's test is a table of shapes.
 *
 *     OP_UNARY(relu)
 *     static const op_case cases[] = {
 *         CASE("a matrix", IN(3, 4)),
 *         CASE("nothing", IN(0, 4)),
 *     };
 *     static const op_test test = {"relu", call_relu, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};
 *     int main(void)
 *     {
 *         static const struct CMUnitTest more[] = {cmocka_unit_test(relu_lets_nan_pass)};
 *         return op_main(&test, more, OP_LENGTH(more));
 *     }
 *
 * Each case is run contiguous, permuted, sliced with steps, backwards and broadcast; the list at
 * the end of op_check.c says what is asserted. Single facts are tested with support.h. */
#ifndef DL_TESTS_OP_CHECK_H
#define DL_TESTS_OP_CHECK_H
#include "dl/grad.h"
#include "dl/losses.h"
#include "support/support.h"

enum { OP_INPUTS = 6, OP_DIMS = 6 };
enum { OP_ABSENT = 0, OP_TRACKED = 1, OP_FIXED = 2, OP_INDEX = 3 };

/* One operand: floats whose gradient is wanted, floats held fixed, or integers. Values are
 * distinct, spread evenly over (low, high) and representable in f32; integers lie in [low, high).
 * */
typedef struct op_input {
    int32_t kind;
    dl_dtype dtype; /* of OP_INDEX */
    int32_t ndim;
    int64_t dims[OP_DIMS];
    double low, high;
} op_input;

#define OP_LENGTH(a) ((int32_t)(sizeof(a) / sizeof *(a)))
#define OP_COUNT(...) ((int32_t)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)))
#define IN_RANGE(low, high, ...)                                                                   \
    {                                                                                              \
        OP_TRACKED, DL_F64, OP_COUNT(__VA_ARGS__), {__VA_ARGS__}, low, high                        \
    }
#define IN(...) IN_RANGE(-2.0, 2.0, __VA_ARGS__)
#define IN_SCALAR(low, high)                                                                       \
    {                                                                                              \
        OP_TRACKED, DL_F64, 0, {0}, low, high                                                      \
    }
#define FIXED_RANGE(low, high, ...)                                                                \
    {                                                                                              \
        OP_FIXED, DL_F64, OP_COUNT(__VA_ARGS__), {__VA_ARGS__}, low, high                          \
    }
#define FIXED(...) FIXED_RANGE(-2.0, 2.0, __VA_ARGS__)
/* Labels 0 .. n - 1. */
#define INDEX(dtype, n, ...)                                                                       \
    {                                                                                              \
        OP_INDEX, dtype, OP_COUNT(__VA_ARGS__), {__VA_ARGS__}, 0.0, n                              \
    }

/* Flags of a case. */
enum {
    OP_LARGE = 1 /* big enough to be cut among threads: only the checks of threads and of f32 */
};
typedef struct op_case {
    const char *name;
    op_input in[OP_INPUTS]; /* up to the first that is absent */
    void *user;             /* handed to the function: axes, options, ... */
    int32_t flags;
} op_case;
#define CASE(title, ...)                                                                           \
    {                                                                                              \
        .name = title, .in = { __VA_ARGS__ }                                                       \
    }
#define CASE_WITH(options, title, ...)                                                             \
    {                                                                                              \
        .name = title, .user = options, .in = { __VA_ARGS__ }                                      \
    }
#define LARGE_CASE(title, ...)                                                                     \
    {                                                                                              \
        .name = title, .flags = OP_LARGE, .in = { __VA_ARGS__ }                                    \
    }
#define LARGE_CASE_WITH(options, title, ...)                                                       \
    {                                                                                              \
        .name = title, .user = options, .flags = OP_LARGE, .in = { __VA_ARGS__ }                   \
    }

/* Flags of an operation. */
enum {
    OP_KEEPS_LAYOUT = 1, /* the result has the strides of a dense in[0] of its shape        */
    OP_NO_GRADIENT = 2,  /* not differentiable: the result is never recorded                */
    OP_FIRST_GRADIENT_ONLY =
        4,              /* gradients of gradients are refused                              */
    OP_ANY_DTYPE = 8,   /* integers are welcome too                                        */
    OP_NEVER_EMPTY = 16 /* no sizes of 0: they are refused, or mean nothing                */
};
typedef struct op_test {
    const char *name; /* as messages of the operation begin */
    dl_fn fn;
    const op_case *cases;
    int32_t n_cases;
    int32_t flags;
    const char *record; /* dl_NAME in docs/support.md; NULL: name */
    double f32; /* largest error of f32 against f64, over the largest magnitude; default 2e-6 */
} op_test;
#define OP_CASES(cases) cases, OP_LENGTH(cases)

/* call_relu, the function of an operation of one, two operands. */
#define OP_UNARY(op)                                                                               \
    static dl_tensor *call_##op(dl_tensor *const *in, int32_t n, void *user)                       \
    {                                                                                              \
        (void)n;                                                                                   \
        (void)user;                                                                                \
        return dl_##op(in[0]);                                                                     \
    }
#define OP_BINARY(op)                                                                              \
    static dl_tensor *call_##op(dl_tensor *const *in, int32_t n, void *user)                       \
    {                                                                                              \
        (void)n;                                                                                   \
        (void)user;                                                                                \
        return dl_##op(in[0], in[1]);                                                              \
    }

/* What has passed goes to docs/support.md, which tests/docs/support.sh makes. op_main does this;
 * for tests that do without. engines: "plain native", "plain native blas". */
void op_record(const char *name, int32_t flags, const char *engines);

/* Runs every check as a test of its own, then more[0..n_more); the result is main's. */
int op_main(const op_test *test, const struct CMUnitTest *more, int32_t n_more);

/* A fact that several operations share, run in a context of its own; its test has the operation's
 * name before it: eq_compares_every_type. */
typedef struct op_fact {
    const char *name;
    CMUnitTestFunction run;
} op_fact;
#define OP_FACT(f)                                                                                 \
    {                                                                                              \
#f, f                                                                                      \
    }
/* op_main with the facts before more. */
int op_main_with(const op_test *test, const op_fact *facts, int32_t n_facts,
                 const struct CMUnitTest *more, int32_t n_more);
#endif
