/* dl/average.h: the running average of a net's weights, which is often better than the weights
 * themselves, and steadier from epoch to epoch.
 *
 *     dl_average *average = dl_average_new(net, 0.999);
 *     for (...) {
 *         ...
 *         dl_optim_step(optim);
 *         dl_average_update(average);
 *     }
 *     y = dl_module_forward(dl_average_module(average), x);
 */
#ifndef DL_AVERAGE_H
#define DL_AVERAGE_H
#include "dl/module.h"
#ifdef __cplusplus
extern "C" {
#endif

/* An average over the parameters m has now, whose memory is taken here: a copy of m. The
 * parameters and buffers of m are kept alive. decay, in (0, 1), is that of an exponential average,
 * a = decay a + (1 - decay) w (Tarvainen and Valpola, NeurIPS 2017); 0 is the default 0.999.
 * DL_OFF: all updates weigh the same (stochastic weight averaging, Izmailov et al., UAI
 * 2018). Yours. NULL on failure: DL_EINVAL (decay), what dl_module_clone fails with. */
DL_API dl_average *dl_average_new(dl_module *m, double decay);
DL_API dl_average *dl_average_keep(dl_average *a);  /* one more reference, yours; returns a */
DL_API void dl_average_drop(dl_average *a);         /* gives one reference up; any thread   */
DL_API dl_ctx *dl_average_ctx(const dl_average *a); /* borrowed; NULL for NULL              */

/* Takes the weights as they are now into the average. The first update copies them. Buffers
 * (running statistics) are copied every time. Takes no memory; same bits for any number of threads.
 * While an error stands nothing happens, so a failed step is not counted. DL_ESTATE: parameters are
 * meta. */
DL_API dl_status dl_average_update(dl_average *a);

/* A copy of the net that has the averaged weights, in evaluation mode and untracked; before the
 * first update it has the weights from when a was made. Its running statistics are those of the
 * net, not of the averaged weights; dl_bn_recalibrate (dl/train.h) measures those. Borrowed,
 * lives as long as a. */
DL_API dl_module *dl_average_module(dl_average *a);

/* Updates so far; -1 for NULL. */
DL_API int64_t dl_average_count(const dl_average *a);

#ifdef __cplusplus
}
#endif
#endif
