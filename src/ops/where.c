/* cond ? a : b */
#include "ops/choose.h"
#include "tensor/iterate.h"

typedef uint32_t __attribute__((may_alias)) word32;
typedef uint64_t __attribute__((may_alias)) word64;

/* Elements are moved, not computed with: their size is all that counts. */
#define WHERE(size, type)                                                                          \
    static inline void flat_##size(int64_t n, type *restrict y, const uint8_t *cond,               \
                                   const type *a, int64_t sa, const type *b, int64_t sb)           \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const type yes = a[i * sa], no = b[i * sb];                                            \
            y[i] = cond[i] ? yes : no;                                                             \
        }                                                                                          \
    }                                                                                              \
    static void where_##size(int64_t n, char *const *p, const int64_t *step, const void *arg)      \
    {                                                                                              \
        type *y = (type *)(void *)p[0];                                                            \
        const uint8_t *cond = (const uint8_t *)p[1];                                               \
        const type *a = (const type *)(const void *)p[2], *b = (const type *)(const void *)p[3];   \
        (void)arg;                                                                                 \
        if (step[0] == size && step[1] == 1 && step[2] == size && step[3] == size)                 \
            flat_##size(n, y, cond, a, 1, b, 1);                                                   \
        else if (step[0] == size && step[1] == 1 && step[2] == 0 && step[3] == size)               \
            flat_##size(n, y, cond, a, 0, b, 1);                                                   \
        else if (step[0] == size && step[1] == 1 && step[2] == size && step[3] == 0)               \
            flat_##size(n, y, cond, a, 1, b, 0);                                                   \
        else                                                                                       \
            for (int64_t i = 0; i < n; i++) {                                                      \
                const char *from = p[1][i * step[1]] ? p[2] + i * step[2] : p[3] + i * step[3];    \
                *(type *)(void *)(p[0] + i * step[0]) = *(const type *)(const void *)from;         \
            }                                                                                      \
    }
WHERE(1, uint8_t)
WHERE(4, word32)
WHERE(8, word64)

void dl__where_run(dl_tensor *out, const dl_tensor *cond, const dl_tensor *a, const dl_tensor *b)
{
    static const dl__run by_size[] = {[1] = where_1, [4] = where_4, [8] = where_8};
    const dl_tensor *const operand[] = {out, cond, a, b};
    dl__walk w;
    dl__walk_plan(&w, operand, 4);
    dl__walk_run(out->base.ctx, &w, by_size[dl_dtype_size(out->dtype)], NULL);
}

dl_status dl__need_mask(const dl_call *c, const dl_tensor *mask)
{
    if (mask->dtype == DL_BOOL)
        return DL_OK;
    return dl_fail(c->ctx, DL_EDTYPE, "%s: the condition is %s, it wants bool", c->op->name,
                   dl_dtype_name(mask->dtype));
}

/* in: cond, a, b. */
static dl_status infer(const dl_call *c, dl_spec *out)
{
    if (dl__need_mask(c, c->in[0]) != DL_OK)
        return c->ctx->status;
    dl_tensor shape = dl__tensor_value(c->in[0]); /* takes part with its shape alone */
    dl_tensor *in[] = {c->in[1], c->in[2], &shape};
    dl_call same = *c;
    same.in = in;
    shape.dtype = in[0]->dtype;
    return dl__elementwise_infer_any(&same, out);
}

static dl_status forward(const dl_call *c)
{
    dl__where_run(c->out[0], c->in[0], c->in[1], c->in[2]);
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    for (int32_t i = 0; i < 2; i++)
        if (dl_call_wants(c, 1 + i))
            dx[1 + i] = dl__masked_zero(dy[0], c->in[0], 1 - i);
    return c->ctx->status;
}

const dl_op dl__op_where = {
    .name = "where", .saves_in = 1, .infer = infer, .forward = forward, .backward = backward};

dl_tensor *dl_where(dl_tensor *cond, dl_tensor *a, dl_tensor *b)
{
    return dl__apply3(&dl__op_where, cond, a, b, NULL);
}
