/* SHA-256 (FIPS 180-4), to show that two sets of weights have the same bits. */
#ifndef DL_CORE_SHA256_H
#define DL_CORE_SHA256_H
#include <stddef.h>
#include <stdint.h>

enum { DL__SHA256 = 32, DL__SHA256_TEXT = 65 };

typedef struct dl__sha256 {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
} dl__sha256;

void dl__sha256_begin(dl__sha256 *h);
void dl__sha256_add(dl__sha256 *h, const void *data, size_t n);
/* h is spent then. */
void dl__sha256_end(dl__sha256 *h, uint8_t digest[DL__SHA256]);
/* 64 lower-case hexadecimal digits. Returns text. */
const char *dl__sha256_text(char text[DL__SHA256_TEXT], const uint8_t digest[DL__SHA256]);
#endif
