/* Plays stored inputs back to a fuzz target, without libFuzzer: every file of the folder that is
 * named, and the shortest inputs of all, which belong to every corpus. A crash is the failure. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int play(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    long size = -1;
    int failed = 1;

    if (!f)
        goto out;
    if (fseek(f, 0, SEEK_END) == 0)
        size = ftell(f);
    if (size < 0 || fseek(f, 0, SEEK_SET) != 0)
        goto out;
    /* Exactly size bytes, so that a sanitizer sees a read past the end. */
    data = malloc(size ? (size_t)size : 1);
    if (!data || fread(data, 1, (size_t)size, f) != (size_t)size)
        goto out;
    LLVMFuzzerTestOneInput(data, (size_t)size);
    failed = 0;
out:
    if (failed)
        perror(path);
    free(data);
    if (f)
        fclose(f);
    return failed;
}

int main(int argc, char **argv)
{
    static const uint8_t zeros[64];
    struct dirent *entry;
    int failed = 0, count = 0;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;

    if (!folder) {
        fprintf(stderr, "usage: %s FOLDER; stored inputs are wanted, one a file\n", argv[0]);
        return 2;
    }
    for (size_t size = 0; size <= sizeof zeros; size++)
        LLVMFuzzerTestOneInput(zeros, size);
    while ((entry = readdir(folder)) != NULL) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        failed |= play(path);
        count++;
    }
    closedir(folder);
    printf("%d stored inputs\n", count);
    return failed || count == 0;
}
