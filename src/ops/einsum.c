/* Sums of products in Einstein's notation. Operands are contracted from left to right; a label that
 * nothing after needs is summed as early as can be: before a product when one side alone has it, in
 * a product of matrices when both have. Everything is made of other operations, and so are the
 * gradients. */
#include <string.h>
#include "ops/einsum.h"

/* A tensor, with a label for each axis. x NULL: something failed. */
typedef struct part {
    dl_tensor *x;
    dl__labels l;
} part;

static uint64_t bit(int32_t label)
{
    return (uint64_t)1 << label;
}

static uint64_t set_of(const dl__labels *l)
{
    uint64_t set = 0;
    for (int32_t i = 0; i < l->n; i++)
        set |= bit(l->label[i]);
    return set;
}

static int32_t find(const dl__labels *l, int32_t label)
{
    int32_t i = 0;
    while (i < l->n && l->label[i] != label)
        i++;
    return i;
}

static void remove_at(dl__labels *l, int32_t at)
{
    l->n--;
    memmove(l->label + at, l->label + at + 1, (size_t)(l->n - at) * sizeof *l->label);
}

/* Adds those of from that are in set, in their order. */
static void add(dl__labels *to, const dl__labels *from, uint64_t set)
{
    for (int32_t i = 0; i < from->n; i++)
        if (set & bit(from->label[i]))
            to->label[to->n++] = from->label[i];
}

/* Each label once, and none with size 1 that stands for more. */
static part prepare(dl_tensor *x, const dl__equation *e, int32_t operand)
{
    part p = {x, e->in[operand]};
    for (int32_t i = p.l.n - 1; i >= 0 && p.x; i--) {
        const int32_t first = find(&p.l, p.l.label[i]);
        if (first < i)
            p.x = dl__diagonal(p.x, first, i);
        else if (p.x->dims[i] == 1 && e->size[p.l.label[i]] != 1)
            p.x = dl_squeeze(p.x, i);
        else
            continue;
        remove_at(&p.l, i);
    }
    return p;
}

/* p summed over the labels that are not in keep. */
static part sum_out(part p, uint64_t keep)
{
    int32_t axes[DL_MAX_DIMS], n = 0;
    dl__labels left = {.n = 0};
    for (int32_t i = 0; i < p.l.n; i++)
        if (!(keep & bit(p.l.label[i])))
            axes[n++] = i;
    if (n == 0)
        return p;
    add(&left, &p.l, keep);
    return (part){dl_sum(p.x, axes, n, 0), left};
}

/* p with its axes in the order of l, which has the same labels. */
static dl_tensor *ordered(const part *p, const dl__labels *l)
{
    int32_t order[DL_MAX_DIMS], moved = 0;
    for (int32_t i = 0; i < l->n; i++) {
        order[i] = find(&p->l, l->label[i]);
        moved |= order[i] != i;
    }
    return moved ? dl_permute(p->x, order, l->n) : p->x;
}

/* p as [batch, rows, columns], each the product of the sizes of its labels; [rows, columns] without
 * batch. */
static dl_tensor *matrix(const part *p, const dl__equation *e, const dl__labels *batch,
                         const dl__labels *rows, const dl__labels *columns)
{
    const dl__labels *const group[] = {batch, rows, columns};
    dl__labels order = {.n = 0};
    int64_t dims[3] = {1, 1, 1};
    for (int g = 0; g < 3; g++) {
        add(&order, group[g], ~(uint64_t)0);
        for (int32_t i = 0; i < group[g]->n; i++)
            dims[g] *= e->size[group[g]->label[i]];
    }
    const int32_t skip = batch->n == 0;
    return dl_reshape(ordered(p, &order), dims + skip, 3 - skip);
}

/* The product element by element, of axes batch, a's own, b's own. */
static dl_tensor *outer(const part *a, const part *b, const dl__labels *batch,
                        const dl__labels *own_a, const dl__labels *own_b)
{
    dl__labels order_a = *batch, order_b = *batch;
    add(&order_a, own_a, ~(uint64_t)0);
    add(&order_b, own_b, ~(uint64_t)0);
    dl_tensor *x = ordered(a, &order_a), *y = ordered(b, &order_b);
    for (int32_t i = 0; i < own_b->n; i++)
        x = dl_unsqueeze(x, order_a.n + i);
    for (int32_t i = 0; i < own_a->n; i++)
        y = dl_unsqueeze(y, batch->n);
    return dl_mul(x, y);
}

/* The product of a and b, summed over the labels that are not in need. */
static part contract(dl_ctx *ctx, part a, part b, uint64_t need, const dl__equation *e)
{
    a = sum_out(a, set_of(&b.l) | need);
    b = sum_out(b, set_of(&a.l) | need);
    const uint64_t in_a = set_of(&a.l), in_b = set_of(&b.l), both = in_a & in_b;
    dl__labels batch = {.n = 0}, inner = batch, own_a = batch, own_b = batch;
    part y = {NULL, batch};
    int64_t dims[DL_MAX_DIMS];
    add(&batch, &a.l, both & need);
    add(&inner, &a.l, both & ~need);
    add(&own_a, &a.l, ~in_b);
    add(&own_b, &b.l, ~in_a);
    if (batch.n + own_a.n + own_b.n > DL_MAX_DIMS) {
        dl_fail(ctx, DL_ELIMIT, "einsum: a product of two operands has %d axes, %d fit",
                (int)(batch.n + own_a.n + own_b.n), DL_MAX_DIMS);
        return y;
    }
    add(&y.l, &batch, ~(uint64_t)0);
    add(&y.l, &own_a, ~(uint64_t)0);
    add(&y.l, &own_b, ~(uint64_t)0);
    for (int32_t i = 0; i < y.l.n; i++)
        dims[i] = e->size[y.l.label[i]];
    if (inner.n == 0)
        y.x = outer(&a, &b, &batch, &own_a, &own_b);
    else
        y.x = dl_reshape(
            dl_matmul(matrix(&a, e, &batch, &own_a, &inner), matrix(&b, e, &batch, &inner, &own_b)),
            dims, y.l.n);
    return y;
}

static dl_tensor *run(dl_ctx *ctx, dl_tensor *const *in, int32_t n, const dl__equation *e)
{
    part y = prepare(in[0], e, 0);
    for (int32_t i = 1; i < n && y.x; i++) {
        uint64_t need = set_of(&e->out);
        for (int32_t k = i + 1; k < n; k++)
            need |= set_of(&e->in[k]);
        const part x = prepare(in[i], e, i);
        y = x.x ? contract(ctx, y, x, need, e) : x;
    }
    if (y.x)
        y = sum_out(y, set_of(&e->out));
    dl_tensor *result = y.x ? ordered(&y, &e->out) : NULL;
    if (result && result == in[0]) /* nothing happened: a view all the same */
        result = dl_permute(result, (const int32_t[]){0, 1, 2, 3, 4, 5, 6, 7}, result->ndim);
    return result;
}

/* 1 when there are operands that fit together. */
static int check(dl_ctx *ctx, const char *equation, dl_tensor *const *in, int32_t n)
{
    if (!equation)
        dl_fail(ctx, DL_EINVAL, "einsum: equation is NULL");
    else if (n > DL__MAX_IN)
        dl_fail(ctx, DL_ELIMIT, "einsum: %d operands, at most %d fit", (int)n, DL__MAX_IN);
    for (int32_t i = 0; i < n && dl__ok(ctx); i++) {
        if (in[i]->base.ctx != ctx)
            dl_fail(ctx, DL_EINVAL, "einsum: inputs belong to different contexts");
        else if (!dl__is_float(in[i]->dtype))
            dl_fail(ctx, DL_EDTYPE, "einsum: operand %d is %s, it wants f32 or f64", (int)i,
                    dl_dtype_name(in[i]->dtype));
        else if (in[i]->dtype != in[0]->dtype)
            dl_fail(ctx, DL_EDTYPE, "einsum: operands 0 and %d are %s and %s, wanted one type",
                    (int)i, dl_dtype_name(in[0]->dtype), dl_dtype_name(in[i]->dtype));
    }
    return dl__ok(ctx);
}

dl_tensor *dl_einsum(const char *equation, dl_tensor *const *in, int32_t n)
{
    dl__equation e;
    if (!in || n < 1)
        return NULL;
    for (int32_t i = 0; i < n; i++)
        if (!in[i])
            return NULL;
    dl_ctx *ctx = in[0]->base.ctx;
    if (!dl__ok(ctx) || !check(ctx, equation, in, n) ||
        dl__equation_read(ctx, equation, in, n, &e) != DL_OK)
        return NULL;
    const int32_t mark = dl_scope_begin(ctx);
    return mark < 0 ? NULL : dl__scope_out(ctx, mark, run(ctx, in, n, &e));
}
