/* Patches as columns: what layers and locally connected operations need of it. */
#ifndef DL_OPS_UNFOLD_H
#define DL_OPS_UNFOLD_H
#include "dl/conv.h"
#include "ops/window.h"

typedef struct dl__unfold_attrs {
    dl__window window;
    int64_t size[DL__SPATIAL], places[DL__SPATIAL]; /* of the image; of the window in it */
    int32_t channels_last;                          /* of the result                     */
} dl__unfold_attrs;
extern const dl_op dl__op_unfold, dl__op_fold;

/* The columns of x for w, which is checked against it in the name of who. */
dl_tensor *dl__unfold_of(dl_tensor *x, const char *who, const dl__window *w);
/* DL_EINVAL unless the arguments mean something; for layers too. */
dl_status dl__patch_read(dl_ctx *ctx, const char *who, int32_t axes, const int32_t *kernel,
                         const dl_patch_opts *o, dl__window *w);
dl_status dl__fold_read(dl_ctx *ctx, const int64_t *sizes, int32_t axes, const int32_t *kernel,
                        const dl_patch_opts *o, dl__unfold_attrs *a);
#endif
