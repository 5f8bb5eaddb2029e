/* Members of plain structs as JSON, by a list of them: a module's config, an operation's
 * attributes. */
#ifndef DL_MODULE_FIELDS_H
#define DL_MODULE_FIELDS_H
#include "dl/ext.h"
#include "io/json.h"

/* Appends {"name":value, ...}. */
void dl__fields_put(dl__text *t, const dl_config_field *fields, int32_t n, const void *data);
/* Reads the members of o into data, which stays as it is where o says nothing. NULL on success; the
 * name of a field whose value is of no use; "" when o is no object or has members besides. o may
 * be NULL: it says nothing. */
const char *dl__fields_read(const json_t *o, const dl_config_field *fields, int32_t n, void *data);
#endif
