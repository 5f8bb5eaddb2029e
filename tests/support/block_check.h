/* What residual blocks are asked for. */
#ifndef DL_TESTS_BLOCK_CHECK_H
#define DL_TESTS_BLOCK_CHECK_H
#include "dl/layers.h"
#include "support/support.h"

/* The names of m's direct children are exactly these, separated by spaces. */
void assert_children(dl_module *m, const char *names);
/* Gradients of m's result, weighted, for the input and all parameters have the same bits with 1, 2,
 * 3 and 7 threads; make is called in an f32 context for each. */
void check_block_threads(dl_module *(*make)(dl_ctx *ctx), const int64_t *shape, int32_t ndim);
#endif
