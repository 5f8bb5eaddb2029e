/* What the tests of optimizers share: a small module, a non-convex function of its parameters, and
 * trajectories that PyTorch took over it (tests/golden/optim.safetensors). */
#ifndef DL_TESTS_OPTIM_RUN_H
#define DL_TESTS_OPTIM_RUN_H
#include "dl/ext.h"
#include "dl/grad.h"
#include "dl/optim.h"
#include "support/support.h"

/* A module that only holds parts; y = x. */
extern const dl_module_class bag_class;
/* Parameters "x" [2, 3], its axes swapped in memory, and "y" [3], with the first values of the
 * trajectories. */
dl_module *make_point(dl_ctx *ctx, dl_dtype dt);
/* A module of n parameters "0", "1", ... of the given numbers of elements, all zero. */
dl_module *make_params(dl_ctx *ctx, dl_dtype dt, const int64_t *sizes, int32_t n);

/* The function, and its gradients after dl_module_zero_grad. */
dl_tensor *point_loss(dl_module *m);
void point_backward(dl_module *m);

/* Gives parameter i of m this gradient (its elements, row-major): dl_backward of their product. */
void give_grad(dl_module *m, int32_t i, const dl_tensor *grad);
/* The same with every element value. */
void give_grad_of(dl_module *m, int32_t i, double value);
/* A copy of parameter i, in the innermost scope. */
dl_tensor *param_copy(dl_module *m, int32_t i);

/* Makes the optimizer of a case over m; NULL fails the test. */
typedef dl_optim *(*optim_make)(dl_module *m);
/* 20 steps in f32 and f64, each compared with PyTorch's: within 1e-12 in f64 and 4 units in the
 * last place in f32, relative to max(1, |w|). Names that end in "_absent" leave out the gradient of
 * y in every third step. */
void check_trajectory(const char *name, optim_make make);

/* One of them; L-BFGS steps through point_closure. */
void check_path(const char *name, optim_make make, dl_dtype dt, double tolerance);
dl_tensor *point_closure(dl_module *m, void *user);

/* The same against a formula: one step of one weight. state: four numbers of its own, zero at
 * first; step from 1. */
typedef double (*optim_formula)(double w, double g, double *state, int64_t step);
void check_formula(optim_make make, optim_formula formula);

/* What every optimizer must pass: check_threads, the same bits on every instruction set, a run that
 * is saved and goes on in another context. The name of check_faults stays in the test's own file,
 * where tests/faults looks for it. */
void check_optim(optim_make make);
void check_resume(optim_make make); /* the last of these */

/* The same weights to the bit after a few steps with 1, 2, 3, 4 and 7 threads, over a parameter of
 * many pieces and one of few. */
void check_threads(optim_make make);
/* Every allocation of make fails once; parameters and gradients stay as they were. */
void check_faults(optim_make make);

/* Wrong options, each with a part of the message: {{.lr = -2}, "lr is -2"}. */
#define OPTIM_BAD(name)                                                                            \
    struct {                                                                                       \
        dl_##name##_opts o;                                                                        \
        const char *part;                                                                          \
    }
/* The test NAME_names_an_option_out_of_range over a table of them; without a module there is no
 * optimizer, either. */
#define OPTIM_OPTIONS_TEST(name, bad)                                                              \
    static void name##_names_an_option_out_of_range(void **state)                                  \
    {                                                                                              \
        dl_ctx *ctx = *state;                                                                      \
        dl_module *m = make_point(ctx, DL_F32);                                                    \
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {                                    \
            assert_null(dl_optim_##name(m, &bad[i].o));                                            \
            expect_error(ctx, DL_EINVAL, bad[i].part);                                             \
        }                                                                                          \
        assert_null(dl_optim_##name(NULL, NULL));                                                  \
        dl_module_drop(m);                                                                         \
    }
#endif
