/* Two random parts of a dataset with the same shares of the classes. */
#include "core/check.h"
#include "core/order.h"
#include "core/parallel.h"
#include "data/labels.h"
#include "data/parts.h"

/* One class: its examples are order[at..], of which the first part gets `whole`, or one more where
 * the remainder of its share is among the largest. */
typedef struct stratum {
    int64_t at, n, whole;
    double rest;
} stratum;

static int larger_rest(const void *keys, int64_t a, int64_t b)
{
    const stratum *s = keys;
    return s[a].rest > s[b].rest;
}

/* The classes of the sorted order; returns how many there are. */
static int64_t find_strata(const dl__parts *p, const int64_t *label, double fraction, stratum *s)
{
    int64_t n = 0;
    dl__fpmode host = dl__fpmode_enter();
    for (int64_t at = 0; at < p->size; at += s[n++].n) {
        int64_t end = dl__run_end(p->order, at, p->size, label);
        double share = dl__fpmode_pin(fraction) * (double)(end - at);
        s[n] = (stratum){.at = at, .n = end - at, .whole = (int64_t)__builtin_floor(share)};
        s[n].rest = dl__fpmode_pin(share - (double)s[n].whole);
    }
    dl__fpmode_leave(host);
    return n;
}

/* Hands out what rounding down left over, and marks the examples. rank: room for 2 n. */
static void choose(dl__parts *p, stratum *s, int64_t n, int64_t *rank)
{
    int64_t left = p->wanted;
    for (int64_t c = 0; c < n; c++) {
        rank[c] = c;
        left -= s[c].whole;
    }
    dl__order(rank, rank + n, n, larger_rest, s);
    for (int64_t k = 0; k < n && left > 0; k++) {
        stratum *c = &s[rank[k]];
        left -= c->whole < c->n;
        c->whole += c->whole < c->n;
    }
    for (int64_t c = 0; c < n; c++)
        for (int64_t i = 0; i < s[c].whole; i++)
            p->mark[p->order[s[c].at + i]] = 1;
}

dl_status dl_dataset_split_stratified(dl_dataset *d, int32_t field, double fraction, uint64_t seed,
                                      dl_dataset **first, dl_dataset **second)
{
    static const char who[] = "dataset_split_stratified";
    dl__parts p;
    dl_status status = dl__parts_begin(&p, who, d, fraction, seed, first, second);
    if (status != DL_OK)
        return status;
    dl_ctx *ctx = d->base.ctx;
    stratum *s = NULL;
    size_t bytes;
    int64_t *label = dl__dataset_labels(d, field, who);
    if (label) {
        dl__order(p.order, p.spare, p.size, dl__before_i64, label);
        int64_t n = 0;
        for (int64_t at = 0; at < p.size; n++)
            at = dl__run_end(p.order, at, p.size, label);
        if (!dl__mul_size((size_t)n, sizeof *s + 2 * sizeof(int64_t), &bytes))
            dl_fail(ctx, DL_ELIMIT, "%s: %lld classes are too many", who, (long long)n);
        else if ((s = dl__alloc(ctx, bytes)))
            choose(&p, s, find_strata(&p, label, fraction, s), (int64_t *)(void *)(s + n));
    }
    dl__free(s);
    dl__free(label);
    return dl__parts_end(&p, first, second);
}
