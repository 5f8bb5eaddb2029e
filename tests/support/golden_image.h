/* What tests/golden/make_images.py wrote: files of pictures, and what PIL makes of them. */
#ifndef DL_TESTS_GOLDEN_IMAGE_H
#define DL_TESTS_GOLDEN_IMAGE_H
#include "dl/io.h"
#include "support/support.h"

/* All of it; opened once, read by name. In the innermost scope. */
dl_safetensors *golden_images(dl_ctx *ctx);
dl_tensor *golden_image(dl_safetensors *s, const char *kind, const char *name);
/* The largest difference of two u8 tensors of one shape. */
int largest_difference(const dl_tensor *a, const dl_tensor *b);
#endif
