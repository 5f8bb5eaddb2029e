/* Which tensor of a file goes where, and the one message that lists all that does not fit. */
#include <stdio.h>
#include <string.h>
#include "core/text.h"
#include "module/load.h"

enum { MISSING, UNEXPECTED, SHAPE, DTYPE, KINDS, LIST = 180 };

/* Names that do not fit in one way: how many, and the first few. */
typedef struct list {
    int32_t n;
    size_t used;
    int full;
    char text[LIST];
} list;

static void note(list *l, const char *what)
{
    size_t n = strlen(what), sep = l->n ? 2 : 0;
    l->n++;
    if (l->full || l->used + sep + n + 6 > LIST) {
        if (!l->full)
            l->used +=
                (size_t)snprintf(l->text + l->used, LIST - l->used, "%s...", sep ? ", " : "");
        l->full = 1;
        return;
    }
    l->used += (size_t)snprintf(l->text + l->used, LIST - l->used, "%s%s", sep ? ", " : "", what);
}

static int32_t find_offer(const dl__load *l, const char *name)
{
    int32_t low = 0, high = l->n_offer;
    while (low < high) {
        int32_t mid = low + (high - low) / 2;
        int c = strcmp(l->offer[mid].name, name);
        if (c == 0)
            return mid;
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return -1;
}

/* 1 when the tensor of entry i gets its value under another name. */
static int has_other_name(const dl__load *l, int32_t i)
{
    if (l->table->n == l->table->n_param + l->table->n_buffer)
        return 0; /* none has two: this must not take the square of their number */
    for (int32_t j = 0; j < l->table->n; j++)
        if (l->table->all[j].tensor == l->table->all[i].tensor && l->from[j] >= 0)
            return 1;
    return 0;
}

static void compare(const dl__load *l, const dl__named *to, int32_t index, list *kinds)
{
    const dl_tensor *t = to->tensor;
    int64_t dims[DL_MAX_DIMS];
    char what[LIST], a[64], b[64];
    int32_t ndim = dl_safetensors_ndim(l->file, index);
    for (int32_t i = 0; i < ndim && i < DL_MAX_DIMS; i++)
        dims[i] = dl_safetensors_dim(l->file, index, i);
    if (ndim != t->ndim || memcmp(dims, t->dims, (size_t)ndim * sizeof *dims) != 0) {
        snprintf(what, sizeof what, "%.60s is %s, wanted %s", to->name,
                 dl__shape_text(a, sizeof a, dims, ndim),
                 dl__shape_text(b, sizeof b, t->dims, t->ndim));
        note(&kinds[SHAPE], what);
    }
    dl_dtype dt = dl_safetensors_dtype(l->file, index);
    int adopted = l->adopt_dtype && dl__is_meta(t) && dl__is_float(dt) && dl__is_float(t->dtype);
    if (dt != t->dtype && !adopted) {
        snprintf(what, sizeof what, "%.60s is %s, wanted %s", to->name,
                 dl_safetensors_stored(l->file, index), dl_dtype_name(t->dtype));
        note(&kinds[DTYPE], what);
    }
}

static dl_status report(const dl__load *l, const list *kinds)
{
    static const char *const label[KINDS] = {"missing", "not of the module", "of another shape",
                                             "of another element type"};
    char text[KINDS * (LIST + 48)];
    size_t used = 0;
    for (int k = 0; k < KINDS; k++)
        if (kinds[k].n)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%d %s (%s)",
                                     used ? ", " : "", (int)kinds[k].n, label[k], kinds[k].text);
    if (!used)
        return DL_OK;
    dl_status code = kinds[MISSING].n || kinds[UNEXPECTED].n ? DL_EFORMAT
                     : kinds[SHAPE].n                        ? DL_ESHAPE
                                                             : DL_EDTYPE;
    return dl_fail(l->ctx, code, "load: %.200s: %s", l->path, text);
}

dl_status dl__load_match(dl__load *l)
{
    list kinds[KINDS] = {0};
    int32_t n = l->table->n;
    int partial = l->opts && l->opts->partial;
    l->from = dl__calloc(l->ctx, (size_t)n * sizeof *l->from);
    if (!l->from)
        return l->ctx->status;
    for (int32_t i = 0; i < n; i++) {
        int32_t at = find_offer(l, l->table->all[i].name);
        l->from[i] = at < 0 ? -1 : l->offer[at].index;
        if (at < 0)
            continue;
        l->offer[at].used = 1;
        compare(l, &l->table->all[i], l->from[i], kinds);
    }
    for (int32_t i = 0; i < n && !partial; i++)
        if (l->from[i] < 0 && !has_other_name(l, i))
            note(&kinds[MISSING], l->table->all[i].name);
    for (int32_t i = 0; i < l->n_offer && !partial; i++)
        if (!l->offer[i].used)
            note(&kinds[UNEXPECTED], l->offer[i].name);
    return report(l, kinds);
}
