/* The search for the first operation that makes a NaN or an infinity. */
#include <math.h>
#include "autograd/autograd.h"
#include "core/text.h"
#include "tensor/iterate.h"

typedef struct search {
    dl_dtype dtype;
    int found;
    double value;
} search;

static void look(int64_t n, char *const *p, const int64_t *step, const void *arg)
{
    search *s = *(search *const *)arg;
    for (int64_t i = 0; i < n && !s->found; i++) {
        const char *at = p[0] + i * step[0];
        double v = s->dtype == DL_F64 ? *(const double *)(const void *)at
                                      : (double)*(const float *)(const void *)at;
        if (!isfinite(v)) {
            s->found = 1;
            s->value = v;
        }
    }
}

dl_status dl__check_finite(const dl_call *c)
{
    for (int32_t i = 0; i < c->n_out; i++) {
        if (!dl__is_float(c->out[i]->dtype))
            continue;
        search s = {.dtype = c->out[i]->dtype}, *at = &s;
        const dl_tensor *t = c->out[i];
        dl__walk w;
        dl__walk_plan(&w, &t, 1);
        dl__walk_serial(&w, look, &at);
        if (s.found) {
            char number[DL__NUMBER], shape[128];
            return dl_fail(c->ctx, DL_ENUMERIC, "%s: its result of shape %s holds %s", c->op->name,
                           dl__shape_text(shape, sizeof shape, t->dims, t->ndim),
                           dl__double_text(number, s.value));
        }
    }
    return DL_OK;
}
