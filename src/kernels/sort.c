/* Keys are unsigned integers in the order wanted, with the index beside them, so that one sort
 * serves every type and both directions. */
#include <string.h>
#include "core/check.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/sort.h"

enum {
    RUN = 16,       /* items that insertion sorts best              */
    FEW = 16,       /* results that insertion keeps best            */
    CHUNK = 8,      /* keys looked at together                      */
    SHORT = 192,    /* items below which merging beats digits       */
    BLOCK = 256,    /* keys made at a time                          */
    SLACK = 64,     /* room that small k gets on top of 2 k         */
    SLOTS = 64,     /* rows sorted at once, at most                 */
    ITEMS = 1 << 20 /* of the scratch memory of all slots, about    */
};

typedef void (*loader)(const char *x, int64_t step, int64_t n, uint64_t flip, uint64_t *key);

typedef struct row_ptrs {
    char *value, *index;
    const char *x;
} row_ptrs;

typedef struct job {
    const dl__rows_plan *plan;
    int64_t n, k, room; /* of a row; of its result; items of each of the two buffers */
    int64_t rows, per_slot;
    int64_t value_along, x_along, index_along;
    size_t size; /* of an element */
    loader load;
    uint64_t flip; /* all ones: descending */
    void (*row)(const struct job *j, const row_ptrs *p, void *scratch);
    char *scratch;
    size_t slot_bytes;
} job;

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* ---- keys ------------------------------------------------------------------------------------ */

#define LOAD(name, type, ...)                                                                      \
    static void load_##name(const char *x, int64_t step, int64_t n, uint64_t flip, uint64_t *key)  \
    {                                                                                              \
        if (step == (int64_t)sizeof(type)) { /* vector code */                                     \
            const type *const t = (const void *)x;                                                 \
            for (int64_t i = 0; i < n; i++) {                                                      \
                const type v = t[i];                                                               \
                key[i] = (__VA_ARGS__) ^ flip;                                                     \
            }                                                                                      \
            return;                                                                                \
        }                                                                                          \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const type v = *(const type *)(const void *)(x + i * step);                            \
            key[i] = (__VA_ARGS__) ^ flip;                                                         \
        }                                                                                          \
    }

static inline uint32_t bits_f32(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static inline uint64_t bits_f64(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

/* The bits of a float grow with its magnitude: those of negative ones are turned around. v + 0
 * makes 0 of -0. */
#define ORDER(bits, top, all) ((bits) & (top) ? (all) ^ (bits) : (bits) | (top))
LOAD(f32, float, v != v ? UINT32_MAX : ORDER(bits_f32(v + 0), (uint32_t)1 << 31, UINT32_MAX))
LOAD(f64, double, v != v ? UINT64_MAX : ORDER(bits_f64(v + 0), (uint64_t)1 << 63, UINT64_MAX))
LOAD(i32, int32_t, (uint32_t)v ^ (uint32_t)1 << 31)
LOAD(i64, int64_t, (uint64_t)v ^ (uint64_t)1 << 63)
LOAD(u8, uint8_t, v)

/* The first place from i on of a key below the bound, which later ones of equal key are not; n if
 * there is none. */
static int64_t better(const uint64_t *key, int64_t i, int64_t n, uint64_t bound)
{
    for (; n - i >= CHUNK; i += CHUNK) {
        int any = 0;
        for (int k = 0; k < CHUNK; k++)
            any |= key[i + k] < bound;
        if (any)
            break;
    }
    while (i < n && key[i] >= bound)
        i++;
    return i;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* Keys of 32 bits and indices below 2^32 in one word: its order is that of both. */
#define item uint64_t
#define BEFORE(a, b) ((a) < (b))
#define DIGIT(it, pass) ((it) >> (32 + 8 * (pass)) & 255)
#define PASSES 4
#define MAKE(key, index) ((uint64_t)(key) << 32 | (uint64_t)(index))
#define KEY(it) ((it) >> 32)
#define INDEX(it) ((int64_t)((it)&UINT32_MAX))
#define NAME(x) narrow_##x
#include "kernels/sort.inc"

typedef struct pair {
    uint64_t key;
    int64_t index;
} pair;
#define item pair
#define BEFORE(a, b) ((a).key < (b).key || ((a).key == (b).key && (a).index < (b).index))
#define DIGIT(it, pass) ((it).key >> (8 * (pass)) & 255)
#define PASSES 8
#define MAKE(k, i) ((pair){(k), (i)})
#define KEY(it) ((it).key)
#define INDEX(it) ((it).index)
#define NAME(x) wide_##x
#include "kernels/sort.inc"

/* The rows of one slot. */
static void run_slot(void *arg, int64_t slot)
{
    const job *j = arg;
    const dl__rows_plan *plan = j->plan;
    const int64_t first = slot * j->per_slot, end = least(first + j->per_slot, j->rows);
    for (int64_t row = first; row < end; row++) {
        row_ptrs p = {plan->data[0], plan->data[2], plan->data[1]};
        int64_t rest = row;
        for (int32_t i = plan->ndim - 1; i >= 0; i--) {
            const int64_t at = rest % plan->dims[i];
            rest /= plan->dims[i];
            p.value += at * plan->steps[0][i];
            p.x += at * plan->steps[1][i];
            p.index += at * plan->steps[2][i];
        }
        j->row(j, &p, j->scratch + (size_t)slot * j->slot_bytes);
    }
}

static void choose(job *j, dl_dtype dt, int descending)
{
    const int wide = dt == DL_F64 || dt == DL_I64 || j->n > (int64_t)UINT32_MAX;
    static const loader loaders[] = {[DL_F32] = load_f32, [DL_F64] = load_f64, [DL_I32] = load_i32,
                                     [DL_I64] = load_i64, [DL_U8] = load_u8,   [DL_BOOL] = load_u8};
    j->load = (size_t)dt < sizeof loaders / sizeof *loaders ? loaders[dt] : NULL;
    j->size = dl_dtype_size(dt);
    j->flip = !descending ? 0 : wide ? UINT64_MAX : UINT32_MAX;
    j->row = wide ? wide_row : narrow_row;
    j->slot_bytes = wide ? sizeof(pair) : sizeof(uint64_t);
    j->room = j->k <= FEW ? j->k : j->k < j->n / 2 - SLACK ? 2 * j->k + SLACK : j->n;
}

dl_status dl__sort(dl_ctx *ctx, const dl__rows_plan *plan, dl_dtype dt, int descending, int64_t k)
{
    job j = {.plan = plan, .n = plan->n, .k = k, .rows = 1};
    size_t bytes;
    for (int32_t i = 0; i < plan->ndim; i++)
        j.rows *= plan->dims[i];
    if (j.rows == 0 || k == 0)
        return DL_OK;
    j.value_along = plan->along[0];
    j.x_along = plan->along[1];
    j.index_along = plan->along[2];
    choose(&j, dt, descending);
    if (!j.load)
        return dl_fail(ctx, DL_EDTYPE, "sort: element type %s has no order", dl_dtype_name(dt));
    const int64_t fit = ITEMS / j.room, slots = fit < 4 ? 4 : fit > SLOTS ? SLOTS : fit;
    j.per_slot = (j.rows + slots - 1) / slots;
    const int64_t used = (j.rows + j.per_slot - 1) / j.per_slot;
    if (!dl__mul_size((size_t)j.room, 2 * j.slot_bytes, &j.slot_bytes) ||
        !dl__mul_size(j.slot_bytes, (size_t)used, &bytes))
        return dl_fail(ctx, DL_ELIMIT,
                       "sort: the scratch memory has more bytes than can be counted");
    j.scratch = dl__alloc(ctx, bytes);
    if (!j.scratch)
        return dl_ctx_status(ctx);
    dl__parallel(ctx, used, run_slot, &j);
    dl__free(j.scratch);
    return DL_OK;
}
