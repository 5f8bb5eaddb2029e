/* The numbers of windows: lists with repeats and defaults, and what attributes may say. */
#include <string.h>
#include "ops/conv.h"
#include "ops/pooling.h"
#include "support/support.h"

static void a_zero_repeats_the_number_before_it(void **state)
{
    const int32_t kernel[] = {3, 0, 2}, stride[] = {2, 0, 0};
    const dl__window_lists lists = {.kernel = kernel, .stride = stride};
    dl__window w;
    assert_int_equal(dl__window_read(*state, "who", 3, &lists, &w), DL_OK);
    assert_memory_equal(w.kernel, ((int64_t[]){3, 3, 2}), sizeof w.kernel);
    assert_memory_equal(w.stride, ((int64_t[]){2, 2, 2}), sizeof w.stride);
    assert_memory_equal(w.dilation, ((int64_t[]){1, 1, 1}), sizeof w.dilation);
}

static void axes_before_the_first_number_have_the_default(void **state)
{
    const int32_t kernel[] = {3, 2}, second[] = {0, 4}, padding[] = {1, 5};
    const dl__window_lists lists = {.kernel = kernel,
                                    .stride = second,
                                    .dilation = second,
                                    .padding = padding,
                                    .padding_end = second,
                                    .stride_of_kernel = 1};
    dl__window w;
    assert_int_equal(dl__window_read(*state, "who", 2, &lists, &w), DL_OK);
    assert_memory_equal(w.stride, ((int64_t[]){1, 3, 4}), sizeof w.stride);
    assert_memory_equal(w.dilation, ((int64_t[]){1, 1, 4}), sizeof w.dilation);
    assert_memory_equal(w.before, ((int64_t[]){0, 1, 5}), sizeof w.before);
    assert_memory_equal(w.after, ((int64_t[]){0, 1, 4}), sizeof w.after);
    assert_true(dl__window_sound(&w));
}

static void a_kernel_has_no_default(void **state)
{
    dl__window w;
    assert_int_equal(
        dl__window_read(*state, "who", 2, &(dl__window_lists){.kernel = (int32_t[]){0, 3}}, &w),
        DL_EINVAL);
    expect_error(*state, DL_EINVAL, "who: kernel is 0 along spatial axis 0, wanted 1 or more");
}

/* Of two axes, with one number of it changed. */
static int sound_with(size_t member, int32_t axis, int64_t value)
{
    dl__window w = {.axes = 2, .kernel = {1, 2, 2}, .stride = {1, 1, 1}, .dilation = {1, 1, 1}};
    ((int64_t *)(void *)((char *)&w + member))[axis] = value;
    return dl__window_sound(&w);
}

static void a_window_is_sound_when_its_places_can_be_counted(void **state)
{
    const size_t low[] = {offsetof(dl__window, kernel), offsetof(dl__window, stride),
                          offsetof(dl__window, dilation)};
    const size_t any[] = {offsetof(dl__window, before), offsetof(dl__window, after)};
    (void)state;
    assert_true(sound_with(low[0], 2, 2));
    for (int i = 0; i < 3; i++) {
        assert_true(sound_with(low[i], 1, INT32_MAX));
        assert_false(sound_with(low[i], 1, INT32_MAX + 1LL));
        assert_false(sound_with(low[i], 2, 0));
        assert_false(sound_with(low[i], 2, INT64_MIN));
        assert_false(sound_with(low[i], 0, 2)); /* an axis that it has not */
    }
    for (int i = 0; i < 2; i++) {
        assert_true(sound_with(any[i], 1, -DL__WINDOW_REACH));
        assert_false(sound_with(any[i], 1, -DL__WINDOW_REACH - 1));
        assert_false(sound_with(any[i], 2, INT64_MAX));
        assert_false(sound_with(any[i], 0, 1));
    }
    for (int64_t axes = -1; axes <= 4; axes++)
        assert_int_equal(sound_with(offsetof(dl__window, axes), 0, axes), axes == 2 || axes == 3);
}

/* Floats have fewer: their bytes are counted. */
static void axes_too_long_to_count_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = dl_tensor_give(dl_tensor_zeros(ctx, DL_U8, (int64_t[]){0, 1, INT64_MAX}, 3));
    dl_tensor *w = dl_tensor_give(dl_tensor_zeros(ctx, DL_U8, (int64_t[]){1, 1, 2}, 3));
    const dl_conv_opts o = {.stride = {2}, .same = 1};
    assert_null(dl_conv1d(x, w, NULL, &o));
    expect_error(ctx, DL_ELIMIT, "conv1d: the input is [0, 1, 9223372036854775807], spatial axes");
}

static void same_names_the_padding_that_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 1, 2, 3));
    dl_tensor *w = random_tensor(ctx, DL_F32, 2, DL_SHAPE(1, 1, 1, 8));
    const dl_conv_opts o = {.dilation = {INT32_MAX}, .same = 1};
    assert_null(dl_conv2d(x, w, NULL, &o));
    expect_error(ctx, DL_ELIMIT,
                 "conv2d: same wants padding of 7516192765 along spatial axis 1, at most "
                 "4294967295 fits");
    w = random_tensor(ctx, DL_F32, 2, DL_SHAPE(1, 1, 1, 8, 2, 3));
    assert_null(dl_local2d(x, w, NULL, &o));
    expect_error(ctx, DL_ELIMIT, "local2d: same wants padding of 7516192765 along spatial axis 1");
    w = random_tensor(ctx, DL_F32, 2, DL_SHAPE(1, 1, 1, 4)); /* this much fits */
    assert_shape(dl_conv2d(x, w, NULL, &o), 1, 1, 2, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_zero_repeats_the_number_before_it),
        with_ctx(axes_before_the_first_number_have_the_default),
        with_ctx(a_kernel_has_no_default),
        with_ctx(a_window_is_sound_when_its_places_can_be_counted),
        with_ctx(axes_too_long_to_count_are_refused),
        with_ctx(same_names_the_padding_that_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
