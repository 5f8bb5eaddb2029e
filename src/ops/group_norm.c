/* Normalisation of groups of channels, of each example. To the kernels each example is an array of
 * a batch; the numbers of a group are those of its channels together. */
#include <string.h>
#include "core/check.h"
#include "core/memory.h"
#include "ops/norm.h"

/* in: x, weight or NULL, bias or NULL. out: y; numbers f64 [2, N groups]: mean, 1 / sqrt(var +
 * eps). */
dl_status dl__norm_groups_infer(const dl_call *c, dl_spec *out)
{
    const dl__norm_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    char text[DL__SHAPE_TEXT];
    if (dl__need_float(c, 0) != DL_OK)
        return c->ctx->status;
    if (x->ndim < 2)
        return dl_fail(c->ctx, DL_ESHAPE, "%s: the input is %s, wanted [N, C, ..]", c->op->name,
                       dl__dims_text(text, x));
    if (a->groups < 1 || x->dims[1] % a->groups != 0)
        return dl_fail(c->ctx, a->groups < 1 ? DL_EINVAL : DL_ESHAPE,
                       "%s: %d groups of the channels of %s, wanted a number that divides them",
                       c->op->name, (int)a->groups, dl__dims_text(text, x));
    if (dl__norm_need_weight(c, 1, "weight", 0) != DL_OK ||
        dl__norm_need_weight(c, 2, "bias", 0) != DL_OK)
        return c->ctx->status;
    int64_t numbers[2] = {2, 0};
    if (!dl__mul_i64(x->dims[0], a->groups, &numbers[1]))
        return dl_fail(c->ctx, DL_ELIMIT, "%s: %s has too many groups", c->op->name,
                       dl__dims_text(text, x));
    dl__spec_like(&out[0], x);
    dl__spec_row_major(&out[1], DL_F64, numbers, 2);
    return DL_OK;
}

/* Sizes of a call: examples, channels, channels of a group, groups in all, elements of a group. */
typedef struct sizes {
    int64_t examples, channels, together, groups;
    double count;
} sizes;

static sizes sizes_of(const dl_tensor *x, const dl__norm_attrs *a)
{
    sizes z = {.examples = x->dims[0], .channels = x->dims[1]};
    z.together = z.channels / a->groups;
    z.groups = z.examples * a->groups;
    z.count = (double)(z.together * dl__elements(x->dims + 2, x->ndim - 2));
    return z;
}

/* Room for n rows of a number for each channel of each example. */
static double *room(dl_ctx *ctx, const sizes *z, size_t n)
{
    size_t bytes;
    if (!dl__mul_size((size_t)(z->examples * z->channels), n * sizeof(double), &bytes)) {
        dl_fail(ctx, DL_ELIMIT, "the numbers of a normalization do not fit");
        return NULL;
    }
    return dl__calloc(ctx, bytes);
}

/* num: the rows of dl__planes_map for y. */
static void forward_numbers(const dl_call *c, const sizes *z, const double *numbers, double *num)
{
    const int64_t width = z->examples * z->channels;
    for (int64_t i = 0; i < width; i++) {
        const int64_t g = i / z->together, k = i % z->channels;
        num[i] = numbers[g];
        num[width + i] = numbers[z->groups + g] * (c->in[1] ? dl__real_at(c->in[1], k) : 1);
        num[2 * width + i] = c->in[2] ? dl__real_at(c->in[2], k) : 0;
    }
}

dl_status dl__norm_groups_forward(const dl_call *c)
{
    const dl__norm_attrs *a = c->attrs;
    const sizes z = sizes_of(c->in[0], a);
    double *numbers = (double *)(void *)dl__data(c->out[1]), *num;
    dl__norm_planes p = {.ctx = c->ctx};
    if (dl_tensor_count(c->in[0]) == 0) {
        memset(numbers, 0, (size_t)z.groups * 2 * sizeof *numbers);
        return DL_OK;
    }
    if (!(num = room(c->ctx, &z, DL__PLANES_NUMBERS)))
        return c->ctx->status;
    dl_status s = dl__norm_planes_begin(&p, c->in[0], 1, 2, DL__NORM_EXAMPLES);
    if (s == DL_OK)
        s = dl__norm_planes_result(&p, c->out[0]);
    if (s == DL_OK)
        s = dl__norm_statistics(&p, a, z.together, numbers, NULL);
    if (s == DL_OK) {
        forward_numbers(c, &z, numbers, num);
        dl__planes_map(c->ctx, p.dtype, DL__PLANES_FORWARD, &p.v, num);
    }
    dl__norm_planes_end(&p);
    dl__free(num);
    return s;
}

/* ---- gradients ------------------------------------------------------------------------------- */

/* sum: dy, and dy (x - mean), over each channel of each example. */
static void weight_gradients(const dl_call *c, const sizes *z, const double *sum)
{
    const double *rstd = (const double *)(const void *)dl__data(c->in[3]) + z->groups;
    const int64_t width = z->examples * z->channels;
    for (int64_t k = 0; k < z->channels; k++) {
        double dw = 0, db = 0;
        for (int64_t i = k; i < width; i += z->channels) {
            dw += sum[width + i] * rstd[i / z->together];
            db += sum[i];
        }
        dl__put_real_at(c->out[1], k, dw);
        dl__put_real_at(c->out[2], k, db);
    }
}

/* num: the rows of dl__planes_map for dx; the first one is filled. */
static void backward_numbers(const dl_call *c, const sizes *z, const double *sum, double *num)
{
    const double *rstd = (const double *)(const void *)dl__data(c->in[3]) + z->groups;
    const int64_t width = z->examples * z->channels;
    for (int64_t g = 0; g < z->groups; g++) {
        const int64_t first = g * z->together;
        double plain = 0, along = 0;
        for (int64_t i = first; i < first + z->together; i++) {
            const double w = c->in[2] ? dl__real_at(c->in[2], i % z->channels) : 1;
            num[width + i] = w * rstd[g];
            plain += w * sum[i];
            along += w * sum[width + i];
        }
        for (int64_t i = first; i < first + z->together; i++) {
            num[2 * width + i] = rstd[g] * plain / z->count;
            num[3 * width + i] = rstd[g] * rstd[g] * rstd[g] * along / z->count;
        }
    }
}

static dl_status backward_forward(const dl_call *c)
{
    const dl__norm_attrs *a = c->attrs;
    const sizes z = sizes_of(c->in[1], a);
    const double *numbers = (const double *)(const void *)dl__data(c->in[3]);
    const int64_t width = z.examples * z.channels;
    double *num = room(c->ctx, &z, DL__PLANES_NUMBERS + 2);
    double *sum = num ? num + width * DL__PLANES_NUMBERS : NULL;
    dl__norm_planes p = {.ctx = c->ctx};
    const int some = dl_tensor_count(c->in[1]) > 0; /* else sums of nothing */
    dl_status s = num ? DL_OK : c->ctx->status;
    for (int64_t i = 0; s == DL_OK && i < width; i++)
        num[i] = numbers[i / z.together];
    if (s == DL_OK && some)
        s = dl__norm_planes_begin(&p, c->in[1], 1, 2, DL__NORM_EXAMPLES);
    if (s == DL_OK && some)
        s = dl__norm_planes_add(&p, 2, c->in[0]);
    if (s == DL_OK && some && a->want_dx)
        s = dl__norm_planes_result(&p, c->out[0]);
    if (s == DL_OK && some)
        s = dl__planes_sum(c->ctx, p.dtype, DL__PLANES_BACKWARD, &p.v, num, NULL, sum);
    if (s == DL_OK)
        weight_gradients(c, &z, sum);
    if (s == DL_OK && some && a->want_dx) {
        backward_numbers(c, &z, sum, num);
        dl__planes_map(c->ctx, p.dtype, DL__PLANES_GRADIENT, &p.v, num);
    }
    dl__norm_planes_end(&p);
    dl__free(num);
    return s;
}

const dl_op dl__op_group_norm_backward = {.name = "group_norm_backward",
                                          .attrs_size = sizeof(dl__norm_attrs),
                                          .attrs = dl__norm_attr_list,
                                          .n_attrs = DL__NORM_ATTR_COUNT,
                                          .saves_in = 7,
                                          .infer = dl__norm_backward_infer,
                                          .forward = backward_forward,
                                          .backward = dl__norm_backward_backward};

dl_status dl__norm_groups_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    return dl__norm_gradients(&dl__op_group_norm_backward, c, dy, dx);
}

const dl_op dl__op_group_norm = DL__NORM_OP(group_norm, groups);

dl_tensor *dl_group_norm(dl_tensor *x, int32_t groups, dl_tensor *weight, dl_tensor *bias,
                         double eps)
{
    const dl__norm_attrs a = {.eps = eps, .groups = groups, .want_dx = 1};
    return dl__norm_apply(&dl__op_group_norm, x, weight, bias, &a);
}
