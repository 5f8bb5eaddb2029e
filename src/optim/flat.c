/* The memory of an optimizer: all gradients in one flat array of each element type, and state
 * arrays of the same form. A parameter has the same stretch of each, laid out in memory as it is
 * itself, so that an update runs over plain arrays whatever the strides. */
#include <string.h>
#include "autograd/autograd.h"
#include "autograd/elementwise.h"
#include "core/check.h"
#include "optim/optim.h"

enum { LINE = 16 }; /* elements; parameters begin at multiples of it: 64 bytes of f32 */

static int kind(const dl__slice *s)
{
    return s->param->dtype == DL_F64;
}

/* Gives every parameter its stretch. total[f]: elements of the arrays of f32 and f64, -1 where no
 * parameter has the type. */
static dl_status measure(dl_optim *o, int64_t total[2])
{
    total[0] = total[1] = -1;
    for (int32_t i = 0; i < o->n; i++) {
        dl__slice *s = &o->slice[i];
        int64_t *end = &total[kind(s)], lines = s->n / LINE + (s->n % LINE != 0);
        s->at = *end < 0 ? 0 : *end;
        if (!dl__add_i64(s->at, lines * LINE, end))
            return dl_fail(o->base.ctx, DL_ELIMIT, "optim_%s: the parameters are too many to count",
                           o->cls->name);
    }
    return DL_OK;
}

/* An array of n elements, zeroed. */
static dl_tensor *array(const dl_optim *o, int f64, int64_t n)
{
    dl__shape s;
    if (dl__shape_check(o->base.ctx, "optim", f64 ? DL_F64 : DL_F32, &n, 1, &s) != DL_OK)
        return NULL;
    dl_tensor *t = dl__tensor_new(o->base.ctx, &s, o->meta ? 1 : -1);
    if (t && !o->meta)
        memset(t->storage->data, 0, t->storage->bytes);
    return t;
}

/* State array k for n elements. */
static dl_tensor *state(const dl_optim *o, int f64, int64_t n, int32_t k)
{
    dl_tensor *t = array(o, f64, n);
    const double first = o->cls->first ? o->cls->first(o->hyper, k) : 0;
    if (t && !o->meta && first != 0)
        dl__fill_elements(t, first);
    return t;
}

static dl_tensor *part(const dl_optim *o, const dl__slice *s, const dl_tensor *of)
{
    dl__shape shape = dl__dense_like(s->param);
    shape.offset = s->at;
    return dl__tensor_over(o->base.ctx, &shape, of->storage);
}

/* Every parameter's part of the state array k of the parameters of one type. */
static dl_status share_out(dl_optim *o, int f64, int32_t k, dl_tensor *all)
{
    for (int32_t i = 0; all && i < o->n; i++) {
        dl__slice *s = &o->slice[i];
        if (kind(s) == f64 && !(s->slot[k] = part(o, s, all)))
            break;
    }
    dl_tensor_drop(all);
    return o->base.ctx->status;
}

dl_status dl__flat_make(dl_optim *o)
{
    dl_ctx *ctx = o->base.ctx;
    int64_t total[2];
    if (measure(o, total) != DL_OK)
        return ctx->status;
    for (int f = 0; f < 2; f++)
        if (total[f] >= 0 && !(o->flat[f] = array(o, f, total[f])))
            return ctx->status;
    for (int32_t i = 0; i < o->n; i++) {
        dl__slice *s = &o->slice[i];
        s->place = part(o, s, o->flat[kind(s)]);
        s->slot = s->place ? dl__calloc(ctx, (size_t)o->slots * sizeof *s->slot) : NULL;
        if (!s->slot)
            return ctx->status;
    }
    for (int f = 0; f < 2; f++)
        for (int32_t k = 0; total[f] >= 0 && k < o->slots; k++)
            if (share_out(o, f, k, state(o, f, total[f], k)) != DL_OK)
                return ctx->status;
    return DL_OK;
}

static void gather(const dl__slice *s)
{
    const dl__node *leaf = dl__node_of(s->param);
    if (!leaf || leaf->grad == s->place || dl__is_meta(s->param) != dl__is_meta(s->place))
        return;
    dl_tensor *old = dl_tensor_keep(dl_grad(s->param));
    if (old && !dl__is_meta(old))
        dl__copy_elements(s->place, old);
    if (dl__grad_place(s->param, s->place) == DL_OK)
        s->place->fresh = old == NULL;
    dl_tensor_drop(old);
}

void dl__flat_gather(dl_optim *o)
{
    for (int32_t i = 0; i < o->n; i++)
        gather(&o->slice[i]);
}

dl_tensor *dl_optim_flat(dl_optim *o)
{
    if (!o)
        return NULL;
    if (o->flat[0] && o->flat[1]) {
        dl_fail(o->base.ctx, DL_EUNSUPPORTED, "optim_flat: some parameters are f32, some f64");
        return NULL;
    }
    dl__flat_gather(o);
    return o->flat[0] ? o->flat[0] : o->flat[1];
}
