#include "ops/local.h"

dl_tensor *dl_local1d(dl_tensor *x, dl_tensor *w, dl_tensor *b, const dl_conv_opts *o)
{
    return dl__local_of(1, x, w, b, o);
}
