/* Pictures at other places. Along each axis a place is a sum of one or two elements that lie side
 * by side, with weights: tables, from which the kernel of pooling works. Turned round, by element,
 * they are those of the adjoint, so that one operation is its own gradient. */
#include "ops/upsample.h"
#include <math.h>
#include "core/check.h"
#include "core/error.h"
#include "core/memory.h"
#include "ops/layout.h"
#include "ops/pooling.h"

typedef struct upsample_attrs {
    int64_t axes;
    int64_t size[DL__SPATIAL], places[DL__SPATIAL]; /* elements, and what is made of them    */
    double scale[DL__SPATIAL]; /* places are 1 / scale apart; 0: size / places               */
    int32_t mode, align;
    int32_t adjoint; /* 1: from places to elements */
} upsample_attrs;
static const dl_attr attrs[] = {
    DL__ATTR(upsample_attrs, axes, I64, 1),
    DL__ATTR(upsample_attrs, size, I64, DL__SPATIAL),
    DL__ATTR(upsample_attrs, places, I64, DL__SPATIAL),
    DL__ATTR(upsample_attrs, scale, F64, DL__SPATIAL),
    DL__ATTR(upsample_attrs, mode, I32, 1),
    DL__ATTR(upsample_attrs, align, I32, 1),
    DL__ATTR(upsample_attrs, adjoint, I32, 1),
};

/* ---- the tables ------------------------------------------------------------------------------ */

/* Along one axis. Place o is the sum of the elements i, begin[o] <= i < end[o], with weights
 * weight[start[o] + i]. */
typedef struct table {
    int64_t *begin, *end, *start;
    double *weight;
} table;

/* Where place o lies, in elements. Quotients of whole numbers are rounded once, so that what should
 * be a whole number is one. */
static double position(const upsample_attrs *a, int k, int64_t o)
{
    const double size = (double)a->size[k], places = (double)a->places[k];
    const double middle = (double)o + (a->mode == DL_UPSAMPLE_NEAREST ? 0 : 0.5);
    if (a->mode == DL_UPSAMPLE_LINEAR && a->size[k] == a->places[k])
        return (double)o;
    if (a->align)
        return a->places[k] > 1 ? (double)o * (size - 1) / (places - 1) : 0;
    const double at = a->scale[k] > 0 ? middle / a->scale[k] : middle * size / places;
    return a->mode == DL_UPSAMPLE_LINEAR ? fmax(at - 0.5, 0) : at;
}

static void fill(const upsample_attrs *a, int k, const table *t)
{
    int64_t n = 0;
    for (int64_t o = 0; o < a->places[k]; o++) {
        const double at = position(a, k, o), last = (double)(a->size[k] - 1);
        const int64_t first = (int64_t)fmin(floor(at), last);
        const double right = a->mode == DL_UPSAMPLE_LINEAR && at < last ? at - (double)first : 0;
        t->begin[o] = first;
        t->end[o] = first + (right > 0 ? 2 : 1);
        t->start[o] = n - first;
        t->weight[n++] = 1 - right;
        if (right > 0)
            t->weight[n++] = right;
    }
}

/* to: by element what from is by place. */
static void turn(const upsample_attrs *a, int k, const table *from, const table *to)
{
    int64_t n = 0;
    dl__pool_turn_round(a->size[k], a->places[k], from->begin, from->end, to->begin, to->end);
    for (int64_t i = 0; i < a->size[k]; i++) {
        to->start[i] = n - to->begin[i];
        for (int64_t o = to->begin[i]; o < to->end[i]; o++)
            to->weight[n++] = from->weight[from->start[o] + i];
    }
}

/* A table of n rows with up to `weights` weights, off *room. */
static table take(char **room, int64_t n, int64_t weights)
{
    int64_t *whole = (int64_t *)(void *)*room;
    const table t = {whole, whole + n, whole + 2 * n, (double *)(void *)(whole + 3 * n)};
    *room = (char *)(t.weight + weights);
    return t;
}

/* Memory for the tables, and those turned round; for dl__free. */
static char *table_room(const dl_call *c)
{
    const upsample_attrs *a = c->attrs;
    int64_t n = 0, words = 0;
    size_t bytes;
    int ok = 1;
    for (int k = 0; k < DL__SPATIAL; k++)
        ok = ok && dl__mul_i64(a->places[k], 7, &n) && dl__add_i64(words, n, &words) &&
             dl__mul_i64(a->size[k], 3, &n) && dl__add_i64(words, n, &words);
    if (!ok || !dl__mul_size((size_t)words, sizeof(double), &bytes)) {
        dl_fail(c->ctx, DL_ELIMIT, "upsample: the input is too large");
        return NULL;
    }
    return dl__alloc(c->ctx, bytes);
}

/* ---- the operation --------------------------------------------------------------------------- */

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const upsample_attrs *a = c->attrs;
    const int32_t axes = (int32_t)a->axes;
    if (dl__need_float(c, 0) != DL_OK)
        return c->ctx->status;
    dl_tensor y = dl__tensor_value(c->in[0]);
    for (int32_t k = 0; k < axes; k++)
        y.dims[2 + k] = (a->adjoint ? a->size : a->places)[DL__SPATIAL - axes + k];
    dl__spec_like(out, &y);
    return DL_OK;
}

/* x and y are channels-last. */
static dl_status run(const dl_call *c, const dl_tensor *x, const dl_tensor *y)
{
    const upsample_attrs *a = c->attrs;
    char *memory = table_room(c), *room = memory;
    dl__pool v = {.n = x->dims[0], .channels = x->dims[1]};
    if (!memory)
        return c->ctx->status;
    for (int k = 0; k < DL__SPATIAL; k++) {
        const int64_t size = a->size[k], places = a->places[k];
        const table there = take(&room, places, 2 * places);
        fill(a, k, &there);
        table t = there;
        if (a->adjoint) {
            t = take(&room, size, 2 * places);
            turn(a, k, &there, &t);
        }
        v.in[k] = a->adjoint ? places : size;
        v.out[k] = a->adjoint ? size : places;
        v.step[k] = 1;
        v.begin[k] = t.begin;
        v.end[k] = t.end;
        v.count[k] = t.start;
        v.weight[k] = t.weight;
    }
    v.x = dl__pool_side_of(x);
    v.y = dl__pool_side_of(y);
    dl__pool_run(c->ctx, x->dtype, DL__POOL_WEIGHTED, &v);
    dl__free(memory);
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    dl_tensor *x = dl__as_channels_last(c->in[0]), *y = NULL;
    dl_status s = c->ctx->status;
    if (x && (y = dl__channels_last_begin(c, c->out[0])))
        s = run(c, x, y);
    if (s == DL_OK && y)
        s = dl__channels_last_end(c, c->out[0], y);
    else
        dl_tensor_drop(y);
    dl_tensor_drop(x);
    return y ? s : c->ctx->status;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    upsample_attrs a = *(const upsample_attrs *)c->attrs;
    a.adjoint = !a.adjoint;
    return dl__gradient(c->op, dy, 1, &a, &dx[0]);
}

const dl_op dl__op_upsample = {
    .name = "upsample",
    .attrs_size = sizeof(upsample_attrs),
    .attrs = attrs,
    .n_attrs = sizeof attrs / sizeof *attrs,
    .flags = DL_OP_ACCUMULATES,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

/* ---- the front door -------------------------------------------------------------------------- */

dl_status dl__upsample_check(dl_ctx *ctx, const dl_upsample_opts *o, int32_t axes)
{
    char text[DL__NUMBER];
    int sizes = 0, scale = 0;
    for (int32_t k = 0; o && k < axes; k++) {
        sizes |= o->sizes[k] != 0;
        scale |= o->scale[k] != 0;
    }
    if (sizes + scale != 1 || (sizes ? o->sizes[0] == 0 : o->scale[0] == 0))
        return dl_fail(ctx, DL_EINVAL,
                       "upsample: wanted sizes or a scale, from the first axis on%s",
                       sizes && scale ? ", not both" : "");
    for (int32_t k = 0; k < axes; k++) {
        if (o->sizes[k] < DL_OFF || o->sizes[k] > INT64_MAX / 8)
            return dl_fail(ctx, DL_EINVAL,
                           "upsample: size is %lld along spatial axis %d, wanted 1 or more, or "
                           "DL_OFF",
                           (long long)o->sizes[k], (int)k);
        if (!isfinite(o->scale[k]) || o->scale[k] < 0)
            return dl_fail(ctx, DL_EINVAL,
                           "upsample: scale is %s along spatial axis %d, wanted a finite number "
                           "above 0",
                           dl__double_text(text, o->scale[k]), (int)k);
    }
    if (o->mode < DL_UPSAMPLE_NEAREST || o->mode > DL_UPSAMPLE_LINEAR)
        return dl_fail(ctx, DL_EINVAL, "upsample: mode is %d, wanted one of DL_UPSAMPLE_*",
                       (int)o->mode);
    if (o->align_corners < 0 || o->align_corners > (o->mode == DL_UPSAMPLE_LINEAR))
        return dl_fail(ctx, DL_EINVAL, "upsample: align_corners is %d, wanted 0%s",
                       (int)o->align_corners,
                       o->mode == DL_UPSAMPLE_LINEAR ? " or 1" : ": it is for linear modes");
    if (o->recompute_scale < 0 || o->recompute_scale > scale)
        return dl_fail(ctx, DL_EINVAL, "upsample: recompute_scale is %d, wanted 0%s",
                       (int)o->recompute_scale, scale ? " or 1" : ": there is no scale");
    return DL__RESERVED(ctx, "upsample", o);
}

/* size, places and scale of a, for x; o is checked. */
static dl_status measure(const dl_tensor *x, const dl_upsample_opts *o, upsample_attrs *a)
{
    char text[DL__SHAPE_TEXT];
    int64_t places = 0;
    double scale = 0;
    for (int32_t k = 0; k < DL__SPATIAL; k++)
        a->size[k] = a->places[k] = 1;
    for (int32_t i = 0; i < a->axes; i++) {
        const int32_t k = DL__SPATIAL - (int32_t)a->axes + i;
        a->size[k] = x->dims[2 + i];
        places = o->sizes[i] != 0 ? o->sizes[i] : places;
        scale = o->scale[i] != 0 ? o->scale[i] : scale;
        const double wanted = floor((double)a->size[k] * scale);
        if (wanted > (double)(INT64_MAX / 8))
            return dl_fail(x->base.ctx, DL_ELIMIT,
                           "upsample: the input is %s, the result too large",
                           dl__dims_text(text, x));
        a->places[k] = scale > 0 ? (int64_t)wanted : places == DL_OFF ? a->size[k] : places;
        a->scale[k] = o->recompute_scale || a->align ? 0 : scale;
        if (a->size[k] < 1 || a->places[k] < 1)
            return dl_fail(x->base.ctx, DL_ESHAPE,
                           "upsample: the input is %s, %lld elements become %lld along spatial "
                           "axis %d",
                           dl__dims_text(text, x), (long long)a->size[k], (long long)a->places[k],
                           (int)i);
    }
    return DL_OK;
}

dl_tensor *dl_upsample(dl_tensor *x, const dl_upsample_opts *o)
{
    char text[DL__SHAPE_TEXT];
    if (!dl__ready(x))
        return NULL;
    upsample_attrs a = {.axes = x->ndim - 2};
    if (a.axes < 1 || a.axes > DL__SPATIAL) {
        dl_fail(x->base.ctx, DL_ESHAPE,
                "upsample: the input is %s, wanted [N, C, ..] with 1 to 3 spatial axes",
                dl__dims_text(text, x));
        return NULL;
    }
    if (dl__upsample_check(x->base.ctx, o, (int32_t)a.axes) != DL_OK)
        return NULL;
    a.mode = o->mode;
    a.align = o->align_corners;
    return measure(x, o, &a) == DL_OK ? dl__apply1(&dl__op_upsample, x, &a) : NULL;
}
