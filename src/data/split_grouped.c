/* Two random parts of a dataset, without a group in both. */
#include "core/check.h"
#include "data/parts.h"

/* Marks whole groups, the n of them in the order of their turns. */
static void choose(dl__parts *p, const int64_t *group, const int64_t *turn, int64_t n)
{
    int64_t size = 0;
    for (int64_t k = 0; k < n; k++) {
        int64_t at = turn[k], end = dl__run_end(p->order, at, p->size, group),
                with = size + end - at;
        int64_t off = with > p->wanted ? with - p->wanted : p->wanted - with;
        if (size >= p->wanted || off >= p->wanted - size)
            continue;
        for (int64_t i = at; i < end; i++)
            p->mark[p->order[i]] = 1;
        size = with;
    }
}

dl_status dl_dataset_split_grouped(dl_dataset *d, const int64_t *group, double fraction,
                                   uint64_t seed, dl_dataset **first, dl_dataset **second)
{
    dl__parts p;
    dl_status status =
        dl__parts_begin(&p, "dataset_split_grouped", d, fraction, seed, first, second);
    if (status != DL_OK)
        return status;
    dl_ctx *ctx = d->base.ctx;
    if (p.size > 0 && !group)
        dl_fail(ctx, DL_EINVAL, "dataset_split_grouped: group is NULL");
    int64_t *turn = NULL;
    size_t bytes;
    if (!dl__mul_size((size_t)p.size, 4 * sizeof *turn, &bytes))
        dl_fail(ctx, DL_ELIMIT, "dataset_split_grouped: the dataset has %lld examples",
                (long long)p.size);
    if (dl__ok(ctx) && (turn = dl__alloc(ctx, bytes)))
        choose(&p, group, turn, dl__group_turns(p.order, p.size, group, turn, turn + p.size));
    dl__free(turn);
    return dl__parts_end(&p, first, second);
}
