/* Tensors one after the other along an axis. */
#include <string.h>
#include "autograd/autograd.h"
#include "core/check.h"
#include "ops/join.h"

typedef struct concat_attrs {
    int32_t axis; /* >= 0 */
} concat_attrs;

/* ---- what can be joined ---------------------------------------------------------------------- */

static int fits(const dl_tensor *a, const dl_tensor *b, int32_t skip)
{
    int same = a->ndim == b->ndim;
    for (int32_t i = 0; same && i < a->ndim; i++)
        same = i == skip || a->dims[i] == b->dims[i];
    return same;
}

static void fail_shape(const char *who, const dl_tensor *first, const dl_tensor *t, int32_t i,
                       int32_t skip)
{
    char a[DL__SHAPE_TEXT], b[DL__SHAPE_TEXT];
    dl__dims_text(a, first);
    dl__dims_text(b, t);
    if (skip < 0)
        dl_fail(first->base.ctx, DL_ESHAPE,
                "%s: input 0 is %s and input %d is %s, wanted one shape", who, a, (int)i, b);
    else
        dl_fail(first->base.ctx, DL_ESHAPE,
                "%s: input 0 is %s and input %d is %s, wanted one shape but for axis %d", who, a,
                (int)i, b, (int)skip);
}

int dl__can_join(const char *who, dl_tensor *const *in, int32_t n, int32_t skip)
{
    for (int32_t i = 0; i < n; i++)
        if (!in[i])
            return 0;
    dl_ctx *ctx = in[0]->base.ctx;
    for (int32_t i = 1; i < n && dl__ok(ctx); i++) {
        if (in[i]->base.ctx != ctx)
            dl_fail(ctx, DL_EINVAL, "%s: inputs 0 and %d belong to different contexts", who,
                    (int)i);
        else if (in[i]->dtype != in[0]->dtype)
            dl_fail(ctx, DL_EDTYPE, "%s: input 0 is %s and input %d is %s, wanted one element type",
                    who, dl_dtype_name(in[0]->dtype), (int)i, dl_dtype_name(in[i]->dtype));
        else if (!fits(in[0], in[i], skip))
            fail_shape(who, in[0], in[i], i, skip);
    }
    return dl__ok(ctx);
}

/* ---- one call: at most DL__MAX_IN inputs ----------------------------------------------------- */

/* Laid out as the first input that has elements. */
static dl_status infer(const dl_call *c, dl_spec *out)
{
    const concat_attrs *a = c->attrs;
    int64_t total = 0;
    int32_t like = 0;
    for (int32_t i = 0; i < c->n_in; i++) {
        if (!dl__add_i64(total, c->in[i]->dims[a->axis], &total))
            return dl_fail(c->ctx, DL_ELIMIT, "%s: the sizes of axis %d do not add up in 64 bits",
                           c->op->name, (int)a->axis);
        if (dl__count_of(c->in[like]) == 0)
            like = i;
    }
    dl_tensor x = dl__tensor_value(c->in[like]);
    x.dims[a->axis] = total;
    dl__spec_like(out, &x);
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    const concat_attrs *a = c->attrs;
    dl_tensor part = dl__tensor_value(c->out[0]);
    for (int32_t i = 0; i < c->n_in; i++) {
        part.dims[a->axis] = c->in[i]->dims[a->axis];
        if (dl__count_of(&part) > 0)
            dl__copy_elements(&part, c->in[i]);
        part.offset += part.dims[a->axis] * part.strides[a->axis];
    }
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const concat_attrs *a = c->attrs;
    int64_t start = 0;
    for (int32_t i = 0; i < c->n_in; i++) {
        const int64_t n = c->in[i]->dims[a->axis];
        if (dl_call_wants(c, i))
            dx[i] = dl_slice(dy[0], a->axis, start, start + n, 1);
        start += n;
    }
    return c->ctx->status;
}

static const dl_attr attrs[] = {DL__ATTR(concat_attrs, axis, I32, 1)};
const dl_op dl__op_concat = {
    .name = "concat",
    .attrs_size = sizeof(concat_attrs),
    .attrs = attrs,
    .n_attrs = 1,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

/* ---- any number ------------------------------------------------------------------------------ */

/* Joins groups of DL__MAX_IN, then the groups, until one is left. */
static dl_tensor *join_groups(dl_tensor **part, int32_t n, const concat_attrs *a)
{
    while (n > 1) {
        int32_t groups = 0;
        for (int32_t i = 0; i < n; i += DL__MAX_IN, groups++) {
            const int32_t size = n - i < DL__MAX_IN ? n - i : DL__MAX_IN;
            dl_tensor *joined = part[i];
            if (size > 1)
                dl_apply(&dl__op_concat, part + i, size, a, &joined, 1);
            if (!joined)
                return NULL;
            part[groups] = joined;
        }
        n = groups;
    }
    return part[0];
}

dl_tensor *dl__join(dl_tensor *const *in, int32_t n, int32_t axis)
{
    dl_ctx *ctx = in[0]->base.ctx;
    const concat_attrs a = {axis};
    dl_tensor *y = NULL;
    if (n <= DL__MAX_IN) {
        dl_apply(&dl__op_concat, in, n, &a, &y, 1);
        return y;
    }
    const int32_t mark = dl_scope_begin(ctx);
    dl_tensor **part = mark < 0 ? NULL : dl__alloc(ctx, (size_t)n * sizeof(dl_tensor *));
    if (part) {
        memcpy(part, in, (size_t)n * sizeof(dl_tensor *));
        y = join_groups(part, n, &a);
    }
    dl__free(part);
    return mark < 0 ? NULL : dl__scope_out(ctx, mark, y);
}

dl_tensor *dl_concat(dl_tensor *const *in, int32_t n, int32_t axis)
{
    if (!in || n < 1 || !dl__ready(in[0]))
        return NULL;
    axis = dl__axis(in[0]->base.ctx, "concat", axis, in[0]->ndim);
    return axis >= 0 && dl__can_join("concat", in, n, axis) ? dl__join(in, n, axis) : NULL;
}
