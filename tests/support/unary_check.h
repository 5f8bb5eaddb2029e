/* What every operation of one input with a formula (src/ops/unary.h) is tested for, on top of
 * op_check: a table of shapes over a range, exact facts, the error of f32, far away.
 *
 *     UNARY_TEST(silu, dl_silu(x), -3, 3)
 *     static const unary_fact facts[] = {{0, 0, 0.5, 0.5}, {INFINITY, INFINITY, 1, 0}};
 *     int main(void)
 *     {
 *         return unary_main(&test, &(unary_check){facts, UNARY_LENGTH(facts), .ulps = 3}, NULL, 0);
 *     }
 */
#ifndef DL_TESTS_UNARY_CHECK_H
#define DL_TESTS_UNARY_CHECK_H
#include <math.h>
#include "dl/ops.h"
#include "support/op_check.h"

/* f, f' and f'' at x: in f64 to 1e-15 of max(1, |wanted|), in f32 to 2^-22 of it; infinities and
 * NaN as they are. */
typedef struct unary_fact {
    double x, f, slope, curve;
} unary_fact;

/* Flags. */
enum {
    UNARY_NAN_HAS_SLOPE = 1, /* f'(NaN) is a number, as PyTorch has it    */
    UNARY_NO_CURVE = 2,      /* f'' is 0: no third gradient to be refused */
    UNARY_UNBOUNDED = 4      /* NaN or infinite far away: facts say where */
};
typedef struct unary_check {
    const unary_fact *facts;
    int32_t n_facts;
    int32_t flags;
    double low, high;  /* where f32 is compared with f64; 0 and 0: -30 to 30 */
    double ulps;       /* its largest error there, in units in the last place of f */
    double slope_ulps; /* the same of f', of max(1, |f'|): f' may cross 0 */
} unary_check;
#define UNARY_LENGTH(a) OP_LENGTH(a)

/* call_OP, from an expression of x, and the table `test` with values in (low, high). */
#define UNARY_TEST(op, expression, low, high)                                                      \
    static dl_tensor *call_##op(dl_tensor *const *in, int32_t n, void *user)                       \
    {                                                                                              \
        (void)n;                                                                                   \
        (void)user;                                                                                \
        dl_tensor *x = in[0];                                                                      \
        return expression;                                                                         \
    }                                                                                              \
    static const op_case cases[] = {                                                               \
        CASE("a matrix", IN_RANGE(low, high, 3, 4)),                                               \
        CASE("a scalar", IN_SCALAR(low, high)),                                                    \
        CASE("one element", IN_RANGE(low, high, 1)),                                               \
        CASE("five axes", IN_RANGE(low, high, 2, 1, 3, 2, 2)),                                     \
        CASE("nothing", IN_RANGE(low, high, 0, 4)),                                                \
        LARGE_CASE("many", IN_RANGE(low, high, 3, 70001)),                                         \
    };                                                                                             \
    static const op_test test = {#op, call_##op, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};

/* op_main with the tests of unary_check.c added. */
int unary_main(const op_test *test, const unary_check *check, const struct CMUnitTest *more,
               int32_t n_more);
/* f, f' and f'' of fn (with user) at the elements of x, a tracked leaf; each as values_of, to be
 * freed. */
void unary_values(dl_fn fn, dl_tensor *x, void *user, double *out[3]);
#endif
