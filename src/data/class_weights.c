/* Weights that make classes count alike. */
#include "core/check.h"
#include "core/parallel.h"
#include "data/dataset.h"

/* The weight of each class, from how often it occurs. */
static void weigh(const int64_t *count, int64_t classes, int64_t n, double *w)
{
    int64_t there = 0;
    for (int64_t c = 0; c < classes; c++)
        there += count[c] > 0;
    dl__fpmode host = dl__fpmode_enter();
    double all = dl__fpmode_pin((double)n);
    for (int64_t c = 0; c < classes; c++)
        w[c] = dl__fpmode_pin(count[c] > 0 ? all / ((double)there * (double)count[c]) : 0);
    dl__fpmode_leave(host);
}

dl_status dl_class_weights(dl_ctx *ctx, const int64_t *label, int64_t n, int64_t classes,
                           double *class_weight, double *example_weight)
{
    size_t bytes;
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (n < 0 || (n > 0 && !label) || classes < 1)
        return dl_fail(ctx, DL_EINVAL,
                       "class_weights: %lld labels (%s) of %lld classes; wanted are at least one "
                       "class and no negative number of labels",
                       (long long)n, label ? "there" : "NULL", (long long)classes);
    if (!dl__mul_size((size_t)classes, sizeof(double) + sizeof(int64_t), &bytes))
        return dl_fail(ctx, DL_ELIMIT, "class_weights: %lld classes are too many",
                       (long long)classes);
    for (int64_t i = 0; i < n; i++)
        if (label[i] < 0 || label[i] >= classes)
            return dl_fail(ctx, DL_EINVAL,
                           "class_weights: label %lld is %lld, 0 to %lld are possible",
                           (long long)i, (long long)label[i], (long long)classes - 1);
    int64_t *count = dl__calloc(ctx, bytes);
    if (!count)
        return ctx->status;
    double *w = (double *)(void *)(count + classes);
    for (int64_t i = 0; i < n; i++)
        count[label[i]]++;
    weigh(count, classes, n, w);
    for (int64_t c = 0; class_weight && c < classes; c++)
        class_weight[c] = w[c];
    for (int64_t i = 0; example_weight && i < n; i++)
        example_weight[i] = w[label[i]];
    dl__free(count);
    return DL_OK;
}
