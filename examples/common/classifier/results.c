/* What a trained net does on images it has not seen, in numbers, texts and pictures. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "classifier/parts.h"

enum { MISTAKES = 32 };

/* What the parts of the report are made from. */
typedef struct results {
    run *r;
    dl_dataset *set; /* the test images, else those to validate; NULL: none */
    const char *set_name;
    double loss, accuracy;
    dl_metric *confusion;
    const char **name; /* of the classes, [n_classes] */
} results;

/* ---- numbers --------------------------------------------------------------------------------- */

static int measure(results *a)
{
    run *r = a->r;
    const int32_t classes = (int32_t)r->c->data.n_classes;
    a->confusion = dl_metric_confusion(r->ctx, classes, NULL);
    dl_evaluate(r->net, dl_loss_classify, NULL, a->set, r->c->test_batch, &a->loss, &a->accuracy);
    dl_evaluate_metrics(r->net, a->set, r->c->test_batch, &a->confusion, 1);
    if (dl_ctx_status(r->ctx) != DL_OK)
        return classifier_fail(r->c);
    printf("%s: loss %.4f, accuracy %.2f%%\n", a->set_name, a->loss, 100 * a->accuracy);
    return 0;
}

/* The report of the metric as a text file. */
static int write_confusion(const results *a)
{
    const char *path = a->r->path[RUN_CONFUSION_TEXT];
    int64_t length = dl_confusion_text(a->confusion, a->name, NULL, 0);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (!text)
        return length < 0 ? classifier_fail(a->r->c)
                          : complain(a->r->c->program, EXIT_MEMORY, "memory is short");
    dl_confusion_text(a->confusion, a->name, text, (size_t)length + 1);
    FILE *f = file_begin(path);
    int why = f ? 0 : errno;
    if (f) {
        fputs(text, f);
        why = file_end(f, path, 0);
    }
    free(text);
    return why ? complain(a->r->c->program, EXIT_FILE, "%s: cannot be written: %s", path,
                          strerror(why))
               : 0;
}

/* ---- pictures -------------------------------------------------------------------------------- */

/* What the worst mistakes are: the true class, the one the net says, and how sure it is. */
static void write_caption(const results *a, const dl_mistake *m, char *buf, size_t cap)
{
    char right[64], wrong[64];
    snprintf(buf, cap, "%s\nsays %s\n%.0f %%", printable(right, sizeof right, a->name[m->label]),
             printable(wrong, sizeof wrong, a->name[m->predicted]), 100 * m->probability);
}

/* The images of some examples as one tensor, the caller's; NULL on failure. */
static dl_tensor *gather(const results *a, const dl_mistake *m, int64_t n)
{
    const int64_t *d = a->r->c->data.shape, pixels = d[0] * d[1] * d[2];
    const int64_t shape[] = {n, d[0], d[1], d[2]};
    dl_tensor *all = dl_tensor_zeros(a->r->ctx, DL_F32, shape, 4);
    float *to = dl_tensor_edit(all);
    for (int64_t i = 0; to && i < n; i++) {
        dl_tensor *image;
        int32_t mark = dl_scope_begin(a->r->ctx);
        if (dl_dataset_get(a->set, m[i].index, 0, &image, 1) == DL_OK)
            memcpy(to + i * pixels, dl_tensor_data(image), sizeof *to * (size_t)pixels);
        dl_scope_end(a->r->ctx, mark);
    }
    return all;
}

static void draw_mistakes(const results *a)
{
    run *r = a->r;
    dl_mistake m[MISTAKES];
    char text[MISTAKES][160], title[128];
    const char *caption[MISTAKES];
    int64_t n = dl_worst_mistakes(r->net, a->set, r->c->test_batch, m, MISTAKES, NULL);
    if (n <= 0)
        return; /* there are none, or the error stands */
    for (int64_t i = 0; i < n; i++) {
        write_caption(a, &m[i], text[i], sizeof text[i]);
        caption[i] = text[i];
    }
    snprintf(title, sizeof title, "The worst mistakes, %s images", a->set_name);
    dl_tensor *images = gather(a, m, n);
    dl_report_images(r->ctx, r->path[RUN_MISTAKES], title, images,
                     &(dl_images_opts){.captions = caption});
    dl_tensor_drop(images);
}

/* What the first layer looks for: the first weight that is made of pictures. */
static void draw_filters(const results *a)
{
    run *r = a->r;
    const int64_t *d = r->c->data.shape;
    for (int32_t i = 0; i < dl_module_param_count(r->net); i++) {
        dl_tensor *w = dl_module_param(r->net, i);
        int32_t mark = dl_scope_begin(r->ctx), axes = dl_tensor_ndim(w);
        if (axes == 2 && dl_tensor_dim(w, 1) == d[0] * d[1] * d[2])
            w = dl_reshape(w, DL_SHAPE(dl_tensor_dim(w, 0), d[0], d[1], d[2]));
        if (dl_tensor_ndim(w) == 4)
            dl_report_filters(r->ctx, r->path[RUN_FILTERS], "Filters of the first layer", w);
        dl_scope_end(r->ctx, mark);
        if (axes > 1)
            return;
    }
}

/* What every layer gives for one image. */
static void draw_layers(const results *a)
{
    run *r = a->r;
    const int64_t *d = r->c->data.shape;
    dl_tensor *image;
    int32_t mark = dl_scope_begin(r->ctx);
    if (dl_dataset_get(a->set ? a->set : r->train, 0, 0, &image, 1) == DL_OK)
        dl_report_activations(r->ctx, r->path[RUN_LAYERS], "What the layers give for one image",
                              r->net, dl_reshape(image, DL_SHAPE(1, d[0], d[1], d[2])), NULL);
    dl_scope_end(r->ctx, mark);
}

static int draw(const results *a)
{
    run *r = a->r;
    char title[128];
    int32_t recorded = dl_grad_enable(r->ctx, 0);
    if (a->set) {
        snprintf(title, sizeof title, "%s, %s images", r->c->data.set.name, a->set_name);
        dl_report_confusion(r->ctx, r->path[RUN_CONFUSION], title, a->confusion, a->name);
        draw_mistakes(a);
    }
    draw_filters(a);
    draw_layers(a);
    dl_grad_enable(r->ctx, recorded);
    return dl_ctx_status(r->ctx) == DL_OK ? 0 : classifier_fail(r->c);
}

/* ---- the report ------------------------------------------------------------------------------ */

/* Numbers that stand at the top. */
static void add_numbers(dl_html *h, const results *a)
{
    const history *past = &a->r->history;
    char text[5][32], label[48];
    const char *pair[10];
    int n = 0;
    if (a->set) {
        snprintf(label, sizeof label, "%s accuracy", a->set_name);
        snprintf(text[0], sizeof *text, "%.2f %%", 100 * a->accuracy);
        snprintf(text[1], sizeof *text, "%.4f", a->loss);
        pair[n++] = label, pair[n++] = text[0];
        pair[n++] = a->r->c->data.test ? "test loss" : "validation loss", pair[n++] = text[1];
    }
    snprintf(text[2], sizeof *text, "%lld", (long long)past->n);
    pair[n++] = "epochs", pair[n++] = text[2];
    if (past->n > 0) {
        snprintf(text[3], sizeof *text, "%.0f s", past->row[past->n - 1].seconds);
        pair[n++] = "training", pair[n++] = text[3];
    }
    snprintf(text[4], sizeof *text, "%.0f MB", (double)dl_ctx_bytes(a->r->ctx, 1) / 1e6);
    pair[n++] = "memory at most", pair[n++] = text[4];
    dl_html_facts(h, pair, n / 2);
}

typedef struct settings_rows {
    char (*text)[2][256];
    int n, cap;
} settings_rows;

static void take_row(void *user, const char *name, const char *value)
{
    settings_rows *t = user;
    if (t->n == t->cap || strcmp(name, "classes") == 0)
        return;
    snprintf(t->text[t->n][0], sizeof t->text[0][0], "%s", name);
    printable(t->text[t->n][1], sizeof t->text[0][1], value);
    t->n++;
}

static void add_settings(dl_html *h, const run *r)
{
    enum { CAP = CLASSIFIER_OPTIONS + 16 };
    char text[CAP][2][256];
    const char *cell[2 * CAP + 2] = {"setting", "value"};
    settings_rows t = {.text = text, .cap = CAP};
    settings_tell(r->ctx, r->option, r->n_option, r->fact, RUN_FACTS, take_row, &t);
    for (int i = 0; i < t.n; i++) {
        cell[2 * i + 2] = text[i][0];
        cell[2 * i + 3] = text[i][1];
    }
    dl_html_table(h, NULL, cell, t.n + 1, 2);
}

/* A picture of the run; not there if it could not be written, which was told. */
static void add_picture(dl_html *h, const run *r, enum run_file file, const char *alt,
                        const char *caption)
{
    if (file_there(r->path[file]))
        dl_html_picture(h, r->path[file], alt, caption);
}

static int write_report(const results *a)
{
    run *r = a->r;
    char title[128], subtitle[128];
    snprintf(title, sizeof title, "%s on %s", r->s->model, r->c->data.set.name);
    snprintf(subtitle, sizeof subtitle, "%s, seed %lld", r->c->program, (long long)r->s->seed);
    dl_html *h = dl_html_new(r->ctx, title, subtitle);
    dl_html_section(h, "Results");
    add_numbers(h, a);
    add_picture(h, r, RUN_CURVES, "loss, accuracy and learning rate over the epochs", NULL);
    if (a->set) {
        dl_html_section(h, "Classes");
        dl_html_classes(h, a->confusion, a->name);
        add_picture(h, r, RUN_CONFUSION, "which classes are taken for which",
                    "Rows are the true classes, columns what the net says.");
    }
    if (file_there(r->path[RUN_MISTAKES])) {
        dl_html_section(h, "Worst mistakes");
        add_picture(h, r, RUN_MISTAKES, "images that the net is most wrong about",
                    "The true class, what the net says, and how sure it is.");
    }
    dl_html_section(h, "Layers");
    add_picture(h, r, RUN_FILTERS, "weights of the first layer as pictures", NULL);
    add_picture(h, r, RUN_LAYERS, "outputs of all layers for one image", NULL);
    dl_html_section(h, "Net");
    dl_html_code(h, r->summary);
    dl_html_section(h, "Settings");
    add_settings(h, r);
    dl_html_text(h, "They are in run.json, too. The same run, bit for bit:");
    char again[NAME_BYTES];
    snprintf(again, sizeof again, "%s --config run.json --out again", r->c->program);
    dl_html_code(h, again);
    dl_html_save(h, r->path[RUN_REPORT]);
    dl_html_drop(h);
    return dl_ctx_status(r->ctx) == DL_OK ? 0 : classifier_fail(r->c);
}

int run_results(run *r)
{
    const classifier_data *d = &r->c->data;
    results a = {.r = r,
                 .set = d->test ? d->test : r->valid,
                 .set_name = d->test ? "test" : "validation",
                 .name = malloc(sizeof *a.name * (size_t)d->n_classes)};
    int code = a.name ? 0 : complain(r->c->program, EXIT_MEMORY, "memory is short");
    for (int64_t k = 0; code == 0 && k < d->n_classes; k++)
        a.name[k] = run_class(r, k);
    if (a.set) {
        if (code == 0)
            code = measure(&a);
        if (code == 0)
            code = write_confusion(&a);
    }
    if (code == 0)
        code = draw(&a);
    if (code == 0)
        code = write_report(&a);
    dl_metric_drop(a.confusion);
    free(a.name);
    return code;
}
