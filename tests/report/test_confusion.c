/* Confusion matrices as pictures. */
#include "support/support.h"
#include <stdio.h>
#include <string.h>
#include "dl/report.h"
#include "support/scratch.h"
#include "support/xml.h"
#include "train/confusion.h"

enum { ROOM = 4 << 20 };
static char text[ROOM];

static const char *path(void)
{
    return scratch_at("x.svg");
}

/* A metric that has seen these counts. */
static dl_metric *counted(dl_ctx *ctx, int32_t classes, const int64_t *count)
{
    dl_metric *m = dl_metric_confusion(ctx, classes, NULL);
    dl__confusion *c = (dl__confusion *)(void *)m;
    for (int64_t i = 0; count && i < classes; i++)
        for (int64_t j = 0; j < classes; j++) {
            int64_t n = count[i * classes + j];
            c->count[i * classes + j] = n;
            c->actual[i] += n;
            c->predicted[j] += n;
            m->n += n;
        }
    return m;
}

static int draw(dl_ctx *ctx, dl_metric *m, const char *const *names)
{
    assert_int_equal(dl_report_confusion(ctx, path(), "errors", m, names), DL_OK);
    size_t bytes = scratch_get(path(), text, ROOM - 1);
    assert_true(bytes > 0 && bytes < ROOM - 1);
    text[bytes] = 0;
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    return xml_elements(text, bytes);
}

static void cells_hold_counts_and_margins_hold_shares(void **state)
{
    dl_ctx *ctx = *state;
    static const int64_t count[] = {90, 10, 0, 0, 1234567, 0, 0, 0, 0};
    static const char *const names[] = {"cat", "dog", "bird"};
    dl_metric *m = counted(ctx, 3, count);
    draw(ctx, m, names);
    assert_int_equal(xml_count(text, "class=\"cell\""), 3);
    assert_int_equal(xml_count(text, "count strong\">90<"), 1);
    assert_int_equal(xml_count(text, "class=\"count\">10<"), 1);
    assert_int_equal(xml_count(text, ">1.2M<"), 1);
    assert_int_equal(xml_count(text, "class=\"name\">dog<"), 2);
    assert_int_equal(xml_count(text, ">90.0<"), 1);           /* recall of cat              */
    assert_int_equal(xml_count(text, ">100<"), 2);            /* precision of cat, recall   */
    assert_int_equal(xml_count(text, ">\xe2\x80\x93<"), 2);   /* there are no birds         */
    assert_int_equal(xml_count(text, "accuracy 100.0 %"), 1); /* 99.999 */
    dl_metric_drop(m);
}

static void nothing_measured_is_a_picture_too(void **state)
{
    dl_ctx *ctx = *state;
    dl_metric *m = counted(ctx, 2, NULL);
    draw(ctx, m, NULL);
    assert_int_equal(xml_count(text, "class=\"cell\""), 0);
    assert_int_equal(xml_count(text, "0 examples, accuracy \xe2\x80\x93<"), 1);
    dl_metric_drop(m);
}

/* Names appear once for the row and once for the column; of many classes some. */
static void any_number_of_classes_fits_the_page(void **state)
{
    dl_ctx *ctx = *state;
    static int64_t count[1000 * 1000];
    static const int32_t sizes[] = {2, 3, 10, 11, 20, 32, 33, 64, 65, 100, 320, 1000};
    uint64_t random = 3;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        int32_t n = sizes[s];
        memset(count, 0, sizeof count);
        for (int32_t i = 0; i < n; i++) {
            count[i * n + i] = 40;
            for (int k = 0; k < 3; k++)
                count[i * n + (int32_t)(n * random_number(&random))] += 2;
        }
        dl_metric *m = counted(ctx, n, count);
        draw(ctx, m, NULL);
        int named = xml_count(text, "class=\"name\"");
        assert_true(named % 2 == 0 && named <= 2 * n);
        assert_true(named >= (n < 12 ? 2 * n : 20));
        assert_true((xml_count(text, "class=\"cell\"") > 0) == (n <= 32));
        assert_true(strlen(text) < (size_t)1500000);
        int width = 0;
        assert_int_equal(sscanf(strstr(text, "width=\"") + 7, "%d", &width), 1);
        assert_in_range(width, 250, 1300);
        dl_metric_drop(m);
    }
}

static void names_cannot_break_the_picture(void **state)
{
    dl_ctx *ctx = *state;
    static const int64_t count[] = {3, 1, 0, 0, 5, 0, 0, 0, 0};
    static const char *const names[] = {"<script>&\"'", "\xff\xfe\x01", NULL};
    static const char *const longer[] = {"a name that is far too long for its place, and goes on",
                                         "", "x"};
    dl_metric *m = counted(ctx, 3, count);
    draw(ctx, m, names);
    assert_int_equal(xml_count(text, ">&lt;script&gt;&amp;&quot;'<"), 2);
    assert_int_equal(xml_count(text, "class=\"name\">2<"), 2);
    draw(ctx, m, longer);
    assert_int_equal(xml_count(text, ">a name that is fa\xe2\x80\xa6<"), 2);
    assert_int_equal(xml_count(text, "class=\"name\">1<"), 2);
    dl_metric_drop(m);
}

static void what_is_wrong_is_said(void **state)
{
    dl_ctx *ctx = *state;
    dl_metric *m = dl_metric_confusion(ctx, 2, NULL), *other = dl_metric_auc(ctx, 2, NULL);
    dl_metric *many = dl_metric_confusion(ctx, 1001, NULL);
    dl_ctx *away = make_ctx(1);
    dl_metric *foreign = dl_metric_confusion(away, 2, NULL);
    assert_int_equal(dl_report_confusion(ctx, NULL, "t", m, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "path");
    assert_int_equal(dl_report_confusion(ctx, path(), "t", NULL, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "NULL or of another kind");
    assert_int_equal(dl_report_confusion(ctx, path(), "t", other, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "NULL or of another kind");
    assert_int_equal(dl_report_confusion(ctx, path(), "t", foreign, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "another context");
    assert_int_equal(dl_report_confusion(ctx, path(), "t", many, NULL), DL_ELIMIT);
    expect_error(ctx, DL_ELIMIT, "1001 classes");
    assert_int_equal(dl_report_confusion(NULL, path(), "t", m, NULL), DL_EINVAL);
    assert_int_equal(dl_report_confusion(ctx, scratch_at("no/x.svg"), "t", m, NULL), DL_EIO);
    expect_error(ctx, DL_EIO, "no/x.svg");
    dl_metric_drop(m);
    dl_metric_drop(other);
    dl_metric_drop(many);
    dl_metric_drop(foreign);
    end_ctx(away);
}

static dl_status report(dl_ctx *ctx, void *user)
{
    return dl_report_confusion(ctx, path(), "t", user, NULL);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    dl_metric *few = dl_metric_confusion(ctx, 4, NULL), *many = dl_metric_confusion(ctx, 40, NULL);
    assert_true(fault_loop(ctx, report, NULL, few) > 10);
    assert_true(fault_loop(ctx, report, NULL, many) > 10);
    assert_int_equal(scratch_entries(), 1);
    dl_metric_drop(few);
    dl_metric_drop(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch_ctx(cells_hold_counts_and_margins_hold_shares),
        with_scratch_ctx(nothing_measured_is_a_picture_too),
        with_scratch_ctx(any_number_of_classes_fits_the_page),
        with_scratch_ctx(names_cannot_break_the_picture),
        with_scratch_ctx(what_is_wrong_is_said),
        with_scratch_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
