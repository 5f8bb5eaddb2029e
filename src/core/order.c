/* Merge sort from the bottom up. */
#include "core/order.h"
#include <string.h>

int dl__before_f64(const void *keys, int64_t a, int64_t b)
{
    return ((const double *)keys)[a] < ((const double *)keys)[b];
}

int dl__after_f64(const void *keys, int64_t a, int64_t b)
{
    return ((const double *)keys)[a] > ((const double *)keys)[b];
}

int dl__before_i64(const void *keys, int64_t a, int64_t b)
{
    return ((const int64_t *)keys)[a] < ((const int64_t *)keys)[b];
}

/* The sorted stretches from[0..half) and from[half..n) become to[0..n). */
static void merge(int64_t *to, const int64_t *from, int64_t half, int64_t n, dl__before before,
                  const void *keys)
{
    int64_t a = 0, b = half;
    for (int64_t i = 0; i < n; i++)
        to[i] = a < half && (b == n || !before(keys, from[b], from[a])) ? from[a++] : from[b++];
}

void dl__order(int64_t *order, int64_t *spare, int64_t n, dl__before before, const void *keys)
{
    int64_t *from = order, *to = spare;
    for (int64_t width = 1; width < n; width *= 2) {
        for (int64_t at = 0; at < n;) {
            int64_t left = n - at,
                    size = left > width ? (left / 2 < width ? left : 2 * width) : left;
            merge(to + at, from + at, left > width ? width : left, size, before, keys);
            at += size;
        }
        int64_t *other = from;
        from = to;
        to = other;
        if (width > n / 2)
            break;
    }
    if (from != order)
        memcpy(order, from, (size_t)n * sizeof *order);
}
