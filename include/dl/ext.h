/* ext.h: the second tier, for authors of operations, layers, optimizers and datasets, in the tree or out of it.
 * One new source file, one new test file, one prototype: that is all a new part touches. */
#ifndef DL_EXT_H
#define DL_EXT_H
#include "dl/ctx.h"
#ifdef __cplusplus
extern "C" {
#endif
#define DL_MAX_DIMS 8

/* Reports a failure: the first one stays in ctx until dl_ctx_clear, later ones are ignored. Returns
 * code. Write "operation: what was found, what was wanted". */
DL_API dl_status dl_fail(dl_ctx *ctx, dl_status code, const char *fmt, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;
/* The same for languages without variable arguments. */
DL_API dl_status dl_fail_text(dl_ctx *ctx, dl_status code, const char *text);

/* ---- operation: shape rule, forward and backward together in one file -------------------------------- */
typedef struct dl_spec {              /* what a result looks like                                             */
    dl_dtype dtype;
    int32_t  ndim;
    int64_t  dims[DL_MAX_DIMS], strides[DL_MAX_DIMS], offset;   /* strides all 0: row-major                    */
    int32_t  view_of;                 /* i + 1: a view of in[i]                                                */
    int32_t  reserved[7];
} dl_spec;

typedef struct dl_attr { const char *name; int32_t type, offset, count; } dl_attr;   /* for profiler, trace, export */

typedef struct dl_call {              /* one application of an operation; also the tape node                   */
    dl_ctx      *ctx;
    int32_t      n_in, n_out;
    dl_tensor  **in;                  /* an optional input may be NULL                                         */
    dl_tensor  **out;
    const void  *attrs;               /* the operation's own struct, copied by dl_apply                        */
} dl_call;

/* backward builds the input gradients from operations (some of them fused "backward operations" with a kernel of
 * their own), so gradients of gradients come wherever those operations have one. When no graph is made, dx[i] may
 * arrive as the engine's accumulator: add into it with dl_apply_into, or replace it and the engine adds. */
typedef struct dl_op {
    const char    *name;
    size_t         attrs_size;
    const dl_attr *attrs;
    int32_t        n_attrs;
    uint64_t       saves_in, saves_out;                          /* operands that backward reads; the rest keep only a shape */
    dl_status    (*infer)(const dl_call *c, dl_spec *out);       /* all outputs at once                        */
    dl_status    (*forward)(const dl_call *c);                   /* NULL: a pure view                          */
    dl_status    (*backward)(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx);    /* NULL: not differentiable, by name */
    const void    *reserved[4];
} dl_op;
DL_API dl_status dl_apply(const dl_op *op, dl_tensor *const *in, int32_t n_in, const void *attrs, dl_tensor **out, int32_t n_out);
DL_API dl_status dl_apply_into(const dl_op *op, dl_tensor *const *in, int32_t n_in, const void *attrs, dl_tensor *dst);
DL_API int32_t   dl_call_wants(const dl_call *c, int32_t i);     /* 0: leave dx[i] alone                       */

/* ---- module: configuration in, so that it can be cloned, shared, saved with its architecture and rebuilt ---- */
typedef struct dl_module_class {
    const char *name;
    size_t      config_size, state_size;
    dl_status (*init)(dl_module *m, const void *config);         /* adds parameters, buffers and children      */
    dl_status (*forward)(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out, int32_t n_out);
    void      (*free)(dl_module *m);
    const void *reserved[4];
} dl_module_class;
DL_API dl_module *dl_module_new(dl_ctx *ctx, const dl_module_class *cls, const void *config);
DL_API void      *dl_module_state(dl_module *m);
DL_API int32_t    dl_module_training(const dl_module *m);
DL_API dl_tensor *dl_module_add_param(dl_module *m, const char *name, dl_tensor *t);     /* adopts */
DL_API dl_tensor *dl_module_add_buffer(dl_module *m, const char *name, dl_tensor *t);    /* adopts; saved, not trained */
DL_API dl_module *dl_module_add(dl_module *m, const char *name, dl_module *child);       /* adopts */
DL_API void       dl_module_update_buffer(dl_module *m, dl_tensor *buffer, dl_tensor *value);
                  /* queued; committed when the outermost forward succeeds, discarded by replay, gradcheck, shared handles */

/* ---- optimizer: a pure update rule over flat arrays -----------------------------------------------------
 * Walking parameters, groups, clipping, decay, schedules, state and its saving are shared code.            */
typedef struct dl_update {
    const void  *hyper;
    int64_t      step, n;
    double       lr, w_norm, g_norm;  /* norms only if the class asks for them                               */
    dl_dtype     dtype;
    void        *w;
    const void  *g;
    void *const *slot;
} dl_update;
typedef struct dl_optim_class {
    const char *name;
    size_t      hyper_size;
    int32_t     slots, wants_norms;   /* state arrays per parameter, zeroed at first                          */
    void      (*update)(const dl_update *u);
    const void *reserved[4];
} dl_optim_class;
DL_API dl_optim *dl_optim_new(dl_module *m, const dl_optim_class *cls, const void *hyper, double lr);

/* ---- dataset: random access, one example at a time ------------------------------------------------------ */
typedef struct dl_field { const char *name; dl_dtype dtype; int32_t ndim; int64_t dims[DL_MAX_DIMS]; } dl_field;
typedef struct dl_dataset_class {
    const char *name;
    int32_t     threads;              /* 1: get may run on the loader's threads; bindings leave 0              */
    int64_t   (*size)(const void *state);
    dl_status (*get)(const void *state, int64_t i, uint64_t key, void *const *field, char *why, size_t why_cap);
    void      (*free)(void *state);
    const void *reserved[4];
} dl_dataset_class;
DL_API dl_dataset *dl_dataset_new(dl_ctx *ctx, const dl_dataset_class *cls, void *state, const dl_field *fields, int32_t n_fields);
#ifdef __cplusplus
}
#endif
#endif
