/* Tables as text. */
#include "module/sheet.h"
#include <stdio.h>
#include <string.h>

void dl__sheet_put(dl__sheet *s, const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if (s->n + i + 1 < s->cap)
            s->p[s->n + i] = text[i];
    s->n += n;
    if (s->cap)
        s->p[s->n < s->cap ? s->n : s->cap - 1] = 0;
}

void dl__sheet_rule(dl__sheet *s, int width)
{
    for (int i = 0; i < width; i++)
        dl__sheet_put(s, "-");
    dl__sheet_put(s, "\n");
}

const char *dl__grouped(char text[DL__GROUPED], long long v)
{
    char digits[DL__GROUPED];
    int n = snprintf(digits, sizeof digits, "%lld", v), at = 0;
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0 && digits[i - 1] != '-')
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = 0;
    return text;
}
