/* Pictures from files, as nets take them. */
#include "dl/image.h"
#include "images.h"

/* t resized to rows and columns; adopts t. */
static dl_tensor *resized(dl_tensor *t, int64_t rows, int64_t columns)
{
    dl_tensor *to = dl_image_resize(t, rows, columns);
    dl_tensor_drop(t);
    return to;
}

/* t as small as covers rows and columns, without what is too much on two sides; adopts t. */
static dl_tensor *covering(dl_tensor *t, int64_t rows, int64_t columns)
{
    int64_t h = dl_tensor_dim(t, 1), w = dl_tensor_dim(t, 2);
    if (h == 0 || w == 0)
        return t; /* there is none, the error stands */
    int flat = columns * h >= rows * w;
    t = resized(t, flat ? columns * h / w : rows, flat ? columns : rows * w / h);
    dl_tensor *middle = dl_image_center_crop(t, rows, columns);
    dl_tensor_drop(t);
    return middle;
}

dl_tensor *images_read(dl_ctx *ctx, const char *path, int32_t channels, int64_t rows,
                       int64_t columns, int squash)
{
    dl_tensor *t = dl_image_read(ctx, path, &(dl_image_opts){.channels = channels});
    t = squash ? resized(t, rows, columns) : covering(t, rows, columns);
    const int64_t shape[] = {channels, rows, columns};
    dl_tensor *image = t ? dl_tensor_zeros(ctx, DL_F32, shape, 3) : NULL;
    const uint8_t *from = dl_tensor_data(t);
    float *to = dl_tensor_edit(image);
    for (int64_t i = 0; to && i < dl_tensor_count(image); i++)
        to[i] = (float)from[i] / 255.0f;
    dl_tensor_drop(t);
    return image;
}
