/* Environment variables, ignored in programs with raised privileges (setuid). */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <unistd.h>
#include "core/env.h"

const char *dl__env(const char *name)
{
#if defined(__linux__)
    const char *value = secure_getenv(name);
#else
    const char *value = issetugid() ? NULL : getenv(name);
#endif
    return value && *value ? value : NULL;
}
