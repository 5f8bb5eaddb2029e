/* What all ways to cut a dataset in two share. */
#include "data/parts.h"
#include "core/check.h"
#include "core/order.h"
#include "core/parallel.h"
#include "core/random.h"
#include "core/text.h"

/* fraction * size, rounded to nearest whatever the host's mode. */
static int64_t part_of(double fraction, int64_t size)
{
    dl__fpmode host = dl__fpmode_enter();
    int64_t n = (int64_t)__builtin_rint(fraction * (double)size);
    dl__fpmode_leave(host);
    return n;
}

dl_status dl__parts_begin(dl__parts *p, const char *who, dl_dataset *d, double fraction,
                          uint64_t seed, dl_dataset **first, dl_dataset **second)
{
    if (first)
        *first = NULL;
    if (second)
        *second = NULL;
    *p = (dl__parts){.d = d};
    if (!d || !first || !second)
        return DL_EINVAL;
    dl_ctx *ctx = d->base.ctx;
    if (!dl__ok(ctx))
        return ctx->status;
    if (!(fraction >= 0 && fraction <= 1)) {
        char text[DL__NUMBER];
        return dl_fail(ctx, DL_EINVAL, "%s: fraction is %s, it wants [0, 1]", who,
                       dl__double_text(text, fraction));
    }
    size_t bytes;
    p->size = dl_dataset_size(d);
    if (p->size < 0 || !dl__mul_size((size_t)p->size, sizeof(int64_t), &bytes))
        return dl_fail(ctx, DL_ELIMIT, "%s: the dataset has %lld examples", who,
                       (long long)p->size);
    p->wanted = part_of(fraction, p->size);
    p->order = dl__alloc(ctx, bytes);
    p->spare = p->order ? dl__alloc(ctx, bytes) : NULL;
    p->mark = p->spare ? dl__calloc(ctx, (size_t)p->size) : NULL;
    if (!p->mark)
        return dl__parts_end(p, first, second);
    dl__stream s = dl__random_stream(seed, DL__FOR_SPLIT, 0);
    dl__permutation(&s, p->order, p->size);
    return DL_OK;
}

/* The examples that are marked as `part`, in rising order. */
static dl_dataset *gather(dl__parts *p, int part)
{
    int64_t n = 0;
    for (int64_t i = 0; i < p->size; i++)
        if (p->mark[i] == part)
            p->order[n++] = i;
    return dl_dataset_subset(dl_dataset_keep(p->d), p->order, n);
}

dl_status dl__parts_end(dl__parts *p, dl_dataset **first, dl_dataset **second)
{
    dl_ctx *ctx = p->d->base.ctx;
    if (dl__ok(ctx) && (*first = gather(p, 1)) && !(*second = gather(p, 0))) {
        dl_dataset_drop(*first);
        *first = NULL;
    }
    dl__free(p->order);
    dl__free(p->spare);
    dl__free(p->mark);
    return ctx->status;
}

int64_t dl__run_end(const int64_t *sorted, int64_t at, int64_t n, const int64_t *key)
{
    int64_t end = at + 1;
    while (end < n && key[sorted[end]] == key[sorted[at]])
        end++;
    return end;
}

int64_t dl__group_turns(int64_t *order, int64_t n, const int64_t *group, int64_t *turn,
                        int64_t *work)
{
    int64_t *place = work, *first = work + n, *spare = first + n, groups = 0;
    for (int64_t i = 0; i < n; i++)
        place[order[i]] = i;
    dl__order(order, spare, n, dl__before_i64, group);
    for (int64_t at = 0; at < n; at = dl__run_end(order, at, n, group)) {
        first[at] = place[order[at]];
        turn[groups++] = at;
    }
    dl__order(turn, spare, groups, dl__before_i64, first);
    return groups;
}
