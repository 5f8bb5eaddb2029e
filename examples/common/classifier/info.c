/* What is in a saved net. */
#include <stdio.h>
#include "classifier/parts.h"

int classifier_info(classifier *c, const char *path)
{
    dl_safetensors *file = dl_safetensors_open(c->ctx, path, &(dl_safetensors_opts){.verify = 1});
    if (!file)
        return classifier_fail(c);
    char safe[2 * PATH_BYTES];
    int64_t bytes = 0;
    for (int32_t i = 0; i < dl_safetensors_count(file); i++) {
        printf("%-40s %-5s [", printable(safe, sizeof safe, dl_safetensors_name(file, i)),
               dl_safetensors_stored(file, i));
        for (int32_t d = 0; d < dl_safetensors_ndim(file, i); d++)
            printf("%s%lld", d ? ", " : "", (long long)dl_safetensors_dim(file, i, d));
        printf("]\n");
        bytes += dl_safetensors_bytes(file, i);
    }
    printf("%d tensors, %lld bytes\n", (int)dl_safetensors_count(file), (long long)bytes);
    for (int32_t i = 0; i < dl_safetensors_meta_count(file); i++) {
        printf("%s: ", printable(safe, sizeof safe, dl_safetensors_meta_key(file, i)));
        printf("%s\n", printable(safe, sizeof safe, dl_safetensors_meta_value(file, i)));
    }
    dl_safetensors_drop(file);
    return 0;
}
