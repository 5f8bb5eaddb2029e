/* The environment, as far as a library may trust it. */
#ifndef DL_CORE_ENV_H
#define DL_CORE_ENV_H

/* The value of an environment variable; NULL when it is unset or empty, or when the program runs
 * with privileges that its caller does not have. */
const char *dl__env(const char *name);
#endif
