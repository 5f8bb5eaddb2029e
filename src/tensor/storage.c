/* The memory that tensors share: owned, borrowed from the host, or only a size (meta). */
#include "tensor/tensor.h"

/* Data of our own follows the storage in one block: a cache line boundary after it. */
enum { DATA = (sizeof(dl__storage) + DL__ALIGN - 1) / DL__ALIGN * DL__ALIGN };

static void storage_destroy(dl__object *o, dl__dead *dead)
{
    dl__storage *s = (dl__storage *)o;
    (void)dead;
    if (s->planned)
        dl__memory_pretend(s->base.ctx, -s->planned);
    if (s->release)
        s->release(s->user);
}

dl__storage *dl__storage_new(dl_ctx *ctx, size_t bytes, int meta)
{
    dl__storage *s = dl__object_new_with(ctx, DATA, meta ? 0 : bytes, storage_destroy);
    if (!s)
        return NULL;
    atomic_init(&s->version, 0);
    s->bytes = bytes;
    s->meta = meta != 0;
    s->data = meta ? NULL : (char *)s + DATA;
    if (meta && ctx->planning) {
        s->planned = (long long)(dl__memory_block_bytes(ctx, DATA + bytes) -
                                 dl__memory_block_bytes(ctx, DATA));
        dl__memory_pretend(ctx, s->planned);
    }
    return s;
}

dl__storage *dl__storage_borrow(dl_ctx *ctx, void *data, size_t bytes, void (*release)(void *user),
                                void *user)
{
    dl__storage *s = dl__object_new(ctx, sizeof *s, storage_destroy);
    if (!s) {
        if (release)
            release(user);
        return NULL;
    }
    atomic_init(&s->version, 0);
    s->data = data;
    s->bytes = bytes;
    s->borrowed = 1;
    s->release = release;
    s->user = user;
    return s;
}
