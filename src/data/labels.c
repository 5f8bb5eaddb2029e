/* Reading one field of a whole dataset, and labels. */
#include "data/labels.h"
#include <string.h>
#include "core/check.h"
#include "core/text.h"
#include "core/utf8.h"
#include "data/loader.h"
#include "tensor/tensor.h"

enum { BATCH = 64 };

dl_status dl__dataset_walk(dl_dataset *d, int32_t field, dl__field_fn fn, void *user)
{
    dl_ctx *ctx = d->base.ctx;
    if (dl_dataset_size(d) == 0)
        return DL_OK;
    dl_loader *l = dl_loader_new(d, &(dl_loader_opts){.batch = BATCH});
    int64_t first = 0;
    int32_t more = 1;
    while (l && more == 1) {
        dl_tensor *batch[DL__FIELDS];
        int32_t mark = dl_scope_begin(ctx);
        more = mark < 0 ? mark : dl_loader_next(l, batch, field + 1);
        if (more == 1 && fn(batch[field], first, user) != DL_OK)
            more = DL_EUSER; /* the status is in the context */
        if (more == 1)
            first += batch[field]->dims[0];
        dl_scope_end(ctx, mark);
    }
    dl_loader_drop(l);
    return ctx->status;
}

dl_status dl__field_check(const dl_dataset *d, int32_t field, const char *who)
{
    if (field < 0 || field >= d->n_fields)
        return dl_fail(d->base.ctx, DL_EINVAL, "%s: field %d was asked for, there are %d", who,
                       (int)field, (int)d->n_fields);
    return DL_OK;
}

static dl_status check(const dl_dataset *d, int32_t field, const char *who)
{
    dl_ctx *ctx = d->base.ctx;
    char name[DL__SHOWN], shape[128];
    if (dl__field_check(d, field, who) != DL_OK)
        return ctx->status;
    const dl_field *f = &d->field[field];
    dl__printable(name, sizeof name, f->name);
    if (f->dtype != DL_I64 && f->dtype != DL_I32 && f->dtype != DL_U8 && f->dtype != DL_BOOL)
        return dl_fail(ctx, DL_EDTYPE, "%s: field \"%s\" is %s, labels are i64, i32, u8 or bool",
                       who, name, dl_dtype_name(f->dtype));
    if (dl__field_count(f) != 1)
        return dl_fail(ctx, DL_ESHAPE, "%s: field \"%s\" is %s, a label has one element", who, name,
                       dl__shape_text(shape, sizeof shape, f->dims, f->ndim));
    return DL_OK;
}

static dl_status take(const dl_tensor *x, int64_t first, void *user)
{
    int64_t *label = (int64_t *)user + first, n = x->dims[0];
    const char *p = dl__data(x);
    for (int64_t i = 0; i < n; i++) {
        if (x->dtype == DL_I64)
            label[i] = ((const int64_t *)(const void *)p)[i];
        else if (x->dtype == DL_I32)
            label[i] = ((const int32_t *)(const void *)p)[i];
        else
            label[i] = ((const uint8_t *)p)[i];
    }
    return DL_OK;
}

int64_t *dl__dataset_labels(dl_dataset *d, int32_t field, const char *who)
{
    dl_ctx *ctx = d->base.ctx;
    int64_t size = dl_dataset_size(d);
    size_t bytes;
    if (check(d, field, who) != DL_OK)
        return NULL;
    if (size < 0 || !dl__mul_size((size_t)size, sizeof(int64_t), &bytes)) {
        dl_fail(ctx, DL_ELIMIT, "%s: the dataset has %lld examples", who, (long long)size);
        return NULL;
    }
    int64_t *label = dl__alloc(ctx, bytes);
    if (label && dl__dataset_walk(d, field, take, label) != DL_OK) {
        dl__free(label);
        label = NULL;
    }
    return label;
}

dl_status dl_dataset_labels(dl_dataset *d, int32_t field, int64_t *label, int64_t n)
{
    dl_ctx *ctx = d ? d->base.ctx : NULL;
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (n != dl_dataset_size(d) || (n > 0 && !label))
        return dl_fail(ctx, DL_EINVAL,
                       "dataset_labels: there is room for %lld labels, the dataset has %lld "
                       "examples",
                       (long long)(label ? n : 0), (long long)dl_dataset_size(d));
    int64_t *got = dl__dataset_labels(d, field, "dataset_labels");
    if (got && n > 0)
        memcpy(label, got, (size_t)n * sizeof *label);
    dl__free(got);
    return ctx->status;
}
