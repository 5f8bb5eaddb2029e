/* dl/io.h: files of tensors. safetensors for weights, IDX for the MNIST family.
 *
 * Nothing that a file contains is trusted: sizes are checked against the bytes that are there
 * before memory is taken, a file is never run and never names another one to open. A damaged file
 * is DL_EFORMAT, one that cannot be read DL_EIO, one beyond a limit DL_ELIMIT, a well-formed one
 * that this library cannot represent DL_EUNSUPPORTED; messages begin with the path. Saves are all
 * or nothing: a hidden file in the same folder takes the place of the old one in one step, so a
 * crash, a full disk or an error leaves the old file. */
#ifndef DL_IO_H
#define DL_IO_H
#include "dl/ctx.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- safetensors --------------------------------------------------------------------------------
 * Format: https://github.com/huggingface/safetensors. Reading follows its rules to the letter: no
 * duplicate names, no holes, no overlap, no bytes behind the data, strict JSON and UTF-8. */

/* An open file: its header in memory, its tensors on disk. Counted: keep and drop. */
typedef struct dl_safetensors dl_safetensors;

typedef struct dl_safetensors_opts {
    /* Checksums that dl_safetensors_save wrote are compared when a tensor is read (0, default), not
     * at all (DL_OFF), or all of them at once when the file is opened (1). Files of others have
     * none. The checksum of the header is always compared. */
    int32_t verify;
    int32_t reserved0;   /* must be zero, as */
    int64_t reserved[7]; /* these must       */
} dl_safetensors_opts;

/* Opens path and reads its header, of at most 100,000,000 bytes; memory taken is below 16 times the
 * header. The file stays open until the last reference is dropped; a save to the same path does not
 * disturb it. opts NULL: defaults. NULL on failure. */
DL_API dl_safetensors *dl_safetensors_open(dl_ctx *ctx, const char *path,
                                           const dl_safetensors_opts *opts);
DL_API dl_safetensors *dl_safetensors_keep(dl_safetensors *s);
DL_API void dl_safetensors_drop(dl_safetensors *s);

/* Number of tensors; they are numbered in the order of their data. 0 for NULL. */
DL_API int32_t dl_safetensors_count(const dl_safetensors *s);
/* Name of tensor i, owned by s; NULL if i is out of range. */
DL_API const char *dl_safetensors_name(const dl_safetensors *s, int32_t i);
/* The number of the tensor with this name, -1 if there is none. */
DL_API int32_t dl_safetensors_find(const dl_safetensors *s, const char *name);
/* The element type in the file, by the format's name: "F32", "BF16", "F8_E4M3", ... */
DL_API const char *dl_safetensors_stored(const dl_safetensors *s, int32_t i);
/* The element type that dl_safetensors_read gives. The format's F32, F64, I32, I64, U8 and BOOL
 * stay what they are; F16 and BF16 become f32, exactly; I8, I16 and U16 become i32; U32 and U64
 * become i64. DL_EUNSUPPORTED for the rest (C64, the 8-bit and smaller floats), DL_EINVAL if i is
 * out of range. */
DL_API dl_dtype dl_safetensors_dtype(const dl_safetensors *s, int32_t i);
/* Number of dimensions (-1 if i is out of range), and one of them (axis -1 is the last; -1 if i or
 * axis is out of range). */
DL_API int32_t dl_safetensors_ndim(const dl_safetensors *s, int32_t i);
DL_API int64_t dl_safetensors_dim(const dl_safetensors *s, int32_t i, int32_t axis);
/* Bytes of the tensor in the file; -1 if i is out of range. */
DL_API int64_t dl_safetensors_bytes(const dl_safetensors *s, int32_t i);

/* The text that belongs to key in the file's metadata, owned by s; NULL if there is none. */
DL_API const char *dl_safetensors_meta(const dl_safetensors *s, const char *key);
/* All metadata, sorted by key; checksums are not among them. NULL if i is out of range. */
DL_API int32_t dl_safetensors_meta_count(const dl_safetensors *s);
DL_API const char *dl_safetensors_meta_key(const dl_safetensors *s, int32_t i);
DL_API const char *dl_safetensors_meta_value(const dl_safetensors *s, int32_t i);

/* Reads tensor i alone. The result is yours. A U64 above 2^63 - 1 and a BOOL that is neither 0 nor
 * 1 are DL_EFORMAT. */
DL_API dl_tensor *dl_safetensors_read(dl_safetensors *s, int32_t i);
/* Reads all data and compares the checksums there are. DL_OK: nothing is damaged. */
DL_API dl_status dl_safetensors_verify(dl_safetensors *s);

typedef struct dl_safetensors_save_opts {
    /* 1: CRC-32 (that of gzip) in eight hexadecimal digits for each tensor, in the metadata as
     * "dl.crc32.NAME", and for the file up to the data, taken with the digits of its own value as
     * zeros, as "dl.crc32". Other programs see them as metadata. Default 0. */
    int32_t checksums;
    int32_t keep_previous; /* 1: what was at path before stays as path.prev. Default 0 */
    int64_t reserved[7];   /* must be zero */
} dl_safetensors_save_opts;

/* Writes n tensors of ctx under their names, and n_meta pairs of text, to path. Whatever the
 * strides, elements go out in logical row-major order. Tensors are sorted by element type (the
 * format's order, falling) and name, metadata by key, so the same content gives the same bytes,
 * those that the format's own library writes. Names and texts are UTF-8; a name twice, the name
 * "__metadata__" and keys that begin with "dl.crc32" are DL_EINVAL. Nothing is copied as a whole.
 * opts NULL: defaults. */
DL_API dl_status dl_safetensors_save(dl_ctx *ctx, const char *path, const char *const *names,
                                     dl_tensor *const *tensors, int32_t n,
                                     const char *const *meta_keys, const char *const *meta_values,
                                     int32_t n_meta, const dl_safetensors_save_opts *opts);

/* ---- IDX ----------------------------------------------------------------------------------------
 * Format: "THE IDX FILE FORMAT" on http://yann.lecun.com/exdb/mnist/; numbers are big-endian. */

/* Reads path, plain or compressed by gzip, whatever its name says. Where path is not there, the
 * other spellings are tried: with and without ".gz", "-idx3-" for ".idx3-" and back. The element
 * types are u8, i32, f32, f64; the format's i8 and i16 become i32. The result is yours. A file
 * that is longer or shorter than its header says is DL_EFORMAT. */
DL_API dl_tensor *dl_idx_read(dl_ctx *ctx, const char *path);
/* Writes t, of type u8, i32, f32 or f64 and with 1 to 8 dimensions below 2^32, to path, plain. */
DL_API dl_status dl_idx_write(const dl_tensor *t, const char *path);
/* Looks for name ("train-images-idx3-ubyte") in the n folders, one after the other, in all
 * spellings that dl_idx_read knows, and copies the first path that exists to path. NULLs among the
 * folders are skipped. Nothing found: DL_EIO, and the message lists what was tried. cap too small:
 * DL_ELIMIT. */
DL_API dl_status dl_idx_find(dl_ctx *ctx, const char *const *folders, int32_t n, const char *name,
                             char *path, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
