/* Makes a small folder of pictures at argv[1]: classes blue, green and red of 20 BMP files each, of
 * several sizes. A picture has a bright bar of the colour of its class, under noise, so that a
 * small net learns it in a few epochs. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { CLASSES = 3, EACH = 20 };
static unsigned long long state = 1;

static unsigned noise(unsigned below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % below;
}

static void number(FILE *f, unsigned v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        fputc((int)(v >> 8 * i & 255), f);
}

/* 24 bits a pixel: blue, green, red; rows from below, of a multiple of four bytes. */
static void picture(const char *path, unsigned rows, unsigned columns, unsigned class)
{
    const unsigned row = (3 * columns + 3) / 4 * 4, bar = noise(rows - 4);
    FILE *f = fopen(path, "wb");
    if (!f) {
        perror(path);
        exit(1);
    }
    fputs("BM", f);
    number(f, 54 + rows * row, 4);
    number(f, 0, 4);
    number(f, 54, 4);
    number(f, 40, 4);
    number(f, columns, 4);
    number(f, rows, 4);
    number(f, 1, 2);
    number(f, 24, 2);
    number(f, 0, 4);
    number(f, rows * row, 4);
    for (int i = 0; i < 4; i++)
        number(f, 0, 4);
    for (unsigned r = 0; r < rows; r++)
        for (unsigned k = 0; k < row; k++) {
            int in_bar = r - bar < 4 && k < 3 * columns && k % 3 == class;
            fputc(k < 3 * columns ? (int)(noise(100) + (in_bar ? 150 : 0)) : 0, f);
        }
    if (fclose(f))
        exit(1);
}

int main(int argc, char **argv)
{
    static const char *const name[CLASSES] = {"blue", "green", "red"};
    char path[4096];
    if (argc < 2)
        return 2;
    if (argc > 2)
        state = strtoull(argv[2], NULL, 10);
    mkdir(argv[1], 0777);
    for (unsigned k = 0; k < CLASSES; k++) {
        snprintf(path, sizeof path, "%s/%s", argv[1], name[k]);
        mkdir(path, 0777);
        for (unsigned i = 0; i < EACH; i++) {
            snprintf(path, sizeof path, "%s/%s/%02u.bmp", argv[1], name[k], i);
            picture(path, 18 + noise(12), 18 + noise(12), k);
        }
    }
    return 0;
}
