/* What initialisers share. */
#ifndef DL_MODULE_INIT_H
#define DL_MODULE_INIT_H
#include "core/ctx.h"
#include "core/random.h"
#include "dl/init.h"
#include "tensor/tensor.h"

/* Fills n elements of x, of type dt, from element first of the stream on. */
typedef void (*dl__init_fill)(const dl__stream *s, uint64_t first, void *x, dl_dtype dt, int64_t n,
                              const void *arg);
/* Overwrites t, in parallel, with what fill draws from a new stream. Meta: nothing. */
dl_status dl__init_run(const char *who, dl_tensor *t, dl__init_fill fill, const void *arg);
/* A stream for the next fill of the context. */
dl__stream dl__init_stream(dl_ctx *ctx);
/* DL_EINVAL, DL_EDTYPE or the standing error unless t can be initialised. */
dl_status dl__init_check(const char *who, const dl_tensor *t);
#endif
