/* Names of the classes of CIFAR. */
#ifndef DL_DATA_CIFAR_H
#define DL_DATA_CIFAR_H
#include "dl/ctx.h"

enum { DL__CIFAR_10, DL__CIFAR_FINE, DL__CIFAR_COARSE, DL__CIFAR_KINDS };

typedef struct dl__names {
    int32_t n;
    const char *const *name; /* [n]                                        */
    char *text;              /* what they lie in, NULL: they are constants */
    const char *own[100];
} dl__names;

/* The names that stand in folder beside the data, else those that were published. s must not move
 * until dl__names_end. */
dl_status dl__cifar_names(dl_ctx *ctx, dl__names *s, const char *folder, int32_t kind);
void dl__names_end(dl__names *s);
#endif
