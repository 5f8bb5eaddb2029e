#include "kernels/scan.h"

enum { SIDE = 16 }; /* chains that run side by side */

#define SCAN(name, from, sum, to)                                                                  \
    static void scan_##name(const dl__rows *r, const void *arg)                                    \
    {                                                                                              \
        (void)arg;                                                                                 \
        for (int64_t first = 0; first < r->m; first += SIDE) {                                     \
            const int64_t m = r->m - first < SIDE ? r->m - first : SIDE;                           \
            sum acc[SIDE] = {0};                                                                   \
            for (int64_t i = 0; i < r->n; i++) {                                                   \
                const char *x = r->p[1] + i * r->along[1] + first * r->across[1];                  \
                char *y = r->p[0] + i * r->along[0] + first * r->across[0];                        \
                for (int64_t j = 0; j < m; j++) {                                                  \
                    acc[j] += (sum) * (const from *)(const void *)(x + j * r->across[1]);          \
                    *(to *)(void *)(y + j * r->across[0]) = (to)acc[j];                            \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }
SCAN(f32, float, double, float)
SCAN(f64, double, double, double)
SCAN(i32, int32_t, uint64_t, int64_t)
SCAN(i64, int64_t, uint64_t, int64_t)
SCAN(u8, uint8_t, uint64_t, int64_t)

dl__rows_kernel dl__scan_kernel(dl_dtype dt)
{
    switch (dt) {
    case DL_F32:
        return scan_f32;
    case DL_F64:
        return scan_f64;
    case DL_I32:
        return scan_i32;
    case DL_I64:
        return scan_i64;
    default:
        return scan_u8;
    }
}
