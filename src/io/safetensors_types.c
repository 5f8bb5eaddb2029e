#include "io/safetensors.h"
#include <string.h>
#include "core/bytes.h"

static const dl__st_type types[] = {
    {"BOOL", 8, DL_BOOL},
    {"F4", 4, DL_EUNSUPPORTED},
    {"F6_E2M3", 6, DL_EUNSUPPORTED},
    {"F6_E3M2", 6, DL_EUNSUPPORTED},
    {"U8", 8, DL_U8},
    {"I8", 8, DL_I32},
    {"F8_E5M2", 8, DL_EUNSUPPORTED},
    {"F8_E4M3", 8, DL_EUNSUPPORTED},
    {"F8_E8M0", 8, DL_EUNSUPPORTED},
    {"F8_E4M3FNUZ", 8, DL_EUNSUPPORTED},
    {"F8_E5M2FNUZ", 8, DL_EUNSUPPORTED},
    {"I16", 16, DL_I32},
    {"U16", 16, DL_I32},
    {"F16", 16, DL_F32},
    {"BF16", 16, DL_F32},
    {"I32", 32, DL_I32},
    {"U32", 32, DL_I64},
    {"F32", 32, DL_F32},
    {"C64", 64, DL_EUNSUPPORTED},
    {"F64", 64, DL_F64},
    {"I64", 64, DL_I64},
    {"U64", 64, DL_I64},
};
enum { N_TYPES = sizeof types / sizeof types[0] };

const dl__st_type *dl__st_type_at(int32_t type)
{
    return type >= 0 && type < N_TYPES ? &types[type] : NULL;
}

int32_t dl__st_type_named(const char *name)
{
    for (int32_t i = 0; i < N_TYPES; i++) {
        if (!strcmp(types[i].name, name))
            return i;
    }
    return -1;
}

int32_t dl__st_type_of(dl_dtype dtype)
{
    switch (dtype) {
    case DL_F32:
        return dl__st_type_named("F32");
    case DL_F64:
        return dl__st_type_named("F64");
    case DL_I32:
        return dl__st_type_named("I32");
    case DL_I64:
        return dl__st_type_named("I64");
    case DL_U8:
        return dl__st_type_named("U8");
    case DL_BOOL:
        return dl__st_type_named("BOOL");
    case DL_BF16:
        return dl__st_type_named("BF16");
    default:
        return -1;
    }
}

/* The bits of the float that an IEEE half is. Payloads of NaN stay in place. */
static uint32_t half_bits(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, mantissa = h & 1023;
    if (exponent == 31)
        return sign | 0x7f800000u | mantissa << 13;
    if (exponent)
        return sign | (exponent + 112) << 23 | mantissa << 13;
    if (!mantissa)
        return sign;
    uint32_t shift = (uint32_t)__builtin_clz(mantissa) - 21; /* makes bit 10 the leading one */
    return sign | (113 - shift) << 23 | (mantissa << shift & 1023) << 13;
}

/* The value at p as the bits of what it is read as. */
static uint64_t widen(char kind, int32_t bits, const uint8_t *p)
{
    if (bits == 8)
        return kind == 'I' ? (uint64_t)(int64_t)(int8_t)*p : *p;
    if (bits == 16) {
        uint16_t v = dl__load_le16(p);
        return kind == 'F'   ? half_bits(v)
               : kind == 'B' ? (uint64_t)v << 16
               : kind == 'I' ? (uint64_t)(int64_t)(int16_t)v
                             : v;
    }
    return bits == 32 ? dl__load_le32(p) : dl__load_le64(p);
}

/* Every value is at least as wide as it was, so element i never covers raw bytes behind i. */
int64_t dl__st_convert(int32_t type, void *dst, int64_t count)
{
    const dl__st_type *t = &types[type];
    size_t in = (size_t)t->bits / 8, out = dl_dtype_size(t->as);
    uint8_t *to = dst;
    const uint8_t *from = to + (size_t)count * (out - in);
    const int same = in == out && (in == 1 || __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    for (int64_t i = 0; i < count && t->as == DL_BOOL; i++) {
        if (from[i] > 1)
            return i;
    }
    if (same && (t->name[0] != 'U' || out < 8))
        return -1;
    for (int64_t i = 0; i < count; i++, from += in, to += out) {
        uint64_t v = widen(t->name[0], t->bits, from);
        if (t->as == DL_I64 && t->name[0] == 'U' && v > INT64_MAX)
            return i;
        if (out == 8)
            memcpy(to, &v, 8);
        else if (out == 4)
            memcpy(to, &(uint32_t){(uint32_t)v}, 4);
        else
            *to = (uint8_t)v;
    }
    return -1;
}
