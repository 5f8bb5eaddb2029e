/* Makes a small set in MNIST's form: four plain IDX files in the folder argv[1]. Class k is a
 * bright bar at a place of its own, under noise, so that a small net learns it in a few epochs. */
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 12 };
static unsigned long long state = 1;

static unsigned noise(unsigned below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % below;
}

static void word(FILE *f, unsigned v)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        fputc((int)(v >> shift & 255), f);
}

static FILE *file(const char *dir, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    if (!f) {
        perror(path);
        exit(1);
    }
    return f;
}

static void half(const char *dir, const char *images, const char *labels, unsigned n)
{
    FILE *x = file(dir, images), *y = file(dir, labels);
    word(x, 0x803);
    word(x, n);
    word(x, SIDE);
    word(x, SIDE);
    word(y, 0x801);
    word(y, n);
    for (unsigned i = 0; i < n; i++) {
        unsigned label = noise(10);
        fputc((int)label, y);
        for (unsigned r = 0; r < SIDE; r++)
            for (unsigned c = 0; c < SIDE; c++)
                fputc((int)(noise(120) + (r == label + 1 && c > 2 && c < 9 ? 120 : 0)), x);
    }
    if (fclose(x) || fclose(y))
        exit(1);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    if (argc > 2)
        state = strtoull(argv[2], NULL, 10);
    half(argv[1], "train-images-idx3-ubyte", "train-labels-idx1-ubyte", 900);
    half(argv[1], "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", 200);
    return 0;
}
