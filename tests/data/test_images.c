/* Folders of pictures. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "support/support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "core/bytes.h"
#include "dl/data.h"
#include "dl/image.h"
#include "support/golden_image.h"
#include "support/scratch.h"

/* A folder of this test, with folders in it. */
static int begin(void **state)
{
    return scratch_setup_ctx(state);
}

static int finish(void **state)
{
    char command[128];
    int failed = teardown_ctx(state);
    snprintf(command, sizeof command, "rm -rf '%s'", scratch_folder());
    return system(command) || failed;
}
#define in_folder(test) cmocka_unit_test_setup_teardown(test, begin, finish)

static void make_folder(const char *name)
{
    assert_int_equal(mkdir(scratch_at(name), 0777), 0);
}

/* A PNG file of h x w pixels of one colour. */
static void put(dl_ctx *ctx, const char *name, int64_t h, int64_t w, double red)
{
    dl_tensor *t = dl_tensor_zeros(ctx, DL_U8, DL_SHAPE(3, h, w));
    unsigned char *p = dl_tensor_edit(t);
    for (int64_t i = 0; i < h * w; i++)
        p[i] = (unsigned char)red;
    assert_int_equal(dl_image_write_png(t, scratch_at(name)), DL_OK);
    dl_tensor_drop(t);
}

/* cat: b 10, a 20; dog: in a folder of its own 30. */
static void put_pets(dl_ctx *ctx)
{
    make_folder("dog");
    make_folder("dog/deep");
    make_folder("cat");
    put(ctx, "cat/b.png", 4, 6, 10);
    put(ctx, "cat/a.PNG", 4, 6, 20);
    put(ctx, "dog/deep/c.png", 4, 6, 30);
}

/* Example i has this red everywhere, and this label. */
static void expect_example(dl_dataset *d, int64_t i, double red, double label)
{
    dl_tensor *got[2];
    assert_int_equal(dl_dataset_get(d, i, 0, got, 2), DL_OK);
    const float *p = dl_tensor_data(got[0]);
    const int64_t plane = dl_tensor_dim(got[0], 1) * dl_tensor_dim(got[0], 2);
    for (int64_t k = 0; k < plane; k++)
        assert_true(p[k] == (float)red / 255.0f && p[plane + k] == 0);
    assert_int_equal(dl_tensor_dtype(got[1]), DL_I64);
    assert_values(got[1], label);
}

static void folders_are_classes_and_files_are_sorted(void **state)
{
    dl_ctx *ctx = *state;
    put_pets(ctx);
    for (int keep = 0; keep < 2; keep++) {
        dl_dataset *d = dl_dataset_images(ctx, scratch_folder(),
                                          &(dl_image_folder_opts){.keep_in_memory = keep});
        expect_ok(ctx);
        assert_int_equal(dl_dataset_size(d), 3);
        assert_int_equal(dl_dataset_classes(d), 2);
        assert_string_equal(dl_dataset_class_name(d, 0), "cat");
        assert_string_equal(dl_dataset_class_name(d, 1), "dog");
        expect_example(d, 0, 20, 0);
        expect_example(d, 1, 10, 0);
        expect_example(d, 2, 30, 1);
        assert_string_equal(dl_image_folder_path(d, 0) + strlen(scratch_folder()), "/cat/a.PNG");
        assert_null(dl_image_folder_path(d, 3));
        assert_null(dl_image_folder_path(d, -1));
        assert_int_equal(dl_image_folder_skipped(d), 0);
        dl_tensor *got[2];
        assert_int_equal(dl_dataset_get(d, 0, 0, got, 2), DL_OK);
        assert_shape(got[0], 3, 4, 6);
        dl_dataset_drop(d);
    }
    assert_int_equal(dl_image_folder_skipped(NULL), -1);
    assert_null(dl_image_folder_path(NULL, 0));
}

static void other_files_are_passed_over_and_loops_end(void **state)
{
    dl_ctx *ctx = *state;
    put_pets(ctx);
    scratch_put(scratch_at("readme.txt"), "x", 1);
    scratch_put(scratch_at("cat/notes.txt"), "x", 1);
    scratch_put(scratch_at("cat/.hidden.png"), "x", 1);
    scratch_put(scratch_at("cat/png"), "x", 1);
    scratch_put(scratch_at("cat/.png"), "x", 1);
    make_folder(".git");
    assert_int_equal(symlink("..", scratch_at("dog/deep/up")), 0);
    assert_int_equal(symlink("nowhere.png", scratch_at("dog/lost.png")), 0);
    assert_int_equal(symlink("../cat/b.png", scratch_at("dog/link.png")), 0);
    assert_int_equal(symlink("cat", scratch_at("kitten")), 0);
    dl_dataset *d = dl_dataset_images(ctx, scratch_folder(), NULL);
    expect_ok(ctx);
    assert_int_equal(dl_dataset_size(d), 6); /* 2 cats, c.png and the link, 2 kittens */
    assert_int_equal(dl_dataset_classes(d), 3);
    expect_example(d, 3, 10, 1);
    expect_example(d, 4, 20, 2);
    dl_dataset_drop(d);
    assert_int_equal(symlink(".", scratch_at("loop")), 0); /* the folder is a class of itself */
    d = dl_dataset_images(ctx, scratch_folder(), NULL);
    assert_int_equal(dl_dataset_size(d), 10);
    dl_dataset_drop(d);
}

/* Each way is the same as reading, resizing and cutting by hand. */
static void pictures_are_fitted(void **state)
{
    dl_ctx *ctx = *state;
    dl_safetensors *s = golden_images(ctx);
    dl_tensor *file = golden_image(s, "file", "jpeg_420"); /* 35 x 50 */
    make_folder("a");
    scratch_put(scratch_at("a/x.jpg"), dl_tensor_data(file), (size_t)dl_tensor_count(file));
    dl_tensor *t = dl_tensor_give(dl_image_read(ctx, scratch_at("a/x.jpg"), NULL));
    static const struct {
        dl_image_folder_opts o;
        int64_t h, w; /* resized to */
    } cases[] = {
        {{.h = 16, .w = 16}, 16, 22},
        {{.h = 16, .w = 30}, 21, 30},
        {{.h = 40, .w = 10}, 40, 57},
        {{.h = 16, .w = 16, .shorter = 20}, 20, 28},
        {{.h = 9, .w = 30, .fit = DL_FIT_SQUASH}, 9, 30},
        {{.h = 35, .w = 50}, 35, 50},
        {{.h = 35, .w = 20}, 35, 50},
        {{.h = 0}, 35, 50},
        {{.h = 16, .w = 16, .channels = 1}, 16, 22},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const dl_image_folder_opts *o = &cases[i].o;
        dl_dataset *d = dl_dataset_images(ctx, scratch_folder(), o);
        expect_ok(ctx);
        dl_tensor *got[2], *from = t;
        if (o->channels == 1)
            from = dl_tensor_give(
                dl_image_read(ctx, scratch_at("a/x.jpg"), &(dl_image_opts){.channels = 1}));
        dl_tensor *wanted = dl_tensor_give(dl_image_resize(from, cases[i].h, cases[i].w));
        if (o->h)
            wanted = dl_tensor_give(dl_image_center_crop(wanted, o->h, o->w));
        assert_int_equal(dl_dataset_get(d, 0, 0, got, 2), DL_OK);
        const unsigned char *p = dl_tensor_data(wanted);
        const float *q = dl_tensor_data(got[0]);
        assert_int_equal(dl_tensor_count(got[0]), dl_tensor_count(wanted));
        for (int64_t k = 0; k < dl_tensor_count(wanted); k++)
            assert_true(q[k] == (float)p[k] / 255.0f);
        dl_dataset_drop(d);
    }
    dl_safetensors_drop(s);
}

/* PNG and JPEG in turn, each of its own colour, read by as many threads as there are. */
static void a_loader_gives_the_same_on_any_number_of_threads(void **state)
{
    dl_ctx *ctx = *state;
    enum { N = 64, BATCH = 32 };
    dl_safetensors *s = golden_images(ctx);
    static const char *const kinds[] = {"jpeg_420", "jpeg_progressive_420", "jpeg_restart"};
    make_folder("all");
    for (int i = 0; i < N; i++) {
        char name[32];
        snprintf(name, sizeof name, "all/%02d.%s", i, i % 2 ? "jpg" : "png");
        dl_tensor *file = golden_image(s, "file", kinds[i / 2 % 3]);
        if (i % 2)
            scratch_put(scratch_at(name), dl_tensor_data(file), (size_t)dl_tensor_count(file));
        else
            put(ctx, name, 20 + i, 90 - i, i);
    }
    dl_dataset *d =
        dl_dataset_images(ctx, scratch_folder(), &(dl_image_folder_opts){.h = 16, .w = 20});
    expect_ok(ctx);
    dl_tensor *first[N / BATCH][2], *got[2];
    for (int workers = 0; workers <= 8; workers++) {
        dl_loader *l = dl_loader_new(d, &(dl_loader_opts){.batch = BATCH, .workers = workers});
        for (int k = 0; k < N / BATCH; k++) {
            assert_int_equal(dl_loader_next(l, workers ? got : first[k], 2), 1);
            assert_same_bits((workers ? got : first[k])[0], first[k][0]);
        }
        dl_loader_drop(l);
    }
    for (int i = 0; i < N; i += 2) /* the one that is asked for */
        expect_example(d, i, i, 0);
    dl_dataset_drop(d);
    dl_safetensors_drop(s);
}

static int told;
static void count(void *user, int32_t level, const char *message)
{
    (void)user;
    told += level == 1 && strstr(message, "skipped") != NULL;
}

static void broken_files_are_errors_or_left_out(void **state)
{
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.log = count, .threads = 1});
    (void)state;
    put_pets(ctx);
    unsigned char file[1024];
    size_t n = scratch_get(scratch_at("cat/b.png"), file, sizeof file);
    file[n - 20] ^= 1; /* its data: the front is as it was */
    scratch_put(scratch_at("cat/damaged.png"), file, n);
    dl_dataset *d = dl_dataset_images(ctx, scratch_folder(), NULL);
    expect_ok(ctx);
    dl_tensor *got[2];
    assert_int_equal(dl_dataset_get(d, 2, 0, got, 2), DL_EFORMAT);
    expect_error(ctx, DL_EFORMAT, "cat/damaged.png: PNG: the checksum");
    dl_dataset_drop(d);
    for (int i = 0; i < 1000; i++) {
        char name[32];
        snprintf(name, sizeof name, "dog/x%d.jpg", i);
        scratch_put(scratch_at(name), "\xff\xd8\xff", (size_t)(i % 4));
    }
    assert_null(dl_dataset_images(ctx, scratch_folder(), NULL));
    expect_error(ctx, DL_EFORMAT, "dog/x0.jpg: has 0 bytes");
    for (int keep = 0; keep < 2; keep++) {
        told = 0;
        d = dl_dataset_images(ctx, scratch_folder(),
                              &(dl_image_folder_opts){.skip_broken = 1, .keep_in_memory = keep});
        expect_ok(ctx);
        assert_int_equal(dl_dataset_size(d), 3);
        assert_int_equal(dl_image_folder_skipped(d), 1001);
        assert_int_equal(told, 1001);
        expect_example(d, 0, 20, 0);
        expect_example(d, 1, 10, 0);
        expect_example(d, 2, 30, 1);
        dl_dataset_drop(d);
    }
    unlink(scratch_at("cat/a.PNG"));
    unlink(scratch_at("cat/b.png"));
    unlink(scratch_at("dog/deep/c.png"));
    assert_null(
        dl_dataset_images(ctx, scratch_folder(), &(dl_image_folder_opts){.skip_broken = 1}));
    expect_error(ctx, DL_EFORMAT, "has no picture that can be read");
    end_ctx(ctx);
}

/* A file of a few bytes that claims very many pixels costs no memory, one that is larger and broken
 * only until it is known to be; neither decides the size of the others. */
static void sizes_are_not_believed_without_bytes(void **state)
{
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.memory_limit = 8 << 20, .threads = 2});
    (void)state;
    put_pets(ctx);
    static unsigned char file[64 << 10];
    size_t n = scratch_get(scratch_at("cat/b.png"), file, sizeof file);
    static const unsigned char side[4] = {0, 0, 0x27, 0x10}; /* 10000 */
    memcpy(file + 16, side, 4);
    memcpy(file + 20, side, 4);
    dl__store_be32(file + 29, (uint32_t)crc32(0, file + 12, 17));
    scratch_put(scratch_at("cat/Huge.png"), file, n);
    put(ctx, "cat/Large.png", 400, 900, 0);
    n = scratch_get(scratch_at("cat/Large.png"), file, sizeof file);
    file[n - 20] ^= 1;
    scratch_put(scratch_at("cat/Large.png"), file, n);
    dl_tensor *got[2];
    int64_t bytes[2];
    for (int turn = 0; turn < 2; turn++) {
        for (int kept = 0; kept < 2; kept++) {
            dl_dataset *d = dl_dataset_images(
                ctx, scratch_folder(),
                &(dl_image_folder_opts){.skip_broken = 1, .keep_in_memory = kept});
            expect_ok(ctx);
            assert_int_equal(dl_image_folder_skipped(d), turn ? 0 : 2);
            expect_example(d, 1, 10, 0);
            assert_int_equal(dl_dataset_get(d, 0, 0, got, 2), DL_OK);
            assert_shape(got[0], 3, 4, 6);
            if (!kept)
                bytes[turn] = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
            dl_dataset_drop(d);
        }
        if (turn == 0) {
            assert_null(dl_dataset_images(ctx, scratch_folder(), NULL));
            expect_error(ctx, DL_EFORMAT, "bytes of data cannot hold 10000 x 10000 pixels");
            unlink(scratch_at("cat/Huge.png"));
            unlink(scratch_at("cat/Large.png"));
        }
    }
    assert_true(bytes[0] < bytes[1] + 4096);
    end_ctx(ctx);
}

/* Of a JPEG the size may stand behind much else; what is no picture is not read to its end. */
static void the_size_may_stand_far_behind(void **state)
{
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.memory_limit = 4 << 20, .threads = 1});
    (void)state;
    dl_safetensors *s = golden_images(ctx);
    dl_tensor *jpeg = golden_image(s, "file", "jpeg_420");
    enum { TEXTS = 10, TEXT = 60000, LARGE = 16 << 20 };
    const size_t n = (size_t)dl_tensor_count(jpeg);
    unsigned char *file = calloc(1, LARGE);
    const unsigned char *from = dl_tensor_data(jpeg);
    memcpy(file, from, 2);
    size_t at = 2;
    for (int i = 0; i < TEXTS; i++, at += TEXT + 2)
        memcpy(file + at, "\xff\xfe\xea\x60", 4);
    memcpy(file + at, from + 2, n - 2);
    make_folder("a");
    scratch_put(scratch_at("a/x.jpg"), file, at + n - 2);
    file[0] = 'x';
    scratch_put(scratch_at("a/long\x1b.jpg"), file, LARGE);
    assert_null(dl_dataset_images(ctx, scratch_folder(), NULL));
    expect_error(ctx, DL_EFORMAT, "a/long\\x1b.jpg: is neither JPEG");
    dl_dataset *d =
        dl_dataset_images(ctx, scratch_folder(), &(dl_image_folder_opts){.skip_broken = 1});
    dl_tensor *got[2];
    assert_int_equal(dl_dataset_get(d, 0, 0, got, 2), DL_OK);
    assert_shape(got[0], 3, 35, 50);
    assert_int_equal(dl_image_folder_skipped(d), 1);
    dl_dataset_drop(d);
    free(file);
    dl_safetensors_drop(s);
    end_ctx(ctx);
}

static void cancel_at_first(void *user, int32_t level, const char *message)
{
    (void)level;
    (void)message;
    dl_ctx_cancel(*(dl_ctx **)user);
}

static void cancelling_stops_the_reading_of_files(void **state)
{
    (void)state;
    dl_ctx *ctx = NULL;
    const dl_ctx_opts co = {.log = cancel_at_first, .log_user = &ctx};
    ctx = dl_ctx_new(&co);
    put_pets(ctx);
    dl_ctx_cancel(ctx);
    assert_null(dl_dataset_images(ctx, scratch_folder(), NULL));
    expect_error(ctx, DL_EUSER, "dataset_images: cancelled");
    /* While one is skipped, as it is looked at, and as it is decoded. */
    for (int front = 0; front < 2; front++) {
        char bytes[4096];
        const size_t n = scratch_get(scratch_at("cat/a.PNG"), bytes, sizeof bytes);
        scratch_put(scratch_at("cat/aa.png"), bytes, front ? 4 : n - 20);
        assert_null(
            dl_dataset_images(ctx, scratch_folder(), &(dl_image_folder_opts){.skip_broken = 1}));
        assert_int_equal(dl_ctx_cancelled(ctx), 1);
        expect_error(ctx, DL_EUSER, "dataset_images: cancelled");
    }
    end_ctx(ctx);
}

static void a_file_that_changed_is_an_error(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *got[2];
    put_pets(ctx);
    dl_dataset *d =
        dl_dataset_images(ctx, scratch_folder(), &(dl_image_folder_opts){.h = 4, .w = 4});
    put(ctx, "cat/b.png", 40, 60, 10);
    assert_int_equal(dl_dataset_get(d, 1, 0, got, 2), DL_EFORMAT);
    expect_error(ctx, DL_EFORMAT, "since the dataset was made");
    unlink(scratch_at("cat/b.png"));
    assert_int_equal(dl_dataset_get(d, 1, 0, got, 2), DL_EIO);
    expect_error(ctx, DL_EIO, "cat/b.png: cannot open");
    expect_example(d, 0, 20, 0);
    dl_dataset_drop(d);
}

static void classes_may_be_given(void **state)
{
    dl_ctx *ctx = *state;
    put_pets(ctx);
    static const char *const names[] = {"emu", "dog", "cat"};
    dl_image_folder_opts o = {.classes = names, .n_classes = 3};
    dl_dataset *d = dl_dataset_images(ctx, scratch_folder(), &o);
    expect_ok(ctx);
    assert_int_equal(dl_dataset_classes(d), 3);
    expect_example(d, 0, 30, 1);
    expect_example(d, 1, 20, 2);
    dl_dataset_drop(d);
    o.n_classes = 2;
    assert_null(dl_dataset_images(ctx, scratch_folder(), &o));
    expect_error(ctx, DL_EFORMAT, "class \"cat\" is not among the 2 that were given");
}

static void folders_deep_in_each_other_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    char name[256] = "cat";
    put_pets(ctx);
    for (int depth = 1; depth <= 33; depth++) {
        strcat(name, "/d");
        make_folder(name);
        dl_dataset *d = dl_dataset_images(ctx, scratch_folder(), NULL);
        if (depth <= 32)
            assert_non_null(d);
        else
            assert_null(d);
        dl_dataset_drop(d);
    }
    expect_error(ctx, DL_ELIMIT, "folders stand in each other more than 32 deep");
}

static void folders_without_what_is_wanted_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_dataset_images(ctx, scratch_folder(), NULL));
    expect_error(ctx, DL_EFORMAT, "has no folders, one for each class is wanted");
    put_pets(ctx);
    make_folder("empty");
    assert_null(dl_dataset_images(ctx, scratch_folder(), NULL));
    expect_error(ctx, DL_EFORMAT, "/empty: has no pictures (.jpg, .jpeg, .png, .bmp)");
    assert_null(dl_dataset_images(ctx, "nowhere", NULL));
    expect_error(ctx, DL_EIO, "nowhere: cannot open as a folder");
    const struct {
        dl_image_folder_opts o;
        const char *says;
    } cases[] = {
        {{.h = -1, .w = 1}, "the size is -1 x 1"},
        {{.h = 1}, "the size is 1 x 0"},
        {{.h = 1, .w = 65537}, "the size is 1 x 65537"},
        {{.fit = 2}, "fit is 2"},
        {{.shorter = 4}, "shorter is 4"},
        {{.h = 5, .w = 4, .shorter = 4}, "shorter is 4"},
        {{.h = 4, .w = 4, .shorter = 4, .fit = DL_FIT_SQUASH}, "shorter is 4"},
        {{.channels = 2}, "channels is 2"},
        {{.max_pixels = -1}, "max_pixels is -1"},
        {{.n_classes = 1}, "1 classes, and the list is NULL"},
        {{.n_classes = -1}, "-1 classes"},
        {{.classes = (const char *[]){"a", NULL}, .n_classes = 2}, "class 1 is NULL"},
        {{.classes = (const char *[]){""}, .n_classes = 1}, "class 0 is , it wants the name of"},
        {{.classes = (const char *[]){".."}, .n_classes = 1}, "class 0 is .."},
        {{.classes = (const char *[]){"a/b"}, .n_classes = 1}, "class 0 is a/b"},
        {{.classes = (const char *[]){"a", "b", "a"}, .n_classes = 3},
         "classes 0 and 2 are both a"},
        {{.reserved = {1}}, "reserved"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_null(dl_dataset_images(ctx, scratch_folder(), &cases[i].o));
        expect_error(ctx, DL_EINVAL, cases[i].says);
    }
    assert_null(dl_dataset_images(ctx, NULL, NULL));
    expect_error(ctx, DL_EINVAL, "the folder is NULL");
    assert_null(dl_dataset_images(ctx, "", NULL));
    expect_error(ctx, DL_EINVAL, "the folder is empty");
    assert_null(dl_dataset_images(NULL, "a", NULL));
}

static dl_status open_it(dl_ctx *ctx, void *user)
{
    dl_dataset_drop(dl_dataset_images(ctx, scratch_folder(), user));
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    static const char *const names[] = {"dog", "cat"};
    put_pets(ctx);
    dl_image_folder_opts o[] = {
        {.h = 3, .w = 3, .skip_broken = 1, .classes = names, .n_classes = 2},
        {.keep_in_memory = 1}};
    for (int i = 0; i < 2; i++)
        assert_true(fault_loop(ctx, open_it, NULL, &o[i]) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(folders_are_classes_and_files_are_sorted),
        in_folder(other_files_are_passed_over_and_loops_end),
        in_folder(pictures_are_fitted),
        in_folder(a_loader_gives_the_same_on_any_number_of_threads),
        in_folder(broken_files_are_errors_or_left_out),
        in_folder(sizes_are_not_believed_without_bytes),
        in_folder(the_size_may_stand_far_behind),
        in_folder(cancelling_stops_the_reading_of_files),
        in_folder(a_file_that_changed_is_an_error),
        in_folder(classes_may_be_given),
        in_folder(folders_deep_in_each_other_are_refused),
        in_folder(folders_without_what_is_wanted_are_refused),
        in_folder(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
