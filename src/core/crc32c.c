#include "core/crc32c.h"

enum { POLYNOMIAL = (int)0x82f63b78 }; /* reflected */

uint32_t dl__crc32c(const void *data, size_t n)
{
    const uint8_t *p = data;
    uint32_t crc = ~(uint32_t)0;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ ((uint32_t)POLYNOMIAL & (0 - (crc & 1)));
    }
    return ~crc;
}
