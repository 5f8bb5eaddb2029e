/* Reading values from a file into a module, in two steps: compare all names, then read all values,
 * and only then change anything. */
#ifndef DL_MODULE_LOAD_H
#define DL_MODULE_LOAD_H
#include "dl/io.h"
#include "module/module.h"

/* A name of the file, as the module would call it. */
typedef struct dl__offer {
    char *name;
    int32_t index; /* of the tensor in the file */
    int32_t used;
} dl__offer;

typedef struct dl__load {
    dl_ctx *ctx;
    const char *path;
    dl_safetensors *file;
    const dl__table *table;
    const dl_load_opts *opts;
    int adopt_dtype;  /* meta tensors take the float type of the file */
    dl__offer *offer; /* sorted by name */
    int32_t n_offer;
    int32_t *from;     /* for table entry i the tensor of the file, or -1 */
    dl_tensor **value; /* what it becomes, owned */
} dl__load;

/* Fills offer: names with the prefix cut off and the rules applied. */
dl_status dl__load_names(dl__load *l);
/* Fills from; lists in one message what does not fit. */
dl_status dl__load_match(dl__load *l);
#endif
