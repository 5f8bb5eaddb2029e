#include "layer_check.h"

LAYER_TEST(softsign, dl_layer_softsign(ctx), dl_softsign(x))
