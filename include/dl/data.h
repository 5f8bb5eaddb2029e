/* dl/data.h: datasets with random access, datasets that wrap others, and the loader that makes
 * batches of them.
 *
 * An example has fields, each of a fixed shape and element type: for images, the picture and its
 * label. A dataset of your own is made with dl_dataset_new (dl/ext.h). */
#ifndef DL_DATA_H
#define DL_DATA_H
#include "dl/tensor.h"
#ifdef __cplusplus
extern "C" {
#endif

/* Which part of a data set that is published in two. */
enum { DL_TRAIN = 0, DL_TEST = 1 };

/* ---- datasets -------------------------------------------------------------------------------- */

/* One field of an example. */
typedef struct dl_field {
    const char *name;
    dl_dtype dtype;
    int32_t ndim;
    int64_t dims[DL_MAX_DIMS];
} dl_field;

/* The MNIST files (or Fashion-MNIST's, or any in that form) in dir: IDX, .gz or plain, with
 * "-" or "." before "idx". Fields: "image" f32 [1, rows, columns], the pixel / 255, and
 * "label" i64 []. dir NULL: where dl_data_find says. A missing file is DL_EIO with all names
 * that were tried; images and labels that do not fit each other, or a label above 9, are
 * DL_EFORMAT. Kept in memory as bytes. LeCun et al., Proc. IEEE 1998. The result is yours. */
DL_API dl_dataset *dl_dataset_mnist(dl_ctx *ctx, const char *dir, int32_t split);
/* The binary files of CIFAR-10, plain or .gz, in dir or in dir/cifar-10-batches-bin:
 * data_batch_1.bin to data_batch_5.bin, test_batch.bin. Fields: "image" f32 [3, 32, 32], red,
 * green, blue, the pixel / 255, and "label" i64 []. dir NULL: where dl_data_find says. A missing
 * file is DL_EIO with all names that were tried; one that is not of whole records, or has a label
 * above 9, is DL_EFORMAT. Names of classes: batches.meta.txt beside the data, else those published.
 * Kept in memory as bytes. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.
 * The result is yours. */
DL_API dl_dataset *dl_dataset_cifar10(dl_ctx *ctx, const char *dir, int32_t split);
/* Which labels CIFAR-100 gives: of its 100 classes, of the 20 groups they are in, or both. */
enum { DL_CIFAR_FINE = 0, DL_CIFAR_COARSE = 1, DL_CIFAR_BOTH = 2 };
typedef struct dl_cifar100_opts {
    int32_t labels; /* DL_CIFAR_*; both: "label" is the fine one, the third field "coarse" i64 */
    int32_t reserved[7]; /* must be zero                                                       */
} dl_cifar100_opts;
/* The same of CIFAR-100: train.bin, test.bin, in dir or in dir/cifar-100-binary. Names of the
 * classes of "label": fine_label_names.txt or coarse_label_names.txt beside the data, else those
 * published. opts NULL: fine labels. */
DL_API dl_dataset *dl_dataset_cifar100(dl_ctx *ctx, const char *dir, int32_t split,
                                       const dl_cifar100_opts *opts);
/* How a picture becomes h by w: resized so that it covers them, and the middle cut out; or resized
 * to them, whatever becomes of its proportions. */
enum { DL_FIT_CROP = 0, DL_FIT_SQUASH = 1 };
typedef struct dl_image_folder_opts {
    int64_t h, w;       /* of all examples, at most 65536; 0, 0: those of the first picture    */
    int64_t shorter;    /* with DL_FIT_CROP: the shorter side is resized to this, at least h and
                               w; 0: as little as covers them */
    int64_t max_pixels; /* of a picture; default 10^8                                          */
    int32_t channels;   /* 1: grey; 3 (default): colours                                       */
    int32_t fit;        /* DL_FIT_*                                                            */
    int32_t keep_in_memory; /* 1: all are decoded at the start and kept as bytes; default: files
                               are read and decoded when they are asked for */
    int32_t skip_broken;    /* 1: each file is decoded once at the start; what cannot be is told to
                               the log of the context and left out; default: that is an error */
    const char *const *classes; /* [n_classes]: the classes in their order, those of the training
                                   set for a test set; another folder is refused, one that lacks is
                                   not missed; none: the folders, sorted by bytes */
    int32_t n_classes;
    int32_t
        reserved[9]; /* must be zero                                                           */
} dl_image_folder_opts;
/* The pictures (.jpg, .jpeg, .png, .bmp, in any case) in the folders of dir: each folder is a
 * class, which its own folders belong to. Fields: "image" f32 [C, h, w], resized as dl_image_resize
 * does and divided by 255, and "label" i64 []. Files are sorted by bytes within their class,
 * whatever the system says; hidden ones and those of other names are passed over; links are
 * followed, but to folders inside of a class. At the start the front of each file is read: what is
 * no picture is an error of dl_image_read, with its path; damage behind that shows when the example
 * is asked for. A dir without folders, a class without pictures: DL_EFORMAT; folders more than 32
 * deep in that of a class: DL_ELIMIT; dl_ctx_cancel while files are read: DL_EUSER.
 * dl_dataset_class_name has the names of the folders. opts NULL: defaults. The result is yours. */
DL_API dl_dataset *dl_dataset_images(dl_ctx *ctx, const char *dir,
                                     const dl_image_folder_opts *opts);
/* Of a dataset that dl_dataset_images made: how many files were left out, and the path of example
 * i, borrowed. Of any other -1 and NULL; NULL for an example that there is not. */
DL_API int64_t dl_image_folder_skipped(const dl_dataset *d);
DL_API const char *dl_image_folder_path(const dl_dataset *d, int64_t i);
/* What the targets of a CSV file are, and what becomes of numbers that are missing. */
enum { DL_CSV_CLASSES = 0, DL_CSV_NUMBERS = 1, DL_CSV_NONE = 2 };
enum { DL_CSV_REFUSE = 0, DL_CSV_NAN = 1, DL_CSV_VALUE = 2 };
typedef struct dl_csv_opts {
    int32_t separator;           /* default ','                                                 */
    int32_t no_header;           /* 1: the first line is an example too                         */
    const char *const *features; /* [n_features]: names in the header, which only one column has,
                                    or numbers from 0 ("3"); none: all columns but the targets,
                                    in their order                                              */
    int32_t n_features;
    int32_t n_targets;
    const char *const *targets; /* [n_targets] likewise; none: the last column                  */
    int32_t target;             /* DL_CSV_CLASSES: names of classes, become their numbers       */
    int32_t first_seen;         /* 1: classes are numbered as they are met; default: sorted, as
                                   integers when all are, else by bytes                         */
    const char *const *classes; /* [n_classes]: the classes in their order, those of the training
                                   set for a test set; another name is refused; none: as found  */
    int32_t n_classes;
    int32_t missing;          /* DL_CSV_*: an empty number, "nan" (in any case), or missing_word is
                                 an error (default), becomes NaN, or missing_value              */
    const char *missing_word; /* "NA", "?"; NULL: none                                          */
    double missing_value;
    int64_t reserved[4]; /* must be zero                                                        */
} dl_csv_opts;
/* The rows of a CSV file (RFC 4180: quotes, doubled quotes, line ends in quotes; lines end with LF,
 * CRLF or CR; a mark of UTF-8 at the front and empty lines are passed over), plain or gzip. Fields:
 * "x" f32 [features], and "y": i64 [] for classes, f32 [targets] for numbers. Numbers are read as
 * double, whatever the locale, and rounded to f32; spaces and tabs around them and around classes
 * do not count. Kept in memory. DL_EFORMAT with path, line and column for what is not so: a quote
 * out of place, a line longer or shorter than the first, what is no number or infinite in f32, a
 * label that is missing. DL_ELIMIT: fields of 1 MiB, more than 2^20 columns or 65536 classes. o
 * NULL: defaults. The result is yours. */
DL_API dl_dataset *dl_dataset_csv(dl_ctx *ctx, const char *path, const dl_csv_opts *o);
/* Example i is element i of the first axis of each of the n fields, which are called "0", "1", ...
 * and number 16 at most. The tensors are kept, not copied (unless they are not row-major): do not
 * change them while a loader reads. Fields of different lengths are DL_ESHAPE. */
DL_API dl_dataset *dl_dataset_tensors(dl_tensor *const *fields, int32_t n);
/* Examples index[0..n) of inner, in that order; adopts inner, also when it fails. An index outside
 * inner is DL_EINVAL. */
DL_API dl_dataset *dl_dataset_subset(dl_dataset *inner, const int64_t *index, int64_t n);
/* Writes what becomes of example i of a dataset: in[k] holds its fields, out[k] takes the new ones,
 * all row-major. key is the example's, as dl_dataset_class has it: draw random choices from it.
 * Nonzero is a failure; positive values are DL_EUSER. */
typedef int32_t (*dl_map_fn)(int64_t i, uint64_t key, const void *const *in, void *const *out,
                             void *user);
/* The examples of inner, each passed through fn; adopts inner and user, also when it fails. fields,
 * 1 to 16 (DL_EINVAL), describe the results and are copied; n_fields 0: those of inner. release,
 * which may be NULL, is called with user in the end, on the thread that drops the dataset. threads
 * 1: fn may run on several threads at once, and must not touch a context then; 0: it runs on the
 * thread that uses the context. */
DL_API dl_dataset *dl_dataset_map(dl_dataset *inner, const dl_field *fields, int32_t n_fields,
                                  dl_map_fn fn, void *user, void (*release)(void *user),
                                  int32_t threads);
/* The examples of list[0], then those of list[1], ...; keeps all n of them, at least 1. Their
 * fields agree in number, type (DL_EDTYPE) and shape (DL_ESHAPE); names are those of list[0]. The
 * same dataset may stand there twice. */
DL_API dl_dataset *dl_dataset_concat(dl_dataset *const *list, int32_t n);

/* ---- parts of a dataset ---------------------------------------------------------------------- */

/* Two random parts of d without an example in common: *first gets fraction * size examples, rounded
 * (a half to the even number), *second the rest, each in rising order. The choice depends on seed
 * and size alone. d stays yours; the parts are too. fraction is in [0, 1] (DL_EINVAL). On failure
 * both are NULL. */
DL_API dl_status dl_dataset_split(dl_dataset *d, double fraction, uint64_t seed, dl_dataset **first,
                                  dl_dataset **second);

/* The same with the share of every class kept: of the n examples with one label (dl_dataset_labels
 * of the field), fraction * n go to *first, rounded so that its size is that of dl_dataset_split:
 * each class gets the whole part, and the classes with the largest remainders (of equal ones the
 * lowest label) one more. */
DL_API dl_status dl_dataset_split_stratified(dl_dataset *d, int32_t field, double fraction,
                                             uint64_t seed, dl_dataset **first,
                                             dl_dataset **second);
/* The same for examples that belong together, as pictures of one patient do: those with one value
 * of group[0..size) stay in one part. Groups are taken in a random order; each goes to *first if
 * that brings its size nearer to fraction * size. */
DL_API dl_status dl_dataset_split_grouped(dl_dataset *d, const int64_t *group, double fraction,
                                          uint64_t seed, dl_dataset **first, dl_dataset **second);

typedef struct dl_kfold_opts {
    int32_t k;       /* folds; default 5; DL_EINVAL: fewer than 2, more than examples       */
    int32_t shuffle; /* 1: a random order, from seed; else the order of the examples        */
    uint64_t seed;
    const int64_t *label; /* [n]: the counts of each label, and the sizes, differ by at most one
                             between folds; NULL: blocks of the order, sizes likewise            */
    const int64_t *group; /* [n]: one group is in one fold. The largest group that is left (of equal
                             ones the first) goes to the smallest fold; wants k groups           */
    int64_t reserved[4];  /* must be zero                                                        */
} dl_kfold_opts;
/* Cross-validation: which of the k folds each of n examples is in, part[i] in [0, k). label and
 * group at once are DL_EINVAL. o NULL: defaults. */
DL_API dl_status dl_kfold(dl_ctx *ctx, int64_t n, const dl_kfold_opts *o, int32_t *part);
/* The two datasets of one fold, 0 <= fold < k: *valid has the examples of that fold, *train all
 * others, in rising order. d stays yours; the parts are too. On failure both are NULL. */
DL_API dl_status dl_dataset_fold(dl_dataset *d, const dl_kfold_opts *o, int32_t fold,
                                 dl_dataset **train, dl_dataset **valid);

/* ---- facts about a dataset ------------------------------------------------------------------- */

/* These read all examples, with the keys they have in epoch 0. */

/* label[0..n), n the size of d: the field (i64, i32, u8, bool, DL_EDTYPE; one element,
 * DL_ESHAPE) of each example. */
DL_API dl_status dl_dataset_labels(dl_dataset *d, int32_t field, int64_t *label, int64_t n);
/* What makes classes count alike: w_c = n / (classes that occur * examples of class c), 0 for a
 * class that does not occur. class_weight[0..classes) is for dl_loss_opts, example_weight[0..n)
 * has w of each example's label, for dl_loader_opts; either may be NULL. A label outside
 * [0, classes) is DL_EINVAL. King, Zeng, Logistic Regression in Rare Events Data, 2001. */
DL_API dl_status dl_class_weights(dl_ctx *ctx, const int64_t *label, int64_t n, int64_t classes,
                                  double *class_weight, double *example_weight);
/* Mean and standard deviation (of the population: divided by the number of values) of a field of
 * any type, for normalisation. Fit them on the training part alone. axis -1: one pair over all
 * elements, n = 1; else a pair for each index of that axis of an example, n its length: axis 0 of
 * [C, H, W] gives one for each channel. In double, stably (Chan, Golub, LeVeque, 1983), with the
 * same bits for any number of threads. No examples or no elements: DL_EINVAL. */
DL_API dl_status dl_dataset_moments(dl_dataset *d, int32_t field, int32_t axis, double *mean,
                                    double *std, int64_t n);

/* ---- handles --------------------------------------------------------------------------------- */

DL_API dl_dataset *dl_dataset_keep(dl_dataset *d);   /* one more reference, yours; returns d */
DL_API void dl_dataset_drop(dl_dataset *d);          /* gives one reference up; any thread   */
DL_API dl_ctx *dl_dataset_ctx(const dl_dataset *d);  /* borrowed; NULL for NULL */
DL_API int64_t dl_dataset_size(const dl_dataset *d); /* examples; -1 for NULL       */
DL_API int32_t dl_dataset_field_count(const dl_dataset *d); /* -1 for NULL                 */
DL_API const char *dl_dataset_field_name(const dl_dataset *d, int32_t i); /* NULL: no such field */
/* The names of classes that labels stand for: how many (0: labels have no names; -1 for NULL), and
 * that of class k, owned by d; NULL if there is none. MNIST has its digits, CIFAR and folders of
 * pictures theirs, CSV those of its target. A dataset around another has those of the inner one,
 * dl_dataset_concat those of list[0]. */
DL_API int64_t dl_dataset_classes(const dl_dataset *d);
DL_API const char *dl_dataset_class_name(const dl_dataset *d, int64_t k);
/* Example i as n tensors (n at most the number of fields), which belong to the innermost scope. key
 * decides the random choices of augmenting datasets. An example that cannot be read is what its
 * dataset says, with the names of both in the message. */
DL_API dl_status dl_dataset_get(dl_dataset *d, int64_t i, uint64_t key, dl_tensor **field,
                                int32_t n);

/* Looks for the folder of a published data set: "cifar10", "cifar100", or one in the form of
 * MNIST: "mnist", "fashion-mnist". In $DL_DATA_DIR, then ./data, then ~/.cache/dl-data, then
 * /usr/share/datasets: there in NAME and in NAME/raw, for CIFAR in NAME, in NAME/FOLDER and in
 * FOLDER, as its archive calls it ("cifar-10-batches-bin", "cifar-100-binary"); $DL_DATA_DIR may
 * also name the folder itself. A folder counts when (the first) training images are in it.
 * Writes the path with a final NUL to buf and returns its length; DL_EIO, with all places that
 * were looked at, if there is none; DL_ELIMIT if cap is too small. */
DL_API int64_t dl_data_find(dl_ctx *ctx, const char *name, char *buf, size_t cap);

/* ---- loader ---------------------------------------------------------------------------------- */

/* Which examples an epoch has. */
enum {
    DL_SAMPLE_ALL = 0,     /* each of them once                                                  */
    DL_SAMPLE_REPLACE = 1, /* drawn one after the other, each draw from all of them              */
    DL_SAMPLE_ONCE = 2     /* drawn likewise, each from those not drawn yet                      */
};
typedef struct dl_loader_opts {
    int32_t batch;     /* examples in a batch; default 32                                       */
    int32_t shuffle;   /* 1: a new order every epoch, from (seed of the context, epoch)         */
    int32_t drop_last; /* 1: a last batch that is not full is left out                          */
    int32_t workers;   /* threads that load ahead, at most 64; default (and DL_OFF) none: the
                            context's threads load when asked. Results do not depend on it. Datasets
                            that cannot be read on other threads are read on the caller's.        */
    int32_t sample;    /* DL_SAMPLE_*: draws from (seed of the context, epoch), already in a
                            random order, so that shuffle says nothing                            */
    const double *weight; /* [n_weight], copied: draws have chances in proportion; NULL: equal
                            ones. They want sample, one for each example, none negative or not
                            finite, and a sum that is positive and finite (all DL_EINVAL)         */
    int64_t n_weight;
    int64_t draws;       /* examples in an epoch, with sample; default: the size, and for
                            DL_SAMPLE_ONCE, where it is also the most, the examples whose weight
                            is not zero                                                           */
    int32_t reserved[4]; /* must be zero                                                          */
} dl_loader_opts;

/* A loader over d, which it keeps. The result is yours. An empty dataset, or with drop_last one
 * smaller than a batch, is DL_EINVAL; a field of DL_MAX_DIMS axes, to which a batch would add one,
 * is DL_ELIMIT. */
DL_API dl_loader *dl_loader_new(dl_dataset *d, const dl_loader_opts *o);
/* The next batch: field[i], i < n, is [batch, shape of field i], owned by the innermost
 * scope; n may be less than the number of fields. Returns 1; 0 at the end of an epoch (the
 * call after that begins the next one); negative on failure: what the dataset says about an
 * example that cannot be read, DL_EUSER when the context was cancelled, DL_ELIMIT at the end of the
 * last epoch that can be counted (2^63 - 1). A failed call has not moved on: the next one tries the
 * same batch again, dl_loader_seek passes over it. */
DL_API int32_t dl_loader_next(dl_loader *l, dl_tensor **field, int32_t n);
DL_API void dl_loader_drop(dl_loader *l);              /* any thread */
DL_API int64_t dl_loader_batches(const dl_loader *l);  /* of one epoch                    */
DL_API int64_t dl_loader_epoch(const dl_loader *l);    /* of the next batch, from 0       */
DL_API int64_t dl_loader_position(const dl_loader *l); /* batches of that epoch given out */
/* Goes on with batch position of epoch, 0 <= position <= dl_loader_batches: DL_EINVAL otherwise. */
DL_API dl_status dl_loader_seek(dl_loader *l, int64_t epoch, int64_t position);

#ifdef __cplusplus
}
#endif
#endif
