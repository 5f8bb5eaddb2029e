/* A dataset of the rows of a CSV file. */
#include "data/csv.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "core/check.h"
#include "core/order.h"
#include "core/text.h"
#include "core/utf8.h"

enum { SKIPPED = -1 }; /* a role; features are 0 .. n_x - 1, targets n_x .. n_x + n_y - 1 */

/* Names of classes: numbered as they are met, found through an order by their bytes. */
typedef struct names {
    char **name;
    int64_t *sorted;
    int64_t n, cap;
} names;

typedef struct table {
    dl_ctx *ctx;
    const dl_csv_opts *o; /* while reading */
    char **column;        /* [columns]: the first record */
    int64_t columns, cap_columns, *role;
    int64_t n_x, n_y, rows, cap;
    float *x, *y;   /* [rows, n_x], [rows, n_y] */
    int64_t *label; /* [rows] */
    int32_t classify;
    names classes;
} table;

static int64_t size_of(const void *p)
{
    return ((const table *)p)->rows;
}

static dl_status get(const void *p, int64_t i, uint64_t key, void *const *field, char *why,
                     size_t why_cap)
{
    (void)key;
    (void)why;
    (void)why_cap;
    const table *t = p;
    memcpy(field[0], t->x + i * t->n_x, (size_t)t->n_x * sizeof *t->x);
    if (t->classify)
        memcpy(field[1], t->label + i, sizeof *t->label);
    else if (t->n_y > 0)
        memcpy(field[1], t->y + i * t->n_y, (size_t)t->n_y * sizeof *t->y);
    return DL_OK;
}

static void end(void *p)
{
    table *t = p;
    for (int64_t i = 0; i < t->columns; i++)
        dl__free(t->column[i]);
    for (int64_t i = 0; i < t->classes.n; i++)
        dl__free(t->classes.name[i]);
    dl__free(t->column);
    dl__free(t->role);
    dl__free(t->x);
    dl__free(t->y);
    dl__free(t->label);
    dl__free(t->classes.name);
    dl__free(t->classes.sorted);
    dl__free(t);
}

static int64_t classes(const void *p)
{
    return ((const table *)p)->classes.n;
}

static const char *class_name(const void *p, int64_t k)
{
    return ((const table *)p)->classes.name[k];
}

static const dl_dataset_class csv_class = {.name = "csv",
                                           .threads = 1,
                                           .size = size_of,
                                           .get = get,
                                           .free = end,
                                           .classes = classes,
                                           .class_name = class_name};

/* Room for one more of *n elements of size bytes. */
static dl_status grow(dl_ctx *ctx, void *array, int64_t cap, size_t size)
{
    size_t bytes;
    void *old, *p;
    memcpy(&old, array, sizeof old);
    if (!dl__mul_size((size_t)cap, size, &bytes))
        return dl_fail(ctx, DL_ELIMIT, "dataset_csv: the table is too large");
    if (!(p = dl__realloc(ctx, old, bytes)))
        return ctx->status;
    memcpy(array, &p, sizeof p);
    return DL_OK;
}

/* Where name stands, or would stand, among the sorted ones; *there says which. */
static int64_t find_name(const names *s, const char *name, int *there)
{
    int64_t low = 0, high = s->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (strcmp(s->name[s->sorted[middle]], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *there = low < s->n && strcmp(s->name[s->sorted[low]], name) == 0;
    return low;
}

/* The number of the class, which is made if it is new; -1 on failure. */
static int64_t class_of(table *t, const char *name)
{
    names *s = &t->classes;
    int there;
    int64_t at = find_name(s, name, &there);
    if (there)
        return s->sorted[at];
    if (s->n == DL__CSV_CLASSES) {
        dl_fail(t->ctx, DL_ELIMIT, "dataset_csv: there are more than %d classes", DL__CSV_CLASSES);
        return -1;
    }
    if (s->n == s->cap) {
        int64_t cap = s->cap ? 2 * s->cap : 16;
        if (grow(t->ctx, &s->name, cap, sizeof *s->name) != DL_OK ||
            grow(t->ctx, &s->sorted, cap, sizeof *s->sorted) != DL_OK)
            return -1;
        s->cap = cap;
    }
    if (!(s->name[s->n] = dl__strdup(t->ctx, name)))
        return -1;
    memmove(s->sorted + at + 1, s->sorted + at, (size_t)(s->n - at) * sizeof *s->sorted);
    s->sorted[at] = s->n;
    return s->n++;
}

/* The column called so in the header, or with this number; -1 and an error if there is none. */
static int64_t column_of(table *t, const dl__csv *c, const char *name)
{
    int64_t number;
    int64_t at = -1;
    char path[DL__SHOWN], shown[DL__SHOWN];
    for (int64_t i = 0; name && !t->o->no_header && i < t->columns; i++) {
        if (strcmp(t->column[i], name) != 0)
            continue;
        if (at >= 0) {
            dl_fail(t->ctx, DL_EINVAL, "%s: columns %lld and %lld are both called \"%s\"",
                    dl__printable(path, sizeof path, c->path), (long long)at + 1, (long long)i + 1,
                    dl__printable(shown, sizeof shown, name));
            return -1;
        }
        at = i;
    }
    if (at >= 0)
        return at;
    if (dl__parse_i64(name, &number) && number >= 0 && number < t->columns)
        return number;
    dl_fail(t->ctx, DL_EINVAL, "%s: there is no column \"%s\" among its %lld; wanted is %s",
            dl__printable(path, sizeof path, c->path), dl__printable(shown, sizeof shown, name),
            (long long)t->columns,
            t->o->no_header ? "a number from 0" : "a name of the header, or a number from 0");
    return -1;
}

/* Gives `role` to the columns that are listed. */
static dl_status appoint(table *t, const dl__csv *c, const char *const *list, int32_t n,
                         int64_t role)
{
    char shown[DL__SHOWN];
    for (int32_t k = 0; k < n; k++) {
        int64_t at = column_of(t, c, list[k]);
        if (at < 0)
            return t->ctx->status;
        if (t->role[at] != SKIPPED)
            return dl_fail(t->ctx, DL_EINVAL, "dataset_csv: column \"%s\" is asked for twice",
                           dl__printable(shown, sizeof shown, list[k]));
        t->role[at] = role + k;
    }
    return DL_OK;
}

/* After the first record: what each column is for. Features that are not named are the rest. */
static dl_status assign(table *t, const dl__csv *c)
{
    const dl_csv_opts *o = t->o;
    int64_t rest = 0;
    char path[DL__SHOWN];
    if (grow(t->ctx, &t->role, t->columns, sizeof *t->role) != DL_OK)
        return t->ctx->status;
    for (int64_t i = 0; i < t->columns; i++)
        t->role[i] = SKIPPED;
    t->n_y = o->target == DL_CSV_NONE ? 0 : o->n_targets > 0 ? o->n_targets : 1;
    t->n_x = o->n_features;
    if (appoint(t, c, o->features, o->n_features, 0) != DL_OK)
        return t->ctx->status;
    if (o->n_features == 0)
        t->n_x = t->columns - t->n_y;
    if (t->n_x < 1)
        return dl_fail(t->ctx, DL_EFORMAT,
                       "%s: columns: %lld, targets: %lld, which leaves no features%s",
                       dl__printable(path, sizeof path, c->path), (long long)t->columns,
                       (long long)t->n_y, t->columns == 1 ? "; is the separator another?" : "");
    if (t->n_y > 0 && o->n_targets == 0) {
        if (t->role[t->columns - 1] != SKIPPED)
            return dl_fail(t->ctx, DL_EINVAL,
                           "dataset_csv: the last column is a feature, name the target");
        t->role[t->columns - 1] = t->n_x;
    } else if (appoint(t, c, o->targets, o->n_targets, t->n_x) != DL_OK) {
        return t->ctx->status;
    }
    for (int64_t i = 0; o->n_features == 0 && i < t->columns; i++)
        if (t->role[i] == SKIPPED)
            t->role[i] = rest++;
    return DL_OK;
}

static dl_status wrong(const table *t, const dl__csv *c, const char *text, const char *wanted)
{
    char place[DL__SHOWN + 64], name[DL__SHOWN], shown[DL__SHOWN];
    const int named = !t->o->no_header;
    return dl_fail(t->ctx, DL_EFORMAT, "%s%s%s%s: found \"%s\", wanted is %s",
                   dl__csv_place(c, place, sizeof place), named ? " (\"" : "",
                   named ? dl__printable(name, 64, t->column[c->column]) : "", named ? "\")" : "",
                   dl__printable(shown, sizeof shown, text), wanted);
}

/* "nan" in any case, with or without a sign: what programs write for it differs. */
static int is_nan(const char *s)
{
    s += *s == '-' || *s == '+';
    return (s[0] | 32) == 'n' && (s[1] | 32) == 'a' && (s[2] | 32) == 'n' && s[3] == 0;
}

/* text without spaces and tabs around it. */
static char *trim(char *text)
{
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        text[--n] = 0;
    return text + strspn(text, " \t");
}

static dl_status number(const table *t, const dl__csv *c, char *text, float *out)
{
    double v;
    char *s = trim(text);
    const char *word = t->o->missing_word;
    int missing = *s == 0 || is_nan(s) || (word && strcmp(s, word) == 0);
    if (!missing && !dl__parse_double(s, &v))
        return wrong(t, c, s, "a number");
    if (missing) {
        if (t->o->missing == DL_CSV_REFUSE)
            return wrong(t, c, s, "a number: missing ones are refused");
        v = t->o->missing == DL_CSV_NAN ? (double)NAN : t->o->missing_value;
    }
    if (!missing && isinf((float)v))
        return wrong(t, c, s, "a number that f32 can hold");
    *out = (float)v;
    return DL_OK;
}

static dl_status take_class(table *t, const dl__csv *c, char *text)
{
    char *s = trim(text);
    int there = 1;
    if (*s == 0 || (t->o->missing_word && strcmp(s, t->o->missing_word) == 0))
        return wrong(t, c, s, "a class: labels cannot be missing");
    if (t->o->n_classes > 0)
        find_name(&t->classes, s, &there);
    if (!there)
        return wrong(t, c, s, "one of the classes that were given");
    int64_t k = class_of(t, s);
    if (k >= 0)
        t->label[t->rows] = k;
    return t->ctx->status;
}

static dl_status take(table *t, const dl__csv *c, char *text)
{
    char place[DL__SHOWN + 64];
    if (c->column >= t->columns)
        return dl_fail(t->ctx, DL_EFORMAT,
                       "%s: there are more columns than the %lld of the first "
                       "line",
                       dl__csv_place(c, place, sizeof place), (long long)t->columns);
    int64_t role = t->role[c->column];
    if (role == SKIPPED)
        return DL_OK;
    if (role < t->n_x)
        return number(t, c, text, &t->x[t->rows * t->n_x + role]);
    if (t->classify)
        return take_class(t, c, text);
    return number(t, c, text, &t->y[t->rows * t->n_y + role - t->n_x]);
}

/* Room for one row more. */
static dl_status reserve(table *t)
{
    if (t->rows < t->cap)
        return DL_OK;
    int64_t cap = t->cap + t->cap / 2 + 64;
    size_t one;
    if (!dl__mul_size((size_t)(t->n_x > t->n_y ? t->n_x : t->n_y), sizeof(float), &one))
        return dl_fail(t->ctx, DL_ELIMIT, "dataset_csv: the table is too large");
    if (grow(t->ctx, &t->x, cap, (size_t)t->n_x * sizeof(float)) != DL_OK ||
        (t->classify ? grow(t->ctx, &t->label, cap, sizeof *t->label)
                     : grow(t->ctx, &t->y, cap, (size_t)t->n_y * sizeof(float))) != DL_OK)
        return t->ctx->status;
    t->cap = cap;
    return DL_OK;
}

static dl_status on_field(dl__csv *c, void *user)
{
    table *t = user;
    if (t->role)
        return take(t, c, c->text);
    if (t->columns == t->cap_columns) {
        int64_t cap = t->cap_columns ? 2 * t->cap_columns : 16;
        if (grow(t->ctx, &t->column, cap, sizeof *t->column) != DL_OK)
            return t->ctx->status;
        t->cap_columns = cap;
    }
    if (!(t->column[t->columns] = dl__strdup(t->ctx, c->text)))
        return t->ctx->status;
    t->columns++;
    return DL_OK;
}

static dl_status on_record(dl__csv *c, void *user)
{
    table *t = user;
    char place[DL__SHOWN + 64];
    if (t->role) {
        if (c->column != t->columns)
            return dl_fail(t->ctx, DL_EFORMAT, "%s: the line ends, the first has %lld columns",
                           dl__csv_place(c, place, sizeof place), (long long)t->columns);
        t->rows++;
        return reserve(t);
    }
    if (assign(t, c) != DL_OK || reserve(t) != DL_OK || !t->o->no_header)
        return t->ctx->status;
    int64_t columns = c->column;
    for (c->column = 0; c->column < columns; c->column++)
        if (take(t, c, t->column[c->column]) != DL_OK)
            return t->ctx->status;
    t->rows++;
    return reserve(t);
}

static int before(const void *keys, int64_t a, int64_t b)
{
    const names *s = keys;
    int64_t x, y;
    if (dl__parse_i64(s->name[a], &x) && dl__parse_i64(s->name[b], &y))
        return x < y;
    return strcmp(s->name[a], s->name[b]) < 0;
}

/* Numbers classes in their order: as numbers when all are, else by bytes. */
static dl_status renumber(table *t)
{
    names *s = &t->classes;
    int64_t ignored, n = s->n, whole = 1;
    for (int64_t i = 0; i < n; i++)
        whole &= dl__parse_i64(s->name[i], &ignored);
    int64_t *order = dl__alloc(t->ctx, 3 * (size_t)n * sizeof *order);
    int64_t *place = order ? order + 2 * n : NULL;
    char **name = order ? dl__alloc(t->ctx, (size_t)n * sizeof *name) : NULL;
    if (name) {
        memcpy(order, s->sorted, (size_t)n * sizeof *order);
        if (whole)
            dl__order(order, order + n, n, before, s);
        for (int64_t i = 0; i < n; i++) {
            name[i] = s->name[order[i]];
            place[order[i]] = i;
        }
        for (int64_t i = 0; i < t->rows; i++)
            t->label[i] = place[t->label[i]];
        dl__free(s->name);
        s->name = name;
    }
    dl__free(order);
    return t->ctx->status;
}

static dl_status check(dl_ctx *ctx, const dl_csv_opts *o)
{
    if (DL__RESERVED(ctx, "dataset_csv", o) != DL_OK)
        return ctx->status;
    if (o->separator < 0 || o->separator > 127 || o->separator == '"' || o->separator == '\n' ||
        o->separator == '\r')
        return dl_fail(ctx, DL_EINVAL,
                       "dataset_csv: separator is %d, it wants an ASCII character that is no quote "
                       "and ends no line",
                       (int)o->separator);
    if (o->missing == DL_CSV_VALUE && isinf((float)o->missing_value)) {
        char text[DL__NUMBER];
        return dl_fail(ctx, DL_EINVAL, "dataset_csv: missing_value is %s, which f32 cannot hold",
                       dl__double_text(text, o->missing_value));
    }
    if (o->target < DL_CSV_CLASSES || o->target > DL_CSV_NONE || o->missing < DL_CSV_REFUSE ||
        o->missing > DL_CSV_VALUE || o->n_features < 0 || o->n_targets < 0 || o->n_classes < 0 ||
        (o->n_features > 0 && !o->features) || (o->n_targets > 0 && !o->targets) ||
        (o->n_classes > 0 && !o->classes))
        return dl_fail(ctx, DL_EINVAL,
                       "dataset_csv: target is %d, missing %d, and there are %d features, %d "
                       "targets and %d classes, or a list is NULL",
                       (int)o->target, (int)o->missing, (int)o->n_features, (int)o->n_targets,
                       (int)o->n_classes);
    if ((o->target == DL_CSV_NONE && o->n_targets > 0) ||
        (o->target == DL_CSV_CLASSES && o->n_targets > 1))
        return dl_fail(ctx, DL_EINVAL, "dataset_csv: %d targets, and target is %s",
                       (int)o->n_targets, o->target ? "DL_CSV_NONE" : "DL_CSV_CLASSES, of one");
    return DL_OK;
}

/* The table of s; NULL on failure. */
static table *load(dl__source *s, const dl_csv_opts *o)
{
    char shown[DL__SHOWN];
    table *t = dl__calloc(s->ctx, sizeof *t);
    if (!t)
        return NULL;
    t->ctx = s->ctx;
    t->o = o;
    t->classify = o->target == DL_CSV_CLASSES;
    for (int32_t k = 0; k < o->n_classes && dl__ok(t->ctx); k++)
        if (!o->classes[k])
            dl_fail(t->ctx, DL_EINVAL, "dataset_csv: class %d is NULL", (int)k);
        else if (class_of(t, o->classes[k]) != k && dl__ok(t->ctx))
            dl_fail(t->ctx, DL_EINVAL, "dataset_csv: class %d has the name of another", (int)k);
    dl__csv c = {.ctx = s->ctx,
                 .path = s->path,
                 .separator = o->separator ? (char)o->separator : ',',
                 .field = on_field,
                 .record = on_record,
                 .user = t};
    if (dl__ok(t->ctx))
        dl__csv_read(&c, s);
    if (dl__ok(t->ctx) && !t->role)
        dl_fail(t->ctx, DL_EFORMAT, "%s: it is empty, a line of column%s is wanted",
                dl__printable(shown, sizeof shown, s->path), o->no_header ? "s" : " names");
    if (dl__ok(t->ctx) && t->classes.n > 0 && o->n_classes == 0 && !o->first_seen)
        renumber(t);
    if (dl__ok(t->ctx))
        return t;
    end(t);
    return NULL;
}

dl_dataset *dl__csv_dataset(dl__source *s, const dl_csv_opts *o)
{
    table *t = load(s, o);
    if (!t)
        return NULL;
    t->o = NULL;
    dl_field field[2] = {{.name = "x", .dtype = DL_F32, .ndim = 1, .dims = {t->n_x}},
                         {.name = "y", .dtype = DL_I64}};
    if (!t->classify)
        field[1] = (dl_field){.name = "y", .dtype = DL_F32, .ndim = 1, .dims = {t->n_y}};
    return dl_dataset_new(t->ctx, &csv_class, t, field, t->n_y > 0 ? 2 : 1);
}

dl_dataset *dl_dataset_csv(dl_ctx *ctx, const char *path, const dl_csv_opts *opts)
{
    static const dl_csv_opts defaults;
    const dl_csv_opts *o = opts ? opts : &defaults;
    dl_dataset *d = NULL;
    dl__file file;
    dl__source s;
    if (!dl__ok(ctx) || check(ctx, o) != DL_OK)
        return NULL;
    if (!path || !path[0]) {
        dl_fail(ctx, DL_EINVAL, "dataset_csv: the path is %s", path ? "empty" : "NULL");
        return NULL;
    }
    if (dl__file_open(&file, ctx, path) != DL_OK)
        return NULL;
    if (dl__source_file(&s, &file) == DL_OK) {
        d = dl__csv_dataset(&s, o);
        dl__source_close(&s);
    }
    dl__file_close(&file);
    return d;
}
