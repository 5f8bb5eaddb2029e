/* The usual changes to small pictures at once, and long chains of changes. */
#include "core/sha256.h"
#include "support/transform_check.h"

static const double mean[] = {0.5, 0.4, 0.3}, std[] = {0.2, 0.3, 0.4};

static dl_dataset *usual(dl_dataset *d, int32_t field)
{
    return dl_dataset_augment(
        d,
        &(dl_augment_opts){.mean = mean, .std = std, .n_channels = 3, .cutout = 4, .field = field});
}

/* All that there is, one in the other. */
static dl_dataset *everything(dl_dataset *d)
{
    d = dl_dataset_rotate(d, NULL);
    d = dl_dataset_color_jitter(
        d,
        &(dl_color_jitter_opts){.brightness = 0.4, .contrast = 0.4, .saturation = 0.4, .hue = 0.1});
    d = dl_dataset_grayscale(d, NULL);
    d = usual(d, 0);
    d = dl_dataset_flip(d, &(dl_flip_opts){.vertical = 1});
    d = dl_dataset_erase(d, &(dl_erase_opts){.noise = 1});
    return dl_dataset_mix(d, &(dl_mix_opts){.mixup = 0.2, .cutmix = 1});
}

/* The same wrappers by hand. */
static void it_is_the_wrappers_in_their_order(void **state)
{
    dl_ctx *ctx = *state;
    pictures p;
    pictures_init(&p, 16);
    dl_dataset *inner = pictures_dataset(ctx, &p);
    dl_dataset *a = usual(dl_dataset_keep(inner), 0);
    dl_dataset *b = dl_dataset_normalize(dl_dataset_keep(inner), 0, mean, std, 3);
    b = dl_dataset_flip(dl_dataset_pad_crop(b, NULL), NULL);
    b = dl_dataset_cutout(b, &(dl_cutout_opts){.size = 4});
    dl_dataset *c = dl_dataset_augment(dl_dataset_keep(inner), NULL);
    dl_dataset *d = dl_dataset_flip(dl_dataset_pad_crop(dl_dataset_keep(inner), NULL), NULL);
    for (int64_t i = 0; i < 16; i++) {
        dl_tensor *x[4];
        dl_dataset *const of[] = {a, b, c, d};
        for (int k = 0; k < 4; k++)
            assert_int_equal(dl_dataset_get(of[k], i, (uint64_t)i, &x[k], 1), DL_OK);
        assert_same_bits(x[0], x[1]);
        assert_same_bits(x[2], x[3]);
    }
    dl_dataset_drop(d);
    dl_dataset_drop(c);
    dl_dataset_drop(b);
    dl_dataset_drop(a);
    dl_dataset_drop(inner);
}

static void all_off_is_the_dataset_itself(void **state)
{
    dl_ctx *ctx = *state;
    pictures p;
    pictures_init(&p, 2);
    const dl_augment_opts elsewhere = {.crop_pad = DL_OFF, .flip = DL_OFF, .field = 9};
    assert_null(dl_dataset_augment(pictures_dataset(ctx, &p), &elsewhere));
    expect_error(ctx, DL_EINVAL, "dataset_augment: field 9 was asked for");
    dl_dataset *d = pictures_dataset(ctx, &p);
    assert_ptr_equal(dl_dataset_augment(d, &(dl_augment_opts){.crop_pad = DL_OFF, .flip = DL_OFF}),
                     d);
    assert_null(dl_dataset_augment(
        d, &(dl_augment_opts){.crop_pad = DL_OFF, .flip = DL_OFF, .reserved = {1}}));
    expect_error(ctx, DL_EINVAL, "dataset_augment: a reserved option");
    assert_int_equal(atomic_load(&p.freed), 2);
}

/* Each is named by the wrapper that found it. */
static void wrong_settings_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    pictures p;
    pictures_init(&p, 4);
    assert_null(dl_dataset_augment(pictures_dataset(ctx, &p), &(dl_augment_opts){.field = LABEL}));
    expect_error(ctx, DL_EDTYPE, "dataset_augment: field \"label\" is i64");
    assert_null(dl_dataset_augment(pictures_dataset(ctx, &p), &(dl_augment_opts){.flip = 3}));
    expect_error(ctx, DL_EINVAL, "dataset_augment: flip is 3");
    assert_null(dl_dataset_augment(pictures_dataset(ctx, &p), &(dl_augment_opts){.cutout = -7}));
    expect_error(ctx, DL_EINVAL, "dataset_cutout: size is -7");
    assert_null(dl_dataset_augment(pictures_dataset(ctx, &p), &(dl_augment_opts){.mean = mean}));
    expect_error(ctx, DL_EINVAL, "dataset_normalize: mean or std is NULL");
    assert_null(dl_dataset_augment(NULL, NULL));
    assert_int_equal(atomic_load(&p.freed), 4);
}

static dl_status make(dl_ctx *ctx, void *user)
{
    dl_dataset_drop(everything(dl_dataset_keep(user)));
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    pictures p;
    pictures_init(&p, 4);
    dl_dataset *d = pictures_dataset(ctx, &p);
    assert_true(fault_loop(ctx, make, NULL, d) > 40);
    dl_dataset_drop(d);
}

/* Adds the bytes of the next batches to h, up to the end of the epoch. */
static void read_epoch(dl_ctx *ctx, dl_loader *l, dl__sha256 *h)
{
    for (int more = 1; more;) {
        dl_tensor *f[2];
        int32_t mark = dl_scope_begin(ctx);
        more = dl_loader_next(l, f, 2);
        assert_in_range(more, 0, 1);
        for (int k = 0; k < 2 && more; k++)
            dl__sha256_add(h, dl_tensor_data(f[k]),
                           (size_t)dl_tensor_count(f[k]) * dl_dtype_size(dl_tensor_dtype(f[k])));
        dl_scope_end(ctx, mark);
    }
}

static void three_epochs(int32_t threads, const dl_loader_opts *o, char text[DL__SHA256_TEXT])
{
    dl_ctx *ctx = make_ctx(threads);
    pictures p;
    uint8_t sum[DL__SHA256];
    dl__sha256 h;
    pictures_init(&p, 60);
    dl_dataset *d = everything(pictures_dataset(ctx, &p));
    dl_loader *l = dl_loader_new(d, o);
    dl__sha256_begin(&h);
    for (int epoch = 0; epoch < 3; epoch++)
        read_epoch(ctx, l, &h);
    dl__sha256_end(&h, sum);
    dl__sha256_text(text, sum);
    dl_loader_drop(l);
    dl_dataset_drop(d);
    end_ctx(ctx);
}

/* Part of the promise of same bits: a program that is run again next year sees the same pictures.
 * A change here is one of all augmented training runs. */
static void three_epochs_have_these_bytes(void **state)
{
    (void)state;
    static const char wanted[] = "f4519ca44626d3c365dcd698814073878aba4cc8f103a07b626fd9d47d65f5fa";
    char text[DL__SHA256_TEXT];
    for (int32_t workers = 0; workers < 5; workers++) {
        const dl_loader_opts o = {.batch = 7, .shuffle = 1, .workers = workers};
        three_epochs(1 + workers % 3, &o, text);
        assert_string_equal(text, wanted);
    }
}

/* Going on in the middle, with other workers, gives what was to come. */
static void any_place_can_be_gone_on_from(void **state)
{
    dl_ctx *ctx = *state;
    pictures p;
    pictures_init(&p, 30);
    dl_dataset *d = everything(pictures_dataset(ctx, &p));
    dl_loader *one = dl_loader_new(d, &(dl_loader_opts){.batch = 8, .shuffle = 1});
    dl_loader *two = dl_loader_new(d, &(dl_loader_opts){.batch = 8, .shuffle = 1, .workers = 2});
    for (int64_t epoch = 0; epoch < 2; epoch++)
        for (int64_t at = 3; at >= 0; at--) {
            dl__sha256 h[2];
            uint8_t sum[2][DL__SHA256];
            dl_loader *const l[] = {one, two};
            for (int k = 0; k < 2; k++) {
                dl__sha256_begin(&h[k]);
                assert_int_equal(dl_loader_seek(l[k], epoch, at), DL_OK);
                read_epoch(ctx, l[k], &h[k]);
                dl__sha256_end(&h[k], sum[k]);
            }
            assert_memory_equal(sum[0], sum[1], DL__SHA256);
        }
    dl_loader_drop(two);
    dl_loader_drop(one);
    dl_dataset_drop(d);
}

/* A worker fails in the depth of a chain, others are busy, and the loader is dropped, gone on with
 * or cancelled. */
static void failures_of_workers_are_those_of_the_loader(void **state)
{
    dl_ctx *ctx = *state;
    pictures p;
    dl_tensor *f[2];
    pictures_init(&p, 64);
    dl_dataset *d = usual(pictures_dataset(ctx, &p), 0);
    dl_loader *l = dl_loader_new(d, &(dl_loader_opts){.batch = 4, .workers = 3});
    atomic_store(&p.broken, 9);
    assert_int_equal(dl_loader_next(l, f, 2), 1);
    assert_int_equal(dl_loader_next(l, f, 2), 1);
    assert_int_equal(dl_loader_next(l, f, 2), DL_EIO);
    expect_error(ctx, DL_EIO, "dataset cutout: example 9: dataset pictures: example 9: the film");
    assert_int_equal(dl_loader_next(l, f, 2), DL_EIO);
    expect_error(ctx, DL_EIO, "the film is torn");
    atomic_store(&p.broken, -1);
    assert_int_equal(dl_loader_next(l, f, 2), 1);
    dl_ctx_cancel(ctx);
    assert_int_equal(dl_loader_next(l, f, 2), DL_EUSER);
    expect_error(ctx, DL_EUSER, "cancelled");
    dl_loader_drop(l); /* while threads load */
    dl_dataset_drop(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(it_is_the_wrappers_in_their_order),
        with_ctx(all_off_is_the_dataset_itself),
        with_ctx(wrong_settings_are_refused),
        with_ctx(any_allocation_may_fail),
        cmocka_unit_test(three_epochs_have_these_bytes),
        with_ctx(any_place_can_be_gone_on_from),
        with_ctx(failures_of_workers_are_those_of_the_loader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
