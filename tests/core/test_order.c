/* Sorting. */
#include "core/order.h"
#include "support/support.h"

enum { MOST = 70 };

static void any_number_of_elements_is_sorted_and_equals_keep_their_order(void **state)
{
    (void)state;
    uint64_t random = 2;
    for (int64_t n = 0; n < MOST; n++)
        for (int kind = 0; kind < 3; kind++) {
            double real[MOST] = {0};
            int64_t whole[MOST] = {0}, order[MOST], spare[MOST];
            for (int64_t i = 0; i < n; i++) {
                whole[i] = (int64_t)(random_number(&random) * 20) - 10;
                real[i] = (double)whole[i];
                order[i] = i;
            }
            if (kind == 0)
                dl__order(order, spare, n, dl__before_i64, whole);
            else
                dl__order(order, spare, n, kind == 1 ? dl__before_f64 : dl__after_f64, real);
            for (int64_t i = 1; i < n; i++) {
                int64_t a = whole[order[i - 1]], b = whole[order[i]];
                assert_true(kind == 2 ? a >= b : a <= b);
                assert_true(a != b || order[i - 1] < order[i]);
            }
            char seen[MOST] = {0};
            for (int64_t i = 0; i < n; i++)
                assert_int_equal(seen[order[i]]++, 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_elements_is_sorted_and_equals_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
