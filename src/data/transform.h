/* Datasets that change one field of another's examples, a picture f32 [C, H, W]. A transform is a
 * function over a picture, its settings and a stream of random numbers; the rest is shared.
 *
 * Random choices. A transform that draws takes its choices from the stream (key, DL__FOR_AUGMENT,
 * 0) and gives inner another key, from the stream (key, DL__FOR_AUGMENT, 1). So each transform of a
 * chain has choices of its own, even the same one twice. One that does not draw passes its key on,
 * and so changes no choice of others. */
#ifndef DL_DATA_TRANSFORM_H
#define DL_DATA_TRANSFORM_H
#include "core/random.h"
#include "data/dataset.h"

typedef struct dl__picture {
    int64_t c, h, w;
} dl__picture;

typedef struct dl__transform {
    const dl_dataset_class *cls; /* DL__TRANSFORM_CLASS */
    /* Writes a picture of size `to` from one of size `from`. On any thread. */
    void (*apply)(const struct dl__transform *t, const dl__stream *s, const float *in, float *out,
                  void *scratch);
    int32_t draws;    /* 1: it makes random choices                                             */
    int32_t in_place; /* 1: in and out are the same memory; else they do not overlap            */
    const void *config;
    size_t config_size; /* copied                                                               */
    size_t scratch;     /* bytes that apply wants, aligned                                      */
    int32_t field;
    dl__picture from, to;
} dl__transform;

/* Checks inner and takes `from` and `to` from its field. The context, or NULL when an error stands.
 * Settings are checked after it; failures need no other care than dl_fail. */
dl_ctx *dl__transform_begin(dl__transform *t, const dl_dataset *inner, int32_t field);
/* The dataset, or NULL when an error stands; adopts inner. */
dl_dataset *dl__transform_end(const dl__transform *t, dl_dataset *inner);

/* Fails unless low <= value <= high; NaN does. who as "dataset_flip". */
dl_status dl__setting(dl_ctx *ctx, const char *who, const char *what, double value, double low,
                      double high);
/* 1 with probability p, by element i of the stream. */
static inline int dl__chance(const dl__stream *s, uint64_t i, double p)
{
    return dl__uniform_f64(s, i) < p;
}
/* Uniform on [low, high). */
static inline double dl__between(const dl__stream *s, uint64_t i, double low, double high)
{
    return low + (high - low) * dl__uniform_f64(s, i);
}
/* What an example's own choices come from, and the key of the k-th example that is read for it. */
static inline dl__stream dl__choices(uint64_t key)
{
    return dl__random_stream(key, DL__FOR_AUGMENT, 0);
}
uint64_t dl__inner_key(uint64_t key, uint64_t k);
/* Checks that field of d, which a function called who was given, is f32 [C, H, W] and not empty. */
dl_status dl__picture_of(const dl_dataset *d, const char *who, int32_t field, dl__picture *p);

/* ---- behind it ---- */
int64_t dl__transform_size(const void *state);
dl_status dl__transform_get(const void *state, int64_t i, uint64_t key, void *const *field,
                            char *why, size_t why_cap);
void dl__transform_free(void *state);
#define DL__TRANSFORM_CLASS(text)                                                                  \
    {                                                                                              \
        .name = text, .threads = 1, .size = dl__transform_size, .get = dl__transform_get,          \
        .free = dl__transform_free                                                                 \
    }
#endif
