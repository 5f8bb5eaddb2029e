#include "ops/conv.h"

dl_tensor *dl_conv2d(dl_tensor *x, dl_tensor *w, dl_tensor *b, const dl_conv_opts *o)
{
    return dl__conv_of(2, x, w, b, o);
}
