/* The pictures of a folder, and their parts. */
#include "folder.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int squashed(void)
{
    return strcmp(own.fit, "squash") == 0;
}

/* dir/name to path; 1 if that is a folder. */
static int has_folder(const char *dir, const char *name, char *path)
{
    struct stat about;
    return stat(path_in(path, dir, name), &about) == 0 && S_ISDIR(about.st_mode);
}

/* The first of some names that is a folder of dir, to path. */
static int has_part(const char *dir, const char *const *name, char *path)
{
    for (; *name; name++)
        if (has_folder(dir, *name, path))
            return 1;
    return 0;
}

/* The pictures of dir, in classes of their own, or those of like; to *part. */
static int open_part(const classifier *c, const char *dir, const dl_dataset *like, int cache,
                     dl_dataset **part)
{
    int32_t n = like ? (int32_t)dl_dataset_classes(like) : 0;
    const char **name = calloc((size_t)n + 1, sizeof *name);
    if (!name)
        return complain(c->program, EXIT_MEMORY, "memory is short");
    for (int32_t k = 0; k < n; k++)
        name[k] = dl_dataset_class_name(like, k);
    *part =
        dl_dataset_images(c->ctx, dir,
                          &(dl_image_folder_opts){.h = own.size,
                                                  .w = own.size,
                                                  .fit = squashed() ? DL_FIT_SQUASH : DL_FIT_CROP,
                                                  .keep_in_memory = cache,
                                                  .skip_broken = (int32_t)own.skip_broken,
                                                  .classes = name,
                                                  .n_classes = n});
    free(name);
    if (dl_image_folder_skipped(*part) > 0)
        complain(c->program, 0, "%s: %lld files that cannot be read are left out", dir,
                 (long long)dl_image_folder_skipped(*part));
    return *part ? 0 : classifier_fail(c);
}

/* The parts were made by the user. dir: of those to train on. */
static int open_divided(classifier *c, const char *dir, int test_only)
{
    static const char *const valid[] = {"val", "valid", "validation", NULL};
    static const char *const test[] = {"test", NULL};
    classifier_data *d = &c->data;
    char path[FULL_PATH];
    int cache = strcmp(own.cache, "on") == 0;
    if (option_find(c->options, c->n_options, "test")->given == OPTION_GIVEN)
        return complain(c->program, EXIT_USAGE,
                        "--test divides pictures, those of %s are divided already", d->set.path);
    int code = open_part(c, dir, NULL, cache && !test_only, &d->train);
    if (code == 0 && !test_only && c->s.valid > 0 && has_part(d->set.path, valid, path))
        code = open_part(c, path, d->train, cache, &d->valid);
    if (code == 0 && has_part(d->set.path, test, path))
        code = open_part(c, path, d->train, cache && !test_only, &d->test);
    return code ? code : images_mark(c->program, c->ctx, d->train, 1, &d->set);
}

/* All pictures are in one place. */
static int open_whole(classifier *c, int test_only)
{
    classifier_data *d = &c->data;
    dl_dataset *all = NULL;
    int cache = strcmp(own.cache, "on") == 0;
    int code = open_part(c, d->set.path, NULL, cache && !test_only, &all);
    if (code == 0)
        code = images_mark(c->program, c->ctx, all, 1, &d->set);
    if (code == 0 && own.test > 0)
        dl_dataset_split_stratified(all, 1, own.test, (uint64_t)c->s.seed, &d->test, &d->train);
    else if (code == 0)
        d->train = dl_dataset_keep(all);
    dl_dataset_drop(all);
    return code || d->train ? code : classifier_fail(c);
}

/* What the pictures are called: the last name of the path. */
static const char *name_of(const char *path)
{
    static char name[NAME_BYTES];
    size_t n = strlen(path);
    while (n > 0 && path[n - 1] == '/')
        n--;
    size_t at = n;
    while (at > 0 && path[at - 1] != '/')
        at--;
    snprintf(name, sizeof name, "%.*s", (int)(n - at), path + at);
    return strspn(name, ".") == strlen(name) ? "pictures" : name;
}

/* A folder train is a part, and not a class, where there is another part beside it. */
static int is_divided(const char *dir, char *train)
{
    static const char *const other[] = {"val", "valid", "validation", "test", NULL};
    char path[FULL_PATH];
    return has_part(dir, other, path) && has_folder(dir, "train", train);
}

int open_pictures(classifier *c, int test_only)
{
    enum { PIXELS = 250 * 64 * 64, MOST = 250 }; /* in a batch of evaluation */
    classifier_data *d = &c->data;
    char train[FULL_PATH];
    if (!*c->s.data)
        return complain(c->program, EXIT_USAGE,
                        "--data FOLDER says where your pictures are; there is a folder of pictures "
                        "in it for each class");
    snprintf(d->set.path, sizeof d->set.path, "%s", c->s.data);
    d->set.name = name_of(c->s.data);
    int code =
        is_divided(c->s.data, train) ? open_divided(c, train, test_only) : open_whole(c, test_only);
    if (code)
        return code;
    if (d->test && dl_dataset_size(d->test) == 0) {
        dl_dataset_drop(d->test);
        d->test = NULL;
    }
    d->n_classes = dl_dataset_classes(d->train);
    if (d->n_classes < 2)
        return complain(c->program, EXIT_DATA, "%s: there is one class, two is the least",
                        d->set.path);
    d->shape[0] = 3;
    d->shape[1] = d->shape[2] = own.size;
    int64_t batch = PIXELS / (own.size * own.size);
    c->test_batch = (int32_t)(batch < 1 ? 1 : batch > MOST ? MOST : batch);
    return 0;
}
