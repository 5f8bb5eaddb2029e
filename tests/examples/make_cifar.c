/* Makes a small set in CIFAR-10's binary form in the folder argv[1]: five batches of 60 pictures to
 * train, one of 100 to test. Class k is a bright bar of a colour and at a place of its own, under
 * noise, so that a small net learns it in a few epochs. */
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 32 };
static unsigned long long state = 1;

static unsigned noise(unsigned below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % below;
}

static void batch(const char *dir, const char *name, unsigned n)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    if (!f) {
        perror(path);
        exit(1);
    }
    for (unsigned i = 0; i < n; i++) {
        unsigned label = noise(10);
        fputc((int)label, f);
        for (unsigned c = 0; c < 3; c++)
            for (unsigned r = 0; r < SIDE; r++)
                for (unsigned k = 0; k < SIDE; k++) {
                    int bar = r / 3 == label && k > 3 && k < 28 && c == label % 3;
                    fputc((int)(noise(100) + (bar ? 150 : 0)), f);
                }
    }
    if (fclose(f))
        exit(1);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    if (argc > 2)
        state = strtoull(argv[2], NULL, 10);
    for (int i = 1; i <= 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "data_batch_%d.bin", i);
        batch(argv[1], name, 60);
    }
    batch(argv[1], "test_batch.bin", 100);
    return 0;
}
