/* PNG files that are written. They are read back here by a reader of its own; PIL reads them too
 * (tests/golden/make_images.py). */
#include "support/support.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "dl/image.h"
#include "io/image.h"
#include "io/png.h"
#include "support/fault_io.h"
#include "support/png.h"
#include "support/scratch.h"

static void all_sizes_and_channels_come_back(void **state)
{
    dl_ctx *ctx = *state;
    unsigned char pixel[17 * 13 * 4];
    uint64_t seed = 5;
    for (int noise = 0; noise < 2; noise++)
        for (int c = 1; c <= 4; c++)
            for (int h = 1; h <= 17; h += 4)
                for (int w = 1; w <= 13; w += 3) {
                    void *data;
                    size_t n;
                    for (int i = 0; i < h * w * c; i++)
                        pixel[i] =
                            (unsigned char)(noise ? 256 * random_number(&seed)
                                                  : 3 * (i / c % w) + 7 * (i / c / w) + i % c);
                    assert_int_equal(dl__png_encode(ctx, pixel, h, w, c, &data, &n), DL_OK);
                    unsigned char *back = png_unpack(data, n, h, w, c);
                    assert_memory_equal(back, pixel, (size_t)(h * w * c));
                    free(back);
                    dl__free(data);
                }
}

/* A slope is what filters are for: a row becomes a few bytes. */
static void smooth_pictures_become_small(void **state)
{
    dl_ctx *ctx = *state;
    static unsigned char pixel[256 * 256 * 3];
    void *data;
    size_t n;
    for (int y = 0; y < 256; y++)
        for (int x = 0; x < 256; x++) {
            unsigned char *p = pixel + 3 * (256 * y + x);
            p[0] = (unsigned char)x;
            p[1] = (unsigned char)y;
            p[2] = (unsigned char)((x + y) / 2);
        }
    assert_int_equal(dl__png_encode(ctx, pixel, 256, 256, 3, &data, &n), DL_OK);
    assert_true(n < 3000);
    dl__free(data);
}

/* The pixels of what dl_image_write_png wrote are these bytes. */
static void expect_written(const dl_tensor *t, int h, int w, int c, const unsigned char *wanted)
{
    unsigned char file[4096];
    assert_int_equal(dl_image_write_png(t, scratch_at("a.png")), DL_OK);
    size_t n = scratch_get(scratch_at("a.png"), file, sizeof file);
    unsigned char *back = png_unpack(file, n, h, w, c);
    assert_memory_equal(back, wanted, (size_t)(h * w * c));
    free(back);
}

static void tensors_of_any_layout_are_written(void **state)
{
    dl_ctx *ctx = *state;
    unsigned char wanted[3 * 4 * 5];
    dl_tensor *t = random_tensor(ctx, DL_U8, 3, DL_SHAPE(3, 4, 5));
    const unsigned char *p = dl_tensor_data(t);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 20; i++)
            wanted[3 * i + c] = p[20 * c + i];
    for (int layout = 0; layout < LAYOUTS; layout++)
        expect_written(with_layout(t, layout), 4, 5, 3, wanted);
    t = make_tensor(ctx, DL_U8, DL_SHAPE(2, 3), 0, 1, 2, 3, 254, 255);
    expect_written(t, 2, 3, 1, (const unsigned char[]){0, 1, 2, 3, 254, 255});
    t = make_tensor(ctx, DL_U8, DL_SHAPE(4, 1, 1), 9, 8, 7, 6);
    expect_written(t, 1, 1, 4, (const unsigned char[]){9, 8, 7, 6});
    t = make_tensor(ctx, DL_U8, DL_SHAPE(2, 1, 1), 9, 8);
    expect_written(t, 1, 1, 2, (const unsigned char[]){9, 8});
}

static void numbers_are_rounded_and_cut(void **state)
{
    dl_ctx *ctx = *state;
    static const unsigned char wanted[] = {0, 0, 0, 1, 128, 254, 255, 255, 255, 0};
    for (int k = 0; k < 2; k++) {
        dl_tensor *t = make_tensor(ctx, k ? DL_F64 : DL_F32, DL_SHAPE(1, 2, 5), -INFINITY, -0.1,
                                   0.0019, 0.002, 0.5, 254.4 / 255, 1, 1.5, INFINITY, NAN);
        expect_written(t, 2, 5, 1, wanted);
    }
}

static void wrong_tensors_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        int64_t dims[4];
        int32_t ndim;
    } shapes[] = {{{4}, 1},       {{5, 2, 2}, 3}, {{0, 2, 2}, 3},
                  {{3, 0, 2}, 3}, {{2, 0}, 2},    {{1, 1, 2, 2}, 4}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        dl_tensor *t = dl_tensor_zeros(ctx, DL_U8, shapes[i].dims, shapes[i].ndim);
        assert_int_equal(dl_image_write_png(t, scratch_at("a.png")), DL_ESHAPE);
        expect_error(ctx, DL_ESHAPE, "[H, W] or [C, H, W] with 1 to 4 channels");
        dl_tensor_drop(t);
    }
    dl_tensor *t = make_tensor(ctx, DL_I64, DL_SHAPE(1, 1), 1);
    assert_int_equal(dl_image_write_png(t, scratch_at("a.png")), DL_EDTYPE);
    expect_error(ctx, DL_EDTYPE, "the tensor is i64");
    t = make_tensor(ctx, DL_U8, DL_SHAPE(1, 1), 1);
    assert_int_equal(dl_image_write_png(t, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "path");
    assert_int_equal(dl_image_write_png(t, "nowhere/a.png"), DL_EIO);
    expect_error(ctx, DL_EIO, "nowhere/a.png");
    assert_int_equal(dl_image_write_png(NULL, scratch_at("a.png")), DL_EINVAL);
    dl_meta_enable(ctx, 1);
    t = dl_tensor_zeros(ctx, DL_U8, DL_SHAPE(2, 2));
    dl_meta_enable(ctx, 0);
    assert_int_equal(dl_image_write_png(t, scratch_at("a.png")), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "meta");
    dl_tensor_drop(t);
    void *data;
    size_t n;
    static const unsigned char none[1];
    assert_int_equal(dl__png_encode(ctx, none, 1, 0, 3, &data, &n), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "1 x 0");
    assert_int_equal(dl__png_encode(ctx, none, 1 << 15, 1 << 15, 1, &data, &n), DL_ELIMIT);
    expect_error(ctx, DL_ELIMIT, "32768 x 32768");
    assert_int_equal(dl__png_encode(ctx, none, INT64_MAX, INT64_MAX, 4, &data, &n), DL_ELIMIT);
    expect_error(ctx, DL_ELIMIT, "more than");
    assert_null(data);
    assert_int_equal(scratch_entries(), 0);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    dl_ctx *ctx = *state;
    fault_io f;
    dl_tensor *t = make_tensor(ctx, DL_U8, DL_SHAPE(1, 1), 1);
    scratch_put(scratch_at("a.png"), "old", 3);
    fault_io_begin(&f);
    f.space = 20;
    assert_int_equal(dl_image_write_png(t, scratch_at("a.png")), DL_EIO);
    fault_io_end();
    expect_error(ctx, DL_EIO, "a.png");
    assert_int_equal(scratch_entries(), 1);
    assert_holds(scratch_at("a.png"), "old");
}

static dl_status write_it(dl_ctx *ctx, void *user)
{
    (void)ctx;
    return dl_image_write_png(user, scratch_at("a.png"));
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = random_tensor(ctx, DL_F32, 3, DL_SHAPE(3, 4, 5));
    assert_true(fault_loop(ctx, write_it, NULL, t) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(all_sizes_and_channels_come_back),
        with_ctx(smooth_pictures_become_small),
        with_scratch_ctx(tensors_of_any_layout_are_written),
        with_scratch_ctx(numbers_are_rounded_and_cut),
        with_scratch_ctx(wrong_tensors_are_refused),
        with_scratch_ctx(a_full_disk_leaves_the_old_file),
        with_scratch_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
