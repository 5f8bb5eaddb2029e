#include <string.h>
#include "dl/grad.h"
#include "dl/ops.h"
#include "module/module.h"
#include "modules.h"

static dl_tensor *small(dl_ctx *ctx)
{
    return dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(2));
}

static dl_module *box(dl_ctx *ctx)
{
    return dl_layer_sequential(ctx, NULL, 0);
}

static void a_module_copies_its_config_and_zeroes_its_state(void **state)
{
    dl_ctx *ctx = *state;
    counter_config c = {2, {7, 8, 9}, 0.5};
    dl_module *m = dl_module_new(ctx, &counter_class, &c);
    c.rate = 0;
    const counter_config *own = dl_module_config(m);
    assert_true(own->rate == 0.5 && own->kind[2] == 9);
    assert_int_equal(dl_module_training(m), 1);
    assert_string_equal(dl_module_class_name(m), "test.counter");
    assert_ptr_equal(dl_module_ctx(m), ctx);
    dl_module_drop(m);
    dl_module_class cls = pair_class;
    cls.config_size = 8;
    cls.state_size = 64;
    m = dl_module_new(ctx, &cls, NULL);
    const char zeros[64] = {0};
    assert_memory_equal(dl_module_config(m), zeros, 8);
    assert_memory_equal(dl_module_state(m), zeros, 64);
    /* Nothing says how to write these 8 bytes: better refused than rebuilt from zeros. */
    assert_int_equal(dl_module_save(m, "undescribed.safetensors"), DL_EUNSUPPORTED);
    expect_error(ctx, DL_EUNSUPPORTED, "no fields that describe it");
    dl_module_drop(m);
}

static void wrong_classes_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_module_class cls = counter_class;
    assert_null(dl_module_new(ctx, NULL, NULL));
    expect_error(ctx, DL_EINVAL, "a class wants a name");
    cls.name = "";
    assert_null(dl_module_new(ctx, &cls, NULL));
    expect_error(ctx, DL_EINVAL, "a class wants a name");
    cls = counter_class;
    cls.forward = NULL;
    assert_null(dl_module_new(ctx, &cls, NULL));
    expect_error(ctx, DL_EINVAL, "forward");
    cls = counter_class;
    cls.reserved[1] = &cls;
    assert_null(dl_module_new(ctx, &cls, NULL));
    expect_error(ctx, DL_EINVAL, "reserved");
    cls = counter_class;
    cls.config_size = 8;
    assert_null(dl_module_new(ctx, &cls, NULL));
    expect_error(ctx, DL_EINVAL, "field 1 of class test.counter lies outside");
    assert_null(dl_module_new(NULL, &counter_class, NULL));
}

static dl_status fail_silently(dl_module *m, const void *config)
{
    (void)config;
    dl_module_add_param(m, "w", small(dl_module_ctx(m)));
    return 3;
}

static int freed;
static void count_free(dl_module *m)
{
    (void)m;
    freed++;
}

static void a_failing_init_frees_what_it_made(void **state)
{
    dl_ctx *ctx = *state;
    dl_module_class cls = pair_class;
    cls.init = fail_silently;
    cls.free = count_free;
    freed = 0;
    assert_null(dl_module_new(ctx, &cls, NULL));
    expect_error(ctx, DL_EUSER, "test.pair: it could not be made");
    assert_int_equal(freed, 1);
}

static void parts_have_names_of_their_own(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = box(ctx);
    int64_t live = dl_ctx_live(ctx);
    const char *const wrong[] = {"", NULL, "a.b", "w"};
    const char *const said[] = {"sequential: a part wants a name",
                                "sequential: a part wants a name",
                                "sequential: the name \"a.b\" of a part holds a point",
                                "sequential: there is a part \"w\" already"};
    assert_non_null(dl_module_add_param(m, "w", small(ctx)));
    live = dl_ctx_live(ctx);
    for (int i = 0; i < 4; i++) {
        assert_null(dl_module_add_param(m, wrong[i], small(ctx)));
        expect_error(ctx, DL_EINVAL, said[i]);
        assert_null(dl_module_add_buffer(m, wrong[i], small(ctx)));
        expect_error(ctx, DL_EINVAL, said[i]);
        assert_null(dl_module_add(m, wrong[i], box(ctx)));
        expect_error(ctx, DL_EINVAL, said[i]);
    }
    assert_int_equal(dl_ctx_live(ctx), live);
    assert_int_equal(dl_module_param_count(m), 1);
    dl_module_drop(m);
}

static void parts_are_checked_and_adopted_also_on_failure(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    dl_module *m = box(ctx);
    int64_t live = dl_ctx_live(ctx), far = dl_ctx_live(other);
    assert_null(dl_module_add_param(m, "w", NULL));
    expect_error(ctx, DL_EINVAL, "the part \"w\" is NULL");
    assert_null(dl_module_add(m, "c", NULL));
    expect_error(ctx, DL_EINVAL, "the part \"c\" is NULL");
    assert_null(dl_module_add_param(m, "w", dl_tensor_zeros(ctx, DL_I32, DL_SHAPE(2))));
    expect_error(ctx, DL_EDTYPE, "parameter \"w\" is i32");
    assert_null(dl_module_add_param(m, "w", small(other)));
    expect_error(ctx, DL_EINVAL, "another context");
    assert_null(dl_module_add(m, "c", box(other)));
    expect_error(ctx, DL_EINVAL, "another context");
    assert_null(dl_module_add_param(NULL, "w", small(ctx)));
    assert_null(dl_module_add_buffer(NULL, "w", small(ctx)));
    assert_null(dl_module_add(NULL, "w", box(ctx)));
    dl_fail(ctx, DL_EUSER, "test: an error stands");
    assert_null(dl_module_add(m, "c", NULL));
    dl_ctx_clear(ctx);
    assert_int_equal(dl_ctx_live(ctx), live);
    assert_int_equal(dl_ctx_live(other), far);
    end_ctx(other);
    dl_module_drop(m);
}

/* Changing it, by load or forward, would be an error half-way. */
static void results_of_recorded_operations_are_no_parts(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = box(ctx);
    dl_tensor *w = dl_module_add_param(m, "w", small(ctx));
    int32_t mark = dl_scope_begin(ctx);
    int64_t live = dl_ctx_live(ctx);
    assert_null(dl_module_add_param(m, "p", dl_scale(w, 2)));
    expect_error(ctx, DL_ESTATE, "\"p\" was made by a recorded operation");
    assert_null(dl_module_add_buffer(m, "b", dl_scale(w, 2)));
    expect_error(ctx, DL_ESTATE, "\"b\" was made by a recorded operation");
    assert_int_equal(dl_ctx_live(ctx), live);
    assert_non_null(dl_module_add_buffer(m, "b", dl_detach(dl_scale(w, 2))));
    dl_scope_end(ctx, mark);
    dl_module_drop(m);
}

/* A file could not say how to build it again. */
static void only_containers_take_children_from_outside(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_relu(ctx);
    int64_t live = dl_ctx_live(ctx);
    assert_null(dl_module_add(m, "a", dl_layer_relu(ctx)));
    expect_error(ctx, DL_ESTATE, "relu: its class takes no children from outside, \"a\"");
    assert_int_equal(dl_ctx_live(ctx), live);
    dl_module_drop(m);
}

static void parts_do_not_repeat_elements(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = box(ctx);
    assert_null(dl_module_add_param(m, "p", dl_expand(dl_tensor_give(small(ctx)), DL_SHAPE(3, 2))));
    expect_error(ctx, DL_ESTATE, "elements of \"p\" share memory");
    assert_null(
        dl_module_add_buffer(m, "b", dl_expand(dl_tensor_give(small(ctx)), DL_SHAPE(3, 2))));
    expect_error(ctx, DL_ESTATE, "elements of \"b\" share memory");
    dl_module_drop(m);
}

static void a_tensor_of_a_scope_is_taken_out_of_it(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = box(ctx);
    int32_t mark = dl_scope_begin(ctx);
    dl_module_add_param(m, "w", dl_tensor_give(small(ctx)));
    dl_scope_end(ctx, mark);
    assert_values(dl_module_tensor(m, "w"), 0, 0);
    dl_module_drop(m);
}

static void parameters_are_tracked_and_buffers_are_not(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = box(ctx);
    assert_int_equal(dl_grad_tracked(dl_module_add_param(m, "w", small(ctx))), 1);
    assert_int_equal(dl_grad_tracked(dl_module_add_buffer(m, "b", small(ctx))), 0);
    assert_non_null(dl_module_add_buffer(m, "n", dl_tensor_zeros(ctx, DL_I64, DL_SHAPE(1))));
    assert_int_equal(dl_module_track(m, 0), DL_OK);
    assert_int_equal(dl_grad_tracked(dl_module_tensor(m, "w")), 0);
    assert_int_equal(dl_module_track(m, 1), DL_OK);
    assert_int_equal(dl_grad_tracked(dl_module_tensor(m, "w")), 1);
    dl_module_drop(m);
}

static void a_module_that_is_part_of_another_is_complete(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *outer = box(ctx), *inner = box(ctx);
    assert_ptr_equal(dl_module_add(outer, "inner", inner), inner);
    assert_null(dl_module_add(inner, "late", box(ctx)));
    expect_error(ctx, DL_ESTATE, "part of another module");
    assert_null(dl_module_add_param(inner, "late", small(ctx)));
    expect_error(ctx, DL_ESTATE, "part of another module");
    dl_module_keep(inner);
    dl_module_drop(outer);
    assert_non_null(dl_module_add(inner, "late", box(ctx))); /* free again */
    dl_module_drop(inner);
}

static void no_module_is_in_a_tree_twice_or_in_itself(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = box(ctx), *child = box(ctx);
    assert_null(dl_module_add(m, "self", m));
    expect_error(ctx, DL_EINVAL, "is the module itself");
    dl_module_add(m, "a", child);
    assert_null(dl_module_add(m, "b", child));
    expect_error(ctx, DL_EINVAL, "is part of a module already");
    assert_null(dl_module_add(child, "up", dl_module_keep(m)));
    expect_error(ctx, DL_ESTATE, "part of another module");
    assert_int_equal(dl_module_child_count(m), 1);
    dl_module_drop(m);
}

static void paths_and_lists_follow_state_dict(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx);
    const char *const params[] = {"0.weight", "0.bias", "2.body.weight", "2.body.bias", "3.scale"};
    assert_int_equal(dl_module_param_count(net), 5);
    for (int32_t i = 0; i < 5; i++)
        assert_string_equal(dl_module_param_name(net, i), params[i]);
    assert_int_equal(dl_module_buffer_count(net), 1);
    assert_string_equal(dl_module_buffer_name(net, 0), "3.count");
    assert_ptr_equal(dl_module_buffer(net, 0), dl_module_tensor(net, "3.count"));
    assert_int_equal(dl_module_param_elements(net), 12 + 3 + 9 + 3 + 3);
    assert_ptr_equal(dl_module_find(net, ""), net);
    assert_string_equal(dl_module_class_name(dl_module_find(net, "2.body")), "dense");
    const char *const nowhere[] = {"4", "2.x", "2.body.weight", ".", "2.", "2..body", "02"};
    for (int i = 0; i < 7; i++)
        assert_null(dl_module_find(net, nowhere[i]));
    assert_null(dl_module_tensor(net, "2.body"));
    assert_null(dl_module_tensor(net, ""));
    assert_null(dl_module_param(net, 5));
    assert_null(dl_module_param(net, -1));
    assert_null(dl_module_param_name(net, 5));
    assert_null(dl_module_child(net, 4));
    assert_null(dl_module_child_name(net, -1));
    expect_ok(ctx);
    dl_module_drop(net);
}

static void a_parameter_of_two_modules_is_listed_once(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *a = box(ctx), *b = box(ctx), *net = box(ctx);
    dl_tensor *w = small(ctx);
    dl_module_add_param(a, "w", dl_tensor_keep(w));
    dl_module_add_param(b, "v", w);
    dl_module_add(net, "a", a);
    dl_module_add(net, "b", b);
    assert_int_equal(dl_module_param_count(net), 1);
    assert_string_equal(dl_module_param_name(net, 0), "a.w");
    assert_ptr_equal(dl_module_tensor(net, "b.v"), w);
    assert_int_equal(dl_module_param_elements(net), 2);
    dl_module *twin = dl_module_clone(net, NULL);
    assert_int_equal(dl_module_param_count(twin), 1);
    assert_ptr_equal(dl_module_tensor(twin, "b.v"), dl_module_tensor(twin, "a.w"));
    dl_module_drop(twin);
    dl_module_drop(net);
}

static void mode_goes_through_the_tree(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx);
    dl_module_train(net, 0);
    assert_int_equal(dl_module_training(dl_module_find(net, "2.body")), 0);
    dl_module_train(dl_module_find(net, "2"), 1);
    assert_int_equal(dl_module_training(dl_module_find(net, "2.body")), 1);
    assert_int_equal(dl_module_training(net), 0);
    dl_module_drop(net);
}

static void null_handles_are_harmless(void **state)
{
    (void)state;
    dl_module_drop(NULL);
    dl_module_train(NULL, 1);
    dl_module_zero_grad(NULL);
    dl_module_update_buffer(NULL, NULL, NULL);
    assert_null(dl_module_keep(NULL));
    assert_null(dl_module_ctx(NULL));
    assert_null(dl_module_state(NULL));
    assert_null(dl_module_config(NULL));
    assert_null(dl_module_class_name(NULL));
    assert_null(dl_module_param(NULL, 0));
    assert_null(dl_module_buffer_name(NULL, 0));
    assert_null(dl_module_child(NULL, 0));
    assert_null(dl_module_find(NULL, ""));
    assert_null(dl_module_tensor(NULL, "w"));
    assert_null(dl_module_forward(NULL, NULL));
    assert_null(dl_module_clone(NULL, NULL));
    assert_null(dl_module_share(NULL, NULL));
    assert_null(dl_module_freeze(NULL));
    assert_null(dl_module_open(NULL, "x"));
    assert_int_equal(dl_module_training(NULL), 0);
    assert_int_equal(dl_module_track(NULL, 1), DL_EINVAL);
    assert_int_equal(dl_module_param_count(NULL), DL_EINVAL);
    assert_int_equal(dl_module_child_count(NULL), DL_EINVAL);
    assert_int_equal(dl_module_call(NULL, NULL, 0, NULL, 0), DL_EINVAL);
    assert_int_equal(dl_module_save(NULL, "x"), DL_EINVAL);
    assert_int_equal(dl_module_load(NULL, "x", NULL), DL_EINVAL);
    assert_int_equal(dl_module_hash(NULL, NULL), DL_EINVAL);
    assert_int_equal(dl_module_summary(NULL, NULL, 0, NULL, 0, NULL), DL_EINVAL);
    assert_int_equal(dl_module_register(NULL, &pair_class), DL_EINVAL);
}

static dl_status build(dl_ctx *ctx, void *user)
{
    (void)user;
    dl_module *net = make_net(ctx);
    int32_t n = net ? dl_module_param_count(net) : dl_ctx_status(ctx);
    dl_module_drop(net);
    return n < 0 ? n : DL_OK;
}

static void building_survives_short_memory(void **state)
{
    assert_true(fault_loop(*state, build, NULL, NULL) > 20);
}

static void names_of_classes_are_taken_once(void **state)
{
    dl_ctx *ctx = *state;
    dl_module_class dense = pair_class, pair = pair_class;
    dense.name = "dense";
    assert_int_equal(dl_module_register(ctx, &pair_class), DL_OK);
    assert_int_equal(dl_module_register(ctx, &pair_class), DL_OK);
    assert_int_equal(dl_module_register(ctx, &pair), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "another class called \"test.pair\"");
    assert_int_equal(dl_module_register(ctx, &dense), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "another class called \"dense\"");
    assert_int_equal(dl_module_register(ctx, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "a class wants");
    assert_ptr_equal(dl__class_find("test.pair"), &pair_class);
    assert_null(dl__class_find("test.nobody"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_module_copies_its_config_and_zeroes_its_state),
        with_ctx(wrong_classes_are_refused),
        with_ctx(a_failing_init_frees_what_it_made),
        with_ctx(parts_have_names_of_their_own),
        with_ctx(parts_are_checked_and_adopted_also_on_failure),
        with_ctx(results_of_recorded_operations_are_no_parts),
        with_ctx(parts_do_not_repeat_elements),
        with_ctx(only_containers_take_children_from_outside),
        with_ctx(a_tensor_of_a_scope_is_taken_out_of_it),
        with_ctx(parameters_are_tracked_and_buffers_are_not),
        with_ctx(a_module_that_is_part_of_another_is_complete),
        with_ctx(no_module_is_in_a_tree_twice_or_in_itself),
        with_ctx(paths_and_lists_follow_state_dict),
        with_ctx(a_parameter_of_two_modules_is_listed_once),
        with_ctx(mode_goes_through_the_tree),
        cmocka_unit_test(null_handles_are_harmless),
        with_ctx(building_survives_short_memory),
        with_ctx(names_of_classes_are_taken_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
