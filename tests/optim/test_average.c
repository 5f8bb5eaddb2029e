#include "dl/average.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/memory.h"
#include "dl/checkpoint.h"
#include "dl/layers.h"
#include "dl/ops.h"
#include "optim/average.h"
#include "support/optim_run.h"
#include "support/scratch.h"

enum { N = 5 };

/* A net with two parameters and a buffer, whose axes are swapped in memory. */
static dl_module *make_net(dl_ctx *ctx, dl_dtype dt)
{
    dl_module *m = make_point(ctx, dt);
    dl_module_add_buffer(m, "seen", dl_tensor_full(ctx, dt, 4, DL_SHAPE(2)));
    expect_ok(ctx);
    return m;
}

/* Moves all weights, and the buffer: step by step to other values. */
static void move(dl_module *m, int step)
{
    dl_ctx *ctx = dl_module_ctx(m);
    const int32_t mark = dl_scope_begin(ctx);
    for (int32_t i = 0; i < 2; i++) {
        dl_tensor *w = dl_module_param(m, i);
        const int64_t dims[] = {2, 3}, *shape = i ? dims + 1 : dims;
        dl_tensor *v = random_tensor(ctx, dl_tensor_dtype(w), (uint64_t)(2 * step + i), shape,
                                     dl_tensor_ndim(w));
        assert_int_equal(dl_tensor_copy(w, v), DL_OK);
    }
    dl_tensor_fill(dl_module_buffer(m, 0), step);
    dl_scope_end(ctx, mark);
    expect_ok(ctx);
}

/* decay 0: a mean. */
static void check_average(dl_dtype dt, double option, double decay)
{
    dl_ctx *ctx = make_ctx(3);
    dl_module *m = make_net(ctx, dt);
    dl_average *a = dl_average_new(m, option);
    double want[6], w[6];
    for (int step = 0; step < 12; step++) {
        move(m, step);
        double *now = values_of(dl_module_param(m, 0));
        memcpy(w, now, sizeof w);
        free(now);
        const double k = step == 0 ? 1 : decay > 0 ? 1 - decay : 1.0 / (step + 1);
        for (int i = 0; i < 6; i++)
            want[i] = step == 0 ? w[i] : want[i] + k * (w[i] - want[i]);
        assert_int_equal(dl_average_count(a), step);
        assert_int_equal(dl_average_update(a), DL_OK);
        dl_module *mean = dl_average_module(a);
        assert_close(dl_module_param(mean, 0), want, 6, dt == DL_F64 ? 1e-14 : 1e-6);
        assert_values(dl_module_buffer(mean, 0), step, step);
        double *same = values_of(dl_module_param(m, 0));
        assert_memory_equal(same, w, sizeof w);
        free(same);
    }
    dl_average_drop(a);
    dl_module_drop(m);
    end_ctx(ctx);
}

static void the_average_is_the_exponential_or_the_plain_one(void **state)
{
    (void)state;
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        check_average(dt, 0.75, 0.75);
        check_average(dt, 0, 0.999);
        check_average(dt, DL_OFF, 0);
    }
}

static void the_plain_average_of_equal_weights_is_these_weights(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_net(ctx, DL_F32);
    dl_average *a = dl_average_new(m, 0.9), *b = dl_average_new(m, DL_OFF);
    for (int step = 0; step < 50; step++) {
        assert_int_equal(dl_average_update(a), DL_OK);
        assert_int_equal(dl_average_update(b), DL_OK);
    }
    for (int32_t i = 0; i < 2; i++) {
        assert_same_bits(dl_module_param(dl_average_module(a), i), dl_module_param(m, i));
        assert_same_bits(dl_module_param(dl_average_module(b), i), dl_module_param(m, i));
    }
    dl_average_drop(a);
    dl_average_drop(b);
    dl_module_drop(m);
}

static void the_averaged_net_is_for_evaluation_and_stands_alone(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_dense(ctx, 3, 4, NULL), dl_layer_dropout(ctx, 0.5, NULL)));
    dl_average *a = dl_average_new(m, 0.5);
    dl_module *mean = dl_average_module(a);
    assert_int_equal(dl_module_training(m), 1);
    assert_int_equal(dl_module_training(mean), 0);
    for (int32_t i = 0; i < dl_module_param_count(m); i++) {
        assert_int_equal(dl_grad_tracked(dl_module_param(m, i)), 1);
        assert_int_equal(dl_grad_tracked(dl_module_param(mean, i)), 0);
        assert_same_bits(dl_module_param(mean, i), dl_module_param(m, i));
    }
    assert_string_equal(dl_module_param_name(mean, 0), dl_module_param_name(m, 0));
    assert_true(dl_average_keep(a) == a);
    assert_true(dl_average_ctx(a) == ctx);
    dl_average_drop(a);
    dl_module_drop(m);
    /* The net is gone, its tensors are not. */
    assert_int_equal(dl_average_update(a), DL_OK);
    dl_average_drop(a);
}

static void an_average_changed_since_is_seen_by_backward(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_dense(ctx, 2, 2, NULL);
    dl_average *a = dl_average_new(m, 0.5);
    dl_tensor *x = dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(1, 2)));
    dl_grad_track(x, 1);
    dl_tensor *y = dl_sum(dl_module_forward(dl_average_module(a), x), NULL, 0, 0);
    assert_int_equal(dl_average_update(a), DL_OK);
    assert_int_equal(dl_backward(y), DL_ESTATE);
    dl_ctx_clear(ctx);
    dl_average_drop(a);
    dl_module_drop(m);
}

static void an_update_takes_no_memory(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_net(ctx, DL_F32);
    dl_average *a = dl_average_new(m, 0.9);
    dl__memory_fail(ctx, 1, 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(dl_average_update(a), DL_OK);
    dl__memory_fail(ctx, 0, 0);
    dl_average_drop(a);
    dl_module_drop(m);
}

static void averages_have_the_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    static const int64_t sizes[] = {200003, 5};
    char hash[3][DL_HASH_TEXT];
    for (int32_t threads = 1; threads <= 3; threads++) {
        dl_ctx *ctx = make_ctx(threads);
        dl_module *m = make_params(ctx, DL_F32, sizes, 2);
        dl_average *a = dl_average_new(m, 0.9);
        for (int step = 0; step < 3; step++) {
            for (int32_t i = 0; i < 2; i++)
                dl_tensor_copy(dl_module_param(m, i),
                               random_tensor(ctx, DL_F32, (uint64_t)(step + i), &sizes[i], 1));
            assert_int_equal(dl_average_update(a), DL_OK);
        }
        assert_int_equal(dl_module_hash(dl_average_module(a), hash[threads - 1]), DL_OK);
        dl_average_drop(a);
        dl_module_drop(m);
        end_ctx(ctx);
    }
    assert_string_equal(hash[0], hash[1]);
    assert_string_equal(hash[0], hash[2]);
}

static void an_average_goes_on_from_a_checkpoint_with_the_same_bits(void **state)
{
    (void)state;
    char whole[DL_HASH_TEXT], half[DL_HASH_TEXT];
    assert_int_equal(scratch_begin(), 0);
    for (int second = 0; second < 2; second++) {
        dl_ctx *ctx = make_ctx(2);
        dl_module *m = make_net(ctx, DL_F32);
        dl_average *a = dl_average_new(m, DL_OFF);
        dl_ckpt *c = dl_ckpt_new(ctx);
        assert_int_equal(dl_ckpt_add_average(c, "mean", a), DL_OK);
        if (second) {
            assert_int_equal(dl_ckpt_load(c, scratch_at("c")), DL_OK);
            assert_int_equal(dl_average_count(a), N);
        }
        for (int step = second ? N : 0; step < 2 * N; step++) {
            move(m, step);
            assert_int_equal(dl_average_update(a), DL_OK);
            if (step + 1 == N)
                assert_int_equal(dl_ckpt_save(c, scratch_at("c")), DL_OK);
        }
        assert_int_equal(dl_module_hash(dl_average_module(a), second ? half : whole), DL_OK);
        dl_ckpt_drop(c);
        dl_average_drop(a);
        dl_module_drop(m);
        end_ctx(ctx);
    }
    scratch_end();
    assert_string_equal(whole, half);
}

static void a_checkpoint_without_the_average_or_with_a_broken_count_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    assert_int_equal(scratch_begin(), 0);
    dl_module *m = make_net(ctx, DL_F32);
    dl_average *a = dl_average_new(m, 0.5);
    dl_ckpt *c = dl_ckpt_new(ctx), *none = dl_ckpt_new(ctx);
    assert_int_equal(dl_ckpt_add_average(c, "mean", a), DL_OK);
    assert_int_equal(dl_ckpt_save(none, scratch_at("none")), DL_OK);
    assert_int_equal(dl_ckpt_load(c, scratch_at("none")), DL_EFORMAT);
    expect_error(ctx, DL_EFORMAT, "average.mean#count");
    const int64_t below = -3;
    dl_tensor_set(a->count, &below, sizeof below);
    assert_int_equal(dl_ckpt_save(c, scratch_at("bad")), DL_OK);
    dl_tensor_fill(a->count, 7);
    assert_int_equal(dl_ckpt_load(c, scratch_at("bad")), DL_EFORMAT);
    expect_error(ctx, DL_EFORMAT, "average.mean#count");
    assert_int_equal(dl_average_count(a), 7);
    dl_tensor_fill(dl_module_param(dl_average_module(a), 0), NAN);
    assert_int_equal(dl_ckpt_save(c, scratch_at("nan")), DL_ENUMERIC);
    expect_error(ctx, DL_ENUMERIC, "x of part \"mean\" holds a NaN");
    dl_ckpt_drop(none);
    dl_ckpt_drop(c);
    dl_average_drop(a);
    dl_module_drop(m);
    scratch_end();
}

static void averages_refuse_what_they_cannot_do(void **state)
{
    dl_ctx *ctx = *state;
    static const double bad[] = {1, 2, -0.5, NAN, INFINITY};
    dl_module *m = make_net(ctx, DL_F32);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(dl_average_new(m, bad[i]));
        expect_error(ctx, DL_EINVAL, "average: decay is ");
    }
    assert_null(dl_average_new(NULL, 0.5));
    assert_null(dl_average_keep(NULL));
    assert_null(dl_average_module(NULL));
    assert_null(dl_average_ctx(NULL));
    assert_int_equal(dl_average_count(NULL), -1);
    assert_int_equal(dl_average_update(NULL), DL_EINVAL);
    dl_average *a = dl_average_new(m, 0.5);
    dl_fail(ctx, DL_EUSER, "stop");
    assert_int_equal(dl_average_update(a), DL_EUSER);
    assert_null(dl_average_new(m, 0.5));
    expect_error(ctx, DL_EUSER, "stop");
    assert_int_equal(dl_average_count(a), 0);
    dl_average_drop(a);
    dl_module_drop(m);

    const int32_t was = dl_meta_enable(ctx, 1);
    m = dl_layer_dense(ctx, 2, 2, NULL);
    dl_meta_enable(ctx, was);
    a = dl_average_new(m, 0.5);
    assert_non_null(a);
    assert_int_equal(dl_average_update(a), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "average_update: parameters are meta");
    assert_int_equal(dl_average_count(a), 0);
    dl_average_drop(a);
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_average_is_the_exponential_or_the_plain_one),
        with_ctx(the_plain_average_of_equal_weights_is_these_weights),
        with_ctx(the_averaged_net_is_for_evaluation_and_stands_alone),
        with_ctx(an_average_changed_since_is_seen_by_backward),
        with_ctx(an_update_takes_no_memory),
        cmocka_unit_test(averages_have_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(an_average_goes_on_from_a_checkpoint_with_the_same_bits),
        with_ctx(a_checkpoint_without_the_average_or_with_a_broken_count_is_refused),
        with_ctx(averages_refuse_what_they_cannot_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
