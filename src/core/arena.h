/* Large blocks of a context: cut from regions of memory with huge pages, and joined again when they
 * are freed, so that a block of any size can be made of what others left. For one thread at a
 * time. */
#ifndef DL_CORE_ARENA_H
#define DL_CORE_ARENA_H
#include <stddef.h>
#include <stdint.h>
#include "dl/ctx.h"

/* Address sanitizer and valgrind see overruns of blocks that they give out, so there all blocks
 * come from them. */
#if defined(__SANITIZE_ADDRESS__) || defined(DL_UNDER_VALGRIND)
#define DL__ARENA 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DL__ARENA 0
#endif
#endif
#ifndef DL__ARENA
#define DL__ARENA 1
#endif

enum {
    DL__HEADER = 64,       /* bytes before what the caller of dl__alloc sees              */
    DL__LARGE = 64 * 1024, /* the smallest block of an arena, header included             */
    DL__BINS = 512         /* 16 per power of two                                         */
};

typedef enum dl__use {
    DL__USED,
    DL__FREE,
    DL__EMPTY /* free, and whole pages of it were given back to the system */
} dl__use;

/* Stands in the DL__HEADER bytes before what the caller sees. */
typedef struct dl__memory_block {
    struct dl__memory_block *next; /* in the list that it is on                      */
    dl_ctx *ctx;
    size_t total;  /* bytes, this header included                              */
    int32_t class; /* -1: of an arena, and only then what follows counts       */
    dl__use use;
    struct dl__memory_block *back;          /* in its bin                             */
    struct dl__memory_block *below, *above; /* neighbours in the region               */
} dl__memory_block;
_Static_assert(sizeof(dl__memory_block) <= DL__HEADER, "the header fits");

typedef struct dl__arena {
    struct dl__region *regions;
    dl__memory_block *bin[DL__BINS]; /* free blocks by size                          */
    uint64_t filled[DL__BINS / 64];
    long long system; /* bytes taken from the system and not given back        */
} dl__arena;

/* A block of at least total >= DL__LARGE bytes, a multiple of 64; its ctx is not set. NULL when
 * there is none, or it would take more than `room` bytes from the system. */
dl__memory_block *dl__arena_take(dl__arena *a, size_t total, long long room);
/* A new region, of which a block of total bytes can be cut; takes at most `room` bytes. 0 when the
 * system has no memory, or more would be needed. */
int dl__arena_grow(dl__arena *a, size_t total, long long room);
void dl__arena_give(dl__arena *a, dl__memory_block *b);
/* Gives the memory of free blocks back to the system. */
void dl__arena_trim(dl__arena *a);
#endif
