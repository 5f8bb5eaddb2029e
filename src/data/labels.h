/* Reading one field of a whole dataset. */
#ifndef DL_DATA_LABELS_H
#define DL_DATA_LABELS_H
#include "data/dataset.h"

/* Gets field number `field` of the examples first, first + 1, ...: x is [n, shape of the field],
 * row-major. A failure is in the context. */
typedef dl_status (*dl__field_fn)(const dl_tensor *x, int64_t first, void *user);
/* Calls fn for all examples in order, a batch of equal size after the other, with the keys of epoch
 * 0. field must exist. */
dl_status dl__dataset_walk(dl_dataset *d, int32_t field, dl__field_fn fn, void *user);
/* The field exists; who begins the message. */
dl_status dl__field_check(const dl_dataset *d, int32_t field, const char *who);
/* The labels of d, for dl__free; NULL on failure. */
int64_t *dl__dataset_labels(dl_dataset *d, int32_t field, const char *who);
#endif
