/* Layers that are one operation on their input. A line makes the whole layer, its class and its
 * constructor; the build finds the class by that line, which begins one.
 *
 *     DL__LAYER_OF(relu)                   dl_layer_relu(ctx): y = dl_relu(x)
 *     DL__LAYER_OF_AXIS(softmax)           dl_layer_softmax(ctx, int32_t axis)
 *     DL__LAYER_OF_NUMBER(elu, alpha)      dl_layer_elu(ctx, double alpha)
 *     DL__LAYER_OF_NUMBERS(hardtanh, low, high)
 *
 * Which numbers an operation takes, it says itself: the constructor tries it on no elements. */
#ifndef DL_LAYERS_ACTIVATION_H
#define DL_LAYERS_ACTIVATION_H
#include "layers/layer.h"

#define DL__LAYER_OF(op)                                                                           \
    static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,    \
                             int32_t n_out)                                                        \
    {                                                                                              \
        return dl__layer_unary(m, dl_##op, in, n_in, out, n_out);                                  \
    }                                                                                              \
    const dl_module_class dl__class_##op = {.name = #op, .forward = forward};                      \
    dl_module *dl_layer_##op(dl_ctx *ctx)                                                          \
    {                                                                                              \
        return dl_module_new(ctx, &dl__class_##op, NULL);                                          \
    }

#define DL__LAYER_OF_AXIS(op)                                                                      \
    typedef struct config {                                                                        \
        int32_t axis;                                                                              \
    } config;                                                                                      \
    static const dl_config_field fields[] = {DL__LAYER_FIELD(axis, I32)};                          \
    static dl_tensor *apply(dl_tensor *x, const config *c)                                         \
    {                                                                                              \
        return dl_##op(x, c->axis);                                                                \
    }                                                                                              \
    static dl_status init(dl_module *m, const void *p)                                             \
    {                                                                                              \
        return dl__layer_axis(m, ((const config *)p)->axis);                                       \
    }                                                                                              \
    DL__LAYER_WITH_CONFIG(op)                                                                      \
    dl_module *dl_layer_##op(dl_ctx *ctx, int32_t axis)                                            \
    {                                                                                              \
        return dl_module_new(ctx, &dl__class_##op, &(config){axis});                               \
    }

#define DL__LAYER_OF_NUMBER(op, a)                                                                 \
    typedef struct config {                                                                        \
        double a;                                                                                  \
    } config;                                                                                      \
    static const dl_config_field fields[] = {DL__LAYER_FIELD(a, F64)};                             \
    static dl_tensor *apply(dl_tensor *x, const config *c)                                         \
    {                                                                                              \
        return dl_##op(x, c->a);                                                                   \
    }                                                                                              \
    DL__LAYER_TRIED                                                                                \
    DL__LAYER_WITH_CONFIG(op)                                                                      \
    dl_module *dl_layer_##op(dl_ctx *ctx, double a)                                                \
    {                                                                                              \
        return dl_module_new(ctx, &dl__class_##op, &(config){a});                                  \
    }

#define DL__LAYER_OF_NUMBERS(op, a, b)                                                             \
    typedef struct config {                                                                        \
        double a, b;                                                                               \
    } config;                                                                                      \
    static const dl_config_field fields[] = {DL__LAYER_FIELD(a, F64), DL__LAYER_FIELD(b, F64)};    \
    static dl_tensor *apply(dl_tensor *x, const config *c)                                         \
    {                                                                                              \
        return dl_##op(x, c->a, c->b);                                                             \
    }                                                                                              \
    DL__LAYER_TRIED                                                                                \
    DL__LAYER_WITH_CONFIG(op)                                                                      \
    dl_module *dl_layer_##op(dl_ctx *ctx, double a, double b)                                      \
    {                                                                                              \
        return dl_module_new(ctx, &dl__class_##op, &(config){a, b});                               \
    }

/* ---- what the macros are made of ------------------------------------------------------------- */

#define DL__LAYER_FIELD(member, kind)                                                              \
    {                                                                                              \
#member, DL_CONFIG_##kind, (int32_t)offsetof(config, member), 1                            \
    }

/* init: apply on no elements refuses what it does not take. */
#define DL__LAYER_TRIED                                                                            \
    static dl_status init(dl_module *m, const void *p)                                             \
    {                                                                                              \
        dl_ctx *ctx = dl_module_ctx(m);                                                            \
        apply(dl_tensor_give(dl_tensor_zeros(ctx, ctx->opts.dtype, (const int64_t[]){0}, 1)), p);  \
        return ctx->status;                                                                        \
    }

/* The class of a file that has config, fields, init, and apply(x, config). */
#define DL__LAYER_WITH_CONFIG(op)                                                                  \
    static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,    \
                             int32_t n_out)                                                        \
    {                                                                                              \
        dl_status s = dl__layer_single(m, in, n_in, n_out);                                        \
        return s != DL_OK ? s : dl__layer_give(m, apply(in[0], dl_module_config(m)), out);         \
    }                                                                                              \
    const dl_module_class dl__class_##op = {                                                       \
        .name = #op,                                                                               \
        .config_size = sizeof(config),                                                             \
        .fields = fields,                                                                          \
        .n_fields = sizeof fields / sizeof *fields,                                                \
        .init = init,                                                                              \
        .forward = forward,                                                                        \
    };
#endif
