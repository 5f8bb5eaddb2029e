/* Tables of a page. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "core/text.h"
#include "dl/ext.h"
#include "report/html.h"
#include "train/confusion.h"

enum { SHOWN = 40 }; /* of so many classes the table is not folded away */

static const char dash[] = "\xe2\x80\x93";

/* "12", "1,234.5", "97.3 %", "2e-05", a dash: what is set flush right. */
static int is_number(const char *cell)
{
    char text[DL__NUMBER + 1];
    size_t n = 0, end = strlen(cell);
    double v;
    if (!strcmp(cell, "-") || !strcmp(cell, dash))
        return 1;
    while (end > 0 && (cell[end - 1] == '%' || cell[end - 1] == ' '))
        end--;
    for (size_t i = 0; i < end; i++) {
        if (cell[i] == ',' && i > 0)
            continue;
        if (n == DL__NUMBER)
            return 0;
        text[n++] = cell[i];
    }
    text[n] = 0;
    return dl__parse_double(text, &v);
}

/* 1 when a column has numbers below its head, and nothing else. */
static int of_numbers(const char *const *cell, int32_t rows, int32_t columns, int32_t column)
{
    int some = 0;
    for (int64_t i = 1; i < rows; i++) {
        const char *one = dl__svg_text(cell[i * columns + column]);
        if (*one && !is_number(one))
            return 0;
        some |= *one != 0;
    }
    return some;
}

static void add_row(dl__text *t, const char *const *cell, const unsigned char *number,
                    int32_t columns, int head)
{
    dl__text_add(t, "<tr>");
    for (int32_t k = 0; k < columns && dl__ok(t->ctx); k++) {
        const char *name = head || (k == 0 && columns > 1) ? "th" : "td";
        dl__svg_add(t, "<%s%s%s>", name,
                    head                    ? " scope=\"col\""
                    : k == 0 && columns > 1 ? " scope=\"row\""
                                            : "",
                    number[k] ? " class=\"n\"" : "");
        dl__html_escape(t, cell[k]);
        dl__svg_add(t, "</%s>", name);
    }
    dl__text_add(t, "</tr>\n");
}

static void begin_table(dl__text *t, const char *caption)
{
    dl__text_add(t, "<div class=\"scroll\"><table>\n");
    if (caption && *caption) {
        dl__text_add(t, "<caption>");
        dl__html_escape(t, caption);
        dl__text_add(t, "</caption>\n");
    }
}

dl_status dl_html_table(dl_html *h, const char *caption, const char *const *cell, int32_t rows,
                        int32_t columns)
{
    if (dl__html_check(h) != DL_OK)
        return dl__html_check(h);
    dl_ctx *ctx = h->base.ctx;
    if (!cell || rows < 1 || columns < 1)
        return dl_fail(ctx, DL_EINVAL, "html_table: %d rows of %d cells%s, each wants at least 1",
                       (int)rows, (int)columns, cell ? "" : " at NULL");
    unsigned char *number = dl__alloc(ctx, (size_t)columns);
    if (!number)
        return ctx->status;
    for (int32_t k = 0; k < columns; k++)
        number[k] = (unsigned char)of_numbers(cell, rows, columns, k);
    dl__text t = dl__html_begin(h);
    begin_table(&t, caption);
    dl__text_add(&t, "<thead>\n");
    add_row(&t, cell, number, columns, 1);
    dl__text_add(&t, "</thead>\n<tbody>\n");
    for (int32_t i = 1; i < rows && dl__ok(ctx); i++)
        add_row(&t, cell + (int64_t)i * columns, number, columns, 0);
    dl__text_add(&t, "</tbody>\n</table></div>\n");
    dl__free(number);
    return dl__html_end(h, &t, 0);
}

/* ---- classes --------------------------------------------------------------------------------- */

static void add_share(dl__text *t, double v)
{
    char number[DL__NUMBER], length[DL__NUMBER];
    if (isnan(v))
        dl__svg_add(t, "<td class=\"n\">%s</td>", dash);
    else
        dl__svg_add(t, "<td class=\"n bar\" style=\"--v:%s%%\">%s</td>",
                    dl__fixed_text(length, 100 * v, 1), dl__fixed_text(number, v, 4));
}

static void add_numbers(dl__text *t, const char *name, const double v[3], int64_t support)
{
    dl__text_add(t, "<tr><th scope=\"row\">");
    dl__html_escape(t, name);
    dl__text_add(t, "</th>");
    for (int i = 0; i < 3; i++)
        add_share(t, v[i]);
    dl__svg_add(t, "<td class=\"n\">%lld</td></tr>\n", (long long)support);
}

static void add_head(dl__text *t)
{
    static const char *const head[] = {"precision", "recall", "F1", "examples"};
    begin_table(t, NULL);
    dl__text_add(t, "<thead>\n<tr><th scope=\"col\">class</th>");
    for (int i = 0; i < 4; i++)
        dl__svg_add(t, "<th scope=\"col\" class=\"n\">%s</th>", head[i]);
    dl__text_add(t, "</tr>\n</thead>\n");
}

static void add_classes(dl__text *t, dl_metric *m, const char *const *names)
{
    static const char *const each[] = {"precision", "recall", "f1"};
    const dl__confusion *c = dl__confusion_of(m);
    char number[DL__NUMBER];
    dl__text_add(t, "<tbody>\n");
    for (int64_t k = 0; k < m->classes && dl__ok(t->ctx); k++) {
        double v[3];
        for (int i = 0; i < 3; i++)
            v[i] = dl_metric_value_at(m, each[i], k);
        snprintf(number, sizeof number, "%lld", (long long)k);
        add_numbers(t, names && names[k] ? names[k] : number, v, c->actual[k]);
    }
    dl__text_add(t, "</tbody>\n");
}

static void add_averages(dl__text *t, dl_metric *m)
{
    static const struct {
        const char *label, *value[3];
    } row[] = {{"mean of classes", {"precision", "recall", "f1"}},
               {"weighted mean", {"precision.weighted", "recall.weighted", "f1.weighted"}},
               {"all together", {"precision.micro", "recall.micro", "f1.micro"}}};
    dl__text_add(t, "<tfoot>\n");
    for (int i = 0; i < 3; i++) {
        double v[3];
        for (int k = 0; k < 3; k++)
            v[k] = dl_metric_value(m, row[i].value[k]);
        add_numbers(t, row[i].label, v, m->n);
    }
    dl__text_add(t, "</tfoot>\n</table></div>\n");
}

dl_status dl_html_classes(dl_html *h, dl_metric *m, const char *const *names)
{
    if (dl__html_check(h) != DL_OK)
        return dl__html_check(h);
    dl_ctx *ctx = h->base.ctx;
    if (!dl__confusion_of(m) || m->base.ctx != ctx)
        return dl_fail(ctx, DL_EINVAL, "html_classes: the metric is %s",
                       dl__confusion_of(m) ? "of another context" : "NULL or of another kind");
    int folded = m->classes > SHOWN;
    dl__text t = dl__html_begin(h);
    add_head(&t);
    if (!folded)
        add_classes(&t, m, names);
    add_averages(&t, m);
    if (folded) {
        dl__svg_add(&t, "<details><summary>each of %lld classes</summary>\n",
                    (long long)m->classes);
        add_head(&t);
        add_classes(&t, m, names);
        dl__text_add(&t, "</table></div>\n</details>\n");
    }
    return dl__html_end(h, &t, 0);
}
