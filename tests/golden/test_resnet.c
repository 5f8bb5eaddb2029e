/* Residual nets beside those of torchvision, whose names, shapes and results make_resnet.py stored
 * in resnet.txt. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dl/grad.h"
#include "dl/models.h"
#include "dl/ops.h"
#include "module/module.h"
#include "support/support.h"

/* ---- the file -------------------------------------------------------------------------------- */

static char *text;

static int read_file(void **state)
{
    (void)state;
    FILE *f = fopen(DL_TESTS_DIR "/golden/resnet.txt", "r");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        return 1;
    const long n = ftell(f);
    rewind(f);
    text = calloc((size_t)n + 1, 1);
    const int short_of = !text || fread(text, 1, (size_t)n, f) != (size_t)n;
    fclose(f);
    return short_of;
}

static int forget_file(void **state)
{
    (void)state;
    free(text);
    return 0;
}

/* Where the line that begins with head goes on. */
static const char *after(const char *head)
{
    const char *at = strstr(text, head);
    assert_non_null(at);
    return at + strlen(head);
}

/* ---- states ---------------------------------------------------------------------------------- */

/* "tensor NAME SHAPE\n" of entry i of a state. */
static void describe(const dl__named *entry, char *line, size_t cap)
{
    const dl_tensor *t = entry->tensor;
    int at = snprintf(line, cap, "tensor %s", entry->name);
    for (int32_t k = 0; k < t->ndim; k++)
        at += snprintf(line + at, cap - (size_t)at, " %" PRId64, t->dims[k]);
    snprintf(line + at, cap - (size_t)at, "\n");
}

static void check_state(dl_ctx *ctx, const char *head, int32_t depth)
{
    const char *at = after(head);
    char line[256];
    dl_meta_enable(ctx, 1);
    dl_module *m = dl_model_resnet(ctx, depth, NULL);
    dl_meta_enable(ctx, 0);
    expect_ok(ctx);
    const dl__table *table = dl__module_table(m);
    for (int32_t i = 0; i < table->n; i++, at += strlen(line)) {
        describe(&table->all[i], line, sizeof line);
        if (strncmp(at, line, strlen(line)) != 0)
            fail_msg("entry %d is %s, wanted %.60s", (int)i, line, at);
    }
    assert_true(strncmp(at, "tensor", 6) != 0); /* and no more */
    dl_module_drop(m);
}

static void states_have_the_names_shapes_and_order_of_torchvision(void **state)
{
    check_state(*state, "state resnet18\n", 18);
    check_state(*state, "state resnet50\n", 50);
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Number i of entry k, in [0, 1): the formula of make_resnet.py. */
static double formula(uint32_t k, uint32_t i)
{
    uint32_t x = i * 2654435761U + k * 97;
    x = (x ^ x >> 16) * 0x85EBCA6BU;
    x = (x ^ x >> 13) * 0xC2B2AE35U;
    return (x ^ x >> 16) / 4294967296.0;
}

static int ends_with(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);
    return n >= m && !strcmp(name + n - m, end);
}

/* t of entry k: scale (u + shift). */
static void set(dl_tensor *t, uint32_t k, double shift, double scale)
{
    const size_t n = (size_t)dl_tensor_count(t);
    double *v = malloc(n * sizeof *v);
    assert_non_null(v);
    for (size_t i = 0; i < n; i++)
        v[i] = (formula(k, (uint32_t)i) + shift) * scale;
    assert_int_equal(dl_tensor_set(t, v, n * sizeof *v), DL_OK);
    free(v);
}

static void fill(dl_module *m)
{
    const dl__table *table = dl__module_table(m);
    for (int32_t k = 0; k < table->n; k++) {
        const char *name = table->all[k].name;
        dl_tensor *t = table->all[k].tensor;
        if (ends_with(name, "num_batches_tracked"))
            dl_tensor_fill(t, 7);
        else if (t->ndim > 1)
            set(t, (uint32_t)k, -0.5, sqrt(24 / (double)(dl_tensor_count(t) / t->dims[0])));
        else if (ends_with(name, "running_var") ||
                 (strstr(name, "bn") && ends_with(name, "weight")))
            set(t, (uint32_t)k, 0.5, 1);
        else
            set(t, (uint32_t)k, -0.5, 1);
    }
    expect_ok(dl_module_ctx(m));
}

/* Every step-th of the first n elements of t are the numbers called title.name; tolerance is
 * relative to the largest of them. */
static void check_numbers(const char *title, const char *name, const dl_tensor *t, int64_t n,
                          int64_t step)
{
    char head[64], *end;
    snprintf(head, sizeof head, "numbers %s.%s :", title, name);
    const char *at = after(head);
    double *v = values_of(t), worst = 0, largest = 0;
    n = n ? n : dl_tensor_count(t);
    for (int64_t i = 0; i < n; i += step, at = end) {
        const double wanted = strtod(at, &end);
        assert_true(end != at);
        largest = fmax(largest, fabs(wanted));
        worst = fmax(worst, fabs(v[i] - wanted));
    }
    assert_int_equal(*at, '\n');
    if (!(worst <= 1e-9 * largest))
        fail_msg("%s%g away, the largest is %g", head, worst, largest);
    free(v);
}

/* torchvision's ResNet(block, [1, 1, 1, 1], num_classes=10). */
static dl_module *small_resnet(dl_ctx *ctx, int bottleneck)
{
    static const char *const name[] = {"conv1",  "bn1",    "relu",    "maxpool", "layer1", "layer2",
                                       "layer3", "layer4", "avgpool", "flatten", "fc"};
    const dl_conv_opts c = {.stride = {2}, .padding = {3}};
    const dl_pool_opts p = {.stride = {2}, .padding = {1}};
    dl_module *part[11] = {
        dl_layer_conv2d(ctx, 3, 64, DL_KERNEL(7), &c, &(dl_layer_opts){.no_bias = 1}),
        dl_layer_batchnorm2d(ctx, 64, NULL), dl_layer_relu(ctx),
        dl_layer_maxpool2d(ctx, DL_KERNEL(3), &p)};
    int64_t in = 64;
    for (int32_t i = 0; i < 4; i++) {
        const int64_t planes = (int64_t)64 << i;
        const dl_block_opts o = {.stride = i ? 2 : 1};
        part[4 + i] = dl_layer_sequential(
            ctx, DL_LAYERS(bottleneck ? dl_layer_bottleneck(ctx, in, planes, &o)
                                      : dl_layer_basic_block(ctx, in, planes, &o)));
        in = bottleneck ? 4 * planes : planes;
    }
    part[8] = dl_layer_global_avgpool(ctx);
    part[9] = dl_layer_flatten(ctx);
    part[10] = dl_layer_dense(ctx, in, 10, NULL);
    return dl_layer_named(ctx, name, part, 11);
}

static void check_net(dl_ctx *ctx, const char *title, int bottleneck)
{
    dl_module *m = small_resnet(ctx, bottleneck);
    expect_ok(ctx);
    fill(m);
    dl_tensor *x = dl_tensor_give(dl_tensor_zeros(ctx, DL_F64, DL_SHAPE(2, 3, 64, 64)));
    dl_tensor *seed = dl_tensor_give(dl_tensor_zeros(ctx, DL_F64, DL_SHAPE(2, 10)));
    set(x, 1000, -0.5, 2);
    set(seed, 1001, 0, 1);
    dl_module_train(m, 0);
    check_numbers(title, "eval", dl_module_forward(m, x), 0, 1);
    dl_module_train(m, 1);
    dl_tensor *y = dl_module_forward(m, x);
    check_numbers(title, "train", y, 0, 1);
    assert_int_equal(dl_backward(dl_sum(dl_mul(y, seed), NULL, 0, 0)), DL_OK);
    check_numbers(title, "first", dl_grad(dl_module_tensor(m, "conv1.weight")), 0, 97);
    check_numbers(title, "last", dl_grad(dl_module_tensor(m, "fc.weight")), 0, 97);
    check_numbers(title, "norm", dl_grad(dl_module_tensor(m, "bn1.weight")), 0, 1);
    check_numbers(title, "mean", dl_module_tensor(m, "layer4.0.bn1.running_mean"), 40, 1);
    check_numbers(title, "var", dl_module_tensor(m, "layer4.0.bn1.running_var"), 40, 1);
    dl_tensor *seen = dl_module_tensor(m, "layer4.0.bn1.num_batches_tracked");
    assert_values(seen, 8);
    dl_module_drop(m);
}

static void a_net_of_basic_blocks_computes_what_pytorch_does(void **state)
{
    check_net(*state, "basic", 0);
}

static void a_net_of_bottlenecks_computes_what_pytorch_does(void **state)
{
    check_net(*state, "bottleneck", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(states_have_the_names_shapes_and_order_of_torchvision),
        with_f64(a_net_of_basic_blocks_computes_what_pytorch_does),
        with_f64(a_net_of_bottlenecks_computes_what_pytorch_does),
    };
    return cmocka_run_group_tests(tests, read_file, forget_file);
}
