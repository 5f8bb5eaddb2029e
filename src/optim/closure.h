/* Evaluating a closure. */
#ifndef DL_OPTIM_CLOSURE_H
#define DL_OPTIM_CLOSURE_H
#include "optim/optim.h"

/* Zeroes the gradients, calls fn and runs backward; *loss is the value, also where it is not
 * finite. Runs in the host's floating-point mode. */
dl_status dl__closure_run(dl_optim *o, dl_closure fn, void *user, double *loss);
#endif
