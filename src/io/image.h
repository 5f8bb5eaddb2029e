/* Pictures: what more than one file of dl/image.h needs. */
#ifndef DL_IO_IMAGE_H
#define DL_IO_IMAGE_H
#include "dl/image.h"

/* What dl_image_write_png writes, *n bytes at *data, for dl__free. On failure *data is NULL. */
dl_status dl__image_png(const dl_tensor *t, void **data, size_t *n);
#endif
