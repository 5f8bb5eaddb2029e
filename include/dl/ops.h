/* dl/ops.h: operations, the only bare names, because formulas should read as formulas.
 *
 * Results belong to the innermost scope. No operation writes its input. Binary operations broadcast
 * as NumPy does; the element types of both sides must agree (DL_EDTYPE: no silent promotion).
 * Operations work on f32 and f64 and any strides, and are differentiable twice, unless said
 * otherwise. NULL in, NULL out. Axes may be negative, -1 is the last. */
#ifndef DL_OPS_H
#define DL_OPS_H
#include "dl/tensor.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- arithmetic ------------------------------------------------------------------------------ *
 * Element by element; results keep the memory layout of the first operand that has their shape.
 * DL_EDTYPE for integers and mixed element types, DL_ESHAPE for shapes that do not broadcast. */
DL_API dl_tensor *dl_add(dl_tensor *a, dl_tensor *b); /* a + b */
DL_API dl_tensor *dl_sub(dl_tensor *a, dl_tensor *b); /* a - b */
DL_API dl_tensor *dl_mul(dl_tensor *a, dl_tensor *b); /* a * b */
/* a / b as IEEE 754 has it: x / 0 is infinite, 0 / 0 is NaN. */
DL_API dl_tensor *dl_div(dl_tensor *a, dl_tensor *b);
/* x * s, x + s; s is rounded to the type of x first. */
DL_API dl_tensor *dl_scale(dl_tensor *x, double s);
DL_API dl_tensor *dl_add_scalar(dl_tensor *x, double s);
DL_API dl_tensor *dl_neg(dl_tensor *x); /* -x */
/* e^x, the natural logarithm, the square root: the same bits on every machine, within one unit in
 * the last place. log(0) is -inf; log and sqrt of a negative number are NaN. */
DL_API dl_tensor *dl_exp(dl_tensor *x);
DL_API dl_tensor *dl_log(dl_tensor *x);
DL_API dl_tensor *dl_sqrt(dl_tensor *x);
/* a^b with the special values of C's pow: x^0 and 1^x are 1, also for NaN; NaN where a < 0 and b is
 * not whole. Gradients dy b a^(b - 1), 0 where b is 0, and dy a^b ln(a), 0 where a is 0 and b >= 0,
 * NaN where a < 0. */
DL_API dl_tensor *dl_pow(dl_tensor *a, dl_tensor *b);

/* ---- functions of one number ------------------------------------------------------------------ *
 * Element by element, with the same bits on every machine; results keep the memory layout of x.
 * DL_EDTYPE for integers. Third derivatives are DL_EUNSUPPORTED, unless said otherwise. */

/* log(1 + x) and e^x - 1, right to 1.5 units in the last place also where x is tiny. */
DL_API dl_tensor *dl_log1p(dl_tensor *x);
DL_API dl_tensor *dl_expm1(dl_tensor *x);
DL_API dl_tensor *dl_reciprocal(dl_tensor *x); /* 1 / x       */
DL_API dl_tensor *dl_rsqrt(dl_tensor *x);      /* 1 / sqrt(x) */
/* x^p as C's pow has it: of a negative x a number where p is whole, else NaN; x^0 is 1. The
 * gradient is p x^(p - 1), and 0 for p = 0. Derivatives of all orders. DL_EINVAL for a p that is
 * NaN. */
DL_API dl_tensor *dl_pow_scalar(dl_tensor *x, double p);
/* |x|; the gradient at 0 is 0. */
DL_API dl_tensor *dl_abs(dl_tensor *x);
/* -1, 0 or 1. The gradient is 0. */
DL_API dl_tensor *dl_sign(dl_tensor *x);
/* Of radians, exact also for huge angles; of infinities NaN. */
DL_API dl_tensor *dl_sin(dl_tensor *x);
DL_API dl_tensor *dl_cos(dl_tensor *x);
/* 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
DL_API dl_tensor *dl_erf(dl_tensor *x);
/* The next whole number below, above, and the nearest (of two the even one). The gradient is 0. */
DL_API dl_tensor *dl_floor(dl_tensor *x);
DL_API dl_tensor *dl_ceil(dl_tensor *x);
DL_API dl_tensor *dl_round(dl_tensor *x);
/* sign(x) max(|x| - t, 0), exactly 0 where |x| <= t: the proximal map of t |x|. NaN passes; the
 * gradient where the result is 0 is 0 (1 with t = 0). DL_EINVAL unless t >= 0. */
DL_API dl_tensor *dl_soft_threshold(dl_tensor *x, double t);

/* ---- choosing and comparing ------------------------------------------------------------------- *
 * Element by element. Comparisons take any element type, the same on both sides, and give bool;
 * they, the logical operations and dl_isfinite are not differentiable. As IEEE 754 has it, NaN is
 * equal to nothing, itself included, and neither less nor greater. DL_EDTYPE for mixed element
 * types and for a condition that is not bool, DL_ESHAPE for shapes that do not broadcast. */
DL_API dl_tensor *dl_eq(dl_tensor *a, dl_tensor *b);          /* a == b */
DL_API dl_tensor *dl_ne(dl_tensor *a, dl_tensor *b);          /* a != b */
DL_API dl_tensor *dl_lt(dl_tensor *a, dl_tensor *b);          /* a < b  */
DL_API dl_tensor *dl_le(dl_tensor *a, dl_tensor *b);          /* a <= b */
DL_API dl_tensor *dl_gt(dl_tensor *a, dl_tensor *b);          /* a > b  */
DL_API dl_tensor *dl_ge(dl_tensor *a, dl_tensor *b);          /* a >= b */
DL_API dl_tensor *dl_logical_and(dl_tensor *a, dl_tensor *b); /* of bool alone */
DL_API dl_tensor *dl_logical_or(dl_tensor *a, dl_tensor *b);
DL_API dl_tensor *dl_logical_not(dl_tensor *x);
/* True where x is neither NaN nor infinite; any element type. */
DL_API dl_tensor *dl_isfinite(dl_tensor *x);
/* The smaller, the larger of a and b; a NaN on either side wins. The gradient goes to the one that
 * was chosen, half to each of equals, and whole to both where one is NaN. */
DL_API dl_tensor *dl_minimum(dl_tensor *a, dl_tensor *b);
DL_API dl_tensor *dl_maximum(dl_tensor *a, dl_tensor *b);
/* x, at least low and at most high, which are rounded to the type of x; -INFINITY and INFINITY are
 * no bound. NaN passes. The gradient is dy from low to high, both included, else 0. DL_EINVAL
 * unless low <= high. */
DL_API dl_tensor *dl_clamp(dl_tensor *x, double low, double high);
/* a where cond, a bool, is true, else b. All three broadcast; a and b have any one element type.
 * The gradient goes where the element came from. */
DL_API dl_tensor *dl_where(dl_tensor *cond, dl_tensor *a, dl_tensor *b);
/* x, and value where mask, a bool that broadcasts to x (DL_ESHAPE), is true. x has any element
 * type; value is converted to it as dl_cast does. */
DL_API dl_tensor *dl_masked_fill(dl_tensor *x, dl_tensor *mask, double value);

/* ---- matrices -------------------------------------------------------------------------------- */

/* NumPy's matmul: [.., m, k] x [.., k, n] -> [.., m, n]; leading axes broadcast; a vector on the
 * left is a row, on the right a column, and that axis is dropped from the result. k = 0: zeros.
 * Each element is one sum over k. Operands are read through their strides: a transposed one costs
 * nothing. DL_ESHAPE when the inner sizes differ, leading axes do not broadcast, or an operand is a
 * scalar. The gradient of an operand is stored with the strides that the operand has. */
DL_API dl_tensor *dl_matmul(dl_tensor *a, dl_tensor *b);
/* y = x w^T + b: x [.., in], w [out, in], b [out] or NULL -> [.., out]. w may lie in memory as
 * [in][out]; its gradient then does, too. DL_ESHAPE when x, w and b do not fit each other. */
DL_API dl_tensor *dl_linear(dl_tensor *x, dl_tensor *w, dl_tensor *b);
/* a . b / (|a| |b|) along axis, which goes away; lengths count as at least eps, usually 1e-8, and
 * never as less than 3.2e-19 in f32, 1e-150 in f64: squares of less are no numbers any more. a and
 * b broadcast; axis is one of the common shape. A vector of zeros gives 0, also with eps 0; where a
 * length was raised it has no gradient. DL_EINVAL unless eps is finite and not negative. */
DL_API dl_tensor *dl_cosine_similarity(dl_tensor *a, dl_tensor *b, int32_t axis, double eps);

/* NumPy's einsum: sums of products, "bij,bjk->bik" a batch of products of matrices, "ii" a trace,
 * "ij->ji" a transpose, "i,j" an outer product. Labels are a-z, A-Z; "..." are axes that broadcast;
 * without "->" the result has the ellipsis and then the labels that come once, in the order of
 * ASCII. Axes of size 1 stretch. A label (or ellipsis) that the result does not have is summed.
 * Operands, 1 to 64 of one float type (DL_EDTYPE), are contracted from left to right by dl_matmul;
 * of a single one the result may be a view. DL_EINVAL for a wrong equation, DL_ESHAPE for sizes
 * that do not fit, DL_ELIMIT when the result or a step to it has more than DL_MAX_DIMS axes; the
 * message says at which position. NULL when an operand is NULL. */
DL_API dl_tensor *dl_einsum(const char *equation, dl_tensor *const *in, int32_t n);

/* ---- reductions ------------------------------------------------------------------------------- *
 * Over the n_axes axes (NULL or 0: all). keepdims 1 leaves them in the result, with size 1; 0 drops
 * them. DL_ESHAPE for an axis that x does not have, DL_EINVAL for one that is given twice. */

/* Of integers and bool in i64, wrapping around; of floats in their own type, long sums in blocks
 * that are added up in f64. No elements: 0. */
DL_API dl_tensor *dl_sum(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims);
/* The sum over n elements, divided by n. No elements: DL_ESHAPE. */
DL_API dl_tensor *dl_mean(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims);
/* Any element type. A NaN wins. Of equal extremes the first, in row-major order of the axes, gets
 * the gradient. No elements: DL_ESHAPE. */
DL_API dl_tensor *dl_max(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims);
DL_API dl_tensor *dl_min(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims);
/* Index of the first maximum, minimum along axis, i64; the first NaN wins. Any element type. Not
 * differentiable. No elements: DL_ESHAPE. */
DL_API dl_tensor *dl_argmax(dl_tensor *x, int32_t axis, int32_t keepdims);
DL_API dl_tensor *dl_argmin(dl_tensor *x, int32_t axis, int32_t keepdims);
/* Both: what dl_max and dl_argmax (dl_min and dl_argmin) give. value or index may be NULL. Returns
 * 0, or the failure with both NULL. */
DL_API dl_status dl_max_along(dl_tensor *x, int32_t axis, int32_t keepdims, dl_tensor **value,
                              dl_tensor **index);
DL_API dl_status dl_min_along(dl_tensor *x, int32_t axis, int32_t keepdims, dl_tensor **value,
                              dl_tensor **index);
/* Products of f32 or f64 (DL_EDTYPE). No elements: 1. The gradient is right with any number of
 * zeros. */
DL_API dl_tensor *dl_prod(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims);
/* Variance, sum((x - mean)^2) / max(n - correction, 0), of n elements, and its square root, the
 * standard deviation. correction 1 estimates without bias from a sample, 0 is the variance of the
 * elements themselves; DL_EINVAL below 0. In two passes, accurate also for elements far from 0, and
 * without overflow or underflow on the way.
 * Where n <= correction it is NaN, or inf if the elements differ, as in PyTorch. The gradient of
 * std is 0 where the result is 0. */
DL_API dl_tensor *dl_var(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims,
                         int32_t correction);
DL_API dl_tensor *dl_std(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims,
                         int32_t correction);
/* The p-norm of vectors, (sum |x|^p)^(1/p); p = 0: how many elements are not 0; p = INFINITY and
 * -INFINITY: the largest and the least |x|. Neither overflows nor underflows on the way. The
 * gradient at 0 is 0; for p = 0 it is 0; for infinite p the first of equals gets it. DL_EINVAL when
 * p is NaN. No elements: 0, but DL_ESHAPE for negative and infinite p. */
DL_API dl_tensor *dl_norm(dl_tensor *x, double p, const int32_t *axes, int32_t n_axes,
                          int32_t keepdims);
/* log(sum(exp(x))), without overflow. Where all are -inf, and of no elements, it is -inf, with
 * gradient 0; a +inf gives +inf (and NaN as its own gradient), a NaN gives NaN. */
DL_API dl_tensor *dl_logsumexp(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims);
/* bool to bool (DL_EDTYPE for others; dl_cast makes bool of them): whether all, whether any of the
 * elements are true. Not differentiable. No elements: all are, not any is. */
DL_API dl_tensor *dl_all(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims);
DL_API dl_tensor *dl_any(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims);

/* ---- scans and sorting ----------------------------------------------------------------------- */

/* y[i] = x[0] + .. + x[i] along axis; of integers and bool in i64, wrapping around; of f32 added up
 * in f64. DL_ESHAPE for an axis that x does not have. */
DL_API dl_tensor *dl_cumsum(dl_tensor *x, int32_t axis);
/* Along axis, ascending, or, with descending 1, the greatest first; index (i64) says where each
 * value was. Stable: equal elements stay in the order of their indices, both ways. As in NumPy and
 * PyTorch a NaN is greater than all numbers; -0 equals 0. Any element type. The gradient goes back
 * to the places. value or index may be NULL. DL_ESHAPE for an axis that x does not have. Returns 0,
 * or the failure with both NULL. */
DL_API dl_status dl_sort(dl_tensor *x, int32_t axis, int32_t descending, dl_tensor **value,
                         dl_tensor **index);
/* The first k of what dl_sort gives: the greatest k, or with smallest 1 the least, in order; the
 * others are not sorted. DL_EINVAL for k below 0 or above the size of the axis. */
DL_API dl_status dl_topk(dl_tensor *x, int64_t k, int32_t axis, int32_t smallest, dl_tensor **value,
                         dl_tensor **index);

/* ---- shapes ----------------------------------------------------------------------------------- *
 * Any element type. A view shares the memory of x: what is written to one is seen by the other.
 * DL_ESHAPE for an axis that x does not have, or a shape that does not fit. */

/* The elements in row-major order under another shape of as many elements. One size may be -1: what
 * is left. A view; a copy only where strides cannot say the new shape. */
DL_API dl_tensor *dl_reshape(dl_tensor *x, const int64_t *shape, int32_t ndim);
/* A view: axis i of the result is axis order[i] of x. DL_EINVAL when order, of ndim axes, does not
 * name each axis of x once. */
DL_API dl_tensor *dl_permute(dl_tensor *x, const int32_t *order, int32_t ndim);
/* A view with two axes exchanged. */
DL_API dl_tensor *dl_transpose(dl_tensor *x, int32_t axis0, int32_t axis1);
/* A view of the elements start, start + step, ... before stop of one axis, as Python's
 * x[start:stop:step]: bounds are clamped, negative ones count from the end. step may be negative;
 * then the stop INT64_MIN means "through the first element". step 0 is DL_EINVAL. */
DL_API dl_tensor *dl_slice(dl_tensor *x, int32_t axis, int64_t start, int64_t stop, int64_t step);
/* A view of one index of an axis, which goes away. A negative index counts from the end; DL_EINVAL
 * when there is no such index. */
DL_API dl_tensor *dl_select(dl_tensor *x, int32_t axis, int64_t index);
/* A view in which axes of size 1 grow to the size asked for, and new leading axes appear; -1 keeps
 * a size. Repeated elements are one in memory (stride 0). */
DL_API dl_tensor *dl_expand(dl_tensor *x, const int64_t *shape, int32_t ndim);
/* A view without axis, which must have size 1. */
DL_API dl_tensor *dl_squeeze(dl_tensor *x, int32_t axis);
/* A view with a new axis of size 1, which is number axis (0 .. ndim) of the result. DL_ELIMIT when
 * x has DL_MAX_DIMS axes already. */
DL_API dl_tensor *dl_unsqueeze(dl_tensor *x, int32_t axis);
/* Merges the axes first .. last into one, as dl_reshape does; a scalar becomes [1]. DL_EINVAL when
 * first is after last. */
DL_API dl_tensor *dl_flatten(dl_tensor *x, int32_t first, int32_t last);
/* x itself when row-major, else a row-major copy. */
DL_API dl_tensor *dl_contiguous(dl_tensor *x);
/* A copy with memory of its own, laid out as x where x has no gaps, else row-major. */
DL_API dl_tensor *dl_copy(dl_tensor *x);
/* Another element type; x itself when it has it. To an integer type: cut toward zero, what is
 * out of range saturates, NaN becomes 0; to bool: not zero. The gradient passes between f32 and
 * f64. DL_EDTYPE for no element type. */
DL_API dl_tensor *dl_cast(dl_tensor *x, dl_dtype dtype);

/* ---- joining, cutting, indexing --------------------------------------------------------------- *
 * Any element type, unless said otherwise. DL_ESHAPE for an axis that x does not have, or shapes
 * that do not fit each other; the message names the input. An index is i32, i64 or u8 (DL_EDTYPE)
 * and lies in 0 .. n - 1 of the axis that it indexes: anything else, negative ones too, is
 * DL_EINVAL, with its place and value. Gradients of an element that is used several times are added
 * in the order of the indexes, so their bits do not depend on threads. */

/* in[0 .. n) one after the other along axis: their sizes add up there and are equal elsewhere, or
 * it is DL_ESHAPE; mixed element types are DL_EDTYPE. Any n from 1; sizes of 0 are fine. Laid out
 * in memory as the first input that has elements. A NULL among them, or n < 1, gives NULL. */
DL_API dl_tensor *dl_concat(dl_tensor *const *in, int32_t n, int32_t axis);
/* in[0 .. n), all of one shape, along a new axis, which is number axis (0 .. ndim) of the result.
 * Otherwise as dl_concat. DL_ELIMIT when they have DL_MAX_DIMS axes already. */
DL_API dl_tensor *dl_stack(dl_tensor *const *in, int32_t n, int32_t axis);
/* Cuts axis into n pieces of the sizes, which add up to its size (DL_ESHAPE): out[i], views that
 * belong to the innermost scope. Sizes of 0 are fine. On failure all out[i] are NULL. DL_EINVAL for
 * a negative size, n < 1, or no sizes or out. */
DL_API dl_status dl_split(dl_tensor *x, int32_t axis, const int64_t *sizes, int32_t n,
                          dl_tensor **out);
/* A view in which the n_axes axes (NULL or 0: all) run backwards. DL_EINVAL for an axis that is
 * given twice. */
DL_API dl_tensor *dl_flip(dl_tensor *x, const int32_t *axes, int32_t n_axes);
/* y, of the shape of index, with y[i][j][k] = x[index[i][j][k]][j][k] for axis 0 of three, and so
 * on. index has as many axes as x, and none but axis is longer than that of x (DL_ESHAPE). */
DL_API dl_tensor *dl_gather(dl_tensor *x, int32_t axis, dl_tensor *index);
/* x, and src added to it at the places of index, the inverse of dl_gather: for axis 0 of three
 * y[index[i][j][k]][j][k] += src[i][j][k], in row-major order. src and index have one shape, x and
 * src one element type, not bool (DL_EDTYPE); integers wrap around. */
DL_API dl_tensor *dl_scatter_add(dl_tensor *x, int32_t axis, dl_tensor *index, dl_tensor *src);
/* y[.., j, ..] = x[.., index[j], ..] for an index [m]: axis gets the size m. Rows of a table
 * [V, D] along axis 0 are the operation of an embedding. */
DL_API dl_tensor *dl_index_select(dl_tensor *x, int32_t axis, dl_tensor *index);
/* labels [..] -> [.., n] of dtype: 1 at place labels[..] of the last axis, else 0. Not
 * differentiable. DL_EINVAL for n < 0, DL_EDTYPE for no element type, DL_ELIMIT when labels has
 * DL_MAX_DIMS axes already. */
DL_API dl_tensor *dl_one_hot(dl_tensor *labels, int64_t n, dl_dtype dtype);

/* Places around x, as mode (DL_PAD_*) says: pads holds, axis after axis, how many go before and how
 * many after it; n_pads is twice the axes of x (DL_EINVAL). Negative ones cut places off first.
 * value, converted as dl_cast does, is for DL_PAD_CONSTANT alone. DL_ESHAPE: more is cut than there
 * is; DL_PAD_REFLECT pads less than the (cut) size of its axis, DL_PAD_CIRCULAR at most that,
 * DL_PAD_REPLICATE needs an element. DL_EINVAL for another mode. */
DL_API dl_tensor *dl_pad(dl_tensor *x, const int64_t *pads, int32_t n_pads, int32_t mode,
                         double value);

/* ---- activations ----------------------------------------------------------------------------- *
 * Results keep the memory layout of x. DL_EDTYPE for integers. Settings are rounded to the type of
 * x; "finite" and "positive" mean that then. */

/* max(x, 0). NaN passes; the gradient at 0 is 0. The gradient needs the result alone. */
DL_API dl_tensor *dl_relu(dl_tensor *x);
/* 1 / (1 + exp(-x)); neither tail overflows. */
DL_API dl_tensor *dl_sigmoid(dl_tensor *x);
DL_API dl_tensor *dl_tanh(dl_tensor *x);
/* x for x > 0, else slope x, whose gradient at 0 is slope. slope is finite, else DL_EINVAL; usual
 * is 0.01. Maas et al., 2013. */
DL_API dl_tensor *dl_leaky_relu(dl_tensor *x, double slope);
/* x for x > 0, else alpha (e^x - 1). alpha is finite, else DL_EINVAL; usual is 1. Clevert et al.,
 * 2016. */
DL_API dl_tensor *dl_elu(dl_tensor *x, double alpha);
/* 1.0507.. elu(x, 1.6732..): keeps mean 0 and variance 1 through deep nets. Klambauer et al., 2017.
 * */
DL_API dl_tensor *dl_selu(dl_tensor *x);
/* x for x > 0, else alpha (e^(x / alpha) - 1): the gradient has no jump. alpha is positive and
 * finite, else DL_EINVAL; usual is 1. Barron, 2017. */
DL_API dl_tensor *dl_celu(dl_tensor *x, double alpha);
/* x P(z < x) for a normal number z: x (1 + erf(x / sqrt 2)) / 2. Right to a few units in the last
 * place in the lower tail too. Hendrycks and Gimpel, 2016. */
DL_API dl_tensor *dl_gelu(dl_tensor *x);
/* The approximation of it with tanh: x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. */
DL_API dl_tensor *dl_gelu_tanh(dl_tensor *x);
/* x sigmoid(x), also called swish. Elfwing et al., 2017. */
DL_API dl_tensor *dl_silu(dl_tensor *x);
/* x tanh(log(1 + e^x)). Misra, 2019. */
DL_API dl_tensor *dl_mish(dl_tensor *x);
/* log(sigmoid(x)); neither tail overflows. */
DL_API dl_tensor *dl_logsigmoid(dl_tensor *x);
/* log(1 + e^(beta x)) / beta, and x itself where beta x > threshold. beta is positive and finite,
 * threshold not NaN, else DL_EINVAL; usual are 1 and 20. Neither tail overflows, also without a
 * threshold (INFINITY). */
DL_API dl_tensor *dl_softplus(dl_tensor *x, double beta, double threshold);
/* x / (1 + |x|). */
DL_API dl_tensor *dl_softsign(dl_tensor *x);
/* x cut to [low, high]; the gradient at the ends is 0. low <= high, else DL_EINVAL; usual are -1
 * and 1. */
DL_API dl_tensor *dl_hardtanh(dl_tensor *x, double low, double high);
/* x cut to [0, 6]; the gradient at the ends is 0. */
DL_API dl_tensor *dl_relu6(dl_tensor *x);
/* (x + 3) / 6 cut to [0, 1]; the gradient at the ends is 0. Howard et al., 2019. */
DL_API dl_tensor *dl_hardsigmoid(dl_tensor *x);
/* x hardsigmoid(x); the gradient is 0 at -3, 1 at 3. Howard et al., 2019. */
DL_API dl_tensor *dl_hardswish(dl_tensor *x);
/* x for x > 0, else w x; w is [1], or [C], one number for each index of axis 1 of x [N, C, ..]; its
 * usual first value is 0.25. DL_ESHAPE for another w. He et al., 2015. */
DL_API dl_tensor *dl_prelu(dl_tensor *x, dl_tensor *w);
/* a sigmoid(b), a the first and b the second half of axis: [.., 2 n, ..] -> [.., n, ..]. DL_ESHAPE
 * when the size of axis is odd, or x has no such axis. Dauphin et al., 2017. */
DL_API dl_tensor *dl_glu(dl_tensor *x, int32_t axis);
/* exp(x - max) / sum(exp(x - max)) along axis. A row of all -inf (every key masked) gives zeros; a
 * NaN or +inf makes its row NaN. DL_ESHAPE for an axis that x does not have. */
DL_API dl_tensor *dl_softmax(dl_tensor *x, int32_t axis);
/* x - max - log(sum(exp(x - max))) along axis: the logarithm of softmax, without its underflow. A
 * row of all -inf gives -inf. DL_ESHAPE for an axis that x does not have. */
DL_API dl_tensor *dl_log_softmax(dl_tensor *x, int32_t axis);
/* ---- dropout and normalization --------------------------------------------------------------- */

/* Inverted dropout: each element is 0 with probability p (rounded up to a multiple of 2^-24), else
 * x / (1 - p). p = 0 gives x, p = 1 zeros, both exactly; p outside [0, 1] or NaN is DL_EINVAL. The
 * choice is drawn from (seed of the context, dl_ctx_ticket, logical index): it does not depend on
 * memory layout, element type or threads, and is drawn again, not kept, for the gradient. It is
 * always on: whether a net is in training is for layers to know. Srivastava et al., JMLR 2014. */
DL_API dl_tensor *dl_dropout(dl_tensor *x, double p);
/* The same choice without the division: 0 with probability p, else x itself. For the expectation
 * form, where training drops and evaluation multiplies by 1 - p (Hinton et al., 2012). */
DL_API dl_tensor *dl_dropout_unscaled(dl_tensor *x, double p);
/* dl_dropout and dl_dropout_unscaled of whole channels: one choice for all elements [n, c, ..] of x
 * [N, C, ..]. DL_ESHAPE for fewer than two axes. Tompson et al., CVPR 2015. */
DL_API dl_tensor *dl_dropout_channels(dl_tensor *x, double p);
DL_API dl_tensor *dl_dropout_channels_unscaled(dl_tensor *x, double p);
/* Batch normalization with the statistics of x [N, C, ..] itself, as in training: mean and biased
 * variance over all axes but 1, y = (x - mean) / sqrt(var + eps) weight + bias. weight and bias are
 * [C], or NULL for 1 and 0. mean and var, NULL or where to put them, receive the statistics [C]
 * (NULL on failure); gradients go through them too. They are summed in f64, of differences from a
 * value near the mean: a large common offset of x costs no digits. DL_ESHAPE for shapes that do not
 * fit and for fewer than two values of a channel; DL_EINVAL unless eps is 0 or more. Ioffe and
 * Szegedy, ICML 2015. */
DL_API dl_tensor *dl_batch_norm(dl_tensor *x, dl_tensor *weight, dl_tensor *bias, double eps,
                                dl_tensor **mean, dl_tensor **var);
/* The same with given statistics, mean and var [C], as in evaluation. All have gradients. */
DL_API dl_tensor *dl_batch_norm_eval(dl_tensor *x, dl_tensor *weight, dl_tensor *bias,
                                     dl_tensor *mean, dl_tensor *var, double eps);
/* Layer normalization: mean and biased variance over the last n_axes axes of x, y = (x - mean) /
 * sqrt(var + eps) weight + bias. weight and bias have the shape of those axes, or are NULL for 1
 * and 0. Accurate as dl_batch_norm; a NaN makes its row NaN. DL_ESHAPE for shapes and numbers of
 * axes that do not fit; DL_EINVAL unless eps is 0 or more. Ba et al., 2016. */
DL_API dl_tensor *dl_layer_norm(dl_tensor *x, int32_t n_axes, dl_tensor *weight, dl_tensor *bias,
                                double eps);
/* Group normalization: mean and biased variance of each of so many groups of neighbouring channels
 * of x [N, C, ..], in each example for itself; y = (x - mean) / sqrt(var + eps) weight + bias.
 * weight and bias are [C], or NULL for 1 and 0. Of a group with one value y is the bias. Accurate
 * as dl_batch_norm, and x keeps its layout. DL_ESHAPE for shapes that do not fit and where groups
 * does not divide C; DL_EINVAL for groups below 1, and unless eps is 0 or more. Wu and He, ECCV
 * 2018. */
DL_API dl_tensor *dl_group_norm(dl_tensor *x, int32_t groups, dl_tensor *weight, dl_tensor *bias,
                                double eps);
/* The same with a group for each channel; DL_ESHAPE for fewer than two values of a channel in an
 * example. Ulyanov et al., 2016. */
DL_API dl_tensor *dl_instance_norm(dl_tensor *x, dl_tensor *weight, dl_tensor *bias, double eps);
/* y = x / sqrt(mean(x^2) + eps) weight, with the mean over the last n_axes axes of x. weight has
 * the shape of those axes, or is NULL for 1. Failures as dl_layer_norm. eps is 2^-23 for f32 and
 * 2^-52 for f64 where PyTorch has None. Zhang and Sennrich, NeurIPS 2019. */
DL_API dl_tensor *dl_rms_norm(dl_tensor *x, int32_t n_axes, dl_tensor *weight, double eps);
/* y = x / (k + alpha / size S)^beta, S the sum of squares over size neighbouring channels, size / 2
 * of them before, in [N, C, ..]; those that are not there count as 0. AlexNet has alpha without a
 * division: alpha * size here; its numbers are size 5, alpha 5e-4, beta 0.75, k 2. DL_ESHAPE for
 * fewer than two axes; DL_EINVAL for size below 1 and numbers that are not finite. Krizhevsky et
 * al., 2012. */
DL_API dl_tensor *dl_local_response_norm(dl_tensor *x, int32_t size, double alpha, double beta,
                                         double k);

#ifdef __cplusplus
}
#endif
#endif
