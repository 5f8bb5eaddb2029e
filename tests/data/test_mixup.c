/* mixup alone: dl_dataset_mix with one of its settings. */
#include "support/transform_check.h"

static dl_dataset *make(dl_dataset *d, int32_t field)
{
    return field == 0 ? dl_dataset_mixup(d, 80, 0.7)
                      : dl_dataset_mix(d, &(dl_mix_opts){.mixup = 0.7, .field = field});
}

static void it_does_what_every_transform_does(void **state)
{
    (void)state;
    transform_check(&(transform_test){"mix", make, 1, 1});
}

static void it_wants_an_alpha(void **state)
{
    dl_ctx *ctx = *state;
    pictures p;
    pictures_init(&p, 1);
    assert_null(dl_dataset_mixup(pictures_dataset(ctx, &p), 80, 0));
    expect_error(ctx, DL_EINVAL, "neither mixup nor cutmix has an alpha above 0");
    assert_null(dl_dataset_mixup(pictures_dataset(ctx, &p), 80, -0.5));
    expect_error(ctx, DL_EINVAL, "dataset_mix: mixup is -0.5");
    assert_int_equal(atomic_load(&p.freed), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_every_transform_does),
        with_ctx(it_wants_an_alpha),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
