/* dl/checkpoint.h: several nets, optimizers and loaders in one atomic file, so that what goes
 * on from it gives the same bits as if it had never stopped. The file is a safetensors file
 * with checksums; other programs can read the weights in it. */
#ifndef DL_CHECKPOINT_H
#define DL_CHECKPOINT_H
#include "dl/average.h"
#include "dl/data.h"
#include "dl/module.h"
#include "dl/optim.h"
#ifdef __cplusplus
extern "C" {
#endif

/* An empty checkpoint; yours. It keeps what is added alive. */
DL_API dl_ckpt *dl_ckpt_new(dl_ctx *ctx);
DL_API void dl_ckpt_drop(dl_ckpt *c);
/* Add a part, of c's context, under a name that is unique in c: 1 to 64 bytes of UTF-8
 * without '.', '#' and blanks (DL_EINVAL). A module's parameters and buffers; an optimizer's
 * state, step counts and base rate, and what was reported to its schedule (its other settings and
 * the schedule itself are not saved: make them as they were); the averaged net and the number of
 * its updates; a loader's place in its epoch; a tensor. */
DL_API dl_status dl_ckpt_add_module(dl_ckpt *c, const char *name, dl_module *m);
DL_API dl_status dl_ckpt_add_optim(dl_ckpt *c, const char *name, dl_optim *o);
DL_API dl_status dl_ckpt_add_average(dl_ckpt *c, const char *name, dl_average *a);
DL_API dl_status dl_ckpt_add_loader(dl_ckpt *c, const char *name, dl_loader *l);
DL_API dl_status dl_ckpt_add_tensor(dl_ckpt *c, const char *name, dl_tensor *t);
/* Text (UTF-8, copied) that travels with the checkpoint: settings, a history. A key that is
 * set again changes its text; value NULL removes it. An empty key is DL_EINVAL. */
DL_API dl_status dl_ckpt_set_text(dl_ckpt *c, const char *key, const char *value);
/* The text of key, set or loaded; borrowed, valid until c changes; NULL (no error) if there
 * is none. */
DL_API const char *dl_ckpt_text(const dl_ckpt *c, const char *key);

/* Writes all parts, all texts and the random counters of the context to path, whole or not at
 * all; what was there before stays as path.prev. A parameter that holds a NaN or an infinity,
 * and a buffer or an optimizer's state that holds a NaN, is DL_ENUMERIC: a good checkpoint is
 * not replaced by a broken one. Gradients are not saved. */
DL_API dl_status dl_ckpt_save(dl_ckpt *c, const char *path);
/* Gives all parts, and the random counters of the context, the state in path; gradients of
 * loaded modules are absent then, and c has the texts of the file instead of its own. The
 * file must hold every part of c (DL_EFORMAT), with the same shapes (DL_ESHAPE) and element
 * types (DL_EDTYPE), and be made with the same optimizer class, dataset size, batch size,
 * order and seed (DL_ESTATE); parts that only the file has are passed over. Damage is
 * DL_EFORMAT, and the message says whether path.prev is whole; a file of a newer layout is
 * DL_EUNSUPPORTED. On failure nothing has changed. */
DL_API dl_status dl_ckpt_load(dl_ckpt *c, const char *path);

#ifdef __cplusplus
}
#endif
#endif
