#include "support/conv_check.h"

int main(void)
{
    static const conv_layer layer = {"conv3d", 3, 0, dl_layer_conv3d, dl_conv3d};
    return conv_layer_main(&layer);
}
