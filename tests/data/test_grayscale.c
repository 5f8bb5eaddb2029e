/* Pictures without their colours, at random. */
#include "data/color.h"
#include "dl/ops.h"
#include "golden/augment_cases.h"
#include "support/transform_check.h"

static dl_dataset *make(dl_dataset *d, int32_t field)
{
    return dl_dataset_grayscale(d, &(dl_grayscale_opts){.p = 0.4, .field = field});
}

static void it_does_what_every_transform_does(void **state)
{
    (void)state;
    transform_check(&(transform_test){"grayscale", make, 1, 0});
}

static void values_are_those_of_torchvision(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *d = dl_dataset_grayscale(one_picture(ctx, 3, 4, 5, golden.picture),
                                         &(dl_grayscale_opts){.p = 1});
    dl_tensor *y;
    assert_int_equal(dl_dataset_get(d, 0, 9, &y, 1), DL_OK);
    for (int k = 0; k < 3; k++)
        assert_close(dl_slice(y, 0, k, k + 1, 1), golden.gray, 20, 1e-7);
    dl_dataset_drop(d);
}

static void one_in_ten_by_default(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *d =
        dl_dataset_grayscale(one_picture(ctx, 3, 1, 1, (const double[]){1, 0, 0}), NULL);
    int n = 0;
    for (uint64_t key = 0; key < 4000; key++) {
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *y;
        assert_int_equal(dl_dataset_get(d, 0, key, &y, 1), DL_OK);
        n += *(const float *)dl_tensor_data(y) != 1;
        dl_scope_end(ctx, mark);
    }
    assert_in_range(n, 305, 495);
    dl_dataset_drop(d);
}

static void wrong_settings_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    const double x[] = {0, 0};
    assert_null(dl_dataset_grayscale(one_picture(ctx, 2, 1, 1, x), NULL));
    expect_error(ctx, DL_ESHAPE, "dataset_grayscale: pictures have 2 channels, wanted 1 or 3");
    assert_null(
        dl_dataset_grayscale(one_picture(ctx, 1, 1, 1, x), &(dl_grayscale_opts){.p = -0.5}));
    expect_error(ctx, DL_EINVAL, "dataset_grayscale: p is -0.5");
    assert_null(
        dl_dataset_grayscale(one_picture(ctx, 1, 1, 1, x), &(dl_grayscale_opts){.reserved = {1}}));
    expect_error(ctx, DL_EINVAL, "dataset_grayscale: a reserved option");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_every_transform_does),
        with_ctx(values_are_those_of_torchvision),
        with_ctx(one_in_ten_by_default),
        with_ctx(wrong_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
