/* dl/init.h: first values of parameters. Each function overwrites the elements of t in logical
 * row-major order, with numbers that depend on the context's seed and on how many random fills
 * there were before, and on nothing else. Tensors are f32 or f64 (DL_EDTYPE). Meta tensors are
 * left alone, and draw nothing.
 *
 * fan_in and fan_out are the inputs and outputs that one output and one input are connected to.
 * Of a weight [out, in, k..] they are in * k.. and out * k..; fewer than two axes are DL_ESHAPE. */
#ifndef DL_INIT_H
#define DL_INIT_H
#include "dl/tensor.h"
#ifdef __cplusplus
extern "C" {
#endif

/* Ways to initialise a layer, dl_layer_opts.init. Biases are 0 except with DL_INIT_PYTORCH. */
enum {
    DL_INIT_DEFAULT = 0,   /* what the layer says; DL_INIT_HE_NORMAL, for ReLU               */
    DL_INIT_HE_NORMAL = 1, /* for ReLU                                                       */
    DL_INIT_HE_UNIFORM = 2,
    DL_INIT_GLOROT_NORMAL = 3, /* for tanh, sigmoid, softmax                                     */
    DL_INIT_GLOROT_UNIFORM = 4,
    DL_INIT_LECUN_NORMAL = 5, /* for SELU, or no activation                                     */
    DL_INIT_LECUN_UNIFORM = 6,
    DL_INIT_ORTHOGONAL = 7,
    DL_INIT_TRUNC_NORMAL = 8, /* deviation 0.02, cut at two deviations                          */
    DL_INIT_PYTORCH = 9,      /* weights and biases uniform on +-1 / sqrt(fan_in)               */
    DL_INIT_ZEROS = 10,
    DL_INIT_HE_NORMAL_OUT = 11 /* as DL_INIT_HE_NORMAL by fan_out: convolutions of residual nets */
};

enum { DL_FAN_IN = 0, DL_FAN_OUT = 1 };
typedef struct dl_init_opts {
    double gain;         /* factor on the deviation; 0: what the method says           */
    int32_t uniform;     /* 1: uniform on +-sqrt(3) deviations instead of normal       */
    int32_t fan;         /* he, lecun: DL_FAN_IN (forward), DL_FAN_OUT (backward)      */
    int64_t reserved[6]; /* must be zero                                               */
} dl_init_opts;

/* All elements value. */
DL_API dl_status dl_init_constant(dl_tensor *t, double value);
/* Uniform on [low, high), before rounding to the type of t, which may give high; finite, low <=
 * high. */
DL_API dl_status dl_init_uniform(dl_tensor *t, double low, double high);
/* Normal; deviation >= 0. */
DL_API dl_status dl_init_normal(dl_tensor *t, double mean, double deviation);
/* Normal, conditioned on lying in [low, high]; low < high, deviation > 0. */
DL_API dl_status dl_init_trunc_normal(dl_tensor *t, double mean, double deviation, double low,
                                      double high);
/* Deviation gain / sqrt(fan), gain sqrt(2): keeps the variance of a ReLU net. He et al., ICCV
 * 2015. */
DL_API dl_status dl_init_he(dl_tensor *t, const dl_init_opts *o);
/* Deviation gain * sqrt(2 / (fan_in + fan_out)), gain 1. Glorot and Bengio, AISTATS 2010. */
DL_API dl_status dl_init_glorot(dl_tensor *t, const dl_init_opts *o);
/* Deviation gain / sqrt(fan), gain 1. LeCun et al., Efficient BackProp, 1998. */
DL_API dl_status dl_init_lecun(dl_tensor *t, const dl_init_opts *o);
/* gain times a random matrix [out, in * k..] with orthonormal rows, or columns if there are fewer;
 * uniform among those. gain 0: 1. Saxe et al., ICLR 2014. */
DL_API dl_status dl_init_orthogonal(dl_tensor *t, double gain);
/* What a layer does: weight by method DL_INIT_*, bias (may be NULL) to go with it. */
DL_API dl_status dl_init_layer(dl_tensor *weight, dl_tensor *bias, int32_t method);

#ifdef __cplusplus
}
#endif
#endif
