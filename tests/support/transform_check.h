/* A dataset of pictures, and what every dataset that changes pictures does. */
#ifndef DL_SUPPORT_TRANSFORM_CHECK_H
#define DL_SUPPORT_TRANSFORM_CHECK_H
#include <pthread.h>
#include <stdatomic.h>
#include "dl/augment.h"
#include "dl/ext.h"
#include "support/support.h"

typedef struct pictures {
    int64_t n, c, h, w;
    int32_t threads;      /* may be read on any thread                                           */
    atomic_llong broken;  /* this example cannot be read; -1: all can                            */
    pthread_t owner;      /* who made it                                                         */
    atomic_int strangers; /* reads on other threads                                              */
    atomic_int freed;     /* times that free was called                                          */
    atomic_ullong key;    /* of the last read                                                    */
} pictures;

enum { PICTURE, LABEL, NO_PICTURE, SAME_PICTURE, PICTURE_FIELDS };

/* n pictures of 3 by 8 by 10. */
void pictures_init(pictures *p, int64_t n);
/* Fields "image" f32 [c, h, w], pseudo-random in [0, 1) by i; "label" i64 [], i; "four" f32 [4];
 * "same", as "image". */
dl_dataset *pictures_dataset(dl_ctx *ctx, pictures *p);
/* The dataset over one picture of the values. */
dl_dataset *one_picture(dl_ctx *ctx, int64_t c, int64_t h, int64_t w, const double *values);

typedef struct transform_test {
    const char *name; /* "flip" for dl_dataset_flip */
    dl_dataset *(*make)(dl_dataset *inner, int32_t field);
    int32_t draws;         /* makes random choices                        */
    int32_t changes_label; /* fields beside the picture are not the same  */
} transform_test;

/* Examples do not depend on batches, order, threads or instruction set; epochs differ if it draws;
 * other fields pass; what cannot be read is named; wrong fields are refused; any allocation may
 * fail; inner is adopted. */
void transform_check(const transform_test *t);
#endif
