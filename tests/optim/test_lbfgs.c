#include <math.h>
#include <stdlib.h>
#include "core/isa.h"
#include "core/memory.h"
#include "dl/checkpoint.h"
#include "dl/ops.h"
#include "support/optim_run.h"
#include "support/scratch.h"

#define CASE(name, ...)                                                                            \
    static dl_optim *name(dl_module *m)                                                            \
    {                                                                                              \
        return dl_optim_lbfgs(m, &(dl_lbfgs_opts){__VA_ARGS__});                                   \
    }
CASE(single, .lr = 0.1, .max_iter = 1)
CASE(few_pairs, .lr = 0.2, .max_iter = 3, .history = 2)
CASE(few_evals, .lr = 0.3, .max_iter = 2, .max_eval = 2, .tolerance_grad = 1e-4)
CASE(wolfe, .max_iter = 1, .line_search = DL_SEARCH_WOLFE)
CASE(wolfe_short, .lr = 0.7, .max_iter = 2, .history = 1, .line_search = DL_SEARCH_WOLFE)
CASE(wolfe_far, .lr = 30, .max_iter = 1, .max_eval = 9, .line_search = DL_SEARCH_WOLFE)
CASE(wolfe_near, .lr = 0.001, .max_iter = 1, .max_eval = 12, .line_search = DL_SEARCH_WOLFE)
CASE(tight, .tolerance_change = 1e-15, .line_search = DL_SEARCH_WOLFE)
CASE(defaults, .line_search = DL_SEARCH_WOLFE)

static void lbfgs_takes_the_steps_of_pytorch_with_and_without_line_search(void **state)
{
    (void)state;
    check_path("lbfgs", single, DL_F64, 1e-12);
    check_path("lbfgs_short", few_pairs, DL_F64, 1e-12);
    check_path("lbfgs_long", few_evals, DL_F64, 1e-12);
    check_path("lbfgs_wolfe", wolfe, DL_F64, 1e-12);
    /* What these find differs from run to run as soon as sums are rounded differently: f32 and f64
     * of PyTorch are 1e-4, and for the last 1, apart. The line search amplifies. */
    check_path("lbfgs_wolfe_short", wolfe_short, DL_F64, 1e-11);
    check_path("lbfgs_wolfe_far", wolfe_far, DL_F64, 1e-11);
    check_path("lbfgs_wolfe_near", wolfe_near, DL_F64, 1e-9);
    /* Sums are double here, float there. */
    check_path("lbfgs", single, DL_F32, 16 * 0x1p-23);
    check_path("lbfgs_wolfe", wolfe, DL_F32, 16 * 0x1p-23);
}

static void lbfgs_goes_on_from_a_checkpoint_with_the_same_bits(void **state)
{
    (void)state;
    check_resume(single);
    check_resume(few_pairs);
    check_resume(wolfe);
    check_resume(wolfe_near);
}

static void lbfgs_survives_every_failing_allocation(void **state)
{
    (void)state;
    check_faults(single);
    check_faults(wolfe);
}

/* ---- a larger function ----------------------------------------------------------------------- */

enum { LARGE = 70001 };

/* Sum of (w^2 - 1)^2 / 4 + w b over all parameters; user counts calls. */
static dl_tensor *wells(dl_module *m, void *user)
{
    dl_tensor *sum = NULL;
    for (int32_t i = 0; i < dl_module_param_count(m); i++) {
        dl_tensor *w = dl_module_param(m, i);
        const int64_t n = dl_tensor_count(w);
        dl_tensor *b = random_tensor(dl_module_ctx(m), dl_tensor_dtype(w), (uint64_t)i, &n, 1);
        dl_tensor *well = dl_add_scalar(dl_mul(w, w), -1);
        dl_tensor *all = dl_add(dl_scale(dl_mul(well, well), 0.25), dl_mul(w, b));
        dl_tensor *s = dl_sum(all, NULL, 0, 0);
        sum = sum ? dl_add(sum, s) : s;
    }
    if (user)
        ++*(int *)user;
    return sum;
}

static void large_steps(int32_t threads, int isa, dl_dtype dt, optim_make make,
                        char hash[DL_HASH_TEXT])
{
    static const int64_t sizes[] = {LARGE, 77};
    dl_ctx *ctx = make_ctx(threads);
    const int best = dl__isa_force(isa);
    dl_module *m = make_params(ctx, dt, sizes, 2);
    dl_optim *o = make(m);
    double loss = 1, first = 0;
    for (int step = 0; step < 3; step++) {
        assert_int_equal(dl_optim_step_closure(o, wells, NULL, &loss), DL_OK);
        first = step ? first : loss;
    }
    assert_true(loss < first);
    assert_int_equal(dl_module_hash(m, hash), DL_OK);
    dl_optim_drop(o);
    dl_module_drop(m);
    dl__isa_force(best);
    end_ctx(ctx);
}

static void lbfgs_gives_the_same_bits_for_any_number_of_threads_and_instruction_set(void **state)
{
    (void)state;
    static const optim_make make[] = {few_pairs, wolfe_short};
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++)
        for (int i = 0; i < 2; i++) {
            char one[DL_HASH_TEXT], other[DL_HASH_TEXT];
            large_steps(1, dl__isa(), dt, make[i], one);
            for (int32_t threads = 2; threads < 5; threads++) {
                large_steps(threads, dl__isa(), dt, make[i], other);
                assert_string_equal(one, other);
            }
            large_steps(2, 0, dt, make[i], other);
            assert_string_equal(one, other);
        }
}

static void lbfgs_finds_a_minimum_in_one_call(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_point(ctx, DL_F64);
    dl_optim *o = tight(m);
    for (int step = 0; step < 3; step++)
        assert_int_equal(dl_optim_step_closure(o, point_closure, NULL, NULL), DL_OK);
    point_backward(m);
    assert_true(dl_optim_grad_norm(o) < 1e-6);
    /* At a minimum nothing moves, and one evaluation is enough. */
    dl_tensor *x = param_copy(m, 0);
    dl_optim_drop(o);
    o = dl_optim_lbfgs(m, &(dl_lbfgs_opts){.tolerance_grad = 1e-5});
    assert_int_equal(dl_optim_step_closure(o, point_closure, NULL, NULL), DL_OK);
    assert_same_bits(dl_module_param(m, 0), x);
    assert_int_equal(dl_optim_steps(o), 1);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void lbfgs_evaluates_no_more_often_than_it_may(void **state)
{
    dl_ctx *ctx = *state;
    static const int64_t size = 5;
    for (int search = DL_SEARCH_NONE; search <= DL_SEARCH_WOLFE; search++) {
        dl_module *m = make_params(ctx, DL_F64, &size, 1);
        dl_optim *o = dl_optim_lbfgs(
            m, &(dl_lbfgs_opts){.lr = 0.01, .max_iter = 50, .max_eval = 7, .line_search = search});
        int calls = 0;
        assert_int_equal(dl_optim_step_closure(o, wells, &calls, NULL), DL_OK);
        assert_in_range(calls, 2, 8); /* the first look of a line search is always taken */
        dl_optim_drop(o);
        dl_module_drop(m);
    }
}

/* ---- what goes wrong ------------------------------------------------------------------------- */

typedef struct trap {
    int calls, at; /* which call fails */
    double value;  /* the loss there; 0: NULL, 1: an error of its own */
} trap;

static dl_tensor *trapped(dl_module *m, void *user)
{
    trap *t = user;
    dl_tensor *loss = point_loss(m);
    if (++t->calls != t->at)
        return loss;
    if (t->value == 1)
        dl_fail(dl_module_ctx(m), DL_EUSER, "the trap closed");
    return t->value == 0 || t->value == 1 ? NULL : dl_scale(loss, t->value);
}

/* Both with the failing call in the second iteration: the weights are those of the first. */
static void a_failure_leaves_the_weights_of_the_last_good_iteration(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        double value;
        dl_status status;
        const char *part;
    } bad[] = {{0, DL_EUSER, "the closure returned NULL"},
               {1, DL_EUSER, "the trap closed"},
               {NAN, DL_ENUMERIC, "optim_lbfgs: the loss is nan, wanted a finite one"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dl_module *m = make_point(ctx, DL_F64), *same = make_point(ctx, DL_F64);
        dl_optim *o = dl_optim_lbfgs(m, &(dl_lbfgs_opts){.lr = 0.1, .max_iter = 5});
        dl_optim *p = dl_optim_lbfgs(same, &(dl_lbfgs_opts){.lr = 0.1, .max_iter = 1});
        trap t = {.at = 3, .value = bad[i].value};
        double loss = 7;
        assert_int_equal(dl_optim_step_closure(o, trapped, &t, &loss), bad[i].status);
        expect_error(ctx, bad[i].status, bad[i].part);
        assert_true(loss == 7);
        assert_int_equal(dl_optim_steps(o), 0);
        assert_int_equal(dl_optim_step_closure(p, point_closure, NULL, NULL), DL_OK);
        assert_same_bits(dl_module_param(m, 0), dl_module_param(same, 0));
        assert_same_bits(dl_module_param(m, 1), dl_module_param(same, 1));
        /* And it goes on. */
        assert_int_equal(dl_optim_step_closure(o, point_closure, NULL, &loss), DL_OK);
        assert_true(loss < 7);
        dl_optim_drop(o);
        dl_optim_drop(p);
        dl_module_drop(m);
        dl_module_drop(same);
    }
}

static dl_tensor *log_barrier(dl_module *m, void *user)
{
    dl_tensor *w = dl_module_param(m, 0); /* w - log w, NaN below 0; lowest at 1 */
    (void)user;
    return dl_sum(dl_sub(w, dl_log(w)), NULL, 0, 0);
}

static void the_line_search_comes_back_from_where_the_loss_is_not_finite(void **state)
{
    dl_ctx *ctx = *state;
    static const int64_t size = 3;
    dl_module *m = make_params(ctx, DL_F64, &size, 1);
    dl_tensor_fill(dl_module_param(m, 0), 20);
    dl_optim *o = dl_optim_lbfgs(m, &(dl_lbfgs_opts){.lr = 500, .line_search = DL_SEARCH_WOLFE});
    for (int i = 0; i < 4; i++)
        assert_int_equal(dl_optim_step_closure(o, log_barrier, NULL, NULL), DL_OK);
    assert_close(dl_module_param(m, 0), ((const double[]){1, 1, 1}), 3, 1e-3);
    dl_optim_drop(o);
    /* No finite point within reach. */
    o = dl_optim_lbfgs(m,
                       &(dl_lbfgs_opts){.lr = 1e9, .max_eval = 3, .line_search = DL_SEARCH_WOLFE});
    dl_tensor_fill(dl_module_param(m, 0), 20);
    assert_int_equal(dl_optim_step_closure(o, log_barrier, NULL, NULL), DL_ENUMERIC);
    expect_error(ctx, DL_ENUMERIC, "the loss is finite at none of the ");
    assert_values(dl_module_param(m, 0), 20, 20, 20);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void frozen_parameters_are_no_part_of_the_search(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_point(ctx, DL_F64);
    dl_optim *o = defaults(m);
    dl_tensor *y = param_copy(m, 1), *x = param_copy(m, 0);
    assert_int_equal(dl_optim_group(o, "y", DL_OFF, 0), DL_OK);
    assert_int_equal(dl_optim_step_closure(o, point_closure, NULL, NULL), DL_OK);
    assert_same_bits(dl_module_param(m, 1), y);
    assert_true(dl_tensor_item(dl_sum(
                    dl_mul(dl_sub(x, dl_module_param(m, 0)), dl_sub(x, dl_module_param(m, 0))),
                    NULL, 0, 0)) > 0);
    assert_int_equal(dl_optim_group(o, "y", 0.5, 0), DL_OK);
    assert_int_equal(dl_optim_step_closure(o, point_closure, NULL, NULL), DL_EUNSUPPORTED);
    expect_error(ctx, DL_EUNSUPPORTED, "rates of groups");
    assert_int_equal(dl_optim_group(o, "y", 1, 0.5), DL_OK);
    assert_int_equal(dl_optim_step_closure(o, point_closure, NULL, NULL), DL_EUNSUPPORTED);
    expect_error(ctx, DL_EUNSUPPORTED, "weight decay");
    assert_int_equal(dl_optim_spare(o, NULL), DL_OK);
    assert_int_equal(dl_optim_clip(o, 1, 0), DL_OK);
    assert_int_equal(dl_optim_step_closure(o, point_closure, NULL, NULL), DL_EUNSUPPORTED);
    expect_error(ctx, DL_EUNSUPPORTED, "clipping");
    assert_int_equal(dl_optim_clip(o, 0, 0), DL_OK);
    assert_int_equal(dl_optim_proximal(o, "*", 0.1), DL_OK);
    assert_int_equal(dl_optim_step_closure(o, point_closure, NULL, NULL), DL_EUNSUPPORTED);
    expect_error(ctx, DL_EUNSUPPORTED, "proximal");
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void lbfgs_names_an_option_out_of_range(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        dl_lbfgs_opts o;
        const char *part;
    } bad[] = {
        {{.lr = -2}, "optim_lbfgs: lr is -2"},
        {{.tolerance_grad = NAN}, "tolerance_grad is nan"},
        {{.tolerance_change = -2}, "tolerance_change is -2"},
        {{.max_iter = -1}, "optim_lbfgs: max_iter is -1, wanted 1 to 1000000000"},
        {{.max_eval = -5}, "max_eval is -5"},
        {{.history = 1001}, "history is 1001, wanted 1 to 1000"},
        {{.line_search = 2}, "line_search is 2, wanted DL_SEARCH_NONE or DL_SEARCH_WOLFE"},
        {{.reserved = {1}}, "reserved"},
    };
    dl_module *m = make_point(ctx, DL_F32);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(dl_optim_lbfgs(m, &bad[i].o));
        expect_error(ctx, DL_EINVAL, bad[i].part);
    }
    assert_null(dl_optim_lbfgs(NULL, NULL));
    dl_optim *o = dl_optim_lbfgs(m, NULL);
    point_backward(m);
    assert_int_equal(dl_optim_step(o), DL_ESTATE);
    expect_error(ctx, DL_ESTATE,
                 "optim_step: lbfgs evaluates the loss itself; call dl_optim_step_closure");
    dl_optim_drop(o);
    dl_module_drop(m);
}

/* ---- closures of other optimizers ------------------------------------------------------------ */

static void a_closure_gives_other_optimizers_one_evaluation_and_one_step(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_point(ctx, DL_F64), *same = make_point(ctx, DL_F64);
    dl_optim *o = dl_optim_adam(m, NULL), *p = dl_optim_adam(same, NULL);
    for (int step = 0; step < 5; step++) {
        double loss = 0;
        trap t = {0};
        assert_int_equal(dl_optim_step_closure(o, trapped, &t, &loss), DL_OK);
        assert_int_equal(t.calls, 1);
        point_backward(same);
        assert_true(loss == dl_tensor_item(point_loss(same)));
        assert_int_equal(dl_optim_step(p), DL_OK);
        assert_same_bits(dl_module_param(m, 0), dl_module_param(same, 0));
    }
    static const struct {
        double value;
        dl_status status;
        const char *part;
    } bad[] = {{0, DL_EUSER, "optim_step_closure: the closure returned NULL"},
               {1, DL_EUSER, "the trap closed"},
               {INFINITY, DL_ENUMERIC, "optim_step_closure: the loss is "}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        trap t = {.at = 1, .value = bad[i].value};
        assert_int_equal(dl_optim_step_closure(o, trapped, &t, NULL), bad[i].status);
        expect_error(ctx, bad[i].status, bad[i].part);
        assert_same_bits(dl_module_param(m, 0), dl_module_param(same, 0));
        assert_int_equal(dl_optim_steps(o), 5);
    }
    assert_int_equal(dl_optim_step_closure(o, NULL, NULL, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "optim_step_closure: the closure is NULL");
    assert_int_equal(dl_optim_step_closure(NULL, point_closure, NULL, NULL), DL_EINVAL);
    dl_optim_drop(o);
    dl_optim_drop(p);
    dl_module_drop(m);
    dl_module_drop(same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lbfgs_takes_the_steps_of_pytorch_with_and_without_line_search),
        cmocka_unit_test(lbfgs_goes_on_from_a_checkpoint_with_the_same_bits),
        cmocka_unit_test(lbfgs_survives_every_failing_allocation),
        cmocka_unit_test(lbfgs_gives_the_same_bits_for_any_number_of_threads_and_instruction_set),
        with_ctx(lbfgs_finds_a_minimum_in_one_call),
        with_ctx(lbfgs_evaluates_no_more_often_than_it_may),
        with_ctx(a_failure_leaves_the_weights_of_the_last_good_iteration),
        with_ctx(the_line_search_comes_back_from_where_the_loss_is_not_finite),
        with_ctx(frozen_parameters_are_no_part_of_the_search),
        with_ctx(lbfgs_names_an_option_out_of_range),
        with_ctx(a_closure_gives_other_optimizers_one_evaluation_and_one_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
