/* The examples that a net is most wrong about. */
#include "support/support.h"
#include <math.h>
#include <string.h>
#include "core/math.h"
#include "dl/layers.h"
#include "dl/metrics.h"
#include "support/toy.h"

enum { N = 6 };

/* Logits of three classes as examples, for a net that hands them on. */
static dl_dataset *made(dl_ctx *ctx, const double *logit, const double *label, int64_t n)
{
    int64_t shape[] = {n, 3};
    return dl_dataset_tensors((dl_tensor *[]){tensor_of(ctx, DL_F64, logit, shape, 2),
                                              tensor_of(ctx, DL_I64, label, shape, 1)},
                              2);
}

static const double logit[N][3] = {{0, 1, 0}, {0, 5, 0}, {2, 0, 0},
                                   {0, 0, 9}, {0, 5, 0}, {0, 0, 1}};
static const double label[N] = {0, 0, 0, 1, 2, 2};

static int64_t worst(dl_ctx *ctx, dl_dataset *d, dl_mistake *out, int64_t n,
                     const dl_mistakes_opts *o)
{
    dl_module *m = dl_layer_identity(ctx);
    int64_t found = dl_worst_mistakes(m, d, 4, out, n, o);
    dl_module_drop(m);
    return found;
}

static void the_largest_loss_comes_first_and_of_equals_the_first(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *d = made(ctx, logit[0], label, N);
    dl_mistake out[N];
    static const int64_t order[] = {3, 1, 4, 0};
    assert_int_equal(worst(ctx, d, out, N, NULL), 4); /* the others are right */
    for (int i = 0; i < 4; i++) {
        assert_int_equal(out[i].index, order[i]);
        assert_true(out[i].label == (int64_t)label[order[i]]);
    }
    assert_int_equal(out[0].predicted, 2);
    assert_int_equal(out[3].predicted, 1);
    double e = dl__exp(1), sum = e + 2;
    assert_true(fabs(out[3].probability - e / sum) < 1e-12);
    assert_true(fabs(out[3].label_probability - 1 / sum) < 1e-12);
    assert_true(fabs(out[3].loss - dl__ln(sum)) < 1e-12);
    assert_int_equal(worst(ctx, d, out, 2, NULL), 2);
    assert_int_equal(out[1].index, 1);
    assert_int_equal(worst(ctx, d, out, N, &(dl_mistakes_opts){.also_right = 1}), N);
    assert_int_equal(out[4].index, 5);
    assert_int_equal(out[5].index, 2);
    dl_dataset_drop(d);
}

/* A loss can be large where no class is certain; a certain mistake has a larger probability. */
static void the_most_certain_can_be_asked_for(void **state)
{
    dl_ctx *ctx = *state;
    static const double p[2][3] = {{0.5, 0.499, 0.001}, {0.4, 0.6, 0}};
    static const double y[] = {2, 0};
    dl_dataset *d = made(ctx, p[0], y, 2);
    dl_mistake out[2];
    dl_mistakes_opts o = {.probabilities = 1};
    assert_int_equal(worst(ctx, d, out, 2, &o), 2);
    assert_int_equal(out[0].index, 0);
    assert_true(out[0].loss == -dl__ln(0.001));
    o.by_probability = 1;
    assert_int_equal(worst(ctx, d, out, 2, &o), 2);
    assert_int_equal(out[0].index, 1);
    assert_true(out[0].probability == 0.6 && out[0].label_probability == 0.4);
    dl_dataset_drop(d);
}

static void a_nan_is_worse_than_all_and_infinities_are_not_lost(void **state)
{
    dl_ctx *ctx = *state;
    const double inf = (double)INFINITY;
    const double x[4][3] = {{0, 9, 0}, {0, inf, 0}, {0, (double)NAN, 0}, {0, -inf, 1}};
    static const double y[] = {0, 0, 0, 1};
    dl_dataset *d = made(ctx, x[0], y, 4);
    dl_mistake out[4];
    assert_int_equal(worst(ctx, d, out, 4, NULL), 4);
    assert_true(isnan(out[0].loss) && isnan(out[1].loss));
    assert_int_equal(out[0].index, 1); /* inf - inf */
    assert_int_equal(out[1].index, 2);
    assert_int_equal(out[2].index, 3);
    assert_true(out[2].loss == inf);
    assert_int_equal(out[3].index, 0);
    dl_dataset_drop(d);
}

static void two_classes_may_have_one_result(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(4), 3, -3, -1, 2);
    dl_tensor *y = make_tensor(ctx, DL_I64, DL_SHAPE(4), 0, 1, 0, 1);
    dl_dataset *d = dl_dataset_tensors((dl_tensor *[]){x, y}, 2);
    dl_mistake out[4];
    assert_int_equal(worst(ctx, d, out, 4, NULL), 2);
    assert_int_equal(out[0].index, 0);
    assert_int_equal(out[0].predicted, 1);
    assert_int_equal(out[1].predicted, 0);
    assert_true(fabs(out[0].probability - 1 / (1 + dl__exp(-3))) < 1e-12);
    assert_true(out[0].loss == out[1].loss);
    dl_dataset_drop(d);
}

/* Against a search by hand over the losses that a larger number of examples have. */
static void any_number_agrees_with_a_search_by_hand(void **state)
{
    dl_ctx *ctx = *state;
    enum { LARGE = 300 };
    static double x[LARGE][3], y[LARGE];
    uint64_t random = 7;
    for (int i = 0; i < LARGE; i++) {
        y[i] = (int)(3 * random_number(&random));
        for (int k = 0; k < 3; k++)
            x[i][k] = (int)(8 * random_number(&random)); /* ties */
    }
    dl_dataset *d = made(ctx, x[0], y, LARGE);
    static dl_mistake all[LARGE], some[LARGE];
    const dl_mistakes_opts o = {.also_right = 1};
    assert_int_equal(worst(ctx, d, all, LARGE, &o), LARGE);
    for (int i = 1; i < LARGE; i++)
        assert_true(all[i - 1].loss > all[i].loss ||
                    (all[i - 1].loss == all[i].loss && all[i - 1].index < all[i].index));
    for (int n = 1; n < 40; n += 6) {
        assert_int_equal(worst(ctx, d, some, n, &o), n);
        assert_memory_equal(some, all, (size_t)n * sizeof *all);
    }
    dl_dataset_drop(d);
}

static void looking_changes_nothing(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, 40, TOY_ADAM);
    dl_mistake out[5];
    char before[65], after[65];
    uint64_t ticket = ctx->ticket, fills = ctx->fills;
    toy_hash(&t, before);
    assert_true(dl_worst_mistakes(t.net, t.valid, 0, out, 5, NULL) >= 0);
    toy_hash(&t, after);
    assert_string_equal(before, after);
    assert_true(ctx->ticket == ticket && ctx->fills == fills);
    assert_int_equal(dl_module_training(t.net), 1);
    toy_end(&t);
}

static void what_is_wrong_is_said(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *d = made(ctx, logit[0], label, N);
    dl_mistake out[N];
    assert_int_equal(worst(ctx, d, NULL, 3, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "3 wanted at NULL");
    assert_int_equal(worst(ctx, d, out, 0, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "0 wanted, 1 to 100000");
    assert_int_equal(worst(ctx, d, out, 100001, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "100001");
    assert_int_equal(worst(ctx, d, out, 1, &(dl_mistakes_opts){.also_right = 2}), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "are 0, 2, 0");
    assert_int_equal(worst(ctx, d, out, 1, &(dl_mistakes_opts){.reserved[1] = 2}), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "reserved");
    assert_int_equal(worst(ctx, NULL, out, 1, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "dataset");
    assert_int_equal(dl_worst_mistakes(NULL, d, 0, out, 1, NULL), DL_EINVAL);
    dl_dataset_drop(d);
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(2, 2), 1, 2, 3, 4);
    dl_tensor *y = make_tensor(ctx, DL_I64, DL_SHAPE(2), 0, 2);
    d = dl_dataset_tensors(&x, 1);
    assert_int_equal(worst(ctx, d, out, 1, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "has 1 field");
    dl_dataset_drop(d);
    d = dl_dataset_tensors((dl_tensor *[]){x, y}, 2);
    assert_int_equal(worst(ctx, d, out, 1, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "label 1 is 2, 0 to 1");
    dl_dataset_drop(d);
    d = dl_dataset_tensors((dl_tensor *[]){x, x}, 2);
    assert_int_equal(worst(ctx, d, out, 1, NULL), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "more than one label");
    dl_dataset_drop(d);
}

static dl_status search(dl_ctx *ctx, void *user)
{
    toy *t = user;
    dl_mistake out[3];
    int64_t n = dl_worst_mistakes(t->net, t->valid, 4, out, 3, NULL);
    (void)ctx;
    return n < 0 ? (dl_status)n : DL_OK;
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, 30, TOY_ADAM);
    search(ctx, &t);
    assert_true(fault_loop(ctx, search, NULL, &t) > 10);
    toy_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(the_largest_loss_comes_first_and_of_equals_the_first),
        with_ctx(the_most_certain_can_be_asked_for),
        with_ctx(a_nan_is_worse_than_all_and_infinities_are_not_lost),
        with_ctx(two_classes_may_have_one_result),
        with_ctx(any_number_agrees_with_a_search_by_hand),
        with_ctx(looking_changes_nothing),
        with_ctx(what_is_wrong_is_said),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
