/* IEEE defaults around the library's arithmetic. Reading the control word is cheap and writing it
 * is not, so it is written only when the host has changed it. */
#include "core/parallel.h"

fenv_t dl__fenv_enter(void)
{
    fenv_t host;
    fegetenv(&host);
    fesetenv(FE_DFL_ENV);
    return host;
}

void dl__fenv_leave(const fenv_t *host)
{
    fesetenv(host);
}

#if defined(__x86_64__)
#include <xmmintrin.h>

enum { DEFAULT = 0x1f80, FLAGS = 0x3f };

dl__fpmode dl__fpmode_enter(void)
{
    dl__fpmode old = {.mxcsr = _mm_getcsr()};
    if ((old.mxcsr & ~(uint32_t)FLAGS) != DEFAULT)
        _mm_setcsr(DEFAULT);
    return old;
}

void dl__fpmode_leave(dl__fpmode old)
{
    if (_mm_getcsr() != old.mxcsr)
        _mm_setcsr(old.mxcsr);
}

#elif defined(__aarch64__)

dl__fpmode dl__fpmode_enter(void)
{
    dl__fpmode old;
    __asm__ volatile("mrs %0, fpcr" : "=r"(old.fpcr) : : "memory");
    __asm__ volatile("mrs %0, fpsr" : "=r"(old.fpsr) : : "memory");
    if (old.fpcr != 0)
        __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)0) : "memory");
    return old;
}

void dl__fpmode_leave(dl__fpmode old)
{
    uint64_t now;
    __asm__ volatile("mrs %0, fpsr" : "=r"(now) : : "memory");
    if (now != old.fpsr)
        __asm__ volatile("msr fpsr, %0" : : "r"(old.fpsr) : "memory");
    __asm__ volatile("mrs %0, fpcr" : "=r"(now) : : "memory");
    if (now != old.fpcr)
        __asm__ volatile("msr fpcr, %0" : : "r"(old.fpcr) : "memory");
}

#else

dl__fpmode dl__fpmode_enter(void)
{
    return (dl__fpmode){.env = dl__fenv_enter()};
}

void dl__fpmode_leave(dl__fpmode old)
{
    dl__fenv_leave(&old.env);
}

#endif
