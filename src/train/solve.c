/* A step of an optimizer that computes the loss as often as it likes (L-BFGS). */
#include <math.h>
#include "data/loader.h"
#include "dl/ops.h"
#include "optim/optim.h"
#include "tensor/tensor.h"
#include "train/train.h"

typedef struct whole {
    dl__run *r;
    dl_tensor *(*field)[DL__FIELDS]; /* of each batch */
    int32_t n;                       /* batches       */
    int64_t examples;                /* of all        */
    uint64_t ticket;                 /* so that dropout draws the same masks each time */
    int32_t calls;
} whole;

/* The loss of all batches together, with the penalty. What was found at the first call, before the
 * weights changed, goes to the epoch's averages. */
static dl_tensor *loss_of(dl_module *m, void *user)
{
    whole *w = user;
    dl__run *r = w->r;
    dl_ctx *ctx = r->ctx;
    dl_tensor *sum = NULL;
    ctx->ticket = w->ticket;
    for (int32_t i = 0; i < w->n; i++) {
        dl_tensor *value;
        double metric;
        if (dl__run_loss("train", m, r->loss, r->loss_user, w->field[i], r->fields, &value,
                         &metric) != DL_OK)
            return NULL;
        const int64_t n = w->field[i][0]->dims[0];
        if (w->calls == 0)
            dl__mean_add(&r->mean, dl_tensor_item(value), metric, n);
        value = n == w->examples ? value : dl_scale(value, (double)n / (double)w->examples);
        sum = i == 0 ? value : dl_add(sum, value);
    }
    dl_tensor *penalty = dl__run_penalty(r, w->calls == 0 ? w->examples : 0);
    w->calls++;
    return penalty ? dl_add(sum, penalty) : sum;
}

dl_status dl__run_solve(dl__run *r, dl_tensor *(*field)[DL__FIELDS], int32_t n, int64_t examples)
{
    whole w = {r, field, n, examples, r->ctx->ticket, 0};
    return dl_optim_step_closure(r->o, loss_of, &w, NULL);
}
