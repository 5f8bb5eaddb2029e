/* Mixtures of two examples. */
#include <math.h>
#include "data/beta.h"
#include "data/transform.h"
#include "support/transform_check.h"

static dl_dataset *both(dl_dataset *d, int32_t field)
{
    return dl_dataset_mix(d, &(dl_mix_opts){.mixup = 0.4, .cutmix = 1, .p = 0.8, .field = field});
}

static void it_does_what_every_transform_does(void **state)
{
    (void)state;
    transform_check(&(transform_test){"mix", both, 1, 1});
}

/* Two examples of one channel, all 0 and all 1, with labels 0 and 1 of 3 classes. */
enum { SIDE = 8, ALL = SIDE * SIDE };
static dl_dataset *black_and_white(dl_ctx *ctx, dl_dtype labels)
{
    double x[2 * ALL] = {0};
    for (int i = ALL; i < 2 * ALL; i++)
        x[i] = 1;
    dl_tensor *xs = tensor_of(ctx, DL_F32, x, DL_SHAPE(2, 1, SIDE, SIDE));
    dl_tensor *ys = make_tensor(ctx, labels, DL_SHAPE(2), 0, 1);
    return dl_dataset_tensors((dl_tensor *[]){xs, ys}, 2);
}

/* Of both kinds: the label of the white one is its share of the picture, in any type of label. */
static void labels_are_the_shares_of_the_picture(void **state)
{
    dl_ctx *ctx = *state;
    static const dl_dtype types[] = {DL_I64, DL_I32, DL_U8};
    for (int t = 0; t < 3; t++) {
        dl_dataset *d = dl_dataset_mix(black_and_white(ctx, types[t]),
                                       &(dl_mix_opts){.classes = 3, .mixup = 1, .cutmix = 1});
        int itself = 0, cut = 0;
        for (uint64_t key = 0; key < 1000; key++) {
            int32_t mark = dl_scope_begin(ctx);
            dl_tensor *f[2];
            assert_int_equal(dl_dataset_get(d, key & 1, key, f, 2), DL_OK);
            assert_shape(f[1], 3);
            const float *x = dl_tensor_data(f[0]), *y = dl_tensor_data(f[1]);
            double share = 0, parts = 0;
            for (int i = 0; i < ALL; i++) {
                share += (double)x[i] / ALL;
                parts += x[i] == 0 || x[i] == 1;
            }
            assert_true(fabs((double)y[1] - share) < 1e-6 && y[2] == 0);
            assert_true(fabs((double)y[0] + (double)y[1] - 1) < 1e-6);
            itself += share == (double)(key & 1);
            cut += parts == ALL && share > 0 && share < 1;
            dl_scope_end(ctx, mark);
        }
        assert_in_range(itself, 421, 700); /* half, and holes of no place */
        assert_in_range(cut, 120, 280);    /* a quarter, less those      */
        dl_dataset_drop(d);
    }
}

static void pictures_are_mixed_by_lambda(void **state)
{
    dl_ctx *ctx = *state;
    pictures p;
    pictures_init(&p, 50);
    dl_dataset *inner = pictures_dataset(ctx, &p);
    dl_dataset *d = dl_dataset_mixup(dl_dataset_keep(inner), 50, 0.4);
    for (uint64_t key = 100; key < 120; key++) {
        dl_tensor *a[2], *b[2], *f[2];
        const int64_t i = (int64_t)key - 100;
        const dl__stream s = dl__choices(key);
        const int64_t other = (int64_t)dl__bounded(&s, 1, 50);
        const double lambda = dl__beta(key, 0.4);
        assert_int_equal(dl_dataset_get(inner, i, 0, a, 2), DL_OK);
        assert_int_equal(dl_dataset_get(inner, other, 0, b, 2), DL_OK);
        assert_int_equal(dl_dataset_get(d, i, key, f, 2), DL_OK);
        const float *x = dl_tensor_data(f[0]), *y = dl_tensor_data(f[1]);
        const float *u = dl_tensor_data(a[0]), *v = dl_tensor_data(b[0]);
        for (int k = 0; k < 240; k++)
            assert_true(fabs((double)x[k] - lambda * (double)u[k] - (1 - lambda) * (double)v[k]) <
                        1e-6);
        if (other != i)
            assert_true(fabs((double)y[i] - lambda) < 1e-6);
    }
    dl_dataset_drop(d);
    dl_dataset_drop(inner);
}

/* Mixing what is mixed: labels are probabilities then. */
static void probabilities_are_mixed_likewise(void **state)
{
    dl_ctx *ctx = *state;
    pictures p;
    pictures_init(&p, 50);
    dl_dataset *d = dl_dataset_mixup(pictures_dataset(ctx, &p), 0, 1);
    d = dl_dataset_cutmix(d, 80, 1);
    int four = 0;
    for (int64_t i = 0; i < 50; i++) {
        dl_tensor *f[2];
        assert_int_equal(dl_dataset_get(d, i, 9 + (uint64_t)i, f, 2), DL_OK);
        assert_shape(f[1], 80);
        const float *y = dl_tensor_data(f[1]);
        double sum = 0;
        int n = 0;
        for (int k = 0; k < 80; k++) {
            sum += (double)y[k];
            n += y[k] != 0;
        }
        assert_true(fabs(sum - 1) < 1e-6 && n <= 4);
        four += n == 4;
    }
    assert_true(four > 20);
    dl_dataset_drop(d);
}

/* Otherwise the label says so, with 1 in one place. */
static void the_probability_is_what_was_asked_for(void **state)
{
    dl_ctx *ctx = *state;
    pictures p;
    pictures_init(&p, 80);
    dl_dataset *d =
        dl_dataset_mix(pictures_dataset(ctx, &p), &(dl_mix_opts){.mixup = 1, .p = 0.25});
    int mixed = 0;
    for (uint64_t key = 0; key < 4000; key++) {
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *f[2];
        assert_int_equal(dl_dataset_get(d, (int64_t)(key % 80), key, f, 2), DL_OK);
        mixed += ((const float *)dl_tensor_data(f[1]))[key % 80] != 1;
        dl_scope_end(ctx, mark);
    }
    assert_in_range(mixed, 843, 1137); /* 1000 less 1 in 80, within 5 deviations */
    dl_dataset_drop(d);
}

/* The random choices of both examples are made inside, each with a key of its own. */
static void the_other_example_has_choices_of_its_own(void **state)
{
    dl_ctx *ctx = *state;
    const double x[] = {1, 2};
    dl_tensor *xs = tensor_of(ctx, DL_F32, x, DL_SHAPE(1, 1, 1, 2));
    dl_tensor *ys = make_tensor(ctx, DL_I64, DL_SHAPE(1), 0);
    dl_dataset *d = dl_dataset_flip(dl_dataset_tensors((dl_tensor *[]){xs, ys}, 2), NULL);
    d = dl_dataset_mixup(d, 1, 1);
    int between = 0;
    for (uint64_t key = 0; key < 1000; key++) {
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *f[2];
        assert_int_equal(dl_dataset_get(d, 0, key, f, 2), DL_OK);
        const float v = *(const float *)dl_tensor_data(f[0]);
        between += v > 1.0001f && v < 1.9999f; /* one flipped, the other not */
        dl_scope_end(ctx, mark);
    }
    assert_in_range(between, 421, 579);
    dl_dataset_drop(d);
}

static void a_label_that_is_no_class_cannot_be_read(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *f[2];
    dl_dataset *d =
        dl_dataset_mix(black_and_white(ctx, DL_I64), &(dl_mix_opts){.classes = 1, .mixup = 1});
    assert_int_equal(dl_dataset_get(d, 1, 0, f, 2), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "dataset mix: example 1: label 1, wanted 0 to 0");
    dl_dataset_drop(d);
}

static void refuse(dl_ctx *ctx, dl_mix_opts o, dl_status code, const char *text)
{
    pictures p;
    pictures_init(&p, 1);
    assert_null(dl_dataset_mix(pictures_dataset(ctx, &p), &o));
    assert_int_equal(atomic_load(&p.freed), 1);
    expect_error(ctx, code, text);
}

static void wrong_settings_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    refuse(ctx, (dl_mix_opts){0}, DL_EINVAL, "neither mixup nor cutmix has an alpha above 0");
    refuse(ctx, (dl_mix_opts){.mixup = -1}, DL_EINVAL, "dataset_mix: mixup is -1");
    refuse(ctx, (dl_mix_opts){.cutmix = NAN}, DL_EINVAL, "cutmix is nan");
    refuse(ctx, (dl_mix_opts){.mixup = 1, .cut = 2}, DL_EINVAL, "cut is 2");
    refuse(ctx, (dl_mix_opts){.mixup = 1, .p = 2}, DL_EINVAL, "p is 2");
    refuse(ctx, (dl_mix_opts){.mixup = 1, .classes = -1}, DL_EINVAL, "-1 classes");
    refuse(ctx, (dl_mix_opts){.mixup = 1, .label = 4}, DL_EINVAL, "label is field 4");
    refuse(ctx, (dl_mix_opts){.mixup = 1, .label = DL_OFF}, DL_EINVAL,
           "label is field 0, the picture is field 0");
    refuse(ctx, (dl_mix_opts){.mixup = 1, .label = 3}, DL_ESHAPE,
           "field \"same\" is [3, 8, 10], wanted [classes]");
    refuse(ctx, (dl_mix_opts){.mixup = 1, .label = 2, .classes = 5}, DL_EINVAL,
           "5 classes for field \"four\" of shape [4]");
    refuse(ctx, (dl_mix_opts){.mixup = 1, .reserved = {1}}, DL_EINVAL, "a reserved option");
    dl_tensor *xs = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 1, 2, 2));
    dl_tensor *pairs = random_tensor(ctx, DL_I64, 1, DL_SHAPE(2, 2));
    dl_tensor *wide = random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, 2));
    dl_tensor *ones = make_tensor(ctx, DL_I64, DL_SHAPE(2), 0, 1);
    assert_null(dl_dataset_mixup(dl_dataset_tensors((dl_tensor *[]){xs, pairs}, 2), 2, 1));
    expect_error(ctx, DL_ESHAPE, "field \"1\" is [2], wanted one number");
    assert_null(dl_dataset_mixup(dl_dataset_tensors((dl_tensor *[]){xs, wide}, 2), 2, 1));
    expect_error(ctx, DL_EDTYPE, "field \"1\" is f64, wanted i64, i32, u8 or f32");
    assert_null(dl_dataset_mixup(dl_dataset_tensors((dl_tensor *[]){xs, ones}, 2), 0, 1));
    expect_error(ctx, DL_EINVAL, "0 classes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_every_transform_does),
        with_ctx(labels_are_the_shares_of_the_picture),
        with_ctx(pictures_are_mixed_by_lambda),
        with_ctx(probabilities_are_mixed_likewise),
        with_ctx(the_probability_is_what_was_asked_for),
        with_ctx(the_other_example_has_choices_of_its_own),
        with_ctx(a_label_that_is_no_class_cannot_be_read),
        with_ctx(wrong_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
