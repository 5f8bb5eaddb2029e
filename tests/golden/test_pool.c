/* Against PyTorch: make_pool.py. */
#include "dl/conv.h"
#include "support/golden.h"
#include "support/pool_check.h"

/* A list along the axes, from number `first` of the case on; zeros are really zero. */
static void read(const golden_args *a, int32_t first, int32_t axes, int32_t *list)
{
    for (int32_t k = 0; k < axes; k++)
        list[k] = a->k[first + k] != 0 ? (int32_t)a->k[first + k] : DL_OFF;
}

static pooling window_of(const golden_args *a)
{
    const int32_t axes = (int32_t)a->k[0], last = 1 + 4 * axes;
    pooling p = {.axes = axes};
    read(a, 1, axes, p.kernel);
    read(a, 1 + axes, axes, p.o.stride);
    read(a, 1 + 2 * axes, axes, p.o.padding);
    read(a, 1 + 3 * axes, axes, p.o.dilation);
    p.o.ceil_mode = (int32_t)a->k[last];
    p.o.exclude_padding = (int32_t)a->k[last + 1];
    p.o.divisor = a->k[last + 2];
    return p;
}

static pooling sizes_of(const golden_args *a)
{
    pooling p = {.axes = (int32_t)a->k[0], .adaptive = 1};
    for (int32_t k = 0; k < p.axes; k++)
        p.sizes[k] = a->k[1 + k];
    return p;
}

static dl_tensor *index_of(dl_tensor *x, const pooling *p)
{
    dl_tensor *index = NULL;
    pool(x, POOL_MAX, p, &index);
    return dl_cast(index, dl_tensor_dtype(x));
}

#define POOLED(op, read_args, call)                                                                \
    static dl_tensor *call_##op(dl_tensor *const *in, const golden_args *a)                        \
    {                                                                                              \
        const pooling p = read_args(a);                                                            \
        return call;                                                                               \
    }
POOLED(maxpool, window_of, pool(in[0], POOL_MAX, &p, NULL))
POOLED(maxpool_index, window_of, index_of(in[0], &p))
POOLED(avgpool, window_of, pool(in[0], POOL_AVERAGE, &p, NULL))
POOLED(adaptive_maxpool, sizes_of, pool(in[0], POOL_MAX, &p, NULL))
POOLED(adaptive_maxpool_index, sizes_of, index_of(in[0], &p))
POOLED(adaptive_avgpool, sizes_of, pool(in[0], POOL_AVERAGE, &p, NULL))
POOLED(lppool, window_of,
       p.axes == 1   ? dl_lppool1d(in[0], a->r[0], p.kernel, &p.o)
       : p.axes == 2 ? dl_lppool2d(in[0], a->r[0], p.kernel, &p.o)
                     : dl_lppool3d(in[0], a->r[0], p.kernel, &p.o))
POOLED(max_unpool, sizes_of,
       p.axes == 1   ? dl_max_unpool1d(in[0], in[1], p.sizes)
       : p.axes == 2 ? dl_max_unpool2d(in[0], in[1], p.sizes)
                     : dl_max_unpool3d(in[0], in[1], p.sizes))
GOLDEN(global_avgpool, in[0])
GOLDEN(global_maxpool, in[0])

static const golden_op ops[] = {
    GOLDEN_OP(maxpool),
    GOLDEN_OP(maxpool_index),
    GOLDEN_OP(avgpool),
    GOLDEN_OP(adaptive_maxpool),
    GOLDEN_OP(adaptive_maxpool_index),
    GOLDEN_OP(adaptive_avgpool),
    GOLDEN_OP(lppool),
    GOLDEN_OP(max_unpool),
    GOLDEN_OP(global_avgpool),
    GOLDEN_OP(global_maxpool),
};

int main(void)
{
    return golden_main("pool", ops, GOLDEN_LENGTH(ops));
}
