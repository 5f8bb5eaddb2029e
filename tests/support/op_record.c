#include <stdio.h>
#include <stdlib.h>
#include "support/op_check.h"

void op_record(const char *name, int32_t flags, const char *engines)
{
    const char *folder = getenv("DL_SUPPORT");
    char path[1024];
    if (!folder || snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return;
    FILE *f = fopen(path, "w");
    if (!f)
        return;
    const int gradient = !(flags & OP_NO_GRADIENT);
    fprintf(f, "integers %s\n", flags & OP_ANY_DTYPE ? "yes" : "no");
    fprintf(f, "gradient %s\n", gradient ? "yes" : "no");
    fprintf(f, "second %s\n", gradient && !(flags & OP_FIRST_GRADIENT_ONLY) ? "yes" : "no");
    fprintf(f, "engines %s\n", engines);
    fclose(f);
}
