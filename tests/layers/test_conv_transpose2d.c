#include "support/conv_check.h"

int main(void)
{
    static const conv_layer layer = {"conv_transpose2d", 2, 1, dl_layer_conv_transpose2d,
                                     dl_conv_transpose2d};
    return conv_layer_main(&layer);
}
