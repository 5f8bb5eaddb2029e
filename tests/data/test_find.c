/* Looking for published data sets. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "support/support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dl/data.h"
#include "support/scratch.h"

static char start[4096], root[8192];

/* An empty folder that is the current one, the home and the rest of the search path at once. */
static int begin(void **state)
{
    if (!getcwd(start, sizeof start) || scratch_begin())
        return -1;
    snprintf(root, sizeof root, "%s/%s", start, scratch_folder());
    setenv("HOME", root, 1);
    unsetenv("DL_DATA_DIR");
    return chdir(root) || setup_ctx(state);
}

static int finish(void **state)
{
    int failed = teardown_ctx(state) || chdir(start);
    char command[8300];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command) || failed;
}

static void put(const char *folder, const char *file)
{
    char command[512];
    snprintf(command, sizeof command, "mkdir -p '%s' && : > '%s/%s'", folder, folder, file);
    assert_int_equal(system(command), 0);
}

static void finds(dl_ctx *ctx, const char *name, const char *where)
{
    char buf[4096];
    assert_int_equal(dl_data_find(ctx, name, buf, sizeof buf), strlen(where));
    assert_string_equal(buf, where);
}

static void the_variable_names_the_folder_above(void **state)
{
    dl_ctx *ctx = *state;
    put("a/toy", "train-images-idx3-ubyte");
    setenv("DL_DATA_DIR", "a", 1);
    finds(ctx, "toy", "a/toy");
}

static void every_spelling_counts(void **state)
{
    dl_ctx *ctx = *state;
    put("a/one", "train-images-idx3-ubyte.gz");
    put("a/two", "train-images.idx3-ubyte");
    put("a/three", "train-images.idx3-ubyte.gz");
    setenv("DL_DATA_DIR", "a", 1);
    finds(ctx, "one", "a/one");
    finds(ctx, "two", "a/two");
    finds(ctx, "three", "a/three");
}

static void files_may_lie_one_folder_below(void **state)
{
    dl_ctx *ctx = *state;
    put("data/toy/raw", "train-images-idx3-ubyte");
    finds(ctx, "toy", "data/toy/raw");
}

static void cifar_is_known_by_its_own_files(void **state)
{
    dl_ctx *ctx = *state;
    char buf[64];
    put("data/cifar10", "train-images-idx3-ubyte"); /* this is something else */
    assert_int_equal(dl_data_find(ctx, "cifar10", buf, sizeof buf), DL_EIO);
    expect_error(ctx, DL_EIO, "get cifar-10-binary.tar.gz from https://");
    assert_int_equal(dl_data_find(ctx, "cifar100", buf, sizeof buf), DL_EIO);
    expect_error(ctx, DL_EIO, "get cifar-100-binary.tar.gz from https://");
    put("data/cifar-10-batches-bin", "data_batch_1.bin");
    finds(ctx, "cifar10", "data/cifar-10-batches-bin");
    put("data/cifar10/cifar-10-batches-bin", "data_batch_1.bin.gz");
    finds(ctx, "cifar10", "data/cifar10/cifar-10-batches-bin");
    put("data/cifar10", "data_batch_1.bin");
    finds(ctx, "cifar10", "data/cifar10");
    put("data/cifar-100-binary", "train.bin");
    finds(ctx, "cifar100", "data/cifar-100-binary");
    setenv("DL_DATA_DIR", "data/cifar-100-binary", 1);
    finds(ctx, "cifar100", "data/cifar-100-binary");
    assert_null(dl_dataset_cifar100(ctx, NULL, DL_TRAIN, NULL));
    expect_error(ctx, DL_EFORMAT, "data/cifar-100-binary/train.bin: has 0 bytes");
}

static void the_variable_may_name_the_folder_itself(void **state)
{
    dl_ctx *ctx = *state;
    put("mine", "train-images-idx3-ubyte");
    setenv("DL_DATA_DIR", "mine", 1);
    finds(ctx, "toy", "mine");
}

static void places_are_looked_at_in_their_order(void **state)
{
    dl_ctx *ctx = *state;
    char cache[8300];
    snprintf(cache, sizeof cache, "%s/.cache/dl-data/toy", root);
    put(".cache/dl-data/toy", "train-images-idx3-ubyte");
    finds(ctx, "toy", cache);
    put("data/toy", "train-images-idx3-ubyte");
    finds(ctx, "toy", "data/toy");
    put("v/toy", "train-images-idx3-ubyte");
    setenv("DL_DATA_DIR", "v", 1);
    finds(ctx, "toy", "v/toy");
    setenv("DL_DATA_DIR", "", 1); /* as if it were not set */
    finds(ctx, "toy", "data/toy");
}

static void the_message_lists_the_places(void **state)
{
    dl_ctx *ctx = *state;
    char buf[64];
    put("data/toy", "readme");
    setenv("DL_DATA_DIR", "/nowhere", 1);
    assert_int_equal(dl_data_find(ctx, "toy", buf, sizeof buf), DL_EIO);
    static const char *const part[] = {"there is no toy", "/nowhere", "data", "/.cache/dl-data",
                                       "/usr/share/datasets"};
    for (int i = 0; i < 5; i++)
        assert_non_null(strstr(dl_ctx_message(ctx), part[i]));
    expect_error(ctx, DL_EIO, "set DL_DATA_DIR");
    assert_null(dl_dataset_mnist(ctx, "data/toy", DL_TRAIN));
    expect_error(ctx, DL_EIO, "data/toy");
}

static void no_folder_means_looking_for_one(void **state)
{
    dl_ctx *ctx = *state;
    put("data/mnist", "train-images-idx3-ubyte");
    assert_null(dl_dataset_mnist(ctx, NULL, DL_TRAIN));
    expect_error(ctx, DL_EFORMAT, "data/mnist/train-images-idx3-ubyte");
}

static void long_paths_and_short_buffers_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    char buf[8] = "";
    put("data/toy", "train-images-idx3-ubyte");
    assert_int_equal(dl_data_find(ctx, "toy", buf, 8), DL_ELIMIT); /* "data/toy" and its NUL */
    expect_error(ctx, DL_ELIMIT, "9 bytes");
    assert_int_equal(dl_data_find(ctx, "toy", NULL, 0), DL_ELIMIT);
    expect_error(ctx, DL_ELIMIT, "9 bytes");
    static char deep[6000];
    memset(deep, 'x', sizeof deep - 1);
    setenv("DL_DATA_DIR", deep, 1);
    assert_int_equal(dl_data_find(ctx, "toys", buf, 8), DL_EIO);
    expect_error(ctx, DL_EIO, "toys");
    assert_int_equal(dl_data_find(ctx, deep, buf, 8), DL_EIO);
    expect_error(ctx, DL_EIO, "xxx");
    assert_int_equal(dl_data_find(ctx, NULL, buf, 8), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "NULL");
    assert_int_equal(dl_data_find(ctx, "toy", NULL, 8), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "NULL");
    assert_int_equal(dl_data_find(NULL, "toy", buf, 8), DL_EINVAL);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(the_variable_names_the_folder_above),
        in_folder(every_spelling_counts),
        in_folder(files_may_lie_one_folder_below),
        in_folder(cifar_is_known_by_its_own_files),
        in_folder(the_variable_may_name_the_folder_itself),
        in_folder(places_are_looked_at_in_their_order),
        in_folder(the_message_lists_the_places),
        in_folder(no_folder_means_looking_for_one),
        in_folder(long_paths_and_short_buffers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
