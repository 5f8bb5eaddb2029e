/* dl/module.h: networks. A module has named parameters (trained), buffers (saved, not trained)
 * and children; a net is a module. Modules come from dl/layers.h or from classes of your own
 * (dl/ext.h).
 *
 * Names are paths as in PyTorch's state_dict: "2.conv1.weight" is the parameter "weight" of the
 * child "conv1" of the child "2". Lists go through a module's own parts first, in the order they
 * were added, then through its children.
 *
 * A module starts in training mode. Parameters and children that are looked up are borrowed:
 * they live as long as the module, keep them to have them longer. */
#ifndef DL_MODULE_H
#define DL_MODULE_H
#include "dl/tensor.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- running --------------------------------------------------------------------------------- */

/* The result of m, a module of one input and one output, for x. It belongs to the innermost scope.
 * What m computed in between lives only as long as the gradient needs it. A failure keeps its code,
 * and the message begins with where it happened: "sequential.2 (dense): linear: input is ...". */
DL_API dl_tensor *dl_module_forward(dl_module *m, dl_tensor *x);
/* The same for n_in inputs (optional ones may be NULL) and n_out outputs. On failure every
 * out[i] is NULL. Changes of buffers (running statistics) are made when the outermost call has
 * succeeded. */
DL_API dl_status dl_module_call(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                                int32_t n_out);

/* on 1: training mode; 0: evaluation mode (dropout lets everything through, normalisation uses its
 * running statistics). Goes through all children. A frozen module refuses 1 with DL_ESTATE. */
DL_API void dl_module_train(dl_module *m, int32_t on);
/* 1 in training mode. */
DL_API int32_t dl_module_training(const dl_module *m);
/* on 1: m and all that is in it go to evaluation mode and stay there: dl_module_train, also of a
 * net around m (dl_train calls it), passes them over; for the fixed part of a net whose rest is
 * trained. 0: dl_module_train reaches them again. Copies stay, too; files do not say. */
DL_API void dl_module_hold(dl_module *m, int32_t on);

/* One module of a watched call, right after it has run. */
typedef struct dl_watch {
    const char *path;      /* as for dl_module_find, "" for the watched module itself; valid
                                during the call                                                 */
    dl_module *module;     /* borrowed */
    dl_tensor *const *in;  /* [n_in], NULL where an optional input was not given; borrowed    */
    dl_tensor *const *out; /* [n_out], borrowed: keep what is to live longer                  */
    int32_t n_in, n_out;
    int32_t depth; /* 0 for the watched module, 1 for its children, ...               */
    int32_t reserved[5];
} dl_watch;
/* Nonzero stops the call with DL_EUSER. Modules that it runs itself are not watched. */
typedef int32_t (*dl_watch_fn)(const dl_watch *w, void *user);
/* dl_module_call that calls fn after each module in m, and at last for m itself: to look at what
 * layers give, measure them, find the first NaN. In the order in which they end; a module that runs
 * twice is told twice. Nothing stays behind for later calls, and the results are those of
 * dl_module_call to the bit, unless fn draws random numbers. Besides its failures: DL_EINVAL, fn is
 * NULL; DL_ESTATE, called while a module runs. */
DL_API dl_status dl_module_watch(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                                 int32_t n_out, dl_watch_fn fn, void *user);

/* ---- references ------------------------------------------------------------------------------ */

DL_API dl_module *dl_module_keep(dl_module *m);   /* one more reference, yours; returns m */
DL_API void dl_module_drop(dl_module *m);         /* gives one reference up; any thread   */
DL_API dl_ctx *dl_module_ctx(const dl_module *m); /* borrowed; NULL for NULL        */

/* ---- parameters, buffers, children ----------------------------------------------------------- */

/* Number of parameters, counting one that several modules share once; negative on failure. */
DL_API int32_t dl_module_param_count(const dl_module *m);
/* Parameter i, and its path; NULL when i is out of range. */
DL_API dl_tensor *dl_module_param(dl_module *m, int32_t i);
DL_API const char *dl_module_param_name(const dl_module *m, int32_t i);
/* The same for buffers. */
DL_API int32_t dl_module_buffer_count(const dl_module *m);
DL_API dl_tensor *dl_module_buffer(dl_module *m, int32_t i);
DL_API const char *dl_module_buffer_name(const dl_module *m, int32_t i);
/* The parameter or buffer with this path, NULL (without an error) if there is none. */
DL_API dl_tensor *dl_module_tensor(dl_module *m, const char *path);
/* The module with this path, "" is m itself; NULL (without an error) if there is none. */
DL_API dl_module *dl_module_find(dl_module *m, const char *path);
/* Direct children, in order, and their names ("0", "body"). */
DL_API int32_t dl_module_child_count(const dl_module *m);
DL_API dl_module *dl_module_child(dl_module *m, int32_t i);
DL_API const char *dl_module_child_name(const dl_module *m, int32_t i);
/* The name of m's class: "dense". */
DL_API const char *dl_module_class_name(const dl_module *m);
/* Elements of all parameters together: what papers call the number of parameters. */
DL_API int64_t dl_module_param_elements(const dl_module *m);

/* Marks all gradients absent: the next backward overwrites them, an optimizer skips them until
 * then. */
DL_API void dl_module_zero_grad(dl_module *m);
/* on 0: gradients of m's parameters are no longer wanted (to train only the rest of a net); 1: they
 * are again. DL_ESTATE on a frozen module. */
DL_API dl_status dl_module_track(dl_module *m, int32_t on);
/* The same for the parameters whose path fits pattern, where * is any text and ? one character:
 * "body.*", "*.bias". Returns how many they are, negative on failure: DL_EINVAL when there are
 * none. */
DL_API int32_t dl_module_track_named(dl_module *m, const char *pattern, int32_t on);

/* ---- copies ----------------------------------------------------------------------------------- *
 * All three make a module of the same classes, which is yours, with the configuration of m but for
 * what dl_module_freeze folds. m and its context must be at rest; errors are reported in the
 * context of the result. */

/* A copy with memory of its own, in any context (NULL: m's): same values, mode and tracking, no
 * gradients. */
DL_API dl_module *dl_module_clone(dl_module *m, dl_ctx *ctx);
/* Parameters and buffers are the memory of m, seen from another context: N threads, one net.
 * Mode and gradients are its own, at first as in m; changes of buffers by forward are discarded.
 * Any number of threads may run shared modules at once, as long as nobody changes the memory
 * meanwhile. */
DL_API dl_module *dl_module_share(dl_module *m, dl_ctx *ctx);
/* A copy for inference, in m's context: evaluation mode for good, nothing tracked, also in parts
 * that are held. Batch normalization with running statistics that comes right after a layer with
 * weights (in a sequential, in blocks that say so) is folded into them and then gives its input;
 * the layer before gets a bias if it had none. Results may differ from m's in the last bits. Not
 * folded: what shares a tensor with another part, has meta tensors, or would not stay finite. A
 * sequential takes it that its parts run in it alone: a net with a class of its own that calls a
 * layer inside a sequential as well, say for a second head, computes something else when frozen;
 * such layers belong into that class itself (dl_module_class, chains). The copy is cloned, shared,
 * saved and opened as any module; opened, it trains without what was folded. A dense layer that
 * took a normalization in wants inputs of two axes (DL_ESHAPE). */
DL_API dl_module *dl_module_freeze(dl_module *m);

/* ---- files ----------------------------------------------------------------------------------- */

typedef struct dl_load_opts {
    /* Only names that begin with this are read, and it is cut off: "backbone." NULL: all. */
    const char *prefix;
    /* Rules "from=to", separated by commas, for what then remains: the first rule whose from
     * begins a name replaces that beginning. "fc.=head.,bn=norm". NULL: none. */
    const char *rename;
    /* 1: names that only the file or only the module has are passed over. */
    int32_t partial;
    int32_t reserved[7]; /* must be zero */
} dl_load_opts;

/* Writes all parameters and buffers to a safetensors file, which PyTorch and others read. Its
 * metadata holds what dl_module_open needs. The same module gives the same bytes. The file appears
 * whole or not at all. */
DL_API dl_status dl_module_save(const dl_module *m, const char *path);
/* Reads values into m's parameters and buffers. Strict: every name must be there, none may be left
 * over (DL_EFORMAT), shapes (DL_ESHAPE) and element types (DL_EDTYPE: nothing is converted) must be
 * the same; the message lists what is not. On failure m is as it was. Meta tensors get memory. */
DL_API dl_status dl_module_load(dl_module *m, const char *path, const dl_load_opts *o);
/* Rebuilds a saved net: classes, configuration, values and element types; in training mode, and
 * yours. DL_EFORMAT when the file does not say how it was built, DL_EUNSUPPORTED when it names a
 * class that is not known (dl_module_register). A file may take 2 MiB to say how its net is built
 * (DL_ELIMIT, in dl_module_save too); reading that takes memory below 128 times its length. */
DL_API dl_module *dl_module_open(dl_ctx *ctx, const char *path);

/* ---- looking at a net ------------------------------------------------------------------------ */

/* Bytes of the result of dl_module_hash. */
enum { DL_HASH_TEXT = 65 };
/* SHA-256 over the elements of all parameters and buffers, in the order of state_dict, each
 * row-major and little-endian, as 64 lower-case hexadecimal digits and a NUL. In PyTorch:
 * update(t.numpy().tobytes()) for each t in state_dict().values(). */
DL_API dl_status dl_module_hash(const dl_module *m, char hex[65]);

typedef struct dl_summary_opts {
    dl_dtype dtype;      /* of the input; 0: that of m's first parameter, f32 if it has none */
    int32_t depth;       /* levels of children shown; 0: all                                */
    int64_t reserved[7]; /* must be zero                                                    */
} dl_summary_opts;
/* A table of m for an input of this shape: a line for each module in the order they run, with
 * the shape of its output, its own parameters and multiply-adds (where its class tells), then
 * totals. Nothing is computed: a copy of m runs on shapes alone. Writes it with a final NUL, cut
 * to cap bytes. Returns the length of the whole text without its NUL, negative on failure; buf
 * may be NULL when cap is 0. */
DL_API int64_t dl_module_summary(dl_module *m, const int64_t *shape, int32_t ndim, char *buf,
                                 size_t cap, const dl_summary_opts *o);

#ifdef __cplusplus
}
#endif
#endif
