/* An operation as its author writes it outside the library: nothing but public headers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "dl/dl.h"
#include "dl/ext.h"

/* y = x^n for f64, with its gradient dx = n x^(n - 1) dy made of itself. */
typedef struct power_attrs {
    int32_t n;
} power_attrs;

static dl_status power_infer(const dl_call *c, dl_spec *out)
{
    const dl_tensor *x = c->in[0];
    if (dl_tensor_dtype(x) != DL_F64)
        return dl_fail(c->ctx, DL_EDTYPE, "power: x is %s, wanted f64",
                       dl_dtype_name(dl_tensor_dtype(x)));
    out->dtype = DL_F64;
    out->ndim = dl_tensor_ndim(x);
    for (int32_t i = 0; i < out->ndim; i++)
        out->dims[i] = dl_tensor_dim(x, i);
    return DL_OK;
}

static dl_status power_forward(const dl_call *c)
{
    const power_attrs *a = c->attrs;
    dl_tensor *y = c->out[0];
    dl_status status = dl_tensor_copy(y, c->in[0]); /* any strides in, row-major out */
    double *v = status == DL_OK ? dl_tensor_edit(y) : NULL;
    for (int64_t i = 0; v && i < dl_tensor_count(y); i++) {
        double x = v[i], p = 1;
        for (int32_t k = 0; k < a->n; k++)
            p *= x;
        v[i] = p;
    }
    return dl_ctx_status(c->ctx);
}

static dl_status power_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx);

static const dl_attr power_attr_list[] = {{"n", DL_ATTR_I32, offsetof(power_attrs, n), 1}};
static const dl_op power_op = {.name = "power",
                               .attrs_size = sizeof(power_attrs),
                               .attrs = power_attr_list,
                               .n_attrs = 1,
                               .saves_in = 1,
                               .infer = power_infer,
                               .forward = power_forward,
                               .backward = power_backward};

static dl_tensor *power(dl_tensor *x, int32_t n)
{
    const power_attrs a = {n};
    dl_tensor *y = NULL;
    dl_apply(&power_op, &x, 1, &a, &y, 1);
    return y;
}

static dl_status power_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const power_attrs *a = c->attrs;
    if (dl_call_wants(c, 0))
        dx[0] = dl_mul(dl_scale(power(c->in[0], a->n - 1), a->n), dy[0]);
    return dl_ctx_status(c->ctx);
}

static dl_tensor *cube(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    (void)user;
    return power(in[0], 3);
}

static void an_operation_from_outside_passes_gradcheck_twice(void **state)
{
    (void)state;
    dl_ctx *ctx = dl_ctx_new(NULL);
    dl_tensor *x = dl_tensor_randn(ctx, DL_F64, DL_SHAPE(4, 3));
    dl_tensor *columns = dl_transpose(x, 0, 1);
    dl_grad_track(x, 1);
    assert_int_equal(dl_gradcheck(cube, &x, 1, NULL, NULL, &(dl_gradcheck_opts){.order = 2}),
                     DL_OK);
    dl_grad_track(columns, 1);
    assert_int_equal(dl_gradcheck(cube, &columns, 1, NULL, NULL, NULL), DL_OK);
    assert_int_equal(dl_backward(dl_sum(power(x, 2), NULL, 0, 0)), DL_OK);
    const double *v = dl_tensor_data(x), *g = dl_tensor_data(dl_grad(x));
    for (int i = 0; i < 12; i++)
        assert_true(g[i] == 2 * v[i]);
    dl_tensor *narrow = dl_tensor_ones(ctx, DL_F32, DL_SHAPE(1));
    assert_null(power(narrow, 2));
    assert_string_equal(dl_ctx_message(ctx), "power: x is f32, wanted f64");
    dl_tensor_drop(narrow);
    dl_tensor_drop(x);
    dl_ctx_drop(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operation_from_outside_passes_gradcheck_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
