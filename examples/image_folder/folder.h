/* What the parts of image_folder share. */
#ifndef EXAMPLES_IMAGE_FOLDER_H
#define EXAMPLES_IMAGE_FOLDER_H
#include "classifier/classifier.h"

/* What the program has besides the settings that all have. */
typedef struct settings {
    int64_t size, width, skip_broken;
    double test;
    const char *fit, *flip, *cache;
} settings;

extern settings own;

/* 1: pictures become squares by changing their proportions. */
int squashed(void);
/* Opens the folder --data, see classifier.h. */
int open_pictures(classifier *c, int test_only);
#endif
