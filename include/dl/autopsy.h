/* dl/autopsy.h: where the first NaN came from.
 *
 * In a context with check_finite every result is looked at, and the first that holds a NaN or an
 * infinity is DL_ENUMERIC. The message names the operation, the layer, whether it happened in
 * backward, the place and number of bad elements, the range of every operand, parameters by their
 * path, and, in dl_train, the epoch and batch:
 *
 *     sequential.1 (dense): linear: its result of shape [64, 10] holds nan at [3, 0], 10 of 640
 *     are not finite; operand 0 [64, 32] is from -2.1 to 3.4 with 1 of 2048 not finite;
 *     "1.weight" [10, 32] is from -0.4 to 0.4; ...; epoch 3, batch 17
 *
 * Where gradients of several uses are added up, their sum is no result of an operation: what
 * overflows there is found where it is used.
 *
 * With dl_autopsy_save set before, the operation and its operands go to a file as well, and
 *
 *     dl_autopsy_replay(ctx, "nan.safetensors")
 *
 * runs just that operation again, in this program or another one. */
#ifndef DL_AUTOPSY_H
#define DL_AUTOPSY_H
#include "dl/ctx.h"
#ifdef __cplusplus
extern "C" {
#endif

/* From now on the first non-finite result of ctx (which needs check_finite: DL_ESTATE) is written
 * to path, copied here, in place of what was there. NULL: no longer. The file is a safetensors
 * file: the operands are "operand.0", "operand.1", ..., those that were absent are missing; the
 * metadata has the message as "dl.message" and the call as "dl.call". That the file could not be
 * written is added to the message. */
DL_API dl_status dl_autopsy_save(dl_ctx *ctx, const char *path);

/* Runs the operation of such a file on its operands, with the seed that the run had.
 * DL_ENUMERIC: it happens again, and the message says what. DL_OK: every result is finite this
 * time, on another machine or engine say. DL_EUNSUPPORTED: an operation that is not known
 * (dl_op_register), or not one that can be run on what a file says (dl_op.replay_in); the operands
 * can still be looked at with dl_safetensors_read. DL_EFORMAT, DL_EIO: the file is none of these.
 * Changes nothing in ctx. */
DL_API dl_status dl_autopsy_replay(dl_ctx *ctx, const char *path);

#ifdef __cplusplus
}
#endif
#endif
