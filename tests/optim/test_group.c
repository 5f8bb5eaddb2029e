#include <math.h>
#include "dl/ext.h"
#include "support/optim_run.h"

static dl_optim *grouped(dl_module *m)
{
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.05, .momentum = 0.9, .weight_decay = 0.1});
    assert_int_equal(dl_optim_group(o, "x", 0.5, DL_OFF), DL_OK);
    return o;
}

static void groups_take_the_steps_of_pytorch(void **state)
{
    (void)state;
    check_trajectory("groups", grouped);
}

/* Which of "a", "ab", "abc", "b.weight", "b.bias" a pattern moves, as bits. */
static int moved(dl_module *m, const char *pattern)
{
    dl_ctx *ctx = dl_module_ctx(m);
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 1});
    assert_int_equal(dl_optim_group(o, "*", DL_OFF, 0), DL_OK);
    int bits = 0;
    if (dl_optim_group(o, pattern, 1, 0) == DL_OK) {
        for (int32_t i = 0; i < 5; i++) {
            dl_tensor_fill(dl_module_param(m, i), 0);
            give_grad_of(m, i, 1);
        }
        dl_optim_step(o);
        for (int i = 0; i < 5; i++)
            bits |= (dl_tensor_item(dl_module_param(m, i)) != 0) << i;
    } else {
        expect_error(ctx, DL_EINVAL, "optim_group: no parameter's name fits");
    }
    dl_optim_drop(o);
    return bits;
}

static dl_module *make_named(dl_ctx *ctx)
{
    dl_module *m = dl_module_new(ctx, &bag_class, NULL), *b = dl_module_new(ctx, &bag_class, NULL);
    dl_module_add_param(b, "weight", dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(1)));
    dl_module_add_param(b, "bias", dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(1)));
    dl_module_add_param(m, "a", dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(1)));
    dl_module_add_param(m, "ab", dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(1)));
    dl_module_add_param(m, "abc", dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(1)));
    dl_module_add(m, "b", b);
    expect_ok(ctx);
    return m;
}

static void patterns_fit_as_in_a_shell(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_named(ctx);
    static const struct {
        const char *pattern;
        int bits;
    } cases[] = {
        {"*", 31},      {"a", 1},       {"a*", 7},    {"?", 1},       {"??", 2},   {"a?", 2},
        {"a?*", 6},     {"*b*", 30},    {"*b", 2},    {"*.bias", 16}, {"b.*", 24}, {"*.*", 24},
        {"*c", 4},      {"*a*c", 4},    {"***", 31},  {"b", 0},       {"", 0},     {"abcd", 0},
        {"?b.bias", 0}, {"*.bia", 0},   {"a*b*c", 4}, {"*i*s", 16},   {"*e*t", 8}, {"*g*g*", 0},
        {"B.*", 0},     {"b?bias", 16}, {"a?c?", 0},  {"*?????", 24},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int bits = moved(m, cases[i].pattern);
        if (bits != cases[i].bits)
            print_error("pattern %s\n", cases[i].pattern);
        assert_int_equal(bits, cases[i].bits);
    }
    dl_module_drop(m);
}

static void the_pattern_set_last_counts(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_named(ctx);
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 1, .weight_decay = 0.5});
    dl_optim_group(o, "*b*", 3, 2);
    dl_optim_group(o, "a*", 0.25, 0);
    dl_optim_group(o, "b.bias", 0, DL_OFF);
    for (int32_t i = 0; i < 5; i++) {
        dl_tensor_fill(dl_module_param(m, i), 1);
        give_grad_of(m, i, 1);
    }
    assert_int_equal(dl_optim_step(o), DL_OK);
    /* w - lr_scale (1 + decay w) */
    static const double wanted[] = {1 - 0.25 * 1.5, 1 - 0.25 * 1.5, 1 - 0.25 * 1.5, 1 - 3 * 3, 0};
    for (int32_t i = 0; i < 5; i++)
        assert_values(dl_module_param(m, i), wanted[i]);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void a_frozen_parameter_and_its_state_stay_as_they_are(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_named(ctx);
    dl_optim *o = dl_optim_adam(m, &(dl_adam_opts){.decoupled = 1, .weight_decay = 0.1});
    dl_optim_group(o, "a*", DL_OFF, 0);
    dl_tensor_fill(dl_module_param(m, 0), 2);
    give_grad_of(m, 0, NAN);
    give_grad_of(m, 3, 1);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_values(dl_module_param(m, 0), 2);
    /* Once thawed it takes its first step: decay, then the whole rate. */
    dl_optim_group(o, "a*", 1, 0);
    give_grad_of(m, 0, 5);
    dl_grad_zero(dl_module_param(m, 3));
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_close(dl_module_param(m, 0), (const double[]){2 * (1 - 0.0001) - 0.001}, 1, 1e-6);
    /* Nothing but frozen parameters: there is nothing to do. */
    dl_optim_group(o, "*", DL_OFF, 0);
    assert_int_equal(dl_optim_step(o), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "no parameter to update has a gradient");
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void decoupled_decay_follows_the_rate_of_the_group(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_named(ctx);
    dl_optim *o = dl_optim_adam(m, &(dl_adam_opts){.lr = 0.1, .decoupled = 1, .weight_decay = 0.5});
    dl_optim_group(o, "ab", 2, 0.25);
    dl_tensor_fill(dl_module_param(m, 0), 1);
    dl_tensor_fill(dl_module_param(m, 1), 1);
    give_grad_of(m, 0, 0);
    give_grad_of(m, 1, 0);
    dl_optim_step(o);
    assert_close(dl_module_param(m, 0), (const double[]){1 - 0.1 * 0.5}, 1, 1e-6);
    assert_close(dl_module_param(m, 1), (const double[]){1 - 0.2 * 0.25}, 1, 1e-6);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void group_refuses_wrong_values_and_changes_nothing(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_named(ctx);
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 1});
    assert_int_equal(dl_optim_group(o, NULL, 1, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "optim_group: the pattern is NULL");
    assert_int_equal(dl_optim_group(o, "*", -3, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "optim_group: lr_scale is -3");
    assert_int_equal(dl_optim_group(o, "*", NAN, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "lr_scale is nan");
    assert_int_equal(dl_optim_group(o, "*", 5, -0.5), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "weight_decay is -0.5");
    assert_int_equal(dl_optim_group(o, "*.gamma", 5, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "no parameter's name fits \"*.gamma\"");
    assert_int_equal(dl_optim_group(NULL, "*", 1, 0), DL_EINVAL);
    dl_fail(ctx, DL_EUSER, "stop");
    assert_int_equal(dl_optim_group(o, "*", 5, 0), DL_EUSER);
    expect_error(ctx, DL_EUSER, "stop");
    give_grad_of(m, 0, 1);
    dl_optim_step(o);
    assert_values(dl_module_param(m, 0), -1);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void groups_know_the_names_the_parameters_had_at_first(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_named(ctx);
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 1});
    /* The list of m's parameters shifts: its own stand before its children's. */
    dl_module_add_param(m, "late", dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(1)));
    assert_string_equal(dl_module_param_name(m, 3), "late");
    assert_int_equal(dl_optim_group(o, "b.weight", 7, 0), DL_OK);
    assert_int_equal(dl_optim_group(o, "late", 7, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "late");
    for (int32_t i = 3; i < 6; i++)
        give_grad_of(m, i, 1);
    dl_optim_step(o);
    assert_values(dl_module_tensor(m, "b.weight"), -7);
    assert_values(dl_module_tensor(m, "b.bias"), -1);
    assert_values(dl_module_tensor(m, "late"), 0);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void sparing_takes_decay_from_what_has_fewer_than_two_axes(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_point(ctx, DL_F64); /* x [2, 3], y [3] */
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.5, .weight_decay = 0.5});
    assert_int_equal(dl_optim_group(o, "y", 0.5, 0), DL_OK);
    assert_int_equal(dl_optim_spare(o, NULL), DL_OK);
    dl_tensor_fill(dl_module_param(m, 0), 4);
    dl_tensor_fill(dl_module_param(m, 1), 4);
    give_grad_of(m, 0, 1);
    give_grad_of(m, 1, 1);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_values(dl_module_param(m, 0), 2.5, 2.5, 2.5, 2.5, 2.5, 2.5);
    assert_values(dl_module_param(m, 1), 3.75, 3.75, 3.75); /* the group's rate stays */
    assert_int_equal(dl_optim_spare(o, "x*"), DL_OK);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_values(dl_module_param(m, 0), 2, 2, 2, 2, 2, 2);
    assert_int_equal(dl_optim_spare(o, "z"), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "optim_spare: no parameter's name fits \"z\"");
    assert_int_equal(dl_optim_spare(NULL, NULL), DL_EINVAL);
    dl_fail(ctx, DL_EUSER, "stop");
    assert_int_equal(dl_optim_spare(o, NULL), DL_EUSER);
    expect_error(ctx, DL_EUSER, "stop");
    dl_optim_drop(o);
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_take_the_steps_of_pytorch),
        with_ctx(patterns_fit_as_in_a_shell),
        with_ctx(the_pattern_set_last_counts),
        with_ctx(a_frozen_parameter_and_its_state_stay_as_they_are),
        with_ctx(decoupled_decay_follows_the_rate_of_the_group),
        with_ctx(group_refuses_wrong_values_and_changes_nothing),
        with_ctx(groups_know_the_names_the_parameters_had_at_first),
        with_ctx(sparing_takes_decay_from_what_has_fewer_than_two_axes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
