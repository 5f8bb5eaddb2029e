/* The gradient of a mini-batch is the average over its examples. Batches whose gradients make one
 * step: tests/train/test_accumulate.c. */
#include "dl/layers.h"
#include "dl/losses.h"
#include "dl/ops.h"
#include "support/support.h"

enum { N = 12, D = 4, C = 3, PARAMS = 4 };

typedef struct problem {
    dl_module *net;
    dl_tensor *x, *y;
} problem;

static problem make(dl_ctx *ctx)
{
    return (problem){
        .net =
            dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, D, 6, NULL), dl_layer_tanh(ctx),
                                               dl_layer_dense(ctx, 6, C, NULL))),
        .x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(N, D)),
        .y = make_tensor(ctx, DL_I64, DL_SHAPE(N), 0, 2, 1, 1, 0, 2, 2, 2, 0, 1, 0, 1)};
}

/* Copies of the gradients of the loss of examples first to last - 1. */
static void gradients(problem *p, int first, int last, int32_t reduction, dl_tensor **g)
{
    const dl_loss_opts o = {.reduction = reduction};
    dl_module_zero_grad(p->net);
    dl_tensor *z = dl_module_forward(p->net, dl_slice(p->x, 0, first, last, 1));
    assert_int_equal(dl_backward(dl_cross_entropy(z, dl_slice(p->y, 0, first, last, 1), &o)),
                     DL_OK);
    for (int32_t i = 0; i < PARAMS; i++)
        g[i] = dl_copy(dl_grad(dl_module_param(p->net, i)));
}

/* sum[i] += factor g[i] */
static void add(dl_tensor **sum, dl_tensor *const *g, double factor, int begins)
{
    for (int i = 0; i < PARAMS; i++)
        sum[i] = begins ? dl_scale(g[i], factor) : dl_add(sum[i], dl_scale(g[i], factor));
}

static void same(dl_tensor *const *a, dl_tensor *const *b)
{
    for (int i = 0; i < PARAMS; i++)
        assert_tensors_close(a[i], b[i], 1e-15);
}

static void the_gradient_of_a_batch_is_the_average_over_its_examples(void **state)
{
    problem p = make(*state);
    dl_tensor *whole[PARAMS], *one[PARAMS], *mean[PARAMS], *sum[PARAMS];
    for (int i = 0; i < N; i++) {
        gradients(&p, i, i + 1, DL_REDUCE_MEAN, one);
        add(mean, one, 1.0 / N, i == 0);
        add(sum, one, 1, i == 0);
    }
    gradients(&p, 0, N, DL_REDUCE_MEAN, whole);
    same(whole, mean);
    gradients(&p, 0, N, DL_REDUCE_SUM, whole);
    same(whole, sum);
    dl_module_drop(p.net);
}

/* So batches are on average right, whatever their size, if each weighs what it has of the data. */
static void the_gradient_of_all_data_is_the_average_over_batches(void **state)
{
    problem p = make(*state);
    static const int cut[][6] = {{0, 4, 8, 12}, {0, 5, 10, 12}, {0, 1, 3, 7, 11, 12}};
    static const int pieces[] = {3, 3, 5};
    dl_tensor *whole[PARAMS], *part[PARAMS], *mean[PARAMS];
    gradients(&p, 0, N, DL_REDUCE_MEAN, whole);
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < pieces[k]; i++) {
            gradients(&p, cut[k][i], cut[k][i + 1], DL_REDUCE_MEAN, part);
            add(mean, part, (cut[k][i + 1] - cut[k][i]) / (double)N, i == 0);
        }
        same(whole, mean);
    }
    dl_module_drop(p.net);
}

/* Gradients of several backwards add up. */
static void backwards_without_zero_grad_between_them_sum(void **state)
{
    problem p = make(*state);
    dl_tensor *whole[PARAMS];
    gradients(&p, 0, N, DL_REDUCE_SUM, whole);
    dl_module_zero_grad(p.net);
    for (int i = 0; i < N; i++) {
        dl_tensor *z = dl_module_forward(p.net, dl_slice(p.x, 0, i, i + 1, 1));
        dl_backward(dl_cross_entropy(z, dl_slice(p.y, 0, i, i + 1, 1), NULL));
    }
    for (int32_t i = 0; i < PARAMS; i++)
        assert_tensors_close(dl_grad(dl_module_param(p.net, i)), whole[i], 1e-15);
    dl_module_drop(p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_f64(the_gradient_of_a_batch_is_the_average_over_its_examples),
        with_f64(the_gradient_of_all_data_is_the_average_over_batches),
        with_f64(backwards_without_zero_grad_between_them_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
