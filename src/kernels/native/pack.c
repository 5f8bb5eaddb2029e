#include "kernels/native/pack.h"
#include "core/isa.h"

#define DL__TEMPLATE "kernels/native/pack.inc"
#include "kernels/native/instances.h"

#define ROW(isa, target, tag) pack_##tag##_##isa,
static dl__pack *const packs[2][DL__ISAS] = {{DL__ISA_LIST_ALL(ROW, f32)},
                                             {DL__ISA_LIST_ALL(ROW, f64)}};

dl__pack *dl__pack_of(dl_dtype dt)
{
    return packs[dt == DL_F64][dl__isa()];
}
