/* Taking elements by index, and putting them back. */
#include <string.h>
#include "core/parallel.h"
#include "ops/index.h"
#include "tensor/iterate.h"

/* ---- checks ---------------------------------------------------------------------------------- */

int dl__index_attrs_of(const char *who, const dl_tensor *x, int32_t axis, int32_t select,
                       dl__index_attrs *attrs)
{
    if (!dl__ready(x))
        return 0;
    *attrs = (dl__index_attrs){
        .axis = dl__axis(x->base.ctx, who, axis, x->ndim), .select = select, .ndim = x->ndim};
    memcpy(attrs->dims, x->dims, sizeof attrs->dims);
    memcpy(attrs->strides, x->strides, sizeof attrs->strides);
    return attrs->axis >= 0;
}

dl_status dl__need_index(const dl_call *c, const dl_tensor *index)
{
    if (index->dtype == DL_I32 || index->dtype == DL_I64 || index->dtype == DL_U8)
        return DL_OK;
    return dl_fail(c->ctx, DL_EDTYPE, "%s: the index is %s, it wants i32, i64 or u8", c->op->name,
                   dl_dtype_name(index->dtype));
}

dl_status dl__index_fits(const dl_call *c, int32_t i, const dl_tensor *x)
{
    const dl__index_attrs *a = c->attrs;
    const dl_tensor *index = c->in[i];
    char of_x[DL__SHAPE_TEXT], of_index[DL__SHAPE_TEXT];
    if (dl__need_index(c, index) != DL_OK)
        return c->ctx->status;
    int fits = index->ndim == x->ndim;
    for (int32_t k = 0; fits && k < x->ndim; k++)
        fits = k == a->axis || index->dims[k] <= x->dims[k];
    if (fits)
        return DL_OK;
    return dl_fail(c->ctx, DL_ESHAPE,
                   "%s: the index is %s and x is %s, wanted no axis but %d longer than that of x",
                   c->op->name, dl__dims_text(of_index, index), dl__dims_text(of_x, x),
                   (int)a->axis);
}

static dl_status fail_value(const dl_call *c, const dl_tensor *v, int64_t at, int64_t n)
{
    const int64_t value = ((const int64_t *)(const void *)dl__data(v))[at];
    char text[DL__SHAPE_TEXT];
    dl__place_text(text, v, at);
    if (n == 0)
        return dl_fail(c->ctx, DL_EINVAL,
                       "%s: the index at %s is %lld, but there is nothing to index", c->op->name,
                       text, (long long)value);
    return dl_fail(c->ctx, DL_EINVAL, "%s: the index at %s is %lld, wanted 0 to %lld", c->op->name,
                   text, (long long)value, (long long)n - 1);
}

dl_status dl__index_open(const dl_call *c, const dl_tensor *index, int64_t n, dl__indexes *out)
{
    const int64_t count = dl__count_of(index);
    out->copy = NULL;
    if (index->dtype != DL_I64 || !dl_tensor_contiguous(index)) {
        dl__shape shape = {.dtype = DL_I64, .ndim = index->ndim};
        memcpy(shape.dims, index->dims, sizeof shape.dims);
        dl__row_major(shape.ndim, shape.dims, shape.strides);
        out->copy = dl__tensor_new(c->ctx, &shape, 0);
        if (!out->copy)
            return c->ctx->status;
        dl__copy_elements(out->copy, index);
    }
    out->values = dl__tensor_value(out->copy ? out->copy : index);
    dl__row_major(out->values.ndim, out->values.dims, out->values.strides);
    const int64_t *v = count > 0 ? (const int64_t *)(const void *)dl__data(&out->values) : NULL;
    int wrong = 0; /* no early end, so that this is vector code */
    for (int64_t i = 0; i < count; i++)
        wrong |= (uint64_t)v[i] >= (uint64_t)n;
    if (!wrong)
        return DL_OK;
    int64_t at = 0;
    while ((uint64_t)v[at] < (uint64_t)n)
        at++;
    dl_status status = fail_value(c, &out->values, at, n);
    dl__index_close(out);
    return status;
}

void dl__index_close(dl__indexes *indexes)
{
    dl_tensor_drop(indexes->copy);
    indexes->copy = NULL;
}

/* ---- the operands of a walk ------------------------------------------------------------------ */

/* x as a value with the shape of y: its first element along axis everywhere. */
static dl_tensor along(const dl_tensor *x, const dl_tensor *y, int32_t axis)
{
    dl_tensor t = dl__tensor_value(x);
    memcpy(t.dims, y->dims, sizeof t.dims);
    t.strides[axis] = 0;
    return t;
}

/* The indexes as a value with the shape of y. */
static dl_tensor spread(const dl__indexes *indexes, const dl_tensor *y, const dl__index_attrs *a)
{
    dl_tensor t = indexes->values;
    if (!a->select)
        return t;
    t.ndim = y->ndim;
    memcpy(t.dims, y->dims, sizeof t.dims);
    memset(t.strides, 0, sizeof t.strides);
    t.strides[a->axis] = 1;
    return t;
}

/* ---- taking ---------------------------------------------------------------------------------- */

/* p: y, x at index 0, the index. arg: bytes from one index of x to the next. Where the walk goes
 * along an axis without indexes, a run is one piece of x, and a plain copy. */
#define TAKE(size)                                                                                 \
    static void take_##size(int64_t n, char *const *p, const int64_t *step, const void *arg)       \
    {                                                                                              \
        const int64_t reach = *(const int64_t *)arg;                                               \
        if (step[2] == 0) {                                                                        \
            const char *from = p[1] + *(const int64_t *)(const void *)p[2] * reach;                \
            if (step[0] == size && step[1] == size)                                                \
                memcpy(p[0], from, (size_t)n *size);                                               \
            else                                                                                   \
                for (int64_t i = 0; i < n; i++)                                                    \
                    memcpy(p[0] + i * step[0], from + i * step[1], size);                          \
            return;                                                                                \
        }                                                                                          \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const int64_t index = *(const int64_t *)(const void *)(p[2] + i * step[2]);            \
            memcpy(p[0] + i * step[0], p[1] + i * step[1] + index * reach, size);                  \
        }                                                                                          \
    }
TAKE(1)
TAKE(4)
TAKE(8)

dl_status dl__index_take(const dl_call *c, const dl_tensor *x, const dl_tensor *index,
                         const dl__index_attrs *a, dl_tensor *y)
{
    static const dl__run by_size[] = {[1] = take_1, [4] = take_4, [8] = take_8};
    const size_t size = dl_dtype_size(x->dtype);
    const int64_t reach = x->strides[a->axis] * (int64_t)size;
    dl__indexes indexes;
    if (dl__index_open(c, index, x->dims[a->axis], &indexes) != DL_OK)
        return c->ctx->status;
    if (dl__count_of(y) > 0) {
        const dl_tensor from = along(x, y, a->axis), at = spread(&indexes, y, a);
        const dl_tensor *const operand[] = {y, &from, &at};
        dl__walk w;
        dl__walk_plan(&w, operand, 3);
        dl__walk_run(c->ctx, &w, by_size[size], &reach);
    }
    dl__index_close(&indexes);
    return DL_OK;
}

/* ---- putting --------------------------------------------------------------------------------- *
 * A lane is an element of x and the same place of y and the indexes, all at 0 along the axis. Lanes
 * touch different memory; within one, y is added in the order of the axis. So lanes are what
 * threads share. */

typedef struct putting {
    dl__walk w;                     /* of lanes: x, y, the indexes                         */
    int64_t n;                      /* indexes along the axis                              */
    int64_t reach, y_step, at_step; /* bytes from one to the next along the axis: x, y, index */
    int64_t inner, lanes, item;     /* lanes of a row of the walk, of all rows, of an item */
    void (*put)(const struct putting *job, int64_t lanes, char *const *p, const int64_t *step);
} putting;

/* p, step: x, y, the indexes of some lanes. One index for all lanes: rows of x and y, which become
 * vector code where they lie close. */
#define PUT(name, type, sum)                                                                       \
    static void name(const putting *job, int64_t lanes, char *const *p, const int64_t *step)       \
    {                                                                                              \
        for (int64_t j = 0; step[2] == 0 && j < job->n; j++) {                                     \
            const int64_t index = *(const int64_t *)(const void *)(p[2] + j * job->at_step);       \
            char *to = p[0] + index * job->reach;                                                  \
            const char *from = p[1] + j * job->y_step;                                             \
            if (step[0] == sizeof(type) && step[1] == sizeof(type)) {                              \
                type *restrict a = (type *)(void *)to;                                             \
                const type *restrict b = (const type *)(const void *)from;                         \
                for (int64_t i = 0; i < lanes; i++)                                                \
                    a[i] = (type)((sum)a[i] + (sum)b[i]);                                          \
            } else {                                                                               \
                for (int64_t i = 0; i < lanes; i++) {                                              \
                    type *a = (type *)(void *)(to + i * step[0]);                                  \
                    *a = (type)((sum)*a +                                                          \
                                (sum) * (const type *)(const void *)(from + i * step[1]));         \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
        for (int64_t i = 0; step[2] != 0 && i < lanes; i++)                                        \
            for (int64_t j = 0; j < job->n; j++) {                                                 \
                const char *at = p[2] + i * step[2] + j * job->at_step;                            \
                const char *from = p[1] + i * step[1] + j * job->y_step;                           \
                const int64_t index = *(const int64_t *)(const void *)at;                          \
                type *a = (type *)(void *)(p[0] + i * step[0] + index * job->reach);               \
                *a = (type)((sum)*a + (sum) * (const type *)(const void *)from);                   \
            }                                                                                      \
    }
PUT(put_f32, float, float)
PUT(put_f64, double, double)
PUT(put_i32, int32_t, uint32_t)
PUT(put_i64, int64_t, uint64_t)
PUT(put_u8, uint8_t, uint32_t)

/* Lanes [item, ...) of an item, row by row of the walk. */
static void put_item(void *arg, int64_t item)
{
    const putting *job = arg;
    const dl__walk *w = &job->w;
    int64_t lane = item * job->item, end = lane + job->item;
    if (end > job->lanes)
        end = job->lanes;
    while (lane < end) {
        const int64_t first = lane % job->inner;
        int64_t rest = lane / job->inner, n = job->inner - first, step[3] = {0};
        char *p[3];
        if (n > end - lane)
            n = end - lane;
        for (int32_t i = 0; i < 3; i++) {
            step[i] = w->ndim > 0 ? w->steps[i][w->ndim - 1] : 0;
            p[i] = w->data[i] + first * step[i];
        }
        for (int32_t k = w->ndim - 2; k >= 0; k--) {
            for (int32_t i = 0; i < 3; i++)
                p[i] += rest % w->dims[k] * w->steps[i][k];
            rest /= w->dims[k];
        }
        job->put(job, n, p, step);
        lane += n;
    }
}

/* The lanes of an item: enough work, and where rows lie close a whole number of cache lines. */
static int64_t lanes_per_item(int64_t n)
{
    enum { WORK = 16384, LINE = 16 };
    const int64_t lanes = n < WORK ? WORK / n : 1;
    return (lanes + LINE - 1) / LINE * LINE;
}

dl_status dl__index_put(const dl_call *c, dl_tensor *x, const dl_tensor *index,
                        const dl__index_attrs *a, const dl_tensor *y)
{
    const int64_t size = (int64_t)dl_dtype_size(x->dtype);
    dl__indexes indexes;
    if (dl__index_open(c, index, x->dims[a->axis], &indexes) != DL_OK)
        return c->ctx->status;
    if (dl__count_of(y) > 0) {
        dl_tensor from = dl__tensor_value(y), to = along(x, y, a->axis);
        dl_tensor at = spread(&indexes, y, a);
        putting job = {.n = y->dims[a->axis],
                       .reach = x->strides[a->axis] * size,
                       .y_step = y->strides[a->axis] * size,
                       .at_step = at.strides[a->axis] * (int64_t)sizeof(int64_t),
                       .inner = 1,
                       .lanes = 1};
        job.put = x->dtype == DL_F32   ? put_f32
                  : x->dtype == DL_F64 ? put_f64
                  : x->dtype == DL_I32 ? put_i32
                  : x->dtype == DL_I64 ? put_i64
                                       : put_u8;
        from.dims[a->axis] = to.dims[a->axis] = at.dims[a->axis] = 1;
        const dl_tensor *const operand[] = {&to, &from, &at};
        dl__walk_plan(&job.w, operand, 3);
        for (int32_t k = 0; k < job.w.ndim; k++)
            job.lanes *= job.w.dims[k];
        if (job.w.ndim > 0)
            job.inner = job.w.dims[job.w.ndim - 1];
        job.item = lanes_per_item(job.n);
        dl__parallel(c->ctx, (job.lanes + job.item - 1) / job.item, put_item, &job);
    }
    dl__index_close(&indexes);
    return DL_OK;
}

/* ---- the gradient of taking ------------------------------------------------------------------ */

/* in: dy, index. */
static dl_status infer(const dl_call *c, dl_spec *out)
{
    const dl__index_attrs *a = c->attrs;
    dl__spec_noted(out, c->in[0]->dtype, a->ndim, a->dims, a->strides);
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    if (!c->accumulate)
        dl__fill_elements(c->out[0], 0);
    return dl__index_put(c, c->out[0], c->in[1], c->attrs, c->in[0]);
}

static dl_status backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    if (dl_call_wants(c, 0))
        dx[0] = dl__index_taken(g[0], c->in[1], c->attrs);
    return c->ctx->status;
}

static const dl_attr attrs[] = DL__INDEX_ATTRS;
const dl_op dl__op_index_backward = {
    .name = "index_backward",
    .attrs_size = sizeof(dl__index_attrs),
    .attrs = attrs,
    .n_attrs = DL__INDEX_N_ATTRS,
    .flags = DL_OP_ACCUMULATES,
    .saves_in = 2,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

dl_status dl__index_gradient(dl_tensor *dy, dl_tensor *index, const dl__index_attrs *a,
                             dl_tensor **dx)
{
    dl_tensor *in[] = {dy, index};
    return dl__gradient(&dl__op_index_backward, in, 2, a, dx);
}
