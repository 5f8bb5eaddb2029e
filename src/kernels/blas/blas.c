/* The BLAS engine as a whole: loaded, tested and made into a table once in the life of a
 * process. */
#include <pthread.h>
#include "core/parallel.h"
#include "kernels/blas/blas.h"

#if defined(DL_BLAS_NONE)

const struct dl__kernels *dl__blas(const char **why)
{
    *why = "this library was built without it";
    return NULL;
}

const char *dl__blas_corename(void)
{
    return "";
}

#else

enum { SMALL = 16 * 16 * (16 + 8) };

static struct dl__kernels table;
static const char *obstacle;

static void make(void)
{
    dl__fpmode mode = dl__fpmode_enter();
    if (!dl__blas_gate_open())
        obstacle = "there is too little address space for its buffers";
    if (!obstacle)
        obstacle = dl__blas_load();
    if (!obstacle)
        obstacle = dl__blas_test();
    dl__fpmode_leave(mode);
    table = dl__kernels_plain;
    table.engine = DL_ENGINE_BLAS;
    table.name = "blas";
    table.gemm_f32 = dl__blas_gemm_f32;
    table.gemm_f64 = dl__blas_gemm_f64;
    table.unit_strides = 1;
    table.small = SMALL;
}

const struct dl__kernels *dl__blas(const char **why)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (pthread_once(&once, make) != 0)
        obstacle = "it could not be initialised";
    *why = obstacle;
    return obstacle ? NULL : &table;
}

const char *dl__blas_corename(void)
{
    return dl__cblas_calls.corename ? dl__cblas_calls.corename() : "";
}

#endif
