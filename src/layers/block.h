/* Residual blocks: convolutions with norms, and a shortcut around them. */
#ifndef DL_LAYERS_BLOCK_H
#define DL_LAYERS_BLOCK_H
#include "layers/layer.h"

/* Of the class of a block; its parts are children, so that folding and copies may change them. */
typedef struct dl__block_config {
    int32_t plain; /* 1: without a shortcut */
} dl__block_config;
enum { DL__BLOCK_FIELDS = 1 };
extern const dl_config_field dl__block_fields[DL__BLOCK_FIELDS];

/* A block while it is made. */
typedef struct dl__block {
    dl_ctx *ctx;
    dl_module *m, *norm; /* the block, and its last norm so far */
    dl_block_opts o;     /* with its defaults put in            */
    int32_t n;           /* convolutions so far                 */
    int64_t in, out;     /* channels of the block, and of the last convolution */
} dl__block;

/* Checks in, channels and o; the class's name is for messages. */
dl_status dl__block_begin(dl__block *b, dl_ctx *ctx, const dl_module_class *cls, int64_t in,
                          int64_t channels, const dl_block_opts *o);
/* Adds "convN", kernel x kernel to out channels with b's padding that keeps the size, and "bnN". */
void dl__block_conv(dl__block *b, int64_t out, int32_t kernel, int32_t stride, int32_t groups);
/* Adds the shortcut. The block; NULL after a failure. */
dl_module *dl__block_end(dl__block *b);

dl_status dl__block_init(dl_module *m, const void *config);
/* forward of a block of so many convolutions. */
dl_status dl__block_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                            int32_t n_out, int32_t convs);

/* A convolution feeds its norm. */
int32_t dl__block_chains(const dl_module *m, int32_t i);

/* The class of a file that has forward. */
#define DL__BLOCK_CLASS(block)                                                                     \
    {                                                                                              \
        .name = #block, .config_size = sizeof(dl__block_config), .fields = dl__block_fields,       \
        .n_fields = DL__BLOCK_FIELDS, .takes_children = 1, .init = dl__block_init,                 \
        .forward = forward, .chains = dl__block_chains,                                            \
    }
#endif
