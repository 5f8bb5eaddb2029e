/* Planes as pictures. */
#include "support/support.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dl/report.h"
#include "support/scratch.h"
#include "support/xml.h"

enum { ROOM = 1 << 20, SIDE = 20 };
static char text[ROOM];
static double bowl[SIDE * SIDE], halves[SIDE * SIDE];

static const char *path(void)
{
    return scratch_at("x.svg");
}

static int begin(void **state)
{
    for (int r = 0; r < SIDE; r++)
        for (int c = 0; c < SIDE; c++) {
            double x = (c + 0.5) / 10 - 1, y = (r + 0.5) / 10 - 1;
            bowl[r * SIDE + c] = x * x + y * y;
            halves[r * SIDE + c] = r < SIDE / 2 ? 0 : 1;
        }
    return scratch_setup_ctx(state);
}

static void draw(dl_ctx *ctx, const char *title, const dl_plane *p, int32_t n)
{
    assert_int_equal(dl_report_planes(ctx, path(), title, p, n), DL_OK);
    size_t bytes = scratch_get(path(), text, ROOM - 1);
    assert_true(bytes > 0 && bytes < ROOM - 1);
    text[bytes] = 0;
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    xml_elements(text, bytes);
}

static int count_of(const char *part)
{
    return xml_count(text, part);
}

static int rectangles(void)
{
    return count_of("zM") + count_of("z\"/>");
}

static dl_plane square(void)
{
    return (dl_plane){.title = "bowl", .x0 = -1, .x1 = 1, .y0 = -1, .y1 = 1};
}

static dl_plane with_field(const double *field, int32_t classes)
{
    dl_plane p = square();
    p.field = field;
    p.rows = p.columns = SIDE;
    p.classes = classes;
    return p;
}

/* Row 0 is at the bottom, and ten rows of one colour are ten rectangles. */
static void classes_are_areas_in_the_colours_of_curves(void **state)
{
    dl_ctx *ctx = *state;
    const dl_plane p = with_field(halves, 2);
    draw(ctx, "regions", &p, 1);
    assert_int_equal(count_of("class=\"title\">regions<"), 1);
    assert_int_equal(count_of("class=\"panel\">bowl<"), 1);
    assert_int_equal(count_of("<path class=\"cells\""), 2);
    assert_int_equal(rectangles(), 20);
    const char *first = strstr(text, "fill=\"#2a6fbb\""),
               *second = strstr(text, "fill=\"#d1495b\"");
    assert_non_null(first);
    assert_non_null(second);
    double low = atof(strchr(strstr(first, " d=\"M"), 'M') + 1 +
                      strcspn(strchr(strstr(first, " d=\"M"), 'M') + 1, " "));
    double high = atof(strchr(strstr(second, " d=\"M"), 'M') + 1 +
                       strcspn(strchr(strstr(second, " d=\"M"), 'M') + 1, " "));
    assert_true(high < low); /* y grows downwards in SVG */
}

static void numbers_have_twelve_steps_and_a_scale(void **state)
{
    dl_ctx *ctx = *state;
    dl_plane p = with_field(bowl, 0);
    draw(ctx, NULL, &p, 1);
    assert_int_equal(count_of("<path class=\"cells\""), 12);
    assert_int_equal(count_of("<rect class=\"cells\""), 12);
    assert_true(count_of("class=\"tick\"") > 10);
    /* What is below low has the first colour, what is above high the last. */
    p.low = 100;
    p.high = 200;
    draw(ctx, NULL, &p, 1);
    assert_int_equal(count_of("<path class=\"cells\" fill=\"#fefadf\" d=\"M"), 1);
    assert_int_equal(count_of("<path class=\"cells\""), 1);
    p.low = 1e-9;
    p.high = 2e-9;
    draw(ctx, NULL, &p, 1);
    assert_int_equal(count_of("<path class=\"cells\" fill=\"#4c67a3\" d=\"M"), 1);
    /* Decades. */
    p.low = 1e-3;
    p.high = 1e3;
    p.log_field = 1;
    draw(ctx, NULL, &p, 1);
    assert_int_equal(count_of(">0.001<"), 1);
    assert_int_equal(count_of(">100<"), 1);
}

static void cells_that_are_no_number_stay_white(void **state)
{
    dl_ctx *ctx = *state;
    double field[4] = {(double)NAN, 1, (double)INFINITY, -1};
    dl_plane p = with_field(field, 0);
    p.rows = p.columns = 2;
    draw(ctx, NULL, &p, 1);
    assert_int_equal(rectangles(), 2);
    p.log_field = 1; /* -1 has no logarithm: the first step */
    draw(ctx, NULL, &p, 1);
    assert_non_null(strstr(text, "fill=\"#fefadf\" d=\"M"));
    field[2] = 0;
    field[3] = 0;
    p.log_field = 0;
    p.classes = 2;
    draw(ctx, NULL, &p, 1);
    assert_int_equal(rectangles(), 2);
    for (int i = 0; i < 4; i++)
        field[i] = (double)NAN;
    p.classes = 0;
    draw(ctx, NULL, &p, 1);
    assert_int_equal(count_of("<path class=\"cells\""), 0);
}

static void points_outside_are_not_shown(void **state)
{
    dl_ctx *ctx = *state;
    static const double x[] = {0, 0.5, 2, (double)NAN, -1}, y[] = {0, 0.5, 0, 0, 1};
    static const int32_t label[] = {0, 11, 0, 0, 2};
    dl_plane p = square();
    p.px = x;
    p.py = y;
    p.n_points = 5;
    draw(ctx, NULL, &p, 1);
    assert_int_equal(count_of("class=\"dot\""), 3);
    assert_int_equal(count_of("fill=\"#2a6fbb\""), 3);
    p.label = label;
    draw(ctx, NULL, &p, 1);
    assert_int_equal(count_of("fill=\"#d1495b\""), 1); /* the colours begin again */
    assert_int_equal(count_of("fill=\"#2e933c\""), 1);
}

static int letters(char c)
{
    const char *d = strstr(strstr(text, "class=\"curve\""), " d=\"") + 4;
    int n = 0;
    for (; *d != '"'; d++)
        n += *d == c;
    return n;
}

static void paths_are_cut_at_the_edges(void **state)
{
    dl_ctx *ctx = *state;
    /* Out to the right, back in at the top, across everything, away through a gap. */
    static const double x[] = {0, 3, 0.5, 0.5, -9, 9, (double)NAN, 0, 1e300, 0.1};
    static const double y[] = {0, 0, 3, 0.5, -9, 9, 0, 0, 1e300, 0.1};
    const dl_plane_path t = {.name = "way", .x = x, .y = y, .n = 10};
    dl_plane p = square();
    p.paths = &t;
    p.n_paths = 1;
    draw(ctx, NULL, &p, 1);
    assert_int_equal(count_of("class=\"legend\">way<"), 1);
    assert_int_equal(letters('M'), 3);
    assert_int_equal(letters('L'), 4);
    assert_int_equal(count_of("<circle"), 2); /* where it starts and ends */
    for (const char *d = strstr(strstr(text, "class=\"curve\""), " d=\"") + 4; *d != '"'; d++)
        if (*d == 'M' || *d == 'L') {
            double px = atof(d + 1), py = atof(d + 1 + strcspn(d + 1, " "));
            assert_true(px > 61.9 && px < 332.1 && py > 89.9 && py < 360.1);
        }
}

static void paths_say_where_they_start_and_end_only_if_that_is_seen(void **state)
{
    dl_ctx *ctx = *state;
    static const double x[] = {-5, 0, 5}, y[] = {0, 0, 0}, none[1] = {0};
    dl_plane_path t[] = {{.name = "through", .x = x, .y = y, .n = 3},
                         {.name = "nothing", .n = 0},
                         {.name = "one point", .x = none, .y = none, .n = 1}};
    dl_plane p = square();
    p.paths = t;
    p.n_paths = 2;
    draw(ctx, NULL, &p, 1);
    assert_int_equal(count_of("<circle"), 0);
    assert_int_equal(letters('L'), 2);
    p.n_paths = 3;
    draw(ctx, NULL, &p, 1);
    assert_int_equal(count_of("<circle"), 2);
}

/* A million points that hardly move do not make a large file. */
static void points_nobody_could_tell_apart_are_passed_over(void **state)
{
    dl_ctx *ctx = *state;
    enum { N = 1000000 };
    double *x = calloc(N, sizeof *x);
    assert_non_null(x);
    for (int i = 0; i < N; i++)
        x[i] = (double)i / N;
    const dl_plane_path t = {.x = x, .y = x, .n = N};
    dl_plane p = square();
    p.paths = &t;
    p.n_paths = 1;
    draw(ctx, NULL, &p, 1);
    assert_true(strlen(text) < 12000);
    free(x);
}

static void panels_make_a_grid(void **state)
{
    dl_ctx *ctx = *state;
    dl_plane p[16];
    static const int side[17] = {0, 1, 2, 3, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4};
    for (int i = 0; i < 16; i++)
        p[i] = square();
    for (int n = 1; n <= 16; n++) {
        draw(ctx, "t", p, n);
        char head[64];
        snprintf(head, sizeof head, "width=\"%d\" height=\"%d\"", side[n] * 352,
                 30 + (n + side[n] - 1) / side[n] * 356);
        if (!strstr(text, head))
            fail_msg("%d panels: no %s in %.120s", n, head, text);
        assert_int_equal(count_of("class=\"panel\""), n);
        assert_int_equal(count_of("class=\"frame\""), n);
    }
}

static void refuse(dl_ctx *ctx, const dl_plane *p, const char *says)
{
    assert_int_equal(dl_report_planes(ctx, path(), "t", p, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, says);
}

static void wrong_planes_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    static const double ends[][2] = {
        {1, -1},        {0, 0},      {0, (double)NAN}, {0, (double)INFINITY},
        {1, 1 + 1e-12}, {0, 5e-300}, {-1e301, 0}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        dl_plane p = square();
        p.x0 = ends[i][0];
        p.x1 = ends[i][1];
        refuse(ctx, &p, "x0 wants to be below x1");
        p = square();
        p.y0 = ends[i][0];
        p.y1 = ends[i][1];
        refuse(ctx, &p, "y0 below y1");
    }
    dl_plane p = with_field(bowl, 0);
    p.rows = 0;
    refuse(ctx, &p, "0 x 20 cells, each wants 1 to 1000");
    p.rows = 20;
    p.columns = 1001;
    refuse(ctx, &p, "20 x 1001 cells");
    p = with_field(bowl, -1);
    refuse(ctx, &p, "classes wants at least 0");
    p = with_field(bowl, 3);
    refuse(ctx, &p, "cell 0 of the field is none of 3 classes");
    p = with_field(halves, 1);
    refuse(ctx, &p, "cell 200 of the field is none of 1 classes");
    p = with_field(bowl, 0);
    p.log_field = 2;
    refuse(ctx, &p, "log_field 0 or 1");
    p.log_field = 0;
    p.low = 2;
    p.high = 1;
    refuse(ctx, &p, "low wants to be below high");
    p.log_field = 1;
    p.low = 0;
    refuse(ctx, &p, "above 0 with log_field");
    p = square();
    p.reserved0 = 1;
    refuse(ctx, &p, "reserved");
    p = square();
    p.reserved[3] = 1;
    refuse(ctx, &p, "reserved");
}

static void wrong_points_and_paths_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    static const double x[] = {0};
    static const int32_t label[] = {-1};
    dl_plane p = square();
    p.n_points = 1;
    p.px = x;
    refuse(ctx, &p, "points without numbers");
    p.py = x;
    p.label = label;
    refuse(ctx, &p, "a label is below 0");
    p.n_points = -1;
    refuse(ctx, &p, "points without numbers");
    dl_plane_path t = {.x = x, .n = 1};
    p = square();
    p.n_paths = 1;
    refuse(ctx, &p, "1 paths");
    p.paths = &t;
    refuse(ctx, &p, "a path without numbers");
    t = (dl_plane_path){.n = -1};
    refuse(ctx, &p, "a path without numbers");
    t = (dl_plane_path){.reserved = {0, 1}};
    refuse(ctx, &p, "reserved");
    p.n_paths = 17;
    refuse(ctx, &p, "17 paths, it takes 0 to 16");
    p = square();
    assert_int_equal(dl_report_planes(ctx, path(), "t", &p, 17), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "17 planes");
    assert_int_equal(dl_report_planes(ctx, path(), "t", &p, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "0 planes");
    assert_int_equal(dl_report_planes(ctx, path(), "t", NULL, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "planes");
    assert_int_equal(dl_report_planes(ctx, NULL, "t", &p, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "path");
    assert_int_equal(dl_report_planes(NULL, path(), "t", &p, 1), DL_EINVAL);
    assert_int_equal(dl_report_planes(ctx, scratch_at("no/x.svg"), "t", &p, 1), DL_EIO);
    expect_error(ctx, DL_EIO, "no/x.svg");
}

static void texts_cannot_break_the_picture(void **state)
{
    dl_ctx *ctx = *state;
    static char name[4001];
    memset(name, '<', 4000);
    static const double x[] = {0};
    const char *const bad[] = {"a<b & \"c\">'d'", "\xff\xfe", "\x01\x1b", "\xef\xbf\xbe", name};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const dl_plane_path t[] = {{.name = bad[i], .x = x, .y = x, .n = 1}, {.name = bad[i]}};
        dl_plane p = square();
        p.title = p.xlabel = p.ylabel = bad[i];
        p.paths = t;
        p.n_paths = 2;
        draw(ctx, bad[i], &p, 1);
        assert_true(strlen(text) < 8000);
    }
}

static dl_status report(dl_ctx *ctx, void *user)
{
    return dl_report_planes(ctx, path(), "t", user, 2);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    dl_plane p[] = {with_field(bowl, 0), with_field(halves, 2)};
    assert_true(fault_loop(ctx, report, NULL, p) > 10);
    assert_int_equal(scratch_entries(), 1);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, begin, scratch_teardown_ctx)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(classes_are_areas_in_the_colours_of_curves),
        in_folder(numbers_have_twelve_steps_and_a_scale),
        in_folder(cells_that_are_no_number_stay_white),
        in_folder(points_outside_are_not_shown),
        in_folder(paths_are_cut_at_the_edges),
        in_folder(paths_say_where_they_start_and_end_only_if_that_is_seen),
        in_folder(points_nobody_could_tell_apart_are_passed_over),
        in_folder(panels_make_a_grid),
        in_folder(wrong_planes_are_refused),
        in_folder(wrong_points_and_paths_are_refused),
        in_folder(texts_cannot_break_the_picture),
        in_folder(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
