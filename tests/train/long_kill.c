/* Training survives kill -9. */
#include "support/support.h"
#include "support/kill.h"
#include "support/scratch.h"

static int begin(void **state)
{
    (void)state;
    return scratch_begin();
}

static int finish(void **state)
{
    (void)state;
    scratch_end();
    return 0;
}

static void a_run_killed_at_random_moments_ends_with_the_same_bits(void **state)
{
    (void)state;
    kill_rounds(10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        a_run_killed_at_random_moments_ends_with_the_same_bits, begin, finish)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
