/* Comparing gradients with central differences. */
#include <math.h>
#include <string.h>
#include "autograd/autograd.h"
#include "core/text.h"

enum { MAX_IN = 32 };

/* The largest error so far, a NaN being larger than any, and where it is. */
typedef struct mismatch {
    double error, analytic, numeric;
    int64_t element;
    int32_t input;
} mismatch;

/* A function of several results: orders 1 and 2 are the same check of different functions. */
typedef struct subject {
    dl_ctx *ctx;
    dl_fn f;
    void *user;
    int32_t n_f;            /* inputs of f                                            */
    int32_t order;          /* 2: the results are the gradients of f's result         */
    uint64_t ticket, fills; /* random counters to replay from                     */
    dl_tensor *in[MAX_IN];  /* of f; for order 2 one more: the weights of f's result */
    int32_t n;
    double step;
    mismatch worst;
} subject;

static int moves(const dl_tensor *t)
{
    return t && t->history && !dl__node_of(t)->op;
}

/* Runs the subject: its results, NULL where there is none. They belong to the open scope. */
static dl_status evaluate(subject *s, int32_t create, dl_tensor **out, int32_t *n_out)
{
    dl_ctx *ctx = s->ctx;
    ctx->ticket = s->ticket;
    ctx->fills = s->fills;
    int32_t recording = dl_grad_enable(ctx, create || s->order == 2);
    out[0] = s->f(s->in, s->n_f, s->user);
    *n_out = 1;
    dl_status status = ctx->status;
    if (status == DL_OK && (!out[0] || out[0]->base.ctx != ctx || out[0]->dtype != DL_F64))
        status =
            dl_fail(ctx, DL_EUSER, "gradcheck: the function gave no f64 tensor of its context");
    if (status == DL_OK && s->order == 2) {
        dl_tensor *y = out[0], *wrt[MAX_IN];
        *n_out = 0;
        for (int32_t i = 0; y->history && i < s->n_f; i++)
            if (moves(s->in[i]))
                wrt[(*n_out)++] = s->in[i];
        if (*n_out > 0) /* a constant has no gradients */
            status = dl_gradients(&y, &s->in[s->n_f], 1, wrt, *n_out,
                                  create ? DL_GRAPH_CREATE : DL_GRAPH_RELEASE, out);
    }
    dl_grad_enable(ctx, recording);
    return status;
}

/* A fixed weight of element i of result k, about 0.5 .. 1.5. */
static double weight(int32_t k, int64_t i)
{
    uint64_t h = (uint64_t)(i + 1) * 0x9E3779B97F4A7C15u + (uint64_t)(k + 1) * 0xD1B54A32D192ED03u;
    h ^= h >> 29;
    h *= 0xBF58476D1CE4E5B9u;
    h ^= h >> 32;
    return 0.5 + (double)(h >> 11) * 0x1p-53;
}

static dl_tensor *weights(const dl_tensor *like, int32_t k)
{
    int64_t n = dl__count_of(like);
    double *w = dl__alloc(like->base.ctx, (size_t)n * sizeof *w);
    if (!w)
        return NULL;
    for (int64_t i = 0; i < n; i++)
        w[i] = weight(k, i);
    dl_tensor *t = dl_tensor_from(like->base.ctx, DL_F64, w, like->dims, like->ndim);
    dl__free(w);
    return t;
}

/* sum over results k and elements i of weight(k, i) * result. */
static dl_status weighted_sum(subject *s, long double *sum)
{
    dl_tensor *out[MAX_IN];
    int32_t n_out, mark = dl_scope_begin(s->ctx);
    dl_status status = mark < 0 ? mark : evaluate(s, 0, out, &n_out);
    *sum = 0;
    for (int32_t k = 0; status == DL_OK && k < n_out; k++) {
        if (!out[k])
            continue;
        int64_t n = dl__count_of(out[k]);
        double *y = dl__alloc(s->ctx, (size_t)n * sizeof *y);
        status = y ? dl_tensor_get(out[k], y, (size_t)n * sizeof *y) : s->ctx->status;
        for (int64_t i = 0; status == DL_OK && i < n; i++)
            *sum += (long double)weight(k, i) * y[i];
        dl__free(y);
    }
    dl_scope_end(s->ctx, mark);
    return status;
}

static void note(subject *s, int32_t input, int64_t element, double analytic, double numeric)
{
    double error = fabs(analytic - numeric) / fmax(1, fabs(numeric));
    if (isnan(s->worst.error) || error <= s->worst.error)
        return;
    s->worst = (mismatch){error, analytic, numeric, element, input};
}

/* Compares the gradient g (NULL: zeros) of input j with differences, element by element. */
static dl_status compare(subject *s, int32_t j, const double *g)
{
    dl_tensor *x = s->in[j];
    int64_t n = dl__count_of(x);
    for (int64_t i = 0; i < n; i++) {
        double *at = (double *)(void *)dl__element(x, i), old = *at,
               h = s->step * fmax(1, fabs(old));
        long double up, down;
        atomic_fetch_add(&x->storage->version, 1);
        *at = old + h;
        double high = *at;
        dl_status status = weighted_sum(s, &up);
        *at = old - h;
        double low = *at;
        if (status == DL_OK)
            status = weighted_sum(s, &down);
        *at = old;
        if (status != DL_OK)
            return status;
        note(s, j, i, g ? g[i] : 0, (double)((up - down) / ((long double)high - low)));
    }
    return DL_OK;
}

/* The analytic gradients of the weighted sum, into grads (which the open scope owns). */
static dl_status analytic(subject *s, dl_tensor *const *wrt, int32_t n_wrt, dl_tensor **grads)
{
    dl_tensor *out[MAX_IN], *result[MAX_IN], *seed[MAX_IN];
    int32_t n_out, n = 0;
    dl_status status = evaluate(s, 1, out, &n_out);
    for (int32_t k = 0; status == DL_OK && k < n_out; k++) {
        if (!out[k] || !out[k]->history)
            continue;
        result[n] = out[k];
        seed[n] = dl_tensor_give(weights(out[k], k));
        if (!seed[n++])
            status = s->ctx->status;
    }
    for (int32_t j = 0; j < n_wrt; j++)
        grads[j] = NULL;
    if (status == DL_OK && n > 0)
        status = dl_gradients(result, seed, n, wrt, n_wrt, DL_GRAPH_RELEASE, grads);
    return status;
}

/* Compares all gradients of the subject. */
static dl_status check(subject *s)
{
    dl_tensor *wrt[MAX_IN], *grads[MAX_IN];
    int32_t n_wrt = 0, mark = dl_scope_begin(s->ctx);
    for (int32_t j = 0; j < s->n; j++)
        if (moves(s->in[j]))
            wrt[n_wrt++] = s->in[j];
    dl_status status = mark < 0 ? mark : analytic(s, wrt, n_wrt, grads);
    for (int32_t j = 0, k = 0; j < s->n && status == DL_OK; j++) {
        if (!moves(s->in[j]))
            continue;
        size_t n = (size_t)dl__count_of(s->in[j]);
        double *g = grads[k] ? dl__alloc(s->ctx, n * sizeof *g) : NULL;
        if (grads[k])
            status = g ? dl_tensor_get(grads[k], g, n * sizeof *g) : s->ctx->status;
        if (status == DL_OK)
            status = compare(s, j, g);
        dl__free(g);
        k++;
    }
    dl_scope_end(s->ctx, mark);
    return status;
}

static dl_status check_inputs(dl_ctx *ctx, dl_tensor *const *in, int32_t n)
{
    int32_t moving = 0;
    for (int32_t i = 0; i < n; i++) {
        if (!in[i])
            continue;
        if (in[i]->base.ctx != ctx || dl__is_meta(in[i]))
            return dl_fail(ctx, DL_EINVAL, "gradcheck: input %d is meta or of another context",
                           (int)i);
        if (!moves(in[i]))
            continue;
        moving++;
        if (in[i]->dtype != DL_F64)
            return dl_fail(ctx, DL_EDTYPE, "gradcheck: tracked input %d is %s, wanted f64", (int)i,
                           dl_dtype_name(in[i]->dtype));
        if (dl__overlaps(in[i]))
            return dl_fail(ctx, DL_EINVAL, "gradcheck: elements of tracked input %d share memory",
                           (int)i);
    }
    return moving ? DL_OK : dl_fail(ctx, DL_ESTATE, "gradcheck: no input is a tracked leaf");
}

/* For order 2 the weights of f's result are one more input, tracked. */
static dl_tensor *add_weights(subject *s)
{
    int32_t mark = dl_scope_begin(s->ctx), n_out;
    if (mark < 0)
        return NULL;
    subject first = *s;
    first.order = 1;
    dl_tensor *y[MAX_IN], *w = NULL;
    if (evaluate(&first, 0, y, &n_out) == DL_OK && (w = weights(y[0], MAX_IN)))
        dl_grad_track(w, 1);
    dl_scope_end(s->ctx, mark);
    if (w && !w->history) {
        dl_tensor_drop(w);
        w = NULL;
    }
    return w;
}

static int usable(const dl_gradcheck_opts *o, int32_t n)
{
    for (size_t i = 0; i < sizeof o->reserved / sizeof *o->reserved; i++)
        if (o->reserved[i])
            return 0;
    return n < MAX_IN && o->order >= 0 && o->order <= 2 && o->step >= 0 && isfinite(o->step) &&
           o->tolerance >= 0;
}

/* Checks one order. */
static dl_status check_order(subject *s, const dl_gradcheck_opts *o)
{
    dl_status status = DL_OK;
    const double tolerance = o->tolerance > 0 ? o->tolerance : s->order == 1 ? 1e-6 : 1e-5;
    s->step = o->step > 0 ? o->step : s->order == 1 ? 1e-5 : 1e-4;
    s->n = s->n_f;
    if (s->order == 2) {
        if (!(s->in[s->n_f] = add_weights(s)))
            return s->ctx->status;
        s->n++;
    }
    status = check(s);
    if (s->order == 2)
        dl_tensor_drop(s->in[s->n_f]);
    const mismatch *w = &s->worst;
    if (status != DL_OK || w->error <= tolerance)
        return status;
    char a[DL__NUMBER], b[DL__NUMBER];
    return dl_fail(s->ctx, DL_ENUMERIC,
                   "gradcheck: order %d, input %d, element %lld: the gradient is %s, differences "
                   "say %s",
                   (int)s->order, (int)w->input, (long long)w->element,
                   dl__double_text(a, w->analytic), dl__double_text(b, w->numeric));
}

dl_status dl_gradcheck(dl_fn f, dl_tensor *const *in, int32_t n, void *user, double *worst,
                       const dl_gradcheck_opts *o)
{
    static const dl_gradcheck_opts defaults;
    o = o ? o : &defaults;
    dl_ctx *ctx = NULL;
    if (worst)
        *worst = NAN;
    for (int32_t i = 0; in && i < n && !ctx; i++)
        ctx = in[i] ? in[i]->base.ctx : NULL;
    if (!ctx || !f)
        return DL_EINVAL;
    if (!dl__ok(ctx))
        return ctx->status;
    if (!usable(o, n))
        return dl_fail(ctx, DL_EINVAL,
                       "gradcheck: at most %d inputs, order 1 or 2, step and tolerance not "
                       "negative, reserved 0 are wanted",
                       MAX_IN - 1);
    if (check_inputs(ctx, in, n) != DL_OK)
        return ctx->status;
    subject s = {
        .ctx = ctx, .f = f, .user = user, .n_f = n, .ticket = ctx->ticket, .fills = ctx->fills};
    memcpy(s.in, in, (size_t)n * sizeof *in);
    ctx->replaying++;
    dl_status status = DL_OK;
    for (s.order = 1; s.order <= (o->order ? o->order : 1) && status == DL_OK; s.order++)
        status = check_order(&s, o);
    ctx->replaying--;
    ctx->ticket = s.ticket;
    ctx->fills = s.fills;
    if (worst && (status == DL_OK || status == DL_ENUMERIC))
        *worst = s.worst.error;
    return status;
}
