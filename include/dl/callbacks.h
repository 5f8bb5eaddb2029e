/* dl/callbacks.h: what listens to training (dl_train_opts.callbacks): ready-made ones that write
 * files, and your own.
 *
 *     dl_callback *list[] = {dl_callback_csv(ctx, "metrics.csv"),
 *                            dl_callback_tensorboard(ctx, "runs/1"),
 *                            dl_callback_checkpoint(ctx, "net-{epoch}.safetensors",
 *                                                   &(dl_callback_checkpoint_opts){.keep = 3})};
 *     dl_train(net, optim, dl_loss_classify, NULL, data,
 *              &(dl_train_opts){.callbacks = list, .n_callbacks = 3});
 *     for (int i = 0; i < 3; i++)
 *         dl_callback_drop(list[i]);
 *
 * A callback is yours; dl_train borrows it. It serves one run at a time, and any number of them one
 * after the other. What fails in it stops training with its status, after the checkpoint of
 * dl_train_opts was saved; in on_begin there is nothing to save yet. */
#ifndef DL_CALLBACKS_H
#define DL_CALLBACKS_H
#include "dl/train.h"
#ifdef __cplusplus
extern "C" {
#endif

DL_API dl_callback *dl_callback_keep(dl_callback *c); /* one more reference, yours; returns c */
DL_API void dl_callback_drop(dl_callback *c);         /* gives one reference up; any thread   */

/* One line per epoch in the file path, after a head:
 *     epoch,step,examples,loss,metric,penalty,valid_loss,valid_metric,lr,seconds,best
 * with step counted from the first of the run. A number that there is not is empty. The file is
 * written whole or not at all, and is on disk before training goes on. A run begins with what the
 * file says of the epochs before its own: a resumed one goes on without doubled lines, a new one
 * starts anew. A file that does not begin with that head is DL_EFORMAT and stays as it is. */
DL_API dl_callback *dl_callback_csv(dl_ctx *ctx, const char *path);

/* An event file for TensorBoard in folder, which must be there: after each epoch the scalars loss,
 * metric, penalty, valid_loss, valid_metric and lr, those that there are, over the step counted
 * from the first of the run; on disk before training goes on. Each run writes a file of its own,
 * events.out.tfevents.TIME.HOST.PROCESS.NUMBER; that of a resumed run tells TensorBoard to forget
 * what an earlier file says of steps that are now done again. */
DL_API dl_callback *dl_callback_tensorboard(dl_ctx *ctx, const char *folder);

typedef struct dl_callback_checkpoint_opts {
    int32_t every;       /* epochs; default 1                                                  */
    int32_t keep;        /* files that stay, the older ones are removed; 0: all                 */
    int32_t best;        /* 1: only epochs whose validation loss is the lowest so far           */
    int32_t reserved[5]; /* must be zero                                                        */
} dl_callback_checkpoint_opts;

/* Saves the net, or the averaged one where there is an average (dl_module_save), after epochs that
 * every divides, counted from 1, and with best after those that are the best so far whatever every
 * says. In pattern, each "{epoch}" stands for the number of the epoch, from 0, with four digits or
 * more; without it there is one file, which is replaced, and keep is DL_EINVAL. A resumed run knows
 * the files of the epochs before it; files that cannot be removed stay. best without a validation
 * set is DL_EINVAL. All it takes to go on training is in dl_train_opts.checkpoint, not in these
 * files. */
DL_API dl_callback *dl_callback_checkpoint(dl_ctx *ctx, const char *pattern,
                                           const dl_callback_checkpoint_opts *o);

/* Functions of your own, each of which may be NULL. What they make and do not take dies when they
 * return. */
typedef struct dl_callback_opts {
    dl_event_fn on_begin; /* before the first step: epoch and step say where the run begins       */
    dl_event_fn on_step, on_epoch; /* as in dl_train_opts, called after those                     */
    dl_event_fn on_end;  /* once for every on_begin, whatever ended the run: with the last event,
                             the weights that the net keeps, and the error, if any, in the context;
                             what it returns does not count                                     */
    int64_t reserved[4]; /* must be zero                                                       */
} dl_callback_opts;

/* Functions that return nonzero stop training with DL_EUSER. All callbacks hear of an event, then
 * it stops. release(user), which may be NULL, is called when the last reference goes, and when this
 * call fails. */
DL_API dl_callback *dl_callback_function(dl_ctx *ctx, const dl_callback_opts *o, void *user,
                                         void (*release)(void *user));

#ifdef __cplusplus
}
#endif
#endif
