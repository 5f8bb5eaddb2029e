/* What residual blocks are asked for. */
#include "support/block_check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dl/grad.h"
#include "dl/module.h"
#include "dl/ops.h"

void assert_children(dl_module *m, const char *names)
{
    char all[512] = "";
    for (int32_t i = 0; i < dl_module_child_count(m); i++) {
        const size_t at = strlen(all);
        snprintf(all + at, sizeof all - at, "%s%s", at ? " " : "", dl_module_child_name(m, i));
    }
    assert_string_equal(all, names);
}

/* SHA-256 over the result and all gradients of one pass. */
static void run(dl_module *(*make)(dl_ctx *ctx), int32_t threads, const int64_t *shape,
                int32_t ndim, char hex[DL_HASH_TEXT])
{
    dl_ctx *ctx = make_ctx(threads);
    dl_module *m = make(ctx), *all = dl_layer_sequential(ctx, NULL, 0);
    dl_tensor *x = random_tensor(ctx, DL_F32, 5, shape, ndim);
    dl_grad_track(x, 1);
    dl_tensor *y = dl_module_forward(m, x);
    expect_ok(ctx);
    dl_tensor *seed = random_tensor(ctx, DL_F32, 6, y->dims, y->ndim);
    assert_int_equal(dl_backward(dl_sum(dl_mul(y, seed), NULL, 0, 0)), DL_OK);
    dl_module_add_buffer(all, "y", dl_detach(y));
    dl_module_add_buffer(all, "dx", dl_tensor_keep(dl_grad(x)));
    for (int32_t i = 0; i < dl_module_param_count(m); i++) {
        char name[16];
        snprintf(name, sizeof name, "dw%d", (int)i);
        dl_module_add_buffer(all, name, dl_tensor_keep(dl_grad(dl_module_param(m, i))));
    }
    assert_int_equal(dl_module_hash(all, hex), DL_OK);
    dl_grad_track(x, 0);
    dl_module_drop(all);
    dl_module_drop(m);
    end_ctx(ctx);
}

void check_block_threads(dl_module *(*make)(dl_ctx *ctx), const int64_t *shape, int32_t ndim)
{
    static const int32_t threads[] = {2, 3, 7};
    char one[DL_HASH_TEXT], more[DL_HASH_TEXT];
    run(make, 1, shape, ndim, one);
    for (int i = 0; i < 3; i++) {
        run(make, threads[i], shape, ndim, more);
        assert_string_equal(more, one);
    }
}
