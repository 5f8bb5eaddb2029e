/* A folder of its own for each test, and what is asserted about files. */
#ifndef DL_SUPPORT_SCRATCH_H
#define DL_SUPPORT_SCRATCH_H
#include <stddef.h>
#include "dl/ctx.h"

int scratch_begin(void); /* makes the folder; 0 on success                   */
void scratch_end(void);  /* removes it and what is in it                     */
const char *scratch_folder(void);
const char *scratch_at(const char *name); /* FOLDER/name; good for seven more calls      */
int scratch_entries(void);                /* files in the folder, hidden ones too             */
void scratch_put(const char *path, const void *data, size_t n);
size_t scratch_get(const char *path, void *data, size_t cap); /* bytes read              */

/* The file holds exactly this text. */
void assert_holds(const char *path, const char *text);
/* The context has this error with a message that has part in it; clears it. */
void assert_says(dl_ctx *ctx, dl_status status, const char *part);
#endif
