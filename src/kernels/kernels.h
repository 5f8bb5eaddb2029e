/* The kernel table: what an engine provides, and the drivers that upper layers call. A table starts
 * as the plain reference; an engine overrides the entries it is better at. */
#ifndef DL_KERNELS_KERNELS_H
#define DL_KERNELS_KERNELS_H
#include "core/ctx.h"
#include "kernels/conv.h"

/* One batch of matrix products, all strides in elements:
 *     c[m, n] = a[m, k] b[k, n] + bias[n]        or, with accumulate,  c[m, n] += ...
 * Element (i, p) of a is a[i * a_row + p * a_col]; any strides, 0 and negative ones included. c has
 * columns at stride 1, rows at c_row, and overlaps no input. Without accumulate c is not read.
 * plain and native sum each product over k in order, by fma, then add the bias, then the old c;
 * BLAS adds in an order of its own. k = 0 gives zeros (plus bias). m, n or batch = 0: nothing. */
typedef struct dl__gemm_args {
    int64_t m, n, k;
    const void *a;
    int64_t a_row, a_col;
    const void *b;
    int64_t b_row, b_col;
    void *c;
    int64_t c_row;
    const void *bias; /* [n], added to every row; NULL: none                        */
    int32_t accumulate;
    int32_t reserved;
    int64_t batch; /* number of products; write 1 for one                       */
    int64_t a_batch, b_batch, c_batch, bias_batch; /* distance of one product's operand to the
                                                      next; 0 for inputs that all products share */
} dl__gemm_args;

struct dl__kernels {
    int32_t engine; /* DL_ENGINE_*            */
    const char *name;
    /* One product (batch is ignored) on the calling thread, without taking memory. */
    void (*gemm_f32)(const dl__gemm_args *g);
    void (*gemm_f64)(const dl__gemm_args *g);
    int32_t unit_strides; /* gemm wants a and b with a unit stride and legal leading dimensions */
    int64_t small;        /* products with no more than this n * k * (m + 8) go to plain        */
    /* Products on the context's threads, m, n, batch > 0. NULL: tiles of gemm_f32 and gemm_f64. */
    dl_status (*gemm)(dl_ctx *ctx, dl_dtype dt, const dl__gemm_args *g);
    /* NULL: patches (conv.c) and the product of the table. */
    dl__conv_call *conv_forward, *conv_data, *conv_weight;
};

extern const struct dl__kernels dl__kernels_plain, dl__kernels_native;

/* The table of the context's engine, resolved at first use: the option, then DL_ENGINE (auto,
 * native, blas, plain), then native if it is fast here, else BLAS if it loads and passes its
 * self-test, else plain. NULL with DL_EUNSUPPORTED if an engine was asked for by name and is not
 * there, DL_EINVAL if DL_ENGINE is no engine. */
const struct dl__kernels *dl__kernels(dl_ctx *ctx);
/* The same for constructors: DL_OK or the failure. */
dl_status dl__engine_check(dl_ctx *ctx);
/* "native", "blas", "plain"; "unresolved" before first use. */
const char *dl__engine_name(const dl_ctx *ctx);
/* The processor core that BLAS chose its kernels for, "" without BLAS. */
const char *dl__blas_core(const dl_ctx *ctx);

/* Runs the products on the context's threads; dt is DL_F32 or DL_F64. The work is cut by shape
 * alone, so the bits do not depend on the number of threads. DL_ENOMEM or DL_ELIMIT if operands had
 * to be packed and memory was short (c is untouched). */
dl_status dl__gemm(dl_ctx *ctx, dl_dtype dt, const dl__gemm_args *g);
#endif
