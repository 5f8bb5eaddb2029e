/* The losses that most programs want, and accuracy. */
#include <math.h>
#include "core/ctx.h"
#include "dl/ext.h"
#include "dl/ops.h"
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

dl_tensor *dl_loss_classify(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                            void *user)
{
    if (!two_fields(batch, n, "loss_classify"))
        return NULL;
    dl_tensor *logits = dl_module_forward(m, batch[0]);
    dl_tensor *loss = dl_cross_entropy(logits, batch[1], user);
    if (loss && shown) {
        double accuracy = dl_accuracy(logits, batch[1]);
        *shown = dl_tensor_give(dl_tensor_full(loss->base.ctx, DL_F64, accuracy, NULL, 0));
    }
    return loss;
}

dl_tensor *dl_loss_regress(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                           void *user)
{
    (void)shown;
    if (!two_fields(batch, n, "loss_regress"))
        return NULL;
    return dl_mse(dl_module_forward(m, batch[0]), batch[1], user);
}

/* Label number i of any integer type. */
static int64_t label_at(const char *p, dl_dtype dt, int64_t i)
{
    if (dt == DL_I64)
        return ((const int64_t *)(const void *)p)[i];
    return dt == DL_I32 ? ((const int32_t *)(const void *)p)[i] : ((const uint8_t *)p)[i];
}

double dl_accuracy(dl_tensor *logits, dl_tensor *labels)
{
    if (!logits || !labels || !dl__ok(logits->base.ctx))
        return NAN;
    dl_ctx *ctx = logits->base.ctx;
    if (labels->dtype != DL_I64 && labels->dtype != DL_I32 && labels->dtype != DL_U8) {
        dl_fail(ctx, DL_EDTYPE, "accuracy: labels are %s, they want to be i32, i64 or u8",
                dl_dtype_name(labels->dtype));
        return NAN;
    }
    int32_t mark = dl_scope_begin(ctx);
    double right = NAN;
    dl_tensor *best = mark < 0 ? NULL : dl_argmax(logits, 1, 0);
    if (best && !dl__same_shape(best, labels))
        dl_fail(ctx, DL_ESHAPE,
                "accuracy: the labels do not have the shape of the logits without "
                "their axis 1");
    else if (best && !dl__is_meta(best) && !dl__is_meta(labels)) {
        int64_t n = dl__count_of(labels), hits = 0;
        size_t bytes = (size_t)n * sizeof(int64_t), size = dl_dtype_size(labels->dtype);
        int64_t *found = dl__alloc(ctx, bytes);
        char *wanted = dl__alloc(ctx, (size_t)n * size);
        if (found && wanted && dl_tensor_get(best, found, bytes) == DL_OK &&
            dl_tensor_get(labels, wanted, (size_t)n * size) == DL_OK) {
            for (int64_t i = 0; i < n; i++)
                hits += found[i] == label_at(wanted, labels->dtype, i);
            right = (double)hits / (double)n;
        }
        dl__free(found);
        dl__free(wanted);
    }
    dl_scope_end(ctx, mark);
    return right;
}
