/* What the tests of locally connected operations and layers share. */
#ifndef DL_TESTS_LOCAL_CHECK_H
#define DL_TESTS_LOCAL_CHECK_H
#include "support/conv_check.h"

typedef struct local_pair {
    const char *name; /* local2d */
    int32_t axes;
    conv_function *op, *shared; /* that, and the convolution */
} local_pair;
/* op_main, and what such an operation is: convolution place by place; what it refuses. */
int local_main(const op_test *test, const local_pair *pair);
#endif
