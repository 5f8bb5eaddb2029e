/* What a file is that is not what it should be. */
#ifndef DL_IO_SNIFF_H
#define DL_IO_SNIFF_H
#include <stddef.h>
#include <stdint.h>

enum { DL__SNIFF = 64 }; /* first bytes that are looked at */

/* What a file that begins with these n bytes is, and what to do: "an HTML page: ..."; NULL when it
 * is nothing known. */
const char *dl__sniff(const uint8_t *p, size_t n);
#endif
