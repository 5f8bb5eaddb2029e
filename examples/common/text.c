/* Text for people and for shells. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "program.h"

const char *printable(char *buf, size_t cap, const char *text)
{
    size_t at = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c && at + 5 < cap; c++) {
        /* The second block of control characters is two bytes in UTF-8. */
        int high = c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0;
        if (*c == '\n' || *c == '\t' || *c == '\r')
            at += (size_t)snprintf(buf + at, cap - at, "\\%c",
                                   *c == '\n'   ? 'n'
                                   : *c == '\t' ? 't'
                                                : 'r');
        else if (*c < 0x20 || *c == 0x7f || high)
            at += (size_t)snprintf(buf + at, cap - at, "\\x%02x", *c);
        else
            buf[at++] = (char)*c;
    }
    buf[at] = 0;
    return buf;
}

int complain(const char *program, int code, const char *fmt, ...)
{
    char text[2 * PATH_BYTES], safe[2 * PATH_BYTES];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    fprintf(stderr, "%s: %s\n", program, printable(safe, sizeof safe, text));
    return code;
}

const char *shell_word(char *buf, size_t cap, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-+=./,:@%";
    if (*word && !word[strspn(word, plain)]) {
        snprintf(buf, cap, "%s", word);
        return buf;
    }
    size_t at = 0;
    buf[at++] = '\'';
    for (; *word && at + 6 < cap; word++) {
        if (*word == '\'')
            at += (size_t)snprintf(buf + at, cap - at, "'\\''");
        else
            buf[at++] = *word;
    }
    memcpy(buf + at, "'", 2);
    return buf;
}
