/* What a checkpoint says beside its tensors. */
#include <stdio.h>
#include <string.h>
#include "core/text.h"
#include "train/checkpoint_plan.h"

enum { WORD = 64, KEY = 128 };

static const int64_t MOST_STEPS = INT64_C(1) << 53;

/* The value of word in "word=value word=value"; 1 if it is there and fits. */
static int word_of(const char *text, const char *word, char *value)
{
    size_t n = strlen(word);
    for (const char *at = text; at; at = strchr(at, ' ')) {
        at += *at == ' ';
        if (strncmp(at, word, n) == 0 && at[n] == '=') {
            size_t length = strcspn(at + n + 1, " ");
            if (length >= WORD)
                return 0;
            memcpy(value, at + n + 1, length);
            value[length] = 0;
            return 1;
        }
    }
    return 0;
}

static dl_status damaged(const dl__plan *p, const char *key)
{
    return dl_fail(p->ctx, DL_EFORMAT,
                   "%s: the entry \"%s\" of this checkpoint is missing or damaged", p->path, key);
}

static int int_of(const char *text, const char *word, int64_t *value)
{
    char digits[WORD];
    return text && word_of(text, word, digits) && dl__parse_i64(digits, value);
}

static int u64_of(const char *text, const char *word, uint64_t *value)
{
    char digits[WORD];
    if (!text || !word_of(text, word, digits) || !*digits)
        return 0;
    *value = 0;
    for (const char *d = digits; *d; d++)
        if (*d < '0' || *d > '9' || __builtin_mul_overflow(*value, 10u, value) ||
            __builtin_add_overflow(*value, (uint64_t)(*d - '0'), value))
            return 0;
    return 1;
}

dl_status dl__plan_head(dl__plan *p)
{
    static const char key[] = "dl.checkpoint";
    const char *head = dl_safetensors_meta(p->file, key);
    int64_t version;
    uint64_t seed;
    if (!head)
        return dl_fail(p->ctx, DL_EFORMAT,
                       "%s: it is no checkpoint; dl_module_load reads weights alone", p->path);
    if (!int_of(head, "version", &version) || version < 1)
        return damaged(p, key);
    if (version > DL__CKPT_VERSION) {
        const char *by = dl_safetensors_meta(p->file, "dl.version");
        return dl_fail(p->ctx, DL_EUNSUPPORTED,
                       "%s: written by libdl %.32s in checkpoint layout %lld; this is libdl %s, "
                       "which reads layouts up to %d",
                       p->path, by ? by : "?", (long long)version, dl_version(), DL__CKPT_VERSION);
    }
    if (!u64_of(head, "ticket", &p->ticket) || !u64_of(head, "fills", &p->fills) ||
        !u64_of(head, "seed", &seed))
        return damaged(p, key);
    if (seed != p->ctx->opts.seed)
        return dl_fail(p->ctx, DL_ESTATE, "%s: it was made with seed %llu, this context has %llu",
                       p->path, (unsigned long long)seed, (unsigned long long)p->ctx->opts.seed);
    return DL_OK;
}

/* What its schedules were told. A schedule that keeps nothing does not ask for it. */
static dl_status read_sched(dl__plan *p, int32_t i, const dl__ckpt_part *part)
{
    const dl_optim *o = (const dl_optim *)(const void *)part->object;
    const int64_t n = dl__sched_get(o->sched, NULL);
    char key[KEY];
    if (n == 0)
        return DL_OK;
    snprintf(key, sizeof key, "optim.%s#sched", part->name);
    const int32_t at = dl_safetensors_find(p->file, key);
    if (at < 0 || dl_safetensors_ndim(p->file, at) != 1 || dl_safetensors_dim(p->file, at, 0) != n)
        return dl_fail(p->ctx, DL_ESTATE,
                       "%s: the schedule of optimizer \"%s\" was another one there, with %s state; "
                       "set this one after loading",
                       p->path, part->name, at < 0 ? "no" : "other");
    if (dl_safetensors_dtype(p->file, at) != DL_F64)
        return damaged(p, key);
    p->part[i].sched = dl_safetensors_read(p->file, at);
    return p->part[i].sched ? DL_OK : p->ctx->status;
}

/* What a rule keeps beside its arrays. Whether it is there, with its shape, is asked with the other
 * tensors. */
static dl_status check_numbers(const dl__plan *p, const dl__ckpt_part *part)
{
    const dl_optim *o = (const dl_optim *)(const void *)part->object;
    char key[KEY];
    if (!o->number)
        return DL_OK;
    snprintf(key, sizeof key, "optim.%s#number", part->name);
    const int32_t at = dl_safetensors_find(p->file, key);
    if (at < 0 || dl_safetensors_dtype(p->file, at) != DL_F64 ||
        dl_safetensors_ndim(p->file, at) != 1 ||
        dl_safetensors_dim(p->file, at, 0) != o->number->dims[0])
        return damaged(p, key);
    dl_tensor *number = dl_safetensors_read(p->file, at);
    if (number && !o->numbers_good(o, (const double *)(const void *)dl__data(number)))
        damaged(p, key);
    dl_tensor_drop(number);
    return p->ctx->status;
}

/* Updates of each parameter: counts, to which one can be added. */
static int counts_good(const dl_tensor *counts)
{
    const int64_t *count = (const int64_t *)(const void *)dl__data(counts);
    for (int64_t i = 0; i < counts->dims[0]; i++)
        if (count[i] < 0 || count[i] > MOST_STEPS)
            return 0;
    return 1;
}

static dl_status read_optim(dl__plan *p, int32_t i, const dl__ckpt_part *part)
{
    const dl_optim *o = (const dl_optim *)(const void *)part->object;
    char key[KEY], lr[WORD];
    snprintf(key, sizeof key, "optim.%s", part->name);
    const char *text = dl_safetensors_meta(p->file, key);
    const char *class_name = text ? strstr(text, "class=") : NULL;
    int64_t slots;
    if (!class_name || !word_of(text, "lr", lr) || !dl__parse_double(lr, &p->part[i].lr) ||
        !(p->part[i].lr >= 0) || !int_of(text, "slots", &slots) ||
        !int_of(text, "steps", &p->part[i].steps) || p->part[i].steps < 0 ||
        p->part[i].steps > MOST_STEPS)
        return damaged(p, key);
    class_name += strlen("class=");
    if (strcmp(class_name, o->cls->name) != 0 || slots != o->saved)
        return dl_fail(p->ctx, DL_ESTATE,
                       "%s: optimizer \"%s\" is %.64s with %lld state arrays there, %s "
                       "with %d here",
                       p->path, part->name, class_name, (long long)slots, o->cls->name,
                       (int)o->saved);
    snprintf(key, sizeof key, "optim.%s#steps", part->name);
    int32_t at = dl_safetensors_find(p->file, key);
    if (at < 0 || dl_safetensors_dtype(p->file, at) != DL_I64 ||
        dl_safetensors_ndim(p->file, at) != 1 || dl_safetensors_dim(p->file, at, 0) != o->n)
        return damaged(p, key);
    if (!(p->part[i].counts = dl_safetensors_read(p->file, at)))
        return p->ctx->status;
    if (!counts_good(p->part[i].counts))
        return damaged(p, key);
    return check_numbers(p, part) == DL_OK ? read_sched(p, i, part) : p->ctx->status;
}

static dl_status read_loader(dl__plan *p, int32_t i, const dl__ckpt_part *part)
{
    const dl_loader *l = (const dl_loader *)(const void *)part->object;
    char key[KEY];
    snprintf(key, sizeof key, "loader.%s", part->name);
    const char *text = dl_safetensors_meta(p->file, key);
    int64_t size, batch, shuffle, batches;
    if (!int_of(text, "epoch", &p->part[i].epoch) ||
        !int_of(text, "position", &p->part[i].position) || !int_of(text, "size", &size) ||
        !int_of(text, "batch", &batch) || !int_of(text, "batches", &batches) ||
        !int_of(text, "shuffle", &shuffle) || p->part[i].epoch < 0 || p->part[i].position < 0 ||
        p->part[i].position > batches)
        return damaged(p, key);
    if (size == l->size && batch == l->batch && batches == l->batches && shuffle != l->shuffle &&
        (shuffle > 1 || l->shuffle > 1))
        return dl_fail(p->ctx, DL_ESTATE,
                       "%s: loader \"%s\" drew its examples otherwise there (sample, weight)",
                       p->path, part->name);
    if (size != l->size || batch != l->batch || shuffle != l->shuffle || batches != l->batches)
        return dl_fail(p->ctx, DL_ESTATE,
                       "%s: loader \"%s\" had %lld examples in batches of %lld%s, "
                       "this one has %lld in batches of %lld%s",
                       p->path, part->name, (long long)size, (long long)batch,
                       shuffle ? ", shuffled" : "", (long long)l->size, (long long)l->batch,
                       l->shuffle ? ", shuffled" : "");
    return DL_OK;
}

/* The count divides. Whether it is there, with its shape, is asked with the other tensors. */
static dl_status read_average(dl__plan *p, const dl__ckpt_part *part)
{
    char key[KEY];
    snprintf(key, sizeof key, "average.%s#count", part->name);
    const int32_t at = dl_safetensors_find(p->file, key);
    if (at < 0 || dl_safetensors_dtype(p->file, at) != DL_I64 ||
        dl_safetensors_ndim(p->file, at) != 0)
        return damaged(p, key);
    dl_tensor *count = dl_safetensors_read(p->file, at);
    if (count && *(const int64_t *)(const void *)dl__data(count) < 0)
        damaged(p, key);
    dl_tensor_drop(count);
    return p->ctx->status;
}

dl_status dl__plan_part(dl__plan *p, int32_t i, const dl__ckpt_part *part)
{
    if (part->kind == DL__PART_OPTIM)
        return read_optim(p, i, part);
    if (part->kind == DL__PART_AVERAGE)
        return read_average(p, part);
    return part->kind == DL__PART_LOADER ? read_loader(p, i, part) : DL_OK;
}
