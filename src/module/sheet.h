/* Text that goes to the caller's buffer as far as there is room, with a final NUL. */
#ifndef DL_MODULE_SHEET_H
#define DL_MODULE_SHEET_H
#include <stddef.h>

typedef struct dl__sheet {
    char *p;
    size_t cap, n; /* n: of the whole text */
} dl__sheet;
void dl__sheet_put(dl__sheet *s, const char *text);
void dl__sheet_rule(dl__sheet *s, int width);
/* "1,234,567" */
enum { DL__GROUPED = 32 };
const char *dl__grouped(char text[DL__GROUPED], long long v);
#endif
