#include "support/mix_check.h"
#include <stdio.h>

static const mix_test *test;

static void it_does_what_every_transform_does(void **state)
{
    (void)state;
    transform_check(&(transform_test){"mix", test->make, 1, 1});
}

static void it_wants_an_alpha(void **state)
{
    dl_ctx *ctx = *state;
    pictures p;
    char text[64];
    pictures_init(&p, 1);
    assert_null(test->mix(pictures_dataset(ctx, &p), 80, 0));
    expect_error(ctx, DL_EINVAL, "neither mixup nor cutmix has an alpha above 0");
    assert_null(test->mix(pictures_dataset(ctx, &p), 80, -0.5));
    snprintf(text, sizeof text, "dataset_mix: %s is -0.5", test->name);
    expect_error(ctx, DL_EINVAL, text);
    assert_int_equal(atomic_load(&p.freed), 2);
}

int mix_main(const mix_test *t)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_every_transform_does),
        with_ctx(it_wants_an_alpha),
    };
    test = t;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
