/* MNIST and its relatives are handed around under several spellings of the same names. */
#include <string.h>
#include "io/idx.h"
#include "core/ctx.h"
#include "core/utf8.h"
#include "io/json.h"

/* Where the '-' or '.' before "idx3-" stands in the last part of name; NULL: nowhere. */
static const char *joint(const char *name)
{
    const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    for (const char *p = strstr(last, "idx"); p; p = strstr(p + 1, "idx")) {
        if (p > last && (p[-1] == '-' || p[-1] == '.') && p[3] >= '1' && p[3] <= '9' && p[4] == '-')
            return p - 1;
    }
    return NULL;
}

char *dl__idx_spelling(dl_ctx *ctx, const char *folder, const char *name, int k, int *none)
{
    const char *at = joint(name);
    size_t nf = strlen(folder), n = strlen(name);
    int slash = nf > 0 && folder[nf - 1] != '/', gz = n > 3 && !strcmp(name + n - 3, ".gz");
    *none = k >= 2 && !at;
    char *s = *none ? NULL : dl__alloc(ctx, nf + n + 5);
    if (!s)
        return NULL;
    memcpy(s, folder, nf);
    if (slash)
        s[nf] = '/';
    char *to = s + nf + slash;
    memcpy(to, name, n + 1);
    if (k >= 2)
        to[at - name] = *at == '-' ? '.' : '-';
    if (k % 2 && gz)
        to[n - 3] = '\0';
    else if (k % 2)
        memcpy(to + n, ".gz", 4);
    return s;
}

dl_status dl__idx_nothing(dl_ctx *ctx, const char *who, const char *const *folders, int32_t n,
                          const char *name)
{
    char shown[DL__SHOWN];
    dl__text t = {.ctx = ctx};
    for (int k = 0; k < DL__IDX_SPELLINGS; k++) {
        int none;
        char *s = dl__idx_spelling(ctx, "", name, k, &none);
        if (none)
            continue;
        if (!s)
            goto out;
        dl__text_add(&t, k ? "" : who);
        dl__text_add(&t, k ? ", " : ": there is none of ");
        dl__text_add(&t, dl__printable(shown, sizeof shown, s));
        dl__free(s);
    }
    for (int32_t i = 0, first = 1; i < n; i++) {
        if (!folders[i])
            continue;
        dl__text_add(&t, first ? " in " : ", ");
        dl__text_add(&t, dl__printable(shown, sizeof shown, folders[i]));
        first = 0;
    }
    dl__text_bytes(&t, "", 1);
    if (dl__ok(ctx))
        dl_fail(ctx, DL_EIO, "%s", t.p);
out:
    dl__free(t.p);
    return ctx->status;
}

dl_status dl__idx_find(dl_ctx *ctx, const char *who, const char *const *folders, int32_t n,
                       const char *name, char *path, size_t cap)
{
    char shown[DL__SHOWN];
    if (path && cap)
        path[0] = '\0';
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (n < 0 || (n && !folders) || !name || !name[0] || !path || !cap)
        return dl_fail(ctx, DL_EINVAL, "%s: folders, name or path is NULL or empty", who);
    for (int32_t i = 0; i < n; i++) {
        for (int k = 0; folders[i] && k < DL__IDX_SPELLINGS; k++) {
            int none;
            char *s = dl__idx_spelling(ctx, folders[i], name, k, &none);
            if (none)
                continue;
            if (!s)
                return ctx->status;
            int there = dl__file_exists(s);
            size_t length = strlen(s);
            if (there && length >= cap)
                dl_fail(ctx, DL_ELIMIT, "%s: %s has %zu bytes, there is room for %zu", who,
                        dl__printable(shown, sizeof shown, s), length, cap - 1);
            else if (there)
                memcpy(path, s, length + 1);
            dl__free(s);
            if (there)
                return ctx->status;
        }
    }
    return dl__idx_nothing(ctx, who, folders, n, name);
}

dl_status dl_idx_find(dl_ctx *ctx, const char *const *folders, int32_t n, const char *name,
                      char *path, size_t cap)
{
    return dl__idx_find(ctx, "idx", folders, n, name, path, cap);
}
