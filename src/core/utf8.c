#include "core/utf8.h"
#include <stdint.h>
#include <string.h>

size_t dl__utf8_length(const char *s, size_t n)
{
    const uint8_t *p = (const uint8_t *)s;
    if (n == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    size_t want = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || want > n)
        return 0;
    for (size_t i = 1; i < want; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return want;
}

int dl__utf8_valid(const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t k = dl__utf8_length(s + i, n - i);
        if (k == 0)
            return 0;
        i += k;
    }
    return 1;
}

/* One character of s as it is shown; returns bytes taken, *shown gets bytes written. C1 controls
 * (U+0080 to U+009F) steer terminals too. */
static size_t show(const char *s, size_t n, char out[4], size_t *shown)
{
    static const char hex[] = "0123456789abcdef";
    const uint8_t *p = (const uint8_t *)s;
    size_t k = dl__utf8_length(s, n);
    if (k == 0 || (k == 1 && (p[0] < 0x20 || p[0] == 0x7f)) ||
        (k == 2 && p[0] == 0xc2 && p[1] < 0xa0)) {
        out[0] = '\\';
        out[1] = 'x';
        out[2] = hex[p[0] >> 4];
        out[3] = hex[p[0] & 15];
        *shown = 4;
        return 1;
    }
    memcpy(out, s, k);
    *shown = k;
    return k;
}

const char *dl__printable(char *buf, size_t cap, const char *s)
{
    char unit[4];
    size_t n, shown, total = 0;
    if (!s)
        s = "(null)";
    n = strlen(s);
    for (size_t i = 0; i < n; total += shown)
        i += show(s + i, n - i, unit, &shown);
    size_t head = total < cap ? total : (cap - 4) / 2; /* escaped bytes kept from the front */
    size_t tail = total < cap ? total : total - (cap - 4 - head);
    size_t used = 0, at = 0;
    int cut = 0;
    for (size_t i = 0; i < n; at += shown) {
        i += show(s + i, n - i, unit, &shown);
        if (at + shown > head && at < tail) {
            if (!cut)
                memcpy(buf + used, "...", 3), used += 3;
            cut = 1;
            continue;
        }
        memcpy(buf + used, unit, shown);
        used += shown;
    }
    buf[used] = '\0';
    return buf;
}
