/* Names and sizes of constants, and the version. */
#include "core/ctx.h"

const char *dl_status_name(dl_status status)
{
    static const char *const name[] = {"DL_OK",           "DL_EINVAL", "DL_ESHAPE",   "DL_EDTYPE",
                                       "DL_ENOMEM",       "DL_EIO",    "DL_EFORMAT",  "DL_ESTATE",
                                       "DL_EUNSUPPORTED", "DL_EUSER",  "DL_ENUMERIC", "DL_ELIMIT"};
    int32_t n = (int32_t)(sizeof name / sizeof *name);
    return status <= 0 && status > -n ? name[-status] : "unknown status";
}

const char *dl_dtype_name(dl_dtype dtype)
{
    static const char *const name[] = {"f32", "f64", "i32", "i64", "u8", "bool", "bf16"};
    return dtype >= DL_F32 && dtype <= DL_BF16 ? name[dtype] : "unknown dtype";
}

size_t dl_dtype_size(dl_dtype dtype)
{
    static const size_t size[] = {4, 8, 4, 8, 1, 1, 2};
    return dtype >= DL_F32 && dtype <= DL_BF16 ? size[dtype] : 0;
}

const char *dl_version(void)
{
    return "0.1.0";
}

int32_t dl_abi_version(void)
{
    return 0;
}
