#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/ctx.h"
#include "dl/grad.h"
#include "dl/io.h"
#include "layer_check.h"
#include "module/module.h"
#include "modules.h"
#include "scratch.h"

static int begin(void **state)
{
    if (setup_ctx(state) || scratch_begin())
        return -1;
    return dl_module_register(*state, &counter_class) || dl_module_register(*state, &nest_class);
}

static int end(void **state)
{
    scratch_end();
    return teardown_ctx(state);
}
#define with_files(test) cmocka_unit_test_setup_teardown(test, begin, end)

static void assert_same_hash(dl_module *a, dl_module *b)
{
    char x[65], y[65];
    assert_int_equal(dl_module_hash(a, x), DL_OK);
    assert_int_equal(dl_module_hash(b, y), DL_OK);
    assert_string_equal(x, y);
}

static const char *saved(dl_module *m, const char *name)
{
    const char *path = scratch_at(name);
    assert_int_equal(dl_module_save(m, path), DL_OK);
    return path;
}

/* A file with these tensors, and the text how it is built, if any. */
static const char *put_file(dl_ctx *ctx, const char *how, const char *const *names,
                            dl_tensor *const *tensors, int32_t n)
{
    const char *path = scratch_at("made.safetensors"), *key = "dl.module";
    dl_status s = dl_safetensors_save(ctx, path, names, tensors, n, &key, &how, how != NULL, NULL);
    assert_int_equal(s, DL_OK);
    return path;
}

static void a_saved_net_opens_as_it_was(void **state)
{
    dl_ctx *ctx = *state, *other = make_typed_ctx(DL_F64);
    dl_module *net = make_net(ctx);
    dl_tensor_fill(dl_module_tensor(net, "3.count"), 41);
    dl_module *opened = dl_module_open(other, saved(net, "net"));
    expect_ok(other);
    assert_same_hash(net, opened);
    assert_int_equal(dl_module_training(opened), 1);
    assert_string_equal(dl_module_class_name(dl_module_find(opened, "2.body")), "dense");
    const counter_config *c = dl_module_config(dl_module_find(opened, "3"));
    assert_true(c->n == 3 && c->kind[0] == 1 && c->kind[1] == -2 && c->kind[2] == 3);
    assert_true(c->rate == 0.1);
    /* Weights lie in memory as dense wants them, are tracked, and have the type of the file. */
    dl_tensor *w = dl_module_tensor(opened, "0.weight");
    assert_int_equal(dl_tensor_dtype(w), DL_F32);
    assert_int_equal(dl_tensor_stride(w, 0), 1);
    assert_int_equal(dl_grad_tracked(w), 1);
    dl_tensor *x = random_tensor(other, DL_F32, 1, DL_SHAPE(2, 4));
    run_layer(opened, x);
    assert_true(counter_value(dl_module_find(opened, "3")) == 42);
    dl_module_drop(opened);
    dl_module_drop(net);
    end_ctx(other);
}

static void children_that_init_makes_are_not_made_twice(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_module_new(ctx, &nest_class, NULL);
    dl_module *opened = dl_module_open(ctx, saved(m, "nest"));
    expect_ok(ctx);
    assert_same_hash(m, opened);
    assert_int_equal(dl_module_child_count(opened), 2);
    dl_module_drop(opened);
    dl_module_drop(m);
}

static void the_same_net_gives_the_same_bytes(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx), *twin = dl_module_clone(net, NULL);
    char a[8192], b[8192];
    size_t n = scratch_get(saved(net, "a"), a, sizeof a);
    assert_true(n > 500 && n < sizeof a);
    assert_int_equal(scratch_get(saved(twin, "b"), b, sizeof b), n);
    assert_memory_equal(a, b, n);
    dl_module_drop(twin);
    dl_module_drop(net);
}

static void the_description_is_plain_json(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m =
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 4, 3, NULL), make_counter(ctx, 2)));
    dl_safetensors *f = dl_safetensors_open(ctx, saved(m, "net"), NULL);
    assert_string_equal(
        dl_safetensors_meta(f, "dl.module"),
        "{\"version\":1,\"module\":{\"class\":\"sequential\",\"config\":{},\"children\":["
        "{\"name\":\"0\",\"class\":\"dense\",\"config\":{\"in\":4,\"out\":3,\"no_bias\":0,"
        "\"init\":0,\"folded\":0},\"children\":[]},{\"name\":\"1\",\"class\":\"test.counter\","
        "\"config\":"
        "{\"n\":2,\"kind\":[1,-2,3],\"rate\":0.1},\"children\":[]}]}}");
    assert_string_equal(dl_safetensors_meta(f, "format"), "pt");
    dl_safetensors_drop(f);
    dl_module_drop(m);
}

static void values_load_into_a_net_that_is_there(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx), *twin = make_net(ctx);
    dl_tensor *w = dl_module_tensor(twin, "0.weight");
    const void *memory = dl_tensor_data(w);
    assert_int_equal(dl_module_load(twin, saved(net, "net"), NULL), DL_OK);
    assert_same_hash(net, twin);
    assert_ptr_equal(dl_tensor_data(w), memory);
    dl_module_drop(net);
    dl_module_drop(twin);
}

static void meta_nets_get_memory_when_they_are_loaded(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx);
    dl_meta_enable(ctx, 1);
    dl_module *shape = make_net(ctx);
    dl_tensor *w = dl_module_tensor(shape, "0.weight");
    assert_int_equal(dl_module_load(shape, saved(net, "net"), NULL), DL_OK);
    dl_meta_enable(ctx, 0);
    assert_same_hash(net, shape);
    assert_ptr_equal(dl_module_tensor(shape, "0.weight"), w);
    assert_int_equal(dl_tensor_meta(w), 0);
    run_layer(shape, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4)));
    dl_module_drop(shape);
    dl_module_drop(net);
}

static void a_meta_net_has_nothing_to_save_or_hash(void **state)
{
    dl_ctx *ctx = *state;
    char hex[65] = "x";
    dl_meta_enable(ctx, 1);
    dl_module *m = dl_layer_dense(ctx, 2, 2, NULL);
    dl_meta_enable(ctx, 0);
    assert_true(dl_module_save(m, scratch_at("net")) < 0);
    dl_ctx_clear(ctx);
    assert_int_equal(scratch_entries(), 0);
    assert_int_equal(dl_module_hash(m, hex), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "hash: \"weight\" is meta");
    assert_string_equal(hex, "");
    dl_module_drop(m);
}

static void every_name_that_does_not_fit_is_listed_and_nothing_changes(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx), *copy = dl_module_clone(net, NULL);
    const char *const names[] = {"0.weight", "0.bias", "2.body.weight", "3.scale", "4.weight"};
    dl_tensor *t[] = {
        random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 4)), random_tensor(ctx, DL_F64, 1, DL_SHAPE(3)),
        random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 2)), random_tensor(ctx, DL_F32, 1, DL_SHAPE(3)),
        random_tensor(ctx, DL_F32, 1, DL_SHAPE(1))};
    const char *path = put_file(ctx, NULL, names, t, 5);
    assert_int_equal(dl_module_load(net, path, NULL), DL_EFORMAT);
    const char *says = dl_ctx_message(ctx);
    assert_non_null(strstr(says, "2 missing (2.body.bias, 3.count)"));
    assert_non_null(strstr(says, "1 not of the module (4.weight)"));
    assert_non_null(strstr(says, "1 of another shape (2.body.weight is [3, 2], wanted [3, 3])"));
    assert_non_null(strstr(says, "1 of another element type (0.bias is F64, wanted f32)"));
    expect_error(ctx, DL_EFORMAT, "made.safetensors");
    assert_same_hash(net, copy);
    const dl_load_opts partial = {.partial = 1};
    assert_int_equal(dl_module_load(net, path, &partial), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "1 of another shape");
    path = put_file(ctx, NULL, names, t, 2);
    assert_int_equal(dl_module_load(net, path, &partial), DL_EDTYPE);
    expect_error(ctx, DL_EDTYPE, "0.bias is F64, wanted f32");
    assert_same_hash(net, copy);
    path = put_file(ctx, NULL, names, t, 1);
    assert_int_equal(dl_module_load(net, path, &partial), DL_OK);
    assert_same_bits(dl_module_tensor(net, "0.weight"), t[0]);
    assert_same_bits(dl_module_tensor(net, "2.body.weight"),
                     dl_module_tensor(copy, "2.body.weight"));
    dl_module_drop(copy);
    dl_module_drop(net);
}

static void long_lists_are_cut_and_counted(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *layer[60];
    for (int i = 0; i < 60; i++)
        layer[i] = dl_layer_dense(ctx, 1, 1, NULL);
    dl_module *net = dl_layer_sequential(ctx, layer, 60);
    dl_tensor *t = random_tensor(ctx, DL_F32, 1, DL_SHAPE(1));
    const char *name = "x";
    assert_int_equal(dl_module_load(net, put_file(ctx, NULL, &name, &t, 1), NULL), DL_EFORMAT);
    expect_error(ctx, DL_EFORMAT, "120 missing (0.weight, 0.bias, ");
    dl_module_drop(net);
}

static void prefix_and_rules_rename_what_a_file_calls_otherwise(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_dense(ctx, 2, 1, NULL);
    const char *const names[] = {"net.old.w", "net.old.bias", "optimizer.step"};
    dl_tensor *t[] = {make_tensor(ctx, DL_F32, DL_SHAPE(1, 2), 1, 2),
                      make_tensor(ctx, DL_F32, DL_SHAPE(1), 3),
                      make_tensor(ctx, DL_F32, DL_SHAPE(1), 4)};
    const char *path = put_file(ctx, NULL, names, t, 3);
    assert_int_equal(
        dl_module_load(m, path, &(dl_load_opts){.prefix = "net.", .rename = "old.w=weight,old.="}),
        DL_OK);
    assert_values(dl_module_tensor(m, "weight"), 1, 2);
    assert_values(dl_module_tensor(m, "bias"), 3);
    const char *const wrong[] = {"old", "a=b=c", "a=b,", "a=b,c"};
    for (int i = 0; i < 4; i++) {
        dl_status s = dl_module_load(m, path, &(dl_load_opts){.rename = wrong[i], .partial = 1});
        if (i == 2) { /* a comma at the end is nothing */
            assert_int_equal(s, DL_OK);
            continue;
        }
        assert_int_equal(s, DL_EINVAL);
        expect_error(ctx, DL_EINVAL, "is not \"from=to\"");
    }
    dl_load_opts both = {.rename = "net.old.w=same,net.old.bias=same", .partial = 1};
    assert_int_equal(dl_module_load(m, path, &both), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "two tensors of");
    dl_module_drop(m);
}

static void tied_tensors_need_one_of_their_names(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_sequential(ctx, NULL, 0);
    dl_tensor *w = dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(2));
    dl_module_add_param(m, "a", dl_tensor_keep(w));
    dl_module_add_param(m, "b", w);
    const char *name = "b";
    dl_tensor *t = make_tensor(ctx, DL_F32, DL_SHAPE(2), 5, 6);
    assert_int_equal(dl_module_load(m, put_file(ctx, NULL, &name, &t, 1), NULL), DL_OK);
    assert_values(dl_module_tensor(m, "a"), 5, 6);
    dl_module_drop(m);
}

static void wrong_arguments_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_dense(ctx, 2, 1, NULL);
    assert_int_equal(dl_module_save(m, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "wants a path");
    assert_int_equal(dl_module_load(m, "", NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "wants a path");
    assert_null(dl_module_open(ctx, NULL));
    expect_error(ctx, DL_EINVAL, "a path is wanted");
    assert_int_equal(dl_module_load(m, "x", &(dl_load_opts){.partial = 2}), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "partial is 2");
    assert_int_equal(dl_module_load(m, "x", &(dl_load_opts){.reserved = {1}}), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "reserved");
    assert_int_equal(dl_module_load(m, scratch_at("absent"), NULL), DL_EIO);
    expect_error(ctx, DL_EIO, "absent");
    assert_null(dl_module_open(ctx, scratch_at("absent")));
    expect_error(ctx, DL_EIO, "absent");
    assert_int_equal(dl_module_hash(m, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "no place for 65");
    dl_module_drop(m);
}

/* Files that say something impossible about how a net is built. */
static void lying_files_are_refused_by_what_they_say(void **state)
{
    dl_ctx *ctx = *state;
#define NET(text) "{\"version\":1,\"module\":" text "}"
#define DENSE(config) NET("{\"class\":\"dense\",\"config\":" config "}")
#define IN_BOX(child) NET("{\"class\":\"sequential\",\"children\":[" child "]}")
    const struct {
        const char *how;
        dl_status code;
        const char *says;
    } lies[] = {
        {NULL, DL_EFORMAT, "not how a net is built"},
        {"", DL_EFORMAT, "made.safetensors"},
        {"{", DL_EFORMAT, "made.safetensors"},
        {"[]", DL_EFORMAT, "\"version\""},
        {"{\"version\":\"1\"}", DL_EFORMAT, "\"version\""},
        {"{\"version\":2}", DL_EUNSUPPORTED, "in version 2, this library reads version 1"},
        {"{\"version\":1}", DL_EFORMAT, "lacks its \"class\""},
        {NET("{}"), DL_EFORMAT, "lacks its \"class\""},
        {NET("{\"class\":3}"), DL_EFORMAT, "lacks its \"class\""},
        {NET("{\"class\":\"acme.magic\"}"), DL_EUNSUPPORTED, "\"acme.magic\" is not known"},
        {NET("{\"class\":\"dense\"}"), DL_EFORMAT, "dense: 0 inputs"},
        {DENSE("{\"in\":-5,\"out\":3}"), DL_EFORMAT, "dense: -5 inputs"},
        {DENSE("{\"in\":1.5,\"out\":3}"), DL_EFORMAT, "no good value for \"in\""},
        {DENSE("{\"in\":1,\"out\":1,\"init\":3000000000}"), DL_EFORMAT, "value for \"init\""},
        {DENSE("{\"in\":1,\"out\":1,\"wings\":2}"), DL_EFORMAT, "does not know"},
        {DENSE("7"), DL_EFORMAT, "does not know"},
        {DENSE("{\"in\":1000000000,\"out\":1000000000}"), DL_EFORMAT, "2 missing"},
        {IN_BOX("3"), DL_EFORMAT, "has no name"},
        {IN_BOX("{\"class\":\"relu\"}"), DL_EFORMAT, "has no name"},
        {IN_BOX("{\"name\":\"a.b\",\"class\":\"relu\"}"), DL_EFORMAT, "holds a point"},
        {IN_BOX("{\"name\":\"\",\"class\":\"relu\"}"), DL_EFORMAT, "wants a name"},
        {IN_BOX("{\"name\":\"a\",\"class\":\"relu\"},{\"name\":\"a\",\"class\":\"tanh\"}"),
         DL_EFORMAT, "more than one part is called \"a\""},
        {IN_BOX("{\"name\":\"a\",\"class\":\"relu\"},{\"name\":\"b\",\"class\":\"relu\"},"
                "{\"name\":\"a\",\"class\":\"relu\"}"),
         DL_EFORMAT, "more than one part is called \"a\""},
        {NET("{\"class\":\"test.nest\",\"children\":[{\"name\":\"first\",\"class\":\"relu\"}]}"),
         DL_EFORMAT, "another class is given for \"first\""},
        {NET("{\"class\":\"relu\",\"children\":[{\"name\":\"a\",\"class\":\"relu\"}]}"), DL_EFORMAT,
         "there are children of a class that takes none, \"relu\""},
        {NET("{\"class\":\"sequential\",\"children\":{}}"), DL_EFORMAT, "not a list"},
        {NET("{\"class\":\"test.counter\",\"config\":{\"n\":1,\"kind\":[1,2]}}"), DL_EFORMAT,
         "value for \"kind\""},
        {NET("{\"class\":\"test.counter\",\"config\":{\"n\":1,\"rate\":\"fast\"}}"), DL_EFORMAT,
         "value for \"rate\""},
    };
    const char *name = "x";
    dl_tensor *t = random_tensor(ctx, DL_F32, 1, DL_SHAPE(1));
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        int64_t live = dl_ctx_live(ctx);
        assert_null(dl_module_open(ctx, put_file(ctx, lies[i].how, &name, &t, 1)));
        expect_error(ctx, lies[i].code, lies[i].says);
        assert_int_equal(dl_ctx_live(ctx), live);
    }
}

/* Memory and time stay in proportion to the file, whatever it says. */
static void endless_descriptions_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    static const char head[] = "{\"version\":1,\"module\":[", tail[] = "]}";
    const size_t n = (size_t)3 << 20;
    char *how = calloc(1, n + sizeof head + sizeof tail);
    strcpy(how, head);
    for (size_t i = strlen(head); i < n; i += 3)
        memcpy(how + i, "{},", 3);
    strcpy(how + strlen(how) - 1, tail);
    assert_null(dl__module_from_text(ctx, "made", how));
    expect_error(ctx, DL_ELIMIT, "more than 2097152 bytes");
    free(how);
}

static void many_children_take_time_in_proportion(void **state)
{
    dl_ctx *ctx = *state;
    enum { MANY = 60000, EACH = 32 };
    char *how = calloc(1, (size_t)MANY * EACH + 128), *at = how;
    at += sprintf(at, "{\"version\":1,\"module\":{\"class\":\"sequential\",\"children\":[");
    for (int i = 0; i < MANY; i++)
        at += sprintf(at, "%s{\"name\":\"%d\",\"class\":\"relu\"}", i ? "," : "", i);
    strcpy(at, "]}}");
    dl_module *m = dl__module_from_text(ctx, "made", how);
    expect_ok(ctx);
    assert_int_equal(dl_module_child_count(m), MANY);
    dl_module_drop(m);
    free(how);
}

static void deep_descriptions_end_at_the_limit(void **state)
{
    dl_ctx *ctx = *state;
    enum { LEVELS = 70 };
    static const char open[] = "{\"name\":\"a\",\"class\":\"sequential\",\"children\":[";
    char *how = calloc(1, LEVELS * (sizeof open + 2) + 64);
    strcpy(how, "{\"version\":1,\"module\":");
    for (int i = 0; i < LEVELS; i++)
        strcat(how, open);
    for (int i = 0; i < LEVELS; i++)
        strcat(how, "]}");
    strcat(how, "}");
    const char *name = "x";
    dl_tensor *t = random_tensor(ctx, DL_F32, 1, DL_SHAPE(1));
    assert_null(dl_module_open(ctx, put_file(ctx, how, &name, &t, 1)));
    expect_error(ctx, DL_EFORMAT, "nested too deeply");
    free(how);
}

static void numbers_that_json_lacks_survive(void **state)
{
    dl_ctx *ctx = *state;
    const counter_config c = {1, {INT32_MIN, INT32_MAX, 0}, -1.0 / 0.0};
    dl_module *m = dl_module_new(ctx, &counter_class, &c);
    dl_module *opened = dl_module_open(ctx, saved(m, "net"));
    expect_ok(ctx);
    const counter_config *back = dl_module_config(opened);
    assert_memory_equal(back->kind, c.kind, sizeof c.kind);
    assert_true(back->rate == c.rate);
    dl_module_drop(opened);
    dl_module_drop(m);
}

typedef struct files {
    dl_module *net;
    const char *path;
    char hash[65];
} files;

static dl_status save(dl_ctx *ctx, void *user)
{
    files *f = user;
    (void)ctx;
    return dl_module_save(f->net, f->path);
}

static dl_status load(dl_ctx *ctx, void *user)
{
    files *f = user;
    (void)ctx;
    return dl_module_load(f->net, f->path, NULL);
}

static dl_status reopen(dl_ctx *ctx, void *user)
{
    files *f = user;
    dl_module *m = dl_module_open(ctx, f->path);
    dl_module_drop(m);
    return m ? DL_OK : dl_ctx_status(ctx);
}

static void hash_is_as_before(dl_ctx *ctx, void *user)
{
    files *f = user;
    char hash[65];
    (void)ctx;
    assert_int_equal(dl_module_hash(f->net, hash), DL_OK);
    assert_string_equal(hash, f->hash);
}

static void files_survive_short_memory(void **state)
{
    dl_ctx *ctx = *state;
    files f = {make_net(ctx), scratch_at("net"), ""};
    assert_int_equal(dl_module_hash(f.net, f.hash), DL_OK); /* makes the table, which stays */
    assert_true(fault_loop(ctx, save, NULL, &f) > 5);
    assert_int_equal(scratch_entries(), 1);
    for (int32_t i = 0; i < dl_module_param_count(f.net); i++)
        dl_tensor_fill(dl_module_param(f.net, i), 9);
    assert_int_equal(dl_module_hash(f.net, f.hash), DL_OK);
    dl_module *other = make_net(ctx);
    f.path = saved(other, "other");
    int failures = 0;
    for (int n = 1;; n++, failures++) { /* fault_loop goes on after a success */
        dl__memory_fail(ctx, n, 0);
        dl_status s = dl_module_load(f.net, f.path, NULL);
        dl__memory_fail(ctx, 0, 0);
        if (s == DL_OK)
            break;
        expect_error(ctx, DL_ENOMEM, "");
        hash_is_as_before(ctx, &f);
    }
    assert_true(failures > 10);
    assert_same_hash(f.net, other);
    assert_true(fault_loop(ctx, load, NULL, &f) > 10);
    assert_true(fault_loop(ctx, reopen, NULL, &f) > 20);
    dl_module_drop(other);
    dl_module_drop(f.net);
}

/* The weights that seed 1 gives, for every machine, compiler and number of threads. */
static void seed_1_gives_these_weights(void **state)
{
    (void)state;
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.seed = 1});
    dl_module *net = dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_dense(ctx, 20, 30, NULL), dl_layer_relu(ctx),
                       dl_layer_dense(ctx, 30, 10, &(dl_layer_opts){.init = DL_INIT_PYTORCH})));
    char hex[65];
    assert_int_equal(dl_module_hash(net, hex), DL_OK);
    assert_string_equal(hex, "009cbcbaf69b59b59b5882c2f1bcc8ba28f7db90fe00237d1565f42dc0323c09");
    dl_module_drop(net);
    dl_ctx_drop(ctx);
}

/* The digest is sha256sum's, of these sixteen bytes. */
static void the_hash_is_over_bytes_in_logical_order(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_dense(ctx, 2, 2, &(dl_layer_opts){.no_bias = 1});
    const float w[4] = {1, 2, 3, 4}; /* 0000803f 00000040 00004040 00008040 */
    char hex[65];
    assert_int_equal(dl_tensor_set(dl_module_tensor(m, "weight"), w, sizeof w), DL_OK);
    assert_int_equal(dl_module_hash(m, hex), DL_OK);
    assert_string_equal(hex, "ad73b9acd6e4a74b2f5bb5386658ce3bb146cd040a1867646ab3b973fb6632b1");
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_files(a_saved_net_opens_as_it_was),
        with_files(children_that_init_makes_are_not_made_twice),
        with_files(the_same_net_gives_the_same_bytes),
        with_files(the_description_is_plain_json),
        with_files(values_load_into_a_net_that_is_there),
        with_files(meta_nets_get_memory_when_they_are_loaded),
        with_files(a_meta_net_has_nothing_to_save_or_hash),
        with_files(every_name_that_does_not_fit_is_listed_and_nothing_changes),
        with_files(long_lists_are_cut_and_counted),
        with_files(prefix_and_rules_rename_what_a_file_calls_otherwise),
        with_files(tied_tensors_need_one_of_their_names),
        with_files(wrong_arguments_are_refused),
        with_files(lying_files_are_refused_by_what_they_say),
        with_files(endless_descriptions_are_refused),
        with_files(many_children_take_time_in_proportion),
        with_files(deep_descriptions_end_at_the_limit),
        with_files(numbers_that_json_lacks_survive),
        with_files(files_survive_short_memory),
        cmocka_unit_test(seed_1_gives_these_weights),
        with_files(the_hash_is_over_bytes_in_logical_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
