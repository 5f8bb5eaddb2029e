/* What sums, differences and products are tested for; the whole test:
 *
 *     ARITHMETIC_TEST(add)
 */
#ifndef DL_TESTS_ARITHMETIC_CHECK_H
#define DL_TESTS_ARITHMETIC_CHECK_H
#include "support/op_check.h"

/* The shapes of two operands that are stretched to one another, the second in (low, high). */
#define ARITHMETIC_CASES(low, high)                                                                \
    CASE("matrices", IN(3, 4), IN_RANGE(low, high, 3, 4)),                                         \
        CASE("a row on the right", IN(3, 4), IN_RANGE(low, high, 4)),                              \
        CASE("a column on the left", IN(3, 1), IN_RANGE(low, high, 2, 3, 2)),                      \
        CASE("both stretched", IN(2, 1, 3), IN_RANGE(low, high, 4, 1)),                            \
        CASE("a scalar on the right", IN(5), IN_SCALAR(low, high)),                                \
        CASE("scalars", IN_SCALAR(-2, 2), IN_SCALAR(low, high)),                                   \
        CASE("four axes", IN(2, 3, 1, 2), IN_RANGE(low, high, 2, 3, 2, 2)),                        \
        CASE("nothing", IN(0, 3), IN_RANGE(low, high, 3)),                                         \
        CASE("nothing on both sides", IN(2, 0), IN_RANGE(low, high, 2, 0)),                        \
        LARGE_CASE("many", IN(70, 1, 900), IN_RANGE(low, high, 70, 3, 900))

/* op_main, and that shapes which do not broadcast are named; the result is main's. */
int arithmetic_main(const op_test *test, const struct CMUnitTest *more, int32_t n_more);

#define ARITHMETIC_TEST(op)                                                                        \
    OP_BINARY(op)                                                                                  \
    static const op_case cases[] = {ARITHMETIC_CASES(-2, 2)};                                      \
    static const op_test test = {#op, call_##op, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};       \
    int main(void)                                                                                 \
    {                                                                                              \
        return arithmetic_main(&test, NULL, 0);                                                    \
    }
#endif
