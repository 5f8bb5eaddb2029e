/* Regions are mapped at addresses that are multiples of a huge page, each at least a quarter of
 * what there is (within bounds), so there are few. A region is a row of blocks without gaps:
 *
 *     region | header, bytes of the caller | header, bytes | ...
 *
 * Free neighbours are joined at once. Free blocks are in bins by size; who asks gets the smallest
 * that will do, and the rest stays free. Memory that is merely untouched counts as taken. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>
#include <sys/mman.h>
#include "core/arena.h"

#define HUGE_PAGE ((size_t)2 << 20)

enum {
    PAGE = 64 * 1024, /* a multiple of the page of every system                             */
    SMALLEST = 4096,  /* a rest below this stays with the block: a sixteenth of it at most  */
    GROWTH = 64       /* MiB that a region has at most without need                          */
};

struct dl__region {
    struct dl__region *next;
    size_t bytes;
};
typedef struct dl__region region;
_Static_assert(sizeof(region) <= DL__HEADER, "blocks of a region are aligned");

static dl__memory_block *first_block(region *r)
{
    return (dl__memory_block *)(void *)((char *)r + DL__HEADER);
}

/* The bin of a block of that many bytes, at least DL__LARGE: bin 0 begins there. */
static int bin_of(size_t total)
{
    int top = 63 - __builtin_clzll((unsigned long long)total);
    int bin = (top - 16) * 16 + (int)(total >> (top - 4) & 15);
    return bin < DL__BINS ? bin : DL__BINS - 1;
}

/* Blocks that are too small for any request are in no bin, and wait for a neighbour. */
static void put(dl__arena *a, dl__memory_block *b)
{
    if (b->total < DL__LARGE)
        return;
    int bin = bin_of(b->total);
    b->back = NULL;
    b->next = a->bin[bin];
    if (b->next)
        b->next->back = b;
    a->bin[bin] = b;
    a->filled[bin / 64] |= (uint64_t)1 << bin % 64;
}

static void pull(dl__arena *a, dl__memory_block *b)
{
    if (b->total < DL__LARGE)
        return;
    int bin = bin_of(b->total);
    if (b->next)
        b->next->back = b->back;
    if (b->back)
        b->back->next = b->next;
    else if (!(a->bin[bin] = b->next))
        a->filled[bin / 64] &= ~((uint64_t)1 << bin % 64);
}

/* The whole pages of a block, without its header: where they begin, and how many bytes. */
static size_t inner(const dl__memory_block *b, char **from)
{
    uintptr_t begin = (uintptr_t)b + DL__HEADER, end = (uintptr_t)b + b->total;
    size_t lead = (PAGE - begin % PAGE) % PAGE;
    size_t tail = end % PAGE;
    *from = (char *)b + DL__HEADER + lead;
    return b->total > DL__HEADER + lead + tail ? b->total - DL__HEADER - lead - tail : 0;
}

/* Bytes of it that the system has. */
static long long absent(const dl__memory_block *b)
{
    char *from;
    return b->use == DL__EMPTY ? (long long)inner(b, &from) : 0;
}

/* b takes in the block above it. Neither is in a bin. */
static void join(dl__memory_block *b)
{
    dl__memory_block *gone = b->above;
    b->total += gone->total;
    b->above = gone->above;
    if (b->above)
        b->above->below = b;
}

/* Cuts b, which is in no bin, to total bytes; the rest, NULL when it is not worth it. */
static dl__memory_block *cut(dl__arena *a, dl__memory_block *b, size_t total)
{
    if (b->total - total < SMALLEST)
        return NULL;
    dl__memory_block *rest = (dl__memory_block *)(void *)((char *)b + total);
    *rest = (dl__memory_block){
        .total = b->total - total, .class = -1, .use = b->use, .below = b, .above = b->above};
    b->total = total;
    b->above = rest;
    if (rest->above)
        rest->above->below = rest;
    put(a, rest);
    return rest;
}

/* The smallest block of a bin that has total bytes; of equal ones the one freed last. */
static dl__memory_block *best_of(dl__memory_block *b, size_t total, long long room)
{
    dl__memory_block *best = NULL;
    for (; b; b = b->next)
        if (b->total >= total && (!best || b->total < best->total) &&
            (b->use == DL__FREE || (long long)total + 2 * PAGE <= room))
            best = b;
    return best;
}

static dl__memory_block *find(const dl__arena *a, size_t total, long long room)
{
    for (int bin = bin_of(total); bin < DL__BINS; bin++) {
        uint64_t above = a->filled[bin / 64] >> bin % 64;
        if (!above) {
            bin |= 63;
            continue;
        }
        bin += __builtin_ctzll(above);
        dl__memory_block *best = best_of(a->bin[bin], total, room);
        if (best)
            return best;
    }
    return NULL;
}

dl__memory_block *dl__arena_take(dl__arena *a, size_t total, long long room)
{
    dl__memory_block *b = find(a, total, room);
    if (!b)
        return NULL;
    pull(a, b);
    a->system += absent(b);
    const dl__memory_block *rest = cut(a, b, total);
    a->system -= rest ? absent(rest) : 0;
    b->use = DL__USED;
    return b;
}

void dl__arena_give(dl__arena *a, dl__memory_block *b)
{
    b->use = DL__FREE;
    if (b->above && b->above->use == DL__FREE) {
        pull(a, b->above);
        join(b);
    }
    if (b->below && b->below->use == DL__FREE) {
        b = b->below;
        pull(a, b);
        join(b);
    }
    put(a, b);
}

static void *map(size_t bytes)
{
    size_t align = bytes < HUGE_PAGE ? 0 : HUGE_PAGE;
    char *p = mmap(NULL, bytes + align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    if (align == 0)
        return p;
    size_t lead = (align - (uintptr_t)p % align) % align;
    if (lead)
        munmap(p, lead);
    if (align > lead)
        munmap(p + lead + bytes, align - lead);
#ifdef MADV_HUGEPAGE
    madvise(p + lead, bytes, MADV_HUGEPAGE);
#endif
    return p + lead;
}

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

int dl__arena_grow(dl__arena *a, size_t total, long long room)
{
    size_t least = round_up(total + DL__HEADER, 4096);
    size_t more = (size_t)a->system / 4, most = (size_t)GROWTH << 20;
    more = more < most ? more : most;
    size_t bytes = round_up(least > more ? least : more, HUGE_PAGE);
    region *r = (long long)bytes <= room ? map(bytes) : NULL;
    if (!r) {
        bytes = least;
        r = (long long)bytes <= room ? map(bytes) : NULL;
    }
    if (!r)
        return 0;
    *r = (region){.next = a->regions, .bytes = bytes};
    a->regions = r;
    a->system += (long long)bytes;
    dl__memory_block *b = first_block(r);
    *b = (dl__memory_block){.total = bytes - DL__HEADER, .class = -1, .use = DL__FREE};
    put(a, b);
    return 1;
}

/* Joins the free blocks of a region and gives their pages back; 1 when nothing else is in it. */
static int empty_region(dl__arena *a, region *r)
{
    char *from;
    for (dl__memory_block *b = first_block(r); b; b = b->above) {
        if (b->use == DL__USED)
            continue;
        for (;; join(b)) {
            a->system += absent(b);
            b->use = DL__FREE;
            if (!b->above || b->above->use == DL__USED)
                break;
            a->system += absent(b->above);
        }
        if (!b->below && !b->above)
            return 1;
        size_t bytes = inner(b, &from);
        if (bytes && madvise(from, bytes, MADV_DONTNEED) == 0) {
            b->use = DL__EMPTY;
            a->system -= (long long)bytes;
        }
        put(a, b);
    }
    return 0;
}

void dl__arena_trim(dl__arena *a)
{
    memset(a->bin, 0, sizeof a->bin);
    memset(a->filled, 0, sizeof a->filled);
    for (region **at = &a->regions; *at;) {
        region *r = *at;
        if (empty_region(a, r)) {
            *at = r->next;
            a->system -= (long long)r->bytes;
            munmap(r, r->bytes);
        } else {
            at = &r->next;
        }
    }
}
