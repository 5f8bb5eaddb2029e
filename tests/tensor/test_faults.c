/* Every function of dl/tensor.h that takes memory, with every allocation failing once. */
#include "support.h"

static dl_status made(dl_ctx *ctx, dl_tensor *t)
{
    dl_tensor_drop(t);
    return t ? DL_OK : dl_ctx_status(ctx);
}

static int released;
static void count_release(void *user)
{
    (void)user;
    released++;
}

static dl_status construct(dl_ctx *ctx, void *user)
{
    static float x[4];
    const int64_t dims[] = {2, 2};
    dl_tensor *other = user;
    if (made(ctx, dl_tensor_zeros(ctx, DL_F32, dims, 2)) ||
        made(ctx, dl_tensor_ones(ctx, DL_F32, dims, 2)) ||
        made(ctx, dl_tensor_full(ctx, DL_F32, 2, dims, 2)) ||
        made(ctx, dl_tensor_arange(ctx, DL_F32, 0, 9, 1)) ||
        made(ctx, dl_tensor_eye(ctx, DL_F32, 2, 2)) ||
        made(ctx, dl_tensor_rand(ctx, DL_F32, 0, 1, dims, 2)) ||
        made(ctx, dl_tensor_randn(ctx, DL_F32, dims, 2)) ||
        made(ctx, dl_tensor_randint(ctx, DL_I32, 0, 9, dims, 2)) ||
        made(ctx, dl_tensor_permutation(ctx, 9)) ||
        made(ctx, dl_tensor_from(ctx, DL_F32, x, dims, 2)) || made(ctx, dl_tensor_to(ctx, other)))
        return dl_ctx_status(ctx);
    return DL_OK;
}

static void constructors_survive_every_failing_allocation(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    dl_tensor *t = make_tensor(other, DL_F32, DL_SHAPE(2), 1, 2);
    /* storage with its data, and the tensor, eleven times: the first failure ends the call */
    assert_true(fault_loop(ctx, construct, NULL, t) == 2 * 22);
    end_ctx(other);
}

static dl_status wrap(dl_ctx *ctx, void *user)
{
    static float x[4];
    (void)user;
    released = 0;
    dl_tensor *t =
        dl_tensor_wrap(ctx, DL_F32, x, (const int64_t[]){4}, NULL, 1, count_release, NULL);
    dl_status status = made(ctx, t);
    assert_int_equal(released, 1); /* also when it failed */
    return status;
}

static void wrap_releases_on_every_failing_allocation(void **state)
{
    assert_true(fault_loop(*state, wrap, NULL, NULL) > 0);
}

static dl_status copy_reversed(dl_ctx *ctx, void *user)
{
    dl_tensor **t = user;
    (void)ctx;
    return dl_tensor_copy(t[0], t[1]);
}

static void still_as_it_was(dl_ctx *ctx, void *user)
{
    dl_tensor **t = user;
    (void)ctx;
    assert_values(t[0], 1, 2, 3);
    assert_true(atomic_load(&t[0]->storage->version) == 0);
}

static void a_copy_within_one_memory_fails_without_a_trace(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = make_tensor(ctx, DL_F32, DL_SHAPE(3), 1, 2, 3);
    dl__shape s = {.dtype = DL_F32, .ndim = 1, .dims = {3}, .strides = {-1}, .offset = 2};
    dl_tensor *pair[] = {t, dl_tensor_give(dl__tensor_over(ctx, &s, t->storage))};
    /* once per failing allocation; the calls that succeed reverse it twice */
    dl__memory_fail(ctx, 1, 0);
    assert_int_equal(dl_tensor_copy(pair[0], pair[1]), DL_ENOMEM);
    expect_error(ctx, DL_ENOMEM, "memory");
    still_as_it_was(ctx, pair);
    assert_true(fault_loop(ctx, copy_reversed, NULL, pair) > 0);
    assert_values(t, 1, 2, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(constructors_survive_every_failing_allocation),
        with_ctx(wrap_releases_on_every_failing_allocation),
        with_ctx(a_copy_within_one_memory_fails_without_a_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
