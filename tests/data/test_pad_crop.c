/* A window at a random place of the padded picture. */
#include "support/transform_check.h"

static dl_dataset *usual(dl_dataset *d, int32_t field)
{
    return dl_dataset_pad_crop(d, &(dl_pad_crop_opts){.field = field});
}

static dl_dataset *smaller(dl_dataset *d, int32_t field)
{
    return dl_dataset_pad_crop(
        d, &(dl_pad_crop_opts){
               .pad = 3, .mode = DL_PAD_REFLECT, .height = 4, .width = 11, .field = field});
}

static void it_does_what_every_transform_does(void **state)
{
    (void)state;
    transform_check(&(transform_test){"pad_crop", usual, 1, 0});
    transform_check(&(transform_test){"pad_crop", smaller, 1, 0});
}

static const double six[] = {1, 2, 3, 4, 5, 6};

/* The whole padded picture: nothing is left to chance. */
static void the_rim_is_as_the_mode_says(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        int32_t mode;
        double y[24]; /* [4, 5] */
    } cases[] = {
        {DL_PAD_ZEROS, {0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 4, 5, 6, 0, 0, 0, 0, 0, 0}},
        {DL_PAD_CONSTANT, {9, 9, 9, 9, 9, 9, 1, 2, 3, 9, 9, 4, 5, 6, 9, 9, 9, 9, 9, 9}},
        {DL_PAD_REFLECT, {5, 4, 5, 6, 5, 2, 1, 2, 3, 2, 5, 4, 5, 6, 5, 2, 1, 2, 3, 2}},
        {DL_PAD_REPLICATE, {1, 1, 2, 3, 3, 1, 1, 2, 3, 3, 4, 4, 5, 6, 6, 4, 4, 5, 6, 6}},
        {DL_PAD_CIRCULAR, {6, 4, 5, 6, 4, 3, 1, 2, 3, 1, 6, 4, 5, 6, 4, 3, 1, 2, 3, 1}},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        dl_dataset *d = dl_dataset_pad_crop(
            one_picture(ctx, 1, 2, 3, six),
            &(dl_pad_crop_opts){
                .pad = 1, .mode = cases[k].mode, .value = 9, .height = 4, .width = 5});
        dl_tensor *y;
        assert_int_equal(dl_dataset_get(d, 0, k, &y, 1), DL_OK);
        assert_shape(y, 1, 4, 5);
        assert_close(y, cases[k].y, 20, 0);
        dl_dataset_drop(d);
    }
}

/* Every window of the padded picture comes, each about as often. */
static void places_are_equally_likely(void **state)
{
    dl_ctx *ctx = *state;
    int count[9] = {0};
    dl_dataset *d =
        dl_dataset_pad_crop(one_picture(ctx, 1, 3, 3, (const double[]){0, 0, 0, 0, 7, 0, 0, 0, 0}),
                            &(dl_pad_crop_opts){.pad = 1});
    for (uint64_t key = 0; key < 9000; key++) {
        dl_tensor *y;
        int32_t mark = dl_scope_begin(ctx);
        assert_int_equal(dl_dataset_get(d, 0, key, &y, 1), DL_OK);
        const float *v = dl_tensor_data(y);
        for (int i = 0; i < 9; i++)
            if (v[i] == 7)
                count[i]++;
        dl_scope_end(ctx, mark);
    }
    for (int i = 0; i < 9; i++) /* 1000, within 5 deviations */
        assert_in_range(count[i], 850, 1150);
    dl_dataset_drop(d);
}

/* A window that the picture is outside of, on all sides. */
static void a_window_may_miss_the_picture(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *d = dl_dataset_pad_crop(
        one_picture(ctx, 1, 2, 3, six),
        &(dl_pad_crop_opts){
            .pad = 5, .mode = DL_PAD_CONSTANT, .value = -1, .height = 1, .width = 2});
    int empty = 0;
    for (uint64_t key = 0; key < 400; key++) {
        dl_tensor *y;
        assert_int_equal(dl_dataset_get(d, 0, key, &y, 1), DL_OK);
        const float *v = dl_tensor_data(y);
        assert_true(v[0] == -1 || v[1] == -1 || v[1] == v[0] + 1);
        empty += v[0] == -1 && v[1] == -1;
    }
    assert_in_range(empty, 300, 399);
    dl_dataset_drop(d);
}

static void nothing_padded_and_nothing_cut_is_nothing_changed(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *d =
        dl_dataset_pad_crop(one_picture(ctx, 1, 2, 3, six), &(dl_pad_crop_opts){.pad = DL_OFF});
    dl_tensor *y;
    assert_int_equal(dl_dataset_get(d, 0, 3, &y, 1), DL_OK);
    assert_close(y, six, 6, 0);
    dl_dataset_drop(d);
}

static void refuse(dl_ctx *ctx, dl_pad_crop_opts o, dl_status code, const char *text)
{
    pictures p;
    pictures_init(&p, 1);
    assert_null(dl_dataset_pad_crop(pictures_dataset(ctx, &p), &o));
    assert_int_equal(atomic_load(&p.freed), 1);
    expect_error(ctx, code, text);
}

static void wrong_settings_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    refuse(ctx, (dl_pad_crop_opts){.pad = -2}, DL_EINVAL, "pad is -2");
    refuse(ctx, (dl_pad_crop_opts){.mode = 5}, DL_EINVAL, "mode is 5, wanted DL_PAD_*");
    refuse(ctx, (dl_pad_crop_opts){.mode = -1}, DL_EINVAL, "mode is -1");
    refuse(ctx, (dl_pad_crop_opts){.pad = 8, .mode = DL_PAD_REFLECT}, DL_ESHAPE,
           "pad is 8 and mode 2 for pictures of 8 by 10");
    refuse(ctx, (dl_pad_crop_opts){.pad = 9, .mode = DL_PAD_CIRCULAR}, DL_ESHAPE, "pad is 9");
    refuse(ctx, (dl_pad_crop_opts){.pad = 1, .height = 11}, DL_ESHAPE,
           "11 by 10 were asked for, the padded picture has 10 by 12");
    refuse(ctx, (dl_pad_crop_opts){.pad = 1, .width = 13}, DL_ESHAPE, "8 by 13");
    refuse(ctx, (dl_pad_crop_opts){.height = -1}, DL_ESHAPE, "-1 by 10");
    refuse(ctx, (dl_pad_crop_opts){.reserved = {0, 0, 1}}, DL_EINVAL,
           "dataset_pad_crop: a reserved option");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_every_transform_does),
        with_ctx(the_rim_is_as_the_mode_says),
        with_ctx(places_are_equally_likely),
        with_ctx(a_window_may_miss_the_picture),
        with_ctx(nothing_padded_and_nothing_cut_is_nothing_changed),
        with_ctx(wrong_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
