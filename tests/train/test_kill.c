/* Training survives kill -9. */
#include "support/support.h"
#include "support/kill.h"
#include "support/scratch.h"

static void a_run_killed_at_random_moments_ends_with_the_same_bits(void **state)
{
    (void)state;
    kill_rounds(KILL_DENSE, 4);
}

static void so_does_one_of_a_convolutional_net(void **state)
{
    (void)state;
    kill_rounds(KILL_CONV, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch(a_run_killed_at_random_moments_ends_with_the_same_bits),
        with_scratch(so_does_one_of_a_convolutional_net)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
