#include "support/loss_check.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

dl_loss_opts loss_sum = {.reduction = DL_REDUCE_SUM}, loss_none = {.reduction = DL_REDUCE_NONE};
dl_loss_opts loss_batch_mean = {.reduction = DL_REDUCE_BATCH_MEAN};

typedef struct facts {
    dl_ctx *ctx;
    const char *name;
    loss_fn loss;
    int has;
} facts;

static dl_tensor *unit(dl_ctx *ctx, const int64_t *shape, int32_t ndim)
{
    return dl_add_scalar(dl_scale(random_tensor(ctx, DL_F64, 1, shape, ndim), 0.25), 0.5);
}

static dl_tensor *ones(dl_ctx *ctx, const int64_t *shape, int32_t ndim)
{
    return dl_tensor_give(dl_tensor_ones(ctx, DL_F64, shape, ndim));
}

/* "NAME: " and part stand in the message. */
static void refused(const facts *f, dl_tensor *y, dl_status code, const char *part)
{
    char text[256];
    snprintf(text, sizeof text, "%s: %s", f->name, part);
    assert_null(y);
    expect_error(f->ctx, code, text);
}

static void shapes(const facts *f)
{
    dl_tensor *a = unit(f->ctx, DL_SHAPE(3, 1)), *b = ones(f->ctx, DL_SHAPE(3));
    refused(f, f->loss(a, b, NULL), DL_ESHAPE,
            "pred is [3, 1] and target is [3], they must be equal");
    a = unit(f->ctx, NULL, 0);
    b = ones(f->ctx, NULL, 0);
    refused(f, f->loss(a, b, &loss_batch_mean), DL_ESHAPE,
            "DL_REDUCE_BATCH_MEAN wants an axis of examples");
}

static void options(const facts *f)
{
    dl_tensor *a = unit(f->ctx, DL_SHAPE(3)), *b = ones(f->ctx, DL_SHAPE(3));
    const struct {
        const char *part;
        dl_loss_opts o;
        int option;
    } bad[] = {
        {"reduction is 4, it wants DL_REDUCE_*", {.reduction = 4}, 0},
        {"reduction is -1", {.reduction = -1}, 0},
        {"a reserved option is set", {.reserved = {0, 0, 0, 0, 1}}, 0},
        {"ignore_set is set, which this loss does not have", {.ignore_set = 1}, HAS_IGNORE},
        {"label_smoothing is set", {.label_smoothing = 0.125}, HAS_SMOOTHING},
        {"weight is set", {.weight = b}, HAS_WEIGHT},
        {"pos_weight is set", {.pos_weight = b}, HAS_POS_WEIGHT},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (bad[i].option & f->has) {
            assert_non_null(f->loss(a, b, &bad[i].o));
            expect_ok(f->ctx);
        } else {
            refused(f, f->loss(a, b, &bad[i].o), DL_EINVAL, bad[i].part);
        }
}

static void nothing(const facts *f)
{
    dl_tensor *a = unit(f->ctx, DL_SHAPE(0, 3)), *b = ones(f->ctx, DL_SHAPE(0, 3));
    dl_grad_track(a, 1);
    const dl_loss_opts *mean[] = {NULL, &loss_batch_mean};
    for (int i = 0; i < 2; i++) {
        dl_tensor *y = f->loss(a, b, mean[i]);
        expect_ok(f->ctx);
        assert_int_equal(dl_tensor_ndim(y), 0);
        assert_true(isnan(dl_tensor_item(y)));
        assert_int_equal(dl_backward(y), DL_OK);
    }
    assert_int_equal(dl_tensor_count(dl_grad(a)), 0);
}

static void reductions(const facts *f)
{
    dl_tensor *a = unit(f->ctx, DL_SHAPE(4, 3)), *b = ones(f->ctx, DL_SHAPE(4, 3));
    double *each = values_of(f->loss(a, b, &loss_none)), sum = 0;
    for (int i = 0; i < 12; i++)
        sum += each[i];
    free(each);
    assert_close(f->loss(a, b, &loss_sum), (double[]){sum}, 1, 1e-12);
    assert_close(f->loss(a, b, NULL), (double[]){sum / 12}, 1, 1e-12);
    assert_close(f->loss(a, b, &loss_batch_mean), (double[]){sum / 4}, 1, 1e-12);
}

static void what_is_left(const facts *f)
{
    dl_tensor *a = unit(f->ctx, DL_SHAPE(5, 3)), *b = ones(f->ctx, DL_SHAPE(5, 3));
    int64_t before = dl_ctx_live(f->ctx);
    assert_non_null(dl_relu(a));
    int64_t one = dl_ctx_live(f->ctx) - before;
    assert_non_null(f->loss(a, b, NULL));
    assert_int_equal(dl_ctx_live(f->ctx), before + 2 * one);
}

void check_loss(dl_ctx *ctx, const char *name, loss_fn loss, int has)
{
    const facts f = {ctx, name, loss, has};
    shapes(&f);
    options(&f);
    nothing(&f);
    reductions(&f);
    what_is_left(&f);
}

void loss_gradients(dl_tensor *y, dl_tensor *pred, dl_tensor *target, dl_tensor *d[2])
{
    dl_tensor *in[] = {pred, target}, *sum = dl_sum(y, NULL, 0, 0);
    assert_int_equal(dl_gradients(&sum, NULL, 1, in, 2, DL_GRAPH_RELEASE, d), DL_OK);
}

dl_tensor *loss_view(dl_tensor *t)
{
    return t ? dl_expand(t, t->dims, t->ndim) : NULL;
}
