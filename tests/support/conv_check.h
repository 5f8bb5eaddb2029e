/* What the tests of convolutions share: the textbook's loops, and operations made from options. */
#ifndef DL_TESTS_CONV_CHECK_H
#define DL_TESTS_CONV_CHECK_H
#include "dl/conv.h"
#include "dl/layers.h"
#include "support/op_check.h"

typedef dl_tensor *conv_function(dl_tensor *x, dl_tensor *w, dl_tensor *b, const dl_conv_opts *o);

/* call_conv2d, the function of an operation with options for user. */
#define OP_CONV(op)                                                                                \
    static dl_tensor *call_##op(dl_tensor *const *in, int32_t n, void *user)                       \
    {                                                                                              \
        return dl_##op(in[0], in[1], n > 2 ? in[2] : NULL, user);                                  \
    }
#define CONV(...)                                                                                  \
    &(dl_conv_opts)                                                                                \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

/* y = b + sum over taps of x w, in f64, one loop for each index; padding that is not zeros comes
 * from the index that the mode names. transposed: y[p stride - padding + k dilation] += x[p] w[k].
 * All axes are read as three. Row-major f64 tensors. */
dl_tensor *textbook_conv(dl_tensor *x, dl_tensor *w, dl_tensor *b, const dl_conv_opts *o,
                         int transposed);

/* An operation of convolution and the one of which it is the adjoint. */
typedef struct conv_pair {
    const char *name; /* conv2d */
    int32_t axes, transposed;
    conv_function *op, *adjoint;
} conv_pair;
/* op_main, and what a convolution is: the textbook's with a flipped kernel, linear, the adjoint of
 * its pair, the same for an example alone and among others; what it refuses. */
int conv_main(const op_test *test, const conv_pair *pair);

/* A layer of convolution and its operation. */
typedef struct conv_layer {
    const char *name; /* conv2d */
    int32_t axes, transposed;
    dl_module *(*make)(dl_ctx *ctx, int64_t in, int64_t out, const int32_t *kernel,
                       const dl_conv_opts *c, const dl_layer_opts *o);
    conv_function *op;
} conv_layer;
/* What every layer does, the operation's bits, weights as they lie in memory, costs, first values,
 * refusals; the result is main's. */
int conv_layer_main(const conv_layer *layer);
#endif
