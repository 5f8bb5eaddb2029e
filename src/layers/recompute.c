/* A module that keeps nothing for backward but its input: backward runs it again. */
#include "autograd/autograd.h"
#include "layers/layer.h"

static int32_t count(const dl_module *m)
{
    int32_t n = 1;
    for (int32_t i = 0; i < m->n_child; i++)
        n += count(m->child[i]);
    return n;
}

/* Puts the modes of the tree into note, in order, and those in note into the tree. */
static uint8_t *swap_modes(dl_module *m, uint8_t *note)
{
    const uint8_t mode = *note;
    *note++ = (uint8_t)m->training;
    m->training = mode;
    for (int32_t i = 0; i < m->n_child; i++)
        note = swap_modes(m->child[i], note);
    return note;
}

static uint8_t *note_modes(const dl_module *m, uint8_t *note)
{
    *note++ = (uint8_t)m->training;
    for (int32_t i = 0; i < m->n_child; i++)
        note = note_modes(m->child[i], note);
    return note;
}

/* In the modes it had. */
static dl_status run_again(dl__again *a, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                           int32_t n_out)
{
    dl_module *body = (dl_module *)(void *)a->held;
    if (count(body) != a->n_notes)
        return dl_fail(body->base.ctx, DL_ESTATE,
                       "backward of recompute: the module has other parts than when it ran");
    swap_modes(body, a->notes);
    const dl_status s = dl_module_call(body, in, n_in, out, n_out);
    swap_modes(body, a->notes);
    return s;
}

/* Runs body without recording, and records that it ran. operand: in, and body's parameters. */
static dl_status run(dl_module *body, dl__again *a, dl_tensor *const *operand, int32_t n,
                     dl_tensor **out, int32_t n_out)
{
    dl_ctx *ctx = body->base.ctx;
    a->ticket = ctx->ticket;
    a->fills = ctx->fills;
    const int32_t recording = dl_grad_enable(ctx, 0);
    dl_status s = dl_module_call(body, operand, a->n_given, out, n_out);
    dl_grad_enable(ctx, recording);
    /* Handles of their own: a module may give its input, or a parameter. */
    for (int32_t i = 0; i < n_out && s == DL_OK; i++)
        if (!(out[i] = dl_detach(out[i])))
            s = ctx->status;
    return s == DL_OK ? dl__record_again(ctx, a, operand, n, out, n_out) : s;
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    dl_ctx *ctx = m->base.ctx;
    dl_module *body = m->n_child > 0 ? m->child[0] : NULL;
    if (!body)
        return dl_fail(ctx, DL_ESTATE, "recompute: it has no body");
    if (n_in > DL__MAX_IN || n_out > DL__MAX_OUT)
        return dl_fail(ctx, DL_EINVAL, "recompute: %d inputs and %d outputs, at most %d and %d fit",
                       (int)n_in, (int)n_out, DL__MAX_IN, DL__MAX_OUT);
    const dl__table *t = dl__module_table(body);
    const int32_t n_modes = count(body), n = t ? n_in + t->n_param : 0;
    dl_tensor **operand =
        t ? dl__alloc(ctx, (size_t)n * sizeof(dl_tensor *) + (size_t)n_modes) : NULL;
    if (!operand)
        return ctx->status;
    for (int32_t i = 0; i < n; i++)
        operand[i] = i < n_in ? in[i] : t->all[t->param[i - n_in]].tensor;
    dl__again a = {.held = &body->base,
                   .run = run_again,
                   .n_given = n_in,
                   .n_notes = n_modes,
                   .notes = (uint8_t *)(operand + n)};
    note_modes(body, a.notes);
    const dl_status s = dl__recording(ctx, operand, n) ? run(body, &a, operand, n, out, n_out)
                                                       : dl_module_call(body, in, n_in, out, n_out);
    dl__free(operand);
    return s;
}

const dl_module_class dl__class_recompute = {
    .name = "recompute",
    .takes_children = DL_WRAPS_ONE,
    .forward = forward,
};

dl_module *dl_layer_recompute(dl_ctx *ctx, dl_module *body)
{
    static const char *const name = "";
    return dl__layer_container(ctx, &dl__class_recompute, NULL, &name, &body, 1);
}
