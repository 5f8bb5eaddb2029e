/* Pictures and filters on a sheet. */
#include "support/support.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dl/ops.h"
#include "dl/report.h"
#include "support/png.h"
#include "support/scratch.h"
#include "support/xml.h"

enum { ROOM = 1 << 20 };
static char text[ROOM];

static const char *path(void)
{
    return scratch_at("x.svg");
}

static int read_back(void)
{
    size_t bytes = scratch_get(path(), text, ROOM - 1);
    assert_true(bytes > 0 && bytes < ROOM - 1);
    text[bytes] = 0;
    return xml_elements(text, bytes);
}

static void draw(dl_ctx *ctx, dl_tensor *t, const dl_images_opts *o)
{
    assert_int_equal(dl_report_images(ctx, path(), "sheet", t, o), DL_OK);
    read_back();
}

static int count_of(const char *part)
{
    return xml_count(text, part);
}

/* Picture k has these bytes. */
static void expect_pixels(int k, int h, int w, int c, const unsigned char *wanted)
{
    unsigned char *found = png_in_svg(text, k, h, w, c);
    assert_memory_equal(found, wanted, (size_t)(h * w * c));
    free(found);
}

static void pixels_come_back_in_every_range(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = make_tensor(ctx, DL_F32, DL_SHAPE(2, 1, 1, 3), -0.5, 0, 1, 0.25, 0.5, 2);
    static const struct {
        dl_images_opts o;
        unsigned char wanted[6];
    } cases[] = {{{.range = DL_RANGE_FIXED}, {0, 0, 255, 64, 128, 255}},
                 {{.low = -1, .high = 1}, {64, 128, 255, 159, 191, 255}},
                 {{.range = DL_RANGE_ALL}, {0, 51, 153, 77, 102, 255}},
                 {{.range = DL_RANGE_EACH}, {0, 85, 255, 0, 36, 255}},
                 {{.range = DL_RANGE_ZERO}, {96, 128, 191, 143, 159, 255}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        draw(ctx, t, &cases[i].o);
        expect_pixels(0, 1, 3, 1, cases[i].wanted);
        expect_pixels(1, 1, 3, 1, cases[i].wanted + 3);
    }
}

static void colours_bytes_and_layouts_come_back(void **state)
{
    dl_ctx *ctx = *state;
    unsigned char wanted[2 * 3 * 20];
    dl_tensor *t = dl_tensor_give(dl_tensor_randint(ctx, DL_U8, 0, 256, DL_SHAPE(2, 3, 4, 5)));
    const unsigned char *p = dl_tensor_data(t);
    for (int i = 0; i < 2; i++)
        for (int c = 0; c < 3; c++)
            for (int k = 0; k < 20; k++)
                wanted[60 * i + 3 * k + c] = p[60 * i + 20 * c + k];
    for (int layout = 0; layout < LAYOUTS; layout++) {
        draw(ctx, with_layout(t, layout), NULL);
        expect_pixels(0, 4, 5, 3, wanted);
        expect_pixels(1, 4, 5, 3, wanted + 60);
    }
}

static void normalisation_is_undone_for_each_channel(void **state)
{
    dl_ctx *ctx = *state;
    static const double mean[] = {0.5, 0, 1}, std[] = {0.5, 1, 2};
    static const unsigned char wanted[] = {255, 0, 255, 0, 255, 0};
    dl_tensor *t = make_tensor(ctx, DL_F64, DL_SHAPE(1, 3, 1, 2), 1, -1, 0, 1, 0, -0.5);
    draw(ctx, t, &(dl_images_opts){.mean = mean, .std = std});
    expect_pixels(0, 1, 2, 3, wanted);
}

static void what_is_no_number_is_seen(void **state)
{
    dl_ctx *ctx = *state;
    static const unsigned char wanted[] = {0xb0, 0x20, 0xd0, 255, 255, 255, 0, 0, 0, 128, 128, 128};
    dl_tensor *t = make_tensor(ctx, DL_F32, DL_SHAPE(1, 1, 1, 4), (double)NAN, (double)INFINITY,
                               -(double)INFINITY, 0.5);
    draw(ctx, t, NULL);
    expect_pixels(0, 1, 4, 3, wanted);
    dl_tensor *same = make_tensor(ctx, DL_F32, DL_SHAPE(1, 1, 1, 2), 7, 7);
    for (int32_t range = 0; range < 4; range++) {
        draw(ctx, t, &(dl_images_opts){.range = range});
        draw(ctx, same, &(dl_images_opts){.range = range});
    }
}

static double number_after(const char *p, const char *name)
{
    p = strstr(p, name);
    assert_non_null(p);
    return atof(p + strlen(name));
}

static void places_follow_scale_columns_and_gap(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = random_tensor(ctx, DL_F32, 1, DL_SHAPE(5, 1, 8, 6));
    draw(ctx, t, &(dl_images_opts){.columns = 2, .scale = 10, .gap = 30});
    const char *p = text;
    double x[5], y[5];
    for (int i = 0; i < 5; i++) {
        p = strstr(p + 1, "<image");
        x[i] = number_after(p, " x=\"");
        y[i] = number_after(p, " y=\"");
        assert_true(number_after(p, " width=\"") == 60 && number_after(p, " height=\"") == 80);
    }
    assert_true(x[1] - x[0] == 90 && x[2] == x[0] && y[1] == y[0] && y[2] - y[0] == 110);
    draw(ctx, t, &(dl_images_opts){.gap = DL_OFF}); /* 8 rows are drawn 96 pixels high */
    p = strstr(text, "<image");
    assert_true(number_after(strstr(p + 1, "<image"), " x=\"") - number_after(p, " x=\"") == 72);
}

static void captions_stand_below_and_cannot_break_the_sheet(void **state)
{
    dl_ctx *ctx = *state;
    static const char *const captions[] = {"cat\n<dog> 98 %", NULL,
                                           "a line that is much too long for its place\n\n3\n4",
                                           "\xff\xfe\xc3\n\xe2\x86\x92 &"};
    dl_tensor *t = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 1, 4, 4));
    draw(ctx, t, &(dl_images_opts){.captions = captions});
    assert_int_equal(count_of(">cat<"), 1);
    assert_int_equal(count_of(">&lt;dog&gt; 98 %<"), 1);
    assert_int_equal(count_of("class=\"caption first\""), 3);
    assert_int_equal(count_of(">3<"), 1);
    assert_int_equal(count_of(">4<"), 0);
    assert_int_equal(count_of(">a line that is much too l\xe2\x80\xa6<"), 1);
}

/* Of a wide picture's caption 200 letters are shown, of any bytes each. */
static void a_long_caption_is_cut_between_letters(void **state)
{
    dl_ctx *ctx = *state;
    enum { N = 300 };
    char line[3 * N + 1] = "", wanted[3 * N + 8] = ">";
    for (int i = 0; i < N; i++)
        memcpy(line + 3 * i, "\xe2\x86\x92", 4);
    memcpy(wanted + 1, line, 3 * 199);
    strcpy(wanted + 1 + 3 * 199, "\xe2\x80\xa6<");
    const char *const captions[] = {line};
    draw(ctx, random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 1, 1, 2000)),
         &(dl_images_opts){.captions = captions});
    assert_int_equal(count_of(wanted), 1);
}

static void filters_are_tiles_or_a_grid(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        int64_t shape[4];
        int tiles;
    } cases[] = {{{5, 1, 3, 3}, 5},
                 {{300, 3, 5, 5}, 256},
                 {{4, 2, 3, 3}, 8},
                 {{40, 50, 1, 1}, 1024},
                 {{2, 3, 60, 2}, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dl_tensor *w = random_tensor(ctx, DL_F32, 1, cases[i].shape, 4);
        assert_int_equal(dl_report_filters(ctx, path(), "t", w), DL_OK);
        read_back();
        assert_int_equal(count_of("<image"), cases[i].tiles);
    }
    static const unsigned char wanted[] = {0, 128, 255, 64};
    dl_tensor *w = make_tensor(ctx, DL_F64, DL_SHAPE(1, 1, 2, 2), -4, 0, 4, -2);
    assert_int_equal(dl_report_filters(ctx, path(), NULL, w), DL_OK);
    read_back();
    expect_pixels(0, 2, 2, 1, wanted);
    assert_int_equal(count_of("4.000"), 2);
}

static void what_is_wrong_is_said(void **state)
{
    dl_ctx *ctx = *state, *away = make_ctx(1);
    dl_tensor *t = random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 1, 2, 2));
    dl_tensor *foreign = random_tensor(away, DL_F32, 1, DL_SHAPE(1, 1, 2, 2));
    static const struct {
        int64_t shape[4];
        int32_t ndim;
        dl_dtype dt;
        dl_status code;
        const char *part;
    } bad[] = {{{1, 2, 2, 2}, 4, DL_F32, DL_ESHAPE, "[1, 2, 2, 2]"},
               {{1, 2, 2}, 3, DL_F32, DL_ESHAPE, "[1, 2, 2]"},
               {{0, 1, 2, 2}, 4, DL_F32, DL_ESHAPE, "[0, 1, 2, 2]"},
               {{1, 1, 2, 2}, 4, DL_I64, DL_EDTYPE, "i64"},
               {{4097, 1, 1, 1}, 4, DL_F32, DL_ELIMIT, "4097 pictures"},
               {{1, 1, 4097, 4096}, 4, DL_U8, DL_ELIMIT, "at most 16777216"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *b = dl_tensor_give(dl_tensor_zeros(ctx, bad[i].dt, bad[i].shape, bad[i].ndim));
        assert_int_equal(dl_report_images(ctx, path(), "t", b, NULL), bad[i].code);
        expect_error(ctx, bad[i].code, bad[i].part);
        dl_scope_end(ctx, mark);
    }
    static const dl_images_opts options[] = {
        {.columns = -1},       {.scale = 65},      {.scale = -1},        {.gap = -2},
        {.gap = 1001},         {.range = 4},       {.range = -1},        {.low = 1},
        {.low = 2, .high = 2}, {.reserved[3] = 1}, {.high = (double)NAN}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        assert_int_equal(dl_report_images(ctx, path(), "t", t, &options[i]), DL_EINVAL);
        expect_error(ctx, DL_EINVAL, "report_images: ");
    }
    assert_int_equal(dl_report_images(ctx, NULL, "t", t, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "path is NULL");
    assert_int_equal(dl_report_images(ctx, path(), "t", NULL, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "tensor is NULL");
    assert_int_equal(dl_report_images(ctx, path(), "t", foreign, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "another context");
    assert_int_equal(dl_report_images(NULL, path(), "t", t, NULL), DL_EINVAL);
    assert_int_equal(dl_report_filters(ctx, path(), "t", foreign), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "another context");
    assert_int_equal(dl_report_filters(ctx, NULL, "t", t), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "path is NULL");
    assert_int_equal(dl_report_filters(ctx, path(), "t", NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "weight is NULL");
    assert_int_equal(dl_report_filters(ctx, path(), "t", dl_reshape(t, DL_SHAPE(2, 2))), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "[2, 2]");
    assert_int_equal(dl_report_filters(NULL, path(), "t", t), DL_EINVAL);
    dl_meta_enable(ctx, 1);
    dl_tensor *meta = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(1, 1, 2, 2)));
    dl_meta_enable(ctx, 0);
    assert_int_equal(dl_report_images(ctx, path(), "t", meta, NULL), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "meta");
    end_ctx(away);
}

static dl_status images(dl_ctx *ctx, void *user)
{
    return dl_report_images(ctx, path(), "t", user, NULL);
}

static dl_status filters(dl_ctx *ctx, void *user)
{
    return dl_report_filters(ctx, path(), "t", user);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 4));
    assert_true(fault_loop(ctx, images, NULL, t) > 10);
    assert_true(fault_loop(ctx, filters, NULL, t) > 10);
    assert_int_equal(scratch_entries(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch_ctx(pixels_come_back_in_every_range),
        with_scratch_ctx(colours_bytes_and_layouts_come_back),
        with_scratch_ctx(normalisation_is_undone_for_each_channel),
        with_scratch_ctx(what_is_no_number_is_seen),
        with_scratch_ctx(places_follow_scale_columns_and_gap),
        with_scratch_ctx(captions_stand_below_and_cannot_break_the_sheet),
        with_scratch_ctx(a_long_caption_is_cut_between_letters),
        with_scratch_ctx(filters_are_tiles_or_a_grid),
        with_scratch_ctx(what_is_wrong_is_said),
        with_scratch_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
