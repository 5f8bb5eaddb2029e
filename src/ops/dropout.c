/* Dropout, inverted or not. The mask is not kept: it is drawn again from the ticket, for the
 * gradient too, which is the same linear map. Element i, in logical order, takes number i of the
 * stream, so that the mask depends on neither layout nor threads nor the element type. */
#include <math.h>
#include "autograd/elementwise.h"
#include "core/parallel.h"
#include "core/random.h"
#include "core/text.h"
#include "dl/ops.h"
#include "ops/shape.h"

/* Elements of one item of parallel work, and of what is drawn at once: stacks may be small. */
enum { PIECE = 4096, BLOCK = 512 };

typedef struct attrs {
    double p;
    uint64_t ticket;
    int32_t unscaled; /* 1: what is kept is not divided by 1 - p           */
    int32_t channels; /* 1: one choice for each [n, c], not for each element */
} attrs;

static const dl_attr attr_list[] = {
    {"p", DL_ATTR_F64, offsetof(attrs, p), 1},
    {"ticket", DL_ATTR_U64, offsetof(attrs, ticket), 1},
    {"unscaled", DL_ATTR_I32, offsetof(attrs, unscaled), 1},
    {"channels", DL_ATTR_I32, offsetof(attrs, channels), 1},
};

DL__LOOP2(drop_loops, b >= s0 ? a * s1 : 0)

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const attrs *a = c->attrs;
    if (!(a->p >= 0 && a->p <= 1)) {
        char text[DL__NUMBER];
        return dl_fail(c->ctx, DL_EINVAL, "dropout%s%s: p is %s, it wants a probability in [0, 1]",
                       a->channels ? "_channels" : "", a->unscaled ? "_unscaled" : "",
                       dl__double_text(text, a->p));
    }
    if (a->channels && c->in[0] && c->in[0]->ndim < 2) {
        char text[DL__SHAPE_TEXT];
        return dl_fail(c->ctx, DL_ESHAPE, "dropout_channels: the input is %s, wanted [N, C, ..]",
                       dl__dims_text(text, c->in[0]));
    }
    return dl__elementwise_infer(c, out);
}

typedef struct job {
    const dl_tensor *x, *y;
    dl__loop loop;
    dl__stream stream;
    double scalars[DL__ARGS];
    int64_t n, row; /* elements in all, elements of a stretch with one step */
    int32_t flat;   /* that stretch is all of it, without gaps */
} job;

/* Elements [first, first + n), n <= BLOCK. */
static void run_block(const job *j, int64_t first, int64_t n)
{
    float narrow[BLOCK];
    double wide[BLOCK];
    const int64_t size = (int64_t)dl_dtype_size(j->x->dtype);
    const int32_t last = j->x->ndim - 1;
    const int64_t step[3] = {j->flat ? size : j->y->strides[last] * size,
                             j->flat ? size : j->x->strides[last] * size, size};
    char *u = size == sizeof(float) ? (char *)narrow : (char *)wide;
    dl__fill_uniform_f32(&j->stream, (uint64_t)first, narrow, n);
    for (int64_t i = 0; size == sizeof(double) && i < n; i++)
        wide[i] = (double)narrow[i];
    for (int64_t i = 0; i < n;) {
        int64_t left = j->row - (first + i) % j->row, m = left < n - i ? left : n - i;
        char *p[3] = {dl__element(j->y, first + i), dl__element(j->x, first + i), u + i * size};
        j->loop(m, p, step, j->scalars);
        i += m;
    }
}

static void run_piece(void *arg, int64_t item)
{
    const job *j = arg;
    const int64_t first = item * PIECE, end = j->n - first < PIECE ? j->n : first + PIECE;
    for (int64_t i = first; i < end; i += BLOCK)
        run_block(j, i, end - i < BLOCK ? end - i : BLOCK);
}

/* Number n C + c of the stream is for all of channel c of example n. */
static dl_status drop_channels(const dl_call *c, const job *j)
{
    dl_tensor *x = c->in[0];
    dl__shape s = {.dtype = x->dtype, .ndim = x->ndim, .dims = {x->dims[0], x->dims[1]}};
    for (int32_t i = 2; i < x->ndim; i++)
        s.dims[i] = 1;
    dl__row_major(s.ndim, s.dims, s.strides);
    dl_tensor *u = dl__tensor_new(c->ctx, &s, 0);
    if (!u)
        return c->ctx->status;
    const int64_t n = dl__count_of(u);
    float *drawn = (float *)(void *)dl__data(u);
    dl__fill_uniform_f32(&j->stream, 0, drawn, n);
    /* Widened in place, from the end. */
    for (int64_t i = n; x->dtype == DL_F64 && i-- > 0;)
        ((double *)(void *)dl__data(u))[i] = (double)drawn[i];
    dl__elementwise_run(c->out[0], (dl_tensor *const[]){x, u}, 2, &drop_loops, j->scalars);
    dl_tensor_drop(u);
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    const attrs *a = c->attrs;
    const dl_tensor *x = c->in[0], *y = c->out[0];
    job j = {.x = x, .y = y, .loop = dl__loops_get(&drop_loops, x->dtype), .n = dl__count_of(x)};
    /* The numbers are multiples of 2^-24; with p rounded up to one, float and double agree. */
    j.scalars[0] = ceil(a->p * 0x1p24) * 0x1p-24;
    j.scalars[1] = a->unscaled ? 1 : a->p < 1 ? 1 / (1 - a->p) : 0;
    j.stream = dl__random_stream(c->ctx->opts.seed, DL__FOR_OPERATION, a->ticket);
    if (a->channels)
        return drop_channels(c, &j);
    j.flat = dl_tensor_contiguous(x) && dl_tensor_contiguous(y);
    j.row = j.flat ? j.n : x->dims[x->ndim - 1];
    dl__parallel(c->ctx, (j.n + PIECE - 1) / PIECE, run_piece, &j);
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx);

const dl_op dl__op_dropout = {.name = "dropout",
                              .attrs_size = sizeof(attrs),
                              .attrs = attr_list,
                              .n_attrs = 4,
                              .infer = infer,
                              .forward = forward,
                              .backward = backward};

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = dl__apply1(&dl__op_dropout, dy[0], c->attrs);
    return c->ctx->status;
}

static dl_tensor *drop(dl_tensor *x, double p, int32_t unscaled, int32_t channels)
{
    if (!x || !dl__ok(x->base.ctx))
        return NULL;
    const attrs a = {
        .p = p, .ticket = dl_ctx_ticket(x->base.ctx), .unscaled = unscaled, .channels = channels};
    dl_tensor *y = dl__apply1(&dl__op_dropout, x, &a);
    if (!y)
        x->base.ctx->ticket = a.ticket; /* nothing was drawn */
    return y;
}

dl_tensor *dl_dropout(dl_tensor *x, double p)
{
    return drop(x, p, 0, 0);
}

dl_tensor *dl_dropout_unscaled(dl_tensor *x, double p)
{
    return drop(x, p, 1, 0);
}

dl_tensor *dl_dropout_channels(dl_tensor *x, double p)
{
    return drop(x, p, 0, 1);
}

dl_tensor *dl_dropout_channels_unscaled(dl_tensor *x, double p)
{
    return drop(x, p, 1, 1);
}
