/* What the tests of schedules share: factors that PyTorch's schedulers gave, which
 * tests/golden/make_sched.py stored in sched.txt, and the failing of every allocation. */
#ifndef DL_TESTS_SCHED_RUN_H
#define DL_TESTS_SCHED_RUN_H
#include "dl/ext.h"
#include "dl/sched.h"
#include "support/support.h"

/* The factors of s at steps 0, 1, ... are those stored under name, to 1e-14 of each and 1e-16. */
void check_factors(const char *name, const dl_sched *s);
/* The same of the momentum. */
void check_momenta(const char *name, const dl_sched *s);
/* The same after each of the reports that make_sched.py made, times sign. */
void check_reports(const char *name, dl_sched *s, double sign);

/* Makes a schedule; NULL on failure. */
typedef dl_sched *(*sched_make)(dl_ctx *ctx);
/* Every allocation of make fails once, and nothing is left; NULL as context and a standing error
 * give NULL. */
void check_sched_faults(dl_ctx *ctx, sched_make make);
#endif
