/* Pictures less their mean, over their deviation. */
#include <math.h>
#include "support/transform_check.h"

static const double mean[] = {0.4914, 0.4822, 0.4465}, std[] = {0.247, 0.2435, 0.2616};

static dl_dataset *make(dl_dataset *d, int32_t field)
{
    return dl_dataset_normalize(d, field, mean, std, 3);
}

static void it_does_what_every_transform_does(void **state)
{
    (void)state;
    transform_check(&(transform_test){"normalize", make, 0, 0});
}

/* As torchvision: subtracted, then divided, in f32. */
static void values_are_those_of_the_formula(void **state)
{
    dl_ctx *ctx = *state;
    double x[3 * 35], y[3 * 35];
    uint64_t at = 7;
    for (int i = 0; i < 3 * 35; i++) {
        x[i] = (float)random_number(&at);
        y[i] = ((float)x[i] - (float)mean[i / 35]) / (float)std[i / 35];
    }
    dl_dataset *d = make(one_picture(ctx, 3, 5, 7, x), 0);
    dl_tensor *got;
    assert_int_equal(dl_dataset_get(d, 0, 0, &got, 1), DL_OK);
    assert_close(got, y, 3 * 35, 0);
    dl_dataset_drop(d);
}

static void wrong_settings_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    pictures p;
    const double zero[] = {1, 0, 1}, tiny[] = {1, 1, 1e-60}, wild[] = {1, INFINITY, 1};
    pictures_init(&p, 1);
    assert_null(dl_dataset_normalize(pictures_dataset(ctx, &p), 0, mean, std, 1));
    expect_error(ctx, DL_EINVAL, "there are 1 for 3 channels");
    assert_null(dl_dataset_normalize(pictures_dataset(ctx, &p), 0, NULL, std, 3));
    expect_error(ctx, DL_EINVAL, "mean or std is NULL");
    assert_null(dl_dataset_normalize(pictures_dataset(ctx, &p), 0, mean, NULL, 3));
    expect_error(ctx, DL_EINVAL, "mean or std is NULL");
    assert_null(dl_dataset_normalize(pictures_dataset(ctx, &p), 0, mean, zero, 3));
    expect_error(ctx, DL_EINVAL, "deviation 1 is 0, wanted a positive finite f32");
    assert_null(dl_dataset_normalize(pictures_dataset(ctx, &p), 0, mean, tiny, 3));
    expect_error(ctx, DL_EINVAL, "deviation 2 is 1e-60");
    assert_null(dl_dataset_normalize(pictures_dataset(ctx, &p), 0, mean, wild, 3));
    expect_error(ctx, DL_EINVAL, "deviation 1 is inf");
    assert_null(dl_dataset_normalize(pictures_dataset(ctx, &p), 0, wild, std, 3));
    expect_error(ctx, DL_EINVAL, "a mean is inf");
    assert_int_equal(atomic_load(&p.freed), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_every_transform_does),
        with_ctx(values_are_those_of_the_formula),
        with_ctx(wrong_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
