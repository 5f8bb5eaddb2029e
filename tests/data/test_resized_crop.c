/* A random rectangle of the picture, resized. */
#include <math.h>
#include "support/transform_check.h"

static dl_dataset *usual(dl_dataset *d, int32_t field)
{
    return dl_dataset_resized_crop(d, &(dl_resized_crop_opts){.field = field});
}

static dl_dataset *larger(dl_dataset *d, int32_t field)
{
    return dl_dataset_resized_crop(
        d, &(dl_resized_crop_opts){.height = 13, .width = 6, .max_area = 0.5, .field = field});
}

static void it_does_what_every_transform_does(void **state)
{
    (void)state;
    transform_check(&(transform_test){"resized_crop", usual, 1, 0});
    transform_check(&(transform_test){"resized_crop", larger, 1, 0});
}

/* A slope across keeps its slope: what comes of it says where the rectangle was. */
enum { SIDE = 60 };
static dl_dataset *slope(dl_ctx *ctx, int down)
{
    double x[SIDE * SIDE];
    for (int i = 0; i < SIDE * SIDE; i++)
        x[i] = (down ? i / SIDE : i % SIDE) + 0.5;
    return one_picture(ctx, 1, SIDE, SIDE, x);
}

/* Side and corner along the slope, from a result of 60, which is no smaller than it: then
 * values between two places lie on the slope. */
static void rectangle_of(const float *v, int step, double *from, double *length)
{
    const double each = ((double)v[40 * step] - (double)v[20 * step]) / 20;
    *length = 60 * each;
    *from = (double)v[20 * step] - 20.5 * each;
}

static void rectangles_are_as_asked_for(void **state)
{
    dl_ctx *ctx = *state;
    const dl_resized_crop_opts o = {.height = 60,
                                    .width = 60,
                                    .min_area = 0.2,
                                    .max_area = 0.4,
                                    .min_ratio = 0.5,
                                    .max_ratio = 1};
    dl_dataset *across = dl_dataset_resized_crop(slope(ctx, 0), &o);
    dl_dataset *down = dl_dataset_resized_crop(slope(ctx, 1), &o);
    double share = 0, wide = 0, place = 0;
    enum { N = 2000 };
    for (uint64_t key = 0; key < N; key++) {
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *x, *y;
        double left, top, w, h;
        assert_int_equal(dl_dataset_get(across, 0, key, &x, 1), DL_OK);
        assert_int_equal(dl_dataset_get(down, 0, key, &y, 1), DL_OK);
        assert_shape(x, 1, 60, 60);
        rectangle_of(dl_tensor_data(x), 1, &left, &w);
        rectangle_of(dl_tensor_data(y), 60, &top, &h);
        assert_true(fabs(w - rint(w)) < 1e-3 && fabs(h - rint(h)) < 1e-3);
        assert_true(left > -1e-3 && top > -1e-3 && left + w < SIDE + 1e-3 && top + h < SIDE + 1e-3);
        const double area = w * h / (SIDE * SIDE);
        assert_true(area > 0.18 && area < 0.42 && w / h > 0.46 && w / h < 1.06);
        share += area;
        wide += log(w / h);
        place += left / (SIDE - w);
        dl_scope_end(ctx, mark);
    }
    assert_true(fabs(share / N - 0.3) < 0.008);
    assert_true(fabs(wide / N + log(2) / 2) < 0.025);
    assert_true(fabs(place / N - 0.5) < 0.035);
    dl_dataset_drop(down);
    dl_dataset_drop(across);
}

/* One that never fits is the middle with the nearest ratio. */
static void what_does_not_fit_is_the_middle(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        double low, high, y[2];
    } cases[] = {{0.25, 0.25, {2.5, 3.5}}, {3, 3, {0.5, 5.5}}};
    double x[3 * 6];
    for (int i = 0; i < 18; i++)
        x[i] = i % 6 + 0.5;
    for (int k = 0; k < 2; k++) {
        dl_dataset *d = dl_dataset_resized_crop(
            one_picture(ctx, 1, 3, 6, x), &(dl_resized_crop_opts){.height = 1,
                                                                  .width = k ? 6 : 1,
                                                                  .min_area = 1,
                                                                  .max_area = 1,
                                                                  .min_ratio = cases[k].low,
                                                                  .max_ratio = cases[k].high});
        dl_tensor *y;
        assert_int_equal(dl_dataset_get(d, 0, 1, &y, 1), DL_OK);
        const float *v = dl_tensor_data(y);
        assert_true(fabs((double)v[0] - cases[k].y[0]) < 1e-6);
        if (k)
            assert_true(fabs((double)v[5] - cases[k].y[1]) < 1e-6);
        dl_dataset_drop(d);
    }
}

static void refuse(dl_ctx *ctx, dl_resized_crop_opts o, const char *text)
{
    pictures p;
    pictures_init(&p, 1);
    assert_null(dl_dataset_resized_crop(pictures_dataset(ctx, &p), &o));
    assert_int_equal(atomic_load(&p.freed), 1);
    expect_error(ctx, DL_EINVAL, text);
}

static void wrong_settings_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    refuse(ctx, (dl_resized_crop_opts){.height = -3}, "resized_crop: -3 by 10 is no size");
    refuse(ctx, (dl_resized_crop_opts){.max_area = 2}, "max_area is 2");
    refuse(ctx, (dl_resized_crop_opts){.min_area = -1}, "min_area is -1");
    refuse(ctx, (dl_resized_crop_opts){.min_ratio = 5}, "min_ratio is 5");
    refuse(ctx, (dl_resized_crop_opts){.max_ratio = NAN}, "max_ratio is nan");
    refuse(ctx, (dl_resized_crop_opts){.reserved = {1}}, "resized_crop: a reserved option");
    pictures p;
    pictures_init(&p, 1);
    assert_null(dl_dataset_resized_crop(
        pictures_dataset(ctx, &p), &(dl_resized_crop_opts){.height = INT64_MAX / 2, .width = 99}));
    expect_error(ctx, DL_ELIMIT, "is too large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_every_transform_does),
        with_ctx(rectangles_are_as_asked_for),
        with_ctx(what_does_not_fit_is_the_middle),
        with_ctx(wrong_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
