/* metrics.csv and curves.svg. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "classifier/parts.h"

enum { COLUMNS = 7 };

int history_begin(const char *program, history *h, int64_t cap)
{
    *h = (history){.row = malloc(sizeof *h->row * (size_t)cap), .cap = cap};
    if (!h->row)
        return complain(program, EXIT_MEMORY, "memory is short");
    for (int64_t i = 0; i < cap; i++)
        h->row[i] = (history_row){NAN, NAN, NAN, NAN, NAN, NAN};
    return 0;
}

void history_end(history *h)
{
    free(h->row);
    *h = (history){0};
}

/* The numbers of a line, NaN for empty ones; 0 when there are not COLUMNS. */
static int read_line(const char *at, double v[COLUMNS])
{
    for (int k = 0; k < COLUMNS; k++) {
        char *end;
        v[k] = strtod(at, &end);
        if (end == at)
            v[k] = NAN;
        if (*end != (k < COLUMNS - 1 ? ',' : '\n'))
            return 0;
        at = end + 1;
    }
    return 1;
}

void history_read(history *h, const char *path)
{
    FILE *f = fopen(path, "re");
    char line[512];
    double v[COLUMNS];
    if (!f)
        return;
    while (h->n < h->cap && fgets(line, sizeof line, f))
        if (read_line(line, v) && v[0] == (double)h->n + 1)
            h->row[h->n++] = (history_row){v[1], v[2], v[3], v[4], v[5], v[6]};
    fclose(f);
}

int history_write(const history *h, const char *path)
{
    FILE *f = file_begin(path);
    if (!f)
        return errno;
    fputs("epoch,loss,accuracy,valid_loss,valid_accuracy,lr,seconds\n", f);
    for (int64_t i = 0; i < h->n; i++) {
        const history_row *r = &h->row[i];
        const double v[COLUMNS - 1] = {r->loss,         r->metric, r->valid_loss,
                                       r->valid_metric, r->lr,     r->seconds};
        fprintf(f, "%lld", (long long)i + 1);
        for (int k = 0; k < COLUMNS - 1; k++) {
            fputc(',', f);
            file_number(f, v[k]);
        }
        fputc('\n', f);
    }
    return file_end(f, path, 0);
}

dl_status history_draw(const history *h, dl_ctx *ctx, const char *title, const char *path)
{
    int64_t n = h->n;
    double *y = malloc(sizeof *y * 5 * (size_t)(n + 1));
    if (!y)
        return DL_ENOMEM;
    double *loss = y, *valid_loss = y + n, *acc = y + 2 * n, *valid_acc = y + 3 * n,
           *lr = y + 4 * n;
    int valid = 0;
    for (int64_t i = 0; i < n; i++) {
        loss[i] = h->row[i].loss;
        valid_loss[i] = h->row[i].valid_loss;
        acc[i] = 100 * h->row[i].metric;
        valid_acc[i] = 100 * h->row[i].valid_metric;
        lr[i] = h->row[i].lr;
        valid |= !isnan(valid_loss[i]);
    }
    const dl_curve c[] = {{.panel = "loss", .name = "training", .y = loss, .n = n},
                          {.panel = "accuracy, %", .name = "training", .y = acc, .n = n},
                          {.panel = "learning rate", .name = "", .y = lr, .n = n},
                          {.panel = "loss", .name = "validation", .y = valid_loss, .n = n},
                          {.panel = "accuracy, %", .name = "validation", .y = valid_acc, .n = n}};
    dl_status status = dl_report_curves(ctx, path, title, "epoch", c, valid ? 5 : 3);
    free(y);
    return status;
}
