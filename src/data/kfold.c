/* Cross-validation. */
#include "core/check.h"
#include "core/order.h"
#include "core/random.h"
#include "data/parts.h"

enum { FOLDS = 5 };

static dl_status check(dl_ctx *ctx, int64_t n, const dl_kfold_opts *o, int64_t k)
{
    if (o->k < 0 || k < 2 || k > n)
        return dl_fail(ctx, DL_EINVAL,
                       "kfold: %lld folds of %lld examples; wanted are 2 or more, "
                       "and an example for each",
                       (long long)k, (long long)n);
    if (o->label && o->group)
        return dl_fail(ctx, DL_EINVAL, "kfold: there are labels and groups, one of them is wanted");
    return DL__RESERVED(ctx, "kfold", o);
}

/* Blocks of the order, the first n mod k of them larger by one. */
static void deal_blocks(const int64_t *order, int64_t n, int64_t k, int32_t *part)
{
    int64_t at = 0;
    for (int64_t f = 0; f < k; f++)
        for (int64_t end = at + n / k + (f < n % k); at < end; at++)
            part[order[at]] = (int32_t)f;
}

static int longer(const void *keys, int64_t a, int64_t b)
{
    const int64_t *size = keys;
    return size[a] > size[b];
}

/* work: room for 4 n. */
static dl_status deal_groups(dl_ctx *ctx, int64_t *order, int64_t n, const int64_t *group,
                             int64_t k, int64_t *work, int32_t *part)
{
    int64_t *turn = work, *size = work + n, *spare = size + n, *fold = spare + n;
    int64_t groups = dl__group_turns(order, n, group, turn, size);
    if (groups < k)
        return dl_fail(ctx, DL_EINVAL,
                       "kfold: %lld folds of %lld groups; wanted is a group for each", (long long)k,
                       (long long)groups);
    for (int64_t g = 0; g < groups; g++)
        size[turn[g]] = dl__run_end(order, turn[g], n, group) - turn[g];
    dl__order(turn, spare, groups, longer, size);
    for (int64_t f = 0; f < k; f++)
        fold[f] = 0;
    for (int64_t g = 0; g < groups; g++) {
        int64_t least = 0, at = turn[g];
        for (int64_t f = 1; f < k; f++)
            if (fold[f] < fold[least])
                least = f;
        fold[least] += size[at];
        for (int64_t i = at; i < at + size[at]; i++)
            part[order[i]] = (int32_t)least;
    }
    return DL_OK;
}

static dl_status deal(dl_ctx *ctx, int64_t *order, int64_t n, const dl_kfold_opts *o, int64_t k,
                      int64_t *work, int32_t *part)
{
    if (o->shuffle == 1) {
        dl__stream s = dl__random_stream(o->seed, DL__FOR_SPLIT, 1);
        dl__permutation(&s, order, n);
    } else {
        for (int64_t i = 0; i < n; i++)
            order[i] = i;
    }
    if (o->group)
        return deal_groups(ctx, order, n, o->group, k, work, part);
    if (!o->label) {
        deal_blocks(order, n, k, part);
        return DL_OK;
    }
    dl__order(order, work, n, dl__before_i64, o->label);
    for (int64_t i = 0; i < n; i++) /* each class goes on where the one before it ended */
        part[order[i]] = (int32_t)(i % k);
    return DL_OK;
}

dl_status dl_kfold(dl_ctx *ctx, int64_t n, const dl_kfold_opts *opts, int32_t *part)
{
    static const dl_kfold_opts defaults;
    const dl_kfold_opts *o = opts ? opts : &defaults;
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    int64_t k = o->k != 0 ? o->k : FOLDS;
    size_t bytes;
    if (check(ctx, n, o, k) != DL_OK)
        return ctx->status;
    if (!part)
        return dl_fail(ctx, DL_EINVAL, "kfold: part is NULL");
    if (!dl__mul_size((size_t)n, 5 * sizeof(int64_t), &bytes))
        return dl_fail(ctx, DL_ELIMIT, "kfold: %lld examples are too many", (long long)n);
    int64_t *order = dl__alloc(ctx, bytes);
    dl_status status = order ? deal(ctx, order, n, o, k, order + n, part) : ctx->status;
    dl__free(order);
    return status;
}

dl_status dl_dataset_fold(dl_dataset *d, const dl_kfold_opts *o, int32_t fold, dl_dataset **train,
                          dl_dataset **valid)
{
    dl__parts p;
    int32_t k = o && o->k != 0 ? o->k : FOLDS;
    dl_status status = dl__parts_begin(&p, "dataset_fold", d, 0, 0, valid, train);
    if (status != DL_OK)
        return status;
    int32_t *part = (int32_t *)(void *)p.spare; /* there is room for twice as many */
    if (dl_kfold(d->base.ctx, p.size, o, part) == DL_OK && (fold < 0 || fold >= k))
        dl_fail(d->base.ctx, DL_EINVAL, "dataset_fold: fold is %d, 0 to %d are possible", (int)fold,
                (int)k - 1);
    for (int64_t i = 0; dl__ok(d->base.ctx) && i < p.size; i++)
        p.mark[i] = part[i] == fold;
    return dl__parts_end(&p, valid, train);
}
