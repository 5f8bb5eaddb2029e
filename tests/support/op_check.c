#include <stdio.h>
#include <string.h>
#include "autograd/autograd.h"
#include "support/op_run.h"

/* ---- the checks ------------------------------------------------------------------------------ */

static void each_case(void **state, void (*check)(const op_test *, const op_case *), int large)
{
    const op_test *test = *state;
    for (int32_t i = 0; i < test->n_cases; i++)
        if (large || !(test->cases[i].flags & OP_LARGE))
            check(test, &test->cases[i]);
}

static void check_values(const op_test *test, const op_case *c)
{
    op_result plain = op_compute(test, c, OP_CONTIGUOUS, DL_F64, 1);
    op_result repeated = op_compute(test, c, OP_REPEATED, DL_F64, 1);
    for (op_layout layout = OP_PERMUTED; layout <= OP_BROADCAST; layout++) {
        op_run r = op_start(test, c, layout, 1);
        op_result got = op_compute_in(&r, DL_F64, -1);
        if (layout == OP_BROADCAST)
            op_expect_near(&r, &got, &repeated, 0, 0, 1e-14);
        else
            op_expect_near(&r, &got, &plain, 0, OP_PARTS - 1, 1e-14);
        op_forget(&got);
        dl_ctx_drop(r.ctx);
    }
    op_forget(&plain);
    op_forget(&repeated);
}

static void has_the_same_values_for_any_strides(void **state)
{
    each_case(state, check_values, 0);
}

static int can_alias(const op_case *c)
{
    const op_input *a = &c->in[0], *b = &c->in[1];
    return a->kind == OP_TRACKED && b->kind == OP_TRACKED && a->ndim == b->ndim &&
           memcmp(a->dims, b->dims, sizeof a->dims) == 0;
}

static void gradcheck(const op_test *test, const op_case *c, int32_t order, int alias)
{
    for (op_layout layout = OP_CONTIGUOUS; layout <= OP_BROADCAST; layout++) {
        op_run r = op_start(test, c, layout, 1);
        r.alias = alias;
        op_make_leaves(&r, DL_F64, 1);
        if (alias)
            dl_grad_track(r.in[1], 0);
        dl_gradcheck_opts o = {.order = order};
        double worst = -1.0;
        int64_t live = dl_ctx_live(r.ctx);
        if (dl_gradcheck(op_call, r.in, r.n, &r, &worst, &o) != DL_OK)
            op_refuse(&r, "gradients of order %d do not match differences", (int)order);
        if (!(worst >= 0.0))
            op_refuse(&r, "gradcheck left its error at %g", worst);
        if (dl_ctx_live(r.ctx) != live)
            op_refuse(&r, "gradcheck left objects behind");
        op_drop_leaves(&r);
        dl_ctx_drop(r.ctx);
    }
}

static void check_gradient(const op_test *test, const op_case *c)
{
    gradcheck(test, c, 1, 0);
    if (can_alias(c))
        gradcheck(test, c, 1, 1);
}

static void has_the_gradients_that_differences_give(void **state)
{
    each_case(state, check_gradient, 0);
}

static void check_second_gradient(const op_test *test, const op_case *c)
{
    gradcheck(test, c, 2, 0);
    if (can_alias(c))
        gradcheck(test, c, 2, 1);
}

static void has_second_gradients(void **state)
{
    each_case(state, check_second_gradient, 0);
}

static void check_refused_second_gradient(const op_test *test, const op_case *c)
{
    op_run r = op_start(test, c, OP_CONTIGUOUS, 1);
    op_make_leaves(&r, DL_F64, 1);
    dl_tensor *grads[OP_INPUTS], *again[OP_INPUTS];
    dl_tensor *y = op_must_call(&r);
    if (op_gradients(&r, y, DL_GRAPH_CREATE, grads) == DL_OK &&
        op_gradients(&r, grads[op_first_tracked(&r)], DL_GRAPH_RELEASE, again) == DL_OK)
        op_refuse(&r, "a second gradient came out");
    if (dl_ctx_status(r.ctx) != DL_EUNSUPPORTED)
        op_refuse(&r, "the refusal is not DL_EUNSUPPORTED");
    op_drop_leaves(&r);
    dl_ctx_drop(r.ctx);
}

static void refuses_second_gradients_by_name(void **state)
{
    each_case(state, check_refused_second_gradient, 0);
}

static void check_f32(const op_test *test, const op_case *c)
{
    op_run r = op_start(test, c, OP_CONTIGUOUS, 1);
    op_result wide = op_compute(test, c, OP_CONTIGUOUS, DL_F64, 1);
    op_result narrow = op_compute_in(&r, DL_F32, -1);
    op_expect_near(&r, &narrow, &wide, 0, OP_PARTS - 1, test->f32 > 0 ? test->f32 : 2e-6);
    if (wide.dtype[0] == DL_F64 && narrow.dtype[0] != DL_F32)
        op_refuse(&r, "f32 operands give %s", dl_dtype_name(narrow.dtype[0]));
    op_forget(&wide);
    op_forget(&narrow);
    dl_ctx_drop(r.ctx);
}

static void is_as_good_in_f32_as_f32_can_be(void **state)
{
    each_case(state, check_f32, 1);
}

static void check_threads(const op_test *test, const op_case *c)
{
    static const int32_t threads[] = {2, 3, 7};
    for (dl_dtype dtype = DL_F32; dtype <= DL_F64; dtype++) {
        op_result one = op_compute(test, c, OP_CONTIGUOUS, dtype, 1);
        for (int32_t i = 0; i < OP_LENGTH(threads); i++) {
            op_run r = op_start(test, c, OP_CONTIGUOUS, threads[i]);
            op_result many = op_compute_in(&r, dtype, -1);
            op_expect_equal(&r, &many, &one, "on several threads");
            op_forget(&many);
            dl_ctx_drop(r.ctx);
        }
        op_forget(&one);
    }
}

static void has_the_same_bits_on_any_number_of_threads(void **state)
{
    each_case(state, check_threads, 1);
}

/* r with an engine; 0 when this machine does not have it. */
static int on_engine(op_run *r, int32_t engine)
{
    r->ctx->opts.engine = engine; /* before the first operation chooses one */
    const int there = dl_ctx_engine(r->ctx) == engine;
    dl_ctx_clear(r->ctx);
    return there;
}

static int has_blas; /* some case has run on it */

/* The results of an engine are near those of plain. Returns 0 if it is not there. */
static int check_engine(const op_test *test, const op_case *c, dl_dtype dtype, int32_t engine)
{
    op_run plain = op_start(test, c, OP_CONTIGUOUS, 2), other = plain;
    other.ctx = make_ctx(2);
    if (!on_engine(&plain, DL_ENGINE_PLAIN))
        op_refuse(&plain, "there is no plain engine");
    const int there = on_engine(&other, engine);
    if (there) {
        op_result wanted = op_compute_in(&plain, dtype, -1);
        op_result got = op_compute_in(&other, dtype, -1);
        const double f32 = test->f32 > 0 ? test->f32 : 2e-6;
        op_expect_near(&other, &got, &wanted, 0, OP_PARTS - 1, dtype == DL_F32 ? f32 : 1e-14);
        op_forget(&wanted);
        op_forget(&got);
    }
    dl_ctx_drop(plain.ctx);
    dl_ctx_drop(other.ctx);
    return there;
}

static void check_engines(const op_test *test, const op_case *c)
{
    for (dl_dtype dtype = DL_F32; dtype <= DL_F64; dtype++) {
        has_blas |= check_engine(test, c, dtype, DL_ENGINE_BLAS);
        assert_true(check_engine(test, c, dtype, DL_ENGINE_NATIVE));
    }
}

static void has_the_same_values_on_every_engine(void **state)
{
    each_case(state, check_engines, 1);
}

/* One number that depends on every element of y. */
static dl_tensor *weighted_sum(dl_tensor *y)
{
    dl_tensor *w = op_weighting(y);
    return w ? dl__sum_to(dl_mul(y, w), NULL, 0) : NULL;
}

static op_result leaf_gradients(op_run *r)
{
    op_result out = {0};
    for (int32_t i = 0; i < r->n; i++)
        if (dl_grad_tracked(r->in[i])) {
            if (!dl_grad(r->in[i]))
                op_refuse(r, "leaf %d has no gradient", (int)i);
            op_store(r, &out, i + 1, dl_grad(r->in[i]));
        }
    return out;
}

static void expect_doubled(op_run *r, op_result *once, const char *when)
{
    op_result twice = leaf_gradients(r);
    for (int32_t part = 1; part < OP_PARTS; part++)
        for (int64_t i = 0; i < once->n[part]; i++)
            if (op_element(&twice, part, i) != 2.0 * op_element(once, part, i))
                op_refuse(r, "%s, element %lld: %.17g %s is not twice %.17g", op_part_name(part),
                          (long long)i, op_element(&twice, part, i), when,
                          op_element(once, part, i));
    op_forget(&twice);
}

/* x + x is 2 x exactly, so sums of two equal gradients are known to the bit. */
static void check_accumulating(const op_test *test, const op_case *c)
{
    op_run r = op_start(test, c, OP_CONTIGUOUS, 1);
    op_make_leaves(&r, DL_F64, 1);
    int32_t mark = dl_scope_begin(r.ctx);
    if (dl_backward(weighted_sum(op_must_call(&r))) != DL_OK)
        op_refuse(&r, "backward failed");
    op_result once = leaf_gradients(&r);
    if (dl_backward(weighted_sum(op_must_call(&r))) != DL_OK)
        op_refuse(&r, "the second backward failed");
    expect_doubled(&r, &once, "after two backwards");
    for (int32_t i = 0; i < r.n; i++)
        dl_grad_zero(r.in[i]);
    dl_tensor *y = op_must_call(&r);
    if (dl_backward(weighted_sum(dl_add(y, op_must_call(&r)))) != DL_OK)
        op_refuse(&r, "backward of two uses failed");
    expect_doubled(&r, &once, "of two uses");
    op_forget(&once);
    dl_scope_end(r.ctx, mark);
    op_drop_leaves(&r);
    dl_ctx_drop(r.ctx);
}

static void adds_up_gradients_of_several_uses(void **state)
{
    each_case(state, check_accumulating, 0);
}

static void check_alone(const op_test *test, const op_case *c)
{
    op_run r = op_start(test, c, OP_CONTIGUOUS, 1);
    op_result all = op_compute(test, c, OP_CONTIGUOUS, DL_F64, 1);
    for (int32_t i = 0; i < r.n; i++) {
        if (c->in[i].kind != OP_TRACKED)
            continue;
        op_result alone = op_compute_in(&r, DL_F64, i), wanted = {0};
        memcpy(&wanted, &all, sizeof wanted);
        for (int32_t part = 1; part < OP_PARTS; part++)
            wanted.data[part] = part == i + 1 ? all.data[part] : NULL;
        op_expect_equal(&r, &alone, &wanted, "when it alone is wanted");
        op_forget(&alone);
    }
    op_forget(&all);
    dl_ctx_drop(r.ctx);
}

static void gives_each_gradient_alone(void **state)
{
    each_case(state, check_alone, 0);
}

static void check_unrecorded(const op_test *test, const op_case *c)
{
    op_run r = op_start(test, c, OP_CONTIGUOUS, 1);
    op_result plain = op_compute(test, c, OP_CONTIGUOUS, DL_F64, 1), got = {0};
    for (int32_t track = 0; track < 2; track++) {
        op_make_leaves(&r, DL_F64, track);
        dl_grad_enable(r.ctx, !track);
        dl_tensor *y = op_must_call(&r);
        if (dl_grad_tracked(y))
            op_refuse(&r, "a result was recorded %s", track ? "while off" : "for constants");
        op_store(&r, &got, 0, y);
        if (got.bytes[0] != plain.bytes[0] || memcmp(got.data[0], plain.data[0], got.bytes[0]) != 0)
            op_refuse(&r, "without recording the value has other bits");
        op_forget(&got);
        op_drop_leaves(&r);
    }
    dl_grad_enable(r.ctx, 1);
    op_make_leaves(&r, DL_F64, 1);
    int recorded = dl_grad_tracked(op_must_call(&r));
    if (op_first_tracked(&r) >= 0 && recorded != op_differentiable(&r))
        op_refuse(&r, "the result was %srecorded", recorded ? "" : "not ");
    op_drop_leaves(&r);
    op_forget(&plain);
    dl_ctx_drop(r.ctx);
}

static void records_only_what_is_wanted(void **state)
{
    each_case(state, check_unrecorded, 0);
}

static void expect_like(op_run *r, const dl_tensor *meta, const dl_tensor *real, const char *what)
{
    if (!meta || !dl_tensor_meta(meta) || dl_tensor_dtype(meta) != dl_tensor_dtype(real) ||
        dl_tensor_ndim(meta) != dl_tensor_ndim(real))
        op_refuse(r, "%s of meta operands is none, or of another kind", what);
    for (int32_t i = 0; i < dl_tensor_ndim(real); i++)
        if (dl_tensor_dim(meta, i) != dl_tensor_dim(real, i) ||
            dl_tensor_stride(meta, i) != dl_tensor_stride(real, i))
            op_refuse(r, "axis %d of %s of meta operands differs", (int)i, what);
}

static void check_meta(const op_test *test, const op_case *c)
{
    op_run r = op_start(test, c, OP_CONTIGUOUS, 1);
    op_make_leaves(&r, DL_F32, 1);
    op_run m = r;
    for (int32_t i = 0; i < r.n; i++) {
        dl_meta_enable(r.ctx, 1);
        m.in[i] = dl_tensor_zeros(r.ctx, dl_tensor_dtype(r.in[i]), c->in[i].dims, c->in[i].ndim);
        dl_meta_enable(r.ctx, 0);
        if (c->in[i].kind == OP_TRACKED)
            dl_grad_track(m.in[i], 1);
    }
    dl_tensor *real = op_must_call(&r), *meta = op_must_call(&m);
    expect_like(&m, meta, real, "the result");
    if (op_differentiable(&m) && dl_grad_tracked(meta)) {
        dl_tensor *grads[OP_INPUTS];
        if (op_gradients(&m, meta, DL_GRAPH_RELEASE, grads) != DL_OK)
            op_refuse(&m, "no gradients of meta operands");
        for (int32_t i = 0; i < m.n; i++)
            if (grads[i] && (!dl_tensor_meta(grads[i]) ||
                             dl_tensor_count(grads[i]) != op_n_elements(&c->in[i])))
                op_refuse(&m, "the gradient of meta operand %d is not meta or has another size",
                          (int)i);
    }
    op_drop_leaves(&r);
    op_drop_leaves(&m);
    dl_ctx_drop(r.ctx);
}

static void infers_shapes_without_data(void **state)
{
    each_case(state, check_meta, 0);
}

static void check_layout(const op_test *test, const op_case *c)
{
    op_run r = op_start(test, c, OP_PERMUTED, 1);
    op_make_leaves(&r, DL_F64, 1);
    dl_tensor *y = op_must_call(&r), *x = r.in[0];
    int same = dl_tensor_ndim(y) == dl_tensor_ndim(x);
    for (int32_t i = 0; same && i < dl_tensor_ndim(x); i++)
        same = dl_tensor_dim(y, i) == dl_tensor_dim(x, i);
    for (int32_t i = 0; same && dl_tensor_count(x) > 0 && i < dl_tensor_ndim(x); i++)
        if (dl_tensor_dim(x, i) > 1 && dl_tensor_stride(y, i) != dl_tensor_stride(x, i))
            op_refuse(&r, "axis %d: stride %lld became %lld", (int)i,
                      (long long)dl_tensor_stride(x, i), (long long)dl_tensor_stride(y, i));
    op_drop_leaves(&r);
    dl_ctx_drop(r.ctx);
}

static void keeps_the_layout_of_its_operand(void **state)
{
    each_case(state, check_layout, 0);
}

/* Forward and backward, both ways of asking; an allocation may fail anywhere. */
static dl_status attempt(op_run *r)
{
    dl_tensor *grads[OP_INPUTS];
    int32_t mark = dl_scope_begin(r->ctx);
    dl_tensor *y = op_call(r->in, r->n, r);
    if (y && op_differentiable(r) && dl_grad_tracked(y)) {
        op_gradients(r, y, DL_GRAPH_RETAIN, grads);
        dl_backward(weighted_sum(y));
    }
    dl_scope_end(r->ctx, mark);
    return dl_ctx_status(r->ctx);
}

static void check_memory(const op_test *test, const op_case *c)
{
    for (int sticky = 0; sticky < 2; sticky++) {
        op_run r = op_start(test, c, OP_PERMUTED, 1);
        int64_t live = dl_ctx_live(r.ctx), used = dl_ctx_bytes(r.ctx, DL_BYTES_LIVE);
        long long k = 0;
        for (int done = 0; !done; k++) {
            op_result before = {0}, after = {0};
            op_make_leaves(&r, DL_F64, 1);
            for (int32_t i = 0; i < r.n; i++)
                op_store(&r, &before, i, r.in[i]);
            dl__memory_fail(r.ctx, k + 1, sticky);
            dl_status status = attempt(&r);
            dl__memory_fail(r.ctx, 0, 0);
            if (status != DL_OK && status != DL_ENOMEM)
                op_refuse(&r, "allocation %lld failing is not DL_ENOMEM", k + 1);
            done = status == DL_OK;
            dl_ctx_clear(r.ctx);
            for (int32_t i = 0; i < r.n; i++)
                op_store(&r, &after, i, r.in[i]);
            op_expect_equal(&r, &after, &before, "as an operand, after memory ran short");
            op_forget(&before);
            op_forget(&after);
            op_drop_leaves(&r);
            if (dl_ctx_live(r.ctx) != live || dl_ctx_bytes(r.ctx, DL_BYTES_LIVE) != used)
                op_refuse(&r, "allocation %lld failing left %lld objects and %lld bytes", k + 1,
                          (long long)(dl_ctx_live(r.ctx) - live),
                          (long long)(dl_ctx_bytes(r.ctx, DL_BYTES_LIVE) - used));
        }
        if (k < 2)
            op_refuse(&r, "no allocation could fail");
        dl_ctx_drop(r.ctx);
    }
}

static void survives_any_failed_allocation(void **state)
{
    each_case(state, check_memory, 0);
}

/* Backward over an operand that changed is refused, or did not need it. */
static void check_versions(const op_test *test, const op_case *c)
{
    op_result plain = op_compute(test, c, OP_CONTIGUOUS, DL_F64, 1);
    for (int32_t i = 0; i < op_n_inputs(c); i++) {
        op_run r = op_start(test, c, OP_CONTIGUOUS, 1);
        op_make_leaves(&r, DL_F64, 1);
        dl_tensor *y = op_must_call(&r), *grads[OP_INPUTS] = {NULL};
        if (dl_grad_tracked(y)) {
            dl_tensor_fill(r.in[i], 0.0);
            dl_status status = op_gradients(&r, y, DL_GRAPH_RELEASE, grads);
            if (status != DL_OK && status != DL_ESTATE)
                op_refuse(&r, "backward over a changed operand gives status %d", (int)status);
            for (int32_t j = 0; status == DL_OK && j < r.n; j++) {
                op_result got = {0};
                if (grads[j])
                    op_store(&r, &got, j + 1, grads[j]);
                if (grads[j] && memcmp(got.data[j + 1], plain.data[j + 1], plain.bytes[j + 1]) != 0)
                    op_refuse(&r, "%s is wrong after operand %d changed", op_part_name(j + 1),
                              (int)i);
                op_forget(&got);
            }
        }
        op_drop_leaves(&r);
        dl_ctx_drop(r.ctx);
    }
    op_forget(&plain);
}

static void never_reads_a_changed_operand(void **state)
{
    each_case(state, check_versions, 0);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void expect_refusal(op_run *r, dl_tensor *const *in, dl_status status, const char *named)
{
    if (r->test->fn(in, r->n, r->c->user))
        op_refuse(r, "a result came out where %s was wanted", dl_status_name(status));
    const char *message = dl_ctx_message(r->ctx);
    size_t length = strlen(r->test->name);
    if (dl_ctx_status(r->ctx) != status || strncmp(message, r->test->name, length) != 0 ||
        message[length] != ':' || !strstr(message, named))
        op_refuse(r, "wanted %s in a message \"%s: ... %s ...\"", dl_status_name(status),
                  r->test->name, named);
    dl_ctx_clear(r->ctx);
}

static void refuses_what_it_cannot_use(void **state)
{
    const op_test *test = *state;
    op_run r = op_start(test, &test->cases[0], OP_CONTIGUOUS, 1);
    dl_ctx *other = make_ctx(1);
    op_make_leaves(&r, DL_F32, 0);
    int32_t floats = 0;
    for (int32_t i = 0; i < r.n; i++)
        floats += r.c->in[i].kind != OP_INDEX;
    for (int32_t i = 0; i < r.n; i++) {
        const op_input *in = &r.c->in[i];
        dl_tensor *bad[OP_INPUTS];
        memcpy(bad, r.in, sizeof bad);
        if (in->kind != OP_INDEX && !(test->flags & OP_ANY_DTYPE)) {
            bad[i] = dl_tensor_zeros(r.ctx, DL_I32, in->dims, in->ndim);
            expect_refusal(&r, bad, DL_EDTYPE, "i32");
            dl_tensor_drop(bad[i]);
        }
        if (r.n < 2)
            continue;
        if (in->kind != OP_INDEX && floats > 1) {
            bad[i] = dl_tensor_zeros(r.ctx, DL_F64, in->dims, in->ndim);
            expect_refusal(&r, bad, DL_EDTYPE, "f64");
            dl_tensor_drop(bad[i]);
        }
        bad[i] = dl_tensor_zeros(other, dl_tensor_dtype(r.in[i]), in->dims, in->ndim);
        if (test->fn(bad, r.n, r.c->user))
            op_refuse(&r, "tensors of two contexts were mixed");
        if (dl_ctx_status(r.ctx) != DL_EINVAL && dl_ctx_status(other) != DL_EINVAL)
            op_refuse(&r, "tensors of two contexts are not DL_EINVAL");
        dl_ctx_clear(r.ctx);
        dl_ctx_clear(other);
        dl_tensor_drop(bad[i]);
    }
    op_drop_leaves(&r);
    dl_ctx_drop(other);
    dl_ctx_drop(r.ctx);
}

static void does_nothing_while_an_error_stands(void **state)
{
    const op_test *test = *state;
    op_run r = op_start(test, &test->cases[0], OP_CONTIGUOUS, 1);
    op_make_leaves(&r, DL_F32, 0);
    dl_tensor *none[OP_INPUTS] = {NULL};
    if (test->fn(none, r.n, r.c->user) || dl_ctx_status(r.ctx))
        op_refuse(&r, "NULL operands give a result");
    memcpy(none + 1, r.in + 1, sizeof none - sizeof *none);
    if (test->fn(none, r.n, r.c->user))
        op_refuse(&r, "a NULL operand gives a result");
    dl_ctx_clear(r.ctx);
    int64_t live = dl_ctx_live(r.ctx);
    dl_fail_text(r.ctx, DL_EUSER, "stop");
    if (test->fn(r.in, r.n, r.c->user) || dl_ctx_live(r.ctx) != live)
        op_refuse(&r, "a result was made");
    if (dl_ctx_status(r.ctx) != DL_EUSER || strcmp(dl_ctx_message(r.ctx), "stop") != 0)
        op_refuse(&r, "the standing error was lost");
    op_drop_leaves(&r);
    dl_ctx_drop(r.ctx);
}

static void is_tested_with_sizes_of_zero(void **state)
{
    const op_test *test = *state;
    for (int32_t i = 0; i < test->n_cases; i++)
        for (int32_t j = 0; j < op_n_inputs(&test->cases[i]); j++)
            if (op_n_elements(&test->cases[i].in[j]) == 0)
                return;
    fail_msg("%s: no case has a size of 0", test->name);
}

/* ---- the list -------------------------------------------------------------------------------- */

static const struct {
    op_fact check;
    int32_t flags, not_flags; /* runs for operations with all of flags and none of not_flags */
} checks[] = {
    {OP_FACT(has_the_same_values_for_any_strides), 0, 0},
    {OP_FACT(has_the_gradients_that_differences_give), 0, OP_NO_GRADIENT},
    {OP_FACT(has_second_gradients), 0, OP_NO_GRADIENT | OP_FIRST_GRADIENT_ONLY},
    {OP_FACT(refuses_second_gradients_by_name), OP_FIRST_GRADIENT_ONLY, 0},
    {OP_FACT(is_as_good_in_f32_as_f32_can_be), 0, 0},
    {OP_FACT(has_the_same_bits_on_any_number_of_threads), 0, 0},
    {OP_FACT(has_the_same_values_on_every_engine), 0, 0},
    {OP_FACT(adds_up_gradients_of_several_uses), 0, OP_NO_GRADIENT},
    {OP_FACT(gives_each_gradient_alone), 0, OP_NO_GRADIENT},
    {OP_FACT(records_only_what_is_wanted), 0, 0},
    {OP_FACT(infers_shapes_without_data), 0, 0},
    {OP_FACT(keeps_the_layout_of_its_operand), OP_KEEPS_LAYOUT, 0},
    {OP_FACT(survives_any_failed_allocation), 0, 0},
    {OP_FACT(never_reads_a_changed_operand), 0, OP_NO_GRADIENT},
    {OP_FACT(refuses_what_it_cannot_use), 0, 0},
    {OP_FACT(does_nothing_while_an_error_stands), 0, 0},
    {OP_FACT(is_tested_with_sizes_of_zero), 0, OP_NEVER_EMPTY},
};

const op_fact *op_check_at(const op_test *test, int32_t *at)
{
    for (; *at < OP_LENGTH(checks); ++*at)
        if ((test->flags & checks[*at].flags) == checks[*at].flags &&
            !(test->flags & checks[*at].not_flags))
            return &checks[(*at)++].check;
    return NULL;
}

int op_has_blas(void)
{
    return has_blas;
}
