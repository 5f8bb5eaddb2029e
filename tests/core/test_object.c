#include <pthread.h>
#include "support.h"

typedef struct link {
    dl__object base;
    dl__object *next;
    int *count; /* of destroyed objects */
} link;

static void link_destroy(dl__object *o, dl__dead *dead)
{
    link *l = (link *)o;
    ++*l->count;
    dl__object_unref(l->next, dead);
}

static link *make_link(dl_ctx *ctx, int *count, link *next)
{
    link *l = dl__object_new(ctx, sizeof *l, link_destroy);
    assert_non_null(l);
    l->count = count;
    l->next = next ? &next->base : NULL;
    return l;
}

static void the_last_reference_destroys(void **state)
{
    int count = 0;
    link *l = make_link(*state, &count, NULL);
    assert_int_equal(dl_ctx_live(*state), 1);
    assert_ptr_equal(dl__object_keep(l), l);
    dl__object_drop(l);
    assert_int_equal(count, 0);
    dl__object_drop(l);
    assert_int_equal(count, 1);
    assert_int_equal(dl_ctx_live(*state), 0);
    dl__object_drop(NULL);
    assert_null(dl__object_keep(NULL));
}

static void a_long_chain_is_freed_without_recursion(void **state)
{
    enum { N = 1000000 };
    int count = 0;
    link *l = NULL;
    for (int i = 0; i < N; i++)
        l = make_link(*state, &count, l);
    dl__object_drop(l);
    assert_int_equal(count, N);
}

static void a_scope_ends_what_it_owns(void **state)
{
    dl_ctx *ctx = *state;
    int count = 0;
    int32_t mark = dl_scope_begin(ctx);
    assert_true(mark > 0);
    for (int i = 0; i < 10; i++)
        dl__object_give(make_link(ctx, &count, NULL));
    link *kept = dl__object_give(make_link(ctx, &count, NULL));
    dl__object_keep(kept);
    dl_scope_end(ctx, mark);
    assert_int_equal(count, 10);
    assert_null(kept->base.link);
    dl__object_drop(kept);
    assert_int_equal(count, 11);
}

static void take_and_give_move_one_reference(void **state)
{
    dl_ctx *ctx = *state;
    int count = 0;
    int32_t mark = dl_scope_begin(ctx);
    link *l = dl__object_give(make_link(ctx, &count, NULL));
    assert_ptr_equal(dl__object_take(l), l); /* out of the scope */
    assert_int_equal(atomic_load(&l->base.refs), 1);
    dl__object_take(l); /* of no scope: one more */
    assert_int_equal(atomic_load(&l->base.refs), 2);
    dl__object_give(l);
    dl__object_give(l); /* a scope owns it: the second reference goes */
    assert_int_equal(atomic_load(&l->base.refs), 1);
    assert_int_equal(count, 0);
    dl_scope_end(ctx, mark);
    assert_int_equal(count, 1);
    assert_null(dl__object_take(NULL));
    assert_null(dl__object_give(NULL));
}

static void ending_a_scope_ends_those_inside_it(void **state)
{
    dl_ctx *ctx = *state;
    static int count; /* the root scope ends after this function */
    int32_t outer = dl_scope_begin(ctx);
    dl__object_give(make_link(ctx, &count, NULL));
    int32_t inner = dl_scope_begin(ctx);
    dl__object_give(make_link(ctx, &count, NULL));
    assert_true(inner > outer);
    dl_scope_end(ctx, outer);
    assert_int_equal(count, 2);
    dl_scope_end(ctx, inner); /* stale */
    dl_scope_end(ctx, -1);
    dl__object_give(make_link(ctx, &count, NULL)); /* into the root scope */
    assert_int_equal(count, 2);
}

static void many_scopes_nest(void **state)
{
    dl_ctx *ctx = *state;
    int count = 0;
    int32_t first = dl_scope_begin(ctx);
    dl__object_give(make_link(ctx, &count, NULL));
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(dl_scope_begin(ctx), first + 1 + i);
        dl__object_give(make_link(ctx, &count, NULL));
        dl__object_give(make_link(ctx, &count, NULL));
    }
    dl_scope_end(ctx, first + 500);
    assert_int_equal(count, 1002);
    dl_scope_end(ctx, first);
    assert_int_equal(count, 2001);
}

static void scope_end_giving_hands_results_to_the_scope_around(void **state)
{
    dl_ctx *ctx = *state;
    int count = 0;
    int32_t outer = dl_scope_begin(ctx);
    link *old = dl__object_give(make_link(ctx, &count, NULL));
    int32_t inner = dl_scope_begin(ctx);
    dl__object_give(make_link(ctx, &count, NULL));
    link *result = dl__object_give(make_link(ctx, &count, make_link(ctx, &count, NULL)));
    void *const out[] = {result, NULL, old, result};
    dl__scope_end_giving(ctx, inner, out, 4);
    assert_int_equal(count, 1);
    assert_int_equal(atomic_load(&result->base.refs), 1);
    assert_int_equal(atomic_load(&old->base.refs), 1);
    dl_scope_end(ctx, outer);
    assert_int_equal(count, 4);
}

static void scopes_work_while_an_error_stands(void **state)
{
    dl_ctx *ctx = *state;
    int count = 0;
    int32_t mark = dl_scope_begin(ctx);
    dl__object_give(make_link(ctx, &count, NULL));
    dl_fail(ctx, DL_EUSER, "test: stands");
    dl_scope_end(ctx, mark);
    assert_int_equal(count, 1);
    dl_ctx_clear(ctx);
}

static void dropping_what_a_scope_owns_leaves_no_trace_in_it(void **state)
{
    dl_ctx *ctx = *state;
    int count = 0;
    int32_t mark = dl_scope_begin(ctx);
    dl__object_give(make_link(ctx, &count, NULL));
    link *l = dl__object_give(make_link(ctx, &count, NULL));
    dl__object_give(make_link(ctx, &count, NULL));
    dl__object_drop(l);
    assert_int_equal(count, 1);
    dl_scope_end(ctx, mark);
    assert_int_equal(count, 3);
}

static void *keep_and_drop(void *user)
{
    for (int i = 0; i < 100000; i++)
        dl__object_drop(dl__object_keep(user));
    dl__object_drop(user);
    return NULL;
}

static void threads_may_keep_and_drop(void **state)
{
    dl_ctx *ctx = *state;
    int count = 0;
    link *l = make_link(ctx, &count, make_link(ctx, &count, NULL));
    pthread_t thread[3];
    for (int i = 0; i < 3; i++) {
        dl__object_keep(l);
        assert_int_equal(pthread_create(&thread[i], NULL, keep_and_drop, l), 0);
    }
    dl__object_drop(l);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    assert_int_equal(count, 2);
    assert_int_equal(dl_ctx_live(ctx), 0);
}

static dl_status nest(dl_ctx *ctx, void *user)
{
    int *count = user;
    for (int i = 0; i < 20; i++) {
        int32_t mark = dl_scope_begin(ctx);
        if (mark < 0)
            return mark;
        link *l = dl__object_new(ctx, sizeof *l, link_destroy);
        if (!l)
            return dl_ctx_status(ctx);
        l->count = count;
        dl__object_give(l);
    }
    return DL_OK;
}

static void failing_allocations_leave_scopes_whole(void **state)
{
    int count = 0;
    assert_true(fault_loop(*state, nest, NULL, &count) == 2 * 20);
}

static void a_scope_that_cannot_be_opened_leaves_the_others_open(void **state)
{
    dl_ctx *ctx = *state;
    int count = 0;
    int32_t first = dl_scope_begin(ctx), mark;
    dl__object_give(make_link(ctx, &count, NULL));
    dl__memory_fail(ctx, 1, 1);
    while ((mark = dl_scope_begin(ctx)) >= 0)
        continue;
    dl__memory_fail(ctx, 0, 0);
    assert_int_equal(mark, DL_ENOMEM);
    expect_error(ctx, DL_ENOMEM, "memory");
    assert_int_equal(count, 0);
    assert_true(dl_scope_begin(ctx) > first); /* and now it can */
    dl__object_give(make_link(ctx, &count, NULL));
    dl_scope_end(ctx, first);
    assert_int_equal(count, 2);
}

static void a_scope_beyond_the_limit_says_so(void **state)
{
    (void)state;
    const dl_ctx_opts o = {.memory_limit = 4096};
    dl_ctx *ctx = dl_ctx_new(&o);
    int32_t mark;
    while ((mark = dl_scope_begin(ctx)) >= 0)
        continue;
    assert_int_equal(mark, DL_ELIMIT);
    assert_int_equal(dl_ctx_status(ctx), DL_ELIMIT);
    dl_ctx_drop(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(the_last_reference_destroys),
        with_ctx(a_long_chain_is_freed_without_recursion),
        with_ctx(a_scope_ends_what_it_owns),
        with_ctx(take_and_give_move_one_reference),
        with_ctx(ending_a_scope_ends_those_inside_it),
        with_ctx(many_scopes_nest),
        with_ctx(scope_end_giving_hands_results_to_the_scope_around),
        with_ctx(scopes_work_while_an_error_stands),
        with_ctx(dropping_what_a_scope_owns_leaves_no_trace_in_it),
        with_ctx(threads_may_keep_and_drop),
        with_ctx(failing_allocations_leave_scopes_whole),
        with_ctx(a_scope_that_cannot_be_opened_leaves_the_others_open),
        cmocka_unit_test(a_scope_beyond_the_limit_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
