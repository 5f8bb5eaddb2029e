#include "support/transform_check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/isa.h"
#include "support/numbers.h"

void pictures_init(pictures *p, int64_t n)
{
    *p = (pictures){.n = n, .c = 3, .h = 8, .w = 10, .threads = 1, .owner = pthread_self()};
    atomic_store(&p->broken, -1);
}

static int64_t size_of(const void *s)
{
    return ((const pictures *)s)->n;
}

static dl_status get(const void *s, int64_t i, uint64_t key, void *const *field, char *why,
                     size_t why_cap)
{
    pictures *p = (pictures *)(uintptr_t)s;
    if (i == atomic_load(&p->broken)) {
        snprintf(why, why_cap, "the film is torn");
        return DL_EIO;
    }
    atomic_store(&p->key, key);
    atomic_fetch_add(&p->strangers, !pthread_equal(pthread_self(), p->owner));
    float *x = field[PICTURE], *four = field[NO_PICTURE];
    uint64_t at = (uint64_t)i + 1;
    for (int64_t k = 0; k < p->c * p->h * p->w; k++)
        x[k] = (float)random_number(&at) * 0.999f;
    memcpy(field[SAME_PICTURE], x, (size_t)(p->c * p->h * p->w) * sizeof *x);
    *(int64_t *)field[LABEL] = i;
    for (int k = 0; k < 4; k++)
        four[k] = (float)(4 * i + k);
    return DL_OK;
}

static void end(void *s)
{
    atomic_fetch_add(&((pictures *)s)->freed, 1);
}

static int64_t eighty(const void *s)
{
    (void)s;
    return 80;
}

static const char *class_name(const void *s, int64_t k)
{
    (void)s;
    (void)k;
    return "a class";
}

dl_dataset *pictures_dataset(dl_ctx *ctx, pictures *p)
{
    static const dl_dataset_class any = {.name = "pictures",
                                         .threads = 1,
                                         .size = size_of,
                                         .get = get,
                                         .free = end,
                                         .classes = eighty,
                                         .class_name = class_name};
    static const dl_dataset_class owners = {.name = "pictures",
                                            .size = size_of,
                                            .get = get,
                                            .free = end,
                                            .classes = eighty,
                                            .class_name = class_name};
    const dl_field field[] = {
        {.name = "image", .dtype = DL_F32, .ndim = 3, .dims = {p->c, p->h, p->w}},
        {.name = "label", .dtype = DL_I64},
        {.name = "four", .dtype = DL_F32, .ndim = 1, .dims = {4}},
        {.name = "same", .dtype = DL_F32, .ndim = 3, .dims = {p->c, p->h, p->w}},
    };
    return dl_dataset_new(ctx, p->threads ? &any : &owners, p, field, PICTURE_FIELDS);
}

dl_dataset *one_picture(dl_ctx *ctx, int64_t c, int64_t h, int64_t w, const double *values)
{
    dl_tensor *x = tensor_of(ctx, DL_F32, values, DL_SHAPE(1, c, h, w));
    return dl_dataset_tensors(&x, 1);
}

/* ---- what every one does ---- */

/* Bytes of each example's fields but "image" and "label" are 4 of "four" and "same". */
typedef struct seen {
    uint64_t picture[64], four[64], same[64];
    int64_t label[64];
} seen;

static uint64_t bytes_of(const dl_tensor *t, int64_t k)
{
    const size_t all = (size_t)dl_tensor_count(t) * dl_dtype_size(dl_tensor_dtype(t));
    const size_t one = all / (size_t)dl_tensor_dim(t, 0);
    return digest(14695981039346656037u, (const char *)dl_tensor_data(t) + (size_t)k * one, one);
}

/* What an epoch gives, by example. */
static void see(dl_loader *l, seen *s)
{
    dl_tensor *f[PICTURE_FIELDS];
    int32_t more;
    memset(s, 0, sizeof *s);
    while ((more = dl_loader_next(l, f, PICTURE_FIELDS)) == 1)
        for (int64_t k = 0; k < dl_tensor_dim(f[0], 0); k++) {
            const float *four = dl_tensor_data(f[NO_PICTURE]);
            const int64_t i = (int64_t)four[4 * k] / 4;
            s->picture[i] = bytes_of(f[PICTURE], k);
            s->same[i] = bytes_of(f[SAME_PICTURE], k);
            s->four[i] = bytes_of(f[NO_PICTURE], k);
            if (dl_tensor_dtype(f[LABEL]) == DL_I64)
                s->label[i] = ((const int64_t *)dl_tensor_data(f[LABEL]))[k];
        }
    assert_int_equal(more, 0);
}

static dl_loader *loader_of(dl_dataset *d, int32_t batch, int32_t shuffle, int32_t workers)
{
    dl_loader *l =
        dl_loader_new(d, &(dl_loader_opts){.batch = batch, .shuffle = shuffle, .workers = workers});
    assert_non_null(l);
    return l;
}

static void nothing_but_the_key_decides(const transform_test *t)
{
    seen first[2], now, plain;
    const int base = dl__isa_force(-1);
    for (int32_t run = 0; run < 12; run++) {
        dl_ctx *ctx = make_ctx(1 + run % 3);
        pictures p;
        pictures_init(&p, 40);
        dl_dataset *inner = pictures_dataset(ctx, &p);
        dl_loader *l = loader_of(inner, 8, 0, 0);
        see(l, &plain);
        dl_loader_drop(l);
        dl_dataset *d = t->make(inner, PICTURE);
        static const int32_t batch[] = {1, 7, 40, 64};
        dl__isa_force(run % 2 ? base : 0);
        l = loader_of(d, batch[run % 4], run % 2, run % 5);
        for (int e = 0; e < 2; e++) {
            see(l, &now);
            if (run == 0)
                first[e] = now;
            assert_memory_equal(now.picture, first[e].picture, sizeof now.picture);
            assert_memory_equal(now.four, plain.four, sizeof now.four);
            assert_memory_equal(now.same, plain.same, sizeof now.same);
            if (!t->changes_label)
                assert_memory_equal(now.label, plain.label, sizeof now.label);
        }
        dl_loader_drop(l);
        dl_dataset_drop(d);
        assert_int_equal(atomic_load(&p.freed), 1);
        end_ctx(ctx);
    }
    dl__isa_force(-1);
    assert_memory_not_equal(first[0].picture, plain.picture, sizeof now.picture);
    if (t->draws)
        assert_memory_not_equal(first[0].picture, first[1].picture, sizeof now.picture);
    else
        assert_memory_equal(first[0].picture, first[1].picture, sizeof now.picture);
}

static void another_field_is_changed_likewise(const transform_test *t, dl_ctx *ctx)
{
    pictures p;
    pictures_init(&p, 8);
    dl_dataset *d = pictures_dataset(ctx, &p);
    dl_dataset *a = t->make(dl_dataset_keep(d), PICTURE), *b = t->make(d, SAME_PICTURE);
    dl_tensor *x[PICTURE_FIELDS], *y[PICTURE_FIELDS];
    for (int64_t i = 0; i < 8; i++) {
        assert_int_equal(dl_dataset_get(a, i, 5, x, PICTURE_FIELDS), DL_OK);
        assert_int_equal(dl_dataset_get(b, i, 5, y, PICTURE_FIELDS), DL_OK);
        assert_same_bits(x[PICTURE], y[SAME_PICTURE]);
        assert_same_bits(x[NO_PICTURE], y[NO_PICTURE]);
    }
    assert_int_equal(dl_dataset_classes(a), 80);
    assert_string_equal(dl_dataset_class_name(a, 3), "a class");
    dl_dataset_drop(b);
    dl_dataset_drop(a);
}

static void inner_is_read_on_its_owners_thread(const transform_test *t, dl_ctx *ctx)
{
    pictures p;
    pictures_init(&p, 40);
    p.threads = 0;
    dl_dataset *d = t->make(pictures_dataset(ctx, &p), PICTURE);
    dl_loader *l = loader_of(d, 8, 0, 2);
    seen s;
    see(l, &s);
    assert_int_equal(atomic_load(&p.strangers), 0);
    dl_loader_drop(l);
    dl_dataset_drop(d);
}

/* A deterministic one leaves the choices of those inside it as they are. */
static void keys_are_as_promised(const transform_test *t, dl_ctx *ctx)
{
    pictures p;
    pictures_init(&p, 1);
    dl_dataset *d = t->make(pictures_dataset(ctx, &p), PICTURE);
    dl_tensor *x;
    uint64_t got[3];
    for (uint64_t key = 0; key < 3; key++) {
        assert_int_equal(dl_dataset_get(d, 0, key, &x, 1), DL_OK);
        got[key] = atomic_load(&p.key);
        assert_int_equal(got[key] == key, !t->draws);
    }
    assert_true(got[0] != got[1] && got[1] != got[2] && got[0] != got[2]);
    dl_dataset_drop(d);
}

static void failures_are_named(const transform_test *t, dl_ctx *ctx)
{
    pictures p;
    char text[96];
    pictures_init(&p, 1);
    dl_dataset *d = t->make(pictures_dataset(ctx, &p), PICTURE);
    dl_tensor *x;
    atomic_store(&p.broken, 0);
    assert_int_equal(dl_dataset_get(d, 0, 0, &x, 1), DL_EIO);
    snprintf(text, sizeof text, "dataset %s: example 0: dataset pictures: example 0: the film",
             t->name);
    expect_error(ctx, DL_EIO, text);
    dl_dataset_drop(d);
}

static void wrong_fields_are_refused(const transform_test *t, dl_ctx *ctx)
{
    static const struct {
        int32_t field;
        dl_status code;
        const char *text;
    } cases[] = {{-1, DL_EINVAL, "field -1 was asked for, the dataset has 4"},
                 {4, DL_EINVAL, "field 4 was asked for, the dataset has 4"},
                 {LABEL, DL_EDTYPE, "field \"label\" is i64, wanted f32"},
                 {NO_PICTURE, DL_ESHAPE, "field \"four\" is [4], wanted a picture [C, H, W]"}};
    pictures p;
    char text[128];
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        pictures_init(&p, 4);
        assert_null(t->make(pictures_dataset(ctx, &p), cases[k].field));
        assert_int_equal(atomic_load(&p.freed), 1);
        snprintf(text, sizeof text, "dataset_%s: %s", t->name, cases[k].text);
        expect_error(ctx, cases[k].code, text);
    }
    pictures_init(&p, 4);
    p.h = 0;
    assert_null(t->make(pictures_dataset(ctx, &p), PICTURE));
    expect_error(ctx, DL_ESHAPE, "[3, 0, 10]");
    assert_null(t->make(NULL, 0));
    expect_ok(ctx);
    pictures_init(&p, 4);
    dl_dataset *d = pictures_dataset(ctx, &p);
    dl_fail(ctx, DL_EUSER, "something else");
    assert_null(t->make(d, 0));
    assert_int_equal(atomic_load(&p.freed), 1);
    expect_error(ctx, DL_EUSER, "something else");
}

typedef struct fault {
    const transform_test *t;
    dl_dataset *inner;
} fault;

static dl_status make_one(dl_ctx *ctx, void *user)
{
    const fault *f = user;
    dl_dataset_drop(f->t->make(dl_dataset_keep(f->inner), PICTURE));
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(const transform_test *t, dl_ctx *ctx)
{
    pictures p;
    pictures_init(&p, 4);
    fault f = {t, pictures_dataset(ctx, &p)};
    assert_true(fault_loop(ctx, make_one, NULL, &f) >= 6);
    assert_int_equal(atomic_load(&p.freed), 0);
    dl_dataset_drop(f.inner);
}

void transform_check(const transform_test *t)
{
    nothing_but_the_key_decides(t);
    dl_ctx *ctx = make_ctx(2);
    another_field_is_changed_likewise(t, ctx);
    inner_is_read_on_its_owners_thread(t, ctx);
    keys_are_as_promised(t, ctx);
    failures_are_named(t, ctx);
    wrong_fields_are_refused(t, ctx);
    any_allocation_may_fail(t, ctx);
    end_ctx(ctx);
}
