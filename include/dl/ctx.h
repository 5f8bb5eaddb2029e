/* dl/ctx.h: contexts, errors, scopes, memory accounting. Every other header includes this one. */
#ifndef DL_CTX_H
#define DL_CTX_H
#include <stddef.h>
#include <stdint.h>

#ifndef DL_API
#if defined(__GNUC__)
#define DL_API __attribute__((visibility("default")))
#else
#define DL_API
#endif
#endif
#ifdef __cplusplus
extern "C" {
#endif

/* Opaque handles. dl_X_keep adds a reference, dl_X_drop takes one away: any order, any thread, NULL
 * is fine. */
typedef struct dl_ctx dl_ctx;
typedef struct dl_tensor dl_tensor;
typedef struct dl_module dl_module;
typedef struct dl_optim dl_optim;
typedef struct dl_sched dl_sched;
typedef struct dl_average dl_average;
typedef struct dl_dataset dl_dataset;
typedef struct dl_loader dl_loader;
typedef struct dl_ckpt dl_ckpt;
typedef struct dl_callback dl_callback;

/* 0 is success, negative is failure; a value is never reused for another meaning. */
typedef int32_t dl_status;
enum {
    DL_OK = 0,
    DL_EINVAL = -1,       /* an argument is wrong                                               */
    DL_ESHAPE = -2,       /* shapes do not fit each other                                       */
    DL_EDTYPE = -3,       /* element types do not fit, there is no silent promotion             */
    DL_ENOMEM = -4,       /* the allocator returned NULL                                        */
    DL_EIO = -5,          /* a file could not be opened, read, written; the message says errno  */
    DL_EFORMAT = -6,      /* a file is damaged, or is not what it was said to be                */
    DL_ESTATE = -7,       /* the object is not in a state that allows the call                  */
    DL_EUNSUPPORTED = -8, /* well-formed, but this library does not do it                       */
    DL_EUSER = -9,        /* a callback or dl_ctx_cancel stopped the call                       */
    DL_ENUMERIC = -10,    /* NaN or infinity where check_finite forbids it                      */
    DL_ELIMIT = -11       /* a limit (memory_limit, sizes, counts) would be exceeded            */
};

/* In an options struct 0 means the default; DL_OFF means really zero, or really off. */
#define DL_OFF (-1)

typedef int32_t dl_dtype;
enum { DL_F32 = 0, DL_F64 = 1, DL_I32 = 2, DL_I64 = 3, DL_U8 = 4, DL_BOOL = 5, DL_BF16 = 6 };

enum { DL_ENGINE_AUTO = 0, DL_ENGINE_NATIVE = 1, DL_ENGINE_BLAS = 2, DL_ENGINE_PLAIN = 3 };

/* Options of dl_ctx_new; zero them, set what you need. */
typedef struct dl_ctx_opts {
    uint64_t seed;        /* of all random numbers; used as it is                                */
    int32_t threads;      /* this context's share of the one pool; 0: one per usable core        */
    int32_t engine;       /* DL_ENGINE_*; AUTO: the environment variable DL_ENGINE, else native
                             where the processor has fused multiply-adds, else blas, else plain  */
    dl_dtype dtype;       /* of parameters that layers create: DL_F32 (default) or DL_F64        */
    int32_t check_finite; /* 1: the first operation that makes a NaN or infinity is DL_ENUMERIC  */
    int64_t memory_limit; /* bytes taken from the system; 0: none                                */
    /* The allocator, realloc style: p NULL takes, bytes 0 gives back, align is a power of two (of
     * which bytes need not be a multiple).
     * Called only on the thread that uses the context, or that drops its last reference. NULL:
     * the library's own, on the C library's, and on pages of the system for large blocks. */
    void *(*alloc)(void *user, void *p, size_t bytes, size_t align);
    void *alloc_user;
    /* Receives what the library has to say; level 0 is information, 1 a warning. NULL: silent. */
    void (*log)(void *user, int32_t level, const char *message);
    void *log_user;
    /* 1: the native engine computes 3 x 3 convolutions by their definition alone, not by Winograd's
     * algorithm, which is up to 3 times as fast and errs about as much (docs/numerics.md). The
     * environment variable DL_WINOGRAD=0 says the same. */
    int32_t no_winograd;
    int32_t reserved[15]; /* must be zero                                                       */
} dl_ctx_opts;

/* A new context: error slot, random state, allocator, scopes. opts NULL: all defaults.
 * Returns NULL when memory is short or an option is out of range; dl_ctx_message(NULL) then says
 * so. The result is yours: dl_ctx_drop it. Objects keep their context alive, so the order in which
 * a context and its objects are dropped does not matter. */
DL_API dl_ctx *dl_ctx_new(const dl_ctx_opts *opts);

/* One more reference to ctx, returned. NULL in, NULL out. */
DL_API dl_ctx *dl_ctx_keep(dl_ctx *ctx);

/* Gives up one reference. The last one (of dl_ctx_new and dl_ctx_keep) also ends all scopes;
 * objects that are still held can then only be read and dropped, their operations are DL_ESTATE.
 * The last of these ends the context, on the thread that drops it. */
DL_API void dl_ctx_drop(dl_ctx *ctx);

/* The standing error, DL_OK if there is none. ctx NULL: DL_EINVAL. */
DL_API dl_status dl_ctx_status(const dl_ctx *ctx);

/* What went wrong, as "operation: what was found, what was wanted". Owned by ctx, valid until the
 * error is cleared; "" when nothing stands. ctx NULL: a constant text for a failed dl_ctx_new. */
DL_API const char *dl_ctx_message(const dl_ctx *ctx);

/* Copies the message into buf, cut to cap bytes with a final NUL. Returns the length of the whole
 * message without its NUL. buf may be NULL when cap is 0. */
DL_API int64_t dl_ctx_message_copy(const dl_ctx *ctx, char *buf, size_t cap);

/* Forgets the standing error, and a pending dl_ctx_cancel. */
DL_API void dl_ctx_clear(dl_ctx *ctx);

/* Asks the running long call (training, loading) to stop at its next batch with DL_EUSER. May be
 * called from any thread and from a signal handler. The request stays until dl_ctx_clear. It is the
 * way to stop a call: a thread inside one must not be ended (pthread_cancel), and a callback must
 * not be left by longjmp or an exception. */
DL_API void dl_ctx_cancel(dl_ctx *ctx);

/* 1 while a cancellation is pending, else 0. */
DL_API int32_t dl_ctx_cancelled(const dl_ctx *ctx);

/* Number of live objects of the context, handles and what they hold; for leak checks. */
DL_API int64_t dl_ctx_live(const dl_ctx *ctx);

/* Which bytes dl_ctx_bytes counts. */
enum {
    DL_BYTES_LIVE = 0,  /* in use by live objects                           */
    DL_BYTES_PEAK = 1,  /* the highest value that ever had                  */
    DL_BYTES_SYSTEM = 2 /* taken from the system now, in use and cached     */
};
/* Bytes of the context, by DL_BYTES_*; 0 for NULL, -1 for another number. The context's own record,
 * a few KiB, does not count, here or against memory_limit. Call it on the thread that uses ctx. */
DL_API int64_t dl_ctx_bytes(const dl_ctx *ctx, int32_t which);

/* Gives cached memory back to the system. */
DL_API void dl_ctx_trim(dl_ctx *ctx);

/* The option values in force: seed, threads (resolved), element type of parameters. */
DL_API uint64_t dl_ctx_seed(const dl_ctx *ctx);
DL_API int32_t dl_ctx_threads(const dl_ctx *ctx);
DL_API dl_dtype dl_ctx_dtype(const dl_ctx *ctx);
/* The engine in use, chosen at the first call of this function or of an operation that needs it:
 * DL_ENGINE_NATIVE, DL_ENGINE_BLAS or DL_ENGINE_PLAIN. What was asked for, and an error, if that is
 * not there. */
DL_API int32_t dl_ctx_engine(const dl_ctx *ctx);
/* What computes, for people: "engine native, instructions AVX512, 2 of 2 cores". Cut
 * to cap bytes with a final NUL; buf may be NULL when cap is 0. Returns the length of the whole
 * text without its NUL, negative on failure. */
DL_API int64_t dl_ctx_machine(dl_ctx *ctx, char *buf, size_t cap);

/* Opens a scope: results of operations made from now on die with it. Returns a mark for
 * dl_scope_end, or a negative status (DL_EINVAL, DL_ENOMEM, DL_ELIMIT). Scopes nest; every context
 * has a root scope that ends with the context. */
DL_API int32_t dl_scope_begin(dl_ctx *ctx);

/* Ends the scope of the mark, and all scopes opened after it, dropping what they own. Works while
 * an error stands. A negative or stale mark is ignored. */
DL_API void dl_scope_end(dl_ctx *ctx, int32_t mark);

/* on 1: tensors made from now on have a shape and no data ("meta"); 0: ends that. Returns the old
 * value, negative on a NULL context. */
DL_API int32_t dl_meta_enable(dl_ctx *ctx, int32_t on);

/* "DL_ESHAPE" for -2, and so on; "unknown status" for anything else. A constant. */
DL_API const char *dl_status_name(dl_status status);

/* "f32", "f64", "i32", "i64", "u8", "bool", "bf16"; "unknown dtype" otherwise. A constant. */
DL_API const char *dl_dtype_name(dl_dtype dtype);

/* Bytes of one element; 0 for an unknown type. */
DL_API size_t dl_dtype_size(dl_dtype dtype);

/* "0.1.0" */
DL_API const char *dl_version(void);

/* Changes whenever a program must be compiled again; equals the number in the SONAME. */
DL_API int32_t dl_abi_version(void);

#ifdef __cplusplus
}
#endif
#endif
