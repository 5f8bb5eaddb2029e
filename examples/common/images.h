/* MNIST and Fashion-MNIST: finding them, and telling sets apart by what they hold. */
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

/* Finds the data: the folder data, or if that is "" MNIST, else Fashion-MNIST, where the library
 * looks. Opens one half of it, the caller's. 0, or an exit code after a message. */
int images_open(const char *program, dl_ctx *ctx, const char *data, int32_t split, images_set *set,
                dl_dataset **half);
/* Both halves, of one size of images; on failure both are NULL. */
int images_open_both(const char *program, dl_ctx *ctx, const char *data, images_set *set,
                     dl_dataset **train, dl_dataset **test);
/* The CLASSES names of the classes of the set of that name (NULL: not known). */
const char *const *images_classes(const char *name);
#endif
