#include "ops/magnitude.h"
#include <math.h>
#include <string.h>

DL__LOOP1(absolute, DL__FABS(x))
DL__LOOP1(divisor, x == 0 || x - x != 0 ? 1 : x)

int dl__squares_in_range(const dl_tensor *squares)
{
    const int64_t n = dl__count_of(squares);
    const void *v = dl__data(squares);
    int good = 1;
    for (int64_t i = 0; i < n; i++) {
        if (squares->dtype == DL_F32)
            good &= ((const float *)v)[i] > 0x1p-60f && ((const float *)v)[i] < INFINITY;
        else
            good &= ((const double *)v)[i] > 0x1p-900 && ((const double *)v)[i] < (double)INFINITY;
    }
    return good;
}

dl_status dl__magnitude(int32_t op, dl_tensor *x, int32_t mask, dl_tensor *base)
{
    const dl_status status = dl__axes_reduce_map(op, &absolute, NULL, x, NULL, mask, base);
    if (status == DL_OK)
        dl__elementwise_run(base, &base, 1, &divisor, NULL);
    return status;
}

/* v > 0 down to a power of two. */
static double power_of_two(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    bits &= (uint64_t)0x7ff << 52;
    memcpy(&v, &bits, sizeof v);
    return v > 0 ? v : 0x1p-1022;
}

dl_status dl__magnitude_power(dl_tensor *x, int32_t mask, dl_tensor *base)
{
    const dl_status status = dl__magnitude(DL__MAX, x, mask, base);
    const int64_t n = status == DL_OK ? dl__count_of(base) : 0;
    void *v = dl__data(base);
    for (int64_t i = 0; i < n; i++) {
        if (base->dtype == DL_F32)
            ((float *)v)[i] = (float)power_of_two((double)((float *)v)[i]);
        else
            ((double *)v)[i] = power_of_two(((double *)v)[i]);
    }
    return status;
}
