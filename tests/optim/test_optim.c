#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "dl/layers.h"
#include "dl/ops.h"
#include "support/optim_run.h"

static dl_optim *sgd(dl_module *m)
{
    return dl_optim_sgd(m, &(dl_sgd_opts){.lr = 1});
}

static const int64_t sizes[] = {4, 50000};

/* ---- references ------------------------------------------------------------------------------ */

static void an_optimizer_outlives_the_handles_of_its_module_and_context(void **state)
{
    static const char orders[6][4] = {"mco", "moc", "cmo", "com", "omc", "ocm"};
    (void)state;
    for (int order = 0; order < 6; order++) {
        dl_ctx *ctx = make_ctx(1);
        dl_module *m = make_params(ctx, DL_F32, sizes, 2);
        dl_tensor *p = dl_tensor_keep(dl_module_param(m, 0));
        dl_optim *o = sgd(m);
        assert_ptr_equal(dl_optim_ctx(o), ctx);
        give_grad_of(m, 0, 1);
        int open = 1;
        for (int i = 0; i < 3; i++) {
            if (orders[order][i] == 'm')
                dl_module_drop(m);
            else if (orders[order][i] == 'c') {
                dl_ctx_drop(ctx);
                open = 0;
            } else {
                assert_ptr_equal(dl_optim_keep(o), o);
                dl_optim_drop(o);
                assert_int_equal(dl_optim_step(o), open ? DL_OK : DL_ESTATE);
                const double w = open ? -1 : 0;
                assert_values(p, w, w, w, w);
                dl_optim_drop(o);
            }
        }
        assert_values(dl_grad(p), 1, 1, 1, 1);
        dl_tensor_drop(p);
    }
    dl_optim_drop(NULL);
    assert_null(dl_optim_keep(NULL));
    assert_null(dl_optim_ctx(NULL));
}

/* ---- the rate -------------------------------------------------------------------------------- */

static void the_rate_is_the_base_rate_times_the_schedule(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_params(ctx, DL_F64, sizes, 1);
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 8});
    assert_true(dl_optim_lr(o) == 8);
    assert_int_equal(dl_optim_set_sched(o, dl_sched_step(ctx, 2, 0.5)), DL_OK);
    give_grad_of(m, 0, 1);
    static const double wanted[] = {8, 8, 4, 4, 2};
    double w = 0;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(dl_optim_steps(o), i);
        assert_true(dl_optim_lr(o) == wanted[i]);
        assert_int_equal(dl_optim_step(o), DL_OK);
        w -= wanted[i];
        assert_values(dl_module_param(m, 0), w, w, w, w);
    }
    /* A schedule counts from the optimizer's first step, whenever it is set. */
    assert_int_equal(dl_optim_set_lr(o, 100), DL_OK);
    assert_true(dl_optim_lr(o) == 25);
    assert_int_equal(dl_optim_set_sched(o, dl_sched_step(ctx, 5, 0.1)), DL_OK);
    assert_true(dl_optim_lr(o) == 100 * 0.1);
    assert_int_equal(dl_optim_set_sched(o, NULL), DL_OK);
    assert_true(dl_optim_lr(o) == 100);
    assert_int_equal(dl_optim_set_lr(o, 0), DL_OK);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_values(dl_module_param(m, 0), w, w, w, w);
    assert_true(isnan(dl_optim_lr(NULL)));
    assert_int_equal(dl_optim_steps(NULL), -1);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void wrong_rates_and_schedules_are_refused(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    dl_module *m = make_params(ctx, DL_F64, sizes, 1);
    dl_optim *o = sgd(m);
    assert_int_equal(dl_optim_set_lr(o, -0.1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "optim_set_lr: lr is -0.1, wanted a finite number, not negative");
    assert_int_equal(dl_optim_set_lr(o, NAN), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "lr is nan");
    assert_int_equal(dl_optim_set_lr(o, INFINITY), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "lr is inf");
    assert_int_equal(dl_optim_set_lr(NULL, 1), DL_EINVAL);
    /* Adopted all the same: the contexts' ends check that nothing is left. */
    assert_int_equal(dl_optim_set_sched(o, dl_sched_constant(other)), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "optim_set_sched: the schedule belongs to another context");
    assert_int_equal(dl_optim_set_sched(NULL, dl_sched_constant(ctx)), DL_EINVAL);
    assert_int_equal(dl_optim_set_sched(NULL, NULL), DL_EINVAL);
    dl_sched *s = dl_sched_constant(ctx);
    dl_fail(ctx, DL_EUSER, "stop");
    assert_int_equal(dl_optim_set_sched(o, s), DL_EUSER);
    assert_int_equal(dl_optim_set_lr(o, 3), DL_EUSER);
    expect_error(ctx, DL_EUSER, "stop");
    /* A schedule that could not be made does not pass for none. */
    assert_int_equal(dl_optim_set_sched(o, dl_sched_step(ctx, 0, 1)), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "sched_step");
    assert_true(dl_optim_lr(o) == 1);
    dl_optim_drop(o);
    dl_module_drop(m);
    end_ctx(other);
}

/* ---- modules --------------------------------------------------------------------------------- */

static void a_module_without_parameters_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_relu(ctx);
    assert_null(dl_optim_sgd(m, NULL));
    expect_error(ctx, DL_EINVAL, "optim_sgd: the module has no parameters");
    dl_fail(ctx, DL_EUSER, "stop");
    assert_null(dl_optim_adam(m, NULL));
    assert_null(dl_optim_sgd(m, NULL));
    expect_error(ctx, DL_EUSER, "stop");
    dl_module_drop(m);
}

static void two_optimizers_may_train_one_module(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_point(ctx, DL_F64), *twin = make_point(ctx, DL_F64);
    dl_optim *a = dl_optim_sgd(m, NULL), *b = dl_optim_adam(m, NULL);
    dl_optim *one = dl_optim_sgd(twin, NULL);
    dl_optim_group(a, "y", DL_OFF, 0);
    dl_optim_group(b, "x", DL_OFF, 0);
    for (int i = 0; i < 5; i++) {
        /* The twin's x moves with one optimizer alone; its y is set to what Adam found. */
        point_backward(m);
        point_backward(twin);
        assert_int_equal(dl_optim_step(a), DL_OK);
        assert_int_equal(dl_optim_step(b), DL_OK);
        assert_int_equal(dl_optim_step(one), DL_OK);
        dl_tensor_copy(dl_module_param(twin, 1), dl_module_param(m, 1));
        assert_same_bits(dl_module_param(twin, 0), dl_module_param(m, 0));
    }
    /* The first gives up its place for gradients, not more. */
    dl_optim_drop(b);
    point_backward(m);
    assert_int_equal(dl_optim_step(a), DL_OK);
    dl_optim_drop(a);
    dl_optim_drop(one);
    dl_module_drop(m);
    dl_module_drop(twin);
}

static void a_shared_parameter_is_updated_once(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_module_new(ctx, &bag_class, NULL);
    dl_tensor *t = dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(2));
    dl_module_add_param(m, "a", dl_tensor_keep(t));
    dl_module_add_param(m, "b", t);
    expect_ok(ctx);
    dl_optim *o = sgd(m);
    give_grad_of(m, 0, 1);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_values(t, -1, -1);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void a_meta_module_trains_without_data(void **state)
{
    dl_ctx *ctx = *state;
    dl_meta_enable(ctx, 1);
    dl_module *net = dl_layer_dense(ctx, 40000, 40000, NULL);
    dl_meta_enable(ctx, 0);
    dl_optim *o = dl_optim_adam(net, NULL);
    expect_ok(ctx);
    dl_optim_clip(o, 1, 1);
    int64_t shape[] = {1, 40000};
    dl_meta_enable(ctx, 1);
    dl_tensor *x = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, shape, 2));
    dl_meta_enable(ctx, 0);
    dl_backward(dl_sum(dl_module_forward(net, x), NULL, 0, 0));
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_int_equal(dl_optim_steps(o), 1);
    assert_true(isnan(dl_optim_grad_norm(o)));
    expect_error(ctx, DL_ESTATE, "optim_grad_norm: the parameters are meta");
    assert_int_equal(dl_tensor_meta(dl_optim_flat(o)), 1);
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_PEAK) < 64 << 20);
    dl_optim_drop(o);
    dl_module_drop(net);
}

static void parameters_that_get_data_later_want_a_new_optimizer(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = dl_layer_dense(ctx, 3, 2, NULL);
    assert_int_equal(dl_module_save(net, "optim_meta.safetensors"), DL_OK);
    dl_meta_enable(ctx, 1);
    dl_module *empty = dl_layer_dense(ctx, 3, 2, NULL);
    dl_meta_enable(ctx, 0);
    dl_optim *o = sgd(empty);
    assert_int_equal(dl_module_load(empty, "optim_meta.safetensors", NULL), DL_OK);
    give_grad_of(empty, 1, 1);
    dl_tensor *before = param_copy(empty, 1);
    assert_int_equal(dl_optim_step(o), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "optim_sgd: bias got its data after the optimizer was made");
    assert_same_bits(dl_module_param(empty, 1), before);
    dl_optim_drop(o);
    o = sgd(empty);
    assert_int_equal(dl_optim_step(o), DL_OK);
    dl_optim_drop(o);
    dl_module_drop(empty);
    dl_module_drop(net);
    remove("optim_meta.safetensors");
}

static void parameters_with_and_without_data_do_not_mix(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_module_new(ctx, &bag_class, NULL);
    dl_module_add_param(m, "a", dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(2)));
    dl_meta_enable(ctx, 1);
    dl_module_add_param(m, "b", dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(2)));
    dl_meta_enable(ctx, 0);
    assert_null(dl_optim_sgd(m, NULL));
    expect_error(ctx, DL_EUNSUPPORTED, "optim_sgd: b has no data, unlike the parameters before");
    dl_module_drop(m);
}

/* ---- classes of one's own -------------------------------------------------------------------- */

/* LARS: the rate of each tensor follows the ratio of its norm to its gradient's (You et al., 2017):
 * v = momentum v + trust |w| / (|g| + decay |w|) (g + decay w),  w = w - lr v. */
typedef struct lars_hyper {
    double momentum, trust;
} lars_hyper;

static void lars_update(const dl_update *u)
{
    const lars_hyper *h = u->hyper;
    float *w = u->w, *v = u->slot[0];
    const float *g = u->g;
    const double wd = u->weight_decay;
    const double ratio = h->trust * u->w_norm / (u->g_norm + wd * u->w_norm);
    for (int64_t i = 0; i < u->n; i++) {
        v[i] = (float)(h->momentum * (double)v[i] + ratio * ((double)g[i] + wd * (double)w[i]));
        w[i] = (float)((double)w[i] - u->lr * (double)v[i]);
    }
}

static const dl_optim_class lars_class = {.name = "acme.lars",
                                          .hyper_size = sizeof(lars_hyper),
                                          .slots = 1,
                                          .wants_norms = 1,
                                          .decouples = 1,
                                          .update = lars_update};

static dl_optim *lars(dl_module *m)
{
    lars_hyper h = {0.9, 0.01};
    dl_optim *o = dl_optim_new(m, &lars_class, &h, 0.5, 0.1);
    h = (lars_hyper){0, 0}; /* it was copied */
    return o;
}

static void a_class_of_ones_own_sees_norms_and_decay(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_params(ctx, DL_F32, sizes, 2);
    dl_optim *o = lars(m);
    assert_true(dl_optim_lr(o) == 0.5);
    for (int clipped = 0; clipped < 2; clipped++) {
        double w[2] = {2, -1}, v[2] = {0, 0};
        dl_optim_drop(o);
        o = lars(m);
        dl_optim_clip(o, clipped ? 0.25 : 0, clipped ? 0.5 : 0);
        for (int32_t i = 0; i < 2; i++)
            dl_tensor_fill(dl_module_param(m, i), w[i]);
        for (int step = 0; step < 3; step++) {
            const double given[2] = {1 + step, 0.25 - step};
            double g[2], all = 0;
            for (int32_t i = 0; i < 2; i++) {
                give_grad_of(m, i, given[i]);
                g[i] = clipped ? fmax(-0.5, fmin(0.5, given[i])) : given[i];
                all += g[i] * g[i] * (double)sizes[i];
            }
            const double scale = clipped ? 0.25 / (sqrt(all) + 1e-6) : 1;
            assert_int_equal(dl_optim_step(o), DL_OK);
            for (int32_t i = 0; i < 2; i++) {
                const double root = sqrt((double)sizes[i]), gi = scale * g[i];
                const double ratio =
                    0.01 * fabs(w[i]) * root / (fabs(gi) * root + 0.1 * fabs(w[i]) * root);
                v[i] = 0.9 * v[i] + ratio * (gi + 0.1 * w[i]);
                w[i] -= 0.5 * v[i];
                double *found = values_of(dl_module_param(m, i));
                assert_true(fabs(found[0] - w[i]) < 1e-6);
                assert_true(found[sizes[i] - 1] == found[0]);
                free(found);
            }
        }
    }
    dl_optim_drop(o);
    dl_module_drop(m);
    check_faults(lars);
}

/* A rule without state and hyper-parameters that takes decay as part of the gradient. */
static void sign_update(const dl_update *u)
{
    assert_true(u->weight_decay == 0 && u->w_norm == 0 && u->g_norm == 0);
    double *w = u->w;
    const double *g = u->g;
    for (int64_t i = 0; i < u->n; i++)
        w[i] -= u->lr * (g[i] > 0 ? 1 : -1);
}
static const dl_optim_class sign_class = {.name = "acme.sign", .update = sign_update};

static void a_class_may_do_without_state_and_hyper_parameters(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    dl_module *m = make_params(ctx, DL_F64, sizes, 1);
    dl_optim *o = dl_optim_new(m, &sign_class, NULL, 0.5, 2);
    expect_ok(ctx);
    dl_tensor_set(dl_module_param(m, 0), (const double[]){1, -1, 0.25, -0.25}, 32);
    give_grad_of(m, 0, 1);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_values(dl_module_param(m, 0), 0.5, -0.5, -0.25, -0.75);
    dl_optim_drop(o);
    dl_module_drop(m);
    end_ctx(ctx);
}

static void a_class_that_cannot_be_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_params(ctx, DL_F64, sizes, 1);
    const dl_optim_class nameless = {.update = sign_update}, idle = {.name = "idle"};
    const dl_optim_class greedy = {.name = "greedy", .slots = 17, .update = sign_update};
    const dl_optim_class negative = {.name = "negative", .slots = -1, .update = sign_update};
    assert_null(dl_optim_new(m, NULL, NULL, 1, 0));
    expect_error(ctx, DL_EINVAL, "optim_new: a class has a name and an update");
    assert_null(dl_optim_new(m, &nameless, NULL, 1, 0));
    expect_error(ctx, DL_EINVAL, "optim_new");
    assert_null(dl_optim_new(m, &idle, NULL, 1, 0));
    expect_error(ctx, DL_EINVAL, "optim_new");
    assert_null(dl_optim_new(m, &greedy, NULL, 1, 0));
    expect_error(ctx, DL_EINVAL, "optim_greedy: the class wants 17 state arrays, 0 to 16");
    assert_null(dl_optim_new(m, &negative, NULL, 1, 0));
    expect_error(ctx, DL_EINVAL, "wants -1 state arrays");
    assert_null(dl_optim_new(m, &lars_class, NULL, 1, 0));
    expect_error(ctx, DL_EINVAL, "optim_acme.lars: the hyper-parameters are NULL");
    assert_null(dl_optim_new(m, &sign_class, NULL, NAN, 0));
    expect_error(ctx, DL_EINVAL, "optim_acme.sign: lr is nan");
    assert_null(dl_optim_new(m, &sign_class, NULL, 1, -3));
    expect_error(ctx, DL_EINVAL, "optim_acme.sign: weight_decay is -3");
    assert_null(dl_optim_new(NULL, &sign_class, NULL, 1, 0));
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_optimizer_outlives_the_handles_of_its_module_and_context),
        with_ctx(the_rate_is_the_base_rate_times_the_schedule),
        with_ctx(wrong_rates_and_schedules_are_refused),
        with_ctx(a_module_without_parameters_is_refused),
        with_ctx(two_optimizers_may_train_one_module),
        with_ctx(a_shared_parameter_is_updated_once),
        with_ctx(a_meta_module_trains_without_data),
        with_ctx(parameters_that_get_data_later_want_a_new_optimizer),
        with_ctx(parameters_with_and_without_data_do_not_mix),
        with_ctx(a_class_of_ones_own_sees_norms_and_decay),
        cmocka_unit_test(a_class_may_do_without_state_and_hyper_parameters),
        with_ctx(a_class_that_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
