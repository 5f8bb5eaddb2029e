#include <stdlib.h>
#include "support/support.h"
#include "tensor/reduce.h"

static const int64_t dims[] = {2, 3, 4, 5};

/* The definition: over the axes of mask, of x with all its axes. */
static void reference(int32_t op, const double *x, uint32_t mask, double *y, int64_t *count)
{
    int first[120];
    *count = 1;
    for (int32_t i = 0; i < 4; i++)
        *count *= mask >> i & 1 ? 1 : dims[i];
    for (int64_t i = 0; i < *count; i++) {
        y[i] = 0;
        first[i] = 1;
    }
    for (int64_t e = 0; e < 120; e++) {
        int64_t at = 0, rest = e, index[4];
        for (int32_t i = 3; i >= 0; i--) {
            index[i] = rest % dims[i];
            rest /= dims[i];
        }
        for (int32_t i = 0; i < 4; i++)
            at = mask >> i & 1 ? at : at * dims[i] + index[i];
        if (op == DL__SUM)
            y[at] += x[e];
        else if (op == DL__SUMSQ)
            y[at] += x[e] * x[e];
        else if (first[at] || (op == DL__MAX ? x[e] > y[at] : x[e] < y[at]))
            y[at] = x[e];
        first[at] = 0;
    }
}

static void reductions_over_any_axes_of_any_layouts_are_their_definition(void **state)
{
    static const int32_t ops[] = {DL__SUM, DL__SUMSQ, DL__MAX, DL__MIN};
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, dims, 4);
    double *v = values_of(x), wanted[120];
    for (uint32_t mask = 0; mask < 16; mask++)
        for (int layout = 0; layout < LAYOUTS; layout++)
            for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
                int64_t kept[4], count;
                for (int32_t k = 0; k < 4; k++)
                    kept[k] = mask >> k & 1 ? 1 : dims[k];
                dl_tensor *y = random_tensor(ctx, DL_F64, 2, kept, 4);
                y = with_layout(y, (layout + (int)mask) % LAYOUTS);
                reference(ops[i], v, mask, wanted, &count);
                assert_int_equal(dl__reduce_axes(ops[i], with_layout(x, layout), mask, y), DL_OK);
                assert_close(y, wanted, count, 1e-14);
            }
    free(v);
    expect_ok(ctx);
}

static void reductions_leave_out_or_keep_their_axes(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_I32, DL_SHAPE(2, 3), 1, 2, 3, 4, 5, 6);
    dl_tensor *kept = random_tensor(ctx, DL_I64, 1, DL_SHAPE(1, 3));
    dl_tensor *gone = random_tensor(ctx, DL_I64, 1, DL_SHAPE(3));
    assert_int_equal(dl__reduce_axes(DL__SUM, x, 1, kept), DL_OK);
    assert_int_equal(dl__reduce_axes(DL__SUM, x, 1, gone), DL_OK);
    assert_values(kept, 5, 7, 9);
    assert_values(gone, 5, 7, 9);
}

typedef struct tensors {
    dl_tensor *x, *y;
} tensors;

static dl_status reduce_interleaved(dl_ctx *ctx, void *user)
{
    const tensors *t = user;
    (void)ctx;
    return dl__reduce_axes(DL__SUM, t->x, 5, t->y);
}

static void reductions_in_steps_survive_any_failed_allocation(void **state)
{
    dl_ctx *ctx = *state;
    tensors t = {random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 2, 4, 2)),
                 random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 2))};
    assert_true(fault_loop(ctx, reduce_interleaved, NULL, &t) > 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        with_ctx(reductions_over_any_axes_of_any_layouts_are_their_definition),
        with_ctx(reductions_leave_out_or_keep_their_axes),
        with_ctx(reductions_in_steps_survive_any_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
