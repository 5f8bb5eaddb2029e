/* Tensors as planes: which axes become outer, channels and inner, and copies of operands whose
 * strides cannot say so. */
#include <string.h>
#include "ops/norm.h"

/* Axes from .. to - 1 of the order as one: 1 and their step, 0 when there is none. */
static int merge(const dl__norm_planes *p, const dl_tensor *t, int32_t from, int32_t to,
                 int64_t *step)
{
    int64_t next = 0;
    int found = 0;
    *step = 1;
    for (int32_t i = to - 1; i >= from; i--) {
        const int32_t axis = p->order[i];
        if (t->dims[axis] == 1)
            continue;
        if (!found)
            *step = t->strides[axis];
        else if (t->strides[axis] != next)
            return 0;
        next = t->strides[axis] * t->dims[axis];
        found = 1;
    }
    return 1;
}

/* Steps of t along outer, channels, inner: 1, or 0 when memory does not have them. */
static int steps_of(const dl__norm_planes *p, const dl_tensor *t, int64_t *step)
{
    if (!merge(p, t, 0, p->first, &step[0]) || !merge(p, t, p->first, p->last, &step[1]) ||
        !merge(p, t, p->last, p->ndim, &step[2]))
        return 0;
    if (p->swapped) {
        step[2] = step[0];
        step[0] = 0;
    }
    return 1;
}

/* 1 when the kernels can read these steps. */
static int fits(const dl__norm_planes *p, const int64_t *step)
{
    return p->v.side ? step[1] == 1 : step[2] == 1;
}

/* A tensor shaped like t whose memory is walked in order; the caller's. */
static dl_tensor *dense(const dl__norm_planes *p, const dl_tensor *t)
{
    dl__shape s = dl__tensor_shape(t);
    int32_t order[DL_MAX_DIMS], n = 0;
    int64_t step = 1;
    /* Innermost first: the channels where they lie side by side, and before outer else. */
    for (int32_t i = p->last - 1; p->v.side && i >= p->first; i--)
        order[n++] = p->order[i];
    for (int32_t i = p->ndim - 1; i >= p->last; i--)
        order[n++] = p->order[i];
    for (int32_t i = p->first - 1; p->swapped && i >= 0; i--)
        order[n++] = p->order[i];
    for (int32_t i = p->last - 1; !p->v.side && i >= p->first; i--)
        order[n++] = p->order[i];
    for (int32_t i = p->first - 1; !p->swapped && i >= 0; i--)
        order[n++] = p->order[i];
    for (int32_t i = 0; i < n; i++) {
        s.strides[order[i]] = step;
        step *= s.dims[order[i]];
    }
    s.offset = 0;
    return dl__tensor_new(p->ctx, &s, 0);
}

static void place(dl__norm_planes *p, int k, dl_tensor *t, const int64_t *step)
{
    p->v.p[k] = dl__data(t);
    memcpy(p->v.step[k], step, sizeof p->v.step[k]);
    if (p->v.batch) {
        p->v.batch_step[k] = step[0];
        p->v.step[k][0] = 0;
    }
}

/* Operand k is t, or memory of its own, with the values of t unless t is written. */
static dl_status put(dl__norm_planes *p, int k, dl_tensor *t)
{
    int64_t step[3];
    if (steps_of(p, t, step) && fits(p, step)) {
        place(p, k, t, step);
        return DL_OK;
    }
    if (!(p->own[k] = dense(p, t)))
        return p->ctx->status;
    if (k > 0)
        dl__copy_elements(p->own[k], t);
    steps_of(p, p->own[k], step);
    place(p, k, p->own[k], step);
    return DL_OK;
}

static int64_t reach(const dl_tensor *t, int32_t axis)
{
    return t->strides[axis] < 0 ? -t->strides[axis] : t->strides[axis];
}

/* The axes in order; those from `from` on by falling strides. */
static void set_order(dl__norm_planes *p, const dl_tensor *x, int32_t from)
{
    for (int32_t i = 0; i < x->ndim; i++) {
        int32_t at = i;
        for (; at > from && reach(x, p->order[at - 1]) < reach(x, i); at--)
            p->order[at] = p->order[at - 1];
        p->order[at] = i;
    }
}

dl_status dl__norm_planes_begin(dl__norm_planes *p, dl_tensor *x, int32_t first, int32_t last,
                                int kind)
{
    int64_t step[3];
    *p = (dl__norm_planes){
        .ctx = x->base.ctx, .dtype = x->dtype, .ndim = x->ndim, .first = first, .last = last};
    const int batched = kind == DL__NORM_EXAMPLES;
    set_order(p, x, kind != DL__NORM_ROWS ? last : x->ndim);
    p->dims[0] = dl__elements(x->dims, first);
    p->dims[1] = dl__elements(x->dims + first, last - first);
    p->dims[2] = dl__elements(x->dims + last, x->ndim - last);
    const int known = steps_of(p, x, step), flat = p->dims[2] == 1 && !batched;
    const int line = known && step[flat ? 0 : 2] == 1;
    p->v.side = kind != DL__NORM_ROWS && p->dims[1] > 1 &&
                ((known && step[1] == 1) || (p->dims[2] == 1 && !line));
    p->swapped = !p->v.side && flat;
    p->v.batch = batched ? p->dims[0] : 0;
    p->v.outer = p->swapped || batched ? 1 : p->dims[0];
    p->v.channels = p->dims[1];
    p->v.inner = p->swapped ? p->dims[0] : p->dims[2];
    return put(p, 1, x);
}

dl_status dl__norm_planes_add(dl__norm_planes *p, int k, dl_tensor *t)
{
    return put(p, k, t);
}

dl_status dl__norm_planes_result(dl__norm_planes *p, dl_tensor *t)
{
    p->result = t;
    return put(p, 0, t);
}

void dl__norm_planes_end(dl__norm_planes *p)
{
    if (p->own[0] && dl__ok(p->ctx))
        dl__copy_elements(p->result, p->own[0]);
    for (int k = 0; k < DL__PLANES; k++)
        dl_tensor_drop(p->own[k]);
}
