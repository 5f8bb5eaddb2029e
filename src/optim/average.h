/* The running average of a net's weights. */
#ifndef DL_OPTIM_AVERAGE_H
#define DL_OPTIM_AVERAGE_H
#include "core/ctx.h"
#include "dl/average.h"

/* A tensor of the net and its counterpart; both kept. */
typedef struct dl__average_pair {
    dl_tensor *from, *to;
} dl__average_pair;

struct dl_average {
    dl__object base;
    dl_module *copy;
    dl_tensor *count; /* i64, one element: updates so far, a tensor so that it can be saved */
    dl__average_pair *pair;
    int32_t n, n_param; /* pairs; parameters come first, then buffers */
    double decay;       /* 0: all updates weigh the same */
};

#endif
