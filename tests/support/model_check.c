/* What every known network is tested for. */
#include "support/model_check.h"
#include <stdlib.h>
#include <string.h>
#include "support/scratch.h"

static dl_tensor *run(dl_module *m, dl_tensor *x)
{
    assert_non_null(m);
    dl_module_train(m, 0);
    dl_tensor *y = dl_module_forward(m, x);
    expect_ok(dl_module_ctx(m));
    return y;
}

static void check_twins(dl_ctx *ctx, dl_module *m, dl_tensor *x, const dl_tensor *y)
{
    dl_module *clone = dl_module_clone(m, NULL), *frozen = dl_module_freeze(m);
    assert_same_bits(run(clone, x), y);
    dl_tensor *quick = dl_module_forward(frozen, x);
    expect_ok(ctx);
    assert_tensors_close(quick, y, 1e-4);
    assert_int_equal(scratch_begin(), 0);
    assert_int_equal(dl_module_save(m, scratch_at("model.safetensors")), DL_OK);
    dl_module *opened = dl_module_open(ctx, scratch_at("model.safetensors"));
    expect_ok(ctx);
    assert_same_bits(run(opened, x), y);
    scratch_end();
    dl_module_drop(opened);
    dl_module_drop(frozen);
    dl_module_drop(clone);
}

static dl_status construct(dl_ctx *ctx, void *user)
{
    model_make *make = user;
    dl_module *m = (*make)(ctx);
    dl_module_drop(m);
    return m ? DL_OK : dl_ctx_status(ctx);
}

void model_check(model_make make, int64_t classes, const int64_t *shape, int32_t ndim)
{
    dl_ctx *ctx = make_ctx(2);
    dl_module *m = make(ctx);
    expect_ok(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 3, shape, ndim), *y = run(m, x);
    assert_shape(y, shape[0], classes);
    check_twins(ctx, m, x, y);
    dl_module_drop(m);
    dl_meta_enable(ctx, 1);
    m = make(ctx);
    x = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, shape, ndim));
    y = run(m, x);
    dl_meta_enable(ctx, 0);
    assert_int_equal(dl_tensor_meta(y), 1);
    assert_shape(y, shape[0], classes);
    dl_module_drop(m);
    assert_null(make(NULL));
    assert_true(fault_loop(ctx, construct, NULL, &make) > 0);
    end_ctx(ctx);
    check_block_threads(make, shape, ndim);
}

int64_t model_size(model_make make)
{
    dl_ctx *ctx = make_ctx(1);
    dl_meta_enable(ctx, 1);
    dl_module *m = make(ctx);
    expect_ok(ctx);
    const int64_t n = dl_module_param_elements(m);
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_PEAK) < 1 << 22);
    dl_module_drop(m);
    dl_meta_enable(ctx, 0);
    end_ctx(ctx);
    return n;
}

void assert_in_summary(model_make make, const int64_t *shape, int32_t ndim, const char *part)
{
    enum { CAP = 1 << 17 };
    dl_ctx *ctx = make_ctx(1);
    char *text = calloc(1, CAP);
    assert_non_null(text);
    dl_meta_enable(ctx, 1);
    dl_module *m = make(ctx);
    dl_meta_enable(ctx, 0);
    const int64_t n = dl_module_summary(m, shape, ndim, text, CAP, NULL);
    expect_ok(ctx);
    assert_true(n > 0 && n < CAP);
    if (!strstr(text, part))
        fail_msg("no \"%s\" in\n%s", part, text);
    free(text);
    dl_module_drop(m);
    end_ctx(ctx);
}
