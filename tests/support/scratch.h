/* A folder of its own for each test, and what is asserted about files. */
#ifndef DL_SUPPORT_SCRATCH_H
#define DL_SUPPORT_SCRATCH_H
#include <stddef.h>
#include "support/support.h"

int scratch_begin(void); /* makes the folder; 0 on success                   */
void scratch_end(void);  /* removes it and what is in it                     */
/* The same as setup and teardown of cmocka, alone and around those of with_ctx. */
int scratch_setup(void **state);
int scratch_teardown(void **state);
#define with_scratch(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
int scratch_setup_ctx(void **state);
int scratch_teardown_ctx(void **state);
#define with_scratch_ctx(test)                                                                     \
    cmocka_unit_test_setup_teardown(test, scratch_setup_ctx, scratch_teardown_ctx)

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
