/* Two random parts of a dataset. */
#include "core/check.h"
#include "core/parallel.h"
#include "core/random.h"
#include "core/text.h"
#include "data/dataset.h"

/* Moves the rising list of the examples that are marked as `part` into out. */
static int64_t gather(const unsigned char *mark, int64_t size, int part, int64_t *out)
{
    int64_t n = 0;
    for (int64_t i = 0; i < size; i++)
        if (mark[i] == part)
            out[n++] = i;
    return n;
}

/* fraction * size, rounded to nearest whatever the host's mode. */
static int64_t part_of(double fraction, int64_t size)
{
    dl__fpmode host = dl__fpmode_enter();
    int64_t n = (int64_t)__builtin_rint(fraction * (double)size);
    dl__fpmode_leave(host);
    return n;
}

dl_status dl_dataset_split(dl_dataset *d, double fraction, uint64_t seed, dl_dataset **first,
                           dl_dataset **second)
{
    if (first)
        *first = NULL;
    if (second)
        *second = NULL;
    if (!d || !first || !second)
        return DL_EINVAL;
    dl_ctx *ctx = d->base.ctx;
    if (!dl__ok(ctx))
        return ctx->status;
    if (!(fraction >= 0 && fraction <= 1)) {
        char text[DL__NUMBER];
        return dl_fail(ctx, DL_EINVAL, "dataset_split: fraction is %s, it wants [0, 1]",
                       dl__double_text(text, fraction));
    }
    int64_t size = dl_dataset_size(d), n = part_of(fraction, size);
    size_t bytes;
    if (size < 0 || !dl__mul_size((size_t)size, sizeof(int64_t), &bytes))
        return dl_fail(ctx, DL_ELIMIT, "dataset_split: the dataset has %lld examples",
                       (long long)size);
    int64_t *order = dl__alloc(ctx, bytes);
    unsigned char *mark = dl__calloc(ctx, (size_t)size);
    if (order && mark) {
        dl__stream s = dl__random_stream(seed, DL__FOR_SPLIT, 0);
        dl__permutation(&s, order, size);
        for (int64_t i = 0; i < n; i++)
            mark[order[i]] = 1;
        gather(mark, size, 1, order);
        *first = dl_dataset_subset(dl_dataset_keep(d), order, n);
        gather(mark, size, 0, order);
        *second = *first ? dl_dataset_subset(dl_dataset_keep(d), order, size - n) : NULL;
        if (!*second) {
            dl_dataset_drop(*first);
            *first = NULL;
        }
    }
    dl__free(order);
    dl__free(mark);
    return ctx->status;
}
