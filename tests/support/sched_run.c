#include "support/sched_run.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 64, LINE = 4096 };

/* The numbers stored under name; how many. */
static int stored(const char *name, double *v)
{
    static char line[LINE];
    FILE *f = fopen(DL_TESTS_DIR "/golden/sched.txt", "r");
    assert_non_null(f);
    int n = 0;
    while (n == 0 && fgets(line, LINE, f)) {
        char *colon = strstr(line, " : "), *end = NULL;
        assert_non_null(colon);
        *colon = 0;
        if (strcmp(line, name) != 0)
            continue;
        for (char *at = colon + 3; n < NUMBERS; at = end) {
            v[n] = strtod(at, &end);
            if (end == at)
                break;
            n++;
        }
    }
    fclose(f);
    if (n == 0)
        fail_msg("sched.txt has no line \"%s\"", name);
    return n;
}

static void expect(const char *name, int step, double found, double wanted)
{
    if (!(fabs(found - wanted) <= 1e-14 * fabs(wanted) + 1e-16))
        fail_msg("%s, step %d: found %.17g, PyTorch has %.17g", name, step, found, wanted);
}

void check_factors(const char *name, const dl_sched *s)
{
    double wanted[NUMBERS];
    const int n = stored(name, wanted);
    assert_non_null(s);
    for (int i = 0; i < n; i++)
        expect(name, i, dl_sched_factor(s, i), wanted[i]);
}

void check_momenta(const char *name, const dl_sched *s)
{
    double wanted[NUMBERS];
    const int n = stored(name, wanted);
    assert_non_null(s);
    for (int i = 0; i < n; i++)
        expect(name, i, dl_sched_momentum(s, i), wanted[i]);
}

void check_reports(const char *name, dl_sched *s, double sign)
{
    static const double metrics[] = {5,        4,  4,  4, 4, 3.9999, 3.99, 4,   4,   4,     4,
                                     4,        2,  2,  2, 2, 1,      1.5,  NAN, 1.2, 0.999, 0.9999,
                                     0.99999,  1,  1,  1, 1, 1,      1,    1,   1,   1,     -1,
                                     -1.00001, -1, -2, 0, 0, 0,      0};
    double wanted[NUMBERS];
    const int n = stored(name, wanted);
    assert_int_equal(n, (int)(sizeof metrics / sizeof *metrics));
    for (int i = 0; i < n; i++) {
        assert_int_equal(dl_sched_report(s, sign * metrics[i]), DL_OK);
        expect(name, i, dl_sched_factor(s, i), wanted[i]);
    }
}

static dl_status make_one(dl_ctx *ctx, void *user)
{
    const sched_make *make = user;
    dl_sched *s = (*make)(ctx);
    dl_sched_drop(s);
    return s ? DL_OK : dl_ctx_status(ctx);
}

void check_sched_faults(dl_ctx *ctx, sched_make make)
{
    assert_true(fault_loop(ctx, make_one, NULL, &make) > 0);
    assert_null(make(NULL));
    dl_fail(ctx, DL_EUSER, "stop");
    assert_null(make(ctx));
    expect_error(ctx, DL_EUSER, "stop");
}
