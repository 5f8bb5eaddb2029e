/* Einstein's notation: the equation as lists of labels. */
#ifndef DL_OPS_EINSUM_H
#define DL_OPS_EINSUM_H
#include "autograd/autograd.h"
#include "ops/shape.h"

/* Labels are numbers: A-Z, a-z in the order of ASCII, then the axes of the ellipsis. */
enum { DL__LETTERS = 52, DL__LABELS = DL__LETTERS + DL_MAX_DIMS };

/* A label for each axis of a tensor. */
typedef struct dl__labels {
    int32_t n;
    int32_t label[DL_MAX_DIMS];
} dl__labels;

typedef struct dl__equation {
    dl__labels in[DL__MAX_IN], out;
    int64_t size[DL__LABELS]; /* -1: not used */
} dl__equation;

/* Reads text for the operands and checks sizes; DL_EINVAL, DL_ESHAPE, DL_ELIMIT say where. */
dl_status dl__equation_read(dl_ctx *ctx, const char *text, dl_tensor *const *in, int32_t n,
                            dl__equation *e);
/* The view x[.., i, .., i, ..] -> [.., i, ..] of two axes of one size, a < b; b goes away. */
dl_tensor *dl__diagonal(dl_tensor *x, int32_t a, int32_t b);
#endif
