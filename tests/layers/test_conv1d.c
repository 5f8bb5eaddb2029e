#include "support/conv_check.h"

int main(void)
{
    static const conv_layer layer = {"conv1d", 1, 0, dl_layer_conv1d, dl_conv1d};
    return conv_layer_main(&layer);
}
