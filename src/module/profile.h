/* What the readers of a profile share. */
#ifndef DL_MODULE_PROFILE_H
#define DL_MODULE_PROFILE_H
#include "autograd/profile.h"
#include "dl/profile.h"

/* All rows, sorted; dl__free *rows. Failures as dl_profile_rows. */
dl_status dl__profile_list(dl_ctx *ctx, int32_t by, dl_profile_row **rows, int32_t *n);
#endif
