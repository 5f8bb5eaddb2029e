/* CSV: the reader of its records, and a dataset of them. */
#ifndef DL_DATA_CSV_H
#define DL_DATA_CSV_H
#include "data/dataset.h"
#include "io/source.h"

enum { DL__CSV_TEXT = 1 << 20, DL__CSV_COLUMNS = 1 << 20, DL__CSV_CLASSES = 1 << 16 };

typedef struct dl__csv dl__csv;
struct dl__csv {
    dl_ctx *ctx;
    const char *path; /* for messages */
    char separator;
    int64_t line, column; /* of the field, from 1 and from 0 */
    char *text;           /* of the field, with a final NUL */
    size_t n;
    /* Called for each field, and after the last of a record. */
    dl_status (*field)(dl__csv *c, void *user);
    dl_status (*record)(dl__csv *c, void *user);
    void *user;
};

/* Reads all records of s. */
dl_status dl__csv_read(dl__csv *c, dl__source *s);
/* "PATH: line 3, column 2: ": the front of a message. Returns buf. */
const char *dl__csv_place(const dl__csv *c, char *buf, size_t cap);
/* dl_dataset_csv from any source; ends s. */
dl_dataset *dl__csv_dataset(dl__source *s, const dl_csv_opts *o);
#endif
