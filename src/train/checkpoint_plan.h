/* What a checkpoint that is being loaded is about to change. */
#ifndef DL_TRAIN_CHECKPOINT_PLAN_H
#define DL_TRAIN_CHECKPOINT_PLAN_H
#include "train/checkpoint.h"

/* What is to be changed, once all of it is known to be good. */
typedef struct dl__plan {
    dl_ctx *ctx;
    const char *path; /* for messages */
    dl_safetensors *file;
    dl__ckpt_list live; /* tensors to fill, by name    */
    dl_tensor **value;  /* what each becomes           */
    uint64_t ticket, fills;
    struct {
        int64_t steps, epoch, position;
        double lr;
        dl_tensor *counts; /* of an optimizer                             */
        dl_tensor *sched;  /* what its schedules were told; NULL: nothing */
    } * part;
} dl__plan;

/* Read what the file says, and check it: the counters of the context, and what belongs to part i
 * beside its tensors. */
dl_status dl__plan_head(dl__plan *p);
dl_status dl__plan_part(dl__plan *p, int32_t i, const dl__ckpt_part *part);
#endif
