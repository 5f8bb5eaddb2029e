/* Exact conversion with large integers: slow beside Ryu, but plain, and made for printing. */
#include <math.h>
#include <string.h>
#include "tensor/decimal.h"

enum { WORDS = 84 }; /* 32 * 84 bits hold 2^55 * 5^1075 */

typedef struct big {
    int32_t n;
    uint32_t word[WORDS]; /* the least significant first */
} big;

static void multiply(big *b, uint32_t by)
{
    uint64_t carry = 0;
    for (int32_t i = 0; i < b->n; i++) {
        carry += (uint64_t)b->word[i] * by;
        b->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry)
        b->word[b->n++] = (uint32_t)carry;
}

static uint32_t divide(big *b, uint32_t by)
{
    uint64_t rest = 0;
    for (int32_t i = b->n - 1; i >= 0; i--) {
        rest = rest << 32 | b->word[i];
        b->word[i] = (uint32_t)(rest / by);
        rest %= by;
    }
    while (b->n > 0 && b->word[b->n - 1] == 0)
        b->n--;
    return (uint32_t)rest;
}

/* All digits of m * 2^e, m > 0. */
static void exact(dl__decimal *d, uint64_t m, int32_t e)
{
    enum { ROOM = (int)sizeof d->digit };
    while (m % 2 == 0) {
        m /= 2;
        e++;
    }
    big b = {.n = m >> 32 ? 2 : 1, .word = {(uint32_t)m, (uint32_t)(m >> 32)}};
    for (int32_t k = 0; k < e; k++)
        multiply(&b, 2);
    int32_t scale = e < 0 ? -e : 0, left = scale; /* m * 2^-k = m * 5^k / 10^k */
    for (; left >= 13; left -= 13)
        multiply(&b, 1220703125); /* 5^13 */
    for (; left > 0; left--)
        multiply(&b, 5);
    uint8_t *at = d->digit + ROOM;
    while (b.n > 0) {
        uint32_t group = divide(&b, 1000000000);
        for (int32_t i = 0; i < 9; i++, group /= 10)
            *--at = (uint8_t)(group % 10);
    }
    while (*at == 0)
        at++;
    d->n = (int32_t)(d->digit + ROOM - at);
    d->point = d->n - scale;
    memmove(d->digit, at, (size_t)d->n);
    while (d->digit[d->n - 1] == 0)
        d->n--;
}

static int compare(const dl__decimal *a, const dl__decimal *b)
{
    if (a->n == 0 || b->n == 0)
        return (a->n != 0) - (b->n != 0);
    if (a->point != b->point)
        return a->point < b->point ? -1 : 1;
    int32_t shorter = a->n < b->n ? a->n : b->n;
    int order = memcmp(a->digit, b->digit, (size_t)shorter);
    return order ? order : (a->n > b->n) - (a->n < b->n);
}

/* The first n digits of d (n may be 0 or less), or the next number of n digits above it. */
static void cut(dl__decimal *to, const dl__decimal *d, int32_t n, int up)
{
    to->point = d->point;
    to->n = n < 0 ? 0 : n < d->n ? n : d->n;
    memcpy(to->digit, d->digit, (size_t)to->n);
    if (up) {
        while (to->n > 0 && to->digit[to->n - 1] == 9)
            to->n--;
        if (to->n > 0) {
            to->digit[to->n - 1]++;
        } else { /* 0.999 becomes 1.0; from no digit, 1 in the last place asked for */
            to->point = n < 0 ? d->point - n + 1 : d->point + 1;
            to->n = 1;
            to->digit[0] = 1;
        }
    }
    while (to->n > 0 && to->digit[to->n - 1] == 0)
        to->n--;
}

/* 1 when d is nearer to its n digits rounded up than rounded down; halves go to the even digit. */
static int rounds_up(const dl__decimal *d, int32_t n)
{
    if (n < 0 || n >= d->n)
        return 0;
    if (d->digit[n] != 5)
        return d->digit[n] > 5;
    return n + 1 < d->n || (n > 0 && d->digit[n - 1] % 2);
}

/* |v| = m * 2^e, and whether the number below is nearer than the one above. */
static void take_apart(double v, int single, uint64_t *m, int32_t *e, int *narrow)
{
    int32_t top = single ? 24 : 53, least = single ? -149 : -1074;
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    int32_t field = (int32_t)(bits >> 52 & 0x7ff);
    *m = (bits & 0xfffffffffffffu) | (field ? (uint64_t)1 << 52 : 0);
    *e = field ? field - 1075 : -1074;
    if (single) { /* the double holds a float: its low bits are zero */
        int32_t shift = 53 - top;
        if (*e + shift < least)
            shift = least - *e;
        *m >>= shift;
        *e += shift;
    }
    *narrow = *m == (uint64_t)1 << (top - 1) && *e > least;
}

void dl__decimal_of(dl__decimal *d, double v, int single, int scientific, int32_t places,
                    int32_t fewest)
{
    dl__decimal all, low, high;
    uint64_t m;
    int32_t e;
    int narrow;
    d->n = 0;
    d->point = 1;
    if (v == 0)
        return;
    take_apart(v, single, &m, &e, &narrow);
    exact(&all, m, e);
    exact(&low, narrow ? 4 * m - 1 : 2 * m - 1, narrow ? e - 2 : e - 1);
    exact(&high, 2 * m + 1, e - 1);
    int32_t most = scientific ? places + 1 : all.point + places;
    for (int32_t n = fewest > 1 ? fewest : 1; n <= most && n < all.n; n++) {
        int first = rounds_up(&all, n);
        for (int32_t k = 0; k < 2; k++) {
            cut(d, &all, n, k ? !first : first);
            int below = compare(&low, d), above = compare(d, &high);
            if ((below < 0 || (below == 0 && m % 2 == 0)) &&
                (above < 0 || (above == 0 && m % 2 == 0)))
                return;
        }
    }
    cut(d, &all, most, rounds_up(&all, most));
}
