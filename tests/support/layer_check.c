/* What every layer is tested for. */
#include <stdio.h>
#include <string.h>
#include "dl/grad.h"
#include "layer_check.h"
#include "module/module.h"
#include "scratch.h"

enum { MAX_WRT = 16 };

dl_ctx *make_typed_ctx(dl_dtype dtype)
{
    dl_ctx *ctx = make_ctx(2);
    ctx->opts.dtype = dtype;
    return ctx;
}

dl_tensor *run_layer(dl_module *m, dl_tensor *x)
{
    assert_non_null(m);
    dl_tensor *y = dl_module_forward(m, x);
    expect_ok(dl_module_ctx(m));
    assert_non_null(y);
    return y;
}

/* A module and its input where that is held fixed, else NULL. */
typedef struct applied {
    dl_module *m;
    dl_tensor *index;
} applied;

static dl_tensor *apply(dl_tensor *const *in, int32_t n, void *user)
{
    const applied *a = user;
    (void)n;
    return dl_module_forward(a->m, a->index ? a->index : in[0]);
}

static void check_gradients(dl_module *m, dl_tensor *x)
{
    dl_ctx *ctx = dl_module_ctx(m);
    const int wanted = dl__is_float(x->dtype);
    applied a = {m, wanted ? NULL : x};
    dl_tensor *in[MAX_WRT];
    int32_t n = 0;
    if (wanted)
        in[n++] = x;
    for (int32_t i = 0; i < dl_module_param_count(m); i++) {
        assert_true(n < MAX_WRT);
        in[n++] = dl_module_param(m, i);
    }
    dl_grad_track(x, wanted);
    dl_gradcheck(apply, in, n, &a, NULL, NULL);
    expect_ok(ctx);
    dl_gradcheck(apply, in, n, &a, NULL, &(dl_gradcheck_opts){.order = 2});
    expect_ok(ctx);
    dl_grad_track(x, 0);
}

/* Another module, a context of its own or not, gives the bits of y for x; the last bits may differ
 * of a frozen one without the buffers of its source, so many: its norms are folded. */
enum { ALL = -1 };
static void check_twin(dl_module *twin, const dl_tensor *x, const dl_tensor *y, int32_t buffers)
{
    assert_non_null(twin);
    dl_ctx *ctx = dl_module_ctx(twin);
    int32_t mark = dl_scope_begin(ctx);
    dl_module_train(twin, 0);
    dl_tensor *in = dl_tensor_give(dl_tensor_to(ctx, x));
    if (buffers == ALL || buffers == dl_module_buffer_count(twin))
        assert_same_bits(run_layer(twin, in), y);
    else
        assert_tensors_close(run_layer(twin, in), y, 1e-12);
    dl_scope_end(ctx, mark);
    dl_module_drop(twin);
}

static void check_twins(dl_module *m, dl_tensor *x)
{
    dl_ctx *ctx = dl_module_ctx(m), *other = make_typed_ctx(DL_F32);
    dl_module_train(m, 0);
    dl_tensor *y = run_layer(m, x);
    const int32_t n = dl_module_buffer_count(m);
    check_twin(dl_module_clone(m, NULL), x, y, ALL);
    check_twin(dl_module_clone(m, other), x, y, ALL);
    check_twin(dl_module_share(m, other), x, y, ALL);
    check_twin(dl_module_freeze(m), x, y, n);
    assert_int_equal(scratch_begin(), 0);
    assert_int_equal(dl_module_save(m, scratch_at("layer.safetensors")), DL_OK);
    check_twin(dl_module_open(other, scratch_at("layer.safetensors")), x, y, ALL);
    scratch_end();
    dl_module_train(m, 1);
    end_ctx(other);
    expect_ok(ctx);
}

static void check_shapes(layer_make make, dl_module *m, dl_tensor *x)
{
    dl_ctx *ctx = dl_module_ctx(m);
    dl_tensor *y = run_layer(m, x);
    dl_meta_enable(ctx, 1);
    dl_module *shadow = make(ctx);
    dl_tensor *shape = dl_tensor_give(dl_tensor_zeros(ctx, x->dtype, x->dims, x->ndim));
    dl_tensor *z = run_layer(shadow, shape);
    dl_meta_enable(ctx, 0);
    assert_int_equal(dl_tensor_meta(z), 1);
    assert_int_equal(z->dtype, y->dtype);
    assert_shape_at(z, y->dims, y->ndim, __FILE__, __LINE__);
    dl_module_drop(shadow);
}

static void check_misuse(dl_module *m, dl_tensor *x)
{
    dl_ctx *ctx = dl_module_ctx(m), *other = make_typed_ctx(DL_F64);
    dl_tensor *two[2] = {x, x}, *none[1] = {NULL}, *out[2] = {x, x};
    assert_int_equal(dl_module_call(m, two, 2, out, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "called with 2 inputs");
    assert_null(out[0]);
    assert_int_equal(dl_module_call(m, two, 1, out, 2), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "for 2 outputs");
    assert_null(out[0]);
    assert_null(out[1]);
    assert_int_equal(dl_module_call(m, none, 1, out, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "called with 0 inputs");
    assert_null(dl_module_forward(m, NULL));
    expect_ok(ctx);
    dl_tensor *far = dl_tensor_give(dl_tensor_to(other, x));
    assert_null(dl_module_forward(m, far));
    expect_error(ctx, DL_EINVAL, "another context");
    end_ctx(other);
}

static dl_status construct(dl_ctx *ctx, void *user)
{
    layer_make *make = user;
    dl_module *m = (*make)(ctx);
    dl_module_drop(m);
    return m ? DL_OK : dl_ctx_status(ctx);
}

typedef struct one_run {
    dl_module *m;
    dl_tensor *x;
} one_run;

static dl_status forward(dl_ctx *ctx, void *user)
{
    one_run *r = user;
    dl_tensor *y = dl_module_forward(r->m, r->x);
    return y ? DL_OK : dl_ctx_status(ctx);
}

static void check_layer(layer_make make, dl_dtype dtype, const int64_t *shape, int32_t ndim)
{
    dl_ctx *ctx = make_typed_ctx(DL_F64);
    dl_module *m = make(ctx);
    expect_ok(ctx);
    assert_non_null(m);
    dl_tensor *x = random_tensor(ctx, dtype, 7, shape, ndim);
    check_gradients(m, x);
    check_twins(m, x);
    check_shapes(make, m, x);
    check_misuse(m, x);
    assert_null(make(NULL));
    assert_true(fault_loop(ctx, construct, NULL, &make) > 0);
    assert_true(fault_loop(ctx, forward, NULL, &(one_run){m, x}) >= 0);
    dl_module_drop(m);
    end_ctx(ctx);
}

void layer_check(layer_make make, const int64_t *shape, int32_t ndim)
{
    check_layer(make, DL_F64, shape, ndim);
}

void layer_check_integers(layer_make make, const int64_t *shape, int32_t ndim)
{
    check_layer(make, DL_U8, shape, ndim);
}

/* ---- layers that are one operation ----------------------------------------------------------- */

static void does_what_every_layer_does(void **state)
{
    const layer_test *t = *state;
    layer_check(t->make, DL_SHAPE(4, 6));
}

/* The sizes of axes are even, for operations that halve one. */
static void gives_the_bits_of_its_operation(void **state)
{
    const layer_test *t = *state;
    dl_ctx *ctx = make_ctx(2);
    dl_module *m = t->make(ctx);
    dl_tensor *x = dl_scale(random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4, 6)), 8);
    assert_same_bits(run_layer(m, x), t->op(x));
    assert_string_equal(dl_module_class_name(m), t->name);
    assert_int_equal(dl_module_param_count(m), 0);
    dl_module_drop(m);
    end_ctx(ctx);
}

static void works_along_its_axis(void **state)
{
    const layer_test *t = *state;
    dl_ctx *ctx = make_ctx(2);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 6, 2));
    for (int32_t axis = -3; axis < 3; axis++) {
        dl_module *m = t->make_along(ctx, axis);
        assert_same_bits(run_layer(m, x), t->op_along(x, axis));
        dl_module_drop(m);
    }
    end_ctx(ctx);
}

static void names_an_axis_that_no_tensor_has(void **state)
{
    const layer_test *t = *state;
    dl_ctx *ctx = make_ctx(2);
    char wanted[64];
    static const int32_t wrong[] = {8, -9};
    for (int i = 0; i < 2; i++) {
        assert_null(t->make_along(ctx, wrong[i]));
        snprintf(wanted, sizeof wanted, "%s: axis is %d", t->name, (int)wrong[i]);
        expect_error(ctx, DL_EINVAL, wanted);
    }
    dl_module *m = t->make_along(ctx, 2);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 6))));
    expect_error(ctx, DL_ESHAPE, t->name);
    dl_module_drop(m);
    end_ctx(ctx);
}

int layer_main(const layer_test *test, const struct CMUnitTest *more, int32_t n_more)
{
    enum { ROOM = 32 };
    static const struct {
        const char *name;
        void (*run)(void **state);
    } shared[] = {
        {"does_what_every_layer_does", does_what_every_layer_does},
        {"gives_the_bits_of_its_operation", gives_the_bits_of_its_operation},
        {"works_along_its_axis", works_along_its_axis},
        {"names_an_axis_that_no_tensor_has", names_an_axis_that_no_tensor_has},
    };
    static struct CMUnitTest all[ROOM];
    static char names[4][128];
    size_t n = 0;
    for (size_t i = 0; i < (test->make_along ? 4 : 2); i++) {
        snprintf(names[i], sizeof names[i], "%s_layer_%s", test->name, shared[i].name);
        all[n++] = (struct CMUnitTest){names[i], shared[i].run, NULL, NULL,
                                       (void *)(uintptr_t)(const void *)test};
    }
    assert_true(n_more <= ROOM - 4);
    for (int32_t i = 0; i < n_more; i++)
        all[n++] = more[i];
    return _cmocka_run_group_tests(test->name, all, n, NULL, NULL);
}
