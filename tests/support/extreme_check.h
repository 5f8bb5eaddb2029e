/* What the greatest and the least are tested for: of two, along axes, and where along one axis.
 * The least is the greatest of all with the sign turned, so what holds for one is asserted of the
 * other. The whole test:
 *
 *     EXTREME_OF_TWO_TEST(minimum, EXTREME_LEAST)
 *     EXTREME_OVER_TEST(min, EXTREME_LEAST)
 *     EXTREME_PLACE_TEST(argmin, EXTREME_LEAST)
 *     EXTREME_ALONG_TEST(min_along, min, argmin, EXTREME_LEAST)
 */
#ifndef DL_TESTS_EXTREME_CHECK_H
#define DL_TESTS_EXTREME_CHECK_H
#include "dl/ops.h"

enum { EXTREME_LEAST = -1, EXTREME_GREATEST = 1 };

typedef struct extreme_check {
    const char *name;
    int sign; /* of the two above */
    dl_tensor *(*of_two)(dl_tensor *a, dl_tensor *b);
    dl_tensor *(*over)(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims);
    dl_tensor *(*place)(dl_tensor *x, int32_t axis, int32_t keepdims);
    dl_status (*along)(dl_tensor *x, int32_t axis, int32_t keepdims, dl_tensor **value,
                       dl_tensor **index);
} extreme_check;

/* Each wants the function of its name, the last all but of_two; the results are main's. */
int extreme_of_two_main(const extreme_check *check);
int extreme_over_main(const extreme_check *check);
int extreme_place_main(const extreme_check *check);
int extreme_along_main(const extreme_check *check);

#define EXTREME_TEST(kind, op, ...)                                                                \
    int main(void)                                                                                 \
    {                                                                                              \
        return extreme_##kind##_main(&(extreme_check){#op, __VA_ARGS__});                          \
    }
#define EXTREME_OF_TWO_TEST(op, sign) EXTREME_TEST(of_two, op, sign, .of_two = dl_##op)
#define EXTREME_OVER_TEST(op, sign) EXTREME_TEST(over, op, sign, .over = dl_##op)
#define EXTREME_PLACE_TEST(op, sign) EXTREME_TEST(place, op, sign, .place = dl_##op)
#define EXTREME_ALONG_TEST(op, value, index, sign)                                                 \
    EXTREME_TEST(along, op, sign, .along = dl_##op, .over = dl_##value, .place = dl_##index)
#endif
