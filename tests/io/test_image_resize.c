/* Sizes and parts of pictures: PIL's numbers, torchvision's rounding. */
#include "support/support.h"
#include <stdio.h>
#include <string.h>
#include "dl/image.h"
#include "dl/io.h"
#include "support/golden_image.h"

static void bytes_are_those_of_pil(void **state)
{
    dl_ctx *ctx = *state;
    dl_safetensors *s = golden_images(ctx);
    int sizes = 0;
    for (int32_t i = 0; i < dl_safetensors_count(s); i++) {
        char name[64] = "";
        int h, w;
        if (sscanf(dl_safetensors_name(s, i), "resize.%63[^.].%dx%d", name, &h, &w) != 3)
            continue;
        sizes++;
        dl_tensor *wanted = dl_tensor_give(dl_safetensors_read(s, i));
        dl_tensor *from = golden_image(s, "pixels", name);
        for (int layout = 0; layout < LAYOUTS; layout++) {
            dl_tensor *got = dl_tensor_give(dl_image_resize(with_layout(from, layout), h, w));
            assert_int_equal(largest_difference(got, wanted), 0);
        }
    }
    assert_int_equal(sizes, 8);
    dl_safetensors_drop(s);
}

static void numbers_are_those_of_pil(void **state)
{
    dl_ctx *ctx = *state;
    dl_safetensors *s = golden_images(ctx);
    dl_tensor *source = golden_image(s, "source", "float");
    static const int size[][2] = {{5, 6}, {13, 30}, {26, 17}, {1, 1}, {40, 3}};
    for (int i = 0; i < 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "%dx%d", size[i][0], size[i][1]);
        dl_tensor *got = dl_tensor_give(dl_image_resize(source, size[i][0], size[i][1]));
        assert_same_bits(got, golden_image(s, "float", name));
    }
    dl_safetensors_drop(s);
}

static void the_same_size_is_the_same_picture(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = random_tensor(ctx, DL_U8, 1, DL_SHAPE(2, 5, 4));
    dl_tensor *f = random_tensor(ctx, DL_F32, 1, DL_SHAPE(5, 4));
    assert_same_bits(dl_tensor_give(dl_image_resize(t, 5, 4)), t);
    assert_same_bits(dl_tensor_give(dl_image_resize(f, 5, 4)), f);
    dl_tensor *none = dl_tensor_give(dl_tensor_zeros(ctx, DL_U8, DL_SHAPE(0, 5, 4)));
    assert_shape(dl_tensor_give(dl_image_resize(none, 2, 9)), 0, 2, 9);
}

static void the_shorter_side_gets_its_size(void **state)
{
    dl_ctx *ctx = *state;
    static const int64_t cases[][5] = {/* h, w, n, new h, new w */
                                       {480, 640, 256, 256, 341}, {640, 480, 256, 341, 256},
                                       {7, 7, 3, 3, 3},           {3, 100, 2, 2, 66},
                                       {10, 11, 20, 20, 22},      {5, 9, 4, 4, 7}};
    for (int i = 0; i < 6; i++) {
        const int64_t *c = cases[i];
        dl_tensor *t = dl_tensor_give(dl_tensor_zeros(ctx, DL_U8, DL_SHAPE(1, c[0], c[1])));
        assert_shape(dl_tensor_give(dl_image_resize_shorter(t, c[2])), 1, c[3], c[4]);
    }
}

static void a_part_is_cut_out_of_any_layout(void **state)
{
    dl_ctx *ctx = *state;
    static const dl_dtype types[] = {DL_U8, DL_F32};
    for (int k = 0; k < 2; k++) {
        dl_tensor *t = make_tensor(ctx, types[k], DL_SHAPE(2, 3, 4), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
                                   10, 11, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
        for (int layout = 0; layout < LAYOUTS; layout++) {
            dl_tensor *got = dl_tensor_give(dl_image_crop(with_layout(t, layout), 1, 2, 2, 2));
            assert_shape(got, 2, 2, 2);
            assert_values(got, 6, 7, 10, 11, 26, 27, 30, 31);
        }
        assert_same_bits(dl_tensor_give(dl_image_crop(t, 0, 0, 3, 4)), t);
    }
}

/* torchvision: int(round((H - h) / 2)), where Python rounds a half to the even number. */
static void the_middle_is_that_of_torchvision(void **state)
{
    dl_ctx *ctx = *state;
    static const int first[] = {0, 0, 1, 2, 2, 2, 3, 4, 4}; /* of 1 in 1, 2, ... 9 */
    for (int n = 1; n <= 9; n++) {
        double values[9];
        for (int i = 0; i < n; i++)
            values[i] = i;
        dl_tensor *row = tensor_of(ctx, DL_U8, values, DL_SHAPE(1, n));
        dl_tensor *column = tensor_of(ctx, DL_U8, values, DL_SHAPE(n, 1));
        assert_values(dl_tensor_give(dl_image_center_crop(row, 1, 1)), first[n - 1]);
        assert_values(dl_tensor_give(dl_image_center_crop(column, 1, 1)), first[n - 1]);
    }
}

static void refused(dl_ctx *ctx, dl_tensor *t, dl_status code, const char *part)
{
    assert_null(t);
    expect_error(ctx, code, part);
}

static void wrong_arguments_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = random_tensor(ctx, DL_U8, 1, DL_SHAPE(3, 4));
    refused(ctx, dl_image_resize(t, 0, 4), DL_EINVAL, "0 x 4 is no size");
    refused(ctx, dl_image_resize(t, 4, -1), DL_EINVAL, "4 x -1 is no size");
    refused(ctx, dl_image_resize_shorter(t, 0), DL_EINVAL, "image_resize_shorter: 0 x 0");
    refused(ctx, dl_image_crop(t, 0, 0, 4, 4), DL_ESHAPE, "4 x 4 pixels from row 0, column 0");
    refused(ctx, dl_image_crop(t, 2, 0, 2, 4), DL_ESHAPE, "not in a picture of 3 x 4");
    refused(ctx, dl_image_crop(t, -1, 0, 1, 1), DL_ESHAPE, "row -1");
    refused(ctx, dl_image_crop(t, 0, INT64_MAX, 1, 1), DL_ESHAPE, "image_crop");
    refused(ctx, dl_image_crop(t, 0, 0, 1, 0), DL_EINVAL, "1 x 0 is no size");
    refused(ctx, dl_image_center_crop(t, 3, 5), DL_ESHAPE, "image_center_crop: 3 x 5");
    refused(ctx, dl_image_resize(random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, 2)), 1, 1), DL_EDTYPE,
            "f64, u8 or f32");
    refused(ctx, dl_image_resize(random_tensor(ctx, DL_U8, 1, DL_SHAPE(2)), 1, 1), DL_ESHAPE,
            "[2]");
    refused(ctx, dl_image_resize(random_tensor(ctx, DL_U8, 1, DL_SHAPE(2, 0)), 1, 1), DL_ESHAPE,
            "[2, 0]");
    assert_null(dl_image_resize(t, INT64_MAX, 4));
    assert_int_not_equal(dl_ctx_status(ctx), DL_OK);
    dl_ctx_clear(ctx);
    assert_null(dl_image_resize_shorter(t, INT64_MAX / 2));
    assert_int_not_equal(dl_ctx_status(ctx), DL_OK);
    dl_ctx_clear(ctx);
    dl_meta_enable(ctx, 1);
    dl_tensor *meta = dl_tensor_give(dl_tensor_zeros(ctx, DL_U8, DL_SHAPE(2, 2)));
    dl_meta_enable(ctx, 0);
    refused(ctx, dl_image_resize(meta, 1, 1), DL_ESTATE, "meta");
    refused(ctx, dl_image_crop(meta, 0, 0, 1, 1), DL_ESTATE, "meta");
    assert_null(dl_image_resize(NULL, 1, 1));
    assert_null(dl_image_resize_shorter(NULL, 1));
    assert_null(dl_image_crop(NULL, 0, 0, 1, 1));
    assert_null(dl_image_center_crop(NULL, 1, 1));
}

static dl_status all_of_them(dl_ctx *ctx, void *user)
{
    dl_tensor_drop(dl_image_resize(user, 3, 9));
    dl_tensor_drop(dl_image_resize_shorter(user, 2));
    dl_tensor_drop(dl_image_crop(user, 1, 1, 2, 2));
    dl_tensor_drop(dl_image_center_crop(user, 2, 2));
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = with_layout(random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4, 5)), LAYOUT_COLUMNS);
    assert_true(fault_loop(ctx, all_of_them, NULL, t) > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(bytes_are_those_of_pil),
        with_ctx(numbers_are_those_of_pil),
        with_ctx(the_same_size_is_the_same_picture),
        with_ctx(the_shorter_side_gets_its_size),
        with_ctx(a_part_is_cut_out_of_any_layout),
        with_ctx(the_middle_is_that_of_torchvision),
        with_ctx(wrong_arguments_are_refused),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
