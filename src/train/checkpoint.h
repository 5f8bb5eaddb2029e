/* What a checkpoint is made of. In the file, tensors are named KIND.NAME.REST:
 *     module.NAME.PATH                parameters and buffers
 *     optim.NAME.PATH.K               state array K of a parameter
 *     optim.NAME#steps                updates of each parameter, i64
 *     optim.NAME#sched                what its schedules were told, f64; layout 2
 *     optim.NAME#number               what L-BFGS keeps beside its arrays, f64
 *     tensor.NAME
 *     average.NAME.PATH               parameters and buffers of the averaged net
 *     average.NAME#count              updates, i64
 * and metadata holds, as "word=number" separated by spaces,
 *     dl.checkpoint                   version of this layout, random counters, seed
 *     dl.version                      of the library that wrote it
 *     optim.NAME                      slots, steps, lr; class last, to the end of the text
 *     loader.NAME                     epoch, position, size, batch, batches, shuffle
 *     text.KEY                        what dl_ckpt_set_text was given
 * Layout 1 had no state of schedules; its files load. */
#ifndef DL_TRAIN_CHECKPOINT_H
#define DL_TRAIN_CHECKPOINT_H
#include "core/ctx.h"
#include "data/loader.h"
#include "dl/checkpoint.h"
#include "dl/io.h"
#include "optim/average.h"
#include "optim/optim.h"

enum { DL__CKPT_VERSION = 2, DL__CKPT_NAME = 64 };
enum {
    DL__PART_MODULE,
    DL__PART_OPTIM,
    DL__PART_LOADER,
    DL__PART_TENSOR,
    DL__PART_AVERAGE,
    DL__PART_KINDS
};

typedef struct dl__ckpt_part {
    int32_t kind;
    char name[DL__CKPT_NAME + 1];
    dl__object *object; /* kept */
} dl__ckpt_part;

typedef struct dl__ckpt_text {
    char *key, *value;
} dl__ckpt_text;

struct dl_ckpt {
    dl__object base;
    dl__ckpt_part *part;
    dl__ckpt_text *text;
    int32_t n_part, cap_part, n_text, cap_text;
};

/* Growing lists of names with tensors, and of metadata. */
typedef struct dl__ckpt_list {
    dl_ctx *ctx;
    char **name;
    dl_tensor **tensor; /* kept */
    char **key, **value;
    int32_t n, cap, n_meta, cap_meta;
} dl__ckpt_list;
dl_status dl__list_tensor(dl__ckpt_list *l, dl_tensor *t, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The key is KIND.NAME (or KIND when name is NULL); the value is formatted. */
dl_status dl__list_meta(dl__ckpt_list *l, const char *kind, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void dl__list_end(dl__ckpt_list *l);

/* The live tensors that part p consists of, by their names in the file. For an optimizer the step
 * counts are not among them. */
dl_status dl__part_tensors(dl__ckpt_list *l, const dl__ckpt_part *p);

/* After a failed load: where path is missing or damaged, the message also says what there is of the
 * generation before. Returns the error that stands. */
dl_status dl__ckpt_remedy(dl_ctx *ctx, const char *path);

/* dl_ckpt_load, but look (may be NULL) sees the file before anything is changed, and may
 * fail. path is fit for messages. */
typedef dl_status (*dl__ckpt_look)(dl_safetensors *file, const char *path, void *user);
dl_status dl__ckpt_load(dl_ckpt *c, const char *path, dl__ckpt_look look, void *user);
#endif
