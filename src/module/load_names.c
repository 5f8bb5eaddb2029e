/* The names of a file, as the module would call them. */
#include <stdlib.h>
#include <string.h>
#include "module/load.h"

/* name with the first rule of "from=to,from=to" that fits applied; dl__free it. */
static char *renamed(dl_ctx *ctx, const char *name, const char *rules)
{
    while (rules && *rules) {
        const char *equal = strchr(rules, '=');
        size_t from = (size_t)(equal - rules), to = strcspn(equal + 1, ",");
        if (!strncmp(name, rules, from)) {
            size_t rest = strlen(name + from);
            char *p = dl__alloc(ctx, to + rest + 1);
            if (p) {
                memcpy(p, equal + 1, to);
                memcpy(p + to, name + from, rest + 1);
            }
            return p;
        }
        rules = equal[1 + to] ? equal + 1 + to + 1 : NULL;
    }
    return dl__strdup(ctx, name);
}

static dl_status check_rules(dl_ctx *ctx, const char *rules)
{
    for (const char *r = rules; r && *r;) {
        size_t n = strcspn(r, ",");
        const char *equal = memchr(r, '=', n);
        if (!equal || memchr(equal + 1, '=', n - (size_t)(equal + 1 - r)))
            return dl_fail(ctx, DL_EINVAL, "load: the rule \"%.*s\" is not \"from=to\"",
                           n < 200 ? (int)n : 200, r);
        r += r[n] ? n + 1 : n;
    }
    return DL_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const dl__offer *)a)->name, ((const dl__offer *)b)->name);
}

dl_status dl__load_names(dl__load *l)
{
    static const dl_load_opts defaults;
    const dl_load_opts *o = l->opts ? l->opts : &defaults;
    const char *prefix = o->prefix ? o->prefix : "";
    size_t cut = strlen(prefix);
    int32_t n = dl_safetensors_count(l->file);
    if (check_rules(l->ctx, o->rename) != DL_OK)
        return l->ctx->status;
    l->offer = dl__calloc(l->ctx, (size_t)n * sizeof *l->offer);
    for (int32_t i = 0; l->offer && i < n; i++) {
        const char *name = dl_safetensors_name(l->file, i);
        if (strncmp(name, prefix, cut) != 0)
            continue;
        dl__offer *offer = &l->offer[l->n_offer];
        *offer = (dl__offer){renamed(l->ctx, name + cut, o->rename), i, 0};
        if (!offer->name)
            return l->ctx->status;
        l->n_offer++;
    }
    if (l->n_offer)
        qsort(l->offer, (size_t)l->n_offer, sizeof *l->offer, by_name);
    for (int32_t i = 1; i < l->n_offer; i++)
        if (!strcmp(l->offer[i - 1].name, l->offer[i].name))
            return dl_fail(l->ctx, DL_EINVAL,
                           "load: the rules give two tensors of %.300s the name "
                           "\"%.200s\"",
                           l->path, l->offer[i].name);
    return l->ctx->status;
}
