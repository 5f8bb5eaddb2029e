/* Pictures turned by a random angle. */
#include <math.h>
#include "data/rotate.h"
#include "golden/augment_cases.h"
#include "support/transform_check.h"

static dl_dataset *usual(dl_dataset *d, int32_t field)
{
    return dl_dataset_rotate(d, &(dl_rotate_opts){.field = field});
}

static dl_dataset *nearest(dl_dataset *d, int32_t field)
{
    return dl_dataset_rotate(
        d, &(dl_rotate_opts){.degrees = 180, .nearest = 1, .fill = 0.5, .field = field});
}

static void it_does_what_every_transform_does(void **state)
{
    (void)state;
    transform_check(&(transform_test){"rotate", usual, 1, 0});
    transform_check(&(transform_test){"rotate", nearest, 1, 0});
}

static void turn(double degrees, int32_t how, float fill, const double *wanted, double tolerance)
{
    const dl__picture p = {3, 4, 5};
    float in[60], out[60];
    for (int i = 0; i < 60; i++)
        in[i] = (float)golden.picture[i];
    dl__rotate(&p, degrees, how, fill, in, out);
    for (int i = 0; i < 60; i++)
        assert_true(fabs((double)out[i] - wanted[i]) <= tolerance);
}

/* The cases of the nearest place are copies, so they are exact; the first is that of torchvision
 * too. */
static void values_are_those_of_pytorch(void **state)
{
    (void)state;
    turn(30, 0, 0, golden.rotated_0, 1e-6);
    turn(-75.5, 0, 0.5f, golden.rotated_1, 1e-6);
    turn(20, 1, 0, golden.rotated_2, 1e-8);
    turn(200, 1, 0.25f, golden.rotated_3, 1e-8);
}

/* Counter-clockwise: what was right is on top. */
static void a_quarter_turn_is_exact(void **state)
{
    (void)state;
    const dl__picture p = {1, 3, 3};
    const float in[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, left[] = {3, 6, 9, 2, 5, 8, 1, 4, 7};
    float out[9];
    dl__rotate(&p, 90, 1, 0, in, out);
    assert_memory_equal(out, left, sizeof out);
    dl__rotate(&p, -270, 1, 0, in, out);
    assert_memory_equal(out, left, sizeof out);
    dl__rotate(&p, 0, 0, 0, in, out);
    assert_memory_equal(out, in, sizeof out);
}

/* A bright place right of the middle is above it after a turn to the left: half of them. */
static void both_directions_are_equally_likely(void **state)
{
    dl_ctx *ctx = *state;
    double x[81] = {0};
    int left = 0;
    x[4 * 9 + 8] = 1;
    dl_dataset *d =
        dl_dataset_rotate(one_picture(ctx, 1, 9, 9, x), &(dl_rotate_opts){.degrees = 80});
    for (uint64_t key = 0; key < 1000; key++) {
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *y;
        assert_int_equal(dl_dataset_get(d, 0, key, &y, 1), DL_OK);
        const float *v = dl_tensor_data(y);
        double above = 0, below = 0;
        for (int i = 0; i < 36; i++) {
            above += (double)v[i];
            below += (double)v[45 + i];
        }
        left += above > below;
        dl_scope_end(ctx, mark);
    }
    assert_in_range(left, 421, 579);
    dl_dataset_drop(d);
}

static void no_degrees_at_all_leave_pictures_as_they_are(void **state)
{
    dl_ctx *ctx = *state;
    const double x[] = {1, 2, 3, 4, 5, 6};
    const float same[] = {1, 2, 3, 4, 5, 6};
    dl_tensor *y;
    dl_dataset *d =
        dl_dataset_rotate(one_picture(ctx, 1, 2, 3, x), &(dl_rotate_opts){.degrees = DL_OFF});
    assert_int_equal(dl_dataset_get(d, 0, 7, &y, 1), DL_OK);
    assert_memory_equal(dl_tensor_data(y), same, sizeof same);
    dl_dataset_drop(d);
}

static void wrong_settings_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    pictures p;
    pictures_init(&p, 1);
    assert_null(dl_dataset_rotate(pictures_dataset(ctx, &p), &(dl_rotate_opts){.degrees = 181}));
    expect_error(ctx, DL_EINVAL, "dataset_rotate: degrees is 181, wanted 0 to 180");
    assert_null(dl_dataset_rotate(pictures_dataset(ctx, &p), &(dl_rotate_opts){.degrees = -5}));
    expect_error(ctx, DL_EINVAL, "degrees is -5");
    assert_null(dl_dataset_rotate(pictures_dataset(ctx, &p), &(dl_rotate_opts){.reserved = {1}}));
    expect_error(ctx, DL_EINVAL, "dataset_rotate: a reserved option");
    assert_int_equal(atomic_load(&p.freed), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_every_transform_does),
        cmocka_unit_test(values_are_those_of_pytorch),
        cmocka_unit_test(a_quarter_turn_is_exact),
        with_ctx(both_directions_are_equally_likely),
        with_ctx(no_degrees_at_all_leave_pictures_as_they_are),
        with_ctx(wrong_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
