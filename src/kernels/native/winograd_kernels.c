/* The transforms, compiled for each element type, tile and instruction set. */
#include "core/isa.h"
#include "kernels/native/winograd.h"
#include "kernels/native/winograd_lines.h"

#define DL__LINED_UP __attribute__((aligned(64)))
#define DL__JOIN_(a, b) a##b
#define DL__JOIN(a, b) DL__JOIN_(a, b)
#define DL__TILE_(x, m) NAME(x##m)
#define DL__TILE(x, m) DL__TILE_(x, m)

#define DL__TEMPLATE "kernels/native/winograd.inc"
#include "kernels/native/instances.h"

#define TABLE(isa, target, tag) {&table2_##tag##_##isa, &table4_##tag##_##isa},
static const dl__winograd_kernels *const tables_f32[][2] = {DL__ISA_LIST_ALL(TABLE, f32)};
/* f64 is for checks: AVX2 is good enough, and saves 6 KB. */
static const dl__winograd_kernels *const tables_f64[][2] = {DL__ISA_LIST(TABLE, f64)};

const dl__winograd_kernels *dl__winograd_kernels_of(dl_dtype dt, int32_t m)
{
    return dt == DL_F64 ? tables_f64[dl__loop_isa()][m == 4] : tables_f32[dl__isa()][m == 4];
}
