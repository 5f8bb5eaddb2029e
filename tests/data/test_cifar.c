/* The binary files of CIFAR-10 and CIFAR-100. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "support/support.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "dl/data.h"
#include "support/fault_io.h"
#include "support/scratch.h"

enum { PIXELS = 3072, MOST = 3 * (PIXELS + 2) };
static const char *const batches[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                      "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};

/* n records with these label bytes (`labels` for each); pixel k of record i is i + k + salt. */
static size_t records(unsigned char *to, const char *label, int labels, int n, int salt)
{
    unsigned char *p = to;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < labels; k++)
            *p++ = (unsigned char)label[i * labels + k];
        for (int k = 0; k < PIXELS; k++)
            *p++ = (unsigned char)(i + k + salt);
    }
    return (size_t)(p - to);
}

static void put(const char *name, const char *label, int labels, int n, int salt)
{
    unsigned char file[MOST];
    scratch_put(scratch_at(name), file, records(file, label, labels, n, salt));
}

/* Two records in each batch, labels 0 1, 2 3, ... */
static void put_cifar10(void)
{
    for (int i = 0; i < 6; i++)
        put(batches[i], (const char[]){(char)(2 * i % 10), (char)((2 * i + 1) % 10)}, 1, 2, 10 * i);
}

static void expect_example(dl_dataset *d, int64_t i, int first, double label)
{
    dl_tensor *got[2];
    assert_int_equal(dl_dataset_get(d, i, 0, got, 2), DL_OK);
    assert_int_equal(dl_tensor_dtype(got[0]), DL_F32);
    assert_shape(got[0], 3, 32, 32);
    const float *pixel = dl_tensor_data(got[0]);
    for (int k = 0; k < PIXELS; k++)
        assert_true(pixel[k] == (float)(unsigned char)(first + k) / 255.0f);
    assert_int_equal(dl_tensor_dtype(got[1]), DL_I64);
    assert_int_equal(dl_tensor_ndim(got[1]), 0);
    assert_values(got[1], label);
}

static void five_batches_become_the_training_set(void **state)
{
    dl_ctx *ctx = *state;
    put_cifar10();
    dl_dataset *d = dl_dataset_cifar10(ctx, scratch_folder(), DL_TRAIN);
    assert_int_equal(dl_dataset_size(d), 10);
    assert_string_equal(dl_dataset_field_name(d, 0), "image");
    assert_string_equal(dl_dataset_field_name(d, 1), "label");
    for (int i = 0; i < 10; i++)
        expect_example(d, i, 10 * (i / 2) + i % 2, i);
    dl_dataset_drop(d);
    d = dl_dataset_cifar10(ctx, scratch_folder(), DL_TEST);
    assert_int_equal(dl_dataset_size(d), 2);
    expect_example(d, 1, 51, 1);
    dl_dataset_drop(d);
}

static void classes_have_names(void **state)
{
    dl_ctx *ctx = *state;
    put_cifar10();
    dl_dataset *d = dl_dataset_cifar10(ctx, scratch_folder(), DL_TEST);
    assert_int_equal(dl_dataset_classes(d), 10);
    assert_string_equal(dl_dataset_class_name(d, 0), "airplane");
    assert_string_equal(dl_dataset_class_name(d, 9), "truck");
    assert_null(dl_dataset_class_name(d, 10));
    assert_null(dl_dataset_class_name(d, -1));
    dl_dataset *part = dl_dataset_subset(d, (const int64_t[]){0}, 1);
    dl_dataset *both = dl_dataset_concat((dl_dataset *[]){part, part}, 2);
    assert_int_equal(dl_dataset_classes(both), 10);
    assert_string_equal(dl_dataset_class_name(both, 3), "cat");
    dl_dataset_drop(part);
    dl_dataset_drop(both);
    static const char own[] = "a\n b \r\nc\nd\ne\n\nf\ng\nh\ni\nj j";
    scratch_put(scratch_at("batches.meta.txt"), own, sizeof own - 1);
    d = dl_dataset_cifar10(ctx, scratch_folder(), DL_TEST);
    assert_string_equal(dl_dataset_class_name(d, 1), "b");
    assert_string_equal(dl_dataset_class_name(d, 9), "j j");
    dl_dataset_drop(d);
    scratch_put(scratch_at("batches.meta.txt"), own, 4);
    assert_null(dl_dataset_cifar10(ctx, scratch_folder(), DL_TEST));
    expect_error(ctx, DL_EFORMAT, "batches.meta.txt: has 2 names of classes, 10 are wanted");
    assert_int_equal(dl_dataset_classes(NULL), -1);
    assert_null(dl_dataset_class_name(NULL, 0));
}

static void cifar100_gives_fine_labels_coarse_ones_or_both(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *got[3];
    put("train.bin", "\x13\x63\x00\x05", 2, 2, 0);
    put("test.bin", "\x01\x02", 2, 1, 7);
    dl_dataset *d = dl_dataset_cifar100(ctx, scratch_folder(), DL_TRAIN, NULL);
    assert_int_equal(dl_dataset_size(d), 2);
    assert_int_equal(dl_dataset_field_count(d), 2);
    expect_example(d, 0, 0, 99);
    expect_example(d, 1, 1, 5);
    assert_int_equal(dl_dataset_classes(d), 100);
    assert_string_equal(dl_dataset_class_name(d, 99), "worm");
    dl_dataset_drop(d);
    dl_cifar100_opts o = {.labels = DL_CIFAR_COARSE};
    d = dl_dataset_cifar100(ctx, scratch_folder(), DL_TRAIN, &o);
    expect_example(d, 0, 0, 19);
    assert_int_equal(dl_dataset_classes(d), 20);
    assert_string_equal(dl_dataset_class_name(d, 19), "vehicles_2");
    dl_dataset_drop(d);
    o.labels = DL_CIFAR_BOTH;
    d = dl_dataset_cifar100(ctx, scratch_folder(), DL_TEST, &o);
    assert_int_equal(dl_dataset_field_count(d), 3);
    assert_string_equal(dl_dataset_field_name(d, 2), "coarse");
    expect_example(d, 0, 7, 2);
    assert_int_equal(dl_dataset_get(d, 0, 0, got, 3), DL_OK);
    assert_values(got[2], 1);
    assert_int_equal(dl_dataset_classes(d), 100);
    dl_dataset_drop(d);
    o.labels = 3;
    assert_null(dl_dataset_cifar100(ctx, scratch_folder(), DL_TEST, &o));
    expect_error(ctx, DL_EINVAL, "labels is 3");
    o = (dl_cifar100_opts){.reserved = {0, 1}};
    assert_null(dl_dataset_cifar100(ctx, scratch_folder(), DL_TEST, &o));
    expect_error(ctx, DL_EINVAL, "reserved");
}

/* The folder above the files is as good as their own. */
static void the_folder_above_will_do(void **state)
{
    dl_ctx *ctx = *state;
    char name[64];
    assert_int_equal(mkdir(scratch_at("cifar-10-batches-bin"), 0777), 0);
    assert_int_equal(mkdir(scratch_at("cifar-100-binary"), 0777), 0);
    put("cifar-10-batches-bin/test_batch.bin", "\x04", 1, 1, 0);
    put("cifar-100-binary/test.bin", "\x04\x05", 2, 1, 0);
    strcpy(name, scratch_folder());
    dl_dataset *d = dl_dataset_cifar10(ctx, name, DL_TEST);
    expect_example(d, 0, 0, 4);
    dl_dataset_drop(d);
    d = dl_dataset_cifar100(ctx, name, DL_TEST, NULL);
    expect_example(d, 0, 0, 5);
    dl_dataset_drop(d);
    unlink(scratch_at("cifar-10-batches-bin/test_batch.bin"));
    unlink(scratch_at("cifar-100-binary/test.bin"));
}

/* The bytes of a gzip file. */
static size_t pack(const unsigned char *from, size_t n, unsigned char *to, size_t cap)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)from,
                  .avail_in = (uInt)n,
                  .next_out = to,
                  .avail_out = (uInt)cap};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return cap - z.avail_out;
}

static void packed_files_are_read(void **state)
{
    dl_ctx *ctx = *state;
    unsigned char plain[MOST], packed[MOST];
    size_t n = records(plain, "\x01\x02\x03", 1, 3, 5);
    size_t m = pack(plain, n, packed, sizeof packed);
    scratch_put(scratch_at("test_batch.bin.gz"), packed, m);
    dl_dataset *d = dl_dataset_cifar10(ctx, scratch_folder(), DL_TEST);
    assert_int_equal(dl_dataset_size(d), 3);
    for (int i = 0; i < 3; i++)
        expect_example(d, i, 5 + i, 1 + i);
    dl_dataset_drop(d);
    m = pack(plain, n - 1, packed, sizeof packed);
    scratch_put(scratch_at("test_batch.bin.gz"), packed, m);
    assert_null(dl_dataset_cifar10(ctx, scratch_folder(), DL_TEST));
    expect_error(ctx, DL_EFORMAT, "has 9218 bytes, not a multiple of the 3073");
    scratch_put(scratch_at("test_batch.bin.gz"), packed, m - 9);
    assert_null(dl_dataset_cifar10(ctx, scratch_folder(), DL_TEST));
    expect_error(ctx, DL_EFORMAT, "cut off");
}

static void what_is_no_whole_record_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    unsigned char file[MOST];
    static const struct {
        size_t n;
        const char *says;
    } cases[] = {
        {0, "test_batch.bin: has 0 bytes"},
        {1, "has 1 bytes, not a multiple of the 3073 of a CIFAR-10 record: 1 are over"},
        {3072, "3072 are over"},
        {3074, "1 are over; it is of the size of CIFAR-100"},
        {6145, "has 6145 bytes, not a multiple of the 3073 of a CIFAR-10 record: 3072 are over"},
    };
    records(file, "\x01\x02\x03", 1, 3, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scratch_put(scratch_at("test_batch.bin"), file, cases[i].n);
        assert_null(dl_dataset_cifar10(ctx, scratch_folder(), DL_TEST));
        expect_error(ctx, DL_EFORMAT, cases[i].says);
    }
    scratch_put(scratch_at("test.bin"), file, 3073);
    assert_null(dl_dataset_cifar100(ctx, scratch_folder(), DL_TEST, NULL));
    expect_error(ctx, DL_EFORMAT,
                 "not a multiple of the 3074 of a CIFAR-100 record: 3073 are over; it is of the "
                 "size of CIFAR-10");
}

static void files_of_other_kinds_are_recognised(void **state)
{
    dl_ctx *ctx = *state;
    unsigned char file[MOST] = "\x80\x04";
    scratch_put(scratch_at("test_batch.bin"), file, 1000);
    assert_null(dl_dataset_cifar10(ctx, scratch_folder(), DL_TEST));
    expect_error(ctx, DL_EFORMAT, "the version for Python: the binary version is wanted");
    scratch_put(scratch_at("test_batch.bin"), file, 3073); /* by its size it could be one */
    assert_null(dl_dataset_cifar10(ctx, scratch_folder(), DL_TEST));
    expect_error(ctx, DL_EFORMAT, "the version for Python");
    static const char page[] = "<!DOCTYPE html><html><body>404</body></html>";
    scratch_put(scratch_at("test_batch.bin"), page, sizeof page);
    assert_null(dl_dataset_cifar10(ctx, scratch_folder(), DL_TEST));
    expect_error(ctx, DL_EFORMAT, "HTML");
    memset(file, 0, sizeof file);
    memcpy(file, "cifar-10-batches-bin/", 21);
    memcpy(file + 257, "ustar", 5);
    size_t m = sizeof file;
    unsigned char *packed = malloc(m);
    m = pack(file, 5120, packed, m);
    scratch_put(scratch_at("test_batch.bin"), packed, m);
    free(packed);
    assert_null(dl_dataset_cifar10(ctx, scratch_folder(), DL_TEST));
    expect_error(ctx, DL_EFORMAT, "it is a tar archive: unpack it");
}

static void a_label_that_is_too_large_is_refused_with_its_record(void **state)
{
    dl_ctx *ctx = *state;
    for (int label = 10; label < 256; label++) {
        put("test_batch.bin", (const char[]){9, 0, (char)label}, 1, 3, 0);
        assert_null(dl_dataset_cifar10(ctx, scratch_folder(), DL_TEST));
        expect_error(ctx, DL_EFORMAT, "the label of record 2 is");
    }
    put("test.bin", "\x13\x63\x14\x00", 2, 2, 0);
    assert_null(dl_dataset_cifar100(ctx, scratch_folder(), DL_TEST, NULL));
    expect_error(ctx, DL_EFORMAT, "the coarse label of record 1 is 20, 0 to 19 are possible");
    put("test.bin", "\x00\x64", 2, 1, 0);
    assert_null(dl_dataset_cifar100(ctx, scratch_folder(), DL_TEST, NULL));
    expect_error(ctx, DL_EFORMAT, "the fine label of record 0 is 100, 0 to 99 are possible");
}

static void a_missing_file_is_named_with_the_places(void **state)
{
    dl_ctx *ctx = *state;
    put_cifar10();
    unlink(scratch_at("data_batch_4.bin"));
    assert_null(dl_dataset_cifar10(ctx, scratch_folder(), DL_TRAIN));
    static const char *const part[] = {"dataset_cifar10: there is none of data_batch_4.bin, "
                                       "data_batch_4.bin.gz in ",
                                       "/cifar-10-batches-bin"};
    for (int i = 0; i < 2; i++)
        assert_non_null(strstr(dl_ctx_message(ctx), part[i]));
    expect_error(ctx, DL_EIO, scratch_folder());
    assert_null(dl_dataset_cifar100(ctx, scratch_folder(), DL_TRAIN, NULL));
    expect_error(ctx, DL_EIO, "train.bin");
}

static void other_arguments_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_dataset_cifar10(ctx, scratch_folder(), 2));
    expect_error(ctx, DL_EINVAL, "dataset_cifar10: split is 2");
    assert_null(dl_dataset_cifar100(ctx, scratch_folder(), -1, NULL));
    expect_error(ctx, DL_EINVAL, "dataset_cifar100: split is -1");
    assert_null(dl_dataset_cifar10(ctx, "", DL_TRAIN));
    expect_error(ctx, DL_EINVAL, "dataset_cifar10: the folder is empty");
    assert_null(dl_dataset_cifar10(NULL, scratch_folder(), DL_TRAIN));
    assert_null(dl_dataset_cifar100(NULL, scratch_folder(), DL_TRAIN, NULL));
}

/* A batch that stands there twice is no error: the reader cannot know. */
static void the_same_batch_twice_is_read_twice(void **state)
{
    dl_ctx *ctx = *state;
    for (int i = 0; i < 6; i++)
        put(batches[i], "\x07", 1, 1, 0);
    dl_dataset *d = dl_dataset_cifar10(ctx, scratch_folder(), DL_TRAIN);
    assert_int_equal(dl_dataset_size(d), 5);
    dl_dataset_drop(d);
}

static dl_status open_both(dl_ctx *ctx, void *user)
{
    (void)user;
    dl_dataset *d = dl_dataset_cifar10(ctx, scratch_folder(), DL_TRAIN);
    dl_dataset_drop(d);
    if (dl_ctx_status(ctx) == DL_OK)
        dl_dataset_drop(dl_dataset_cifar100(ctx, scratch_folder(), DL_TEST, NULL));
    return dl_ctx_status(ctx);
}

static void put_all(void)
{
    unsigned char plain[MOST], packed[MOST];
    put_cifar10();
    put("test.bin", "\x01\x02\x03\x04", 2, 2, 0);
    scratch_put(scratch_at("data_batch_2.bin.gz"), packed,
                pack(plain, records(plain, "\x01\x02", 1, 2, 0), packed, sizeof packed));
    unlink(scratch_at("data_batch_2.bin"));
    static const char names[] = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
    scratch_put(scratch_at("batches.meta.txt"), names, sizeof names - 1);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    put_all();
    assert_true(fault_loop(ctx, open_both, NULL, NULL) > 10);
}

static void any_read_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    put_all();
    fault_io f;
    fault_io_begin(&f);
    assert_int_equal(open_both(ctx, NULL), DL_OK);
    const int64_t reads = f.count[FAULT_READ];
    assert_true(reads >= 7);
    for (int64_t k = 1; k <= reads; k++) {
        fault_io_begin(&f);
        f.kind = FAULT_READ;
        f.fail_at = k;
        f.code = 5; /* EIO */
        assert_int_equal(open_both(ctx, NULL), DL_EIO);
        expect_error(ctx, DL_EIO, "cannot");
        assert_int_equal(f.open_files, 0);
    }
    fault_io_end();
}

static void published_files_are_read(void **state)
{
    dl_ctx *ctx = *state;
    char path[4096];
    if (dl_data_find(ctx, "cifar10", path, sizeof path) < 0) {
        dl_ctx_clear(ctx);
        print_message("CIFAR-10 is not on this machine: put cifar-10-batches-bin into a folder and "
                      "set DL_DATA_DIR to it\n");
        skip();
    }
    dl_dataset *train = dl_dataset_cifar10(ctx, NULL, DL_TRAIN);
    dl_dataset *test = dl_dataset_cifar10(ctx, path, DL_TEST);
    expect_ok(ctx);
    assert_int_equal(dl_dataset_size(train), 50000);
    assert_int_equal(dl_dataset_size(test), 10000);
    assert_string_equal(dl_dataset_class_name(train, 6), "frog");
    int64_t *label = malloc(50000 * sizeof *label);
    int32_t seen[10] = {0};
    assert_int_equal(dl_dataset_labels(train, 1, label, 50000), DL_OK);
    for (int i = 0; i < 50000; i++)
        seen[label[i]]++;
    for (int c = 0; c < 10; c++)
        assert_int_equal(seen[c], 5000);
    free(label);
    /* The means of the channels that everyone uses; copies made from PNG files differ a little. */
    double mean[3], std[3];
    static const double wanted[3] = {0.4914, 0.4822, 0.4465};
    assert_int_equal(dl_dataset_moments(train, 0, 0, mean, std, 3), DL_OK);
    for (int c = 0; c < 3; c++)
        assert_true(mean[c] > wanted[c] - 2e-3 && mean[c] < wanted[c] + 2e-3);
    dl_dataset_drop(train);
    dl_dataset_drop(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch_ctx(five_batches_become_the_training_set),
        with_scratch_ctx(classes_have_names),
        with_scratch_ctx(cifar100_gives_fine_labels_coarse_ones_or_both),
        with_scratch_ctx(the_folder_above_will_do),
        with_scratch_ctx(packed_files_are_read),
        with_scratch_ctx(what_is_no_whole_record_is_refused),
        with_scratch_ctx(files_of_other_kinds_are_recognised),
        with_scratch_ctx(a_label_that_is_too_large_is_refused_with_its_record),
        with_scratch_ctx(a_missing_file_is_named_with_the_places),
        with_scratch_ctx(other_arguments_are_refused),
        with_scratch_ctx(the_same_batch_twice_is_read_twice),
        with_scratch_ctx(any_allocation_may_fail),
        with_scratch_ctx(any_read_may_fail),
        with_ctx(published_files_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
