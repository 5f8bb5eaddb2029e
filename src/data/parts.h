/* What all ways to cut a dataset in two share. */
#ifndef DL_DATA_PARTS_H
#define DL_DATA_PARTS_H
#include "data/dataset.h"

typedef struct dl__parts {
    dl_dataset *d;
    int64_t size, wanted; /* examples, and how many the first part should get  */
    int64_t *order;       /* [size]: all examples in an order that seed chose   */
    int64_t *spare;       /* [size]                                             */
    unsigned char *mark;  /* [size]: 1 for examples of the first part, zeroed   */
} dl__parts;

/* Checks all arguments of a function called who, and sets *first and *second to NULL. On failure
 * nothing is held. */
dl_status dl__parts_begin(dl__parts *p, const char *who, dl_dataset *d, double fraction,
                          uint64_t seed, dl_dataset **first, dl_dataset **second);
/* Makes the two datasets of the marks, unless an error stands, and ends p. */
dl_status dl__parts_end(dl__parts *p, dl_dataset **first, dl_dataset **second);
/* The neighbours in sorted[at..n) that have one key: where they end. */
int64_t dl__run_end(const int64_t *sorted, int64_t at, int64_t n, const int64_t *key);
/* Sorts order by group; returns the number of groups. turn[0..that) says where each begins in
 * order, groups in the sequence in which order had their first examples. work: room for 3 n. */
int64_t dl__group_turns(int64_t *order, int64_t n, const int64_t *group, int64_t *turn,
                        int64_t *work);
#endif
