/* Data sets of images: finding them, and telling sets apart by what they hold; picture files. */
#ifndef EXAMPLES_IMAGES_H
#define EXAMPLES_IMAGES_H
#include "dl/data.h"
#include "program.h"

enum { CLASSES = 10, FULL_PATH = PATH_BYTES + NAME_BYTES };

/* What lies in a folder of IDX files. */
typedef struct images_set {
    char path[FULL_PATH];
    char mark[32]; /* tells contents apart, whatever the folder is called */
    const char *name;
    int64_t rows, columns;
} images_set;

/* Sets path to the folder data, or if that is "" to where the library finds the set of that name.
 * 0, or an exit code after a message that ends with the remedy. */
int images_find(const char *program, dl_ctx *ctx, const char *data, const char *name,
                const char *remedy, images_set *set);
/* Sets mark, rows and columns to what d holds; d must not be empty. spread: looks all over it, for
 * sets that are sorted by class; else at its beginning. 0, or an exit code after a message. */
int images_mark(const char *program, dl_ctx *ctx, dl_dataset *d, int spread, images_set *set);
/* Finds the data: the folder data, or if that is "" MNIST, else Fashion-MNIST, where the library
 * looks. Opens one half of it, the caller's. 0, or an exit code after a message. */
int images_open(const char *program, dl_ctx *ctx, const char *data, int32_t split, images_set *set,
                dl_dataset **half);
/* Both halves, of one size of images; on failure both are NULL. */
int images_open_both(const char *program, dl_ctx *ctx, const char *data, images_set *set,
                     dl_dataset **train, dl_dataset **test);
/* The picture in the file path (JPEG, PNG, BMP) as nets take it: f32 [channels, rows, columns] from
 * 0 to 1, the caller's. It is resized to cover rows and columns, and its middle cut out; with
 * squash resized to them. NULL on failure, the error standing. */
dl_tensor *images_read(dl_ctx *ctx, const char *path, int32_t channels, int64_t rows,
                       int64_t columns, int squash);
/* The CLASSES names of the classes of the set of that name (NULL: not known). */
const char *const *images_classes(const char *name);
#endif
