/* Collecting: places, spans of time, sums. */
#include "autograd/profile.h"
#include <string.h>
#include "core/clock.h"

/* ---- memory below the cache ------------------------------------------------------------------ */

static void *grown(const dl__profile *p, void *old, size_t used, size_t bytes)
{
    void *q = dl__system_take(&p->ctx->opts, bytes);
    if (!q)
        return NULL;
    memset(q, 0, bytes);
    if (old) {
        memcpy(q, old, used);
        dl__system_give(&p->ctx->opts, old);
    }
    return q;
}

static void give(const dl__profile *p, void *block)
{
    if (block)
        dl__system_give(&p->ctx->opts, block);
}

static void profile_free(dl__profile *p)
{
    for (int32_t i = 0; i < p->n_sites; i++)
        give(p, p->sites[i].path);
    give(p, p->sites);
    give(p, p->tally);
    give(p, p->slot);
    give(p, p->moment);
    give(p, p);
}

/* ---- places ---------------------------------------------------------------------------------- */

/* A new site below up, or -1. */
static int32_t add_site(dl__profile *p, int32_t up, int32_t depth, const char *name)
{
    if (p->n_sites == p->cap_sites) {
        const int32_t cap = p->cap_sites ? 2 * p->cap_sites : 64;
        dl__site *q = grown(p, p->sites, (size_t)p->n_sites * sizeof *q, (size_t)cap * sizeof *q);
        if (!q)
            return -1;
        p->sites = q;
        p->cap_sites = cap;
    }
    const char *above = up > 0 && p->sites[up].depth >= 0 ? p->sites[up].path : "";
    const size_t a = strlen(above), n = strlen(name), dot = a > 0 && n > 0;
    char *path = dl__system_take(&p->ctx->opts, a + dot + n + 1);
    if (!path)
        return -1;
    memcpy(path, above, a);
    memcpy(path + a, ".", dot);
    memcpy(path + a + dot, name, n + 1);
    p->sites[p->n_sites] =
        (dl__site){.up = up, .depth = depth, .path = path, .name = path + a + dot};
    return p->n_sites++;
}

/* The child of the present site called name: found, or made; the present one where memory is
 * short. */
static int32_t child(dl__profile *p, const char *name)
{
    const int32_t up = p->site;
    int32_t at = p->sites[up].down;
    while (at && strcmp(p->sites[at].name, name) != 0)
        at = p->sites[at].next;
    if (at)
        return at;
    at = add_site(p, up, p->sites[up].depth + 1, name);
    if (at < 0) {
        p->short_of = 1;
        return up;
    }
    p->sites[at].next = p->sites[up].down;
    p->sites[up].down = at;
    return at;
}

/* ---- events and sums ------------------------------------------------------------------------- */

static void note(dl__profile *p, const dl__moment *m)
{
    if (p->n_moments == p->cap_moments && p->n_moments < p->most_moments) {
        int64_t cap = p->cap_moments ? 2 * p->cap_moments : 4096;
        cap = cap < p->most_moments ? cap : p->most_moments;
        dl__moment *q =
            grown(p, p->moment, (size_t)p->n_moments * sizeof *q, (size_t)cap * sizeof *q);
        if (q) {
            p->moment = q;
            p->cap_moments = cap;
        }
    }
    if (p->n_moments < p->cap_moments)
        p->moment[p->n_moments++] = *m;
    else
        p->left_out++;
}

static size_t hash(const dl__tally *t)
{
    uint64_t h = (uint64_t)(uintptr_t)t->name * 0x9E3779B97F4A7C15u;
    h ^= (uint64_t)(uint32_t)t->site * 0xD1B54A32D192ED03u + (uint64_t)(uint32_t)t->phase;
    h ^= h >> 29;
    return (size_t)(h * 0xBF58476D1CE4E5B9u >> 32);
}

static int same(const dl__tally *a, const dl__tally *b)
{
    return a->name == b->name && a->site == b->site && a->phase == b->phase;
}

/* Where key stands in the table, or would. */
static int32_t *slot_of(const dl__profile *p, const dl__tally *key)
{
    const size_t mask = (size_t)p->n_slots - 1;
    size_t at = hash(key) & mask;
    while (p->slot[at] && !same(&p->tally[p->slot[at] - 1], key))
        at = (at + 1) & mask;
    return &p->slot[at];
}

/* Room for one more sum, in a table that is at most half full. */
static int make_room(dl__profile *p)
{
    if (p->n_tally < p->cap_tally)
        return 1;
    const int32_t cap = p->cap_tally ? 2 * p->cap_tally : 128;
    dl__tally *t = grown(p, p->tally, (size_t)p->n_tally * sizeof *t, (size_t)cap * sizeof *t);
    if (t)
        p->tally = t;
    int32_t *slot = t ? grown(p, NULL, 0, 2 * (size_t)cap * sizeof *slot) : NULL;
    if (!slot)
        return 0;
    give(p, p->slot);
    p->slot = slot;
    p->n_slots = 2 * cap;
    p->cap_tally = cap;
    for (int32_t i = 0; i < p->n_tally; i++)
        *slot_of(p, &p->tally[i]) = i + 1;
    return 1;
}

static void add(dl__profile *p, const dl__tally *t)
{
    int32_t *slot = p->n_slots ? slot_of(p, t) : NULL;
    if (!slot || !*slot) {
        if (!make_room(p)) {
            p->short_of = 1;
            return;
        }
        slot = slot_of(p, t);
        p->tally[p->n_tally++] = (dl__tally){.name = t->name, .site = t->site, .phase = t->phase};
        *slot = p->n_tally;
    }
    dl__tally *sum = &p->tally[*slot - 1];
    sum->calls++;
    sum->ns += t->ns;
    sum->flops[0] += t->flops[0];
    sum->flops[1] += t->flops[1];
    sum->read += t->read;
    sum->written += t->written;
    sum->scratch = t->scratch > sum->scratch ? t->scratch : sum->scratch;
    sum->peak = t->peak > sum->peak ? t->peak : sum->peak;
}

/* ---- beginning ------------------------------------------------------------------------------- */

dl_status dl__profile_new(dl_ctx *ctx, int64_t most_moments)
{
    dl__profile *p = dl__system_take(&ctx->opts, sizeof *p);
    if (p) {
        *p = (dl__profile){.ctx = ctx, .most_moments = most_moments};
        if (add_site(p, 0, -1, "") < 0) {
            profile_free(p);
            p = NULL;
        }
    }
    if (!p)
        return dl_fail(ctx, DL_ENOMEM, "profile: memory is short");
    if (ctx->profiled)
        ctx->profile_free(ctx->profiled);
    p->serial = ++ctx->profiles;
    p->began = dl__nanoseconds();
    ctx->profile = ctx->profiled = p;
    ctx->profile_free = profile_free;
    return DL_OK;
}

/* ---- modules and nodes ----------------------------------------------------------------------- */

uint64_t dl__profile_here(const dl__profile *p)
{
    return (uint64_t)p->serial << 32 | (uint32_t)p->site;
}

void dl__profile_enter(dl__profile *p, const char *name, dl__place_mark *mark)
{
    *mark = (dl__place_mark){p->site, p->phase, dl__nanoseconds()};
    if (!p->site || name[0]) /* else it is wrapped, and has no place of its own */
        p->site = child(p, p->site ? name : "");
    p->open++;
}

void dl__profile_return(dl__profile *p, uint64_t here, dl__place_mark *mark)
{
    *mark = (dl__place_mark){p->site, p->phase, dl__nanoseconds()};
    p->site = here >> 32 == p->serial ? (int32_t)(uint32_t)here : 0;
    p->phase = DL__PHASE_BACKWARD;
    p->open++;
}

void dl__profile_leave(dl__profile *p, const char *name, const dl__place_mark *mark)
{
    const dl__moment m = {.name = name,
                          .site = p->site,
                          .phase = DL__PHASE_MODULE,
                          .began = mark->began - p->began,
                          .ns = dl__nanoseconds() - mark->began,
                          .live = -1};
    note(p, &m);
    p->open--;
    p->site = mark->site;
    p->phase = mark->phase;
}

/* ---- spans ----------------------------------------------------------------------------------- */

/* The peak inside a span: the context's is set to what is in use, and made good afterwards. */
void dl__span_open(dl_ctx *ctx, dl__span *s)
{
    dl__profile *p = s->profile;
    dl__memory *m = &ctx->memory;
    s->inner = p->inner;
    s->live = atomic_load(&m->live);
    s->peak = atomic_load(&m->peak);
    atomic_store(&m->peak, s->live);
    p->inner = 0;
    p->open++;
    s->began = dl__nanoseconds();
}

void dl__span_close(dl_ctx *ctx, const dl__span *s, const dl__tally *work)
{
    const int64_t ended = dl__nanoseconds(), ns = ended - s->began;
    dl__profile *p = s->profile;
    dl__memory *m = &ctx->memory;
    dl__tally t = *work;
    const int64_t live = atomic_load(&m->live), peak = atomic_load(&m->peak);
    if (s->peak > peak)
        atomic_store(&m->peak, s->peak);
    t.site = p->site;
    t.phase = t.phase == DL__PHASE_FORWARD ? p->phase : t.phase;
    t.ns = ns - p->inner;
    t.peak = peak;
    t.scratch = peak - (live > s->live ? live : s->live);
    if (t.name) {
        add(p, &t);
        note(p, &(dl__moment){.name = t.name,
                              .site = t.site,
                              .phase = t.phase,
                              .began = s->began - p->began,
                              .ns = ns,
                              .live = live,
                              .flops = t.flops[0] + t.flops[1]});
    }
    p->inner = s->inner + ns;
    p->open--;
}

static double bytes_of(const dl_tensor *t)
{
    return (double)dl__count_of(t) * (double)dl_dtype_size(t->dtype);
}

/* Without a count of its own an operation does one thing for each element of the largest of its
 * operands and results. */
static double elements(const dl_call *c)
{
    int64_t most = 0;
    for (int32_t i = 0; i < c->n_in + c->n_out; i++) {
        const dl_tensor *t = i < c->n_in ? c->in[i] : c->out[i - c->n_in];
        const int64_t n = t && dl__is_float(t->dtype) ? dl__count_of(t) : 0;
        most = n > most ? n : most;
    }
    return (double)most;
}

dl__tally dl__work_of(const dl_call *c)
{
    dl__tally t = {.name = c->op->name};
    int f64 = 0;
    if (!c->op->forward) /* a view */
        return t;
    for (int32_t i = 0; i < c->n_in; i++)
        if (c->in[i]) {
            t.read += bytes_of(c->in[i]);
            f64 |= c->in[i]->dtype == DL_F64;
        }
    for (int32_t i = 0; i < c->n_out; i++)
        t.written += bytes_of(c->out[i]);
    if (c->accumulate)
        t.read += bytes_of(c->out[0]);
    t.flops[f64] = c->op->flops ? c->op->flops(c) : elements(c);
    return t;
}

dl_status dl__profile_call(const dl_call *c, dl_status (*run)(const dl_call *c))
{
    dl__span span = {.profile = c->ctx->profile};
    dl__span_open(c->ctx, &span);
    const dl_status status = run(c);
    const int done = status == DL_OK && c->out[0] && !dl__is_meta(c->out[0]);
    const dl__tally none = {0}, work = done ? dl__work_of(c) : none;
    dl__span_close(c->ctx, &span, &work);
    return status;
}
