/* The MNIST files and their relatives. */
#include "support/support.h"
#include <string.h>
#include "dl/data.h"
#include "dl/io.h"
#include "support/scratch.h"

enum { ROWS = 3, COLUMNS = 2 };

/* An IDX file of u8 with these dimensions, and bytes 0, 1, 2, ... or those of data. */
static void put_idx(const char *name, int ndim, const int *dims, const unsigned char *data)
{
    unsigned char file[512] = {0, 0, 8, (unsigned char)ndim};
    size_t n = 1, at = 4;
    for (int i = 0; i < ndim; i++, at += 4) {
        file[at + 2] = (unsigned char)(dims[i] >> 8);
        file[at + 3] = (unsigned char)dims[i];
        n *= (size_t)dims[i];
    }
    for (size_t i = 0; i < n; i++)
        file[at + i] = data ? data[i] : (unsigned char)i;
    scratch_put(scratch_at(name), file, at + n);
}

static void put_images(const char *name, int n)
{
    put_idx(name, 3, (int[]){n, ROWS, COLUMNS}, NULL);
}

static void put_labels(const char *name, int n, const unsigned char *labels)
{
    put_idx(name, 1, &n, labels);
}

static void images_and_labels_are_read(void **state)
{
    dl_ctx *ctx = *state;
    put_images("train-images-idx3-ubyte", 4);
    put_labels("train-labels-idx1-ubyte", 4, (const unsigned char *)"\x09\x00\x03\x07");
    put_images("t10k-images.idx3-ubyte", 1);
    put_labels("t10k-labels.idx1-ubyte", 1, (const unsigned char *)"\x05");
    dl_dataset *d = dl_dataset_mnist(ctx, scratch_folder(), DL_TRAIN);
    dl_tensor *got[2];
    assert_int_equal(dl_dataset_size(d), 4);
    assert_string_equal(dl_dataset_field_name(d, 0), "image");
    assert_string_equal(dl_dataset_field_name(d, 1), "label");
    assert_int_equal(dl_dataset_get(d, 1, 0, got, 2), DL_OK);
    assert_int_equal(dl_tensor_dtype(got[0]), DL_F32);
    assert_shape(got[0], 1, ROWS, COLUMNS);
    const float *pixel = dl_tensor_data(got[0]);
    for (int i = 0; i < 6; i++)
        assert_true(pixel[i] == (float)(6 + i) / 255.0f);
    assert_int_equal(dl_tensor_dtype(got[1]), DL_I64);
    assert_values(got[1], 0);
    dl_dataset_drop(d);
    d = dl_dataset_mnist(ctx, scratch_folder(), DL_TEST);
    assert_int_equal(dl_dataset_size(d), 1);
    dl_dataset_drop(d);
}

static void a_missing_file_is_named_in_all_spellings(void **state)
{
    dl_ctx *ctx = *state;
    put_labels("train-labels-idx1-ubyte", 4, (const unsigned char *)"\x09\x00\x03\x07");
    assert_null(dl_dataset_mnist(ctx, scratch_folder(), DL_TRAIN));
    static const char *const part[] = {"train-images-idx3-ubyte,", "train-images-idx3-ubyte.gz",
                                       "train-images.idx3-ubyte", "train-images.idx3-ubyte.gz"};
    for (int i = 0; i < 4; i++)
        assert_non_null(strstr(dl_ctx_message(ctx), part[i]));
    expect_error(ctx, DL_EIO, scratch_folder());
}

static void the_wrong_file_is_recognised(void **state)
{
    dl_ctx *ctx = *state;
    put_labels("train-images-idx3-ubyte", 4, NULL);
    put_labels("train-labels-idx1-ubyte", 4, NULL);
    assert_null(dl_dataset_mnist(ctx, scratch_folder(), DL_TRAIN));
    expect_error(ctx, DL_EFORMAT, "1 dimension (a label file), 3 are wanted (an image file)");
    put_images("train-images-idx3-ubyte", 4);
    put_images("train-labels-idx1-ubyte", 4);
    assert_null(dl_dataset_mnist(ctx, scratch_folder(), DL_TRAIN));
    expect_error(ctx, DL_EFORMAT, "3 dimensions (an image file), 1 is wanted (a label file)");
}

static void counts_that_differ_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    put_images("train-images-idx3-ubyte", 4);
    put_labels("train-labels-idx1-ubyte", 3, NULL);
    assert_null(dl_dataset_mnist(ctx, scratch_folder(), DL_TRAIN));
    expect_error(ctx, DL_EFORMAT, "3 labels for 4 images");
}

static void a_label_above_nine_is_refused_with_its_place(void **state)
{
    dl_ctx *ctx = *state;
    put_images("train-images-idx3-ubyte", 3);
    put_labels("train-labels-idx1-ubyte", 3, (const unsigned char *)"\x09\x01\x0a");
    assert_null(dl_dataset_mnist(ctx, scratch_folder(), DL_TRAIN));
    expect_error(ctx, DL_EFORMAT, "label 2 is 10, 0 to 9 are possible");
}

static void elements_other_than_bytes_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 1, 2), 1, 2);
    assert_int_equal(dl_idx_write(x, scratch_at("train-images-idx3-ubyte")), DL_OK);
    put_labels("train-labels-idx1-ubyte", 1, NULL);
    assert_null(dl_dataset_mnist(ctx, scratch_folder(), DL_TRAIN));
    expect_error(ctx, DL_EFORMAT, "its elements are f32, u8 is wanted");
}

static void an_empty_file_and_a_web_page_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    scratch_put(scratch_at("train-images-idx3-ubyte"), "", 0);
    put_labels("train-labels-idx1-ubyte", 3, NULL);
    assert_null(dl_dataset_mnist(ctx, scratch_folder(), DL_TRAIN));
    expect_error(ctx, DL_EFORMAT, "0 bytes");
    static const char page[] = "<!DOCTYPE html><html><body>404</body></html>";
    scratch_put(scratch_at("train-images-idx3-ubyte"), page, sizeof page);
    assert_null(dl_dataset_mnist(ctx, scratch_folder(), DL_TRAIN));
    expect_error(ctx, DL_EFORMAT, "HTML");
}

static void a_set_without_examples_is_a_dataset(void **state)
{
    dl_ctx *ctx = *state;
    put_images("train-images-idx3-ubyte", 0);
    put_labels("train-labels-idx1-ubyte", 0, NULL);
    dl_dataset *d = dl_dataset_mnist(ctx, scratch_folder(), DL_TRAIN);
    assert_int_equal(dl_dataset_size(d), 0);
    assert_null(dl_loader_new(d, NULL));
    expect_error(ctx, DL_EINVAL, "no examples");
    dl_dataset_drop(d);
}

static void another_split_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_dataset_mnist(ctx, scratch_folder(), 2));
    expect_error(ctx, DL_EINVAL, "split is 2");
    assert_null(dl_dataset_mnist(NULL, scratch_folder(), DL_TRAIN));
}

static void reading_does_not_depend_on_meta_mode(void **state)
{
    dl_ctx *ctx = *state;
    put_images("train-images-idx3-ubyte", 2);
    put_labels("train-labels-idx1-ubyte", 2, NULL);
    dl_meta_enable(ctx, 1);
    dl_dataset *d = dl_dataset_mnist(ctx, scratch_folder(), DL_TRAIN);
    assert_int_equal(dl_meta_enable(ctx, 0), 1);
    dl_tensor *got[2];
    assert_int_equal(dl_dataset_get(d, 1, 0, got, 2), DL_OK);
    assert_values(got[1], 1);
    dl_dataset_drop(d);
}

static dl_status open_it(dl_ctx *ctx, void *user)
{
    (void)user;
    dl_dataset *d = dl_dataset_mnist(ctx, scratch_folder(), DL_TRAIN);
    dl_dataset_drop(d);
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    put_images("train-images.idx3-ubyte", 2);
    put_labels("train-labels-idx1-ubyte", 2, NULL);
    assert_true(fault_loop(ctx, open_it, NULL, NULL) > 10);
}

/* Pictures are bright in the middle and dark at the edge, and every class is there. */
static void look_at(dl_dataset *d)
{
    int seen[10] = {0};
    double middle = 0, edge = 0;
    for (int64_t i = 0; i < 500; i++) {
        dl_tensor *got[2];
        assert_int_equal(dl_dataset_get(d, i, 0, got, 2), DL_OK);
        assert_shape(got[0], 1, 28, 28);
        const float *p = dl_tensor_data(got[0]);
        for (int k = 0; k < 28 * 28; k++)
            assert_true(p[k] >= 0 && p[k] <= 1);
        for (int k = 0; k < 28; k++) {
            edge += (double)p[k];
            middle += (double)p[14 * 28 + k];
        }
        seen[(int)dl_tensor_item(got[1])]++;
    }
    assert_true(middle > 2 * edge);
    for (int c = 0; c < 10; c++)
        assert_true(seen[c] > 20);
}

static void published_files_are_read(void **state)
{
    dl_ctx *ctx = *state;
    static const char *const name[] = {"mnist", "fashion-mnist"};
    int found = 0;
    for (int k = 0; k < 2; k++) {
        char path[4096];
        if (dl_data_find(ctx, name[k], path, sizeof path) < 0) {
            dl_ctx_clear(ctx);
            continue;
        }
        found++;
        dl_dataset *train = dl_dataset_mnist(ctx, path, DL_TRAIN);
        dl_dataset *test = dl_dataset_mnist(ctx, path, DL_TEST);
        expect_ok(ctx);
        assert_int_equal(dl_dataset_size(train), 60000);
        assert_int_equal(dl_dataset_size(test), 10000);
        look_at(test);
        dl_dataset_drop(train);
        dl_dataset_drop(test);
    }
    if (!found) {
        print_message("neither MNIST nor Fashion-MNIST is on this machine: put the four files into "
                      "a folder mnist and set DL_DATA_DIR to the folder above it\n");
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch_ctx(images_and_labels_are_read),
        with_scratch_ctx(a_missing_file_is_named_in_all_spellings),
        with_scratch_ctx(the_wrong_file_is_recognised),
        with_scratch_ctx(counts_that_differ_are_refused),
        with_scratch_ctx(a_label_above_nine_is_refused_with_its_place),
        with_scratch_ctx(elements_other_than_bytes_are_refused),
        with_scratch_ctx(an_empty_file_and_a_web_page_are_refused),
        with_scratch_ctx(a_set_without_examples_is_a_dataset),
        with_scratch_ctx(another_split_is_refused),
        with_scratch_ctx(reading_does_not_depend_on_meta_mode),
        with_scratch_ctx(any_allocation_may_fail),
        with_ctx(published_files_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
