/* Operands of a case in memory, in every layout. */
#ifndef DL_TESTS_OP_INPUTS_H
#define DL_TESTS_OP_INPUTS_H
#include "support/op_check.h"

/* How operands lie in memory. A BROADCAST operand is a leaf with size 1 along its first longer
 * axis, which op_view stretches; REPEATED holds the same values, stored. */
typedef enum {
    OP_CONTIGUOUS,
    OP_PERMUTED,
    OP_STEPPED,
    OP_BACKWARDS,
    OP_BROADCAST,
    OP_REPEATED
} op_layout;

const char *op_layout_name(op_layout layout);
int32_t op_n_inputs(const op_case *c);
int64_t op_n_elements(const op_input *in);
/* The axis that BROADCAST stretches, or -1. */
int32_t op_broadcast_axis(const op_input *in);
/* Leaf number i of the case, the caller's; floats are dtype and tracked if track. NULL on failure.
 * */
dl_tensor *op_leaf(dl_ctx *ctx, const op_case *c, int32_t i, dl_dtype dtype, op_layout layout,
                   int track);
/* The operand that the leaf stands for. */
dl_tensor *op_view(dl_tensor *leaf, const op_input *in, op_layout layout);
#endif
