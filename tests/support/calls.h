/* One call of every public function, on tiny shapes: what the tests that go over the whole library
 * share. tests/faults/test_every_function.c fails when one of include/dl is not
 * among them. */
#ifndef DL_TESTS_CALLS_H
#define DL_TESTS_CALLS_H
#include "dl/dl.h"
#include "dl/ext.h"
#include "support/support.h"

/* What the calls work on. The world owns all of it. */
typedef struct world {
    dl_ctx *ctx, *other;
    dl_tensor *x, *y;         /* f32 [3, 4]                                          */
    dl_tensor *weight, *bias; /* f32 [2, 4], [2]                                     */
    dl_tensor *one;           /* f32 [1]                                             */
    dl_tensor *t;             /* f32 [4, 4], written to                              */
    dl_tensor *mixed;         /* f32 [4, 3], not contiguous                          */
    dl_tensor *leaf, *leaf64; /* tracked, f32 [3, 4] and f64 [2]                     */
    dl_tensor *labels;        /* i64 [3]                                             */
    dl_tensor *foreign;       /* of the other context                                */
    dl_module *net;           /* dense(4, 3), tanh, residual(dense), counter         */
    dl_module *counter;       /* its last child                                      */
    dl_module *foreign_net;   /* of the other context                                */
    dl_optim *optim;          /* Adam over net                                       */
    dl_sched *sched;
    dl_dataset *data;    /* 5 examples: f32 [4] and a label                            */
    dl_loader *loader;   /* batches of 2                                               */
    dl_loader *crew;     /* the same with threads of its own                           */
    dl_average *average; /* of net, updated once                                    */
    dl_ckpt *ckpt;       /* net, optim and loader                                      */
    dl_safetensors *file;
    int32_t hook;            /* on leaf                               */
    char at[8][64];          /* paths, PATH_*                         */
    dl_tensor *tmp;          /* made by prepare, dropped afterwards   */
    dl_module *part, *part2; /* the same                              */
    dl_sched *tmp_sched;     /* the same                              */
} world;
enum { PATH_NET, PATH_CKPT, PATH_IDX, PATH_DATA, PATH_OUT, PATH_PICTURE, PATHS };

enum {
    MAKES,  /* takes memory; refuses while an error stands            */
    SETS,   /* takes no memory; refuses while an error stands         */
    LOOKS,  /* takes no memory; works while an error stands           */
    TRAINS, /* as MAKES, and what it changed before it failed remains */
};

typedef struct call {
    const char *name;
    int kind;
    void (*prepare)(world *w);  /* makes w->tmp and w->part; no error stands; may be NULL */
    dl_status (*run)(world *w); /* DL_OK or a failure; UNEXPECTED: neither                */
} call;
enum { UNEXPECTED = -100 };

extern const call calls_core[], calls_tensor[], calls_ops[], calls_grad[], calls_module[],
    calls_train[], calls_files[], calls_pool[], calls_conv[], calls_patches[];
/* All of them, one after the other; NULL at the end. */
const call *call_number(int32_t i);

/* A world with files of its own; the folder is scratch's. */
void world_begin(world *w);
void world_end(world *w); /* asserts that nothing is left */
/* Drops what prepare made and run did not adopt. */
void world_tidy(world *w);
/* Gives up all that w owns but the contexts, in an unusual order, and removes its data. */
void world_drop(world *w);

/* A text of all that a failed call must not change; at most cap bytes. */
enum { STATE = 16384 };
void world_state(world *w, char *state);

/* ---- for the tables -------------------------------------------------------------------------- */
dl_status made(const world *w, const void *result); /* NULL is failure                   */
dl_status owned(const world *w, void *object);      /* the same; drops the object        */
dl_status looked(int right);                        /* a value that is known             */

#define CALL_RUN(name, kind, prepare, expression)                                                  \
    static dl_status run_##name(world *w)                                                          \
    {                                                                                              \
        (void)w;                                                                                   \
        return expression;                                                                         \
    }
#define CALL_ENTRY(name, kind, prepare, expression) {#name, kind, prepare, run_##name},
/* Defines a table from a list of X(name, kind, prepare, expression). */
#define CALL_TABLE(table, LIST)                                                                    \
    LIST(CALL_RUN) const call table[] = {LIST(CALL_ENTRY){NULL, 0, NULL, NULL}};
#endif
