/* What the tests of optimizers share. */
#include "optim_run.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/isa.h"
#include "dl/checkpoint.h"
#include "dl/io.h"
#include "dl/ops.h"
#include "optim/optim.h"
#include "support/scratch.h"

enum { STEPS = 20, WIDTH = 9 };

static const double x_first[] = {1.5, -0.3, 0.8, -1.2, 0.05, 2.0}, y_first[] = {0.7, -1.1, 0.4};
static const double b_values[] = {0.3, -0.2, 0.1, 0.25, 0.5, -0.4}, c_values[] = {0.2, -0.6, 0.35};

static dl_status pass_on(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    (void)m;
    assert_true(n_in == 1 && n_out == 1);
    out[0] = in[0];
    return DL_OK;
}

const dl_module_class bag_class = {.name = "test.bag", .takes_children = 1, .forward = pass_on};

dl_module *make_point(dl_ctx *ctx, dl_dtype dt)
{
    dl_module *m = dl_module_new(ctx, &bag_class, NULL);
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *x = with_layout(tensor_of(ctx, dt, x_first, DL_SHAPE(2, 3)), LAYOUT_COLUMNS);
    dl_module_add_param(m, "x", dl_tensor_take(x));
    dl_module_add_param(m, "y", dl_tensor_take(tensor_of(ctx, dt, y_first, DL_SHAPE(3))));
    dl_scope_end(ctx, mark);
    expect_ok(ctx);
    return m;
}

dl_module *make_params(dl_ctx *ctx, dl_dtype dt, const int64_t *sizes, int32_t n)
{
    dl_module *m = dl_module_new(ctx, &bag_class, NULL);
    for (int32_t i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", (int)i);
        dl_module_add_param(m, name, dl_tensor_zeros(ctx, dt, &sizes[i], 1));
    }
    return m;
}

dl_tensor *point_loss(dl_module *m)
{
    dl_ctx *ctx = dl_module_ctx(m);
    dl_tensor *x = dl_module_tensor(m, "x"), *y = dl_module_tensor(m, "y");
    const dl_dtype dt = dl_tensor_dtype(x);
    dl_tensor *b = tensor_of(ctx, dt, b_values, DL_SHAPE(2, 3));
    dl_tensor *c = tensor_of(ctx, dt, c_values, DL_SHAPE(3));
    dl_tensor *well = dl_add_scalar(dl_mul(x, x), -1), *both = dl_mul(x, y);
    dl_tensor *term[] = {dl_scale(dl_mul(well, well), 0.25), dl_mul(x, b),
                         dl_scale(dl_mul(both, both), 0.5), dl_mul(y, c)};
    dl_tensor *sum = NULL;
    for (int i = 0; i < 4; i++) {
        dl_tensor *s = dl_sum(term[i], NULL, 0, 0);
        sum = i ? dl_add(sum, s) : s;
    }
    return sum;
}

void point_backward(dl_module *m)
{
    dl_ctx *ctx = dl_module_ctx(m);
    int32_t mark = dl_scope_begin(ctx);
    dl_module_zero_grad(m);
    dl_backward(point_loss(m));
    dl_scope_end(ctx, mark);
    expect_ok(ctx);
}

void give_grad(dl_module *m, int32_t i, const dl_tensor *grad)
{
    dl_ctx *ctx = dl_module_ctx(m);
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *p = dl_module_param(m, i);
    dl_grad_zero(p);
    dl_backward(dl_sum(dl_mul(p, dl_tensor_give(dl_tensor_to(ctx, grad))), NULL, 0, 0));
    dl_scope_end(ctx, mark);
    expect_ok(ctx);
}

void give_grad_of(dl_module *m, int32_t i, double value)
{
    dl_tensor *p = dl_module_param(m, i);
    int64_t dims[DL_MAX_DIMS];
    for (int32_t k = 0; k < dl_tensor_ndim(p); k++)
        dims[k] = dl_tensor_dim(p, k);
    dl_tensor *g =
        dl_tensor_full(dl_module_ctx(m), dl_tensor_dtype(p), value, dims, dl_tensor_ndim(p));
    give_grad(m, i, g);
    dl_tensor_drop(g);
}

dl_tensor *param_copy(dl_module *m, int32_t i)
{
    return dl_tensor_give(dl_tensor_to(dl_module_ctx(m), dl_module_param(m, i)));
}

/* ---- trajectories ---------------------------------------------------------------------------- */

static dl_tensor *golden(dl_ctx *ctx, const char *name, dl_dtype dt)
{
    char key[96];
    dl_safetensors *file = dl_safetensors_open(ctx, DL_TESTS_DIR "/golden/optim.safetensors", NULL);
    assert_non_null(file);
    snprintf(key, sizeof key, "%s.%s", name, dl_dtype_name(dt));
    dl_tensor *t = dl_safetensors_read(file, dl_safetensors_find(file, key));
    dl_safetensors_drop(file);
    expect_ok(ctx);
    assert_non_null(t);
    assert_shape(t, STEPS, WIDTH);
    return dl_tensor_give(t);
}

static void check_step(dl_module *m, const double *wanted, double tolerance)
{
    assert_close(dl_module_tensor(m, "x"), wanted, 6, tolerance);
    assert_close(dl_module_tensor(m, "y"), wanted + 6, 3, tolerance);
}

dl_tensor *point_closure(dl_module *m, void *user)
{
    (void)user;
    return point_loss(m);
}

/* A step over the function, however the optimizer takes it. */
static void take_step(dl_module *m, dl_optim *o, int without_y)
{
    if (o->solve) {
        assert_int_equal(dl_optim_step_closure(o, point_closure, NULL, NULL), DL_OK);
        return;
    }
    point_backward(m);
    if (without_y)
        dl_grad_zero(dl_module_tensor(m, "y"));
    assert_int_equal(dl_optim_step(o), DL_OK);
}

void check_path(const char *name, optim_make make, dl_dtype dt, double tolerance)
{
    dl_ctx *ctx = make_ctx(2);
    double *path = values_of(golden(ctx, name, dt));
    const int absent = strstr(name, "_absent") != NULL;
    dl_module *m = make_point(ctx, dt);
    dl_optim *o = make(m);
    expect_ok(ctx);
    assert_non_null(o);
    for (int step = 0; step < STEPS; step++) {
        take_step(m, o, absent && step % 3 == 0);
        check_step(m, path + step * WIDTH, tolerance);
    }
    assert_int_equal(dl_optim_steps(o), STEPS);
    free(path);
    dl_optim_drop(o);
    dl_module_drop(m);
    end_ctx(ctx);
}

void check_trajectory(const char *name, optim_make make)
{
    check_path(name, make, DL_F32, 4 * 0x1p-23);
    check_path(name, make, DL_F64, 1e-12);
}

void check_formula(optim_make make, optim_formula formula)
{
    dl_ctx *ctx = make_ctx(2);
    dl_module *m = make_point(ctx, DL_F64);
    dl_optim *o = make(m);
    expect_ok(ctx);
    assert_non_null(o);
    double w[WIDTH], state[WIDTH][4] = {{0}};
    memcpy(w, x_first, sizeof x_first);
    memcpy(w + 6, y_first, sizeof y_first);
    for (int step = 1; step <= STEPS; step++) {
        double g[WIDTH];
        point_backward(m);
        dl_tensor_get(dl_grad(dl_module_tensor(m, "x")), g, sizeof x_first);
        dl_tensor_get(dl_grad(dl_module_tensor(m, "y")), g + 6, sizeof y_first);
        for (int i = 0; i < WIDTH; i++)
            w[i] = formula(w[i], g[i], state[i], step);
        assert_int_equal(dl_optim_step(o), DL_OK);
        check_step(m, w, 1e-12);
    }
    dl_optim_drop(o);
    dl_module_drop(m);
    end_ctx(ctx);
}

/* ---- instruction sets ------------------------------------------------------------------------ */

static dl_tensor *after_steps(dl_ctx *ctx, dl_dtype dt, optim_make make)
{
    const int64_t size = 1003;
    dl_module *m = make_params(ctx, dt, &size, 1);
    dl_optim *o = make(m);
    dl_optim_clip(o, 2, 0.5);
    for (uint64_t step = 0; step < 5; step++) {
        give_grad(m, 0, random_tensor(ctx, dt, step, &size, 1));
        assert_int_equal(dl_optim_step(o), DL_OK);
    }
    dl_tensor *w = param_copy(m, 0);
    dl_optim_drop(o);
    dl_module_drop(m);
    return w;
}

static void check_isas(optim_make make)
{
    dl_ctx *ctx = make_ctx(2);
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        const int best = dl__isa_force(0);
        dl_tensor *base = after_steps(ctx, dt, make);
        for (int isa = 1; isa < DL__ISAS; isa++) {
            dl__isa_force(isa);
            assert_same_bits(after_steps(ctx, dt, make), base);
        }
        dl__isa_force(best);
    }
    end_ctx(ctx);
}

/* ---- going on from a file -------------------------------------------------------------------- */

/* Steps from step on, up to STEPS; the weights that result. file: loaded first, or, when step is 0,
 * written after STEPS / 2. */
static void run_point(optim_make make, int step, const char *file, double out[WIDTH])
{
    dl_ctx *ctx = make_ctx(1 + step);
    dl_module *m = make_point(ctx, DL_F64);
    dl_optim *o = make(m);
    dl_ckpt *c = dl_ckpt_new(ctx);
    assert_int_equal(dl_ckpt_add_module(c, "net", m), DL_OK);
    assert_int_equal(dl_ckpt_add_optim(c, "optim", o), DL_OK);
    if (step > 0)
        assert_int_equal(dl_ckpt_load(c, file), DL_OK);
    for (; step < STEPS; step++) {
        take_step(m, o, 0);
        if (step + 1 == STEPS / 2)
            assert_int_equal(dl_ckpt_save(c, file), DL_OK);
    }
    dl_tensor_get(dl_module_tensor(m, "x"), out, sizeof x_first);
    dl_tensor_get(dl_module_tensor(m, "y"), out + 6, sizeof y_first);
    expect_ok(ctx);
    dl_ckpt_drop(c);
    dl_optim_drop(o);
    dl_module_drop(m);
    end_ctx(ctx);
}

void check_resume(optim_make make)
{
    double whole[WIDTH], halves[WIDTH];
    assert_int_equal(scratch_begin(), 0);
    run_point(make, 0, scratch_at("half"), whole);
    run_point(make, STEPS / 2, scratch_at("half"), halves);
    scratch_end();
    assert_memory_equal(whole, halves, sizeof whole);
}

void check_optim(optim_make make)
{
    check_threads(make);
    check_isas(make);
    check_resume(make);
}

/* ---- threads --------------------------------------------------------------------------------- */

static void steps_with(int32_t threads, dl_dtype dt, optim_make make, double *out[2])
{
    static const int64_t sizes[] = {300001, 77};
    dl_ctx *ctx = make_ctx(threads);
    dl_module *m = make_params(ctx, dt, sizes, 2);
    dl_optim *o = make(m);
    expect_ok(ctx);
    dl_optim_clip(o, 3, 0.9);
    for (int step = 0; step < 3; step++) {
        for (int32_t i = 0; i < 2; i++)
            give_grad(m, i, random_tensor(ctx, dt, (uint64_t)(7 + 2 * step + i), &sizes[i], 1));
        assert_int_equal(dl_optim_step(o), DL_OK);
    }
    for (int32_t i = 0; i < 2; i++)
        out[i] = values_of(dl_module_param(m, i));
    dl_optim_drop(o);
    dl_module_drop(m);
    end_ctx(ctx);
}

void check_threads(optim_make make)
{
    static const int32_t threads[] = {2, 3, 4, 7};
    static const size_t bytes[] = {300001 * sizeof(double), 77 * sizeof(double)};
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        double *one[2], *many[2];
        steps_with(1, dt, make, one);
        assert_true(one[0][0] != 0 && one[1][76] != 0);
        for (int t = 0; t < 4; t++) {
            steps_with(threads[t], dt, make, many);
            for (int i = 0; i < 2; i++) {
                assert_memory_equal(one[i], many[i], bytes[i]);
                free(many[i]);
            }
        }
        free(one[0]);
        free(one[1]);
    }
}

/* ---- failing allocations --------------------------------------------------------------------- */

typedef struct fault_case {
    dl_module *m;
    optim_make make;
    dl_tensor *x, *grad; /* copies of what must not change */
} fault_case;

static dl_status make_one(dl_ctx *ctx, void *user)
{
    const fault_case *f = user;
    dl_optim *o = f->make(f->m);
    if (!o)
        return dl_ctx_status(ctx);
    dl_optim_drop(o);
    return DL_OK;
}

static void as_before(dl_ctx *ctx, void *user)
{
    const fault_case *f = user;
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *x = dl_module_param(f->m, 0);
    assert_same_bits(x, f->x);
    assert_int_equal(dl_grad_tracked(x), 1);
    assert_non_null(dl_grad(x));
    assert_same_bits(dl_grad(x), f->grad);
    dl_scope_end(ctx, mark);
}

void check_faults(optim_make make)
{
    dl_ctx *ctx = make_ctx(2);
    dl_module *m = make_point(ctx, DL_F32);
    point_backward(m);
    fault_case f = {m, make, param_copy(m, 0),
                    dl_tensor_give(dl_tensor_to(ctx, dl_grad(dl_module_param(m, 0))))};
    assert_true(fault_loop(ctx, make_one, as_before, &f) > 10);
    as_before(ctx, &f);
    dl_module_drop(m);
    end_ctx(ctx);
}
