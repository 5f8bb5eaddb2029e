/* Axes are merged where strides allow, the rest is cut into what the kernel does: one reduced axis,
 * one axis around it and one inside. Several reduced axes that do not merge go one after another,
 * the innermost first. */
#include "tensor/reduce.h"
#include "core/check.h"

/* An axis, and its strides in what a step reads and writes. */
typedef struct axis {
    int64_t n, x, y;
    int reduced;
} axis;

typedef struct axes {
    int32_t n;
    axis a[DL_MAX_DIMS + 1];
} axes;

static int64_t magnitude(int64_t v)
{
    return v < 0 ? -v : v;
}

static void remove_axis(axes *s, int32_t i)
{
    s->n--;
    for (; i < s->n; i++)
        s->a[i] = s->a[i + 1];
}

/* The axes of x that have more than one element, or none; largest stride first. */
static axes describe(const dl_tensor *x, uint32_t mask, const dl_tensor *y)
{
    axes s = {.n = 0};
    int32_t at_y = 0;
    for (int32_t i = 0; i < x->ndim; i++) {
        axis a = {x->dims[i], x->strides[i], 0, mask >> i & 1};
        if (!a.reduced)
            a.y = y->strides[y->ndim == x->ndim ? i : at_y++];
        if (a.n == 1)
            continue;
        int32_t at = s.n++;
        for (; at > 0 && magnitude(s.a[at - 1].x) < magnitude(a.x); at--)
            s.a[at] = s.a[at - 1];
        s.a[at] = a;
    }
    return s;
}

/* Joins axes that lie in both memories as one axis does. */
static void merge(axes *s)
{
    for (int32_t i = 0; i < s->n; i++)
        for (int32_t j = 0; j < s->n; j++) {
            axis *big = &s->a[i];
            const axis small = s->a[j];
            if (i == j || big->reduced != small.reduced || big->x != small.n * small.x ||
                (!big->reduced && big->y != small.n * small.y))
                continue;
            big->n *= small.n;
            big->x = small.x;
            big->y = small.y;
            remove_axis(s, j);
            i = -1; /* from the start: this may have made others fit */
            break;
        }
}

static int32_t innermost_reduced(const axes *s)
{
    int32_t i = s->n - 1;
    while (i >= 0 && !s->a[i].reduced)
        i--;
    return i;
}

/* Takes the kept axis that is best around (or, with inside, within) the reduced one out of s. */
static axis take(axes *s, const axis *r, int inside)
{
    int32_t best = -1;
    for (int32_t i = 0; i < s->n; i++) {
        if (inside && magnitude(s->a[i].x) >= magnitude(r->x))
            continue;
        if (best < 0 ||
            (inside ? magnitude(s->a[i].x) < magnitude(s->a[best].x) : s->a[i].n > s->a[best].n))
            best = i;
    }
    if (best < 0)
        return (axis){.n = 1};
    const axis a = s->a[best];
    remove_axis(s, best);
    return a;
}

/* One reduced axis r; kept holds the others, each of one element at least. */
static dl_status step(dl_ctx *ctx, int32_t op, dl_dtype dt, const char *x, char *y, axis r,
                      axes kept)
{
    const int64_t size_x = (int64_t)dl_dtype_size(dt);
    const int64_t size_y = (int64_t)dl_dtype_size(dl__reduce_dtype(op, dt));
    int64_t index[DL_MAX_DIMS + 1] = {0};
    merge(&kept);
    const axis inner = take(&kept, &r, 1), outer = take(&kept, &r, 0);
    for (;;) {
        int64_t at_x = 0, at_y = 0;
        for (int32_t i = 0; i < kept.n; i++) {
            at_x += index[i] * kept.a[i].x;
            at_y += index[i] * kept.a[i].y;
        }
        const dl__reduce_args args = {.outer = outer.n,
                                      .n = r.n,
                                      .inner = inner.n,
                                      .x = x + at_x * size_x,
                                      .x_outer = outer.x,
                                      .x_n = r.x,
                                      .x_inner = inner.x,
                                      .y = y + at_y * size_y,
                                      .y_outer = outer.y,
                                      .y_inner = inner.y};
        dl_status status = dl__reduce(ctx, op, dt, &args);
        int32_t i = kept.n - 1;
        while (i >= 0 && ++index[i] == kept.a[i].n)
            index[i--] = 0;
        if (i < 0 || status != DL_OK)
            return status;
    }
}

/* The rest of s once axis r is reduced into new memory, row by row. Returns its elements. */
static int64_t lay_out(axes *s, int32_t r)
{
    int64_t stride = 1;
    remove_axis(s, r);
    for (int32_t i = s->n - 1; i >= 0; i--) {
        s->a[i].y = stride;
        stride *= s->a[i].n;
    }
    return stride;
}

/* A step between: into new memory, which *own becomes. s is then what is left, in that memory. */
static dl_status step_between(dl_ctx *ctx, int32_t op, dl_dtype dt, const char *x, axes *s,
                              char **own)
{
    const int32_t r = innermost_reduced(s);
    const axis reduced = s->a[r];
    const axes last = *s; /* with the strides of y */
    const int64_t count = lay_out(s, r);
    size_t bytes;
    if (!dl__mul_size((size_t)count, dl_dtype_size(dl__reduce_dtype(op, dt)), &bytes))
        return dl_fail(ctx, DL_ELIMIT,
                       "reduce: a partial result has more bytes than can be counted");
    char *to = dl__alloc(ctx, bytes);
    if (!to)
        return ctx->status;
    axes kept = *s;
    for (int32_t i = 0; i < kept.n; i++)
        kept.a[i].reduced = 0;
    const dl_status status = count ? step(ctx, op, dt, x, to, reduced, kept) : DL_OK;
    for (int32_t i = 0; i < s->n; i++) {
        s->a[i].x = s->a[i].y;
        s->a[i].y = last.a[i < r ? i : i + 1].y;
    }
    dl__free(*own);
    *own = to;
    return status;
}

dl_status dl__reduce_axes(int32_t op, const dl_tensor *x, uint32_t mask, dl_tensor *y)
{
    dl_ctx *ctx = x->base.ctx;
    dl_dtype dt = x->dtype;
    dl_status status = DL_OK;
    axes s = describe(x, mask, y);
    char *own = NULL;
    int32_t n_reduced = 0;
    if (dl__count_of(y) == 0)
        return DL_OK;
    merge(&s);
    for (int32_t i = 0; i < s.n; i++)
        n_reduced += s.a[i].reduced;
    for (; n_reduced > 1 && status == DL_OK; n_reduced--) {
        status = step_between(ctx, op, dt, own ? own : dl__data(x), &s, &own);
        dt = dl__reduce_dtype(op, dt);
        op = op == DL__SUMSQ ? DL__SUM : op; /* squared already */
    }
    if (status == DL_OK) {
        const int32_t r = innermost_reduced(&s);
        const axis one = {.n = 1}, reduced = r < 0 ? one : s.a[r];
        if (r >= 0)
            remove_axis(&s, r);
        status = step(ctx, op, dt, own ? own : dl__data(x), dl__data(y), reduced, s);
    }
    dl__free(own);
    return status;
}
