/* A layer from a C function. */
#include <string.h>
#include "dl/grad.h"
#include "layers/layer.h"

enum { NAME = 48 };

/* The function and its data; copies of the layer, in other contexts too, hold a reference. */
typedef struct holder {
    dl__object base;
    dl_fn fn;
    void *user;
    void (*release)(void *user);
} holder;

typedef struct config {
    holder *made; /* by the constructor, or held by the module that is copied */
    char name[NAME];
} config;

typedef struct state {
    holder *held;
} state;

static void destroy(dl__object *o, dl__dead *dead)
{
    const holder *h = (const holder *)(const void *)o;
    (void)dead;
    if (h->release)
        h->release(h->user);
}

static dl_status init(dl_module *m, const void *p)
{
    state *s = m->state;
    s->held = dl__object_keep(((const config *)p)->made);
    if (!s->held) /* a file that names this class */
        return dl_fail(m->base.ctx, DL_EUNSUPPORTED, "lambda: its function is not in a file");
    return DL_OK;
}

static void drop_held(dl_module *m)
{
    state *s = m->state;
    if (s)
        dl__object_drop(s->held);
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    const holder *h = ((const state *)m->state)->held;
    const config *c = m->config;
    dl_ctx *ctx = m->base.ctx;
    if (n_out != 1 || n_in < 1 || !in[0])
        return dl_fail(ctx, DL_EINVAL,
                       "lambda: called with %d inputs for %d outputs, it wants some and 1",
                       n_in == 1 && !in[0] ? 0 : (int)n_in, (int)n_out);
    dl_tensor *y = h->fn(in, n_in, h->user);
    if (y && y->base.ctx != ctx)
        return dl_fail(ctx, DL_EINVAL, "lambda: %s gives a tensor of another context", c->name);
    if (!y && dl__ok(ctx))
        return dl_fail(ctx, DL_EUSER, "lambda: %s failed without saying why", c->name);
    return dl__layer_give(m, y, out);
}

const dl_module_class dl__class_lambda = {
    .name = "lambda",
    .config_size = sizeof(config), /* without fields: a function cannot be saved */
    .state_size = sizeof(state),
    .init = init,
    .forward = forward,
    .free = drop_held,
};

static dl_status check(dl_ctx *ctx, const char *name, dl_fn fn)
{
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (!fn)
        return dl_fail(ctx, DL_EINVAL, "lambda: the function is NULL");
    if (!name || !name[0] || strlen(name) >= NAME)
        return dl_fail(ctx, DL_EINVAL, "lambda: the name is \"%.60s\", wanted 1 to %d characters",
                       name ? name : "", NAME - 1);
    return DL_OK;
}

dl_module *dl_layer_lambda(dl_ctx *ctx, const char *name, dl_fn fn, void *user,
                           void (*release)(void *user))
{
    config c = {0};
    if (check(ctx, name, fn) == DL_OK)
        c.made = dl__object_new(ctx, sizeof *c.made, destroy);
    if (!c.made) {
        if (release)
            release(user);
        return NULL;
    }
    c.made->fn = fn;
    c.made->user = user;
    c.made->release = release;
    memcpy(c.name, name, strlen(name));
    dl_module *m = dl_module_new(ctx, &dl__class_lambda, &c);
    dl__object_drop(c.made);
    return m;
}
