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

void check_loss_weights(dl_ctx *ctx, const char *name, loss_fn loss)
{
    const facts f = {ctx, name, loss, HAS_WEIGHT};
    dl_tensor *p = make_tensor(ctx, DL_F64, DL_SHAPE(2, 2), 0.5, 0.25, 0.75, 0.125);
    dl_tensor *t = make_tensor(ctx, DL_F64, DL_SHAPE(2, 2), 1, 0, 0.5, 1);
    dl_loss_opts o = {.weight = make_tensor(ctx, DL_F64, DL_SHAPE(2, 1), 2, 0)};
    double *each = values_of(loss(p, t, &loss_none));
    const double sum = 2 * (each[0] + each[1]);
    free(each);
    assert_close(loss(p, t, &o), (double[]){sum / 4}, 1, 1e-15);
    o.reduction = DL_REDUCE_BATCH_MEAN;
    assert_close(loss(p, t, &o), (double[]){sum / 2}, 1, 1e-15);
    o.weight = make_tensor(ctx, DL_F64, DL_SHAPE(3, 1, 1), 1, 2, 3);
    refused(&f, loss(p, t, &o), DL_ESHAPE,
            "weight is [3, 1, 1], it wants to broadcast to the losses' [2, 2]");
    o.weight = make_tensor(ctx, DL_F32, DL_SHAPE(2, 1), 1, 2);
    refused(&f, loss(p, t, &o), DL_EDTYPE,
            "weight is f32 and the losses are f64, they want one type");
}

void check_loss_third(dl_ctx *ctx, const char *name, loss_fn loss, int of_target)
{
    char text[256];
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(2), 0.25, 0.5), *d, *dd, *ddd;
    dl_tensor *t = make_tensor(ctx, DL_F64, DL_SHAPE(2), 1, 0.25), *wrt = of_target ? t : x;
    dl_grad_track(wrt, 1);
    dl_tensor *y = loss(x, t, &loss_sum);
    assert_int_equal(dl_gradients(&y, NULL, 1, &wrt, 1, DL_GRAPH_CREATE, &d), DL_OK);
    d = dl_sum(d, NULL, 0, 0);
    assert_int_equal(dl_gradients(&d, NULL, 1, &wrt, 1, DL_GRAPH_CREATE, &dd), DL_OK);
    dd = dl_sum(dd, NULL, 0, 0);
    assert_int_equal(dl_gradients(&dd, NULL, 1, &wrt, 1, DL_GRAPH_RELEASE, &ddd), DL_EUNSUPPORTED);
    snprintf(text, sizeof text, "%s_backward: it has no third derivatives", name);
    expect_error(ctx, DL_EUNSUPPORTED, text);
}

void check_loss_ignores(dl_ctx *ctx, loss_fn loss)
{
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(2, 2), 1, 2, NAN, 4), *dx;
    dl_tensor *t = make_tensor(ctx, DL_I64, DL_SHAPE(2), -1, -1);
    dl_loss_opts o = {.ignore_set = 1, .ignore_index = -1};
    dl_grad_track(x, 1);
    dl_tensor *y = loss(x, t, &o);
    assert_values(y, NAN);
    assert_int_equal(dl_gradients(&y, NULL, 1, &x, 1, DL_GRAPH_RELEASE, &dx), DL_OK);
    assert_values(dx, 0, 0, 0, 0);
}

void check_loss_class_weights(dl_ctx *ctx, const char *name, loss_fn loss)
{
    char text[256];
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, 3));
    dl_tensor *t = make_tensor(ctx, DL_I64, DL_SHAPE(2), 0, 2), *dw;
    dl_tensor *w = make_tensor(ctx, DL_F64, DL_SHAPE(3), 1, 2, 3);
    dl_loss_opts o = {.weight = w};
    dl_grad_track(w, 1);
    dl_tensor *y = loss(x, t, &o);
    assert_int_equal(dl_gradients(&y, NULL, 1, &w, 1, DL_GRAPH_RELEASE, &dw), DL_EUNSUPPORTED);
    snprintf(text, sizeof text,
             "%s: class weights are constants, they have no gradient; dl_detach them", name);
    expect_error(ctx, DL_EUNSUPPORTED, text);
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
