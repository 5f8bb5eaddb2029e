#include "kernels/native/micro.h"
#include "core/isa.h"
#include "kernels/native/native.h"
#include "kernels/native/repeat.h"

#define DL__TEMPLATE "kernels/native/micro.inc"
#include "kernels/native/instances.h"

#define TABLE(isa, target, tag) &micro_##tag##_##isa,
static const dl__micro *const tables[2][DL__ISAS] = {{DL__ISA_LIST_ALL(TABLE, f32)},
                                                     {DL__ISA_LIST_ALL(TABLE, f64)}};

int dl__native_fast(void)
{
#if defined(__FMA__) || defined(__aarch64__)
    return 1;
#else
    return dl__isa() > DL__ISA_BASE;
#endif
}

const dl__micro *dl__micro_of(dl_dtype dt)
{
    return tables[dt == DL_F64][dl__isa()];
}
