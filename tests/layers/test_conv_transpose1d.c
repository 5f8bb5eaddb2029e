#include "support/conv_check.h"

int main(void)
{
    static const conv_layer layer = {"conv_transpose1d", 1, 1, dl_layer_conv_transpose1d,
                                     dl_conv_transpose1d};
    return conv_layer_main(&layer);
}
