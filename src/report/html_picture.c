/* Pictures of a page, as data of its own. */
#include <string.h>
#include "core/file.h"
#include "core/memory.h"
#include "core/utf8.h"
#include "dl/ext.h"
#include "report/html.h"

/* What comes behind the first mark in [p, end); NULL if there is none. */
static const char *after(const char *p, const char *end, const char *mark)
{
    const size_t n = strlen(mark);
    for (; (size_t)(end - p) >= n; p++)
        if (!memcmp(p, mark, n))
            return p + n;
    return NULL;
}

/* 1 when the n bytes begin as an SVG file: a mark of UTF-8, white space, declarations and comments
 * may come before the element. */
static int is_svg(const char *p, size_t n)
{
    const char *end = p + n;
    if (n >= 3 && !memcmp(p, "\xef\xbb\xbf", 3))
        p += 3;
    for (;;) {
        while (p < end && strchr(" \t\r\n", *p) && *p)
            p++;
        if (end - p >= 5 && !memcmp(p, "<svg", 4) && strchr(" \t\r\n>/", p[4]) && p[4])
            return 1;
        if (end - p < 4 || p[0] != '<' || (p[1] != '?' && p[1] != '!'))
            return 0;
        p = after(p, end, memcmp(p, "<!--", 4) != 0 ? ">" : "-->");
        if (!p)
            return 0;
    }
}

static const char *type_of(const char *p, size_t n)
{
    if (n >= 8 && !memcmp(p, "\x89PNG\r\n\x1a\n", 8))
        return "image/png";
    if (n >= 3 && !memcmp(p, "\xff\xd8\xff", 3))
        return "image/jpeg";
    return is_svg(p, n) ? "image/svg+xml" : NULL;
}

/* path NULL: the picture came from memory. */
static dl_status add(dl_html *h, const char *path, const void *data, size_t n, const char *alt,
                     const char *caption)
{
    char shown[DL__SHOWN];
    const char *type = type_of(data, n);
    if (!type)
        return dl_fail(h->base.ctx, DL_EFORMAT, "html_picture: %s is neither SVG nor PNG nor JPEG",
                       path ? dl__printable(shown, sizeof shown, path) : "what is in memory");
    dl__text t = dl__html_begin(h);
    dl__text_add(&t, "<figure><div class=\"scroll\"><img alt=\"");
    dl__html_escape(&t, alt);
    dl__svg_add(&t, "\" src=\"data:%s;base64,", type);
    dl__svg_base64(&t, data, n);
    dl__text_add(&t, "\"/></div>");
    if (caption && *caption) {
        dl__text_add(&t, "<figcaption>");
        dl__html_escape(&t, caption);
        dl__text_add(&t, "</figcaption>");
    }
    dl__text_add(&t, "</figure>\n");
    return dl__html_end(h, &t, 0);
}

dl_status dl_html_picture_bytes(dl_html *h, const void *data, size_t n, const char *alt,
                                const char *caption)
{
    if (dl__html_check(h) != DL_OK)
        return dl__html_check(h);
    if (!data || !alt)
        return dl_fail(h->base.ctx, DL_EINVAL, "html_picture_bytes: %s is NULL",
                       data ? "alt" : "data");
    if (n > DL__PICTURE)
        return dl_fail(h->base.ctx, DL_ELIMIT,
                       "html_picture_bytes: %zu bytes, a picture may have %d", n, DL__PICTURE);
    return add(h, NULL, data, n, alt, caption);
}

dl_status dl_html_picture(dl_html *h, const char *path, const char *alt, const char *caption)
{
    if (dl__html_check(h) != DL_OK)
        return dl__html_check(h);
    if (!path || !alt)
        return dl_fail(h->base.ctx, DL_EINVAL, "html_picture: %s is NULL", path ? "alt" : "path");
    void *data;
    size_t n;
    if (dl__file_read_all(h->base.ctx, path, DL__PICTURE, &data, &n) == DL_OK)
        add(h, path, data, n, alt, caption);
    dl__free(data);
    return h->base.ctx->status;
}
