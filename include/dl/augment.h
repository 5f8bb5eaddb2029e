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

typedef struct dl_resized_crop_opts {
    int64_t height, width;       /* of the result; default: those of the picture                 */
    double min_area, max_area;   /* its share of the picture, uniform; default 0.08 to 1         */
    double min_ratio, max_ratio; /* width over height, uniform in the logarithm; default 3/4 to
                                    4/3; 0.001 to 1000 are possible                              */
    int32_t field;
    int32_t reserved[5]; /* must be zero                                                         */
} dl_resized_crop_opts;
/* A rectangle at a random place, resized as dl_image_resize does. Of ten that are drawn the first
 * that fits in, else the largest one in the middle with these ratios. Usual for photographs:
 * Szegedy et al., Going Deeper with Convolutions, 2015. torchvision: RandomResizedCrop. */
DL_API dl_dataset *dl_dataset_resized_crop(dl_dataset *inner, const dl_resized_crop_opts *o);

typedef struct dl_flip_opts {
    double p;         /* probability; default 0.5                                                */
    int32_t vertical; /* 1: up becomes down; default: left becomes right                         */
    int32_t field;
    int32_t reserved[4]; /* must be zero                                                         */
} dl_flip_opts;
/* Mirrored with probability p. torchvision: RandomHorizontalFlip, RandomVerticalFlip. */
DL_API dl_dataset *dl_dataset_flip(dl_dataset *inner, const dl_flip_opts *o);

typedef struct dl_rotate_opts {
    double degrees;  /* the most; default 15, at most 180                                        */
    int32_t nearest; /* 1: the nearest place; default: bilinear, between four                    */
    int32_t field;
    double fill;         /* what is outside                                                      */
    int32_t reserved[4]; /* must be zero                                                         */
} dl_rotate_opts;
/* Turned around the middle by an angle that is uniform in [-degrees, degrees]; the size stays.
 * torchvision: RandomRotation. */
DL_API dl_dataset *dl_dataset_rotate(dl_dataset *inner, const dl_rotate_opts *o);

/* ---- colours, in [0, 1], of 3 channels (red, green, blue) or 1: else DL_ESHAPE --------------- */

typedef struct dl_color_jitter_opts {
    double brightness, contrast, saturation; /* factors are uniform in [max(0, 1 - x), 1 + x]; 0:
                                                not changed                                      */
    double hue; /* the hue is turned by a share of the circle, uniform in [-x, x]; x <= 0.5      */
    int32_t field;
    int32_t reserved[5]; /* must be zero                                                         */
} dl_color_jitter_opts;
/* All that are set, in a random order. x becomes factor x + (1 - factor) y, within [0, 1], where y
 * is black for brightness, the mean of the gray picture for contrast, the gray picture for
 * saturation. Saturation and hue leave gray pictures as they are. torchvision: ColorJitter. */
DL_API dl_dataset *dl_dataset_color_jitter(dl_dataset *inner, const dl_color_jitter_opts *o);

typedef struct dl_grayscale_opts {
    double p; /* probability; default 0.1                                                        */
    int32_t field;
    int32_t reserved[5]; /* must be zero                                                         */
} dl_grayscale_opts;
/* With probability p all three channels become 0.2989 red + 0.587 green + 0.114 blue. torchvision:
 * RandomGrayscale. */
DL_API dl_dataset *dl_dataset_grayscale(dl_dataset *inner, const dl_grayscale_opts *o);

/* ---- holes: put dl_dataset_normalize inside, and 0 is the mean ------------------------------- */

typedef struct dl_cutout_opts {
    int32_t holes; /* default 1                                                                  */
    int32_t size;  /* of a side; default 16                                                      */
    double value;  /* what stands in a hole                                                      */
    int32_t field;
    int32_t reserved[5]; /* must be zero                                                         */
} dl_cutout_opts;
/* Square holes; the middle is any place of the picture, what lies outside is cut off. DeVries,
 * Taylor, Improved Regularization of Convolutional Neural Networks with Cutout, 2017. */
DL_API dl_dataset *dl_dataset_cutout(dl_dataset *inner, const dl_cutout_opts *o);

typedef struct dl_erase_opts {
    double p;                    /* probability; default 0.5                                     */
    double min_area, max_area;   /* its share of the picture, uniform; default 0.02 to 0.33      */
    double min_ratio, max_ratio; /* height over width, uniform in the logarithm; default 0.3 to
                                    3.3; 0.001 to 1000 are possible                              */
    double value;                /* what it is filled with                                       */
    int32_t noise;               /* 1: with normal noise of deviation 1 instead                  */
    int32_t field;
    int32_t reserved[4]; /* must be zero                                                         */
} dl_erase_opts;
/* A rectangle is erased; of ten that are drawn the first that fits in, if one does. Zhong et al.,
 * Random Erasing Data Augmentation, 2020. torchvision: RandomErasing. */
DL_API dl_dataset *dl_dataset_erase(dl_dataset *inner, const dl_erase_opts *o);

/* ---- mixtures of two examples ---------------------------------------------------------------- */

typedef struct dl_mix_opts {
    int64_t classes; /* default: what the label field or dl_dataset_classes says                 */
    double mixup;    /* alpha of mixup; 0: none                                                   */
    double cutmix;   /* alpha of cutmix; 0: none                                                  */
    double cut;      /* where both are set, the probability of cutmix; default 0.5                */
    double p;        /* probability that an example is mixed at all; default 1                    */
    int32_t field;
    int32_t label; /* number of the label's field; default 1, DL_OFF: 0                           */
    int32_t reserved[4]; /* must be zero                                                          */
} dl_mix_opts;
/* Each example mixed with another one of inner, any with equal chances, which has random choices of
 * its own. lambda is drawn from Beta(alpha, alpha).
 *
 * mixup: picture = lambda a + (1 - lambda) b (Zhang et al., mixup: Beyond Empirical Risk
 * Minimization, 2018). cutmix: a rectangle of b, of height sqrt(1 - lambda) H and width likewise,
 * stands in a around any place, what lies outside is cut off; then lambda is the share of a that is
 * left (Yun et al., CutMix, 2019).
 *
 * The label, i64, i32 or u8 [] below classes (DL_EINVAL from reading one that is not), or
 * probabilities f32 [classes], becomes probabilities f32 [classes]: lambda of a's and 1 - lambda of
 * b's. dl_cross_entropy and dl_loss_classify take them. Other fields are those of a. mixup and
 * cutmix both 0, above 1000 or negative: DL_EINVAL; another label field: DL_EDTYPE, DL_ESHAPE. */
DL_API dl_dataset *dl_dataset_mix(dl_dataset *inner, const dl_mix_opts *o);
/* dl_dataset_mix with mixup alone, fields 0 and 1. */
DL_API dl_dataset *dl_dataset_mixup(dl_dataset *inner, int64_t classes, double alpha);
/* dl_dataset_mix with cutmix alone, fields 0 and 1. */
DL_API dl_dataset *dl_dataset_cutmix(dl_dataset *inner, int64_t classes, double alpha);

/* ---- several at once ------------------------------------------------------------------------- */

typedef struct dl_augment_opts {
    const double *mean, *std; /* [n_channels] for dl_dataset_normalize; NULL: not normalised      */
    int32_t n_channels;
    int32_t crop_pad; /* of dl_dataset_pad_crop; default 4; DL_OFF: not cropped                  */
    int32_t flip;     /* default: mirrored left to right with probability 0.5; DL_OFF: not       */
    int32_t cutout;   /* size of a hole of dl_dataset_cutout; 0: none                            */
    int32_t field;
    int32_t reserved[5]; /* must be zero                                                         */
} dl_augment_opts;
/* What is usual for small pictures: normalised, then padded and cropped, flipped, and with a hole.
 * The same as these four, one in the other, of which those that are off are not there. He et al.,
 * Deep Residual Learning, 2016, for crops and flips. */
DL_API dl_dataset *dl_dataset_augment(dl_dataset *inner, const dl_augment_opts *o);

#ifdef __cplusplus
}
#endif
#endif
