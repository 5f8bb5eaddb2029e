/* The loader: order, batches, failures, its place. Threads: test_loader_workers.c. */
#include "support/support.h"
#include <string.h>
#include "support/numbers.h"

enum { N = 10 };

static dl_loader *loader(dl_ctx *ctx, numbers *s, int64_t n, dl_loader_opts o)
{
    numbers_init(s, n, 1);
    dl_dataset *d = numbers_dataset(ctx, s);
    dl_loader *l = dl_loader_new(d, &o);
    dl_dataset_drop(d); /* the loader keeps it */
    return l;
}

/* The examples of the next epoch in order; how many there were. */
static int64_t epoch(dl_loader *l, int64_t *index)
{
    dl_tensor *field[2];
    int64_t n = 0;
    while (dl_loader_next(l, field, 2) == 1) {
        const int64_t *i = dl_tensor_data(field[1]);
        for (int64_t k = 0; k < dl_tensor_dim(field[1], 0); k++)
            index[n++] = i[k];
    }
    return n;
}

static void batches_come_in_order(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    dl_loader *l = loader(ctx, &s, N, (dl_loader_opts){.batch = 4});
    dl_tensor *field[2];
    assert_int_equal(dl_loader_batches(l), 3);
    assert_int_equal(dl_loader_epoch(l), 0);
    assert_int_equal(dl_loader_next(l, field, 2), 1);
    assert_int_equal(dl_loader_position(l), 1);
    assert_shape(field[0], 4, 2);
    assert_shape(field[1], 4);
    assert_values(field[1], 0, 1, 2, 3);
    assert_int_equal(dl_loader_next(l, field, 1), 1);
    assert_values(field[1], 0, 1, 2, 3); /* left alone */
    assert_int_equal(dl_loader_next(l, field, 2), 1);
    assert_values(field[1], 8, 9); /* ragged */
    assert_int_equal(dl_loader_next(l, field, 2), 0);
    assert_null(field[0]);
    assert_int_equal(dl_loader_epoch(l), 1);
    assert_int_equal(dl_loader_position(l), 0);
    assert_int_equal(dl_loader_next(l, field, 0), 1);
    dl_loader_drop(l);
    assert_int_equal(atomic_load(&s.freed), 1);
}

static void drop_last_leaves_the_ragged_batch_out(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    int64_t index[N];
    dl_loader *l = loader(ctx, &s, N, (dl_loader_opts){.batch = 4, .drop_last = 1});
    assert_int_equal(dl_loader_batches(l), 2);
    assert_int_equal(epoch(l, index), 8);
    dl_loader_drop(l);
    l = loader(ctx, &s, N, (dl_loader_opts){.batch = 5, .drop_last = 1});
    assert_int_equal(epoch(l, index), 10);
    dl_loader_drop(l);
}

/* The order of (seed 42, epoch), by a program of its own that follows core/random.h. */
static void shuffling_is_a_known_permutation_of_each_epoch(void **state)
{
    dl_ctx *ctx = *state;
    static const int64_t golden[2][N] = {{2, 9, 6, 5, 7, 0, 8, 1, 3, 4},
                                         {4, 3, 5, 8, 1, 0, 2, 6, 9, 7}};
    numbers s;
    int64_t index[N];
    dl_loader *l = loader(ctx, &s, N, (dl_loader_opts){.batch = 3, .shuffle = 1});
    for (int e = 0; e < 2; e++) {
        assert_int_equal(epoch(l, index), N);
        assert_memory_equal(index, golden[e], sizeof index);
    }
    dl_loader_drop(l);
    l = loader(ctx, &s, 1000, (dl_loader_opts){.batch = 64, .shuffle = 1});
    for (int e = 0; e < 3; e++) {
        int64_t many[1000];
        char seen[1000] = {0};
        assert_int_equal(epoch(l, many), 1000);
        for (int i = 0; i < 1000; i++)
            seen[many[i]]++;
        for (int i = 0; i < 1000; i++)
            assert_int_equal(seen[i], 1);
    }
    dl_loader_drop(l);
}

static void keys_depend_on_seed_epoch_and_example(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    dl_tensor *field[2];
    dl_loader *l = loader(ctx, &s, 4, (dl_loader_opts){.batch = 4});
    assert_int_equal(dl_loader_next(l, field, 2), 1);
    const float *x = dl_tensor_data(field[0]);
    assert_true(x[1] == 15095952 && x[7] == 4235737);
    assert_int_equal(dl_loader_seek(l, 2, 0), DL_OK);
    assert_int_equal(dl_loader_next(l, field, 2), 1);
    x = dl_tensor_data(field[0]);
    assert_true(x[7] == 8515431);
    dl_loader_drop(l);
}

static void seeking_goes_on_where_asked(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    dl_loader *l = loader(ctx, &s, N, (dl_loader_opts){.batch = 4, .shuffle = 1});
    dl_tensor *field[2], *again[2], *last;
    loader_digest(l, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(dl_loader_next(l, field, 2), 1);
    last = field[0];
    assert_int_equal(dl_loader_seek(l, 0, 1), DL_OK);
    assert_int_equal(dl_loader_epoch(l), 0);
    assert_int_equal(dl_loader_position(l), 1);
    assert_int_equal(dl_loader_seek(l, 3, 2), DL_OK);
    assert_int_equal(dl_loader_next(l, again, 2), 1);
    assert_same_bits(again[0], last);
    assert_int_equal(dl_loader_seek(l, 5, 3), DL_OK); /* the end of an epoch */
    assert_int_equal(dl_loader_next(l, again, 2), 0);
    assert_int_equal(dl_loader_epoch(l), 6);
    assert_int_equal(dl_loader_seek(l, INT64_MAX, 3), DL_OK); /* the end of the last there can be */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(dl_loader_next(l, NULL, 0), DL_ELIMIT);
        expect_error(ctx, DL_ELIMIT, "no epoch can be counted after 9223372036854775807");
        assert_int_equal(dl_loader_epoch(l), INT64_MAX);
        assert_int_equal(dl_loader_position(l), 3);
    }
    assert_int_equal(dl_loader_seek(l, 0, 4), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "an epoch has 3");
    assert_int_equal(dl_loader_seek(l, -1, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "epoch -1");
    assert_int_equal(dl_loader_seek(l, 0, -1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "batch -1");
    assert_int_equal(dl_loader_epoch(l), INT64_MAX);
    dl_loader_drop(l);
}

static void a_failed_example_is_named_and_tried_again(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    dl_tensor *field[2];
    dl_loader *l = loader(ctx, &s, 100, (dl_loader_opts){.batch = 50});
    atomic_store(&s.broken, 77);
    assert_int_equal(dl_loader_next(l, field, 2), 1);
    for (int tries = 0; tries < 2; tries++) {
        assert_int_equal(dl_loader_next(l, field, 2), DL_EIO);
        assert_null(field[0]);
        expect_error(ctx, DL_EIO, "dataset numbers: example 77: the disk is on fire");
        assert_int_equal(dl_loader_position(l), 1);
    }
    atomic_store(&s.broken, -1);
    assert_int_equal(dl_loader_next(l, field, 2), 1);
    assert_int_equal(dl_loader_next(l, field, 2), 0);
    dl_loader_drop(l);
}

static void nothing_is_loaded_while_an_error_stands_or_after_cancelling(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    dl_tensor *field[2];
    dl_loader *l = loader(ctx, &s, N, (dl_loader_opts){.batch = 4});
    dl_fail(ctx, DL_EFORMAT, "standing");
    assert_int_equal(dl_loader_next(l, field, 2), DL_EFORMAT);
    expect_error(ctx, DL_EFORMAT, "standing");
    dl_ctx_cancel(ctx);
    assert_int_equal(dl_loader_next(l, field, 2), DL_EUSER);
    assert_int_equal(atomic_load(&s.reads), 0);
    expect_error(ctx, DL_EUSER, "loader: cancelled");
    assert_int_equal(dl_loader_next(l, field, 2), 1);
    dl_loader_drop(l);
}

static void wrong_options_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    assert_null(loader(ctx, &s, N, (dl_loader_opts){.batch = -1}));
    expect_error(ctx, DL_EINVAL, "batch is -1");
    assert_null(loader(ctx, &s, N, (dl_loader_opts){.workers = 65}));
    expect_error(ctx, DL_EINVAL, "workers 65");
    assert_null(loader(ctx, &s, N, (dl_loader_opts){.workers = -2}));
    expect_error(ctx, DL_EINVAL, "workers -2");
    assert_null(loader(ctx, &s, 0, (dl_loader_opts){.batch = 1}));
    expect_error(ctx, DL_EINVAL, "no examples");
    assert_null(loader(ctx, &s, 3, (dl_loader_opts){.batch = 4, .drop_last = 1}));
    expect_error(ctx, DL_EINVAL, "an epoch has 3 examples, not one full batch of 4");
    dl_tensor *deep =
        dl_tensor_give(dl_tensor_zeros(ctx, DL_U8, (const int64_t[]){2, 1, 1, 1, 1, 1, 1, 1}, 8));
    dl_dataset *d = dl_dataset_tensors(&deep, 1);
    dl_loader *l = dl_loader_new(d, NULL);
    assert_int_equal(dl_loader_batches(l), 1);
    dl_loader_drop(l);
    dl_dataset_drop(d);
    assert_null(dl_loader_new(NULL, NULL));
    dl_loader_drop(NULL);
    assert_int_equal(dl_loader_batches(NULL), -1);
    assert_int_equal(dl_loader_epoch(NULL), -1);
    assert_int_equal(dl_loader_position(NULL), -1);
    assert_int_equal(dl_loader_seek(NULL, 0, 0), DL_EINVAL);
    assert_int_equal(dl_loader_next(NULL, NULL, 0), DL_EINVAL);
}

static void wrong_fields_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    dl_tensor *field[3];
    dl_loader *l = loader(ctx, &s, N, (dl_loader_opts){.batch = 4});
    assert_int_equal(dl_loader_next(l, field, 3), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "3 fields were asked for, the dataset has 2");
    assert_int_equal(dl_loader_next(l, NULL, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "1 fields");
    assert_int_equal(dl_loader_next(l, field, -1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "-1 fields");
    dl_loader_drop(l);
}

static void batches_are_data_while_new_tensors_are_meta(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    dl_tensor *field[2];
    dl_meta_enable(ctx, 1);
    dl_loader *l = loader(ctx, &s, N, (dl_loader_opts){.batch = 4});
    assert_int_equal(dl_loader_next(l, field, 2), 1);
    dl_meta_enable(ctx, 0);
    assert_values(field[1], 0, 1, 2, 3);
    dl_loader_drop(l);
}

typedef struct load_case {
    numbers s;
    dl_dataset *d;
    int32_t workers;
} load_case;

static dl_status load(dl_ctx *ctx, void *user)
{
    load_case *c = user;
    dl_tensor *field[2];
    dl_loader *l = dl_loader_new(c->d, &(dl_loader_opts){.batch = 4, .workers = c->workers});
    while (l && dl_loader_next(l, field, 2) == 1)
        ;
    dl_loader_drop(l);
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    for (int32_t workers = 0; workers < 3; workers += 2) {
        load_case c = {.workers = workers};
        numbers_init(&c.s, N, 1);
        c.d = numbers_dataset(ctx, &c.s);
        assert_true(fault_loop(ctx, load, NULL, &c) > 10);
        dl_dataset_drop(c.d);
    }
}

/* A failure in the middle of an epoch loses nothing: the same batch comes next. */
static void a_batch_that_found_no_memory_comes_again(void **state)
{
    dl_ctx *ctx = *state;
    for (int32_t workers = 0; workers < 3; workers += 2) {
        numbers s, t;
        dl_loader *l = loader(ctx, &s, N, (dl_loader_opts){.batch = 2, .workers = workers});
        dl_loader *m = loader(ctx, &t, N, (dl_loader_opts){.batch = 2});
        for (int64_t k = 1; k < 40; k++) {
            dl_tensor *field[2], *want[2];
            int32_t mark = dl_scope_begin(ctx);
            dl__memory_fail(ctx, k % 9 + 1, 0);
            int32_t more = dl_loader_next(l, field, 2);
            dl__memory_fail(ctx, 0, 0);
            if (more < 0) {
                expect_error(ctx, DL_ENOMEM, "");
                more = dl_loader_next(l, field, 2);
            }
            assert_int_equal(more, dl_loader_next(m, want, 2));
            if (more == 1)
                assert_same_bits(field[0], want[0]);
            dl_scope_end(ctx, mark);
        }
        dl_loader_drop(l);
        dl_loader_drop(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(batches_come_in_order),
        with_ctx(drop_last_leaves_the_ragged_batch_out),
        with_ctx(shuffling_is_a_known_permutation_of_each_epoch),
        with_ctx(keys_depend_on_seed_epoch_and_example),
        with_ctx(seeking_goes_on_where_asked),
        with_ctx(a_failed_example_is_named_and_tried_again),
        with_ctx(nothing_is_loaded_while_an_error_stands_or_after_cancelling),
        with_ctx(wrong_options_are_refused),
        with_ctx(wrong_fields_are_refused),
        with_ctx(batches_are_data_while_new_tensors_are_meta),
        with_ctx(any_allocation_may_fail),
        with_ctx(a_batch_that_found_no_memory_comes_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
