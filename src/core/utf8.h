/* Text from outside: UTF-8, and how it is shown in messages. */
#ifndef DL_CORE_UTF8_H
#define DL_CORE_UTF8_H
#include <stddef.h>

enum { DL__SHOWN = 320 }; /* a good size of buffer for a path or a name in a message */

/* Length (1 to 4) of the well-formed character at s, of which n bytes may be read; 0 if there is
 * none. Refuses overlong forms, surrogates and values above 10FFFF (RFC 3629). */
size_t dl__utf8_length(const char *s, size_t n);
int dl__utf8_valid(const char *s, size_t n);

/* s for a message: control characters and malformed bytes become \xHH, and text too long for cap
 * (at least 16) loses its middle. s NULL: "(null)". Returns buf. */
const char *dl__printable(char *buf, size_t cap, const char *s);
#endif
