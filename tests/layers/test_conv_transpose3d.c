#include "support/conv_check.h"

int main(void)
{
    static const conv_layer layer = {"conv_transpose3d", 3, 1, dl_layer_conv_transpose3d,
                                     dl_conv_transpose3d};
    return conv_layer_main(&layer);
}
