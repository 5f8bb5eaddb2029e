/* What a dataset is made of, and reading one on any thread. */
#ifndef DL_DATA_DATASET_H
#define DL_DATA_DATASET_H
#include "core/ctx.h"
#include "dl/data.h"
#include "dl/ext.h"

enum { DL__FIELDS = 16, DL__WHY = 256 };

struct dl_dataset {
    dl__object base;
    const dl_dataset_class *cls;
    void *state;
    dl_field field[DL__FIELDS]; /* names are copies */
    int32_t n_fields;
    int32_t threads;         /* may be read on several threads at once */
    const dl_dataset *named; /* whose classes these are, kept by state; NULL: its own */
};

/* Elements of one example's field. */
int64_t dl__field_count(const dl_field *f);
/* Writes example i to the fields' memory; on any thread if d->threads. Failures go to e. */
dl_status dl__dataset_read(const dl_dataset *d, int64_t i, uint64_t key, void *const *field,
                           dl__error *e);
/* The get of a dataset that takes its examples from inner: a failure names both. */
dl_status dl__dataset_inner(const dl_dataset *inner, int64_t i, uint64_t key, void *const *field,
                            char *why, size_t why_cap);
/* A dataset whose examples are taken from inner, with inner's fields and classes; state, which
 * keeps inner, is adopted. */
dl_dataset *dl__dataset_wrap(dl_dataset *inner, const dl_dataset_class *cls, void *state);
/* The same with other fields, as many as inner has. */
dl_dataset *dl__dataset_wrap_as(dl_dataset *inner, const dl_dataset_class *cls, void *state,
                                const dl_field *fields);
/* The key of example i in an epoch. */
uint64_t dl__sample_key(uint64_t seed, int64_t epoch, int64_t i);
/* The key of a draw with replacement in an epoch. */
uint64_t dl__draw_key(uint64_t seed, int64_t epoch, int64_t draw);
#endif
