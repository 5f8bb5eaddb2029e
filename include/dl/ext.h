/* dl/ext.h: the second tier, for authors of operations, layers, optimizers and datasets, in the
 * tree or out of it. One source file, one test file, one prototype: that is all a new part of the
 * tree touches. */
#ifndef DL_EXT_H
#define DL_EXT_H
#include "dl/data.h"
#include "dl/module.h"
#include "dl/tensor.h"
#ifdef __cplusplus
extern "C" {
#endif

/* Reports a failure: the first one stays in ctx until dl_ctx_clear, later ones are ignored. Returns
 * code. Write "operation: what was found, what was wanted". */
DL_API dl_status dl_fail(dl_ctx *ctx, dl_status code, const char *fmt, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;
/* The same for languages without variable arguments. */
DL_API dl_status dl_fail_text(dl_ctx *ctx, dl_status code, const char *text);

/* ---- operations: shape rule, forward and backward together in one file ----------------------- */

/* What a result looks like. Filled by infer, zeroed before. */
typedef struct dl_spec {
    dl_dtype dtype;
    int32_t ndim;
    int64_t dims[DL_MAX_DIMS];
    int64_t strides[DL_MAX_DIMS]; /* in elements; all 0: row-major. Of a new tensor: dense */
    int64_t offset;               /* of a view: element [0, 0, ...] in the viewed memory   */
    int32_t view_of;              /* i + 1: a view of in[i], with strides and offset       */
    int32_t reserved[7];
} dl_spec;

/* Describes one member of an operation's attributes, for profiler, trace and export. */
enum { DL_ATTR_I32 = 0, DL_ATTR_I64 = 1, DL_ATTR_F64 = 2, DL_ATTR_U64 = 3 };
typedef struct dl_attr {
    const char *name;
    int32_t type;   /* DL_ATTR_*               */
    int32_t offset; /* in the struct, in bytes */
    int32_t count;  /* array length            */
} dl_attr;

/* One application of an operation; also what the record keeps of it. */
typedef struct dl_call {
    dl_ctx *ctx;
    const struct dl_op *op;
    int32_t n_in, n_out;
    dl_tensor **in;     /* an optional input may be NULL                                  */
    dl_tensor **out;    /* in backward only those of saves_out have data                  */
    const void *attrs;  /* the operation's own struct, copied by dl_apply               */
    uint64_t wants;     /* backward only; ask dl_call_wants                             */
    int32_t accumulate; /* forward only: 1: add to out[0]; only if the operation accumulates */
    int32_t reserved[7];
} dl_call;

/* Flags of an operation. */
enum {
    DL_OP_ACCUMULATES =
        1, /* one output, of any strides; forward can add to it (dl_call.accumulate) */
    DL_OP_INTEGER_OUT = 2, /* results are indices or masks: never recorded                       */
    DL_OP_PRODUCT = 4 /* of in[0] and in[1]: backward reads each for the other's gradient alone, so
                         one of saves_in is kept only where the other has a history */
};

/* An operation: a constant with static lifetime. backward builds the gradients of the inputs from
 * operations, some of them fused "backward operations" with a kernel of their own, so gradients of
 * gradients come wherever those operations have one. dy[i] is NULL for an output that nothing
 * depended on. dx[i] is set to a tensor that some scope owns (a result, or dy itself) for every i
 * that dl_call_wants; its shape may be the broadcast shape, the engine sums it down to in[i]'s. One
 * that is left NULL counts as zero.
 * When no graph is made, dx[i] may arrive as the engine's accumulator: add into it with
 * dl_apply_into, or replace it and the engine adds. */
typedef struct dl_op {
    const char *name;
    size_t attrs_size;
    const dl_attr *attrs;
    int32_t n_attrs;
    int32_t flags;      /* DL_OP_*                                                               */
    uint64_t saves_in;  /* bit i: backward reads the data of in[i]; else it sees only its shape  */
    uint64_t saves_out; /* bit i: backward reads the data of out[i]                              */
    dl_status (*infer)(const dl_call *c, dl_spec *out); /* checks inputs, describes all outputs  */
    dl_status (*forward)(const dl_call *c);             /* fills the outputs; NULL: a pure view  */
    dl_status (*backward)(const dl_call *c, dl_tensor *const *dy,
                          dl_tensor **dx); /* NULL: not differentiable */
    /* Operands and results of a call that dl_autopsy_replay may read from a file: infer and forward
     * then check all that attributes and operands may say. 0: it may not. */
    int32_t replay_in, replay_out;
    /* Floating-point operations of a call that has run, from its shapes, for dl_profile_start; a
     * multiply-add is two. NULL: one for each element of the largest operand or result. */
    double (*flops)(const dl_call *c);
    const void *reserved[2];
} dl_op;

/* Applies op: checks (one context, no standing error), infers, makes the outputs, runs forward,
 * records. out[i] belong to the innermost scope. Returns 0, or the failure with all out[i] NULL.
 * 1 to 64 inputs, of which at least one is not NULL, and 1 to 8 outputs. Where an input is meta all
 * outputs are, and forward does not run. */
DL_API dl_status dl_apply(const dl_op *op, dl_tensor *const *in, int32_t n_in, const void *attrs,
                          dl_tensor **out, int32_t n_out);
/* Makes an operation known by name to dl_autopsy_replay in this process; those of the library are
 * known already. op must stay valid for ever. A name that is taken is DL_EINVAL. */
DL_API dl_status dl_op_register(dl_ctx *ctx, const dl_op *op);
/* Applies op, which has one output, without recording, and adds the result to dst, which has the
 * result's type, its shape or one that broadcasts to it (then the result is summed down), and no
 * memory of an input. For backward. */
DL_API dl_status dl_apply_into(const dl_op *op, dl_tensor *const *in, int32_t n_in,
                               const void *attrs, dl_tensor *dst);
/* In backward: 0 when the gradient of in[i] is not wanted; leave dx[i] alone. */
DL_API int32_t dl_call_wants(const dl_call *c, int32_t i);
/* A ticket for an operation that draws random numbers: takes the context's counter and moves it on.
 * Keep it in the attributes, so that a replay draws the same. */
DL_API uint64_t dl_ctx_ticket(dl_ctx *ctx);

/* ---- modules: configuration in, so that they can be cloned, shared, saved and rebuilt -------- */

/* One member of a module's configuration, so that a saved net can be rebuilt by name. */
enum { DL_CONFIG_I32 = 0, DL_CONFIG_I64 = 1, DL_CONFIG_F64 = 2 };
typedef struct dl_config_field {
    const char *name;
    int32_t type;   /* DL_CONFIG_*             */
    int32_t offset; /* in the config, in bytes */
    int32_t count;  /* array length; 0 is 1    */
} dl_config_field;

/* takes_children of a class that wraps one module, called "", and has no other parts: paths of what
 * is in that module are the same with and without the wrapper. */
enum { DL_WRAPS_ONE = 2 };

/* A kind of module: a constant with static lifetime. config is plain data, copied. When a module
 * is copied or rebuilt from a file, init runs with the same config under dl_meta_enable, and
 * parameters and buffers get their values afterwards, in place: handles to them and to children
 * may be kept in the state. A tensor that folding took away (dl_module_freeze) may stay there, too,
 * but is no part any more and has no values in copies. Other tensors have no place there; make
 * them buffers. */
typedef struct dl_module_class {
    const char *name; /* in saved files; "dense", "acme.attention"                     */
    size_t config_size;
    size_t state_size; /* zeroed memory for the module, dl_module_state                 */
    const dl_config_field *fields; /* how config is written to a file; a class that has a config
                                      and no fields cannot be saved (DL_EUNSUPPORTED)    */
    int32_t n_fields;
    int32_t takes_children; /* 1: a container, it gets children from outside too; DL_WRAPS_ONE  */
    /* Adds parameters, buffers, children; may be NULL.                                  */
    dl_status (*init)(dl_module *m, const void *config);
    /* Nonzero is failure, positive values are DL_EUSER. out[i]: results some scope owns.  */
    dl_status (*forward)(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out);
    void (*free)(dl_module *m); /* may be NULL; runs also when init failed, on any thread */
    /* Multiply-adds of one forward, for dl_module_summary; sees shapes only; may be NULL. */
    int64_t (*cost)(const dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor *const *out,
                    int32_t n_out);
    /* What dl_module_freeze asks of its copy, which is in evaluation mode; each may be NULL.
     * chains, of a container: 1 when child i + 1 always gets the result of child i as its one
     *   input, nothing else uses that result, and neither child is called anywhere else. That is
     *   the word of the container alone: sequential gives it for all its children, so a class that
     *   calls a part of a sequential itself, or reads its weights, makes that part a child of its
     *   own instead, where without chains nothing is folded.
     * fold, of a layer that maps each channel c, axis 1, to scale[c] x + shift[c]: hands both to
     *   before, from which alone its input comes (dl_module_absorb); where that gives 1, m gives
     *   its input from then on, and says so in its config, from which copies are made.
     * absorb, of a layer with weights: takes the two, f64 [channels], into them, so that its result
     *   becomes scale y + shift; new parts and values of its config are allowed. Norms of the
     *   library ask only a layer whose first parameter has as many axes as they take.
     * fold and absorb give 1: done; 0: it cannot be, and nothing has changed; else a failure. */
    int32_t (*chains)(const dl_module *m, int32_t i);
    int32_t (*fold)(dl_module *m, dl_module *before);
    int32_t (*absorb)(dl_module *m, dl_tensor *scale, dl_tensor *shift);
    const void *reserved[4];
} dl_module_class;

/* For a class's fold: lets m take scale and shift into its weights, if its class has absorb: its 1,
 * 0 or failure. DL_ESTATE unless dl_module_freeze is at work on m. */
DL_API int32_t dl_module_absorb(dl_module *m, dl_tensor *scale, dl_tensor *shift);

/* A module of the class; yours. NULL config: zeros. */
DL_API dl_module *dl_module_new(dl_ctx *ctx, const dl_module_class *cls, const void *config);
/* Makes a class known to dl_module_open in this process; classes of the library are known
 * already. cls must stay valid for ever. Registering a name twice is DL_EINVAL, unless it is the
 * same class. */
DL_API dl_status dl_module_register(dl_ctx *ctx, const dl_module_class *cls);
DL_API void *dl_module_state(dl_module *m); /* state_size bytes, zeroed at first   */
DL_API const void *dl_module_config(const dl_module *m);
/* Add a named part, in init or right after dl_module_new; a module that is part of another is
 * complete, and only a class that takes_children gets them after init (DL_ESTATE). Names are not
 * empty, hold no '.', and are unique in the module. They adopt their argument (out of the scope
 * that owns it, if one does), also when they fail; NULL (from a failed constructor) fails. The
 * returned handle is borrowed. A tensor is not made by a recorded operation and has memory for each
 * element (DL_ESTATE); a parameter is f32 or f64, and becomes tracked. A child has no parent yet
 * (DL_EINVAL; if that parent holds the only reference, it stays there). Trees are at most 64
 * modules deep (DL_ELIMIT). */
DL_API dl_tensor *dl_module_add_param(dl_module *m, const char *name, dl_tensor *t);
DL_API dl_tensor *dl_module_add_buffer(dl_module *m, const char *name, dl_tensor *t);
DL_API dl_module *dl_module_add(dl_module *m, const char *name, dl_module *child);
/* In forward: the buffer, of m, takes value (same shape and element type) once the outermost
 * forward has succeeded; of several values the last. Replay, gradient check and shared modules
 * discard it. */
DL_API void dl_module_update_buffer(dl_module *m, dl_tensor *buffer, dl_tensor *value);
/* In forward: the value that the buffer, of m, will have: the last one given to
 * dl_module_update_buffer during the outermost forward, else buffer itself. A layer that is used
 * twice in one forward starts its second update from this, so that both count. Borrowed, and valid
 * until the next update. */
DL_API dl_tensor *dl_module_next_buffer(dl_module *m, dl_tensor *buffer);

/* ---- optimizers: a pure update rule over flat arrays --------------------------------------------
 * Walking parameters, groups, clipping, decay, schedules, state and its saving are shared code. */

/* One stretch of one parameter to update: n elements of dtype, one after the other in memory. */
typedef struct dl_update {
    const void *hyper;     /* the class's hyper-parameters                                       */
    int64_t step;          /* of this parameter: 1 at its first update                           */
    int64_t n;             /* elements                                                           */
    double lr;             /* group and schedule applied                                         */
    double weight_decay;   /* of the group, for rules that decouple it; else 0 and g has it      */
    double w_norm, g_norm; /* 2-norms of the whole parameter before the step, and of its gradient
                              after clipping and without decay; 0 unless the class wants them   */
    double scalar;         /* what the class's scalar gives for this step; else 0                */
    double momentum;       /* what the schedule says, for a class that takes it; else NaN        */
    dl_dtype dtype;        /* DL_F32 or DL_F64                                                   */
    void *w;               /* the parameter, updated in place                                    */
    const void *g;         /* gradient, clipped; with weight_decay * w unless that is decoupled  */
    void *const *slot;     /* state arrays                                                       */
} dl_update;

/* A kind of optimizer: a constant with static lifetime. */
typedef struct dl_optim_class {
    const char *name;       /* in messages and saved files; "sgd", "acme.lars"             */
    size_t hyper_size;      /* bytes of the hyper-parameters; may be 0                     */
    int32_t slots;          /* state arrays per parameter, 0 to 16                         */
    int32_t wants_norms;    /* 1: w_norm and g_norm are computed                           */
    int32_t decouples;      /* 1: update applies weight_decay itself                       */
    int32_t takes_momentum; /* 1: update follows dl_update.momentum; the rest refuse schedules that
                               have one                                                 */
    /* Element by element: stretches may be cut anywhere. Runs on several threads at once, on
     * different stretches, so it must not touch a context, and it cannot fail. */
    void (*update)(const dl_update *u);
    /* What every element of a state array is at first; NULL: zero. */
    double (*first)(const void *hyper, int32_t slot);
    /* A number that all elements share and that costs more than an element: called on the caller's
     * thread, once for each step count that occurs, before the updates. It depends on its arguments
     * alone, so that it need not be saved. May be NULL. */
    double (*scalar)(const void *hyper, int64_t step);
    const void *reserved[2];
} dl_optim_class;

/* An optimizer of the class, as dl_optim_sgd in dl/optim.h: the same rules, failures and ownership.
 * hyper is copied; lr is the base rate. Both numbers are finite and not negative. */
DL_API dl_optim *dl_optim_new(dl_module *m, const dl_optim_class *cls, const void *hyper, double lr,
                              double weight_decay);

/* ---- datasets: random access, one example at a time ------------------------------------------ */

typedef struct dl_dataset_class {
    const char *name;
    int32_t threads; /* 1: get may run on the loader's threads, several at once; bindings leave 0 */
    int64_t (*size)(const void *state);
    /* Writes example i to field[0..n_fields), row-major. key is the same for the same (seed, epoch,
     * i), or (seed, epoch, draw) where a loader draws with replacement: make random choices from
     * it. On failure writes a text to why. */
    dl_status (*get)(const void *state, int64_t i, uint64_t key, void *const *field, char *why,
                     size_t why_cap);
    void (*free)(void *state); /* may be NULL */
    /* How many classes the labels have, and the name of class k, 0 <= k < classes, which the
     * dataset owns; both NULL: labels without names. */
    int64_t (*classes)(const void *state);
    const char *(*class_name)(const void *state, int64_t k);
    const void *reserved[2];
} dl_dataset_class;
/* A dataset over state, which it adopts (free is called also when this fails). fields, 1 to 16
 * (DL_EINVAL), are copied. */
DL_API dl_dataset *dl_dataset_new(dl_ctx *ctx, const dl_dataset_class *cls, void *state,
                                  const dl_field *fields, int32_t n_fields);

#ifdef __cplusplus
}
#endif
#endif
