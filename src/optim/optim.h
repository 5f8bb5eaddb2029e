/* What an optimizer is made of. Every class shares this; a class only says how to update a stretch
 * of one parameter. All memory is taken when the optimizer is made: a step takes none, so nothing
 * can fail once weights begin to change. */
#ifndef DL_OPTIM_OPTIM_H
#define DL_OPTIM_OPTIM_H
#include "core/parallel.h"
#include "dl/ext.h"
#include "dl/grad.h"
#include "dl/optim.h"
#include "optim/sched.h"
#include "tensor/tensor.h"

enum {
    DL__SLOTS = 16,  /* state arrays that a class may have                         */
    DL__CHUNK = 4096 /* elements that stand on the stack between two loops over them */
};

/* One parameter. */
typedef struct dl__slice {
    dl_tensor *param; /* kept */
    char *name;       /* its path when the optimizer was made */
    dl_tensor *place; /* its part of the flat gradients, shaped and laid out as param */
    dl_tensor **slot; /* state, likewise */
    int64_t n;        /* elements */
    int64_t at;       /* first element in the flat arrays */
    int64_t steps;    /* updates it has had */
    double lr_scale, weight_decay;
    double proximal; /* lambda of dl_optim_proximal; 0: none */
    /* Only while a norm or a step is computed. */
    const dl_tensor *g; /* the gradient; NULL: the parameter is passed over */
    double w_norm, g_norm;
    double scalar; /* dl_update.scalar */
    int32_t live;  /* a part of the vectors of optim/vector.h */
} dl__slice;

/* A piece of parallel work: a stretch of one parameter, cut by sizes alone. */
typedef struct dl__piece {
    int64_t first;
    int32_t slice, n;
} dl__piece;

struct dl_optim {
    dl__object base;
    dl_module *module; /* kept */
    const dl_optim_class *cls;
    void *hyper;
    double lr, weight_decay, clip_norm, clip_value; /* clip: 0 is none */
    int64_t steps;
    dl_sched *sched;
    dl_tensor *flat[2]; /* gradients of f32 and of f64 parameters; NULL: there are none */
    dl__slice *slice;
    dl__piece *piece;
    double *part; /* the sum over each piece, of a norm */
    int64_t n_piece;
    int32_t n, meta;
    int32_t slots; /* state arrays of each parameter */
    int32_t saved; /* those that a checkpoint has; the others only serve within a step */
    /* For rules that evaluate the loss themselves; NULL for the others. */
    dl_status (*solve)(dl_optim *o, dl_closure fn, void *user, double *loss);
    dl_tensor *number; /* f64, what such a rule keeps beside its arrays; NULL: nothing */
    int (*numbers_good)(const dl_optim *o, const double *number); /* 0: number must not become so */
};

/* What a rule that evaluates the loss itself needs: state arrays that are saved, others,
 * numbers. */
typedef struct dl__solver {
    dl_status (*solve)(dl_optim *o, dl_closure fn, void *user, double *loss);
    int (*numbers_good)(const dl_optim *o, const double *number);
    int32_t saved, scratch, numbers;
} dl__solver;

/* dl_optim_new for a class that was checked; s NULL: an ordinary rule. */
dl_optim *dl__optim_make(dl_module *m, const dl_optim_class *cls, const void *hyper, double lr,
                         double weight_decay, const dl__solver *s);

/* ---- memory (flat.c) ---- */
/* Makes the flat gradients, the state and each parameter's parts of them; changes no parameter. */
dl_status dl__flat_make(dl_optim *o);
/* From now on gradients collect in the flat arrays; those that are present move. Cannot fail. */
void dl__flat_gather(dl_optim *o);

/* ---- gradients (step.c, clip.c) ---- */
/* Finds the gradient of every parameter that is to be updated; *present counts them. */
dl_status dl__optim_look(dl_optim *o, int32_t *present);
/* Runs task(arg, i) for every piece i. */
void dl__optim_pieces(const dl_optim *o, dl__task task, void *arg);
/* The same; elements: how many there are to work on. */
void dl__optim_parallel(const dl_optim *o, int64_t elements, dl__task task, void *arg);
/* out[i] = x[i] clipped to [-clip, clip]. */
void dl__optim_clamp(dl_dtype dt, void *out, const void *x, int64_t n, double clip);
/* The factor that clipping by norm puts on all gradients; DL_ENUMERIC. */
dl_status dl__optim_clip_scale(dl_optim *o, double *scale);

/* ---- after the update (proximal.c) ---- */
/* w[i] = sign(w[i]) max(|w[i]| - t, 0). */
void dl__optim_shrink(dl_dtype dt, void *w, int64_t n, double t);

/* dl_optim_adam; who begins its messages (adam.c). */
dl_optim *dl__optim_adam(dl_module *m, const char *who, const dl_adam_opts *opts);

/* ---- options (option.c): DL_EINVAL, naming the option ---- */
/* v in [0, below); INFINITY: any finite number. */
dl_status dl__option_range(dl_ctx *ctx, const char *who, const char *name, double v, double below);
/* v is 0, 1 or DL_OFF. */
dl_status dl__option_flag(dl_ctx *ctx, const char *who, const char *name, int32_t v);
#endif
