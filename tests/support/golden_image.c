#include "support/golden_image.h"
#include <stdio.h>
#include <stdlib.h>
#include "dl/io.h"

dl_safetensors *golden_images(dl_ctx *ctx)
{
    dl_safetensors *s = dl_safetensors_open(ctx, DL_TESTS_DIR "/golden/images.safetensors", NULL);
    expect_ok(ctx);
    return s;
}

dl_tensor *golden_image(dl_safetensors *s, const char *kind, const char *name)
{
    char full[128];
    snprintf(full, sizeof full, "%s.%s", kind, name);
    int32_t i = dl_safetensors_find(s, full);
    assert_true(i >= 0);
    return dl_tensor_give(dl_safetensors_read(s, i));
}

int largest_difference(const dl_tensor *a, const dl_tensor *b)
{
    int most = 0;
    assert_int_equal(dl_tensor_dtype(a), DL_U8);
    assert_shape(a, dl_tensor_dim(b, 0), dl_tensor_dim(b, 1), dl_tensor_dim(b, 2));
    const unsigned char *p = dl_tensor_data(a), *q = dl_tensor_data(b);
    for (int64_t i = 0; i < dl_tensor_count(a); i++)
        most = abs(p[i] - q[i]) > most ? abs(p[i] - q[i]) : most;
    return most;
}
