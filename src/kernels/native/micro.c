#include "kernels/native/micro.h"
#include "core/isa.h"
#include "kernels/native/repeat.h"

#define DL__TEMPLATE "kernels/native/micro.inc"
#include "kernels/native/instances.h"

#define TABLE(isa, target, tag) &micro_##tag##_##isa,
static const dl__micro *const tables[2][DL__ISAS] = {{DL__ISA_LIST_ALL(TABLE, f32)},
                                                     {DL__ISA_LIST_ALL(TABLE, f64)}};

const dl__micro *dl__micro_of(dl_dtype dt)
{
    return tables[dt == DL_F64][dl__isa()];
}
