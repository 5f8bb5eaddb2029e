/* Gatherings with few columns, less than half a vector. Rows and columns of the micro-kernel change
 * roles: rows are the columns of the gathering, vectors run along the places. The copy of the lines
 * that a tile reads becomes planes, one for each term of a tap; in them a place and its neighbours
 * lie side by side, and the lines of one example are one run with some columns between them that
 * nobody needs. */
#ifndef DL_KERNELS_NATIVE_CONV_FEW_H
#define DL_KERNELS_NATIVE_CONV_FEW_H
#include "kernels/native/pack.h"
#include "kernels/native/panels.h"
#include "kernels/native/places.h"

typedef struct dl__conv_few {
    const dl__places *p;
    const dl__micro *micro;
    dl__pack *pack;
    int64_t size, cols, terms, depth; /* of an element; columns; terms of a tap, of all taps     */
    int64_t segments, length, b_step;
    const int64_t *offsets; /* of b, then of a                                        */
    int64_t entries, plane; /* of the copy; elements from plane to plane, and of sums */
    int64_t planes, sums;   /* where these begin in a slot                            */
} dl__conv_few;

/* 1 when it pays. Then p makes copies always. After dl__places_init. */
int dl__conv_few_wanted(dl__conv_few *f, dl_dtype dt, dl__places *p, const dl__panels *panels);
/* After dl__places_fit: bytes of a slot that has so many already. */
int64_t dl__conv_few_memory(dl__conv_few *f, int64_t bytes);
/* After dl__places_fit: fills offsets, two numbers for each tap, which stay in use. */
void dl__conv_few_terms(dl__conv_few *f, int64_t *offsets);
/* The weights of one tap, term and col elements apart, to their places in [column][term of all]. */
void dl__conv_few_pack(const dl__conv_few *f, dl_dtype dt, const char *from, int64_t term,
                       int64_t col, char *to);
/* c[place][column] = sums + bias, NULL: none, for `lines` lines of n places that dl__places_read
 * has put to work and starts. c points to each place. */
void dl__conv_few_run(const dl__conv_few *f, const void *w, const void *bias, char *work,
                      const char *const *starts, int64_t lines, int64_t n, char *const *c);
#endif
