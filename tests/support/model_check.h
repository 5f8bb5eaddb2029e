/* What every known network is tested for. */
#ifndef DL_TESTS_MODEL_CHECK_H
#define DL_TESTS_MODEL_CHECK_H
#include "block_check.h"
#include "dl/models.h"
#include "dl/module.h"
#include "support/support.h"

typedef dl_module *(*model_make)(dl_ctx *ctx);

/* For a small net and an input of this shape: logits [N, classes]; the same bits of result and
 * gradients with any number of threads; the same result from a clone, from one saved and opened,
 * and nearly so from a frozen one; the shape on meta tensors; every allocation of the constructor
 * failing; NULL for no context. */
void model_check(model_make make, int64_t classes, const int64_t *shape, int32_t ndim);
/* Parameters of what make makes on meta tensors, which takes less than 4 MiB. */
int64_t model_size(model_make make);
/* The summary for this shape of what make makes has the part in it. */
void assert_in_summary(model_make make, const int64_t *shape, int32_t ndim, const char *part);
#endif
