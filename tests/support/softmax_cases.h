/* The shapes that dl_softmax and dl_log_softmax are tested with; the user is the axis, NULL: the
 * last. */
#ifndef DL_TESTS_SOFTMAX_CASES_H
#define DL_TESTS_SOFTMAX_CASES_H
#include "support/op_check.h"

static const op_case softmax_cases[] = {
    CASE("rows", IN(3, 5)),
    CASE_WITH((&(int32_t){0}), "columns", IN(4, 3)),
    CASE_WITH((&(int32_t){1}), "channels", IN(2, 3, 2, 2)),
    CASE("longer than the partial sums", IN(1, 19)),
    CASE("a vector", IN(4)),
    CASE("one class", IN(3, 1)),
    CASE("a scalar", IN_SCALAR(-2, 2)),
    CASE("no rows", IN(0, 4)),
    CASE("no classes", IN(4, 0)),
    LARGE_CASE("many rows", IN(700, 101)),
    LARGE_CASE_WITH((&(int32_t){0}), "many columns", IN(37, 3001)),
    LARGE_CASE_WITH((&(int32_t){1}), "many channels", IN(3, 21, 40, 33)),
    LARGE_CASE("long rows", IN(3, 70001)),
};
#endif
