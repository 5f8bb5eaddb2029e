/* Square holes at random places. */
#include "support/transform_check.h"

static dl_dataset *make(dl_dataset *d, int32_t field)
{
    return dl_dataset_cutout(
        d, &(dl_cutout_opts){.holes = 2, .size = 3, .value = 0.5, .field = field});
}

static void it_does_what_every_transform_does(void **state)
{
    (void)state;
    transform_check(&(transform_test){"cutout", make, 1, 0});
}

/* The hole is a square around its middle, which is anywhere, less what is outside: the same in all
 * channels. */
static void holes_are_squares_cut_at_the_rim(void **state)
{
    dl_ctx *ctx = *state;
    double x[2 * 36];
    int middle[36] = {0};
    for (int i = 0; i < 72; i++)
        x[i] = 1;
    dl_dataset *d =
        dl_dataset_cutout(one_picture(ctx, 2, 6, 6, x), &(dl_cutout_opts){.size = 2, .value = -1});
    for (uint64_t key = 0; key < 7200; key++) {
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *y;
        assert_int_equal(dl_dataset_get(d, 0, key, &y, 1), DL_OK);
        const float *v = dl_tensor_data(y);
        int last = -1, n = 0;
        for (int i = 0; i < 36; i++) {
            assert_true(v[i] == v[36 + i] && (v[i] == 1 || v[i] == -1));
            if (v[i] == -1) {
                last = i; /* the last place of the hole is its middle */
                n++;
            }
        }
        assert_int_equal(n, (last / 6 ? 2 : 1) * (last % 6 ? 2 : 1));
        middle[last]++;
        dl_scope_end(ctx, mark);
    }
    for (int i = 0; i < 36; i++) /* 200, within 5 deviations */
        assert_in_range(middle[i], 130, 270);
    dl_dataset_drop(d);
}

static void a_large_hole_is_everything_and_none_is_nothing(void **state)
{
    dl_ctx *ctx = *state;
    const double x[] = {1, 2, 3, 4};
    dl_tensor *y;
    dl_dataset *d = dl_dataset_cutout(one_picture(ctx, 1, 2, 2, x), NULL);
    assert_int_equal(dl_dataset_get(d, 0, 1, &y, 1), DL_OK);
    assert_values(y, 0, 0, 0, 0);
    dl_dataset_drop(d);
    d = dl_dataset_cutout(one_picture(ctx, 1, 2, 2, x), &(dl_cutout_opts){.holes = DL_OFF});
    assert_int_equal(dl_dataset_get(d, 0, 1, &y, 1), DL_OK);
    assert_values(y, 1, 2, 3, 4);
    dl_dataset_drop(d);
}

static void wrong_settings_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    pictures p;
    pictures_init(&p, 1);
    assert_null(dl_dataset_cutout(pictures_dataset(ctx, &p), &(dl_cutout_opts){.size = -3}));
    expect_error(ctx, DL_EINVAL, "dataset_cutout: size is -3");
    assert_null(dl_dataset_cutout(pictures_dataset(ctx, &p), &(dl_cutout_opts){.holes = -2}));
    expect_error(ctx, DL_EINVAL, "dataset_cutout: holes is -2, wanted 0 to 1000");
    assert_null(dl_dataset_cutout(pictures_dataset(ctx, &p), &(dl_cutout_opts){.reserved = {1}}));
    expect_error(ctx, DL_EINVAL, "dataset_cutout: a reserved option");
    assert_int_equal(atomic_load(&p.freed), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_every_transform_does),
        with_ctx(holes_are_squares_cut_at_the_rim),
        with_ctx(a_large_hole_is_everything_and_none_is_nothing),
        with_ctx(wrong_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
