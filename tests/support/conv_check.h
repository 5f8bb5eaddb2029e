/* What the tests of convolutions share: the textbook's loops, and operations made from options. */
#ifndef DL_TESTS_CONV_CHECK_H
#define DL_TESTS_CONV_CHECK_H
#include "dl/conv.h"
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
#endif
