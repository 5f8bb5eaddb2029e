/* Norms of gradients, and clipping to them. */
#include <math.h>
#include "core/text.h"
#include "kernels/loops.h"
#include "optim/optim.h"
#include "optim/vector.h"

/* A NaN passes. */
DL__LOOP1(clamp, x > s0 ? s0 : x < -s0 ? -s0 : x)

void dl__optim_clamp(dl_dtype dt, void *out, const void *x, int64_t n, double clip)
{
    const int64_t size = (int64_t)dl_dtype_size(dt), step[] = {size, size};
    const double arg[DL__ARGS] = {clip};
    dl__loops_get(&clamp, dt)(n, (char *[]){out, (char *)(uintptr_t)x}, step, arg);
}

typedef struct norm_job {
    const dl_optim *o;
    double clip;
    int weights; /* of the parameters, else of the gradients */
} norm_job;

static void norm_piece(void *arg, int64_t item)
{
    const norm_job *j = arg;
    const dl__piece *p = &j->o->piece[item];
    const dl__slice *s = &j->o->slice[p->slice];
    if (!s->g)
        return;
    const dl_dtype dt = s->param->dtype;
    const char *x = dl__data(j->weights ? s->param : s->g);
    double sum = 0;
    for (int64_t at = 0; at < p->n; at += DL__CHUNK) {
        double buffer[DL__CHUNK]; /* f32 or f64 */
        const int64_t n = p->n - at < DL__CHUNK ? p->n - at : DL__CHUNK;
        const void *from = x + (size_t)(p->first + at) * dl_dtype_size(dt);
        if (!isinf(j->clip))
            dl__optim_clamp(dt, buffer, from, n, j->clip);
        if (isinf(j->clip))
            sum += dl__optim_dot(dt, from, from, n);
        else
            sum += dl__optim_dot(dt, buffer, buffer, n);
    }
    j->o->part[item] = sum;
}

/* The 2-norm over all gradients found, their elements first clipped to clip (INFINITY: not), or
 * over their parameters; that of each goes to its g_norm or w_norm. The pieces of a parameter stand
 * together, in order. */
static double norms(dl_optim *o, double clip, int weights)
{
    norm_job j = {o, clip, weights};
    dl__optim_pieces(o, norm_piece, &j);
    double total = 0;
    for (int64_t item = 0; item < o->n_piece;) {
        const int32_t slice = o->piece[item].slice;
        dl__slice *s = &o->slice[slice];
        double sum = 0;
        for (; item < o->n_piece && o->piece[item].slice == slice; item++)
            sum += s->g ? o->part[item] : 0;
        *(weights ? &s->w_norm : &s->g_norm) = sqrt(sum);
        total += sum;
    }
    return sqrt(total);
}

double dl_optim_grad_norm(dl_optim *o)
{
    int32_t present;
    if (!o || !dl__ok(o->base.ctx) || dl__optim_look(o, &present) != DL_OK)
        return NAN;
    if (o->meta) {
        dl_fail(o->base.ctx, DL_ESTATE, "optim_grad_norm: the parameters are meta, without data");
        return NAN;
    }
    dl__fpmode host = dl__fpmode_enter();
    double norm = norms(o, INFINITY, 0);
    dl__fpmode_leave(host);
    return norm;
}

dl_status dl__optim_clip_scale(dl_optim *o, double *scale)
{
    *scale = 1;
    const int wanted = o->cls->wants_norms != 0;
    if ((o->clip_norm == 0 && !wanted) || o->meta)
        return DL_OK;
    if (wanted)
        norms(o, INFINITY, 1);
    const double norm = norms(o, o->clip_value > 0 ? o->clip_value : INFINITY, 0);
    if (o->clip_norm == 0)
        return DL_OK;
    if (!isfinite(norm)) {
        char text[DL__NUMBER];
        return dl_fail(o->base.ctx, DL_ENUMERIC,
                       "optim_step: the norm of the gradients is %s, wanted a finite one to clip",
                       dl__double_text(text, norm));
    }
    const double by = o->clip_norm / (norm + 1e-6);
    *scale = by < 1 ? by : 1;
    return DL_OK;
}

dl_status dl_optim_clip(dl_optim *o, double norm, double value)
{
    if (!o || !dl__ok(o->base.ctx))
        return o ? o->base.ctx->status : DL_EINVAL;
    dl_ctx *ctx = o->base.ctx;
    norm = dl__option(norm, 0);
    value = dl__option(value, 0);
    if (dl__option_range(ctx, "optim_clip", "norm", norm, INFINITY) != DL_OK ||
        dl__option_range(ctx, "optim_clip", "value", value, INFINITY) != DL_OK)
        return ctx->status;
    o->clip_norm = norm;
    o->clip_value = value;
    return DL_OK;
}
