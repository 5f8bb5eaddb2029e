/* A call of each function of dl/ctx.h and dl/tensor.h. */
#include <string.h>
#include "support/calls.h"

/* ---- dl/ctx.h -------------------------------------------------------------------------------- */

static void fill_scopes(world *w)
{
    while (w->ctx->n_scope < w->ctx->cap_scope)
        dl_scope_begin(w->ctx);
}

static dl_status new_context(void)
{
    dl_ctx *ctx = dl_ctx_new(NULL);
    dl_status status = looked(ctx != NULL);
    dl_ctx_drop(ctx);
    return status;
}

/* What changes an error is called on the other context: the one under test must keep its own. */
static dl_status clear(world *w)
{
    dl_fail(w->other, DL_EINVAL, "test: %d", 1);
    dl_ctx_clear(w->other);
    return looked(dl_ctx_status(w->other) == DL_OK);
}

static dl_status cancel(world *w)
{
    dl_ctx_cancel(w->other);
    dl_status status = looked(dl_ctx_cancelled(w->other) == 1);
    dl_ctx_clear(w->other);
    return status;
}

static dl_status message(world *w)
{
    char text[8];
    int64_t n = dl_ctx_message_copy(w->ctx, text, sizeof text);
    return looked(n == (int64_t)strlen(dl_ctx_message(w->ctx)) && strlen(text) < sizeof text);
}

/* The marks of scopes stay what they were. */
static dl_status scopes(world *w)
{
    int32_t mark = dl_scope_begin(w->ctx);
    if (mark > 0)
        dl_scope_end(w->ctx, mark);
    return mark > 0 ? DL_OK : mark;
}

static dl_status end_scope(world *w)
{
    dl_scope_end(w->ctx, 1 << 20);
    dl_scope_end(w->ctx, -1);
    return DL_OK;
}

#define CORE(X)                                                                                    \
    X(dl_ctx_new, LOOKS, NULL, new_context())                                                      \
    X(dl_ctx_keep, LOOKS, NULL, (dl_ctx_drop(dl_ctx_keep(w->ctx)), DL_OK))                         \
    X(dl_ctx_drop, LOOKS, NULL, (dl_ctx_drop(dl_ctx_keep(w->ctx)), DL_OK))                         \
    X(dl_ctx_status, LOOKS, NULL, looked(dl_ctx_status(w->ctx) <= 0))                              \
    X(dl_ctx_message, LOOKS, NULL, looked(dl_ctx_message(w->ctx) != NULL))                         \
    X(dl_ctx_message_copy, LOOKS, NULL, message(w))                                                \
    X(dl_ctx_clear, LOOKS, NULL, clear(w))                                                         \
    X(dl_ctx_cancel, LOOKS, NULL, cancel(w))                                                       \
    X(dl_ctx_cancelled, LOOKS, NULL, looked(dl_ctx_cancelled(w->ctx) == 0))                        \
    X(dl_ctx_live, LOOKS, NULL, looked(dl_ctx_live(w->ctx) > 0))                                   \
    X(dl_ctx_bytes, LOOKS, NULL, looked(dl_ctx_bytes(w->ctx, 1) >= dl_ctx_bytes(w->ctx, 0)))       \
    X(dl_ctx_trim, LOOKS, NULL, (dl_ctx_trim(w->ctx), DL_OK))                                      \
    X(dl_ctx_seed, LOOKS, NULL, looked(dl_ctx_seed(w->ctx) == 42))                                 \
    X(dl_ctx_threads, LOOKS, NULL, looked(dl_ctx_threads(w->ctx) == 2))                            \
    X(dl_ctx_dtype, LOOKS, NULL, looked(dl_ctx_dtype(w->ctx) == DL_F32))                           \
    X(dl_ctx_engine, LOOKS, NULL, looked(dl_ctx_engine(w->ctx) > 0))                               \
    X(dl_ctx_machine, LOOKS, NULL, looked(dl_ctx_machine(w->ctx, NULL, 0) > 0))                    \
    X(dl_scope_begin, MAKES, fill_scopes, scopes(w))                                               \
    X(dl_scope_end, LOOKS, NULL, end_scope(w))                                                     \
    X(dl_meta_enable, LOOKS, NULL, looked(dl_meta_enable(w->ctx, 0) == 0))                         \
    X(dl_status_name, LOOKS, NULL, looked(!strcmp(dl_status_name(DL_EIO), "DL_EIO")))              \
    X(dl_dtype_name, LOOKS, NULL, looked(!strcmp(dl_dtype_name(DL_U8), "u8")))                     \
    X(dl_dtype_size, LOOKS, NULL, looked(dl_dtype_size(DL_I64) == 8))                              \
    X(dl_version, LOOKS, NULL, looked(!strcmp(dl_version(), DL_VERSION_TEXT)))                     \
    X(dl_abi_version, LOOKS, NULL, looked(dl_abi_version() == DL_ABI))
CALL_TABLE(calls_core, CORE)

/* ---- dl/tensor.h ----------------------------------------------------------------------------- */

static float raw[16] = {1, 2, 3, 4};

static int released;
static void release(void *user)
{
    (void)user;
    released++;
}

static dl_status wrap(world *w)
{
    released = 0;
    dl_status s =
        owned(w, dl_tensor_wrap(w->ctx, DL_F32, raw, (const int64_t[]){4}, NULL, 1, release, NULL));
    return released == 1 ? s : UNEXPECTED;
}

static dl_status give(world *w)
{
    dl_tensor_give(dl_tensor_keep(w->x));
    return DL_OK;
}

static dl_status take(world *w)
{
    dl_tensor *t = dl_tensor_take(w->x);
    dl_tensor_drop(t);
    return looked(t == w->x);
}

static void make_tmp(world *w)
{
    w->tmp = dl_tensor_take(random_tensor(w->ctx, DL_F32, 20, DL_SHAPE(4, 4)));
}

#define TENSOR(X)                                                                                  \
    X(dl_tensor_zeros, MAKES, NULL, owned(w, dl_tensor_zeros(w->ctx, DL_F32, DL_SHAPE(2, 2))))     \
    X(dl_tensor_ones, MAKES, NULL, owned(w, dl_tensor_ones(w->ctx, DL_F32, DL_SHAPE(2, 2))))       \
    X(dl_tensor_full, MAKES, NULL, owned(w, dl_tensor_full(w->ctx, DL_F32, 2, DL_SHAPE(2, 2))))    \
    X(dl_tensor_arange, MAKES, NULL, owned(w, dl_tensor_arange(w->ctx, DL_F32, 0, 5, 1)))          \
    X(dl_tensor_eye, MAKES, NULL, owned(w, dl_tensor_eye(w->ctx, DL_F32, 2, 3)))                   \
    X(dl_tensor_rand, MAKES, NULL, owned(w, dl_tensor_rand(w->ctx, DL_F32, 0, 1, DL_SHAPE(4))))    \
    X(dl_tensor_randn, MAKES, NULL, owned(w, dl_tensor_randn(w->ctx, DL_F32, DL_SHAPE(4))))        \
    X(dl_tensor_randint, MAKES, NULL,                                                              \
      owned(w, dl_tensor_randint(w->ctx, DL_I32, 0, 9, DL_SHAPE(4))))                              \
    X(dl_tensor_permutation, MAKES, NULL, owned(w, dl_tensor_permutation(w->ctx, 5)))              \
    X(dl_tensor_from, MAKES, NULL, owned(w, dl_tensor_from(w->ctx, DL_F32, raw, DL_SHAPE(2, 2))))  \
    X(dl_tensor_wrap, MAKES, NULL, wrap(w))                                                        \
    X(dl_tensor_to, MAKES, NULL, owned(w, dl_tensor_to(w->ctx, w->foreign)))                       \
    X(dl_tensor_keep, LOOKS, NULL, (dl_tensor_drop(dl_tensor_keep(w->x)), DL_OK))                  \
    X(dl_tensor_drop, LOOKS, NULL, (dl_tensor_drop(dl_tensor_keep(w->x)), DL_OK))                  \
    X(dl_tensor_take, LOOKS, NULL, take(w))                                                        \
    X(dl_tensor_give, LOOKS, NULL, give(w))                                                        \
    X(dl_tensor_ctx, LOOKS, NULL, looked(dl_tensor_ctx(w->x) != NULL))                             \
    X(dl_tensor_dtype, LOOKS, NULL, looked(dl_tensor_dtype(w->x) == DL_F32))                       \
    X(dl_tensor_ndim, LOOKS, NULL, looked(dl_tensor_ndim(w->x) == 2))                              \
    X(dl_tensor_dim, LOOKS, NULL, looked(dl_tensor_dim(w->x, -1) == 4))                            \
    X(dl_tensor_stride, LOOKS, NULL, looked(dl_tensor_stride(w->x, 0) == 4))                       \
    X(dl_tensor_count, LOOKS, NULL, looked(dl_tensor_count(w->x) == 12))                           \
    X(dl_tensor_contiguous, LOOKS, NULL, looked(dl_tensor_contiguous(w->x) == 1))                  \
    X(dl_tensor_meta, LOOKS, NULL, looked(dl_tensor_meta(w->x) == 0))                              \
    X(dl_tensor_data, LOOKS, NULL, looked(dl_tensor_data(w->x) != NULL))                           \
    X(dl_tensor_item, LOOKS, NULL, looked(dl_tensor_item(w->one) == 1))                            \
    X(dl_tensor_get, LOOKS, NULL, dl_tensor_get(w->t, raw, sizeof raw))                            \
    X(dl_tensor_set, SETS, NULL, dl_tensor_set(w->t, raw, sizeof raw))                             \
    X(dl_tensor_copy, SETS, make_tmp, dl_tensor_copy(w->t, w->tmp))                                \
    X(dl_tensor_fill, SETS, NULL, dl_tensor_fill(w->t, 0.5))                                       \
    X(dl_tensor_edit, SETS, NULL, made(w, dl_tensor_edit(w->t)))                                   \
    X(dl_tensor_print, LOOKS, NULL, looked(dl_tensor_print(w->x, NULL, 0, NULL) > 0))
CALL_TABLE(calls_tensor, TENSOR)
