#include "dl/conv.h"
#include "support/op_check.h"

OP_UNARY(global_avgpool)

static const op_case cases[] = {
    CASE("lines", IN(2, 3, 5)),
    CASE("pictures", IN(2, 3, 4, 3)),
    CASE("volumes", IN(2, 2, 3, 2, 2)),
    CASE("four spatial axes", IN(1, 2, 2, 3, 2, 2)),
    CASE("one element", IN(2, 3, 1, 1)),
    CASE("no examples", IN(0, 3, 2, 2)),
    LARGE_CASE("many", IN(3, 40, 50, 31)),
};
static const op_test test = {"global_avgpool", call_global_avgpool, OP_CASES(cases), .flags = 0};

static void global_avgpool_leaves_axes_of_size_1(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 2, 2, 2), 1, 2, 3, 6, -2, -4, -6, -8);
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *y = dl_global_avgpool(with_layout(x, layout));
        assert_shape(y, 1, 2, 1, 1);
        assert_values(y, 3, -5);
    }
}

static void global_avgpool_refuses_what_has_no_spatial_axes(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_global_avgpool(random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3))));
    expect_error(ctx, DL_ESHAPE, "global_avgpool: the input is [2, 3], wanted [N, C, ..]");
    assert_null(dl_global_avgpool(random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 0))));
    expect_error(ctx, DL_ESHAPE, "global_avgpool: the input is [2, 3, 0], without elements");
    assert_null(dl_global_avgpool(random_tensor(ctx, DL_I32, 1, DL_SHAPE(2, 3, 2))));
    expect_error(ctx, DL_EDTYPE, "global_avgpool: the input is i32");
}

int main(void)
{
    const struct CMUnitTest more[] = {with_ctx(global_avgpool_leaves_axes_of_size_1),
                                      with_ctx(global_avgpool_refuses_what_has_no_spatial_axes)};
    return op_main(&test, more, OP_LENGTH(more));
}
