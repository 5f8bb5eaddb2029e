/* What layers share. A layer's class is a constant called dl__class_NAME; the build finds it
 * there. */
#ifndef DL_LAYERS_LAYER_H
#define DL_LAYERS_LAYER_H
#include "dl/ext.h"
#include "dl/init.h"
#include "dl/layers.h"
#include "dl/ops.h"
#include "module/module.h"

/* DL_EINVAL unless a layer with one input and one output was called with these. */
dl_status dl__layer_single(const dl_module *m, dl_tensor *const *in, int32_t n_in, int32_t n_out);
/* *out = y; the standing error if y is NULL. */
dl_status dl__layer_give(const dl_module *m, dl_tensor *y, dl_tensor **out);
/* forward of a layer that is one operation without options. */
dl_status dl__layer_unary(const dl_module *m, dl_tensor *(*op)(dl_tensor *), dl_tensor *const *in,
                          int32_t n_in, dl_tensor **out, int32_t n_out);
/* A new parameter of m in the context's element type, not initialised; order lists the axes from
 * the outermost in memory to the innermost (NULL: row-major). Borrowed. */
dl_tensor *dl__layer_param(dl_module *m, const char *name, const int64_t *dims, int32_t ndim,
                           const int32_t *order);
/* DL_EINVAL for an axis that no tensor has. */
dl_status dl__layer_axis(const dl_module *m, int32_t axis);
/* Checks o, which may be NULL: DL_EINVAL for values it does not know. */
dl_status dl__layer_opts_check(dl_ctx *ctx, const char *who, const dl_layer_opts *o);
/* absorb of a layer whose "weight", its first parameter, is [out, ..], or, with transposed 1, [in,
 * out / groups, ..], where axis 0 has the groups one after the other; "bias" [out] is the second
 * one, and is added where it lacks: *no_bias then becomes 0. */
int32_t dl__layer_absorb(dl_module *m, int64_t groups, int32_t transposed, dl_tensor *scale,
                         dl_tensor *shift, int32_t *no_bias);
/* Gives up the caller's references to layers[0..n), each module once. */
void dl__layer_drop_all(dl_module *const *layers, int32_t n);
/* A module of the class with the layers for children, called names[0], names[1], ... (NULL: "0",
 * "1", ...); it adopts them, also when it fails. */
dl_module *dl__layer_container(dl_ctx *ctx, const dl_module_class *cls, const void *config,
                               const char *const *names, dl_module *const *layers, int32_t n);
extern const dl_module_class dl__class_sequential;
/* body + skip; NULL and DL_ESHAPE unless they have one shape. */
dl_tensor *dl__layer_join(const dl_module *m, dl_tensor *body, dl_tensor *skip);
#endif
