#include "support/scratch.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

int scratch_begin(void)
{
    snprintf(folder, sizeof folder, "scratch.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

const char *scratch_folder(void)
{
    return folder;
}

const char *scratch_at(const char *name)
{
    static char text[8][512];
    static int turn;
    char *s = text[turn++ % 8];
    snprintf(s, sizeof text[0], "%s/%s", folder, name);
    return s;
}

static int walk(int remove)
{
    int n = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        n++;
        if (remove && unlink(scratch_at(e->d_name)) != 0)
            rmdir(scratch_at(e->d_name));
    }
    closedir(d);
    return n;
}

void scratch_end(void)
{
    walk(1);
    rmdir(folder);
}

int scratch_setup(void **state)
{
    (void)state;
    return scratch_begin();
}

int scratch_teardown(void **state)
{
    (void)state;
    scratch_end();
    return 0;
}

int scratch_setup_ctx(void **state)
{
    return scratch_begin() || setup_ctx(state);
}

int scratch_teardown_ctx(void **state)
{
    int failed = teardown_ctx(state);
    scratch_end();
    return failed;
}

int scratch_entries(void)
{
    return walk(0);
}

void scratch_put(const char *path, const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

size_t scratch_get(const char *path, void *data, size_t cap)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(data, 1, cap, f);
    fclose(f);
    return n;
}

void assert_holds(const char *path, const char *text)
{
    char got[64];
    got[scratch_get(path, got, sizeof got - 1)] = '\0';
    assert_string_equal(got, text);
}

void assert_says(dl_ctx *ctx, dl_status status, const char *part)
{
    assert_int_equal(dl_ctx_status(ctx), status);
    if (!strstr(dl_ctx_message(ctx), part))
        fail_msg("\"%s\" lacks \"%s\"", dl_ctx_message(ctx), part);
    dl_ctx_clear(ctx);
}
