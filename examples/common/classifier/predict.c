/* Using a saved net. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "classifier/parts.h"

enum { TOP = 5, WIDEST = 40 }; /* pictures with more columns would not fit a terminal */

/* A net of a run and the names of its classes. */
typedef struct oracle {
    classifier *c;
    dl_module *net;
    int64_t shape[3]; /* of the images it was trained on; 0: not known */
    char *text;       /* that name points into                         */
    const char **name;
    int64_t n_names;
} oracle;

/* A grey picture as text, two columns a pixel. */
static void draw(const float *image, int64_t rows, int64_t columns)
{
    static const char shade[] = " .:-=+*#%@";
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < columns; j++) {
            char c = shade[(int)(image[i * columns + j] * 9.0f + 0.5f)]; /* [0, 1] */
            printf("%c%c", c, c);
        }
        printf("\n");
    }
}

/* The likeliest classes. */
static void say_top(const oracle *a, float *probability, int64_t n)
{
    for (int k = 0; k < TOP && k < n; k++) {
        int64_t best = 0;
        for (int64_t i = 1; i < n; i++)
            if (probability[i] > probability[best])
                best = i;
        char safe[256];
        printf("  %5.1f%%  ", 100.0 * (double)probability[best]);
        if (best < a->n_names)
            printf("%s\n", printable(safe, sizeof safe, a->name[best]));
        else
            printf("class %lld\n", (long long)best);
        probability[best] = -1;
    }
    printf("\n");
}

/* Runs the net on an image [C, H, W] and prints what it says. label < 0: not known. */
static int show(const oracle *a, const float *image, const int64_t *shape, int64_t label,
                const char *title)
{
    dl_ctx *ctx = a->c->ctx;
    const int64_t batch[] = {1, shape[0], shape[1], shape[2]};
    char safe[256];
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *x = dl_tensor_give(dl_tensor_from(ctx, DL_F32, image, batch, 4));
    dl_tensor *p = dl_softmax(dl_module_forward(a->net, x), 1);
    int64_t n = dl_tensor_count(p);
    float *probability = p ? malloc(sizeof *probability * (size_t)(n + 1)) : NULL;
    int code = 0;
    if (p && !probability)
        code = complain(a->c->program, EXIT_MEMORY, "memory is short");
    else if (!p || dl_tensor_get(p, probability, sizeof *probability * (size_t)n) != DL_OK)
        code = classifier_fail(a->c);
    dl_scope_end(ctx, mark);
    if (code == 0) {
        const char *name = label >= 0 && label < a->n_names ? a->name[label] : NULL;
        printf("%s%s%s\n", title, name ? ", labelled " : "",
               name ? printable(safe, sizeof safe, name) : "");
        if (shape[0] == 1 && shape[2] <= WIDEST)
            draw(image, shape[1], shape[2]);
        say_top(a, probability, n);
    }
    free(probability);
    return code;
}

static int predict_index(const oracle *a, int64_t i)
{
    classifier *c = a->c;
    dl_tensor *field[2];
    char title[64];
    int32_t mark = dl_scope_begin(c->ctx);
    int code = 0;
    if (!c->data.test) {
        code = complain(c->program, EXIT_USAGE, "there are no test images; name a file");
    } else if (dl_dataset_get(c->data.test, i, 0, field, 2) != DL_OK) {
        code = classifier_fail(c);
    } else {
        const int64_t shape[] = {dl_tensor_dim(field[0], 0), dl_tensor_dim(field[0], 1),
                                 dl_tensor_dim(field[0], 2)};
        snprintf(title, sizeof title, "test image %lld", (long long)i);
        code = show(a, dl_tensor_data(field[0]), shape, (int64_t)dl_tensor_item(field[1]), title);
    }
    dl_scope_end(c->ctx, mark);
    return code;
}

/* All pictures of a file. */
static int predict_file(const oracle *a, const char *path)
{
    int code = 0;
    if (!a->c->read)
        return complain(a->c->program, EXIT_USAGE, "predict wants %s, %.200s is none",
                        a->c->predict_what, path);
    dl_tensor *t = a->c->read(a->c, path, a->shape, &code);
    if (!t)
        return code ? code : classifier_fail(a->c);
    int32_t several = dl_tensor_ndim(t) == 4;
    int64_t n = several ? dl_tensor_dim(t, 0) : 1;
    const int64_t shape[] = {dl_tensor_dim(t, -3), dl_tensor_dim(t, -2), dl_tensor_dim(t, -1)};
    const float *image = dl_tensor_data(t);
    for (int64_t i = 0; i < n && code == 0; i++) {
        char title[400], safe[300], which[40] = "";
        if (several)
            snprintf(which, sizeof which, ", image %lld", (long long)i);
        snprintf(title, sizeof title, "%s%s", printable(safe, sizeof safe, path), which);
        code = show(a, image + i * shape[0] * shape[1] * shape[2], shape, -1, title);
    }
    dl_tensor_drop(t);
    return code;
}

/* 1 when text is a whole number, which goes to *i. */
static int is_index(const char *text, long long *i)
{
    char *end;
    errno = 0;
    *i = strtoll(text, &end, 10);
    return isdigit((unsigned char)text[0]) && *end == 0 && errno == 0;
}

/* The names that run.json holds, and the shape of images; none is no failure. */
static int take_facts(oracle *a)
{
    const char *names = settings_fact("classes"), *shape = settings_fact("image");
    long long d[3];
    if (shape && sscanf(shape, "%lld x %lld x %lld", &d[0], &d[1], &d[2]) == 3)
        for (int i = 0; i < 3; i++)
            a->shape[i] = d[i];
    if (!names || !*names)
        return 0;
    a->n_names = 1;
    for (const char *at = names; *at; at++)
        a->n_names += *at == '/';
    a->text = strdup(names);
    a->name = malloc(sizeof *a->name * (size_t)a->n_names);
    if (!a->text || !a->name)
        return complain(a->c->program, EXIT_MEMORY, "memory is short");
    char *at = a->text;
    for (int64_t i = 0; i < a->n_names; i++) {
        a->name[i] = at;
        at += strcspn(at, "/");
        *at++ = 0;
    }
    return 0;
}

/* The net of the run, ready to predict. */
static int open_net(oracle *a)
{
    classifier *c = a->c;
    char path[FULL_PATH];
    a->net = dl_module_open(c->ctx, path_in(path, c->s.out, run_file_name[RUN_MODEL]));
    if (!a->net) {
        int code = classifier_fail(c);
        if (code == EXIT_FILE)
            complain(c->program, 0, "train first, or name the folder of a run with --out");
        return code;
    }
    dl_module_train(a->net, 0);
    dl_grad_enable(c->ctx, 0);
    return take_facts(a);
}

int classifier_predict(classifier *c, const char *const *what, int n)
{
    oracle a = {.c = c};
    int code = open_net(&a), opened = 0;
    for (int i = 0; i < n && code == 0; i++) {
        long long index;
        if (!is_index(what[i], &index)) {
            code = predict_file(&a, what[i]);
            continue;
        }
        if (!opened++)
            code = c->open(c, 1);
        if (code == 0)
            code = predict_index(&a, index);
    }
    dl_module_drop(a.net);
    free(a.name);
    free(a.text);
    return code;
}
