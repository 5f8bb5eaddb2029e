/* The checkpoint of a training run. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "core/file.h"
#include "core/text.h"
#include "train/train.h"

enum { STATE = 512, NUMBERS = 7 };
static const char key[] = "train";

/* All parts of the run; NULL on failure. */
static dl_ckpt *gather(const dl__run *r)
{
    dl_ckpt *c = dl_ckpt_new(r->ctx);
    if (c && (dl_ckpt_add_module(c, "net", r->m) != DL_OK ||
              dl_ckpt_add_optim(c, "optim", r->o) != DL_OK ||
              dl_ckpt_add_loader(c, "loader", r->loader) != DL_OK ||
              (r->best && dl_ckpt_add_module(c, "best", r->best) != DL_OK))) {
        dl_ckpt_drop(c);
        c = NULL;
    }
    return c;
}

dl_status dl__run_save(dl__run *r)
{
    dl_ckpt *c = gather(r);
    if (!c)
        return r->ctx->status;
    double number[NUMBERS] = {
        r->mean.loss,   r->mean.metric, (double)r->mean.n, (double)r->mean.n_metric, r->best_loss,
        (double)r->bad, r->lr};
    char state[STATE] = "";
    for (int i = 0; i < NUMBERS; i++) {
        char text[DL__NUMBER];
        size_t at = strlen(state);
        snprintf(state + at, sizeof state - at, "%s%s", i ? " " : "",
                 dl__double_text(text, number[i]));
    }
    if (dl_ckpt_set_text(c, key, state) == DL_OK)
        dl_ckpt_save(c, r->opts->checkpoint);
    dl_ckpt_drop(c);
    return r->ctx->status;
}

/* The numbers of a saved state; 0 when it is damaged. */
static int read_state(const char *text, double *number)
{
    for (int i = 0; i < NUMBERS; i++) {
        char one[DL__NUMBER];
        size_t n = strcspn(text, " ");
        if (n == 0 || n >= sizeof one)
            return 0;
        memcpy(one, text, n);
        one[n] = 0;
        if (!dl__parse_double(one, &number[i]))
            return 0;
        text += n + (text[n] == ' ');
    }
    return *text == 0;
}

dl_status dl__run_load(dl__run *r)
{
    if (!dl__file_exists(r->opts->checkpoint))
        return DL_OK;
    dl_ckpt *c = gather(r);
    double number[NUMBERS];
    if (c && dl_ckpt_load(c, r->opts->checkpoint) == DL_OK) {
        const char *state = dl_ckpt_text(c, key);
        if (!state || !read_state(state, number))
            dl_fail(r->ctx, DL_EFORMAT, "%s: it is not the checkpoint of a training run",
                    r->opts->checkpoint);
    }
    dl_ckpt_drop(c);
    if (!dl__ok(r->ctx))
        return r->ctx->status;
    r->mean = (dl__mean){number[0], number[1], (int64_t)number[2], (int64_t)number[3]};
    r->best_loss = number[4];
    r->bad = (int64_t)number[5];
    r->lr = number[6];
    int64_t patience = r->opts->patience == DL_OFF ? 1 : r->opts->patience;
    r->finished = patience > 0 && r->bad >= patience;
    return DL_OK;
}
