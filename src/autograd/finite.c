/* The search for the first operation that makes a NaN or an infinity, and what is said about it. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "autograd/autograd.h"
#include "core/text.h"
#include "tensor/decimal.h"
#include "tensor/iterate.h"

enum { SHOWN = 4, SHAPE = 80 }; /* operands that a message describes */

/* ---- looking --------------------------------------------------------------------------------- */

/* An element is not finite when all bits of its exponent are set. */
#define LOOK(name, type, exponent)                                                                 \
    static void name(int64_t n, char *const *p, const int64_t *step, const void *arg)              \
    {                                                                                              \
        type bad = 0;                                                                              \
        const char *at = p[0];                                                                     \
        if (step[0] == sizeof(type))                                                               \
            for (int64_t i = 0; i < n; i++)                                                        \
                bad |= (((const type *)(const void *)at)[i] & exponent) == exponent;               \
        else                                                                                       \
            for (int64_t i = 0; i < n; i++)                                                        \
                bad |= (*(const type *)(const void *)(at + i * step[0]) & exponent) == exponent;   \
        if (bad)                                                                                   \
            atomic_store_explicit(*(atomic_int *const *)arg, 1, memory_order_relaxed);             \
    }
LOOK(look_f32, uint32_t, UINT32_C(0x7f800000))
LOOK(look_f64, uint64_t, UINT64_C(0x7ff0000000000000))

static int all_finite(const dl_tensor *t)
{
    atomic_int bad = 0, *at = &bad;
    dl__walk w;
    dl__walk_plan(&w, &t, 1);
    dl__walk_run(t->base.ctx, &w, t->dtype == DL_F64 ? look_f64 : look_f32, &at);
    return !bad;
}

static double element(const dl_tensor *t, const int64_t *at)
{
    int64_t offset = 0;
    for (int32_t i = 0; i < t->ndim; i++)
        offset += at[i] * t->strides[i];
    const char *p = dl__data(t) + offset * (int64_t)dl_dtype_size(t->dtype);
    return dl__real_of(p, t->dtype);
}

/* What a tensor holds. */
typedef struct content {
    double low, high;           /* of the finite elements; low > high: there are none */
    int64_t n, bad;             /* elements; those that are not finite */
    int64_t first[DL_MAX_DIMS]; /* place of the first of these */
    double value;               /* and what it is */
} content;

/* In logical order: slow, and run once. */
static content content_of(const dl_tensor *t)
{
    content c = {.low = INFINITY, .high = -INFINITY, .n = dl__count_of(t)};
    int64_t at[DL_MAX_DIMS] = {0};
    for (int64_t i = 0; i < c.n; i++) {
        double v = element(t, at);
        if (isfinite(v)) {
            c.low = v < c.low ? v : c.low;
            c.high = v > c.high ? v : c.high;
        } else if (c.bad++ == 0) {
            memcpy(c.first, at, sizeof at);
            c.value = v;
        }
        for (int32_t d = t->ndim - 1; d >= 0 && ++at[d] == t->dims[d]; d--)
            at[d] = 0;
    }
    return c;
}

/* ---- saying ---------------------------------------------------------------------------------- */

typedef struct note {
    char text[DL__MESSAGE];
    size_t n;
} note;

static __attribute__((format(printf, 2, 3))) void add(note *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(t->text + t->n, sizeof t->text - t->n, fmt, args);
    va_end(args);
    if (n > 0)
        t->n = t->n + (size_t)n < sizeof t->text ? t->n + (size_t)n : sizeof t->text - 1;
}

/* The path of t, a parameter, a buffer or a view of one, if it is known. */
static const char *path_of(const dl_tensor *t, char text[DL__PLACE])
{
    if (dl__place(t->base.ctx, t, text))
        return text;
    for (const dl__node *node = dl__node_of(t); node; node = dl__node_of(&node->in[0].shape)) {
        if (!node->op)
            return node->place;
        if (node->op->forward) /* not a view */
            break;
    }
    return NULL;
}

/* v to five digits, which is what a range is read for. */
static const char *short_text(char buf[DL__NUMBER], double v)
{
    char digits[DL__NUMBER] = "0.";
    dl__decimal d;
    dl__decimal_of(&d, v, 0, 1, 4, 0);
    for (int32_t i = 0; i < d.n; i++)
        digits[2 + i] = (char)('0' + d.digit[i]);
    snprintf(digits + 2 + d.n, sizeof digits - 2 - (size_t)d.n, "0e%d", (int)d.point);
    double rounded = 0;
    dl__parse_double(digits, &rounded);
    return dl__double_text(buf, v < 0 ? -rounded : rounded);
}

static void add_operand(note *t, const dl_tensor *x, int32_t i)
{
    char text[DL__PLACE], shape[SHAPE], low[DL__NUMBER], high[DL__NUMBER];
    const char *path = path_of(x, text);
    dl__shape_text(shape, sizeof shape, x->dims, x->ndim);
    if (path)
        add(t, "; \"%.200s\"", path);
    else
        add(t, "; operand %d", (int)i);
    if (!dl__is_float(x->dtype) || dl__is_meta(x) || !x->storage) {
        add(t, " %s is %s", shape, dl_dtype_name(x->dtype));
        return;
    }
    const content c = content_of(x);
    add(t, " %s", shape);
    if (c.low <= c.high)
        add(t, " is from %s to %s", short_text(low, c.low), short_text(high, c.high));
    if (c.bad)
        add(t, " with %lld of %lld not finite", (long long)c.bad, (long long)c.n);
}

static void describe(note *t, const dl_call *c, const dl_tensor *y)
{
    char number[DL__NUMBER], shape[SHAPE], at[SHAPE];
    const content k = content_of(y);
    int32_t shown = 0;
    t->n = 0;
    if (c->ctx->backward)
        add(t, "backward of %s: ", c->ctx->backward);
    add(t, "%s: its result of shape %s holds %s at %s, %lld of %lld are not finite", c->op->name,
        dl__shape_text(shape, sizeof shape, y->dims, y->ndim), dl__double_text(number, k.value),
        dl__shape_text(at, sizeof at, k.first, y->ndim), (long long)k.bad, (long long)k.n);
    for (int32_t i = 0; i < c->n_in && shown < SHOWN; i++)
        if (c->in[i]) {
            add_operand(t, c->in[i], i);
            shown++;
        }
    if (c->ctx->during)
        add(t, "; %s", c->ctx->during);
}

dl_status dl__check_finite(const dl_call *c)
{
    for (int32_t i = 0; i < c->n_out; i++) {
        if (!dl__is_float(c->out[i]->dtype) || all_finite(c->out[i]))
            continue;
        note t;
        describe(&t, c, c->out[i]);
        if (c->ctx->autopsy)
            c->ctx->autopsy->write(c, t.text);
        return dl_fail(c->ctx, DL_ENUMERIC, "%s", t.text);
    }
    return DL_OK;
}

/* ---- remembering ----------------------------------------------------------------------------- */

dl_status dl__place_note(dl__node *node, const dl_call *c)
{
    char text[DL__PLACE];
    if (dl__place(c->ctx, NULL, text))
        node->place = dl__strdup(c->ctx, text);
    for (int32_t i = 0; i < c->n_in; i++) {
        dl__node *leaf = c->in[i] ? dl__node_of(c->in[i]) : NULL;
        if (leaf && !leaf->op && !leaf->place && dl__place(c->ctx, c->in[i], text))
            leaf->place = dl__strdup(c->ctx, text);
    }
    return c->ctx->status;
}
