#include "data/cifar.h"
#include <stdio.h>
#include <string.h>
#include "core/ctx.h"
#include "core/file.h"
#include "core/utf8.h"

enum { PATH = 4096, LIMIT = 1 << 16 };

static const char *const ten[] = {
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
};
static const char *const fine[] = {
    "apple",       "aquarium_fish", "baby",      "bear",       "beaver",       "bed",
    "bee",         "beetle",        "bicycle",   "bottle",     "bowl",         "boy",
    "bridge",      "bus",           "butterfly", "camel",      "can",          "castle",
    "caterpillar", "cattle",        "chair",     "chimpanzee", "clock",        "cloud",
    "cockroach",   "couch",         "crab",      "crocodile",  "cup",          "dinosaur",
    "dolphin",     "elephant",      "flatfish",  "forest",     "fox",          "girl",
    "hamster",     "house",         "kangaroo",  "keyboard",   "lamp",         "lawn_mower",
    "leopard",     "lion",          "lizard",    "lobster",    "man",          "maple_tree",
    "motorcycle",  "mountain",      "mouse",     "mushroom",   "oak_tree",     "orange",
    "orchid",      "otter",         "palm_tree", "pear",       "pickup_truck", "pine_tree",
    "plain",       "plate",         "poppy",     "porcupine",  "possum",       "rabbit",
    "raccoon",     "ray",           "road",      "rocket",     "rose",         "sea",
    "seal",        "shark",         "shrew",     "skunk",      "skyscraper",   "snail",
    "snake",       "spider",        "squirrel",  "streetcar",  "sunflower",    "sweet_pepper",
    "table",       "tank",          "telephone", "television", "tiger",        "tractor",
    "train",       "trout",         "tulip",     "turtle",     "wardrobe",     "whale",
    "willow_tree", "wolf",          "woman",     "worm",
};
static const char *const coarse[] = {
    "aquatic_mammals",
    "fish",
    "flowers",
    "food_containers",
    "fruit_and_vegetables",
    "household_electrical_devices",
    "household_furniture",
    "insects",
    "large_carnivores",
    "large_man-made_outdoor_things",
    "large_natural_outdoor_scenes",
    "large_omnivores_and_herbivores",
    "medium_mammals",
    "non-insect_invertebrates",
    "people",
    "reptiles",
    "small_mammals",
    "trees",
    "vehicles_1",
    "vehicles_2",
};

static const struct {
    const char *file;
    const char *const *name;
    int32_t n;
} kinds[DL__CIFAR_KINDS] = {{"batches.meta.txt", ten, 10},
                            {"fine_label_names.txt", fine, 100},
                            {"coarse_label_names.txt", coarse, 20}};

/* Cuts text into lines, without spaces around them; empty ones are passed over. The number of them;
 * the first `most` are kept. */
static int32_t cut(char *text, const char **line, int32_t most)
{
    int32_t n = 0;
    char *rest = text;
    for (char *p = text; p; p = rest) {
        rest = strpbrk(p, "\r\n");
        if (rest)
            *rest++ = 0;
        p += strspn(p, " \t");
        size_t length = strlen(p);
        while (length > 0 && (p[length - 1] == ' ' || p[length - 1] == '\t'))
            p[--length] = 0;
        if (length > 0 && n < most)
            line[n] = p;
        n += length > 0;
    }
    return n;
}

dl_status dl__cifar_names(dl_ctx *ctx, dl__names *s, const char *folder, int32_t kind)
{
    char path[PATH], shown[DL__SHOWN];
    void *data;
    size_t bytes;
    s->name = kinds[kind].name;
    s->n = kinds[kind].n;
    int n = snprintf(path, sizeof path, "%s/%s", folder, kinds[kind].file);
    if (n < 0 || n >= (int)sizeof path || !dl__file_exists(path))
        return DL_OK;
    if (dl__file_read_all(ctx, path, LIMIT, &data, &bytes) != DL_OK)
        return ctx->status;
    s->text = data;
    int32_t lines = cut(data, s->own, s->n);
    if (lines != s->n)
        return dl_fail(ctx, DL_EFORMAT, "%s: has %d names of classes, %d are wanted",
                       dl__printable(shown, sizeof shown, path), (int)lines, (int)s->n);
    s->name = s->own;
    return DL_OK;
}

void dl__names_end(dl__names *s)
{
    dl__free(s->text);
}
