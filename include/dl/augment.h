/* dl/augment.h: datasets that change the pictures of others, at random or not.
 *
 * Each adopts inner, also when it fails; the result is yours. Its examples are those of inner, of
 * which one field, a picture f32 [C, H, W], is changed; other fields pass as they are. Wrap one in
 * the other, the first to be applied innermost:
 *
 *     d = dl_dataset_cifar10(ctx, NULL, DL_TRAIN);
 *     d = dl_dataset_pad_crop(d, NULL);
 *     d = dl_dataset_flip(d, NULL);
 *
 * Random choices depend on the seed of the context, the epoch and the example alone (and on which
 * wrappers stand around): not on the batch, the order, or the threads of the loader. Two wrappers
 * of one kind choose independently. Wrap the training set only.
 *
 * Options: NULL or zeros are the defaults, DL_OFF is really zero; .field is the number of the
 * picture's field, 0 if not set. Failures: DL_EINVAL for settings out of range and for a field that
 * there is not, DL_EDTYPE and DL_ESHAPE for one that is no picture. What cannot be read is what
 * inner says. */
#ifndef DL_AUGMENT_H
#define DL_AUGMENT_H
#include "dl/data.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- without random choices ------------------------------------------------------------------ */

/* (x - mean) / std, with n means and deviations, one for each channel (DL_EINVAL), rounded to f32
 * first; deviations are positive. dl_dataset_moments finds them. A net that should take pictures as
 * they are has dl_layer_normalize as its first layer instead. */
DL_API dl_dataset *dl_dataset_normalize(dl_dataset *inner, int32_t field, const double *mean,
                                        const double *std, int64_t n);

/* ---- where things are ------------------------------------------------------------------------ */

typedef struct dl_pad_crop_opts {
    int32_t pad;           /* places added on each side; default 4                               */
    int32_t mode;          /* DL_PAD_*: what stands there; default DL_PAD_ZEROS. DL_PAD_REFLECT
                              wants pad below the size, DL_PAD_CIRCULAR at most that (DL_ESHAPE)  */
    double value;          /* for DL_PAD_CONSTANT                                                */
    int64_t height, width; /* of the result; default: those of the picture. DL_ESHAPE when they
                              are more than the padded picture has                               */
    int32_t field;
    int32_t reserved[5]; /* must be zero                                                         */
} dl_pad_crop_opts;
/* A window of height by width, each place of the padded picture equally likely. With pad 4 the
 * usual one for CIFAR: Lee et al., Deeply-Supervised Nets, 2015. torchvision: RandomCrop. */
DL_API dl_dataset *dl_dataset_pad_crop(dl_dataset *inner, const dl_pad_crop_opts *o);

typedef struct dl_flip_opts {
    double p;         /* probability; default 0.5                                                */
    int32_t vertical; /* 1: up becomes down; default: left becomes right                         */
    int32_t field;
    int32_t reserved[4]; /* must be zero                                                         */
} dl_flip_opts;
/* Mirrored with probability p. torchvision: RandomHorizontalFlip, RandomVerticalFlip. */
DL_API dl_dataset *dl_dataset_flip(dl_dataset *inner, const dl_flip_opts *o);

#ifdef __cplusplus
}
#endif
#endif
