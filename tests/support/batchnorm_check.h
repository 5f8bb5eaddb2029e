/* What is tested of batch normalisation over pictures and over volumes. */
#ifndef DL_TESTS_BATCHNORM_CHECK_H
#define DL_TESTS_BATCHNORM_CHECK_H
#include "layer_check.h"

typedef struct batchnorm_kind {
    const char *name, *wanted; /* the class; the input as its message says it */
    int32_t ndim;
    layer_make make, make_plain, make_without_statistics; /* 3 channels, eps 0.25 */
} batchnorm_kind;

/* The result is main's. */
int batchnorm_main(const batchnorm_kind *kind);

#define BATCHNORM_TEST(name, ndim, wanted)                                                         \
    static dl_module *make(dl_ctx *ctx)                                                            \
    {                                                                                              \
        return dl_layer_##name(ctx, 3, &(dl_norm_opts){.eps = 0.25});                              \
    }                                                                                              \
    static dl_module *make_plain(dl_ctx *ctx)                                                      \
    {                                                                                              \
        return dl_layer_##name(ctx, 3, &(dl_norm_opts){.eps = 0.25, .no_affine = 1});              \
    }                                                                                              \
    static dl_module *make_without_statistics(dl_ctx *ctx)                                         \
    {                                                                                              \
        return dl_layer_##name(ctx, 3, &(dl_norm_opts){.eps = 0.25, .no_stats = 1, .no_bias = 1}); \
    }                                                                                              \
    int main(void)                                                                                 \
    {                                                                                              \
        return batchnorm_main(                                                                     \
            &(batchnorm_kind){#name, wanted, ndim, make, make_plain, make_without_statistics});    \
    }
#endif
