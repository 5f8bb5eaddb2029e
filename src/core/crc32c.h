/* CRC-32C (Castagnoli, IEEE Transactions on Communications, 1993), as iSCSI and TFRecord use it. */
#ifndef DL_CORE_CRC32C_H
#define DL_CORE_CRC32C_H
#include <stddef.h>
#include <stdint.h>

uint32_t dl__crc32c(const void *data, size_t n);
#endif
