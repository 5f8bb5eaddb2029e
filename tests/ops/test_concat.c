#include "support/op_check.h"

static dl_tensor *concat(dl_tensor *const *in, int32_t n, void *user)
{
    return dl_concat(in, n, *(const int32_t *)user);
}

static int32_t first = 0, second = 1, last = -1;
static const op_case cases[] = {
    CASE_WITH(&first, "rows", IN(2, 3), IN(4, 3)),
    CASE_WITH(&second, "columns", IN(3, 2), IN(3, 1), IN(3, 4)),
    CASE_WITH(&last, "planes", IN(2, 3, 1), IN(2, 3, 2)),
    CASE_WITH(&first, "one", IN(2, 3)),
    CASE_WITH(&second, "one of them fixed", IN(2, 3), FIXED(2, 2), IN(2, 1)),
    CASE_WITH(&first, "nothing among them", IN(2, 3), IN(0, 3), IN(1, 3)),
    CASE_WITH(&first, "nothing first", IN(0, 3), IN(2, 3)),
    CASE_WITH(&second, "nothing", IN(0, 3), IN(0, 4)),
    LARGE_CASE_WITH(&first, "many", IN(301, 70), IN(200, 70)),
    LARGE_CASE_WITH(&second, "many columns", IN(301, 70), IN(301, 50)),
};
static const op_test test = {"concat", concat, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void concat_joins_every_type_in_any_layout(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++)
        for (int layout = 0; layout < LAYOUTS; layout++) {
            dl_tensor *a = with_layout(make_tensor(ctx, dt, DL_SHAPE(2, 2), 0, 1, 1, 0), layout);
            dl_tensor *b = make_tensor(ctx, dt, DL_SHAPE(2, 1), 1, 1);
            dl_tensor *y = dl_concat((dl_tensor *[]){a, b}, 2, 1);
            assert_int_equal(dl_tensor_dtype(y), dt);
            assert_shape(y, 2, 3);
            assert_values(y, 0, 1, 1, 1, 0, 1);
        }
}

static void concat_keeps_the_layout_of_its_first_input(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *none = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 0, 4));
    dl_tensor *a = with_layout(random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4)), LAYOUT_LAST);
    dl_tensor *b = random_tensor(ctx, DL_F32, 2, DL_SHAPE(2, 5, 4));
    dl_tensor *y = dl_concat((dl_tensor *[]){none, a, b}, 3, 1);
    assert_shape(y, 2, 8, 4);
    assert_int_equal(dl_tensor_stride(y, 1), 1);
    assert_int_equal(dl_tensor_stride(y, 2), 8);
    assert_int_equal(dl_tensor_stride(y, 0), 32);
    assert_same_bits(dl_slice(y, 1, 0, 3, 1), a);
    assert_same_bits(dl_slice(y, 1, 3, 8, 1), b);
}

enum { MANY = 64 * 64 + 3 };

static void concat_joins_more_than_one_call_can(void **state)
{
    dl_ctx *ctx = *state;
    static dl_tensor *in[MANY];
    static double want[MANY];
    for (int32_t n = 64; n <= MANY; n += n == 64 ? 1 : n == 65 ? 63 : MANY - 128) {
        const int32_t mark = dl_scope_begin(ctx);
        for (int32_t i = 0; i < n; i++) {
            want[i] = i;
            in[i] = make_tensor(ctx, DL_F32, DL_SHAPE(1), i);
        }
        dl_grad_track(in[0], 1);
        dl_grad_track(in[n - 1], 1);
        dl_tensor *y = dl_concat(in, n, 0);
        assert_shape(y, n);
        assert_close(y, want, n, 0);
        dl_backward(dl_sum(dl_mul(y, y), NULL, 0, 0));
        expect_ok(ctx);
        assert_values(dl_grad(in[0]), 0);
        assert_values(dl_grad(in[n - 1]), 2.0 * (n - 1));
        dl_scope_end(ctx, mark);
    }
}

static dl_status join_many(dl_ctx *ctx, void *user)
{
    dl_concat(user, 65, 0);
    return dl_ctx_status(ctx);
}

static void concat_of_many_survives_any_failed_allocation(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *in[65];
    for (int32_t i = 0; i < 65; i++)
        in[i] = make_tensor(ctx, DL_F32, DL_SHAPE(1), i);
    assert_true(fault_loop(ctx, join_many, NULL, in) > 3);
}

static void concat_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    dl_tensor *b = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4));
    dl_tensor *scalar = tensor_of(ctx, DL_F32, (const double[]){1}, NULL, 0);
    assert_null(dl_concat((dl_tensor *[]){a, a, b}, 3, 0));
    expect_error(ctx, DL_ESHAPE,
                 "concat: input 0 is [2, 3] and input 2 is [2, 4], wanted one shape but for axis "
                 "0");
    assert_null(dl_concat((dl_tensor *[]){a, dl_select(a, 0, 0)}, 2, 1));
    expect_error(ctx, DL_ESHAPE, "concat: input 0 is [2, 3] and input 1 is [3], wanted one shape");
    assert_null(dl_concat((dl_tensor *[]){a, dl_cast(a, DL_I32)}, 2, 1));
    expect_error(ctx, DL_EDTYPE,
                 "concat: input 0 is f32 and input 1 is i32, wanted one element type");
    assert_null(dl_concat((dl_tensor *[]){a, b}, 2, 2));
    expect_error(ctx, DL_ESHAPE, "concat: axis is 2, wanted -2 to 1");
    assert_null(dl_concat(&scalar, 1, 0));
    expect_error(ctx, DL_ESHAPE, "concat: axis is 0, but there are no axes");
    dl_ctx *other = make_ctx(1);
    dl_tensor *c = random_tensor(other, DL_F32, 1, DL_SHAPE(2, 3));
    assert_null(dl_concat((dl_tensor *[]){a, c}, 2, 1));
    expect_error(ctx, DL_EINVAL, "concat: inputs 0 and 1 belong to different contexts");
    end_ctx(other);
    assert_null(dl_concat((dl_tensor *[]){a, NULL, a}, 3, 1));
    assert_null(dl_concat((dl_tensor *[]){a}, 0, 1));
    assert_null(dl_concat(NULL, 2, 1));
    expect_ok(ctx);
}

static void concat_refuses_sizes_that_do_not_add_up(void **state)
{
    dl_ctx *ctx = *state;
    const int old = dl_meta_enable(ctx, 1);
    dl_tensor *a = dl_tensor_give(dl_tensor_zeros(ctx, DL_U8, DL_SHAPE((int64_t)1 << 61)));
    dl_tensor *in[] = {a, a, a, a};
    dl_meta_enable(ctx, old);
    assert_null(dl_concat(in, 4, 0));
    expect_error(ctx, DL_ELIMIT, "concat: the sizes of axis 0 do not add up in 64 bits");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(concat_joins_every_type_in_any_layout),
        with_ctx(concat_keeps_the_layout_of_its_first_input),
        with_ctx(concat_joins_more_than_one_call_can),
        with_ctx(concat_of_many_survives_any_failed_allocation),
        with_ctx(concat_refuses_what_does_not_fit),
        with_ctx(concat_refuses_sizes_that_do_not_add_up),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
