/* What a module is made of. */
#ifndef DL_MODULE_MODULE_H
#define DL_MODULE_MODULE_H
#include "core/ctx.h"
#include "dl/ext.h"
#include "dl/module.h"
#include "tensor/tensor.h"

/* Levels of a tree: forward and the walks over a tree recurse, so their depth is bounded. */
enum { DL__NESTING = 64 };

/* Bytes of what a file says about how a net is built; the tree read from it takes up to 128 times
 * as much. Twenty thousand layers fit. */
enum { DL__DESCRIPTION = 2 << 20 };

/* A named tensor of one module. */
typedef struct dl__part {
    char *name;
    dl_tensor *tensor;
} dl__part;

typedef struct dl__parts {
    dl__part *item;
    int32_t n, cap;
} dl__parts;

/* A tensor of a whole tree, with its path. */
typedef struct dl__named {
    const char *name;
    dl_tensor *tensor;
    int32_t buffer;
} dl__named;

/* All tensors of a tree in the order of state_dict; param and buffer list indexes into all, each
 * tensor once. One block of memory. */
typedef struct dl__table {
    dl__named *all;
    int32_t *param, *buffer;
    int32_t n, n_param, n_buffer;
} dl__table;

struct dl_module {
    dl__object base;
    const dl_module_class *cls;
    void *config, *state;
    dl__parts params, buffers;
    dl__parts retired; /* were its parameters and buffers before folding; without names */
    dl_module **child;
    int32_t n_child, cap_child;
    char *name;         /* in its parent; NULL: never had one            */
    atomic_int adopted; /* it is part of another module                  */
    int32_t made;       /* init has run                                  */
    int32_t height;     /* levels of the tree below, with itself         */
    int32_t training;
    int32_t shared; /* its memory belongs to a module elsewhere      */
    int32_t frozen;
    int32_t folding;  /* dl_module_freeze is at work on it               */
    int32_t held;     /* stays in evaluation mode                      */
    dl__table *table; /* made when first asked for, gone with a change */
};

/* One running module; frames lie on the C stack. */
typedef struct dl__frame {
    struct dl__frame *up;
    dl_module *module;
} dl__frame;

/* The innermost running module; NULL: none runs. */
const dl__frame *dl__frame_top(const dl_ctx *ctx);
/* dl__place, by the running modules (place.c). */
int dl__frame_place(const dl_ctx *ctx, const dl_tensor *t, char text[DL__PLACE]);
/* Puts the place of f before the standing message. */
void dl__frame_blame(dl_ctx *ctx, const dl__frame *f);

struct dl_safetensors;
/* Runs what text, the call of an autopsy, says on the operands in file; path is for messages. */
dl_status dl__autopsy_replay(dl_ctx *ctx, const char *path, struct dl_safetensors *file,
                             const char *text);

/* Sees every call, for tables and profilers. enter may keep a number for leave. */
typedef struct dl__trace {
    int32_t (*enter)(struct dl__trace *t, const dl__frame *frame);
    void (*leave)(struct dl__trace *t, int32_t number, dl_tensor *const *in, int32_t n_in,
                  dl_tensor *const *out, int32_t n_out);
} dl__trace;

/* dl_module_call, seen by trace (NULL: nobody). */
dl_status dl__module_run(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out, dl__trace *trace);
/* 1 when a trace sees the calls of the running modules: each is then to be one of its own. */
int dl__module_watched(const dl_ctx *ctx);
/* dl_module_call with fn for the class's forward. */
typedef dl_status dl__forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                              int32_t n_out);
dl_status dl__module_run_as(dl_module *m, dl__forward *fn, dl_tensor *const *in, int32_t n_in,
                            dl_tensor **out, int32_t n_out);

/* Adding without asking whether m is complete, for copies. On success the reference is m's. */
dl_status dl__module_attach(dl_module *m, dl__parts *to, const char *name, dl_tensor *t);
dl_status dl__module_attach_child(dl_module *m, const char *name, dl_module *child);
/* The two halves of it: a name may be that of a new part, as far as tensors and the first n
 * children tell; and adding, with a name that may. */
dl_status dl__module_check_name(dl_module *m, int32_t n, const char *name);
dl_status dl__module_put_child(dl_module *m, const char *name, dl_module *child);
/* 1 when a parameter called name is among those that pattern means, where * is any text and ? one
 * byte; NULL: the weights, which have two axes or more, without biases, scales and shifts. */
int dl__param_picked(const char *pattern, const char *name, const dl_tensor *param);
/* All of p, m's or taken over, are no parts of m any more. They live until m goes: the state of a
 * module may hold them. */
dl_status dl__module_retire(dl_module *m, dl__parts *p);
void dl__table_forget(dl_module *m);
/* NULL and DL_ENOMEM on failure. */
const dl__table *dl__module_table(const dl_module *m);
/* 1 unless m has another config than this and is of a class whose config folding may change. */
int dl__module_same_config(const dl_module *m, const void *config);
/* m takes the config of made, of the same class and fresh from init, and the parts that go with it,
 * in made's order. The module, its state, its children and the tensors that both have stay the same
 * objects. made is dropped. */
dl_status dl__module_refit(dl_module *m, dl_module *made);
/* Among the first n children. */
dl_module *dl__child_named(const dl_module *m, int32_t n, const char *name, size_t length);
dl_tensor *dl__part_named(const dl__parts *p, const char *name, size_t length);

/* Copies of a tree. DL__MODULE_META: shapes only. */
enum { DL__MODULE_COPY, DL__MODULE_SHARE, DL__MODULE_META };
dl_module *dl__module_rebuild(dl_module *m, dl_ctx *ctx, int mode);
/* dl_module_new with parameters and buffers left without memory. */
dl_module *dl__module_new_meta(dl_ctx *ctx, const dl_module_class *cls, const void *config);
/* The meta tensor t becomes one over storage, with the element type and strides of s, in place. */
void dl__module_place(dl_tensor *t, const dl__shape *s, dl__storage *storage);

/* What a file says about how m is made, as JSON; dl__free it. NULL on failure. */
char *dl__module_describe(const dl_module *m);
/* The module that such a text describes, without memory; path is for messages. */
dl_module *dl__module_from_text(dl_ctx *ctx, const char *path, const char *text);

/* The class of this name: of the library, or registered; NULL if there is none. */
const dl_module_class *dl__class_find(const char *name);
/* The classes of the library, ending with NULL; made by the build from src/layers. */
extern const void *const dl__classes[];
#endif
