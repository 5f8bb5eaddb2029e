/* dl_apply and dl_apply_into, through an operation that does what each test asks of it. */
#include <math.h>
#include <string.h>
#include "autograd/autograd.h"
#include "dl/ext.h"
#include "dl/grad.h"
#include "dl/ops.h"
#include "support/support.h"

/* What the operation is to do; its attributes, so that backward sees a copy. */
typedef struct plan {
    double factor; /* out[0] = factor * sum of present inputs, all of one shape */
    dl_spec spec;  /* used instead of the inputs' shape if spec.reserved[0]     */
    dl_status infer, forward, backward;
    int32_t give; /* what backward gives for dx[0]: GIVE_* */
} plan;
enum { GIVE_RIGHT, GIVE_NOTHING, GIVE_TYPE, GIVE_SHAPE, GIVE_STRANGER, GIVE_UNSAVED, GIVE_READ };

static dl_tensor *stranger;
static uint64_t wanted; /* what the last backward was asked for */
static int forwards;

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const plan *p = c->attrs;
    for (int32_t k = 0; k < c->n_out; k++) {
        out[k] = p->spec;
        if (p->spec.reserved[0])
            continue;
        for (int32_t i = 0; i < c->n_in; i++)
            if (c->in[i]) {
                out[k].dtype = c->in[i]->dtype;
                out[k].ndim = c->in[i]->ndim;
                memcpy(out[k].dims, c->in[i]->dims, sizeof out->dims);
            }
    }
    return p->infer;
}

static dl_status forward(const dl_call *c)
{
    const plan *p = c->attrs;
    forwards++;
    for (int32_t k = 0; k < c->n_out; k++) {
        double *y = (double *)(void *)dl__data(c->out[k]);
        for (int64_t e = 0; e < dl_tensor_count(c->out[k]); e++) {
            double sum = 0;
            for (int32_t i = 0; i < c->n_in; i++)
                sum += c->in[i] ? ((const double *)dl_tensor_data(c->in[i]))[e] : 0;
            y[e] = (c->accumulate ? y[e] : 0) + p->factor * sum;
        }
    }
    return p->forward;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const plan *p = c->attrs;
    wanted = 0;
    for (int32_t i = -1; i <= c->n_in; i++)
        if (dl_call_wants(c, i)) {
            wanted |= (uint64_t)1 << i;
            dx[i] = dl_scale(dy[0], p->factor);
        }
    switch (p->give) {
    case GIVE_NOTHING:
        dx[0] = NULL;
        break;
    case GIVE_TYPE:
        dx[0] = dl_cast(dx[0], DL_F32);
        break;
    case GIVE_SHAPE:
        dx[0] = dl_reshape(dy[0], DL_SHAPE(2, 1));
        break;
    case GIVE_STRANGER:
        dx[0] = stranger;
        break;
    case GIVE_UNSAVED:
        dx[0] = c->in[0];
        break;
    case GIVE_READ:
        dx[0] = dl_mul(dy[0], c->in[0]);
        break;
    default:
        break;
    }
    return p->backward;
}

static const dl_op op = {.name = "probe",
                         .attrs_size = sizeof(plan),
                         .infer = infer,
                         .forward = forward,
                         .backward = backward};
static const dl_op adding_op = {.name = "adding",
                                .attrs_size = sizeof(plan),
                                .flags = DL_OP_ACCUMULATES,
                                .infer = infer,
                                .forward = forward,
                                .backward = backward};

static dl_tensor *apply(dl_tensor *x, const plan *p)
{
    dl_tensor *y = x;
    dl_status status = dl_apply(&op, &x, 1, p, &y, 1);
    assert_true((status == DL_OK) == (y != NULL));
    return y;
}

static dl_tensor *pair_of(dl_ctx *ctx, double a, double b, int tracked)
{
    dl_tensor *t = make_tensor(ctx, DL_F64, DL_SHAPE(2), a, b);
    if (tracked)
        dl_grad_track(t, 1);
    return t;
}

static dl_tensor *meta_pair(dl_ctx *ctx)
{
    dl_meta_enable(ctx, 1);
    dl_tensor *t = dl_tensor_give(dl_tensor_zeros(ctx, DL_F64, DL_SHAPE(2)));
    dl_meta_enable(ctx, 0);
    return t;
}

static void attributes_are_copied(void **state)
{
    dl_ctx *ctx = *state;
    plan p = {.factor = 3};
    dl_tensor *x = pair_of(ctx, 1, 2, 1), *y = apply(x, &p);
    assert_values(y, 3, 6);
    p.factor = NAN;
    assert_int_equal(dl_backward(dl_sum(y, NULL, 0, 0)), DL_OK);
    assert_values(dl_grad(x), 3, 3);
    assert_int_equal(dl_apply(&op, &x, 1, NULL, &y, 1), DL_EINVAL);
    assert_null(y);
    expect_error(ctx, DL_EINVAL, "probe: its attributes are NULL");
}

static void inputs_may_be_absent(void **state)
{
    dl_ctx *ctx = *state;
    const plan p = {.factor = 2};
    dl_tensor *in[] = {NULL, pair_of(ctx, 1, 2, 1), NULL, pair_of(ctx, 10, 20, 0)}, *y;
    assert_int_equal(dl_apply(&op, in, 4, &p, &y, 1), DL_OK);
    assert_values(y, 22, 44);
    assert_int_equal(dl_backward(dl_sum(y, NULL, 0, 0)), DL_OK);
    assert_int_equal(wanted, 2); /* not of what is absent, nor of what is not tracked */
    assert_false(dl_call_wants(NULL, 0));
    in[1] = in[3] = NULL;
    assert_int_equal(dl_apply(&op, in, 4, &p, &y, 1), DL_EINVAL);
    assert_null(y);
    expect_ok(ctx); /* there is no context to say it in */
}

static void there_may_be_64_inputs_and_8_outputs(void **state)
{
    dl_ctx *ctx = *state;
    const plan p = {.factor = 1};
    dl_tensor *in[65], *out[9], *y;
    for (int i = 0; i < 65; i++)
        in[i] = pair_of(ctx, 1, 2, 1);
    assert_int_equal(dl_apply(&op, in, 64, &p, out, 8), DL_OK);
    assert_values(out[7], 64, 128);
    assert_int_equal(dl_backward(dl_sum(out[0], NULL, 0, 0)), DL_OK);
    assert_true(wanted == ~(uint64_t)0);
    for (int i = 0; i < 64; i++)
        assert_values(dl_grad(in[i]), 1, 1);
    assert_int_equal(dl_apply(&op, in, 65, &p, &y, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "probe: 65 inputs and 1 outputs, at most 64 and 1 to 8 fit");
    assert_int_equal(dl_apply(&op, in, 1, &p, out, 9), DL_EINVAL);
    assert_null(out[8]);
    expect_error(ctx, DL_EINVAL, "probe: 1 inputs and 9 outputs");
    assert_int_equal(dl_apply(&op, in, 1, &p, out, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "probe: 1 inputs and 0 outputs");
    assert_int_equal(dl_apply(&op, in, 1, &p, NULL, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "probe: 1 inputs and 0 outputs");
    assert_int_equal(dl_apply(&op, in, 0, &p, out, 1), DL_EINVAL);
    assert_int_equal(dl_apply(&op, NULL, 1, &p, out, 1), DL_EINVAL);
    assert_int_equal(dl_apply(NULL, in, 1, &p, out, 1), DL_EINVAL);
    expect_ok(ctx);
}

static void outputs_that_nothing_depends_on_have_no_gradient(void **state)
{
    dl_ctx *ctx = *state;
    const plan p = {.factor = 2};
    dl_tensor *x = pair_of(ctx, 1, 2, 1), *out[3];
    assert_int_equal(dl_apply(&op, &x, 1, &p, out, 3), DL_OK);
    assert_int_equal(dl_backward(dl_sum(out[0], NULL, 0, 0)), DL_OK); /* dy[1], dy[2] are NULL */
    assert_values(dl_grad(x), 2, 2);
}

static void contexts_do_not_mix(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    const plan p = {.factor = 1};
    dl_tensor *in[] = {pair_of(ctx, 1, 2, 0), pair_of(other, 1, 2, 0)}, *y;
    assert_int_equal(dl_apply(&op, in, 2, &p, &y, 1), DL_EINVAL);
    assert_null(y);
    expect_error(ctx, DL_EINVAL, "probe: inputs belong to different contexts; dl_tensor_to");
    expect_ok(other);
    end_ctx(other);
}

static void an_operation_without_its_parts_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = pair_of(ctx, 1, 2, 0), *y;
    const dl_op nameless = {.infer = infer}, shapeless = {.name = "shapeless"};
    assert_int_equal(dl_apply(&nameless, &x, 1, NULL, &y, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "apply: the operation has no name");
    assert_int_equal(dl_apply(&shapeless, &x, 1, NULL, &y, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "apply: the operation has no infer");
}

static void failures_of_its_functions_come_out(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = pair_of(ctx, 1, 2, 1);
    int64_t live = dl_ctx_live(ctx);
    assert_null(apply(x, &(plan){.infer = DL_ESHAPE}));
    expect_error(ctx, DL_ESHAPE, "probe: refused");
    assert_null(apply(x, &(plan){.infer = 5})); /* positive: not a status */
    expect_error(ctx, DL_EINVAL, "probe: refused");
    assert_null(apply(x, &(plan){.forward = DL_ENUMERIC}));
    expect_error(ctx, DL_ENUMERIC, "probe: failed");
    assert_int_equal(dl_ctx_live(ctx), live);
    dl_fail_text(ctx, DL_EUSER, "stop");
    forwards = 0;
    assert_null(apply(x, &(plan){.factor = 1}));
    assert_int_equal(forwards, 0);
    expect_error(ctx, DL_EUSER, "stop");
}

static void wrong_results_of_infer_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = pair_of(ctx, 1, 2, 0);
#define SPEC(...)                                                                                  \
    &(plan)                                                                                        \
    {                                                                                              \
        .spec = {.dtype = DL_F64, .reserved = {1}, __VA_ARGS__ }                                   \
    }
#define REFUSED(code, part, ...)                                                                   \
    assert_null(apply(x, SPEC(__VA_ARGS__)));                                                      \
    expect_error(ctx, code, part)
    const int64_t huge = (int64_t)1 << 40;
    REFUSED(DL_ESHAPE, "probe: ndim is 9", .ndim = 9);
    REFUSED(DL_ESHAPE, "probe: shape is", .ndim = 1, .dims = {-1});
    REFUSED(DL_ELIMIT, "probe: shape", .ndim = 2, .dims = {huge, huge});
    REFUSED(DL_EINVAL, "probe: the strides of its result leave gaps", .ndim = 1, .dims = {2},
            .strides = {2});
    REFUSED(DL_EINVAL, "probe: the strides of its result", .ndim = 1, .dims = {2}, .strides = {-1});
    REFUSED(DL_EINVAL, "not a view of operand 0", .ndim = 1, .dims = {3}, .strides = {1},
            .view_of = 1);
    REFUSED(DL_EINVAL, "not a view of operand 0", .ndim = 1, .dims = {2}, .strides = {1},
            .offset = 1, .view_of = 1);
    REFUSED(DL_EINVAL, "not a view of operand 0", .ndim = 1, .dims = {2}, .strides = {-1},
            .view_of = 1);
    REFUSED(DL_EINVAL, "not a view of operand 0", .ndim = 2, .dims = {3, 3},
            .strides = {INT64_MAX, INT64_MAX}, .view_of = 1);
    REFUSED(DL_EINVAL, "not a view of operand 1", .ndim = 1, .dims = {2}, .view_of = 2);
    REFUSED(DL_EINVAL, "not a view of operand -6", .ndim = 1, .dims = {2}, .view_of = -5);
    plan p = *SPEC(.ndim = 0);
    p.spec.dtype = 77;
    assert_null(apply(x, &p));
    expect_error(ctx, DL_EDTYPE, "probe: dtype is 77");
    p = *SPEC(.ndim = 1, .dims = {1}, .view_of = 1);
    p.spec.dtype = DL_F32;
    assert_null(apply(x, &p));
    expect_error(ctx, DL_EINVAL, "not a view of operand 0");
    const int64_t wide[] = {(int64_t)1 << 32, (int64_t)1 << 32};
    dl_tensor *one = make_tensor(ctx, DL_F64, DL_SHAPE(1, 1), 1);
    dl_tensor *row = dl_expand(one, (int64_t[]){1, wide[1]}, 2);
    assert_null(dl_add(row, dl_expand(one, (int64_t[]){wide[0], 1}, 2)));
    expect_error(ctx, DL_ELIMIT, "add: shape [4294967296, 4294967296]");
}

static void a_meta_input_makes_every_output_meta(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = pair_of(ctx, 1, 2, 1), *in[] = {x, meta_pair(ctx)}, *out[2];
    forwards = 0;
    assert_int_equal(dl_apply(&op, in, 2, &(plan){.factor = 1}, out, 2), DL_OK);
    assert_true(dl_tensor_meta(out[0]) && dl_tensor_meta(out[1]));
    assert_int_equal(
        dl_apply(&op, in, 2, SPEC(.ndim = 1, .dims = {2}, .strides = {1}, .view_of = 1), out, 1),
        DL_OK);
    assert_true(dl_tensor_meta(out[0])); /* also a view of the one that is not */
    assert_int_equal(forwards, 0);
    assert_true(dl_tensor_data(x) != NULL);
}

static void check_finite_names_the_operation(void **state)
{
    (void)state;
    const dl_ctx_opts opts = {.check_finite = 1};
    dl_ctx *ctx = dl_ctx_new(&opts);
    dl_tensor *x = pair_of(ctx, 1, INFINITY, 1);
    assert_null(apply(x, &(plan){.factor = 2}));
    expect_error(ctx, DL_ENUMERIC, "probe: its result of shape [2] holds inf");
    x = pair_of(ctx, 0, 1, 1);
    dl_tensor *y = dl_sum(dl_sqrt(x), NULL, 0, 0);
    assert_int_equal(dl_backward(y), DL_ENUMERIC); /* in backward, too */
    expect_error(ctx, DL_ENUMERIC, "holds inf");
    assert_null(dl_grad(x));
    assert_int_equal(
        dl_apply_into(&adding_op, &x, 1, &(plan){.factor = NAN}, pair_of(ctx, 0, 0, 0)),
        DL_ENUMERIC);
    expect_error(ctx, DL_ENUMERIC, "adding: its result of shape [2] holds nan");
    end_ctx(ctx);
}

/* The sum of the first two gradients is finite, the third one makes it infinite. */
static void check_finite_sees_every_sum_of_gradients(void **state)
{
    (void)state;
    const dl_ctx_opts opts = {.check_finite = 1};
    dl_ctx *ctx = dl_ctx_new(&opts);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2), 0, 0);
    dl_grad_track(x, 1);
    dl_tensor *a = dl_scale(x, 0.5), *y = NULL;
    for (int i = 0; i < 3; i++) {
        dl_tensor *part = dl_scale(a, 1.5e38);
        y = y ? dl_add(y, part) : part;
    }
    assert_int_equal(dl_backward(dl_sum(y, NULL, 0, 0)), DL_ENUMERIC);
    expect_error(ctx, DL_ENUMERIC, "add: its result of shape [2] holds inf");
    end_ctx(ctx);
}

static void wrong_gradients_are_refused_by_name(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    const struct {
        plan p;
        dl_status code;
        const char *part;
    } cases[] = {
        {{.give = GIVE_TYPE}, DL_ESHAPE, "backward of probe: the gradient of operand 0 does not"},
        {{.give = GIVE_SHAPE}, DL_ESHAPE, "backward of probe: the gradient of operand 0 does not"},
        {{.give = GIVE_STRANGER}, DL_EINVAL, "backward of probe: the gradient of operand 0 is of"},
        {{.give = GIVE_UNSAVED}, DL_EINVAL, "backward of probe: the gradient of operand 0 is of"},
        {{.give = GIVE_READ}, DL_ESTATE, "mul: operand 1 was not saved for backward"},
        {{.backward = DL_EUNSUPPORTED}, DL_EUNSUPPORTED, "backward of probe: failed"},
        {{.backward = 3}, DL_EINVAL, "backward of probe: failed"},
    };
    stranger = pair_of(other, 1, 2, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dl_tensor *x = pair_of(ctx, 1, 2, 1), *w = pair_of(ctx, 1, 2, 1);
        dl_tensor *in[] = {x, w}, *y;
        assert_int_equal(dl_apply(&op, in, 2, &cases[i].p, &y, 1), DL_OK);
        int32_t mark = dl_scope_begin(ctx);
        assert_int_equal(dl_backward(dl_sum(dl_mul(y, w), NULL, 0, 0)), cases[i].code);
        expect_error(ctx, cases[i].code, cases[i].part);
        dl_scope_end(ctx, mark);
        assert_null(dl_grad(x));
        assert_null(dl_grad(w)); /* mul had given it one */
        assert_null(dl__node_of(x)->visit);
        assert_null(dl__node_of(y)->visit);
        assert_int_equal(dl_backward(dl_sum(dl_mul(x, w), NULL, 0, 0)), DL_OK);
        assert_values(dl_grad(x), 1, 2);
    }
    dl_tensor *x = pair_of(ctx, 1, 2, 1), *y = apply(x, &(plan){.give = GIVE_NOTHING});
    assert_int_equal(dl_backward(dl_sum(y, NULL, 0, 0)), DL_OK);
    assert_null(dl_grad(x)); /* counts as zero */
    end_ctx(other);
}

static void an_operation_without_backward_is_refused_by_name(void **state)
{
    dl_ctx *ctx = *state;
    dl_op oneway = op;
    oneway.name = "oneway";
    oneway.backward = NULL;
    dl_tensor *x = pair_of(ctx, 1, 2, 1), *y;
    assert_int_equal(dl_apply(&oneway, &x, 1, &(plan){.factor = 1}, &y, 1), DL_OK);
    assert_int_equal(dl_backward(dl_sum(y, NULL, 0, 0)), DL_EUNSUPPORTED);
    expect_error(ctx, DL_EUNSUPPORTED, "backward: oneway has no gradient");
    oneway.flags = DL_OP_INTEGER_OUT;
    assert_int_equal(dl_apply(&oneway, &x, 1, &(plan){.factor = 1}, &y, 1), DL_OK);
    assert_false(dl_grad_tracked(y));
}

/* ---- dl_apply_into --------------------------------------------------------------------------- */

static void results_are_added_with_and_without_the_operations_help(void **state)
{
    dl_ctx *ctx = *state;
    const dl_op *const ops[] = {&op, &adding_op};
    const plan p = {.factor = 3};
    dl_tensor *x = pair_of(ctx, 1, 2, 1);
    for (int i = 0; i < 2; i++) {
        dl_tensor *dst = pair_of(ctx, 10, 20, 0), *y = dl_mul(x, dst);
        assert_int_equal(dl_apply_into(ops[i], &x, 1, &p, dst), DL_OK);
        assert_values(dst, 13, 26);
        assert_false(dl_grad_tracked(dst));
        assert_int_equal(dl_grad_enable(ctx, 1), 1);                     /* as it was */
        assert_int_equal(dl_backward(dl_sum(y, NULL, 0, 0)), DL_ESTATE); /* dst was changed */
        expect_error(ctx, DL_ESTATE, "backward of mul: operand 1 was changed");
        dst->fresh = 1;
        assert_int_equal(dl_apply_into(ops[i], &x, 1, &p, dst), DL_OK);
        assert_values(dst, 3, 6);
        assert_int_equal(dst->fresh, 0);
        dl_tensor *scalar = make_tensor(ctx, DL_F64, DL_SHAPE(1), 100);
        assert_int_equal(dl_apply_into(ops[i], &x, 1, &p, scalar), DL_OK);
        assert_values(scalar, 109); /* summed down */
        dl_tensor *meta = meta_pair(ctx), *in = meta_pair(ctx);
        assert_int_equal(dl_apply_into(ops[i], &x, 1, &p, meta), DL_OK);
        assert_int_equal(dl_apply_into(ops[i], &in, 1, &p, meta), DL_OK);
        assert_true(dl_tensor_meta(meta));
    }
}

static void wrong_accumulators_are_refused(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    const dl_op *const ops[] = {&op, &adding_op};
    const plan p = {.factor = 3};
    dl_tensor *x = pair_of(ctx, 1, 2, 1), *meta = meta_pair(ctx);
    dl_tensor *three = make_tensor(ctx, DL_F64, DL_SHAPE(3), 1, 2, 3);
    dl_tensor *rows = make_tensor(ctx, DL_F64, DL_SHAPE(2, 2), 1, 2, 3, 4);
    dl_tensor *narrow = make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2);
    for (int i = 0; i < 2; i++) {
#define INTO(dst, code, part)                                                                      \
    assert_int_equal(dl_apply_into(ops[i], &x, 1, &p, dst), code);                                 \
    expect_error(ctx, code, part)
        INTO(NULL, DL_EINVAL, "the accumulator is NULL or of another context");
        INTO(pair_of(other, 1, 2, 0), DL_EINVAL, "the accumulator is NULL or of another context");
        INTO(x, DL_EINVAL, "the accumulator is its operand 0");
        INTO(dl_exp(x), DL_ESTATE, "an operation made the tensor while recording");
        INTO(dl_expand(pair_of(ctx, 1, 2, 0), (int64_t[]){2, 2}, 2), DL_ESTATE, "share memory");
        INTO(three, DL_ESHAPE, "the accumulator's shape does not broadcast to the result's");
        INTO(rows, DL_ESHAPE, "the accumulator's shape does not broadcast to the result's");
        INTO(narrow, DL_EDTYPE, "the result is f64, the accumulator f32");
        assert_int_equal(dl_apply_into(ops[i], &meta, 1, &p, dl_copy(dl_detach(x))), DL_ESTATE);
        expect_error(ctx, DL_ESTATE, "a meta result cannot be added");
        assert_int_equal(dl_apply_into(ops[i], NULL, 1, &p, three), DL_EINVAL);
        assert_int_equal(dl_apply_into(NULL, &x, 1, &p, three), DL_EINVAL);
        expect_ok(ctx);
    }
    assert_values(three, 1, 2, 3);
    assert_values(rows, 1, 2, 3, 4);
    assert_values(narrow, 1, 2);
    end_ctx(other);
}

static void tickets_count_up(void **state)
{
    dl_ctx *ctx = *state;
    uint64_t first = dl_ctx_ticket(ctx);
    assert_true(dl_ctx_ticket(ctx) == first + 1 && dl_ctx_ticket(ctx) == first + 2);
    assert_true(dl_ctx_ticket(NULL) == 0);
}

/* Of the gradient of a mean over channels-last pictures, where a row-major one would be copied on
 * all the way back. */
static void elementwise_results_are_laid_out_as_an_operand_with_an_order(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t shape[] = {2, 3, 4, 5};
    dl_tensor *one = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 1, 1));
    dl_tensor *flat = dl_expand(one, shape, 4);
    dl_tensor *last = with_layout(random_tensor(ctx, DL_F32, 2, shape, 4), LAYOUT_LAST);
    dl_tensor *const sum[] = {dl_add(flat, last), dl_add(last, flat), dl_add(one, last)};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(dl_tensor_stride(sum[i], 1), 1);
        assert_same_bits(sum[i], sum[0]);
    }
    assert_true(dl_tensor_contiguous(dl_add(flat, flat)));
    assert_true(dl_tensor_contiguous(dl_add(one, dl_select(one, 0, 0))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(attributes_are_copied),
        with_ctx(inputs_may_be_absent),
        with_ctx(there_may_be_64_inputs_and_8_outputs),
        with_ctx(outputs_that_nothing_depends_on_have_no_gradient),
        with_ctx(contexts_do_not_mix),
        with_ctx(an_operation_without_its_parts_is_refused),
        with_ctx(failures_of_its_functions_come_out),
        with_ctx(wrong_results_of_infer_are_refused),
        with_ctx(a_meta_input_makes_every_output_meta),
        cmocka_unit_test(check_finite_names_the_operation),
        cmocka_unit_test(check_finite_sees_every_sum_of_gradients),
        with_ctx(wrong_gradients_are_refused_by_name),
        with_ctx(an_operation_without_backward_is_refused_by_name),
        with_ctx(results_are_added_with_and_without_the_operations_help),
        with_ctx(wrong_accumulators_are_refused),
        with_ctx(tickets_count_up),
        with_ctx(elementwise_results_are_laid_out_as_an_operand_with_an_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
