/* Reading pictures: the pixels are those of PIL. */
#include "support/support.h"
#include <stdio.h>
#include <string.h>
#include "dl/image.h"
#include "dl/io.h"
#include "support/golden_image.h"
#include "support/scratch.h"

/* JPEG decoders round the inverse transform and the colours in ways of their own. */
enum { JPEG_TOLERANCE = 3 };

/* Where colours have half the columns, stb_image 2.27 takes the weights of the last column but one
 * the wrong way round. */
static void forget_last_but_one(dl_tensor *t)
{
    const int64_t h = dl_tensor_dim(t, 1), w = dl_tensor_dim(t, 2);
    unsigned char *p = dl_tensor_edit(t);
    for (int64_t i = 0; i < 3 * h; i++)
        p[i * w + w - 2] = 0;
}

static dl_tensor *decode(dl_ctx *ctx, const dl_tensor *file, const dl_image_opts *o)
{
    return dl_tensor_give(
        dl_image_decode(ctx, dl_tensor_data(file), (size_t)dl_tensor_count(file), "file", o));
}

static void pixels_are_those_of_pil(void **state)
{
    dl_ctx *ctx = *state;
    dl_safetensors *s = golden_images(ctx);
    int files = 0;
    for (int32_t i = 0; i < dl_safetensors_count(s); i++) {
        const char *name = dl_safetensors_name(s, i);
        if (strncmp(name, "file.", 5) != 0)
            continue;
        files++;
        name += 5;
        dl_tensor *got = decode(ctx, golden_image(s, "file", name), NULL);
        expect_ok(ctx);
        dl_tensor *wanted = golden_image(s, "pixels", name);
        if (strstr(name, "422")) {
            forget_last_but_one(got);
            forget_last_but_one(wanted);
        }
        int most = largest_difference(got, wanted);
        if (most > (strncmp(name, "jpeg", 4) == 0 ? JPEG_TOLERANCE : 0))
            fail_msg("%s differs by %d", name, most);
    }
    assert_true(files > 40);
    dl_safetensors_drop(s);
}

static void colours_become_grey_and_grey_becomes_colours(void **state)
{
    dl_ctx *ctx = *state;
    dl_safetensors *s = golden_images(ctx);
    dl_tensor *got =
        decode(ctx, golden_image(s, "file", "png_pil"), &(dl_image_opts){.channels = 1});
    assert_int_equal(largest_difference(got, golden_image(s, "grey", "png_pil")), 0);
    got = decode(ctx, golden_image(s, "file", "png_0_8_0"), &(dl_image_opts){.channels = 3});
    dl_tensor *one = golden_image(s, "pixels", "png_0_8_0");
    assert_shape(got, 3, 7, 11);
    const unsigned char *p = dl_tensor_data(got), *q = dl_tensor_data(one);
    for (int i = 0; i < 3 * 77; i++)
        assert_int_equal(p[i], q[i % 77]);
    dl_safetensors_drop(s);
}

static void files_are_known_by_their_bytes(void **state)
{
    dl_ctx *ctx = *state;
    dl_safetensors *s = golden_images(ctx);
    dl_tensor *file = golden_image(s, "file", "png_pil");
    scratch_put(scratch_at("a.jpg"), dl_tensor_data(file), (size_t)dl_tensor_count(file));
    dl_tensor *got = dl_image_read(ctx, scratch_at("a.jpg"), NULL);
    assert_int_equal(largest_difference(got, golden_image(s, "pixels", "png_pil")), 0);
    dl_tensor_drop(got);
    dl_safetensors_drop(s);
}

static void a_picture_in_meta_mode_has_data(void **state)
{
    dl_ctx *ctx = *state;
    dl_safetensors *s = golden_images(ctx);
    dl_tensor *file = golden_image(s, "file", "bmp_24");
    dl_meta_enable(ctx, 1);
    dl_tensor *got = decode(ctx, file, NULL);
    dl_meta_enable(ctx, 0);
    assert_int_equal(largest_difference(got, golden_image(s, "pixels", "bmp_24")), 0);
    dl_safetensors_drop(s);
}

static void too_many_pixels_are_refused_before_memory_is_taken(void **state)
{
    dl_ctx *ctx = *state;
    dl_safetensors *s = golden_images(ctx);
    static const char *const name[] = {"png_pil", "jpeg_420", "bmp_pil"};
    for (int i = 0; i < 3; i++) {
        dl_tensor *file = golden_image(s, "file", name[i]);
        dl_tensor *wanted = golden_image(s, "pixels", name[i]);
        const int64_t pixels = dl_tensor_dim(wanted, 1) * dl_tensor_dim(wanted, 2);
        const int64_t live = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
        assert_null(decode(ctx, file, &(dl_image_opts){.max_pixels = pixels - 1}));
        expect_error(ctx, DL_ELIMIT, "at most");
        assert_int_equal(dl_ctx_bytes(ctx, DL_BYTES_LIVE), live);
        assert_non_null(decode(ctx, file, &(dl_image_opts){.max_pixels = pixels}));
    }
    dl_safetensors_drop(s);
}

static void wrong_arguments_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        dl_image_opts o;
        const char *says;
    } cases[] = {
        {{.channels = 2}, "channels is 2"},
        {{.channels = 4}, "channels is 4"},
        {{.channels = -1}, "channels is -1"},
        {{.max_pixels = -1}, "max_pixels is -1"},
        {{.max_pixels = (1 << 28) + 1}, "max_pixels is 268435457"},
        {{.reserved0 = 1}, "reserved0"},
        {{.reserved = {0, 0, 0, 0, 0, 1}}, "reserved"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_null(dl_image_decode(ctx, "x", 1, NULL, &cases[i].o));
        expect_error(ctx, DL_EINVAL, cases[i].says);
        assert_null(dl_image_read(ctx, "a", &cases[i].o));
        expect_error(ctx, DL_EINVAL, cases[i].says);
    }
    assert_null(dl_image_decode(ctx, NULL, 1, NULL, NULL));
    expect_error(ctx, DL_EINVAL, "1 bytes at NULL");
    assert_null(dl_image_read(ctx, NULL, NULL));
    expect_error(ctx, DL_EINVAL, "the path is NULL");
    assert_null(dl_image_read(ctx, "", NULL));
    expect_error(ctx, DL_EINVAL, "the path is empty");
    assert_null(dl_image_read(ctx, "nowhere.png", NULL));
    expect_error(ctx, DL_EIO, "nowhere.png");
    assert_null(dl_image_read(NULL, "a", NULL));
    assert_null(dl_image_decode(NULL, "x", 1, NULL, NULL));
}

static dl_status decode_it(dl_ctx *ctx, void *user)
{
    const dl_tensor *file = user;
    dl_tensor *t =
        dl_image_decode(ctx, dl_tensor_data(file), (size_t)dl_tensor_count(file), "file", NULL);
    dl_tensor_drop(t);
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    dl_safetensors *s = golden_images(ctx);
    static const char *const name[] = {"png_2_8_1", "jpeg_progressive_420", "bmp_8"};
    for (int i = 0; i < 3; i++)
        assert_true(fault_loop(ctx, decode_it, NULL, golden_image(s, "file", name[i])) > 2);
    dl_safetensors_drop(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(pixels_are_those_of_pil),
        with_ctx(colours_become_grey_and_grey_becomes_colours),
        with_scratch_ctx(files_are_known_by_their_bytes),
        with_ctx(a_picture_in_meta_mode_has_data),
        with_ctx(too_many_pixels_are_refused_before_memory_is_taken),
        with_ctx(wrong_arguments_are_refused),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
