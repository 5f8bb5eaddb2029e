#include "support/sched_run.h"

static void a_constant_schedule_is_one(void **state)
{
    dl_sched *s = dl_sched_constant(*state);
    assert_true(dl_sched_factor(s, 0) == 1 && dl_sched_factor(s, INT64_MAX) == 1);
    dl_sched_drop(s);
    check_sched_faults(*state, dl_sched_constant);
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_ctx(a_constant_schedule_is_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
