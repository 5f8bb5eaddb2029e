/* A folder of pictures: finding the files, reading one. */
#ifndef DL_DATA_IMAGES_H
#define DL_DATA_IMAGES_H
#include "data/dataset.h"
#include "data/rooms.h"

/* Pictures by class: names and paths are of dl__strdup. */
typedef struct dl__image_list {
    dl_ctx *ctx;
    char **name; /* [n_classes] */
    int64_t n_classes, cap_classes;
    char **path; /* [n] */
    int32_t *label;
    int64_t n, cap;
    int32_t depth; /* of folders in the one of a class, while they are listed */
} dl__image_list;

/* All pictures of the folders in dir: classes and files sorted by bytes. classes, n_classes: those
 * that are wanted, in their order; 0: as found. On failure l is still to be ended. */
dl_status dl__images_list(dl__image_list *l, const char *dir, const char *const *classes,
                          int32_t n_classes);
void dl__images_list_end(dl__image_list *l);

/* How pictures are brought into one form, and the bytes of a room that each step takes for the
 * largest of them. */
enum { DL__IMAGE_STEPS = 5 };
typedef struct dl__image_form {
    int32_t channels, fit;
    int64_t h, w, shorter, max_pixels;
    size_t step[DL__IMAGE_STEPS];
} dl__image_form;

/* The size to resize h x w to, before the middle is taken. */
void dl__image_fit(const dl__image_form *f, int64_t h, int64_t w, int64_t *to_h, int64_t *to_w);
/* Looks at the front of the file at path, and makes the steps large enough for it. h and
 * w, if they are still 0, become those of the picture. On failure f is as it was. */
dl_status dl__image_look(dl_ctx *ctx, dl__image_form *f, const char *path);
/* Bytes of a room; 0: more than can be. */
size_t dl__image_room(const dl__image_form *f);
/* The picture at path as bytes [channels, h, w]; on any thread. */
dl_status dl__image_load(const dl__image_form *f, const char *path, char *room, uint8_t *out,
                         dl__error *e);
#endif
