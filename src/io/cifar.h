/* The binary files of CIFAR-10 and CIFAR-100, on any source of bytes. */
#ifndef DL_IO_CIFAR_H
#define DL_IO_CIFAR_H
#include "io/source.h"

enum { DL__CIFAR_SIDE = 32, DL__CIFAR_PIXELS = 3 * 32 * 32 };

/* Records as they stand in the files: one label (CIFAR-10) or a coarse and a fine one (CIFAR-100),
 * each a byte, then the red, green and blue plane, row by row. */
typedef struct dl__cifar {
    int32_t labels;  /* 1 or 2                            */
    int64_t n, cap;  /* records, and those with room      */
    uint8_t *record; /* [n, labels + DL__CIFAR_PIXELS]    */
} dl__cifar;

/* Bytes of one record. */
int64_t dl__cifar_record(int32_t labels);
/* Adds the records of s to c. Nothing that is longer than the bytes of s justify is taken. */
dl_status dl__cifar_read(dl__source *s, dl__cifar *c);
#endif
