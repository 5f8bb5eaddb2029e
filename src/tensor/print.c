/* Printing as NumPy does: str() of an array with the options of numpy.printoptions. Nothing is
 * allocated: a first pass over the shown elements measures them, a second writes them. */
#include <math.h>
#include <string.h>
#include "core/parallel.h"
#include "tensor/decimal.h"
#include "tensor/tensor.h"

enum { WORD = 160, MOST_PRECISION = 100 };

/* Text going to the caller's buffer; spaces wait until something follows them, because those at the
 * end of a broken line are left out. */
typedef struct text {
    char *buf;
    size_t cap;
    int64_t n, spaces;
} text;

static void put(text *t, char c)
{
    if ((size_t)t->n + 1 < t->cap)
        t->buf[t->n] = c;
    t->n++;
}

static void write_text(text *t, const char *s, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        if (s[i] == ' ') {
            t->spaces++;
            continue;
        }
        for (; t->spaces > 0; t->spaces--)
            put(t, ' ');
        put(t, s[i]);
    }
}

static void new_line(text *t, int32_t indent)
{
    t->spaces = 0;
    put(t, '\n');
    t->spaces = indent;
}

typedef struct printer {
    const dl_tensor *t;
    int32_t precision, edge, width;
    int summary;
    /* How elements look. */
    int scientific;
    int32_t left, right;    /* columns before and after the point */
    int32_t exponent;       /* digits of the exponent             */
    int32_t places, fewest; /* decimals at most, at least         */
    text out;
} printer;

/* ---- elements -------------------------------------------------------------------------------- */

static double real_at(const printer *p, const char *at)
{
    float f;
    double d;
    if (p->t->dtype == DL_F32) {
        memcpy(&f, at, sizeof f);
        return (double)f;
    }
    memcpy(&d, at, sizeof d);
    return d;
}

static int64_t integer_at(const printer *p, const char *at)
{
    int32_t i;
    int64_t l;
    if (p->t->dtype == DL_U8)
        return (unsigned char)*at;
    if (p->t->dtype == DL_I32) {
        memcpy(&i, at, sizeof i);
        return i;
    }
    memcpy(&l, at, sizeof l);
    return l;
}

/* Writes v in decimal, at least width columns wide; returns the length. */
static int32_t integer_text(char *w, int64_t v, int32_t width)
{
    char digits[24];
    int32_t n = 0, len = 0;
    uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;
    do
        digits[n++] = (char)('0' + left % 10);
    while (left /= 10);
    if (v < 0)
        digits[n++] = '-';
    while (len < width - n)
        w[len++] = ' ';
    while (n > 0)
        w[len++] = digits[--n];
    return len;
}

/* The decimal d as ddd.ddd with at least p->fewest decimals; *point gets the columns before the
 * point. Returns the length. */
static int32_t fixed_text(const printer *p, char *w, const dl__decimal *d, int negative,
                          int32_t *point)
{
    int32_t len = 0;
    if (negative)
        w[len++] = '-';
    if (d->n == 0 || d->point <= 0)
        w[len++] = '0';
    for (int32_t i = 0; d->n > 0 && i < d->point; i++)
        w[len++] = (char)('0' + (i < d->n ? d->digit[i] : 0));
    *point = len;
    w[len++] = '.';
    int32_t decimals = d->n > 0 && d->n > d->point ? d->n - d->point : 0;
    for (int32_t i = 0; i < decimals || i < p->fewest; i++) {
        int32_t at = d->point + i;
        w[len++] = (char)('0' + (i < decimals && at >= 0 ? d->digit[at] : 0));
    }
    return len;
}

static int32_t exponent_text(const printer *p, char *w, int32_t exponent)
{
    char digits[8];
    int32_t n = 0, len = 0, left = exponent < 0 ? -exponent : exponent;
    do
        digits[n++] = (char)('0' + left % 10);
    while (left /= 10);
    while (n < 2 || n < p->exponent)
        digits[n++] = '0';
    w[len++] = 'e';
    w[len++] = exponent < 0 ? '-' : '+';
    while (n > 0)
        w[len++] = digits[--n];
    return len;
}

/* The finite v without padding; *point gets the columns before the point, *decimals those after it
 * up to the exponent. Returns the length. */
static int32_t finite_text(const printer *p, char *w, double v, int32_t *point, int32_t *decimals)
{
    dl__decimal d;
    dl__decimal_of(&d, v, p->t->dtype == DL_F32, p->scientific, p->places,
                   p->scientific ? p->fewest + 1 : 0);
    int32_t exponent = d.n > 0 ? d.point - 1 : 0;
    if (p->scientific)
        d.point = 1;
    int32_t len = fixed_text(p, w, &d, signbit(v) != 0, point);
    *decimals = len - *point - 1;
    return p->scientific ? len + exponent_text(p, w + len, exponent) : len;
}

static int32_t real_text(const printer *p, char *w, double v)
{
    char bare[WORD];
    int32_t point, decimals, n, len = 0, lead, trail;
    if (isfinite(v)) {
        n = finite_text(p, bare, v, &point, &decimals);
        lead = p->left - point;
        trail = p->scientific ? 0 : p->right - decimals;
    } else {
        n = v < 0 ? 4 : 3;
        memcpy(bare, v != v ? "nan" : v < 0 ? "-inf" : "inf", (size_t)n);
        lead = p->left + p->right + 1 - n;
        trail = 0;
    }
    while (lead-- > 0)
        w[len++] = ' ';
    memcpy(w + len, bare, (size_t)n);
    for (len += n; trail > 0; trail--)
        w[len++] = ' ';
    return len;
}

static int32_t element_text(const printer *p, char *w, const char *at)
{
    if (dl__is_float(p->t->dtype))
        return real_text(p, w, real_at(p, at));
    if (p->t->dtype != DL_BOOL)
        return integer_text(w, integer_at(p, at), p->left);
    const char *s = !*at ? "False" : p->t->ndim ? " True" : "True";
    memcpy(w, s, strlen(s));
    return (int32_t)strlen(s);
}

/* ---- the first pass -------------------------------------------------------------------------- */

typedef struct measure {
    int64_t least, most; /* of integers                       */
    double low, high;    /* of the finite, nonzero magnitudes */
    int finite, other, negative_infinity;
    int32_t point, decimals, exponent;
} measure;

typedef void (*visitor)(printer *p, measure *m, const char *at);

/* Visits the elements that are shown. */
static void visit(printer *p, measure *m, visitor f, int32_t axis, const char *at)
{
    const dl_tensor *t = p->t;
    if (axis == t->ndim) {
        f(p, m, at);
        return;
    }
    int64_t n = t->dims[axis], step = t->strides[axis] * (int64_t)dl_dtype_size(t->dtype);
    int skip = p->summary && n > 2 * (int64_t)p->edge;
    for (int64_t i = 0; i < n; i++) {
        if (skip && i == p->edge)
            i = n - p->edge;
        visit(p, m, f, axis + 1, at + i * step);
    }
}

static void see_integer(printer *p, measure *m, const char *at)
{
    int64_t v = integer_at(p, at);
    m->least = v < m->least ? v : m->least;
    m->most = v > m->most ? v : m->most;
}

static void see_real(printer *p, measure *m, const char *at)
{
    double v = real_at(p, at), size = fabs(v);
    m->finite |= isfinite(v) != 0;
    m->other |= !isfinite(v);
    m->negative_infinity |= isinf(v) && v < 0;
    if (!isfinite(v) || v == 0)
        return;
    m->low = size < m->low ? size : m->low;
    m->high = size > m->high ? size : m->high;
}

static void see_width(printer *p, measure *m, const char *at)
{
    char w[WORD];
    int32_t point, decimals, n;
    double v = real_at(p, at);
    if (!isfinite(v))
        return;
    n = finite_text(p, w, v, &point, &decimals);
    int32_t exponent = n - point - 1 - decimals - 2;
    m->point = point > m->point ? point : m->point;
    m->decimals = decimals > m->decimals ? decimals : m->decimals;
    m->exponent = exponent > m->exponent ? exponent : m->exponent;
}

/* NumPy's rule, computed in the element type as NumPy does. */
static int wants_exponent(const printer *p, const measure *m)
{
    if (m->high == 0)
        return 0;
    if (p->t->dtype == DL_F32)
        return m->high >= 1e6 || (float)m->low < 0.0001f || (float)m->high / (float)m->low > 1000;
    return m->high >= 1e8 || m->low < 0.0001 || m->high / m->low > 1000;
}

static void measure_reals(printer *p)
{
    const char *first = dl__data(p->t);
    measure m = {.low = HUGE_VAL};
    visit(p, &m, see_real, 0, first);
    p->scientific = wants_exponent(p, &m);
    p->places = p->precision;
    if (m.finite) {
        visit(p, &m, see_width, 0, first);
        p->left = m.point;
        p->right = m.decimals;
        if (p->scientific) {
            p->exponent = m.exponent;
            p->places = p->fewest = m.decimals;
            p->right = m.exponent + 2 + m.decimals;
        }
    }
    if (m.other) {
        int32_t wanted = 3 + m.negative_infinity - (p->right + 1);
        p->left = p->left > wanted ? p->left : wanted;
    }
}

static void measure_integers(printer *p)
{
    char w[WORD];
    measure m = {.least = INT64_MAX, .most = INT64_MIN};
    visit(p, &m, see_integer, 0, dl__data(p->t));
    int32_t a = integer_text(w, m.least, 0), b = integer_text(w, m.most, 0);
    p->left = a > b ? a : b;
}

/* ---- the second pass ------------------------------------------------------------------------- */

/* One word of a row whose line has so many columns already; returns the new number. */
static int64_t add_word(printer *p, const char *w, int32_t n, int64_t line, int32_t indent)
{
    if (line > indent && line + n > (int64_t)p->width - indent) {
        new_line(&p->out, indent);
        line = indent;
    }
    write_text(&p->out, w, n);
    return line + n;
}

static void write_array(printer *p, int32_t axis, const char *at)
{
    const dl_tensor *t = p->t;
    const int64_t n = t->dims[axis], step = t->strides[axis] * (int64_t)dl_dtype_size(t->dtype);
    const int32_t indent = axis + 1;
    const int skip = p->summary && n > 2 * (int64_t)p->edge, last = axis + 1 == t->ndim;
    int64_t line = indent;
    char w[WORD];
    write_text(&p->out, "[", 1);
    for (int64_t i = 0; i < n; i++) {
        int gap = skip && i == p->edge;
        for (int32_t k = 1; i > 0 && !last && k < t->ndim - axis; k++)
            new_line(&p->out, indent);
        if (i > 0 && last) {
            write_text(&p->out, " ", 1);
            line++;
        }
        if (gap) {
            if (last)
                line = add_word(p, "...", 3, line, indent);
            else
                write_text(&p->out, "...", 3);
            i = n - p->edge - 1;
        } else if (last) {
            line = add_word(p, w, element_text(p, w, at + i * step), line, indent);
        } else {
            write_array(p, axis + 1, at + i * step);
        }
    }
    write_text(&p->out, "]", 1);
}

/* ---- options --------------------------------------------------------------------------------- */

static int64_t option(int32_t given, int64_t normal, int64_t off)
{
    return given == 0 ? normal : given == DL_OFF ? off : given;
}

static dl_status set_options(printer *p, const dl_print_opts *o)
{
    static const dl_print_opts defaults;
    dl_ctx *ctx = p->t->base.ctx;
    o = o ? o : &defaults;
    if (DL__RESERVED(ctx, "print", o) != DL_OK)
        return ctx->status;
    if (o->precision < DL_OFF || o->precision > MOST_PRECISION)
        return dl_fail(ctx, DL_EINVAL, "print: precision is %d, wanted at most %d",
                       (int)o->precision, MOST_PRECISION);
    if (o->threshold < DL_OFF || o->edge_items < 0 || o->line_width < DL_OFF)
        return dl_fail(ctx, DL_EINVAL,
                       "print: threshold %d, edge_items %d, line_width %d: one is negative",
                       (int)o->threshold, (int)o->edge_items, (int)o->line_width);
    p->precision = (int32_t)option(o->precision, 4, 0);
    p->edge = (int32_t)option(o->edge_items, 3, 3);
    p->width = (int32_t)option(o->line_width, 75, INT32_MAX);
    p->summary = dl__count_of(p->t) > option(o->threshold, 1000, INT64_MAX);
    return DL_OK;
}

int64_t dl_tensor_print(const dl_tensor *t, char *buf, size_t cap, const dl_print_opts *o)
{
    if (!t)
        return DL_EINVAL;
    printer p = {.t = t, .out = {.buf = buf, .cap = buf ? cap : 0}};
    dl_status status = set_options(&p, o);
    if (status)
        return status;
    if (!buf && cap)
        return dl_fail(t->base.ctx, DL_EINVAL, "print: buf is NULL and cap %zu", cap);
    if (!t->storage || t->storage->meta)
        return dl_fail(t->base.ctx, DL_ESTATE,
                       "print: the tensor is meta, it has a shape and no data");
    dl__fpmode mode = dl__fpmode_enter();
    if (dl__count_of(t) == 0) {
        write_text(&p.out, "[]", 2);
    } else {
        if (dl__is_float(t->dtype))
            measure_reals(&p);
        else if (t->dtype != DL_BOOL)
            measure_integers(&p);
        char w[WORD];
        if (t->ndim > 0)
            write_array(&p, 0, dl__data(t));
        else
            write_text(&p.out, w, element_text(&p, w, dl__data(t)));
        for (; p.out.spaces > 0; p.out.spaces--)
            put(&p.out, ' ');
    }
    dl__fpmode_leave(mode);
    if (p.out.cap)
        buf[(size_t)p.out.n < cap ? (size_t)p.out.n : cap - 1] = 0;
    return p.out.n;
}
