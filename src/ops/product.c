/* Cuts a product of tensors into as few calls of the gemm driver as strides allow. */
#include "ops/product.h"
#include "autograd/autograd.h"
#include "kernels/kernels.h"

enum { A, B, C, OPERANDS };

/* A leading axis: its size, and its stride in each operand; 0 in C: products are added up. */
typedef struct axis {
    int64_t n, stride[OPERANDS];
} axis;

typedef struct plan {
    dl__gemm_args g;
    int32_t n_axes;
    axis axes[DL_MAX_DIMS];
} plan;

static void drop_axis(plan *p, int32_t i)
{
    p->n_axes--;
    for (; i < p->n_axes; i++)
        p->axes[i] = p->axes[i + 1];
}

/* The stride of t along the leading axis, back places before its matrix; 0 if it is stretched. */
static int64_t lead_stride(const dl_tensor *t, int32_t back)
{
    const int32_t i = t->ndim - 2 - back;
    return i < 0 || t->dims[i] == 1 ? 0 : t->strides[i];
}

static int64_t lead_dim(const dl_tensor *t, int32_t back)
{
    const int32_t i = t->ndim - 2 - back;
    return i < 0 ? 1 : t->dims[i];
}

/* Matrices and leading axes as they are given. A sum over no products at all is one over k = 0. */
static void describe(plan *p, const dl_tensor *const t[OPERANDS], const dl_tensor *bias,
                     int32_t accumulate)
{
    const int32_t na = t[A]->ndim - 2, nb = t[B]->ndim - 2;
    dl__gemm_args *g = &p->g;
    g->m = t[A]->dims[na];
    g->k = t[A]->dims[na + 1];
    g->n = t[B]->dims[nb + 1];
    g->a = dl__data(t[A]);
    g->a_row = t[A]->strides[na];
    g->a_col = t[A]->strides[na + 1];
    g->b = dl__data(t[B]);
    g->b_row = t[B]->strides[nb];
    g->b_col = t[B]->strides[nb + 1];
    g->c = dl__data(t[C]);
    g->c_row = t[C]->strides[t[C]->ndim - 2];
    g->bias = bias ? dl__data(bias) : NULL;
    g->accumulate = accumulate;
    g->batch = 1;
    for (int32_t back = 1; back <= (na > nb ? na : nb); back++) {
        axis x = {.n = lead_dim(t[A], back)};
        if (x.n == 1)
            x.n = lead_dim(t[B], back);
        for (int32_t i = 0; i < OPERANDS; i++)
            x.stride[i] = lead_stride(t[i], back);
        if (x.n == 0)
            g->k = 0;
        if (x.n > 1)
            p->axes[p->n_axes++] = x;
    }
}

/* c^T = b^T a^T: for a c whose rows, not its columns, have stride 1. */
static void turn(plan *p, int64_t c_col)
{
    const dl__gemm_args old = p->g;
    p->g.m = old.n;
    p->g.n = old.m;
    p->g.a = old.b;
    p->g.a_row = old.b_col;
    p->g.a_col = old.b_row;
    p->g.b = old.a;
    p->g.b_row = old.a_col;
    p->g.b_col = old.a_row;
    p->g.c_row = c_col;
    for (int32_t i = 0; i < p->n_axes; i++) {
        axis *x = &p->axes[i];
        const int64_t a = x->stride[A];
        x->stride[A] = x->stride[B];
        x->stride[B] = a;
    }
}

/* Makes x part of the rows of a and c, of the columns of b and c, or of the sum: 1 if it fits. */
static int fold(dl__gemm_args *g, const axis *x)
{
    const int64_t a = x->stride[A], b = x->stride[B], c = x->stride[C];
    if (b == 0 && c != 0 && (g->m == 1 || (a == g->m * g->a_row && c == g->m * g->c_row))) {
        g->a_row = g->m == 1 ? a : g->a_row;
        g->c_row = g->m == 1 ? c : g->c_row;
        g->m *= x->n;
        return 1;
    }
    if (a == 0 && c != 0 && !g->bias && c == g->n && (g->n == 1 || b == g->n * g->b_col)) {
        g->b_col = g->n == 1 ? b : g->b_col;
        g->n *= x->n;
        return 1;
    }
    if (c == 0 && !g->bias && (g->k == 1 || (a == g->k * g->a_col && b == g->k * g->b_row))) {
        g->a_col = g->k == 1 ? a : g->a_col;
        g->b_row = g->k == 1 ? b : g->b_row;
        g->k *= x->n;
        return 1;
    }
    return 0;
}

/* Makes axis y part of axis x, which it must continue in every operand. */
static int merge(axis *x, const axis *y)
{
    for (int32_t i = 0; i < OPERANDS; i++)
        if (x->stride[i] != y->n * y->stride[i])
            return 0;
    const int64_t n = x->n * y->n;
    *x = *y;
    x->n = n;
    return 1;
}

/* Folds and merges until nothing more fits. */
static void simplify(plan *p)
{
    for (int again = 1; again;) {
        again = 0;
        for (int32_t i = 0; i < p->n_axes && !again; i++) {
            again = fold(&p->g, &p->axes[i]);
            for (int32_t j = 0; j < p->n_axes && !again; j++)
                if (i != j && merge(&p->axes[j], &p->axes[i]))
                    again = 1;
            if (again)
                drop_axis(p, i);
        }
    }
}

/* The longest axis along which every product has a c of its own becomes the driver's batch. */
static void choose_batch(plan *p)
{
    int32_t best = -1;
    for (int32_t i = 0; i < p->n_axes; i++)
        if (p->axes[i].stride[C] != 0 && (best < 0 || p->axes[i].n > p->axes[best].n))
            best = i;
    if (best < 0)
        return;
    p->g.batch = p->axes[best].n;
    p->g.a_batch = p->axes[best].stride[A];
    p->g.b_batch = p->axes[best].stride[B];
    p->g.c_batch = p->axes[best].stride[C];
    drop_axis(p, best);
}

static dl_status execute(dl_ctx *ctx, dl_dtype dtype, const plan *p)
{
    const int64_t size = (int64_t)dl_dtype_size(dtype);
    int64_t index[DL_MAX_DIMS] = {0};
    for (;;) {
        dl__gemm_args g = p->g;
        int64_t a = 0, b = 0, c = 0;
        for (int32_t i = 0; i < p->n_axes; i++) {
            const axis *x = &p->axes[i];
            a += index[i] * x->stride[A];
            b += index[i] * x->stride[B];
            c += index[i] * x->stride[C];
            if (x->stride[C] == 0 && index[i] > 0)
                g.accumulate = 1;
        }
        g.a = (const char *)g.a + a * size;
        g.b = (const char *)g.b + b * size;
        g.c = (char *)g.c + c * size;
        if (dl__gemm(ctx, dtype, &g) != DL_OK)
            return ctx->status;
        int32_t i = p->n_axes - 1;
        while (i >= 0 && ++index[i] == p->axes[i].n)
            index[i--] = 0;
        if (i < 0)
            return DL_OK;
    }
}

/* Through a row-major result: for a c without any stride of 1, and where the products of a sum must
 * be added up before the old c is. */
static dl_status through_copy(const dl_tensor *a, const dl_tensor *b, const dl_tensor *bias,
                              dl_tensor *c, int32_t accumulate)
{
    dl__shape shape = dl__tensor_shape(c);
    shape.offset = 0;
    dl__row_major(shape.ndim, shape.dims, shape.strides);
    dl_tensor *whole = dl__tensor_new(c->base.ctx, &shape, 0);
    dl_status status = whole ? dl__product(a, b, bias, whole, 0) : c->base.ctx->status;
    dl_tensor to = *c;
    to.fresh = !accumulate;
    if (status == DL_OK)
        status = dl__accumulate(&to, whole);
    dl_tensor_drop(whole);
    return status;
}

dl_status dl__product(const dl_tensor *a, const dl_tensor *b, const dl_tensor *bias, dl_tensor *c,
                      int32_t accumulate)
{
    const dl_tensor *const t[OPERANDS] = {a, b, c};
    const int64_t c_row = c->strides[c->ndim - 2], c_col = c->strides[c->ndim - 1];
    plan p = {.n_axes = 0};
    if (dl__count_of(c) == 0)
        return DL_OK;
    describe(&p, t, bias, accumulate);
    if (p.g.n != 1 && c_col != 1) {
        if (bias || (p.g.m != 1 && c_row != 1))
            return through_copy(a, b, bias, c, accumulate);
        turn(&p, c_col);
    }
    simplify(&p);
    if (accumulate)
        for (int32_t i = 0; i < p.n_axes; i++)
            if (p.axes[i].stride[C] == 0)
                return through_copy(a, b, bias, c, accumulate);
    choose_batch(&p);
    return execute(c->base.ctx, c->dtype, &p);
}
