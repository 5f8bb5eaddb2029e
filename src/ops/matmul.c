/* c = a b, as NumPy's matmul. da = dc b^T, db = a^T dc. Everything is strides: a transposed operand
 * costs nothing, and gradients of broadcast operands are summed inside the product. */
#include <string.h>
#include "autograd/autograd.h"
#include "ops/product.h"

/* The leading axes of a and b, broadcast. */
static dl_status broadcast(const dl_call *c, int64_t *dims, int32_t *ndim)
{
    const dl_tensor *a = c->in[0], *b = c->in[1];
    const int32_t na = a->ndim - 2, nb = b->ndim - 2, n = na > nb ? na : nb;
    for (int32_t i = 0; i < n; i++) {
        const int64_t da = i < n - na ? 1 : a->dims[i - (n - na)];
        const int64_t db = i < n - nb ? 1 : b->dims[i - (n - nb)];
        if (da != db && da != 1 && db != 1) {
            char ta[DL__SHAPE_TEXT], tb[DL__SHAPE_TEXT];
            return dl_fail(c->ctx, DL_ESHAPE,
                           "matmul: leading axes of %s and %s do not broadcast: %lld and %lld",
                           dl__dims_text(ta, a), dl__dims_text(tb, b), (long long)da,
                           (long long)db);
        }
        dims[i] = da == 1 ? db : da;
    }
    *ndim = n;
    return DL_OK;
}

/* What dl_matmul has seen to already; a call may also come from a file. */
static dl_status check(const dl_call *c)
{
    const dl_tensor *a = c->in[0], *b = c->in[1];
    if (a->ndim < 2 || b->ndim < 2 || a->dims[a->ndim - 1] != b->dims[b->ndim - 2])
        return dl_fail(c->ctx, DL_ESHAPE, "matmul: the operands are no matrices that fit");
    return DL_OK;
}

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const dl__matmul_attrs *a = c->attrs;
    int64_t dims[DL_MAX_DIMS];
    int32_t n;
    dl_status status = dl__need_float(c, 0);
    if (status == DL_OK)
        status = dl__need_float(c, 1);
    if (status == DL_OK)
        status = dl__need_same_dtype(c, 0, 1);
    if (status == DL_OK)
        status = check(c);
    if (status == DL_OK)
        status = broadcast(c, dims, &n);
    if (status != DL_OK)
        return status;
    if (a->n_batch >= 0) {
        if (a->n_batch > n || !dl__broadcasts(a->batch, a->n_batch, dims, n))
            return dl_fail(c->ctx, DL_ESHAPE, "matmul: the leading axes wanted do not fit");
        n = a->n_batch;
        memcpy(dims, a->batch, (size_t)n * sizeof *dims);
    }
    dims[n] = c->in[0]->dims[c->in[0]->ndim - 2];
    dims[n + 1] = c->in[1]->dims[c->in[1]->ndim - 1];
    dl__spec_row_major(out, c->in[0]->dtype, dims, n + 2);
    if (a->column_major) {
        dl__row_major(n + 2, dims, out->strides);
        out->strides[n] = 1;
        out->strides[n + 1] = dims[n] > 1 ? dims[n] : 1;
    }
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    return dl__product(c->in[0], c->in[1], NULL, c->out[0], c->accumulate);
}

dl_status dl__matmul_gradient(dl_tensor *a, dl_tensor *b, const dl_tensor *like, dl_tensor **dx)
{
    dl__matmul_attrs attrs = {.n_batch = like->ndim - 2};
    dl_tensor *in[] = {a, b};
    if (!a || !b)
        return dl_ctx_status(like->base.ctx);
    memcpy(attrs.batch, like->dims, (size_t)attrs.n_batch * sizeof *attrs.batch);
    attrs.column_major = like->strides[attrs.n_batch] == 1 && like->strides[attrs.n_batch + 1] != 1;
    return dl__gradient(&dl__op_matmul, in, 2, &attrs, dx);
}

/* dc with the leading axes that were summed, so that da and db get their full shapes. */
static dl_tensor *unsum(const dl_call *c, dl_tensor *dc)
{
    const dl__matmul_attrs *a = c->attrs;
    int64_t dims[DL_MAX_DIMS];
    int32_t n;
    if (a->n_batch < 0)
        return dc;
    if (broadcast(c, dims, &n) != DL_OK)
        return NULL;
    dims[n] = dc->dims[dc->ndim - 2];
    dims[n + 1] = dc->dims[dc->ndim - 1];
    return dl_expand(dc, dims, n + 2);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dl_tensor *dc = unsum(c, dy[0]);
    if (!dc)
        return dl_ctx_status(c->ctx);
    if (dl_call_wants(c, 0) &&
        dl__matmul_gradient(dc, dl_transpose(c->in[1], -2, -1), c->in[0], &dx[0]) != DL_OK)
        return dl_ctx_status(c->ctx);
    if (dl_call_wants(c, 1))
        dl__matmul_gradient(dl_transpose(c->in[0], -2, -1), dc, c->in[1], &dx[1]);
    return dl_ctx_status(c->ctx);
}

/* Products that are summed over a leading axis are all computed. */
static double flops(const dl_call *c)
{
    const dl_tensor *a = c->in[0], *b = c->in[1];
    const int32_t n = a->ndim > b->ndim ? a->ndim : b->ndim;
    double work = 2 * (double)a->dims[a->ndim - 1] * (double)a->dims[a->ndim - 2] *
                  (double)b->dims[b->ndim - 1];
    for (int32_t i = 3; i <= n; i++) {
        const int64_t da = i <= a->ndim ? a->dims[a->ndim - i] : 1;
        const int64_t db = i <= b->ndim ? b->dims[b->ndim - i] : 1;
        work *= (double)(da == 1 ? db : da);
    }
    return work;
}

static const dl_attr attrs_of[] = {DL__ATTR(dl__matmul_attrs, batch, I64, DL_MAX_DIMS),
                                   DL__ATTR(dl__matmul_attrs, n_batch, I32, 1),
                                   DL__ATTR(dl__matmul_attrs, column_major, I32, 1)};
const dl_op dl__op_matmul = {.name = "matmul",
                             .attrs_size = sizeof(dl__matmul_attrs),
                             .attrs = attrs_of,
                             .n_attrs = 3,
                             .flags = DL_OP_ACCUMULATES | DL_OP_PRODUCT,
                             .saves_in = 3,
                             .infer = infer,
                             .forward = forward,
                             .backward = backward,
                             .flops = flops,
                             .replay_in = 2,
                             .replay_out = 1};

/* Checks the sizes while vectors are still vectors, so that messages show what the caller gave. */
static dl_status check_sizes(const dl_tensor *a, const dl_tensor *b)
{
    char ta[DL__SHAPE_TEXT], tb[DL__SHAPE_TEXT];
    dl__dims_text(ta, a);
    dl__dims_text(tb, b);
    if (a->ndim == 0 || b->ndim == 0)
        return dl_fail(a->base.ctx, DL_ESHAPE, "matmul: %s x %s, wanted at least one axis each", ta,
                       tb);
    const int64_t ka = a->dims[a->ndim - 1], kb = b->dims[b->ndim == 1 ? 0 : b->ndim - 2];
    if (ka != kb)
        return dl_fail(a->base.ctx, DL_ESHAPE, "matmul: %s x %s: inner sizes are %lld and %lld", ta,
                       tb, (long long)ka, (long long)kb);
    return DL_OK;
}

/* A vector on the left is a row, on the right a column. */
static dl_tensor *with_vectors(dl_tensor *a, dl_tensor *b, const dl__matmul_attrs *attrs)
{
    const int32_t row = a->ndim == 1, column = b->ndim == 1;
    dl_tensor *y = dl__apply2(&dl__op_matmul, row ? dl_unsqueeze(a, 0) : a,
                              column ? dl_unsqueeze(b, 1) : b, attrs);
    if (row)
        y = dl_squeeze(y, -2);
    return column ? dl_squeeze(y, -1) : y;
}

dl_tensor *dl_matmul(dl_tensor *a, dl_tensor *b)
{
    const dl__matmul_attrs attrs = {.n_batch = -1};
    if (!a || !b || !dl__ok(a->base.ctx))
        return NULL;
    if (a->base.ctx == b->base.ctx && check_sizes(a, b) != DL_OK)
        return NULL;
    if ((a->ndim > 1 && b->ndim > 1) || a->base.ctx != b->base.ctx)
        return dl__apply2(&dl__op_matmul, a, b, &attrs);
    const int32_t mark = dl_scope_begin(a->base.ctx);
    if (mark < 0)
        return NULL;
    return dl__scope_out(a->base.ctx, mark, with_vectors(a, b, &attrs));
}
