/* A random rectangle erased. */
#include <math.h>
#include "support/transform_check.h"

#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

static dl_dataset *usual(dl_dataset *d, int32_t field)
{
    return dl_dataset_erase(d, &(dl_erase_opts){.field = field});
}

static dl_dataset *noisy(dl_dataset *d, int32_t field)
{
    return dl_dataset_erase(d, &(dl_erase_opts){.p = 1, .noise = 1, .field = field});
}

static void it_does_what_every_transform_does(void **state)
{
    (void)state;
    transform_check(&(transform_test){"erase", usual, 1, 0});
    transform_check(&(transform_test){"erase", noisy, 1, 0});
}

enum { SIDE = 40 };

/* The rectangle of what is not 1: height, width; asserts that it is one. 0: there is none. */
static int hole_of(const float *v, int *h, int *w)
{
    int top = SIDE, left = SIDE, bottom = -1, right = -1, n = 0;
    for (int i = 0; i < SIDE * SIDE; i++)
        if (v[i] != 1) {
            top = i / SIDE < top ? i / SIDE : top;
            left = i % SIDE < left ? i % SIDE : left;
            bottom = i / SIDE > bottom ? i / SIDE : bottom;
            right = i % SIDE > right ? i % SIDE : right;
            n++;
        }
    *h = bottom - top + 1;
    *w = right - left + 1;
    if (n)
        assert_int_equal(n, *h * *w);
    return n;
}

static void rectangles_are_as_asked_for(void **state)
{
    dl_ctx *ctx = *state;
    double x[SIDE * SIDE], share = 0, high = 0;
    int there = 0;
    for (int i = 0; i < SIDE * SIDE; i++)
        x[i] = 1;
    dl_dataset *d = dl_dataset_erase(
        one_picture(ctx, 1, SIDE, SIDE, x),
        &(dl_erase_opts){
            .p = 0.25, .min_area = 0.1, .max_area = 0.2, .min_ratio = 1, .max_ratio = 4});
    for (uint64_t key = 0; key < 4000; key++) {
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *y;
        int h, w;
        assert_int_equal(dl_dataset_get(d, 0, key, &y, 1), DL_OK);
        if (hole_of(dl_tensor_data(y), &h, &w)) {
            there++;
            const double area = (double)h * w / (SIDE * SIDE);
            assert_true(area > 0.09 && area < 0.215 && h >= w && h <= 4.4 * w);
            share += area;
            high += log((double)h / w);
        }
        dl_scope_end(ctx, mark);
    }
    assert_in_range(there, 863, 1137); /* a quarter, within 5 deviations */
    assert_near(share / there, 0.15, 0.005);
    assert_near(high / there, log(2), 0.07);
    dl_dataset_drop(d);
}

static void noise_is_normal(void **state)
{
    dl_ctx *ctx = *state;
    double x[SIDE * SIDE], sum = 0, squares = 0;
    int n = 0;
    for (int i = 0; i < SIDE * SIDE; i++)
        x[i] = 1;
    dl_dataset *d = dl_dataset_erase(one_picture(ctx, 1, SIDE, SIDE, x),
                                     &(dl_erase_opts){.p = 1, .noise = 1, .min_area = 0.3});
    for (uint64_t key = 0; key < 50; key++) {
        dl_tensor *y;
        int h, w;
        assert_int_equal(dl_dataset_get(d, 0, key, &y, 1), DL_OK);
        const float *v = dl_tensor_data(y);
        n += hole_of(v, &h, &w);
        for (int i = 0; i < SIDE * SIDE; i++)
            if (v[i] != 1) {
                sum += (double)v[i];
                squares += (double)v[i] * (double)v[i];
            }
    }
    assert_true(n > 50 * 400);
    assert_near(sum / n, 0, 0.03);
    assert_near(squares / n, 1, 0.04);
    dl_dataset_drop(d);
}

static void refuse(dl_ctx *ctx, dl_erase_opts o, const char *text)
{
    pictures p;
    pictures_init(&p, 1);
    assert_null(dl_dataset_erase(pictures_dataset(ctx, &p), &o));
    assert_int_equal(atomic_load(&p.freed), 1);
    expect_error(ctx, DL_EINVAL, text);
}

static void wrong_settings_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    refuse(ctx, (dl_erase_opts){.p = 2}, "dataset_erase: p is 2");
    refuse(ctx, (dl_erase_opts){.max_area = 1.5}, "max_area is 1.5");
    refuse(ctx, (dl_erase_opts){.min_area = 0.5}, "min_area is 0.5");
    refuse(ctx, (dl_erase_opts){.min_area = NAN}, "min_area is nan");
    refuse(ctx, (dl_erase_opts){.max_ratio = 2000}, "max_ratio is 2000");
    refuse(ctx, (dl_erase_opts){.min_ratio = -1}, "min_ratio is -1");
    refuse(ctx, (dl_erase_opts){.reserved = {1}}, "dataset_erase: a reserved option");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_every_transform_does),
        with_ctx(rectangles_are_as_asked_for),
        with_ctx(noise_is_normal),
        with_ctx(wrong_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
