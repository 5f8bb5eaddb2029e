#include "support/sched_run.h"
#include <math.h>
#include "support/optim_run.h"

typedef struct user {
    int64_t stop; /* the step at which it fails; -1: never */
    double value; /* what it gives; 0: 1 / (1 + step)      */
    int released;
} user;

static int32_t fn(int64_t step, double *factor, void *of)
{
    const user *u = of;
    *factor = u && u->value != 0 ? u->value : 1 / (1 + (double)step);
    return u && step == u->stop ? 7 : 0;
}

static void release(void *of)
{
    ((user *)of)->released++;
}

static void a_function_is_that_of_pytorch(void **state)
{
    user u = {.stop = -1};
    dl_sched *s = dl_sched_function(*state, fn, &u, release);
    check_factors("function", s);
    dl_sched_keep(s);
    dl_sched_drop(s);
    assert_int_equal(u.released, 0);
    dl_sched_drop(s);
    assert_int_equal(u.released, 1);
}

static void a_function_that_fails_stops_the_step_and_changes_nothing(void **state)
{
    dl_ctx *ctx = *state;
    user u = {.stop = 1};
    dl_module *m = make_point(ctx, DL_F64);
    dl_optim *o = dl_optim_sgd(m, NULL);
    assert_int_equal(dl_optim_set_sched(o, dl_sched_function(ctx, fn, &u, release)), DL_OK);
    point_backward(m);
    assert_int_equal(dl_optim_step(o), DL_OK);
    dl_tensor *before = param_copy(m, 0);
    assert_int_equal(dl_optim_step(o), DL_EUSER);
    expect_error(ctx, DL_EUSER, "sched_function: the function returned 7 at step 1");
    assert_same_bits(before, dl_module_param(m, 0));
    assert_int_equal(dl_optim_steps(o), 1);
    assert_true(isnan(dl_optim_lr(o)));
    expect_error(ctx, DL_EUSER, "returned 7");
    u = (user){.stop = -1, .value = INFINITY};
    assert_int_equal(dl_optim_step(o), DL_ENUMERIC);
    expect_error(ctx, DL_ENUMERIC, "the learning rate is inf");
    u.value = 0;
    assert_int_equal(dl_optim_step(o), DL_OK);
    dl_optim_drop(o);
    dl_module_drop(m);
    assert_int_equal(u.released, 1);
}

static void a_function_that_cannot_be_used_is_released_at_once(void **state)
{
    user u = {0};
    assert_null(dl_sched_function(*state, NULL, &u, release));
    expect_error(*state, DL_EINVAL, "sched_function: the function is NULL");
    assert_null(dl_sched_function(NULL, fn, &u, release));
    assert_int_equal(u.released, 2);
}

static int made, released;

static void count_release(void *of)
{
    (void)of;
    released++;
}

static dl_sched *make(dl_ctx *ctx)
{
    made++;
    return dl_sched_function(ctx, fn, NULL, count_release);
}

static void a_function_survives_every_failing_allocation(void **state)
{
    check_sched_faults(*state, make);
    assert_int_equal(made, released);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_function_is_that_of_pytorch),
        with_ctx(a_function_that_fails_stops_the_step_and_changes_nothing),
        with_ctx(a_function_that_cannot_be_used_is_released_at_once),
        with_ctx(a_function_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
