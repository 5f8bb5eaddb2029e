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

/* The MNIST files (or Fashion-MNIST's, or any in that form) in dir: IDX, .gz or plain, with
 * "-" or "." before "idx". Fields: "image" f32 [1, rows, columns], the pixel / 255, and
 * "label" i64 []. dir NULL: where dl_data_find says. A missing file is DL_EIO with all names
 * that were tried; images and labels that do not fit each other, or a label above 9, are
 * DL_EFORMAT. Kept in memory as bytes. LeCun et al., Proc. IEEE 1998. The result is yours. */
DL_API dl_dataset *dl_dataset_mnist(dl_ctx *ctx, const char *dir, int32_t split);
/* Example i is element i of the first axis of each of the n fields, which are called "0", "1", ...
 * and number 16 at most. The tensors are kept, not copied (unless they are not row-major): do not
 * change them while a loader reads. Fields of different lengths are DL_ESHAPE. */
DL_API dl_dataset *dl_dataset_tensors(dl_tensor *const *fields, int32_t n);
/* Examples index[0..n) of inner, in that order; adopts inner, also when it fails. An index outside
 * inner is DL_EINVAL. */
DL_API dl_dataset *dl_dataset_subset(dl_dataset *inner, const int64_t *index, int64_t n);
/* Two random parts of d without an example in common: *first gets fraction * size examples, rounded
 * (a half to the even number), *second the rest, each in rising order. The choice depends on seed
 * and size alone. d stays yours; the parts are too. fraction is in [0, 1] (DL_EINVAL). On failure
 * both are NULL. */
DL_API dl_status dl_dataset_split(dl_dataset *d, double fraction, uint64_t seed, dl_dataset **first,
                                  dl_dataset **second);

DL_API dl_dataset *dl_dataset_keep(dl_dataset *d);   /* one more reference, yours; returns d */
DL_API void dl_dataset_drop(dl_dataset *d);          /* gives one reference up; any thread   */
DL_API dl_ctx *dl_dataset_ctx(const dl_dataset *d);  /* borrowed; NULL for NULL */
DL_API int64_t dl_dataset_size(const dl_dataset *d); /* examples; -1 for NULL       */
DL_API int32_t dl_dataset_field_count(const dl_dataset *d); /* -1 for NULL                 */
DL_API const char *dl_dataset_field_name(const dl_dataset *d, int32_t i); /* NULL: no such field */
/* Example i as n tensors (n at most the number of fields), which belong to the innermost scope. key
 * decides the random choices of augmenting datasets. An example that cannot be read is what its
 * dataset says, with the names of both in the message. */
DL_API dl_status dl_dataset_get(dl_dataset *d, int64_t i, uint64_t key, dl_tensor **field,
                                int32_t n);

/* Looks for the folder of a published data set in the form of MNIST: "mnist",
 * "fashion-mnist". In $DL_DATA_DIR, then ./data, then ~/.cache/dl-data, then
 * /usr/share/datasets: there in NAME and in NAME/raw; $DL_DATA_DIR may also name the folder
 * itself. A folder counts when the training images are in it. Writes the path with a final
 * NUL to buf and returns its length; DL_EIO, with all places that were looked at, if there is
 * none; DL_ELIMIT if cap is too small. */
DL_API int64_t dl_data_find(dl_ctx *ctx, const char *name, char *buf, size_t cap);

/* ---- loader ---------------------------------------------------------------------------------- */

typedef struct dl_loader_opts {
    int32_t batch;       /* examples in a batch; default 32                                       */
    int32_t shuffle;     /* 1: a new order every epoch, from (seed of the context, epoch)         */
    int32_t drop_last;   /* 1: a last batch that is not full is left out                          */
    int32_t workers;     /* threads that load ahead, at most 64; default (and DL_OFF) none: the
                            context's threads load when asked. Results do not depend on it. Datasets
                            that cannot be read on other threads are read on the caller's.        */
    int32_t reserved[4]; /* must be zero                                                          */
} dl_loader_opts;

/* A loader over d, which it keeps. The result is yours. An empty dataset, or with drop_last one
 * smaller than a batch, is DL_EINVAL; a field of DL_MAX_DIMS axes, to which a batch would add one,
 * is DL_ELIMIT. */
DL_API dl_loader *dl_loader_new(dl_dataset *d, const dl_loader_opts *o);
/* The next batch: field[i], i < n, is [batch, shape of field i], owned by the innermost
 * scope; n may be less than the number of fields. Returns 1; 0 at the end of an epoch (the
 * call after that begins the next one); negative on failure: what the dataset says about an
 * example that cannot be read, DL_EUSER when the context was cancelled. A failed call has not
 * moved on: the next one tries the same batch again, dl_loader_seek passes over it. */
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
