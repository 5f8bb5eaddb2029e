/* Colours changed at random. */
#include <math.h>
#include <string.h>
#include "data/color.h"
#include "golden/augment_cases.h"
#include "support/transform_check.h"

static dl_dataset *all(dl_dataset *d, int32_t field)
{
    return dl_dataset_color_jitter(
        d, &(dl_color_jitter_opts){
               .brightness = 0.4, .contrast = 1.5, .saturation = 0.4, .hue = 0.1, .field = field});
}

static dl_dataset *hue(dl_dataset *d, int32_t field)
{
    return dl_dataset_color_jitter(d, &(dl_color_jitter_opts){.hue = 0.5, .field = field});
}

static void it_does_what_every_transform_does(void **state)
{
    (void)state;
    transform_check(&(transform_test){"color_jitter", all, 1, 0});
    transform_check(&(transform_test){"color_jitter", hue, 1, 0});
}

typedef void (*change)(const dl__picture *p, float *x, float factor);

static void values_are_those_of_torchvision(void **state)
{
    (void)state;
    static const struct {
        change f;
        float factor;
        const double *wanted;
    } cases[] = {
        {dl__brightness, 0.4f, golden.brightness_0},
        {dl__brightness, 1.7f, golden.brightness_1},
        {dl__contrast, 0.4f, golden.contrast_0},
        {dl__contrast, 1.7f, golden.contrast_1},
        {dl__saturation, 0.4f, golden.saturation_0},
        {dl__saturation, 1.7f, golden.saturation_1},
        {dl__hue, -0.3f, golden.hue_0},
        {dl__hue, 0.2f, golden.hue_1},
    };
    const dl__picture p = {3, 4, 5};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        float x[60];
        for (int i = 0; i < 60; i++)
            x[i] = (float)golden.picture[i];
        cases[k].f(&p, x, cases[k].factor);
        for (int i = 0; i < 60; i++)
            assert_true(fabs((double)x[i] - cases[k].wanted[i]) <= 2e-6);
    }
}

static void a_gray_picture_has_no_colours_to_change(void **state)
{
    (void)state;
    const dl__picture p = {1, 1, 4};
    const float gray[] = {0.1f, 0.2f, 0.3f, 0.4f};
    float x[4];
    memcpy(x, gray, sizeof x);
    dl__saturation(&p, x, 2);
    dl__hue(&p, x, 0.3f);
    dl__grayscale(&p, x);
    assert_memory_equal(x, gray, sizeof x);
    dl__contrast(&p, x, 0); /* the mean */
    for (int i = 0; i < 4; i++)
        assert_true(fabs((double)x[i] - 0.25) <= 1e-7);
}

/* A turn so small that its hue, just below a full circle, is rounded to one. */
static void red_turned_by_almost_nothing_stays_red(void **state)
{
    (void)state;
    const dl__picture p = {3, 1, 1};
    float x[3] = {0.5f, 0.25f, 0.25f};
    dl__hue(&p, x, -1e-9f);
    assert_true(x[0] == 0.5f && x[1] == 0.25f && x[2] == 0.25f);
}

static void what_is_not_a_number_stays_none(void **state)
{
    (void)state;
    const dl__picture p = {3, 1, 1};
    static const change f[] = {dl__brightness, dl__contrast, dl__saturation, dl__hue};
    for (int k = 0; k < 4; k++) {
        float x[] = {NAN, NAN, NAN};
        f[k](&p, x, 0.5f);
        assert_true(isnan(x[0]) && isnan(x[1]) && isnan(x[2]));
    }
}

/* One gray place: its brightness over its first one is the factor. */
static void factors_are_uniform(void **state)
{
    dl_ctx *ctx = *state;
    const double x = 0.25;
    int bins[10] = {0};
    dl_dataset *d = dl_dataset_color_jitter(one_picture(ctx, 1, 1, 1, &x),
                                            &(dl_color_jitter_opts){.brightness = 0.5});
    for (uint64_t key = 0; key < 10000; key++) {
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *y;
        assert_int_equal(dl_dataset_get(d, 0, key, &y, 1), DL_OK);
        const double factor = dl_tensor_item(y) / x;
        assert_true(factor >= 0.5 && factor <= 1.5);
        bins[(int)((factor - 0.5) * 9.9999)]++;
        dl_scope_end(ctx, mark);
    }
    for (int i = 0; i < 10; i++) /* a tenth, within 5 deviations */
        assert_in_range(bins[i], 850, 1150);
    dl_dataset_drop(d);
}

/* The same factors in both orders: each order gives about half of the results. */
static void the_order_is_random(void **state)
{
    dl_ctx *ctx = *state;
    const double x[] = {0.2, 0.8};
    int first[2] = {0};
    dl_color_jitter_opts o = {.brightness = 0.9, .contrast = 0.9};
    dl_dataset *d = dl_dataset_color_jitter(one_picture(ctx, 1, 1, 2, x), &o);
    for (uint64_t key = 0; key < 2000; key++) {
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *y;
        assert_int_equal(dl_dataset_get(d, 0, key, &y, 1), DL_OK);
        const dl__stream s = dl__choices(key);
        const dl__picture p = {1, 1, 2};
        const float by[] = {(float)dl__between(&s, 8, 1 - 0.9, 1.9),
                            (float)dl__between(&s, 9, 1 - 0.9, 1.9)};
        int as[2];
        for (int k = 0; k < 2; k++) {
            float v[] = {0.2f, 0.8f};
            (k ? dl__contrast : dl__brightness)(&p, v, by[k]);
            (k ? dl__brightness : dl__contrast)(&p, v, by[1 - k]);
            as[k] = memcmp(v, dl_tensor_data(y), sizeof v) == 0;
        }
        assert_true(as[0] || as[1]);
        first[0] += as[0] && !as[1];
        first[1] += as[1] && !as[0];
        dl_scope_end(ctx, mark);
    }
    const int n = first[0] + first[1]; /* where the order tells */
    assert_in_range(n, 1000, 2000);
    assert_in_range(first[0], n / 2 - 112, n / 2 + 112);
    dl_dataset_drop(d);
}

static void refuse(dl_ctx *ctx, dl_color_jitter_opts o, const char *text)
{
    pictures p;
    pictures_init(&p, 1);
    assert_null(dl_dataset_color_jitter(pictures_dataset(ctx, &p), &o));
    assert_int_equal(atomic_load(&p.freed), 1);
    expect_error(ctx, DL_EINVAL, text);
}

static void wrong_settings_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    refuse(ctx, (dl_color_jitter_opts){.brightness = -1}, "brightness is -1, wanted 0 to");
    refuse(ctx, (dl_color_jitter_opts){.contrast = NAN}, "contrast is nan");
    refuse(ctx, (dl_color_jitter_opts){.saturation = INFINITY}, "saturation is inf");
    refuse(ctx, (dl_color_jitter_opts){.hue = 0.6}, "hue is 0.6, wanted 0 to 0.5");
    refuse(ctx, (dl_color_jitter_opts){.reserved = {1}}, "color_jitter: a reserved option");
    const double x[] = {0, 0};
    assert_null(dl_dataset_color_jitter(one_picture(ctx, 2, 1, 1, x), NULL));
    expect_error(ctx, DL_ESHAPE, "pictures have 2 channels, wanted 1 or 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_every_transform_does),
        cmocka_unit_test(values_are_those_of_torchvision),
        cmocka_unit_test(a_gray_picture_has_no_colours_to_change),
        cmocka_unit_test(red_turned_by_almost_nothing_stays_red),
        cmocka_unit_test(what_is_not_a_number_stays_none),
        with_ctx(factors_are_uniform),
        with_ctx(the_order_is_random),
        with_ctx(wrong_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
