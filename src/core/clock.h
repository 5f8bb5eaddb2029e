/* The clock for spans of time: it never goes back. */
#ifndef DL_CORE_CLOCK_H
#define DL_CORE_CLOCK_H
#include <stdint.h>
#include <time.h>

/* Since some moment in the past. */
static inline int64_t dl__nanoseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline double dl__seconds(void)
{
    return 1e-9 * (double)dl__nanoseconds();
}
#endif
