/* The table of a net: a copy without memory runs on a shape, and every call leaves a row. */
#include <stdio.h>
#include <string.h>
#include "core/check.h"
#include "core/text.h"
#include "dl/grad.h"
#include "module/module.h"
#include "module/sheet.h"

enum { LABEL = 96, SHAPE = 64, NUMBER = 32 };

typedef struct row {
    const dl_module *module;
    int32_t depth, again; /* the module has a row already */
    int64_t params, cost; /* cost < 0: not known          */
    char label[LABEL], shape[SHAPE];
} row;

typedef struct rows {
    dl__trace base;
    dl_ctx *ctx;
    row *item;
    int32_t n, cap;
} rows;

/* Elements of m's own parameters (those of children have rows of their own). */
static int64_t own_elements(const dl_module *m)
{
    int64_t all = 0;
    for (int32_t i = 0; i < m->params.n; i++)
        if (!dl__add_i64(all, dl__count_of(m->params.item[i].tensor), &all))
            return INT64_MAX;
    return all;
}

static int32_t enter(dl__trace *trace, const dl__frame *frame)
{
    rows *t = (rows *)(void *)trace;
    if (t->n == t->cap) {
        int32_t cap = t->cap ? 2 * t->cap : 64;
        row *p = dl__realloc(t->ctx, t->item, (size_t)cap * sizeof *p);
        if (!p)
            return -1;
        t->item = p;
        t->cap = cap;
    }
    const dl_module *m = frame->module;
    row r = {.module = m, .params = own_elements(m), .cost = -1};
    for (const dl__frame *f = frame->up; f; f = f->up)
        r.depth++;
    for (int32_t i = 0; i < t->n && !r.again; i++)
        r.again = t->item[i].module == m;
    if (r.depth && m->name && m->name[0])
        snprintf(r.label, sizeof r.label, "%*s%.30s (%.20s)", 2 * (r.depth < 12 ? r.depth : 12), "",
                 m->name, m->cls->name);
    else
        snprintf(r.label, sizeof r.label, "%.60s", m->cls->name);
    t->item[t->n] = r;
    return t->n++;
}

static void leave(dl__trace *trace, int32_t number, dl_tensor *const *in, int32_t n_in,
                  dl_tensor *const *out, int32_t n_out)
{
    rows *t = (rows *)(void *)trace;
    if (number < 0)
        return;
    row *r = &t->item[number];
    dl__shape_text(r->shape, sizeof r->shape, out[0]->dims, out[0]->ndim);
    if (r->module->cls->cost)
        r->cost = r->module->cls->cost(r->module, in, n_in, out, n_out);
}

/* ---- writing ---- */

static void put_row(dl__sheet *s, const char *label, int label_width, const char *shape,
                    int shape_width, const char *params, const char *cost)
{
    char line[LABEL + SHAPE + 2 * NUMBER + 16];
    snprintf(line, sizeof line, "%-*s  %-*s  %15s  %17s\n", label_width, label, shape_width, shape,
             params, cost);
    dl__sheet_put(s, line);
}

typedef struct totals {
    int64_t params, trained, buffers, bytes, cost;
} totals;

static dl_status count_all(dl_module *m, totals *t)
{
    const dl__table *table = dl__module_table(m);
    if (!table)
        return m->base.ctx->status;
    for (int32_t i = 0; i < table->n_param; i++) {
        const dl_tensor *p = table->all[table->param[i]].tensor;
        t->params += dl__count_of(p);
        t->trained += dl_grad_tracked(p) ? dl__count_of(p) : 0;
        t->bytes += dl__count_of(p) * (int64_t)dl_dtype_size(p->dtype);
    }
    for (int32_t i = 0; i < table->n_buffer; i++) {
        const dl_tensor *b = table->all[table->buffer[i]].tensor;
        t->buffers += dl__count_of(b);
        t->bytes += dl__count_of(b) * (int64_t)dl_dtype_size(b->dtype);
    }
    return DL_OK;
}

static void put_totals(dl__sheet *s, const totals *t)
{
    char a[NUMBER], line[160];
    snprintf(line, sizeof line, "parameters     %s\n", dl__grouped(a, t->params));
    dl__sheet_put(s, line);
    if (t->trained != t->params) {
        snprintf(line, sizeof line, "  not trained  %s\n", dl__grouped(a, t->params - t->trained));
        dl__sheet_put(s, line);
    }
    if (t->buffers) {
        snprintf(line, sizeof line, "buffers        %s\n", dl__grouped(a, t->buffers));
        dl__sheet_put(s, line);
    }
    snprintf(line, sizeof line, "multiply-adds  %s\n", dl__grouped(a, t->cost));
    dl__sheet_put(s, line);
    char mib[DL__NUMBER];
    snprintf(line, sizeof line, "memory         %s MiB\n",
             dl__fixed_text(mib, (double)t->bytes / (1 << 20), 2));
    dl__sheet_put(s, line);
}

static void put_table(dl__sheet *s, const rows *t, totals *all, int32_t depth)
{
    int label = 6, shape = 12;
    for (int32_t i = 0; i < t->n; i++) {
        int a = (int)strlen(t->item[i].label), b = (int)strlen(t->item[i].shape);
        label = a > label ? a : label;
        shape = b > shape ? b : shape;
    }
    int width = label + shape + 15 + 17 + 6;
    put_row(s, "layer", label, "output shape", shape, "parameters", "multiply-adds");
    dl__sheet_rule(s, width);
    for (int32_t i = 0; i < t->n; i++) {
        const row *r = &t->item[i];
        char params[NUMBER] = "-", cost[NUMBER] = "-";
        if (r->cost >= 0 && !dl__add_i64(all->cost, r->cost, &all->cost))
            all->cost = INT64_MAX;
        if (depth && r->depth > depth)
            continue;
        if (r->params && r->again)
            snprintf(params, sizeof params, "(again)");
        else if (r->params)
            dl__grouped(params, r->params);
        if (r->cost >= 0)
            dl__grouped(cost, r->cost);
        put_row(s, r->label, label, r->shape, shape, params, cost);
    }
    dl__sheet_rule(s, width);
}

/* Runs net, which has no memory, on an input of this shape. */
static dl_status trace(dl_module *net, const dl__shape *input, rows *t)
{
    dl_ctx *ctx = net->base.ctx;
    int32_t mark = dl_scope_begin(ctx), recording = dl_grad_enable(ctx, 0);
    dl_tensor *y, *x = mark < 0 ? NULL : dl__tensor_new(ctx, input, 1);
    dl_module_train(net, 0);
    dl_status s = x ? dl__module_run(net, &x, 1, &y, 1, &t->base) : ctx->status;
    dl_tensor_drop(x);
    dl_grad_enable(ctx, recording);
    dl_scope_end(ctx, mark);
    return s;
}

static dl_status check(dl_module *m, const int64_t *shape, int32_t ndim, const char *buf,
                       size_t cap, const dl_summary_opts *o, dl__shape *input)
{
    dl_ctx *ctx = m->base.ctx;
    if (!dl__ok(ctx))
        return ctx->status;
    if (cap && !buf)
        return dl_fail(ctx, DL_EINVAL, "summary: the buffer is NULL");
    if (ctx->pending)
        return dl_fail(ctx, DL_ESTATE, "summary: a module is running");
    if (o && o->depth < 0)
        return dl_fail(ctx, DL_EINVAL, "summary: depth is %d, wanted at least 0", (int)o->depth);
    if (o && DL__RESERVED(ctx, "summary", o) != DL_OK)
        return dl_ctx_status(ctx);
    dl_dtype dt = o ? o->dtype : 0;
    const dl_tensor *first = dl_module_param(m, 0);
    if (!dt && first)
        dt = first->dtype;
    return dl__shape_check(ctx, "summary", dt, shape, ndim, input);
}

int64_t dl_module_summary(dl_module *m, const int64_t *shape, int32_t ndim, char *buf, size_t cap,
                          const dl_summary_opts *o)
{
    if (buf && cap)
        buf[0] = 0;
    if (!m)
        return DL_EINVAL;
    dl_ctx *ctx = m->base.ctx;
    rows t = {.base = {enter, leave}, .ctx = ctx};
    dl__shape input;
    totals all = {0};
    dl__sheet s = {buf, cap, 0};
    if (check(m, shape, ndim, buf, cap, o, &input) != DL_OK || count_all(m, &all) != DL_OK)
        return ctx->status;
    dl_module *net = dl__module_rebuild(m, NULL, DL__MODULE_META);
    if (net && trace(net, &input, &t) == DL_OK) {
        put_table(&s, &t, &all, o ? o->depth : 0);
        put_totals(&s, &all);
    }
    dl__free(t.item);
    dl_module_drop(net);
    return dl__ok(ctx) ? (int64_t)s.n : ctx->status;
}
