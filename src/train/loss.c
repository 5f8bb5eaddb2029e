/* The losses that most programs want, and accuracy. */
#include <math.h>
#include "core/ctx.h"
#include "core/parallel.h"
#include "core/text.h"
#include "dl/ext.h"
#include "dl/losses.h"
#include "dl/train.h"
#include "tensor/tensor.h"

/* 1 when batch has the two fields that a loss of (input, target) needs. */
static int two_fields(dl_tensor *const *batch, int32_t n, const char *who)
{
    if (!batch || n < 1 || !batch[0])
        return 0;
    if (n < 2 || !batch[1]) {
        dl_fail(batch[0]->base.ctx, DL_EINVAL,
                "%s: the batch has %d fields, it wants an input and a "
                "target",
                who, (int)n);
        return 0;
    }
    return 1;
}

/* Both are row-major copies; rows that are labelled `ignored` do not count. NaN if none does. */
static double compare(const int64_t *found, const int64_t *wanted, int64_t n, int64_t ignored)
{
    int64_t hits = 0, counted = 0;
    for (int64_t i = 0; i < n; i++) {
        counted += wanted[i] != ignored;
        hits += wanted[i] != ignored && found[i] == wanted[i];
    }
    if (counted == 0)
        return NAN;
    dl__fpmode host = dl__fpmode_enter();
    double fraction = (double)hits / (double)counted;
    dl__fpmode_leave(host);
    return fraction;
}

/* dl_accuracy without the rows that are labelled `ignored`. */
static double fraction_right(dl_tensor *logits, dl_tensor *labels, int64_t ignored)
{
    dl_ctx *ctx = logits->base.ctx;
    int32_t mark = dl_scope_begin(ctx);
    double right = NAN;
    dl_tensor *best = mark < 0 ? NULL : dl_argmax(logits, 1, 0);
    if (best && !dl__same_shape(best, labels)) {
        char a[128], b[128];
        dl_fail(ctx, DL_ESHAPE, "accuracy: labels are %s, logits want %s",
                dl__shape_text(a, sizeof a, labels->dims, labels->ndim),
                dl__shape_text(b, sizeof b, best->dims, best->ndim));
    } else if (best && !dl__is_meta(best) && !dl__is_meta(labels)) {
        int64_t *found = dl__elements_as(best, DL_I64);
        int64_t *wanted = found ? dl__elements_as(labels, DL_I64) : NULL;
        if (wanted)
            right = compare(found, wanted, dl__count_of(labels), ignored);
        dl__free(found);
        dl__free(wanted);
    }
    dl_scope_end(ctx, mark);
    return right;
}

double dl_accuracy(dl_tensor *logits, dl_tensor *labels)
{
    if (!logits || !labels || !dl__ok(logits->base.ctx))
        return NAN;
    dl_ctx *ctx = logits->base.ctx;
    if (labels->base.ctx != ctx) {
        dl_fail(ctx, DL_EINVAL, "accuracy: the labels are of another context");
        return NAN;
    }
    if (labels->dtype != DL_I64 && labels->dtype != DL_I32 && labels->dtype != DL_U8) {
        dl_fail(ctx, DL_EDTYPE, "accuracy: labels are %s, they want to be i32, i64 or u8",
                dl_dtype_name(labels->dtype));
        return NAN;
    }
    return fraction_right(logits, labels, INT64_MIN);
}

dl_tensor *dl_loss_classify(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                            void *user)
{
    if (!two_fields(batch, n, "loss_classify"))
        return NULL;
    const dl_loss_opts *o = user;
    dl_tensor *logits = dl_module_forward(m, batch[0]), *labels = batch[1];
    dl_tensor *loss = dl_cross_entropy(logits, labels, o);
    if (!loss || !shown)
        return loss;
    if (dl__is_float(labels->dtype)) /* probabilities */
        labels = dl_argmax(labels, 1, 0);
    int64_t ignored = o && o->ignore_set ? o->ignore_index : INT64_MIN;
    double right = labels ? fraction_right(logits, labels, ignored) : NAN;
    if (!isnan(right))
        *shown = dl_tensor_give(dl_tensor_full(loss->base.ctx, DL_F64, right, NULL, 0));
    return dl__ok(loss->base.ctx) ? loss : NULL;
}

dl_tensor *dl_loss_regress(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                           void *user)
{
    (void)shown;
    if (!two_fields(batch, n, "loss_regress"))
        return NULL;
    return dl_mse(dl_module_forward(m, batch[0]), batch[1], user);
}
