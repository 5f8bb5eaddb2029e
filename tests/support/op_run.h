/* Running one case of an operation, and comparing what came out; the checks are in op_check.c. */
#ifndef DL_TESTS_OP_RUN_H
#define DL_TESTS_OP_RUN_H
#include "support/op_check.h"
#include "support/op_inputs.h"

/* A case in a context of its own. */
typedef struct op_run {
    const op_test *test;
    const op_case *c;
    op_layout layout;
    int alias; /* the first operand stands for the second, too */
    dl_ctx *ctx;
    int32_t n;
    dl_tensor *in[OP_INPUTS]; /* leaves, the caller's */
} op_run;

op_run op_start(const op_test *test, const op_case *c, op_layout layout, int32_t threads);
void op_make_leaves(op_run *r, dl_dtype dtype, int track);
void op_drop_leaves(op_run *r);
/* The end of the test, naming operation, case and layout, with what the context says. */
void op_refuse(const op_run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The function under test as dl_gradcheck wants it, with the same random numbers every time; user
 * is the op_run. */
dl_tensor *op_call(dl_tensor *const *in, int32_t n, void *user);
dl_tensor *op_must_call(op_run *r);
int op_differentiable(const op_run *r);
/* The first operand whose gradient is wanted, or -1. */
int op_first_tracked(const op_run *r);
/* A fixed weighting of the elements of y: row-major, irregular. */
dl_tensor *op_weighting(const dl_tensor *y);
/* The gradients of the tracked leaves, y weighted; grads[i] is NULL for the others. */
dl_status op_gradients(op_run *r, dl_tensor *y, int32_t graph, dl_tensor **grads);

/* Results outside of contexts: the value (part 0) and the gradients of the leaves (part i + 1),
 * row-major. */
enum { OP_PARTS = OP_INPUTS + 1 };
typedef struct op_result {
    dl_dtype dtype[OP_PARTS];
    int64_t n[OP_PARTS];
    size_t bytes[OP_PARTS];
    void *data[OP_PARTS]; /* NULL: there is none */
} op_result;

void op_store(const op_run *r, op_result *out, int32_t part, const dl_tensor *t);
void op_forget(op_result *result);
double op_element(const op_result *r, int32_t part, int64_t i);
const char *op_part_name(int32_t part);
/* Parts first .. last of a are those of b, to within tolerance times the largest magnitude in b. */
void op_expect_near(const op_run *r, const op_result *a, const op_result *b, int32_t first,
                    int32_t last, double tolerance);
void op_expect_equal(const op_run *r, const op_result *a, const op_result *b, const char *what);

/* Forward and backward in r's context, which must be as clean after as it was before; tracked: the
 * leaf whose gradient is wanted, -1 all. */
op_result op_compute_in(op_run *r, dl_dtype dtype, int32_t tracked);
/* The same in a context of its own. */
op_result op_compute(const op_test *test, const op_case *c, op_layout layout, dl_dtype dtype,
                     int32_t threads);

/* The next of the checks that test is run through, from *at on, which it advances; NULL: no more.
 * The state of a check is the op_test. */
const op_fact *op_check_at(const op_test *test, int32_t *at);
/* After the checks: 1 when the engine "blas" was among those compared. */
int op_has_blas(void);
#endif
