/* Mixing in one way alone: dl_dataset_mixup and dl_dataset_cutmix. */
#ifndef DL_SUPPORT_MIX_CHECK_H
#define DL_SUPPORT_MIX_CHECK_H
#include "support/transform_check.h"

typedef struct mix_test {
    const char *name; /* "mixup" for dl_dataset_mixup */
    dl_dataset *(*mix)(dl_dataset *inner, int64_t classes, double alpha);
    dl_dataset *(*make)(dl_dataset *inner, int32_t field); /* for transform_check */
} mix_test;

/* It does what every transform does, and wants an alpha; the exit status of the program. */
int mix_main(const mix_test *t);
#endif
