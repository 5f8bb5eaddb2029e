/* Reading a checkpoint: everything is read and checked first, then everything is changed. */
#include <stdio.h>
#include <string.h>
#include "core/text.h"
#include "core/utf8.h"
#include "dl/grad.h"
#include "dl/io.h"
#include "train/checkpoint.h"

enum { WORD = 64, KEY = 128 };

/* What is to be changed, once all of it is known to be good. */
typedef struct plan {
    dl_ctx *ctx;
    const char *path; /* for messages */
    dl_safetensors *file;
    dl__ckpt_list live; /* tensors to fill, by name    */
    dl_tensor **value;  /* what each becomes           */
    uint64_t ticket, fills;
    struct {
        int64_t steps, epoch, position;
        double lr;
        dl_tensor *counts; /* of an optimizer */
    } * part;
} plan;

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

static dl_status damaged(const plan *p, const char *key)
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

static dl_status read_head(plan *p)
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

static dl_status read_optim(plan *p, int32_t i, const dl__ckpt_part *part)
{
    const dl_optim *o = (const dl_optim *)(const void *)part->object;
    char key[KEY], lr[WORD];
    snprintf(key, sizeof key, "optim.%s", part->name);
    const char *text = dl_safetensors_meta(p->file, key);
    const char *class_name = text ? strstr(text, "class=") : NULL;
    int64_t slots;
    if (!class_name || !word_of(text, "lr", lr) || !dl__parse_double(lr, &p->part[i].lr) ||
        !(p->part[i].lr >= 0) || !int_of(text, "slots", &slots) ||
        !int_of(text, "steps", &p->part[i].steps) || p->part[i].steps < 0)
        return damaged(p, key);
    class_name += strlen("class=");
    if (strcmp(class_name, o->cls->name) != 0 || slots != o->cls->slots)
        return dl_fail(p->ctx, DL_ESTATE,
                       "%s: optimizer \"%s\" is %.64s with %lld state arrays there, %s "
                       "with %d here",
                       p->path, part->name, class_name, (long long)slots, o->cls->name,
                       (int)o->cls->slots);
    snprintf(key, sizeof key, "optim.%s#steps", part->name);
    int32_t at = dl_safetensors_find(p->file, key);
    if (at < 0 || dl_safetensors_dtype(p->file, at) != DL_I64 ||
        dl_safetensors_ndim(p->file, at) != 1 || dl_safetensors_dim(p->file, at, 0) != o->n)
        return damaged(p, key);
    p->part[i].counts = dl_safetensors_read(p->file, at);
    return p->part[i].counts ? DL_OK : p->ctx->status;
}

static dl_status read_loader(plan *p, int32_t i, const dl__ckpt_part *part)
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
    if (size != l->size || batch != l->batch || shuffle != l->shuffle || batches != l->batches)
        return dl_fail(p->ctx, DL_ESTATE,
                       "%s: loader \"%s\" had %lld examples in batches of %lld%s, "
                       "this one has %lld in batches of %lld%s",
                       p->path, part->name, (long long)size, (long long)batch,
                       shuffle ? ", shuffled" : "", (long long)l->size, (long long)l->batch,
                       l->shuffle ? ", shuffled" : "");
    return DL_OK;
}

static int same_dims(const dl_safetensors *f, int32_t at, const dl_tensor *t)
{
    int same = dl_safetensors_ndim(f, at) == t->ndim;
    for (int32_t k = 0; k < t->ndim && same; k++)
        same = dl_safetensors_dim(f, at, k) == t->dims[k];
    return same;
}

static const char *dims_text(const dl_safetensors *f, int32_t at, char *buf, size_t cap)
{
    int64_t dims[DL_MAX_DIMS];
    int32_t n = dl_safetensors_ndim(f, at);
    for (int32_t k = 0; k < n; k++)
        dims[k] = dl_safetensors_dim(f, at, k);
    return dl__shape_text(buf, cap, dims, n);
}

/* What keeps the file's tensor `at` from becoming live tensor i: DL_OK if nothing does. */
static dl_status mismatch(const plan *p, int32_t i, int32_t at)
{
    const dl_tensor *t = p->live.tensor[i];
    if (at < 0)
        return DL_EFORMAT;
    if (dl__is_meta(t))
        return DL_ESTATE;
    if (dl_safetensors_dtype(p->file, at) != t->dtype)
        return DL_EDTYPE;
    return same_dims(p->file, at, t) ? DL_OK : DL_ESHAPE;
}

/* Compares all names, types and shapes before any value is read; the message has the first
 * that does not fit, and how many more there are. */
static dl_status match(const plan *p)
{
    int32_t bad = 0, first = 0;
    for (int32_t i = 0; i < p->live.n; i++)
        if (mismatch(p, i, dl_safetensors_find(p->file, p->live.name[i])) != DL_OK && bad++ == 0)
            first = i;
    if (!bad)
        return DL_OK;
    const dl_tensor *t = p->live.tensor[first];
    const char *name = p->live.name[first];
    int32_t at = dl_safetensors_find(p->file, name);
    dl_status status = mismatch(p, first, at);
    char there[128] = "missing", here[128], more[48] = "";
    if (bad > 1)
        snprintf(more, sizeof more, " (and %d more like this)", (int)bad - 1);
    if (at >= 0)
        dims_text(p->file, at, there, sizeof there);
    return dl_fail(p->ctx, status, "%s: %s is %s%s%s in the file, %s %s%s here%s", p->path, name,
                   at < 0 ? "" : dl_safetensors_stored(p->file, at), at < 0 ? "" : " ", there,
                   dl_dtype_name(t->dtype), dl__shape_text(here, sizeof here, t->dims, t->ndim),
                   dl__is_meta(t) ? " without memory" : "", more);
}

static dl_status read_all(plan *p, const dl_ckpt *c)
{
    dl_status status = DL_OK;
    for (int32_t i = 0; i < c->n_part && status == DL_OK; i++) {
        status = dl__part_tensors(&p->live, &c->part[i]);
        if (status == DL_OK && c->part[i].kind == DL__PART_OPTIM)
            status = read_optim(p, i, &c->part[i]);
        if (status == DL_OK && c->part[i].kind == DL__PART_LOADER)
            status = read_loader(p, i, &c->part[i]);
    }
    if (status == DL_OK &&
        !(p->value = dl__calloc(p->ctx, (size_t)p->live.n * sizeof(dl_tensor *))))
        status = p->ctx->status;
    if (status == DL_OK)
        status = match(p);
    for (int32_t i = 0; i < p->live.n && status == DL_OK; i++) {
        p->value[i] = dl_safetensors_read(p->file, dl_safetensors_find(p->file, p->live.name[i]));
        status = p->ctx->status;
    }
    return status;
}

/* The texts of the file become those of c; all or none. */
static dl_status take_texts(const plan *p, dl_ckpt *c)
{
    dl_ckpt *fresh = dl_ckpt_new(p->ctx);
    dl_status status = fresh ? DL_OK : p->ctx->status;
    for (int32_t i = 0; i < dl_safetensors_meta_count(p->file) && status == DL_OK; i++) {
        const char *key = dl_safetensors_meta_key(p->file, i);
        if (strncmp(key, "text.", 5) == 0)
            status = dl_ckpt_set_text(fresh, key + 5, dl_safetensors_meta_value(p->file, i));
    }
    if (status == DL_OK) {
        dl__ckpt_text *text = c->text;
        int32_t n = c->n_text, cap = c->cap_text;
        c->text = fresh->text;
        c->n_text = fresh->n_text;
        c->cap_text = fresh->cap_text;
        fresh->text = text;
        fresh->n_text = n;
        fresh->cap_text = cap;
    }
    dl_ckpt_drop(fresh);
    return status;
}

/* Cannot fail. */
static void commit(plan *p, dl_ckpt *c)
{
    for (int32_t i = 0; i < p->live.n; i++) {
        atomic_fetch_add(&p->live.tensor[i]->storage->version, 1);
        dl__copy_elements(p->live.tensor[i], p->value[i]);
    }
    for (int32_t i = 0; i < c->n_part; i++) {
        void *object = c->part[i].object;
        if (c->part[i].kind == DL__PART_OPTIM) {
            dl_optim *o = object;
            o->steps = p->part[i].steps;
            o->lr = p->part[i].lr;
            for (int32_t k = 0; k < o->n; k++) {
                o->slice[k].steps = ((const int64_t *)(const void *)dl__data(p->part[i].counts))[k];
                dl_grad_zero(o->slice[k].param);
            }
        } else if (c->part[i].kind == DL__PART_MODULE) {
            dl_module_zero_grad(object);
        } else if (c->part[i].kind == DL__PART_LOADER) {
            dl_loader_seek(object, p->part[i].epoch, p->part[i].position);
        }
    }
    p->ctx->ticket = p->ticket;
    p->ctx->fills = p->fills;
}

dl_status dl__ckpt_load(dl_ckpt *c, const char *path, dl__ckpt_look look, void *user)
{
    dl_ctx *ctx = c->base.ctx;
    char shown[DL__SHOWN];
    plan p = {.ctx = ctx, .path = dl__printable(shown, sizeof shown, path), .live = {.ctx = ctx}};
    int32_t meta = dl_meta_enable(ctx, 0); /* values are data whatever the mode */
    p.file = dl_safetensors_open(ctx, path, NULL);
    p.part = p.file ? dl__calloc(ctx, (size_t)c->n_part * sizeof *p.part) : NULL;
    if (p.part && read_head(&p) == DL_OK && (!look || look(p.file, p.path, user) == DL_OK) &&
        read_all(&p, c) == DL_OK && take_texts(&p, c) == DL_OK)
        commit(&p, c);
    dl_meta_enable(ctx, meta);
    for (int32_t i = 0; p.value && i < p.live.n; i++)
        dl_tensor_drop(p.value[i]);
    for (int32_t i = 0; p.part && i < c->n_part; i++)
        dl_tensor_drop(p.part[i].counts);
    dl__free(p.value);
    dl__free(p.part);
    dl__list_end(&p.live);
    dl_safetensors_drop(p.file);
    return ctx->status;
}

dl_status dl_ckpt_load(dl_ckpt *c, const char *path)
{
    if (!c || !dl__ok(c->base.ctx))
        return c ? c->base.ctx->status : DL_EINVAL;
    if (!path)
        return dl_fail(c->base.ctx, DL_EINVAL, "checkpoint: the path is NULL");
    return dl__ckpt_load(c, path, NULL, NULL);
}
