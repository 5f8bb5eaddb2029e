/* Accuracy over confidence as a picture. */
#include "support/support.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dl/report.h"
#include "support/scratch.h"
#include "support/xml.h"

enum { ROOM = 1 << 22 };
static char text[ROOM];

static const char *path(void)
{
    return scratch_at("x.svg");
}

static void draw(dl_ctx *ctx, const char *title, dl_metric *m)
{
    assert_int_equal(dl_report_calibration(ctx, path(), title, m), DL_OK);
    size_t n = scratch_get(path(), text, ROOM - 1);
    assert_true(n > 0 && n < ROOM - 1);
    text[n] = 0;
    assert_null(strstr(text, "nan"));
    xml_elements(text, n);
}

/* Of ten examples at 0.8 six are right, of four at 0.6 all. */
static dl_metric *measured(dl_ctx *ctx, int32_t bins)
{
    dl_metric *m =
        dl_metric_calibration(ctx, 2, &(dl_metric_opts){.bins = bins, .probabilities = 1});
    double p[14][2], y[14];
    for (int i = 0; i < 14; i++) {
        p[i][0] = i < 10 ? 0.8 : 0.6;
        p[i][1] = 1 - p[i][0];
        y[i] = i < 10 && i >= 6;
    }
    assert_int_equal(dl_metric_add(m, tensor_of(ctx, DL_F64, p[0], DL_SHAPE(14, 2)),
                                   tensor_of(ctx, DL_I64, y, DL_SHAPE(14))),
                     DL_OK);
    return m;
}

static double number_after(const char *p, const char *name)
{
    return atof(strstr(p, name) + strlen(name));
}

static void bars_reach_to_the_accuracy_and_gaps_to_the_confidence(void **state)
{
    dl_ctx *ctx = *state;
    dl_metric *m = measured(ctx, 5);
    draw(ctx, "sure?", m);
    assert_int_equal(xml_count(text, "<rect class=\"cells\""), 6); /* two bins of three bars */
    assert_int_equal(xml_count(text, ">14 examples, calibration error 0.2571<"), 1);
    const char *p = strstr(text, "<rect class=\"cells\""); /* (0.4, 0.6] */
    assert_true(fabs(number_after(p, " height=\"") - 280) < 0.11);
    assert_true(fabs(number_after(p, " x=\"") - (60 + 0.4 * 280 + 1)) < 0.11);
    p = strstr(p + 1, "<rect class=\"cells\"");
    assert_true(fabs(number_after(p, " height=\"") - 0.4 * 280) < 0.11);
    p = strstr(p + 1, "<rect class=\"cells\"");
    assert_true(fabs(number_after(p, " height=\"") - 0.6 * 280) < 0.11);
    p = strstr(p + 1, "<rect class=\"cells\"");
    assert_true(fabs(number_after(p, " height=\"") - 0.2 * 280) < 0.11);
    p = strstr(p + 1, "<rect class=\"cells\"");
    assert_true(fabs(number_after(p, " height=\"") - 0.4 * 64) < 0.11);
    dl_metric_drop(m);
}

static void nothing_and_many_bins_give_pictures(void **state)
{
    dl_ctx *ctx = *state;
    dl_metric *none = dl_metric_calibration(ctx, 2, NULL), *many = measured(ctx, 10000);
    draw(ctx, NULL, none);
    assert_int_equal(xml_count(text, "<rect class=\"cells\""), 0);
    assert_int_equal(xml_count(text, "calibration error \xe2\x80\x93<"), 1);
    draw(ctx, "<&\xff", many);
    assert_int_equal(xml_count(text, ">&lt;&amp;\xef\xbf\xbd<"), 1);
    dl_metric_drop(none);
    dl_metric_drop(many);
}

static void what_is_wrong_is_said(void **state)
{
    dl_ctx *ctx = *state, *away = make_ctx(1);
    dl_metric *m = measured(ctx, 5), *other = dl_metric_auc(ctx, 2, NULL);
    dl_metric *foreign = dl_metric_calibration(away, 2, NULL);
    assert_int_equal(dl_report_calibration(NULL, path(), "t", m), DL_EINVAL);
    assert_int_equal(dl_report_calibration(ctx, NULL, "t", m), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "path");
    assert_int_equal(dl_report_calibration(ctx, path(), "t", NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "NULL or of another kind");
    assert_int_equal(dl_report_calibration(ctx, path(), "t", other), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "NULL or of another kind");
    assert_int_equal(dl_report_calibration(ctx, path(), "t", foreign), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "another context");
    assert_int_equal(dl_report_calibration(ctx, scratch_at("no/x.svg"), "t", m), DL_EIO);
    expect_error(ctx, DL_EIO, "no/x.svg");
    dl_metric_drop(m);
    dl_metric_drop(other);
    dl_metric_drop(foreign);
    end_ctx(away);
}

static dl_status report(dl_ctx *ctx, void *user)
{
    return dl_report_calibration(ctx, path(), "t", user);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    dl_metric *m = measured(ctx, 5);
    assert_true(fault_loop(ctx, report, NULL, m) > 5);
    assert_int_equal(scratch_entries(), 1);
    dl_metric_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch_ctx(bars_reach_to_the_accuracy_and_gaps_to_the_confidence),
        with_scratch_ctx(nothing_and_many_bins_give_pictures),
        with_scratch_ctx(what_is_wrong_is_said),
        with_scratch_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
