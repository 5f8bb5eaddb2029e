/* Modules of test classes: what the library's layers do not have. */
#ifndef DL_TESTS_MODULES_H
#define DL_TESTS_MODULES_H
#include "dl/ext.h"
#include "dl/layers.h"
#include "support/support.h"

/* Adds "scale" (parameter, ones) times x; in training mode its buffer "count" ([1] f32) grows by
 * one. Config: the length of scale, and values of every type to be saved. */
typedef struct counter_config {
    int64_t n;
    int32_t kind[3];
    double rate;
} counter_config;
extern const dl_module_class counter_class; /* "test.counter" */
dl_module *make_counter(dl_ctx *ctx, int64_t n);
double counter_value(dl_module *m);

/* Two inputs (the second may be absent) and two outputs: their sum and their difference. */
extern const dl_module_class pair_class; /* "test.pair" */

/* A class whose init makes children: "first", a dense layer, and "rest", a sequential of one. It
 * takes more. */
extern const dl_module_class nest_class; /* "test.nest" */

/* dense(4, 3), tanh, residual(dense(3, 3)), counter(3). */
dl_module *make_net(dl_ctx *ctx);
#endif
