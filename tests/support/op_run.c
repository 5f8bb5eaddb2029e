#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "autograd/autograd.h"
#include "support/op_run.h"

void op_refuse(const op_run *r, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    fail_msg("%s, case \"%s\", %s%s: %s%s%s", r->test->name, r->c->name, op_layout_name(r->layout),
             r->alias ? ", one operand twice" : "", text,
             dl_ctx_status(r->ctx) ? "; the context says " : "", dl_ctx_message(r->ctx));
}

void op_make_leaves(op_run *r, dl_dtype dtype, int track)
{
    for (int32_t i = 0; i < r->n; i++) {
        r->in[i] = op_leaf(r->ctx, r->c, i, dtype, r->layout, track);
        if (!r->in[i])
            op_refuse(r, "operand %d cannot be made", (int)i);
    }
}

void op_drop_leaves(op_run *r)
{
    for (int32_t i = 0; i < r->n; i++)
        dl_tensor_drop(r->in[i]);
}

op_run op_start(const op_test *test, const op_case *c, op_layout layout, int32_t threads)
{
    return (op_run){
        .test = test, .c = c, .layout = layout, .ctx = make_ctx(threads), .n = op_n_inputs(c)};
}

dl_tensor *op_call(dl_tensor *const *in, int32_t n, void *user)
{
    const op_run *r = user;
    dl_tensor *operand[OP_INPUTS];
    for (int32_t i = 0; i < n; i++) {
        operand[i] = r->alias && i == 1 ? operand[0] : op_view(in[i], &r->c->in[i], r->layout);
        if (!operand[i])
            return NULL;
    }
    r->ctx->ticket = 0;
    return r->test->fn(operand, n, r->c->user);
}

dl_tensor *op_must_call(op_run *r)
{
    dl_tensor *y = op_call(r->in, r->n, r);
    if (!y || dl_ctx_status(r->ctx))
        op_refuse(r, "no result");
    return y;
}

dl_tensor *op_weighting(const dl_tensor *y)
{
    int64_t dims[DL_MAX_DIMS], n = dl_tensor_count(y);
    for (int32_t i = 0; i < dl_tensor_ndim(y); i++)
        dims[i] = dl_tensor_dim(y, i);
    int meta = dl_tensor_meta(y), old = dl_meta_enable(dl_tensor_ctx(y), meta);
    dl_tensor *w = dl_tensor_zeros(dl_tensor_ctx(y), dl_tensor_dtype(y), dims, dl_tensor_ndim(y));
    dl_meta_enable(dl_tensor_ctx(y), old);
    char *p = w && !meta ? dl_tensor_edit(w) : NULL;
    for (int64_t i = 0; p && i < n; i++) {
        float v = (float)((double)((uint32_t)(i + 1) * 2654435761u >> 8) / 16777216.0 - 0.4);
        if (dl_tensor_dtype(y) == DL_F32)
            ((float *)(void *)p)[i] = v;
        else if (dl_tensor_dtype(y) == DL_F64)
            ((double *)(void *)p)[i] = (double)v;
    }
    return w ? dl_tensor_give(w) : NULL;
}

int op_differentiable(const op_run *r)
{
    return !(r->test->flags & OP_NO_GRADIENT);
}

int op_first_tracked(const op_run *r)
{
    for (int32_t i = 0; i < r->n; i++)
        if (r->c->in[i].kind == OP_TRACKED)
            return i;
    return -1;
}

void op_store(const op_run *r, op_result *out, int32_t part, const dl_tensor *t)
{
    out->dtype[part] = dl_tensor_dtype(t);
    out->n[part] = dl_tensor_count(t);
    out->bytes[part] = (size_t)out->n[part] * dl_dtype_size(out->dtype[part]);
    out->data[part] = calloc(1, out->bytes[part] + 1);
    assert_non_null(out->data[part]);
    if (dl_tensor_get(t, out->data[part], out->bytes[part]) != DL_OK)
        op_refuse(r, "part %d cannot be read", (int)part);
}

void op_forget(op_result *result)
{
    for (int32_t i = 0; i < OP_PARTS; i++)
        free(result->data[i]);
}

double op_element(const op_result *r, int32_t part, int64_t i)
{
    const void *p = r->data[part];
    switch (r->dtype[part]) {
    case DL_F32:
        return (double)((const float *)p)[i];
    case DL_F64:
        return ((const double *)p)[i];
    case DL_I32:
        return (double)((const int32_t *)p)[i];
    case DL_I64:
        return (double)((const int64_t *)p)[i];
    default:
        return (double)((const uint8_t *)p)[i];
    }
}

const char *op_part_name(int32_t part)
{
    static const char *const names[] = {"the value",
                                        "the gradient of in[0]",
                                        "the gradient of in[1]",
                                        "the gradient of in[2]",
                                        "the gradient of in[3]",
                                        "the gradient of in[4]",
                                        "the gradient of in[5]"};
    return names[part];
}

void op_expect_near(const op_run *r, const op_result *a, const op_result *b, int32_t first,
                    int32_t last, double tolerance)
{
    for (int32_t part = first; part <= last; part++) {
        if (!a->data[part] != !b->data[part] || a->n[part] != b->n[part])
            op_refuse(r, "%s has another size", op_part_name(part));
        double largest = 1e-3;
        for (int64_t i = 0; i < b->n[part]; i++)
            largest = fmax(largest, fabs(op_element(b, part, i)));
        for (int64_t i = 0; i < b->n[part]; i++) {
            double got = op_element(a, part, i), want = op_element(b, part, i);
            if (!(fabs(got - want) <= tolerance * largest))
                op_refuse(r, "%s, element %lld: got %.17g, want %.17g", op_part_name(part),
                          (long long)i, got, want);
        }
    }
}

void op_expect_equal(const op_run *r, const op_result *a, const op_result *b, const char *what)
{
    for (int32_t part = 0; part < OP_PARTS; part++) {
        if (!a->data[part] && !b->data[part])
            continue;
        if (!a->data[part] || !b->data[part] || a->bytes[part] != b->bytes[part] ||
            memcmp(a->data[part], b->data[part], a->bytes[part]) != 0)
            op_refuse(r, "%s has other bits %s", op_part_name(part), what);
    }
}

dl_status op_gradients(op_run *r, dl_tensor *y, int32_t graph, dl_tensor **grads)
{
    dl_tensor *wrt[OP_INPUTS], *found[OP_INPUTS] = {NULL}, *w = op_weighting(y);
    int32_t n = 0, at = 0;
    for (int32_t i = 0; i < r->n; i++)
        if (dl_grad_tracked(r->in[i]) && !(r->alias && i == 1))
            wrt[n++] = r->in[i];
    dl_status status = w ? dl_gradients(&y, &w, 1, wrt, n, graph, found) : dl_ctx_status(r->ctx);
    for (int32_t i = 0; i < r->n; i++)
        grads[i] = dl_grad_tracked(r->in[i]) && !(r->alias && i == 1) ? found[at++] : NULL;
    return status;
}

op_result op_compute_in(op_run *r, dl_dtype dtype, int32_t tracked)
{
    op_result out = {0}, before = {0}, after = {0};
    int64_t live = dl_ctx_live(r->ctx), used = dl_ctx_bytes(r->ctx, DL_BYTES_LIVE);
    op_make_leaves(r, dtype, 0);
    for (int32_t i = 0; i < r->n; i++) {
        op_store(r, &before, i, r->in[i]);
        if (r->c->in[i].kind == OP_TRACKED && (tracked < 0 || tracked == i))
            dl_grad_track(r->in[i], 1);
    }
    int32_t mark = dl_scope_begin(r->ctx);
    dl_tensor *y = op_must_call(r), *grads[OP_INPUTS] = {NULL};
    op_store(r, &out, 0, y);
    if (op_differentiable(r) && dl_grad_tracked(y) &&
        op_gradients(r, y, DL_GRAPH_RELEASE, grads) != DL_OK)
        op_refuse(r, "no gradients");
    for (int32_t i = 0; i < r->n; i++)
        if (grads[i])
            op_store(r, &out, i + 1, grads[i]);
    for (int32_t i = 0; i < r->n; i++)
        op_store(r, &after, i, r->in[i]);
    dl_scope_end(r->ctx, mark);
    op_expect_equal(r, &after, &before, "as an operand, after the call");
    op_drop_leaves(r);
    if (dl_ctx_live(r->ctx) != live || dl_ctx_bytes(r->ctx, DL_BYTES_LIVE) != used)
        op_refuse(r, "%lld objects and %lld bytes were left behind",
                  (long long)(dl_ctx_live(r->ctx) - live),
                  (long long)(dl_ctx_bytes(r->ctx, DL_BYTES_LIVE) - used));
    op_forget(&before);
    op_forget(&after);
    return out;
}

op_result op_compute(const op_test *test, const op_case *c, op_layout layout, dl_dtype dtype,
                     int32_t threads)
{
    op_run r = op_start(test, c, layout, threads);
    op_result out = op_compute_in(&r, dtype, -1);
    dl_ctx_drop(r.ctx);
    return out;
}
