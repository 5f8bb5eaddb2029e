/* Well-formed XML. */
#include "support/xml.h"
#include "support/support.h"
#include <string.h>
#include "core/utf8.h"

/* Behind the name at p. */
static const char *name_end(const char *p)
{
    assert_true((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'));
    while ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
           *p == '-')
        p++;
    return p;
}

/* Behind one character of text or of an attribute: characters that XML has, and known entities. */
static const char *char_end(const char *p, const char *end)
{
    static const char *const entity[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
    assert_true(*p != '<');
    if (*p == '&') {
        for (int i = 0; i < 4; i++)
            if (strncmp(p, entity[i], strlen(entity[i])) == 0)
                return p + strlen(entity[i]);
        fail();
    }
    size_t n = dl__utf8_length(p, (size_t)(end - p));
    assert_true(n > 0);
    assert_true((unsigned char)*p >= 32 || *p == '\n' || *p == '\t');
    assert_false(n == 3 && memcmp(p, "\xef\xbf\xbe", 2) == 0 && (unsigned char)p[2] >= 0xbe);
    return p + n;
}

int xml_elements(const char *text, size_t n)
{
    const char *p = text, *end = text + n, *open[16];
    int depth = 0, count = 0;
    while (p < end) {
        if (*p != '<') {
            assert_true(depth > 0 || *p == '\n');
            p = char_end(p, end);
            continue;
        }
        if (p[1] == '/') {
            const char *name = p + 2;
            p = name_end(name);
            assert_true(depth-- > 0);
            assert_memory_equal(name, open[depth], (size_t)(p - name));
            assert_int_equal(*p++, '>');
            continue;
        }
        count++;
        assert_true(depth < 16);
        assert_true(depth > 0 || count == 1); /* one root */
        open[depth] = p + 1;
        p = name_end(p + 1);
        while (*p == ' ') {
            p = name_end(p + 1);
            assert_memory_equal(p, "=\"", 2);
            for (p += 2; *p != '"';)
                p = char_end(p, end);
            p++;
        }
        if (p[0] == '/')
            p++;
        else
            depth++;
        assert_int_equal(*p++, '>');
    }
    assert_int_equal(depth, 0);
    return count;
}

int xml_count(const char *text, const char *part)
{
    int n = 0;
    for (const char *p = strstr(text, part); p; p = strstr(p + 1, part))
        n++;
    return n;
}
