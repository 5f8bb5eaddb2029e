#include "ops/einsum.h"

/* What stands between commas: labels, and where among them the ellipsis is. */
typedef struct term {
    int32_t n, ellipsis, dots; /* ellipsis -1: none; dots: its axes */
    int32_t label[DL_MAX_DIMS], position[DL_MAX_DIMS];
    int32_t start;
} term;

typedef struct reader {
    dl_ctx *ctx;
    const char *text;
    int32_t at, longest; /* most axes of an ellipsis */
    int32_t uses[DL__LABELS];
    term in[DL__MAX_IN];
} reader;

static int32_t letter(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? 26 + c - 'a' : -1;
}

static char name_of(int32_t label)
{
    return label >= DL__LETTERS ? '.' : (char)(label < 26 ? 'A' + label : 'a' + label - 26);
}

static dl_status wrong(const reader *r, int32_t at, const char *what)
{
    return dl_fail(r->ctx, DL_EINVAL, "einsum: at position %d of \"%s\": %s", (int)at, r->text,
                   what);
}

static void skip_blanks(reader *r)
{
    while (r->text[r->at] == ' ')
        r->at++;
}

/* Up to what is neither label nor ellipsis. */
static dl_status read_term(reader *r, term *t)
{
    *t = (term){.ellipsis = -1};
    skip_blanks(r);
    t->start = r->at;
    for (;; skip_blanks(r)) {
        const char *c = r->text + r->at;
        const int32_t label = letter(*c);
        if (label >= 0) {
            if (t->n == DL_MAX_DIMS)
                return wrong(r, r->at, "more labels than a tensor has axes");
            t->position[t->n] = r->at++;
            t->label[t->n++] = label;
        } else if (*c == '.') {
            if (c[1] != '.' || c[2] != '.')
                return wrong(r, r->at, "a dot that is not part of \"...\"");
            if (t->ellipsis >= 0)
                return wrong(r, r->at, "a second \"...\" of one operand");
            t->ellipsis = t->n;
            r->at += 3;
        } else {
            return DL_OK;
        }
    }
}

static dl_status read_inputs(reader *r, dl_tensor *const *in, int32_t n)
{
    char text[DL__SHAPE_TEXT];
    for (int32_t i = 0; i < n; i++) {
        term *t = &r->in[i];
        if (read_term(r, t) != DL_OK)
            return r->ctx->status;
        if (r->text[r->at] && r->text[r->at] != ',' && r->text[r->at] != '-')
            return wrong(r, r->at, "wanted a letter, \"...\", a comma or \"->\"");
        t->dots = in[i]->ndim - t->n;
        if (t->dots < 0 || (t->dots > 0 && t->ellipsis < 0))
            return dl_fail(
                r->ctx, DL_ESHAPE,
                "einsum: at position %d of \"%s\": %d labels for operand %d, which is %s",
                (int)t->start, r->text, (int)t->n, (int)i, dl__dims_text(text, in[i]));
        if (t->dots > r->longest)
            r->longest = t->dots;
        if (i + 1 < n && r->text[r->at] != ',')
            return wrong(r, r->at, "wanted a comma, there are more operands");
        r->at += i + 1 < n;
    }
    if (r->text[r->at] == ',')
        return wrong(r, r->at, "more terms than operands");
    return DL_OK;
}

/* The labels of t with its ellipsis spelled out; broadcasting aligns that at its last axis. */
static dl_status expand(const reader *r, const term *t, dl__labels *out)
{
    if (t->n + t->dots > DL_MAX_DIMS)
        return dl_fail(r->ctx, DL_ELIMIT, "einsum: at position %d of \"%s\": more than %d axes",
                       (int)t->start, r->text, DL_MAX_DIMS);
    out->n = 0;
    for (int32_t i = 0; i <= t->n; i++) {
        for (int32_t k = 0; i == t->ellipsis && k < t->dots; k++)
            out->label[out->n++] = DL__LETTERS + r->longest - t->dots + k;
        if (i < t->n)
            out->label[out->n++] = t->label[i];
    }
    return DL_OK;
}

/* The sizes of the labels of one operand: 1 fits any, but not along a diagonal. */
static dl_status measure(reader *r, const dl_tensor *x, int32_t operand, dl__equation *e)
{
    const dl__labels *l = &e->in[operand];
    for (int32_t i = 0; i < l->n; i++) {
        const int32_t label = l->label[i];
        const int64_t found = x->dims[i];
        int64_t before = e->size[label];
        int fits = before < 0 || before == found || before == 1 || found == 1;
        for (int32_t k = 0; k < i; k++)
            if (l->label[k] == label) {
                before = x->dims[k];
                fits = before == found;
            }
        if (!fits)
            return dl_fail(r->ctx, DL_ESHAPE,
                           "einsum: at position %d of \"%s\": '%c' is %lld in operand %d, and %lld "
                           "before",
                           (int)r->in[operand].start, r->text, name_of(label), (long long)found,
                           (int)operand, (long long)before);
        if (e->size[label] < 0 || e->size[label] == 1)
            e->size[label] = found;
        r->uses[label]++;
    }
    return DL_OK;
}

/* Without an arrow: the ellipsis, then the labels that come once, in order. */
static dl_status imply(const reader *r, dl__labels *out)
{
    term t = {.ellipsis = 0, .dots = r->longest, .start = r->at};
    for (int32_t label = 0; label < DL__LETTERS; label++) {
        if (r->uses[label] != 1)
            continue;
        if (t.n == DL_MAX_DIMS)
            return dl_fail(r->ctx, DL_ELIMIT, "einsum: \"%s\" has a result of more than %d axes",
                           r->text, DL_MAX_DIMS);
        t.label[t.n++] = label;
    }
    return expand(r, &t, out);
}

static dl_status read_output(reader *r, dl__labels *out)
{
    term t;
    if (r->text[r->at] == 0)
        return imply(r, out);
    if (r->text[r->at] != '-' || r->text[r->at + 1] != '>')
        return wrong(r, r->at, "wanted a letter, \"...\", a comma or \"->\"");
    r->at += 2;
    if (read_term(r, &t) != DL_OK)
        return r->ctx->status;
    if (r->text[r->at] != 0)
        return wrong(r, r->at, "wanted a letter, \"...\" or the end");
    for (int32_t i = 0; i < t.n; i++) {
        if (r->uses[t.label[i]] == 0)
            return wrong(r, t.position[i], "a label of the result that no operand has");
        for (int32_t k = 0; k < i; k++)
            if (t.label[k] == t.label[i])
                return wrong(r, t.position[i], "a label twice in the result");
    }
    t.dots = t.ellipsis >= 0 ? r->longest : 0;
    return expand(r, &t, out);
}

dl_status dl__equation_read(dl_ctx *ctx, const char *text, dl_tensor *const *in, int32_t n,
                            dl__equation *e)
{
    reader r = {.ctx = ctx, .text = text};
    for (int32_t i = 0; i < DL__LABELS; i++)
        e->size[i] = -1;
    dl_status status = read_inputs(&r, in, n);
    for (int32_t i = 0; i < n && status == DL_OK; i++) {
        status = expand(&r, &r.in[i], &e->in[i]);
        if (status == DL_OK)
            status = measure(&r, in[i], i, e);
    }
    return status == DL_OK ? read_output(&r, &e->out) : status;
}
