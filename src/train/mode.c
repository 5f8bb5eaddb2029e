/* Remembering which parts of a net train. */
#include "module/module.h"
#include "train/train.h"

static int64_t count(const dl_module *m)
{
    int64_t n = 1;
    for (int32_t i = 0; i < m->n_child; i++)
        n += count(m->child[i]);
    return n;
}

static unsigned char *note(const dl_module *m, unsigned char *at)
{
    *at++ = (unsigned char)m->training;
    for (int32_t i = 0; i < m->n_child; i++)
        at = note(m->child[i], at);
    return at;
}

static const unsigned char *put_back(dl_module *m, const unsigned char *at)
{
    m->training = *at++;
    for (int32_t i = 0; i < m->n_child; i++)
        at = put_back(m->child[i], at);
    return at;
}

unsigned char *dl__modes_note(const dl_module *m)
{
    unsigned char *modes = dl__alloc(m->base.ctx, (size_t)count(m));
    if (modes)
        note(m, modes);
    return modes;
}

void dl__modes_put_back(dl_module *m, unsigned char *modes)
{
    if (modes)
        put_back(m, modes);
    dl__free(modes);
}
