#include "support/numbers.h"
#include <stdio.h>
#include <unistd.h>
#include "support/support.h"

static int64_t size_of(const void *state)
{
    return ((const numbers *)state)->n;
}

static dl_status get(const void *state, int64_t i, uint64_t key, void *const *field, char *why,
                     size_t why_cap)
{
    numbers *s = (numbers *)(uintptr_t)state;
    atomic_fetch_add(&s->reads, 1);
    if (!pthread_equal(pthread_self(), s->owner))
        atomic_fetch_add(&s->strangers, 1);
    if (s->slow)
        usleep((useconds_t)s->slow);
    if (i == atomic_load(&s->broken)) {
        snprintf(why, why_cap, "the disk is on fire");
        return DL_EIO;
    }
    float *x = field[0];
    x[0] = (float)i;
    x[1] = (float)(key >> 40);
    *(int64_t *)field[1] = i;
    return DL_OK;
}

static void end(void *state)
{
    atomic_fetch_add(&((numbers *)state)->freed, 1);
}

static const dl_dataset_class one_thread = {
    .name = "numbers", .threads = 0, .size = size_of, .get = get, .free = end};
static const dl_dataset_class any_thread = {
    .name = "numbers", .threads = 1, .size = size_of, .get = get, .free = end};

void numbers_init(numbers *s, int64_t n, int32_t threads)
{
    s->n = n;
    s->threads = threads;
    s->slow = 0;
    s->owner = pthread_self();
    atomic_store(&s->broken, -1);
    atomic_store(&s->reads, 0);
    atomic_store(&s->strangers, 0);
    atomic_store(&s->freed, 0);
}

dl_dataset *numbers_dataset(dl_ctx *ctx, numbers *s)
{
    dl_field f[2] = {{.name = "x", .dtype = DL_F32, .ndim = 1, .dims = {2}},
                     {.name = "i", .dtype = DL_I64}};
    return dl_dataset_new(ctx, s->threads ? &any_thread : &one_thread, s, f, 2);
}

void check_dataset_faults(dl_ctx *ctx, fault_call call, int64_t n, int least)
{
    numbers s;
    numbers_init(&s, n, 1);
    dl_dataset *d = numbers_dataset(ctx, &s);
    assert_true(fault_loop(ctx, call, NULL, d) >= least);
    assert_int_equal(atomic_load(&s.freed), 0);
    dl_dataset_drop(d);
}

uint64_t digest(uint64_t seed, const void *p, size_t n)
{
    const unsigned char *byte = p;
    for (size_t i = 0; i < n; i++)
        seed = (seed ^ byte[i]) * 1099511628211u;
    return seed;
}

uint64_t loader_digest(dl_loader *l, int epochs)
{
    uint64_t h = 14695981039346656037u;
    dl_tensor *field[2];
    for (int e = 0; e < epochs;) {
        int32_t more = dl_loader_next(l, field, 2);
        assert_true(more == 0 || more == 1);
        if (more == 0) {
            e++;
            continue;
        }
        for (int k = 0; k < 2; k++) {
            size_t bytes =
                (size_t)dl_tensor_count(field[k]) * dl_dtype_size(dl_tensor_dtype(field[k]));
            h = digest(h, &bytes, sizeof bytes);
            h = digest(h, dl_tensor_data(field[k]), bytes);
        }
        dl_tensor_drop(dl_tensor_take(field[0]));
        dl_tensor_drop(dl_tensor_take(field[1]));
    }
    return h;
}
