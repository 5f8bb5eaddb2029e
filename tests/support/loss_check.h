/* What the losses of two operands of one shape are tested for, beside the table of shapes. */
#ifndef DL_TESTS_LOSS_CHECK_H
#define DL_TESTS_LOSS_CHECK_H
#include "support/op_check.h"

extern dl_loss_opts loss_sum, loss_none, loss_batch_mean;

/* The cases of a loss, with pred in (low, high) and target in (t_low, t_high); user is handed on
 * as options. */
#define LOSS_CASES(low, high, t_low, t_high)                                                       \
    CASE("a mean", IN_RANGE(low, high, 3, 4), IN_RANGE(t_low, t_high, 3, 4)),                      \
        CASE_WITH(&loss_sum, "a sum", IN_RANGE(low, high, 2, 3, 2),                                \
                  IN_RANGE(t_low, t_high, 2, 3, 2)),                                               \
        CASE_WITH(&loss_none, "unreduced", IN_RANGE(low, high, 3, 4),                              \
                  IN_RANGE(t_low, t_high, 3, 4)),                                                  \
        CASE_WITH(&loss_batch_mean, "a mean over examples", IN_RANGE(low, high, 3, 4),             \
                  IN_RANGE(t_low, t_high, 3, 4)),                                                  \
        CASE("a fixed target", IN_RANGE(low, high, 5), FIXED_RANGE(t_low, t_high, 5)),             \
        CASE("scalars", IN_SCALAR(low, high), IN_SCALAR(t_low, t_high)),                           \
        CASE_WITH(&loss_sum, "a sum of nothing", IN_RANGE(low, high, 0, 4),                        \
                  IN_RANGE(t_low, t_high, 0, 4)),                                                  \
        CASE_WITH(&loss_none, "nothing", IN_RANGE(low, high, 0, 4),                                \
                  IN_RANGE(t_low, t_high, 0, 4)),                                                  \
        LARGE_CASE("many", IN_RANGE(low, high, 3, 70001), IN_RANGE(t_low, t_high, 3, 70001))

/* The options that a loss may have beside the reduction. */
enum { HAS_IGNORE = 1, HAS_SMOOTHING = 2, HAS_WEIGHT = 4, HAS_POS_WEIGHT = 8 };
typedef dl_tensor *(*loss_fn)(dl_tensor *pred, dl_tensor *target, const dl_loss_opts *o);

/* It refuses to broadcast, and by name the options that it does not have and reductions that there
 * are not; the mean of nothing is NaN; reductions agree with one another; of what it makes only the
 * loss stays in the scope. Called with predictions in (0, 1), targets of 1. */
void check_loss(dl_ctx *ctx, const char *name, loss_fn loss, int has);

/* Of losses of probabilities, at predictions and targets between 0 and 1: weights broadcast to the
 * losses of each element; those that do not, or have another type, are named. */
void check_loss_weights(dl_ctx *ctx, const char *name, loss_fn loss);
/* A third derivative for pred (or for target) is refused, as is that of NAME_backward. */
void check_loss_third(dl_ctx *ctx, const char *name, loss_fn loss, int of_target);

/* Of losses of classes, target labels: the mean over labels that are all ignored is NaN, and its
 * gradient 0 even for a NaN. */
void check_loss_ignores(dl_ctx *ctx, loss_fn loss);
/* The gradient for the weights of classes is refused by name. */
void check_loss_class_weights(dl_ctx *ctx, const char *name, loss_fn loss);

/* The gradients d of the sum of y for pred and target, both tracked. */
void loss_gradients(dl_tensor *y, dl_tensor *pred, dl_tensor *target, dl_tensor *d[2]);
/* A view of all of t, where the gradients of several uses add up before they reach t, as the table
 * of shapes wants it; NULL for NULL. */
dl_tensor *loss_view(dl_tensor *t);
#endif
