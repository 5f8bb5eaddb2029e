/* The checkpoint of a training run. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "core/file.h"
#include "core/text.h"
#include "core/utf8.h"
#include "train/checkpoint.h"
#include "train/train.h"

enum { STATE = 512, NUMBERS = 9, FIRST = 7 }; /* numbers; those of checkpoint layout 1 */

/* How the run was set up, to be read by people and by what shows runs; a resume asks for none of
 * it. */
static dl_status tell_settings(dl_ckpt *c, const dl__run *r)
{
    const dl_train_opts *o = r->opts;
    char text[STATE], min_delta[DL__NUMBER], l1[DL__NUMBER], l2[DL__NUMBER];
    snprintf(text, sizeof text,
             "epochs=%d accumulate=%d patience=%d min_delta=%s restore_best=%d l1=%s l2=%s",
             (int)r->epochs, (int)r->accumulate, (int)o->patience,
             dl__double_text(min_delta, o->min_delta), r->best != NULL, dl__double_text(l1, r->l1),
             dl__double_text(l2, r->l2));
    dl_status status = dl_ckpt_set_text(c, "options", text);
    return status == DL_OK ? dl_ckpt_set_text(c, "settings", o->settings) : status;
}

/* All parts of the run; NULL on failure. */
static dl_ckpt *gather(const dl__run *r)
{
    dl_ckpt *c = dl_ckpt_new(r->ctx);
    if (c && (dl_ckpt_add_module(c, "net", r->m) != DL_OK ||
              dl_ckpt_add_optim(c, "optim", r->o) != DL_OK ||
              dl_ckpt_add_loader(c, "loader", r->loader) != DL_OK ||
              (r->opts->average && dl_ckpt_add_average(c, "average", r->opts->average) != DL_OK) ||
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
    double number[NUMBERS] = {r->mean.loss,
                              r->mean.metric,
                              (double)r->mean.n,
                              (double)r->mean.n_metric,
                              r->best_loss,
                              (double)r->bad,
                              r->lr,
                              (double)r->accumulate,
                              r->penalty};
    char state[STATE] = "";
    for (int i = 0; i < NUMBERS; i++) {
        char text[DL__NUMBER];
        size_t at = strlen(state);
        snprintf(state + at, sizeof state - at, "%s%s", i ? " " : "",
                 dl__double_text(text, number[i]));
    }
    if (dl_ckpt_set_text(c, "train", state) == DL_OK && tell_settings(c, r) == DL_OK)
        dl_ckpt_save(c, r->opts->checkpoint);
    dl_ckpt_drop(c);
    return r->ctx->status;
}

/* A count, from a number that a file holds; 0 when it is none. */
static int count_of(double number, int64_t *count)
{
    if (!(number >= 0 && number < 9007199254740992.0) || number != floor(number)) /* 2^53 */
        return 0;
    *count = (int64_t)number;
    return 1;
}

/* The saved state; 0 when it is damaged. */
static int read_state(const char *text, dl__run *r, int64_t *accumulate)
{
    double number[NUMBERS] = {[FIRST] = 1};
    int n = 0;
    for (; n < NUMBERS && (n < FIRST || *text); n++) {
        char one[DL__NUMBER];
        size_t length = strcspn(text, " ");
        if (length == 0 || length >= sizeof one)
            return 0;
        memcpy(one, text, length);
        one[length] = 0;
        if (!dl__parse_double(one, &number[n]))
            return 0;
        text += length + (text[length] == ' ');
    }
    r->mean.loss = number[0];
    r->mean.metric = number[1];
    r->best_loss = number[4];
    r->lr = number[6];
    r->penalty = number[8];
    return *text == 0 && (n == FIRST || n == NUMBERS) && count_of(number[7], accumulate) &&
           count_of(number[2], &r->mean.n) && count_of(number[3], &r->mean.n_metric) &&
           count_of(number[5], &r->bad);
}

/* Looks at what the file says about the run, before anything of it is used. */
static dl_status look(dl_safetensors *file, const char *path, void *user)
{
    dl__run *r = user;
    const char *text = dl_safetensors_meta(file, "text.train");
    if (!text)
        return dl_fail(r->ctx, DL_EFORMAT, "%s: it is a checkpoint, but not that of a training run",
                       path);
    int64_t accumulate;
    if (!read_state(text, r, &accumulate))
        return dl_fail(r->ctx, DL_EFORMAT, "%s: the entry \"text.train\" is damaged", path);
    if (accumulate != r->accumulate)
        return dl_fail(r->ctx, DL_ESTATE,
                       "%s: that run had %lld batches in a step (accumulate), this one has %d",
                       path, (long long)accumulate, (int)r->accumulate);
    const char *best = "module.best.";
    int there = 0;
    for (int32_t i = 0; i < dl_safetensors_count(file) && !there; i++)
        there = strncmp(dl_safetensors_name(file, i), best, strlen(best)) == 0;
    if (r->best && !there)
        return dl_fail(r->ctx, DL_ESTATE,
                       "%s: that run kept no best weights (patience, restore_best), this one does",
                       path);
    return DL_OK;
}

/* A run begins where there is no checkpoint. But where there is the one before, as a crash leaves
 * it on a file system without hard links, beginning would replace it. */
static dl_status not_there(dl_ctx *ctx, const char *path)
{
    char shown[DL__SHOWN], kept[DL__SHOWN];
    char *prev = dl__save_previous(ctx, path);
    if (prev && dl__file_exists(prev))
        dl_fail(ctx, DL_EIO,
                "%s: it is not there, but %s is, the checkpoint before it: move that here to go on "
                "from it, or remove it to begin anew",
                dl__printable(shown, sizeof shown, path), dl__printable(kept, sizeof kept, prev));
    dl__free(prev);
    return ctx->status;
}

dl_status dl__run_load(dl__run *r)
{
    if (!dl__file_exists(r->opts->checkpoint))
        return not_there(r->ctx, r->opts->checkpoint);
    dl_ckpt *c = gather(r);
    dl__run loaded = *r;
    if (c && dl__ckpt_load(c, r->opts->checkpoint, look, &loaded) == DL_OK) {
        *r = loaded;
        r->finished = dl__run_done(r);
    }
    dl_ckpt_drop(c);
    return r->ctx->status;
}

dl_status dl__run_probe(dl_ctx *ctx, const char *path)
{
    dl__save s;
    if (dl__save_begin(&s, ctx, path, -1, DL__SAVE_KEEP_PREVIOUS) == DL_OK)
        dl__save_abort(&s);
    return ctx->status;
}
