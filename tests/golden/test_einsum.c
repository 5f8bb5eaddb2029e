/* Against PyTorch: make_einsum.py. */
#include "support/golden.h"

static const char *const equations[] = {"ij,jk->ik",
                                        "bij,bjk->bik",
                                        "i,j",
                                        "ij,ij->i",
                                        "ii",
                                        "iji->ji",
                                        "ij->",
                                        "ji",
                                        "...ij,...jk",
                                        "i...,i...->...",
                                        "bi,bj,oij->bo",
                                        "bhqd,bhkd->bhqk",
                                        "ij,ij->j",
                                        "ab,bc,cd,da->",
                                        "aBc"};

GOLDEN(einsum, equations[a->k[0]], in, a->n_in)

static const golden_op ops[] = {GOLDEN_OP(einsum)};

int main(void)
{
    return golden_main("einsum", ops, GOLDEN_LENGTH(ops));
}
