#include "ops/conv.h"

dl_tensor *dl_conv1d(dl_tensor *x, dl_tensor *w, dl_tensor *b, const dl_conv_opts *o)
{
    return dl__conv_of(1, x, w, b, o);
}
