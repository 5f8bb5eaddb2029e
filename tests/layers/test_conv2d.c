#include "support/conv_check.h"

int main(void)
{
    static const conv_layer layer = {"conv2d", 2, 0, dl_layer_conv2d, dl_conv2d};
    return conv_layer_main(&layer);
}
