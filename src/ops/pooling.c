/* Reading options of pooling, and running its kernels. */
#include <string.h>
#include "core/check.h"
#include "core/error.h"
#include "core/memory.h"
#include "ops/layout.h"
#include "ops/pooling.h"

const char *dl__pool_name(int32_t family, int32_t kind, int32_t axes)
{
    static const char *const name[][2][DL__SPATIAL] = {
        {{"avgpool1d", "avgpool2d", "avgpool3d"},
         {"adaptive_avgpool1d", "adaptive_avgpool2d", "adaptive_avgpool3d"}},
        {{"maxpool1d", "maxpool2d", "maxpool3d"},
         {"adaptive_maxpool1d", "adaptive_maxpool2d", "adaptive_maxpool3d"}},
        {{"lppool1d", "lppool2d", "lppool3d"}, {0}}};
    return name[family][kind][axes - 1];
}

/* ---- what callers say ------------------------------------------------------------------------ */

/* Options that this family has, in their range. */
static int options_fit(dl_ctx *ctx, const char *who, int32_t family, const dl_pool_opts *o)
{
    const int average = family == DL__POOL_AVG;
    if (DL__RESERVED(ctx, who, o) != DL_OK)
        return 0;
    if (o->ceil_mode < 0 || o->ceil_mode > 1)
        dl_fail(ctx, DL_EINVAL, "%s: ceil_mode is %d, wanted 0 or 1", who, (int)o->ceil_mode);
    else if (o->exclude_padding < 0 || o->exclude_padding > average)
        dl_fail(ctx, DL_EINVAL, "%s: exclude_padding is %d, wanted 0%s", who,
                (int)o->exclude_padding, average ? " or 1" : "");
    else if (o->divisor < 0 || (o->divisor > 0 && !average))
        dl_fail(ctx, DL_EINVAL, "%s: divisor is %lld, wanted 0%s", who, (long long)o->divisor,
                average ? " or more" : "");
    return dl__ok(ctx);
}

/* The window is one that this family can have. */
static int window_fits(dl_ctx *ctx, const char *who, int32_t family, const dl__window *w)
{
    for (int32_t k = DL__SPATIAL - (int32_t)w->axes; dl__ok(ctx) && k < DL__SPATIAL; k++) {
        const int64_t reach = w->dilation[k] * (w->kernel[k] - 1) + 1;
        const int32_t axis = k - DL__SPATIAL + (int32_t)w->axes;
        if (w->dilation[k] != 1 && family != DL__POOL_MAXIMA)
            dl_fail(ctx, DL_EINVAL, "%s: dilation is %lld along spatial axis %d, wanted 1", who,
                    (long long)w->dilation[k], (int)axis);
        else if (w->before[k] > 0 && family == DL__POOL_LP)
            dl_fail(ctx, DL_EINVAL, "%s: padding is %lld along spatial axis %d, wanted 0", who,
                    (long long)w->before[k], (int)axis);
        else if (w->before[k] < 0 || w->before[k] > reach / 2)
            dl_fail(ctx, DL_EINVAL,
                    "%s: padding is %lld along spatial axis %d, wanted at most half of the window, "
                    "which spans %lld",
                    who, (long long)w->before[k], (int)axis, (long long)reach);
    }
    return dl__ok(ctx);
}

int dl__pool_sliding(const dl_tensor *x, int32_t family, int32_t axes, const int32_t *kernel,
                     const dl_pool_opts *o, dl__pool_attrs *a)
{
    static const dl_pool_opts none;
    const char *who = dl__pool_name(family, DL__POOL_SLIDING, axes);
    memset(a, 0, sizeof *a);
    if (!dl__ready(x))
        return 0;
    o = o ? o : &none;
    const dl__window_lists lists = {.kernel = kernel,
                                    .stride = o->stride,
                                    .dilation = o->dilation,
                                    .padding = o->padding,
                                    .stride_of_kernel = 1};
    if (dl__window_read(x->base.ctx, who, axes, &lists, &a->w) != DL_OK)
        return 0;
    a->family = family;
    a->ceil_mode = o->ceil_mode;
    a->exclude_padding = o->exclude_padding;
    a->divisor = o->divisor;
    return options_fit(x->base.ctx, who, family, o);
}

int dl__pool_adaptive(const dl_tensor *x, int32_t family, int32_t axes, const int64_t *sizes,
                      dl__pool_attrs *a)
{
    if (!dl__ready(x))
        return 0;
    int64_t last = 0;
    memset(a, 0, sizeof *a);
    a->family = family;
    a->kind = DL__POOL_ADAPTIVE;
    a->w.axes = axes;
    for (int32_t k = 0; k < DL__SPATIAL; k++)
        a->w.kernel[k] = a->w.stride[k] = a->w.dilation[k] = 1;
    for (int32_t k = 0; k < axes; k++) {
        if (sizes && sizes[k] != 0)
            last = sizes[k];
        if (last < DL_OFF)
            dl_fail(x->base.ctx, DL_EINVAL,
                    "%s: size is %lld along spatial axis %d, wanted 1 or more, or DL_OFF",
                    dl__pool_name(family, DL__POOL_ADAPTIVE, axes), (long long)last, (int)k);
        a->places[DL__SPATIAL - axes + k] = last > 0 ? last : 0;
    }
    return dl__ok(x->base.ctx);
}

dl_status dl__pool_need_float(const dl_tensor *x, const char *who)
{
    return dl__is_float(x->dtype)
               ? DL_OK
               : dl_fail(x->base.ctx, DL_EDTYPE, "%s: the input is %s, wanted f32 or f64", who,
                         dl_dtype_name(x->dtype));
}

int32_t dl__pool_spatial(const dl_tensor *x, const char *who, int32_t axes[DL_MAX_DIMS])
{
    char text[DL__SHAPE_TEXT];
    if (!dl__ready(x))
        return 0;
    dl__dims_text(text, x);
    if (dl__pool_need_float(x, who) != DL_OK)
        return 0;
    if (x->ndim < 3)
        dl_fail(x->base.ctx, DL_ESHAPE, "%s: the input is %s, wanted [N, C, ..] and spatial axes",
                who, text);
    else if (dl__elements(x->dims + 2, x->ndim - 2) == 0)
        dl_fail(x->base.ctx, DL_ESHAPE, "%s: the input is %s, without elements to pool", who, text);
    for (int32_t i = 2; i < x->ndim; i++)
        axes[i - 2] = i;
    return dl__ok(x->base.ctx) ? x->ndim - 2 : 0;
}

/* ---- shapes ---------------------------------------------------------------------------------- */

/* 1 when each window along axis k of three has an element of an input of that size: dilated ones
 * may step over a small input, from padding to padding. */
static int all_have_elements(const dl__window *w, int32_t k, int64_t size, int64_t places)
{
    const int64_t step = w->dilation[k];
    for (int64_t o = 0; step > size && o < places; o++) {
        const int64_t from = o * w->stride[k] - w->before[k];
        if (from < 0 && from + (-from + step - 1) / step * step >= size)
            return 0;
    }
    return 1;
}

/* What a file may say, and the front doors do not: 1 when the kernels can run by a. */
static int sound(const dl__pool_attrs *a)
{
    int ok = a->family >= DL__POOL_AVG && a->family <= DL__POOL_LP && dl__window_sound(&a->w) &&
             (a->kind == DL__POOL_SLIDING ||
              (a->kind == DL__POOL_ADAPTIVE && a->family != DL__POOL_LP)) &&
             (a->ceil_mode & ~1) == 0 && (a->exclude_padding & ~1) == 0 && (a->wide & ~1) == 0 &&
             a->divisor >= 0;
    for (int32_t k = 0; ok && k < DL__SPATIAL; k++) {
        ok = a->places[k] >= 0 && a->w.before[k] == a->w.after[k];
        if (k < DL__SPATIAL - a->w.axes)
            ok = ok && a->places[k] == 0;
        if (a->kind == DL__POOL_ADAPTIVE)
            ok = ok && a->w.dilation[k] == 1;
    }
    return ok;
}

dl_status dl__pool_infer(const dl_call *c, dl_spec *out)
{
    const dl__pool_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    if (!x || !sound(a))
        return dl_fail(c->ctx, DL_EINVAL, "%s: its settings mean nothing", c->op->name);
    const char *who = dl__pool_name(a->family, a->kind, (int32_t)a->w.axes);
    int64_t size[DL__SPATIAL], places[DL__SPATIAL];
    char text[DL__SHAPE_TEXT];
    if (dl__pool_need_float(x, who) != DL_OK || !window_fits(c->ctx, who, a->family, &a->w))
        return c->ctx->status;
    if (a->kind == DL__POOL_SLIDING &&
        dl__window_shape(c, who, x, &a->w, a->ceil_mode, places) != DL_OK)
        return c->ctx->status;
    if (dl__window_need(c, who, x, &a->w) != DL_OK)
        return c->ctx->status;
    dl__window_sizes(&a->w, x, size);
    dl_tensor y = dl__tensor_value(x);
    for (int32_t k = 0; k < DL__SPATIAL; k++) {
        const int32_t axis = k - DL__SPATIAL + (int32_t)a->w.axes;
        if (a->kind == DL__POOL_ADAPTIVE)
            places[k] = a->places[k] > 0 ? a->places[k] : size[k];
        if (size[k] < 1)
            return dl_fail(c->ctx, DL_ESHAPE, "%s: the input is %s, without elements to pool", who,
                           dl__dims_text(text, x));
        if (a->kind == DL__POOL_SLIDING && !all_have_elements(&a->w, k, size[k], places[k]))
            return dl_fail(c->ctx, DL_ESHAPE,
                           "%s: the input is %s; along spatial axis %d a window with dilation %lld "
                           "has padding alone",
                           who, dl__dims_text(text, x), (int)axis, (long long)a->w.dilation[k]);
        if (axis >= 0)
            y.dims[2 + axis] = places[k];
    }
    if (a->family == DL__POOL_MAXIMA && dl__elements(size, DL__SPATIAL) > INT32_MAX)
        return dl_fail(c->ctx, DL_ELIMIT, "%s: the input is %s, planes have at most %d elements",
                       who, dl__dims_text(text, x), (int)INT32_MAX);
    dl__spec_like(out, &y);
    return DL_OK;
}

dl__pool_attrs dl__pool_noted(const dl__pool_attrs *a, const dl_tensor *x)
{
    dl__pool_attrs b = *a;
    b.ndim = x->ndim;
    memcpy(b.dims, x->dims, (size_t)x->ndim * sizeof *b.dims);
    memcpy(b.strides, x->strides, (size_t)x->ndim * sizeof *b.strides);
    return b;
}

/* ---- running --------------------------------------------------------------------------------- */

dl__pool_side dl__pool_side_of(const dl_tensor *t)
{
    dl__pool_side side = {.p = dl__data(t), .n = t->strides[0]};
    for (int32_t k = 0; k < t->ndim - 2; k++)
        side.s[DL__SPATIAL - (t->ndim - 2) + k] = t->strides[2 + k];
    return side;
}

/* Windows of places along axis k of three, of an input of that size: the kernel's tables. loose:
 * begin does not skip to the first element inside, so that it grows with the place. */
static void slide(const dl__pool_attrs *a, int32_t k, int64_t size, int64_t places, int loose,
                  int64_t *begin, int64_t *end, int64_t *count)
{
    const int64_t step = loose ? 1 : a->w.dilation[k], padded = size + a->w.after[k];
    for (int64_t o = 0; o < places; o++) {
        const int64_t from = o * a->w.stride[k] - a->w.before[k];
        const int64_t to = from + a->w.dilation[k] * (a->w.kernel[k] - 1) + 1;
        begin[o] = from >= 0 ? from : from + (-from + step - 1) / step * step;
        end[o] = to < size ? to : size;
        count[o] = a->exclude_padding ? end[o] - begin[o] : (to < padded ? to : padded) - from;
    }
}

/* The same where places share out the axis. floor(o size / places) is counted up. */
static void share(int64_t size, int64_t places, int64_t *begin, int64_t *end, int64_t *count)
{
    int64_t at = 0, rest = 0; /* o size = at places + rest */
    for (int64_t o = 0; o < places; o++) {
        begin[o] = at;
        at += size / places;
        rest += size % places;
        if (rest >= places) {
            rest -= places;
            at++;
        }
        end[o] = at + (rest > 0);
        count[o] = end[o] - begin[o];
    }
}

void dl__pool_turn_round(int64_t size, int64_t places, const int64_t *begin, const int64_t *end,
                         int64_t *from, int64_t *to)
{
    for (int64_t i = 0, first = 0, last = 0; i < size; i++) {
        while (first < places && end[first] <= i)
            first++;
        while (last < places && begin[last] <= i)
            last++;
        from[i] = first;
        to[i] = last;
    }
}

/* Room for the tables of windows from places of sizes small to such of sizes large, and of how they
 * turn round; for dl__free. */
static int64_t *table_room(const dl_call *c, const int64_t *large, const int64_t *small)
{
    int64_t n = 0;
    size_t bytes;
    for (int k = 0; k < DL__SPATIAL; k++)
        if (!dl__add_i64(n, large[k], &n) || !dl__add_i64(n, small[k], &n))
            n = INT64_MAX;
    if (!dl__mul_size((size_t)n, 3 * sizeof(int64_t), &bytes)) {
        dl_fail(c->ctx, DL_ELIMIT, "%s: the input is too large", c->op->name);
        return NULL;
    }
    return dl__alloc(c->ctx, bytes);
}

/* The tables and sizes of v for an input of size and its places; turned: from place to element. */
static void fill(const dl__pool_attrs *a, const int64_t *size, const int64_t *places, int turned,
                 int64_t *t, dl__pool *v)
{
    for (int32_t k = 0; k < DL__SPATIAL; k++) {
        int64_t *begin = t, *end = begin + places[k], *count = end + places[k];
        int64_t *from = count + places[k], *to = from + size[k];
        t = to + size[k];
        if (a->kind == DL__POOL_SLIDING)
            slide(a, k, size[k], places[k], turned, begin, end, count);
        else
            share(size[k], places[k], begin, end, count);
        if (turned)
            dl__pool_turn_round(size[k], places[k], begin, end, from, to);
        v->begin[k] = turned ? from : begin;
        v->end[k] = turned ? to : end;
        v->count[k] = count;
        v->in[k] = turned ? places[k] : size[k];
        v->out[k] = turned ? size[k] : places[k];
        v->step[k] = turned ? 1 : a->w.dilation[k];
    }
}

/* Runs the kernel over x, y, index (may be NULL) that are channels-last. */
static dl_status run(const dl_call *c, int kind, const dl_tensor *x, const dl_tensor *y,
                     const dl_tensor *index)
{
    const dl__pool_attrs *a = c->attrs;
    const int turned = kind == DL__POOL_SPREAD || kind == DL__POOL_MAX_SPREAD;
    int64_t size[DL__SPATIAL], places[DL__SPATIAL];
    dl__pool v = {.n = x->dims[0], .channels = x->dims[1], .divisor = a->divisor};
    dl__window_sizes(&a->w, turned ? y : x, size);
    dl__window_sizes(&a->w, turned ? x : y, places);
    int64_t *tables = table_room(c, size, places);
    if (!tables)
        return c->ctx->status;
    fill(a, size, places, turned, tables, &v);
    v.x = dl__pool_side_of(x);
    v.y = dl__pool_side_of(y);
    if (index) {
        v.index = dl__pool_side_of(index);
        v.wide = index->dtype == DL_I64;
    }
    dl__pool_run(c->ctx, x->dtype, kind, &v);
    dl__free(tables);
    return DL_OK;
}

dl_status dl__pool_apply(const dl_call *c, int kind, dl_tensor *x, dl_tensor *index)
{
    dl_tensor *from = dl__as_channels_last(x), *to = NULL, *places = NULL;
    dl_status status = c->ctx->status;
    if (from && (to = dl__channels_last_begin(c, c->out[0]))) {
        if (kind == DL__POOL_MAX_INDEX)
            places = dl__channels_last_begin(c, index);
        else if (index)
            places = dl__as_channels_last(index);
        status = index && !places ? c->ctx->status : run(c, kind, from, to, places);
    }
    if (status == DL_OK && kind == DL__POOL_MAX_INDEX)
        status = dl__channels_last_end(c, index, places);
    else
        dl_tensor_drop(places);
    if (status == DL_OK)
        status = dl__channels_last_end(c, c->out[0], to);
    else
        dl_tensor_drop(to);
    dl_tensor_drop(from);
    return status;
}
