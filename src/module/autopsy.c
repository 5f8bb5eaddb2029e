/* The file about the first NaN: writing it in the middle of an operation, and running it again. */
#include "dl/autopsy.h"
#include <stdio.h>
#include <string.h>
#include "autograd/autograd.h"
#include "io/safetensors.h"
#include "module/fields.h"
#include "module/module.h"
#include "tensor/iterate.h"

enum { NAME = 24, ATTRS = 16 };
static const char call_key[] = "dl.call", message_key[] = "dl.message";

/* Attributes as the members that fields.h knows; -1 when there are too many. */
static int32_t fields_of(const dl_op *op, dl_config_field *fields)
{
    if (op->n_attrs > ATTRS)
        return -1;
    for (int32_t i = 0; i < op->n_attrs; i++) {
        const dl_attr *a = &op->attrs[i];
        fields[i] = (dl_config_field){a->name, a->type == DL_ATTR_U64 ? DL_CONFIG_I64 : a->type,
                                      a->offset, a->count};
    }
    return op->n_attrs;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* {"version":1,"op":"linear","seed":42,"results":1,"operands":[[64,1],null],"attrs":{}}; of an
 * operand its strides. */
static char *describe(const dl_call *c)
{
    dl__text t = {.ctx = c->ctx};
    dl_config_field fields[ATTRS];
    const int32_t n = fields_of(c->op, fields);
    dl__text_add(&t, "{\"version\":1,\"op\":");
    dl__text_json(&t, c->op->name);
    dl__text_add(&t, ",\"seed\":");
    dl__text_i64(&t, (int64_t)c->ctx->opts.seed);
    dl__text_add(&t, ",\"results\":");
    dl__text_i64(&t, c->n_out);
    dl__text_add(&t, ",\"operands\":[");
    for (int32_t i = 0; i < c->n_in; i++) {
        dl__text_add(&t, i ? "," : "");
        dl__text_add(&t, c->in[i] ? "[" : "null");
        for (int32_t k = 0; c->in[i] && k < c->in[i]->ndim; k++) {
            dl__text_add(&t, k ? "," : "");
            dl__text_i64(&t, c->in[i]->strides[k]);
        }
        dl__text_add(&t, c->in[i] ? "]" : "");
    }
    dl__text_add(&t, "],\"attrs\":");
    dl__fields_put(&t, fields, n > 0 ? n : 0, c->attrs);
    dl__text_bytes(&t, "}", 2); /* with its NUL */
    if (dl__ok(c->ctx))
        return t.p;
    dl__free(t.p);
    return NULL;
}

static dl_status save(const dl_call *c, const char *path, const char *message)
{
    dl__st_item item[DL__MAX_IN];
    char name[DL__MAX_IN][NAME];
    int64_t room[DL__MAX_IN][2 * DL_MAX_DIMS];
    int32_t n = 0;
    dl_status status = DL_OK;
    for (int32_t i = 0; i < c->n_in && status == DL_OK; i++)
        if (c->in[i]) {
            snprintf(name[n], NAME, "operand.%d", (int)i);
            status = dl__st_describe(c->ctx, name[n], c->in[i], room[n], &item[n]);
            n++;
        }
    char *call = status == DL_OK ? describe(c) : NULL;
    if (call) {
        const char *const keys[] = {call_key, message_key}, *const values[] = {call, message};
        const dl_safetensors_save_opts o = {.checksums = 1};
        status = dl__st_save(c->ctx, path, item, n, keys, values, 2, &o);
    }
    dl__free(call);
    return c->ctx->status;
}

/* Appends to a message, which may be full. */
static void append(char message[DL__MESSAGE], const char *what, const char *why)
{
    const size_t at = strlen(message);
    snprintf(message + at, DL__MESSAGE - at, "; %s%s", what, why);
}

static void write_call(const dl_call *c, char message[DL__MESSAGE])
{
    dl_ctx *ctx = c->ctx;
    if (save(c, ctx->autopsy->path, message) == DL_OK) {
        append(message, "written to ", ctx->autopsy->path);
        return;
    }
    char why[DL__MESSAGE];
    memcpy(why, ctx->message, sizeof why);
    dl__forget(ctx);
    append(message, "not written: ", why);
}

dl_status dl_autopsy_save(dl_ctx *ctx, const char *path)
{
    if (!ctx)
        return DL_EINVAL;
    if (!dl__ok(ctx))
        return ctx->status;
    if (path && !path[0])
        return dl_fail(ctx, DL_EINVAL, "autopsy: the path is empty");
    if (path && !ctx->opts.check_finite)
        return dl_fail(ctx, DL_ESTATE,
                       "autopsy: results are not looked at; make the context with check_finite");
    struct dl__autopsy *a = NULL;
    if (path) {
        const size_t n = strlen(path) + 1;
        a = dl__alloc(ctx, sizeof *a + n);
        if (!a)
            return ctx->status;
        a->write = write_call;
        memcpy(a->path, path, n);
    }
    dl__free(ctx->autopsy);
    ctx->autopsy = a;
    return DL_OK;
}

/* ---- running it again ------------------------------------------------------------------------ */

typedef struct reader {
    dl_ctx *ctx;
    const char *path;
    dl_safetensors *file;
    json_t *call;
} reader;

static dl_status bad(const reader *r, const char *what)
{
    return dl_fail(r->ctx, DL_EFORMAT, "%.300s: in the call of an autopsy, %s", r->path, what);
}

static int get_i64(const json_t *o, const char *key, int64_t *v)
{
    const json_t *at = json_object_get(o, key);
    if (!json_is_integer(at))
        return 0;
    *v = json_integer_value(at);
    return 1;
}

/* The strides that order says, if they are those of a dense tensor of t's shape, else row-major. */
static dl__shape layout_of(const dl_tensor *t, const json_t *order)
{
    dl__shape s = dl__tensor_shape(t);
    int64_t stride[DL_MAX_DIMS], reach = 1;
    int32_t left = s.ndim;
    s.offset = 0;
    dl__row_major(s.ndim, s.dims, s.strides);
    if (json_array_size(order) != (size_t)s.ndim)
        return s;
    for (int32_t i = 0; i < s.ndim; i++)
        stride[i] = json_integer_value(json_array_get(order, (size_t)i));
    for (int taken[DL_MAX_DIMS] = {0}; left > 0; left--) {
        int32_t next =
            -1; /* the axis that continues what is dense so far; sizes of 1 fit anywhere */
        for (int32_t i = 0; i < s.ndim && next < 0; i++)
            if (!taken[i] && (s.dims[i] == 1 || stride[i] == reach))
                next = i;
        if (next < 0)
            return s;
        stride[next] = reach;
        reach *= s.dims[next];
        taken[next] = 1;
    }
    memcpy(s.strides, stride, sizeof stride);
    return s;
}

/* Operand i, in the innermost scope, laid out as it was; NULL without an error if it was absent. */
static dl_tensor *operand(const reader *r, int32_t i, const json_t *order)
{
    char name[NAME];
    snprintf(name, sizeof name, "operand.%d", (int)i);
    const int32_t at = dl_safetensors_find(r->file, name);
    if (json_is_null(order))
        return NULL;
    if (at < 0 || !json_is_array(order)) {
        bad(r, "an operand is missing");
        return NULL;
    }
    dl_tensor *t = dl_tensor_give(dl_safetensors_read(r->file, at));
    if (!t || json_array_size(order) == 0)
        return t;
    const dl__shape s = layout_of(t, order);
    dl_tensor *laid = dl_tensor_give(dl__tensor_new(r->ctx, &s, -1));
    if (laid)
        dl__copy_elements(laid, t);
    return laid;
}

static dl_status run(const reader *r, const dl_op *op, void *attrs)
{
    dl_config_field fields[ATTRS];
    dl_tensor *in[DL__MAX_IN], *out[DL__MAX_OUT];
    const json_t *order = json_object_get(r->call, "operands");
    const int32_t n = fields_of(op, fields);
    int64_t results, seed;
    if (n < 0 || dl__fields_read(json_object_get(r->call, "attrs"), fields, n, attrs))
        return bad(r, "the attributes are not those of the operation");
    if (!json_is_array(order) || json_array_size(order) != (size_t)op->replay_in)
        return bad(r, "the number of operands is not the operation's");
    if (!get_i64(r->call, "results", &results) || results != op->replay_out)
        return bad(r, "the number of results is not the operation's");
    if (!get_i64(r->call, "seed", &seed))
        return bad(r, "there is no seed");
    for (int32_t i = 0; i < op->replay_in; i++) {
        in[i] = operand(r, i, json_array_get(order, (size_t)i));
        if (!dl__ok(r->ctx))
            return r->ctx->status;
    }
    if (!in[0])
        return bad(r, "the first operand is missing");
    dl_ctx *ctx = r->ctx;
    const dl_ctx_opts opts = ctx->opts;
    struct dl__autopsy *autopsy = ctx->autopsy;
    ctx->opts.seed = (uint64_t)seed;
    ctx->opts.check_finite = 1;
    ctx->autopsy = NULL;
    dl_apply(op, in, op->replay_in, attrs, out, (int32_t)results);
    ctx->opts = opts;
    ctx->autopsy = autopsy;
    return ctx->status;
}

static dl_status replay(const reader *r)
{
    const char *name = json_string_value(json_object_get(r->call, "op"));
    int64_t version;
    if (!name || !get_i64(r->call, "version", &version))
        return bad(r, "there is no operation or no version");
    if (version != 1)
        return dl_fail(r->ctx, DL_EUNSUPPORTED, "%.300s: its version is %lld, this library reads 1",
                       r->path, (long long)version);
    const dl_op *op = dl__op_find(name);
    if (!op || op->replay_in == 0)
        return dl_fail(
            r->ctx, DL_EUNSUPPORTED, "%.300s: the operation \"%.100s\" %s", r->path, name,
            op ? "is not run on what a file says" : "is not known; dl_op_register it first");
    void *attrs = dl__calloc(r->ctx, op->attrs_size + 1);
    if (attrs)
        run(r, op, attrs);
    dl__free(attrs);
    return r->ctx->status;
}

dl_status dl__autopsy_replay(dl_ctx *ctx, const char *path, dl_safetensors *file, const char *text)
{
    const dl__json_part all = {text, strlen(text)};
    const reader r = {ctx, path, file, dl__json_load(ctx, path, text, all)};
    const int32_t recording = dl_grad_enable(ctx, 0), meta = dl_meta_enable(ctx, 0);
    const int32_t mark = dl_scope_begin(ctx);
    if (r.call && mark >= 0)
        replay(&r);
    json_decref(r.call);
    dl_scope_end(ctx, mark);
    dl_meta_enable(ctx, meta);
    dl_grad_enable(ctx, recording);
    return ctx->status;
}

dl_status dl_autopsy_replay(dl_ctx *ctx, const char *path)
{
    if (!ctx)
        return DL_EINVAL;
    if (!dl__ok(ctx))
        return ctx->status;
    if (!path || !path[0])
        return dl_fail(ctx, DL_EINVAL, "autopsy: replaying wants a path");
    dl_safetensors *file = dl_safetensors_open(ctx, path, NULL);
    const char *text = dl_safetensors_meta(file, call_key);
    if (file && !text)
        dl_fail(ctx, DL_EFORMAT, "%.300s: it is not the file of an autopsy", path);
    if (text)
        dl__autopsy_replay(ctx, path, file, text);
    dl_safetensors_drop(file);
    return ctx->status;
}
