/* ResNet-20, trained on the native engine with all its algorithms, Winograd's included, has the
 * same weights for any number of threads, on every instruction set with multiply-adds, and from
 * both compilers; and it judges an image alike alone and in a batch. */
#include <string.h>
#include "core/isa.h"
#include "dl/dl.h"
#include "dl/models.h"
#include "kernels/native/native.h"
#include "support/support.h"

enum { STEPS = 50, BATCH = 8 };

/* After 50 steps. */
static const char golden[] = "3ea637c5bde993fac12efd3ac65ec86dca70e8f1154477fc84dacd50eedb10ec";

static dl_ctx *native(int32_t threads)
{
    dl_ctx *ctx =
        dl_ctx_new(&(dl_ctx_opts){.seed = 11, .threads = threads, .engine = DL_ENGINE_NATIVE});
    assert_non_null(ctx);
    return ctx;
}

static void step(dl_module *net, dl_optim *optim)
{
    dl_ctx *ctx = dl_module_ctx(net);
    const int32_t mark = dl_scope_begin(ctx);
    dl_tensor *x = dl_tensor_randn(ctx, DL_F32, DL_SHAPE(BATCH, 3, 32, 32));
    dl_tensor *y = dl_tensor_randint(ctx, DL_I64, 0, 10, DL_SHAPE(BATCH));
    dl_module_zero_grad(net);
    dl_backward(dl_cross_entropy(dl_module_forward(net, x), y, NULL));
    dl_optim_step(optim);
    dl_tensor_drop(x);
    dl_tensor_drop(y);
    dl_scope_end(ctx, mark);
}

static void expect_golden(int32_t threads, int isa)
{
    char hash[DL_HASH_TEXT];
    const int before = dl__isa_force(isa);
    dl_ctx *ctx = native(threads);
    dl_module *net = dl_model_cifar_resnet(ctx, 20, NULL);
    dl_optim *optim =
        dl_optim_sgd(net, &(dl_sgd_opts){.lr = 0.1, .momentum = 0.9, .weight_decay = 1e-4});
    for (int i = 0; i < STEPS; i++)
        step(net, optim);
    expect_ok(ctx);
    assert_int_equal(dl_module_hash(net, hash), DL_OK);
    dl_optim_drop(optim);
    dl_module_drop(net);
    end_ctx(ctx);
    dl__isa_force(before);
    if (strcmp(hash, golden) != 0)
        fail_msg("%d threads, %s: %s, wanted %s", (int)threads, dl__isa_name(isa), hash, golden);
}

static void any_number_of_threads_trains_to_the_same_weights(void **state)
{
    (void)state;
    if (!dl__native_fast())
        skip(); /* without instructions for it, minutes */
    static const int32_t threads[] = {1, 2, 3, 4, 7};
    for (int i = 0; i < 5; i++)
        expect_golden(threads[i], dl__isa());
}

static void every_instruction_set_trains_to_the_same_weights(void **state)
{
    (void)state;
    if (dl__isa() <= DL__ISA_BASE + 1)
        skip(); /* there is one */
    for (int isa = DL__ISA_BASE + 1; isa < dl__isa(); isa++)
        expect_golden(2, isa);
}

static void an_image_is_judged_alike_alone_and_in_a_batch(void **state)
{
    (void)state;
    enum { IMAGES = 7, FEW = 3, CLASSES = 10 };
    float whole[IMAGES * CLASSES], part[IMAGES * CLASSES];
    dl_ctx *ctx = native(2);
    dl_module *net = dl_model_cifar_resnet(ctx, 20, NULL);
    dl_tensor *x = dl_tensor_randn(ctx, DL_F32, DL_SHAPE(IMAGES, 3, 32, 32));
    dl_module_train(net, 0);
    dl_grad_enable(ctx, 0);
    const int32_t mark = dl_scope_begin(ctx);
    dl_tensor_get(dl_module_forward(net, x), whole, sizeof whole);
    for (int64_t from = 0; from < IMAGES; from += FEW) {
        const int64_t end = from + FEW < IMAGES ? from + FEW : IMAGES;
        dl_tensor *y = dl_module_forward(net, dl_slice(x, 0, from, end, 1));
        dl_tensor_get(y, part + from * CLASSES, (size_t)(end - from) * CLASSES * sizeof *part);
    }
    dl_scope_end(ctx, mark);
    expect_ok(ctx);
    assert_memory_equal(whole, part, sizeof whole);
    dl_tensor_drop(x);
    dl_module_drop(net);
    end_ctx(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_threads_trains_to_the_same_weights),
        cmocka_unit_test(every_instruction_set_trains_to_the_same_weights),
        cmocka_unit_test(an_image_is_judged_alike_alone_and_in_a_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
