/* Pages of HTML as a list of pieces, each made whole before it is added. */
#ifndef DL_REPORT_HTML_H
#define DL_REPORT_HTML_H
#include "core/object.h"
#include "dl/report.h"
#include "report/svg.h"

enum { DL__PAGE = 64 << 20, DL__PICTURE = 16 << 20 }; /* bytes */

/* A piece: this, then n bytes of the page. */
typedef struct dl__html_piece {
    struct dl__html_piece *next;
    size_t n;
    int32_t section; /* it begins one: its text is <h2>TITLE</h2> */
} dl__html_piece;

struct dl_html {
    dl__object base;
    dl__html_piece *first, **last;
    size_t n; /* of all pieces together */
    int32_t sections;
    char *title, *subtitle;
};

extern const char dl__html_style[];

/* DL_OK when something may be added to h. */
dl_status dl__html_check(const dl_html *h);
/* A text whose end becomes a piece of h; it is h's, or gone, afterwards. */
dl__text dl__html_begin(dl_html *h);
dl_status dl__html_end(dl_html *h, dl__text *t, int32_t section);
/* text, escaped, NULL as "". */
void dl__html_escape(dl__text *t, const char *text);
#endif
