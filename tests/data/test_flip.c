/* Pictures mirrored at random. */
#include "support/transform_check.h"

static dl_dataset *across(dl_dataset *d, int32_t field)
{
    return dl_dataset_flip(d, &(dl_flip_opts){.field = field});
}

static dl_dataset *down(dl_dataset *d, int32_t field)
{
    return dl_dataset_flip(d, &(dl_flip_opts){.p = 0.8, .vertical = 1, .field = field});
}

static void it_does_what_every_transform_does(void **state)
{
    (void)state;
    transform_check(&(transform_test){"flip", across, 1, 0});
    transform_check(&(transform_test){"flip", down, 1, 0});
}

static void rows_are_turned_round(void **state)
{
    dl_ctx *ctx = *state;
    const double x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    dl_tensor *y;
    dl_dataset *d = dl_dataset_flip(one_picture(ctx, 2, 2, 3, x), &(dl_flip_opts){.p = 1});
    assert_int_equal(dl_dataset_get(d, 0, 0, &y, 1), DL_OK);
    assert_shape(y, 2, 2, 3);
    assert_values(y, 3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10);
    dl_dataset_drop(d);
    d = dl_dataset_flip(one_picture(ctx, 1, 3, 4, x), &(dl_flip_opts){.p = 1, .vertical = 1});
    assert_int_equal(dl_dataset_get(d, 0, 0, &y, 1), DL_OK);
    assert_values(y, 9, 10, 11, 12, 5, 6, 7, 8, 1, 2, 3, 4);
    dl_dataset_drop(d);
}

/* 1 for each key below n at which the one row [1, 2] is turned. */
static int turned(dl_dataset *d, uint64_t n)
{
    int count = 0;
    for (uint64_t key = 0; key < n; key++) {
        dl_tensor *y;
        int32_t mark = dl_scope_begin(dl_dataset_ctx(d));
        assert_int_equal(dl_dataset_get(d, 0, key, &y, 1), DL_OK);
        count += *(const float *)dl_tensor_data(y) == 2;
        dl_scope_end(dl_dataset_ctx(d), mark);
    }
    return count;
}

/* Within 5 deviations of what is expected of 4000 throws. */
static void the_probability_is_what_was_asked_for(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        double p;
        int low, high;
    } cases[] = {{0, 1842, 2158}, {0.1, 305, 495}, {1, 4000, 4000}, {DL_OFF, 0, 0}};
    for (int k = 0; k < 4; k++) {
        dl_dataset *d = dl_dataset_flip(one_picture(ctx, 1, 1, 2, (const double[]){1, 2}),
                                        &(dl_flip_opts){.p = cases[k].p});
        assert_in_range(turned(d, 4000), cases[k].low, cases[k].high);
        dl_dataset_drop(d);
    }
}

/* Were the choices the same, two would always undo each other. */
static void two_in_a_chain_choose_independently(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *d = one_picture(ctx, 1, 1, 2, (const double[]){1, 2});
    d = dl_dataset_flip(dl_dataset_flip(d, NULL), NULL);
    assert_in_range(turned(d, 4000), 1842, 2158);
    dl_dataset_drop(d);
}

static void wrong_settings_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    pictures p;
    pictures_init(&p, 1);
    assert_null(dl_dataset_flip(pictures_dataset(ctx, &p), &(dl_flip_opts){.p = 1.5}));
    expect_error(ctx, DL_EINVAL, "dataset_flip: p is 1.5, wanted 0 to 1");
    assert_null(dl_dataset_flip(pictures_dataset(ctx, &p), &(dl_flip_opts){.p = 0.0 / 0.0}));
    expect_error(ctx, DL_EINVAL, "dataset_flip: p is nan");
    assert_null(dl_dataset_flip(pictures_dataset(ctx, &p), &(dl_flip_opts){.reserved = {0, 1}}));
    expect_error(ctx, DL_EINVAL, "dataset_flip: a reserved option");
    assert_int_equal(atomic_load(&p.freed), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_every_transform_does),
        with_ctx(rows_are_turned_round),
        with_ctx(the_probability_is_what_was_asked_for),
        with_ctx(two_in_a_chain_choose_independently),
        with_ctx(wrong_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
