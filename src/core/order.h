/* Sorting without memory of its own and with one result: the C library's qsort takes memory, and
 * leaves equal elements in any order. */
#ifndef DL_CORE_ORDER_H
#define DL_CORE_ORDER_H
#include <stdint.h>

/* 1 when element a of keys comes before element b. */
typedef int (*dl__before)(const void *keys, int64_t a, int64_t b);
/* Sorts the element numbers order[0..n), equal ones stay as they stand. spare: room for n more. */
void dl__order(int64_t *order, int64_t *spare, int64_t n, dl__before before, const void *keys);

/* keys are doubles without NaN: rising, falling; int64_t: rising. */
int dl__before_f64(const void *keys, int64_t a, int64_t b);
int dl__after_f64(const void *keys, int64_t a, int64_t b);
int dl__before_i64(const void *keys, int64_t a, int64_t b);
#endif
