#include <stdio.h>
#include "support/op_run.h"

enum { ROOM = 128 };

/* The tests of one list, and how many. */
static struct CMUnitTest all[ROOM];
static int32_t n_all;

/* 0 when there is no room for it. */
static int add(struct CMUnitTest one)
{
    if (n_all == ROOM)
        return 0;
    all[n_all++] = one;
    return 1;
}

/* The same, with the operation's name before that of the fact. */
static int add_fact(const op_test *test, const op_fact *fact, struct CMUnitTest one)
{
    static char names[ROOM][128];
    snprintf(names[n_all % ROOM], sizeof names[0], "%s_%s", test->name, fact->name);
    one.name = names[n_all % ROOM];
    return add(one);
}

int op_main_with(const op_test *test, const op_fact *facts, int32_t n_facts,
                 const struct CMUnitTest *more, int32_t n_more)
{
    int32_t at = 0;
    int room = 1;
    n_all = 0; /* a program may have several such lists, one after the other */
    for (const op_fact *c; (c = op_check_at(test, &at));)
        room &= add_fact(
            test, c,
            (struct CMUnitTest){NULL, c->run, NULL, NULL, (void *)(uintptr_t)(const void *)test});
    for (int32_t i = 0; i < n_facts; i++)
        room &= add_fact(test, &facts[i], (struct CMUnitTest)with_ctx(facts[i].run));
    for (int32_t i = 0; i < n_more; i++)
        room &= add(more[i]);
    if (!room) {
        print_error("%s: more tests than there is room for\n", test->name);
        return 1;
    }
    const int failed = _cmocka_run_group_tests(test->name, all, (size_t)n_all, NULL, NULL);
    if (!failed)
        op_record(test->record ? test->record : test->name, test->flags,
                  op_has_blas() ? "plain native blas" : "plain native");
    return failed;
}

int op_main(const op_test *test, const struct CMUnitTest *more, int32_t n_more)
{
    return op_main_with(test, NULL, 0, more, n_more);
}
