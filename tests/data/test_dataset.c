/* Datasets from outside: dl_dataset_new. */
#include "support/support.h"
#include <fenv.h>
#include <string.h>
#include "support/numbers.h"

static void a_class_from_outside_gives_examples(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, 5, 0);
    dl_dataset *d = numbers_dataset(ctx, &s);
    dl_tensor *got[2], *again[2];
    assert_int_equal(dl_dataset_size(d), 5);
    assert_string_equal(dl_dataset_field_name(d, 0), "x");
    assert_int_equal(dl_dataset_get(d, 3, (uint64_t)7 << 40, got, 2), DL_OK);
    assert_values(got[0], 3, 7);
    assert_values(got[1], 3);
    assert_int_equal(dl_dataset_get(d, 3, (uint64_t)7 << 40, again, 2), DL_OK);
    assert_same_bits(got[0], again[0]);
    dl_dataset_drop(d);
    assert_int_equal(atomic_load(&s.freed), 1);
}

static void a_failure_names_the_dataset_and_the_example(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, 5, 0);
    atomic_store(&s.broken, 4);
    dl_dataset *d = numbers_dataset(ctx, &s);
    dl_tensor *got[2];
    assert_int_equal(dl_dataset_get(d, 4, 0, got, 2), DL_EIO);
    assert_null(got[0]);
    assert_null(got[1]);
    expect_error(ctx, DL_EIO, "dataset numbers: example 4: the disk is on fire");
    assert_int_equal(dl_dataset_get(d, 3, 0, got, 2), DL_OK);
    dl_dataset_drop(d);
}

static int64_t one(const void *state)
{
    (void)state;
    return 1;
}

static int64_t negative(const void *state)
{
    (void)state;
    return -5;
}

static dl_status rude(const void *state, int64_t i, uint64_t key, void *const *field, char *why,
                      size_t why_cap)
{
    (void)state;
    (void)i;
    (void)key;
    (void)field;
    memset(why, 'x', why_cap); /* no final NUL */
    return 3;
}

static dl_status add(const void *state, int64_t i, uint64_t key, void *const *field, char *why,
                     size_t why_cap)
{
    (void)state;
    (void)i;
    (void)key;
    (void)why;
    (void)why_cap;
    volatile float one = 1, little = 1e-9f;
    *(float *)field[0] = one + little;
    return DL_OK;
}

static int freed;
static void count_free(void *state)
{
    (void)state;
    freed++;
}

static void a_positive_status_is_the_users_and_any_text_is_cut(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset_class c = {.name = "rude", .size = one, .get = rude};
    dl_field f = {.name = "x", .dtype = DL_F32};
    dl_dataset *d = dl_dataset_new(ctx, &c, NULL, &f, 1);
    dl_tensor *got;
    assert_int_equal(dl_dataset_get(d, 0, 0, &got, 1), DL_EUSER);
    expect_error(ctx, DL_EUSER, "dataset rude: example 0: xxx");
    dl_dataset_drop(d);
}

static void a_negative_size_is_no_size(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset_class c = {.name = "odd", .size = negative, .get = rude};
    dl_field f = {.name = "x", .dtype = DL_F32};
    dl_dataset *d = dl_dataset_new(ctx, &c, NULL, &f, 1), *a, *b;
    assert_int_equal(dl_dataset_size(d), -1);
    assert_null(dl_loader_new(d, NULL));
    expect_error(ctx, DL_EINVAL, "no examples");
    assert_int_equal(dl_dataset_split(d, 0.5, 1, &a, &b), DL_ELIMIT);
    expect_error(ctx, DL_ELIMIT, "dataset_split");
    dl_dataset_drop(d);
}

static void reading_runs_in_the_standard_rounding_mode(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset_class c = {.name = "sum", .size = one, .get = add};
    dl_field f = {.name = "sum", .dtype = DL_F32};
    dl_dataset *d = dl_dataset_new(ctx, &c, NULL, &f, 1);
    dl_tensor *got;
    fesetround(FE_UPWARD);
    dl_status status = dl_dataset_get(d, 0, 0, &got, 1);
    int after = fegetround();
    fesetround(FE_TONEAREST);
    assert_int_equal(status, DL_OK);
    assert_int_equal(after, FE_UPWARD);
    assert_values(got, 1);
    dl_dataset_drop(d);
}

static void refused(dl_ctx *ctx, const dl_dataset_class *c, const dl_field *f, int32_t n,
                    dl_status status, const char *part)
{
    int before = freed;
    assert_null(dl_dataset_new(ctx, c, NULL, f, n));
    expect_error(ctx, status, part);
    assert_int_equal(freed, before + (c && c->free ? 1 : 0));
}

static void a_refused_dataset_frees_its_state(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset_class c = {.name = "c", .size = one, .get = rude, .free = count_free}, bad = c;
    dl_field f = {.name = "x", .dtype = DL_F32}, g = f;
    refused(ctx, NULL, &f, 1, DL_EINVAL, "class");
    refused(ctx, &c, NULL, 1, DL_EINVAL, "NULL");
    bad.get = NULL;
    refused(ctx, &bad, &f, 1, DL_EINVAL, "get");
    refused(ctx, &c, &f, 0, DL_EINVAL, "0 fields");
    refused(ctx, &c, &f, 17, DL_EINVAL, "17 fields");
    g.name = NULL;
    refused(ctx, &c, &g, 1, DL_EINVAL, "no name");
    g = f;
    g.ndim = 9;
    assert_null(dl_dataset_new(ctx, &c, NULL, &g, 1));
    assert_true(dl_ctx_status(ctx) < 0);
    dl_ctx_clear(ctx);
    g = f;
    g.dtype = 99;
    assert_null(dl_dataset_new(ctx, &c, NULL, &g, 1));
    assert_true(dl_ctx_status(ctx) < 0);
    dl_ctx_clear(ctx);
    dl_fail(ctx, DL_EUSER, "standing");
    refused(ctx, &c, &f, 1, DL_EUSER, "standing");
}

static dl_status make(dl_ctx *ctx, void *user)
{
    numbers *s = user;
    dl_dataset *d = numbers_dataset(ctx, s);
    dl_dataset_drop(d);
    assert_int_equal(atomic_exchange(&s->freed, 0), 1);
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, 5, 0);
    assert_true(fault_loop(ctx, make, NULL, &s) >= 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_class_from_outside_gives_examples),
        with_ctx(a_failure_names_the_dataset_and_the_example),
        with_ctx(a_positive_status_is_the_users_and_any_text_is_cut),
        with_ctx(a_negative_size_is_no_size),
        with_ctx(reading_runs_in_the_standard_rounding_mode),
        with_ctx(a_refused_dataset_frees_its_state),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
