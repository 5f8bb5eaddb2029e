/* Numbers in files, by shifts, so that the host's byte order and alignment do not matter; and a
 * place in bytes from outside. */
#ifndef DL_CORE_BYTES_H
#define DL_CORE_BYTES_H
#include <stddef.h>
#include <stdint.h>

static inline uint16_t dl__load_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}
static inline uint32_t dl__load_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static inline uint64_t dl__load_le64(const uint8_t *p)
{
    return (uint64_t)dl__load_le32(p) | (uint64_t)dl__load_le32(p + 4) << 32;
}
static inline uint16_t dl__load_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}
static inline uint32_t dl__load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}
static inline uint64_t dl__load_be64(const uint8_t *p)
{
    return (uint64_t)dl__load_be32(p) << 32 | (uint64_t)dl__load_be32(p + 4);
}
static inline void dl__store_le16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}
static inline void dl__store_le32(uint8_t *p, uint32_t v)
{
    dl__store_le16(p, (uint16_t)v);
    dl__store_le16(p + 2, (uint16_t)(v >> 16));
}
static inline void dl__store_le64(uint8_t *p, uint64_t v)
{
    dl__store_le32(p, (uint32_t)v);
    dl__store_le32(p + 4, (uint32_t)(v >> 32));
}
static inline void dl__store_be32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}
static inline void dl__store_be64(uint8_t *p, uint64_t v)
{
    dl__store_be32(p, (uint32_t)(v >> 32));
    dl__store_be32(p + 4, (uint32_t)v);
}

typedef struct dl__cursor {
    const uint8_t *p;
    size_t n, at; /* at <= n, always */
} dl__cursor;
#endif
