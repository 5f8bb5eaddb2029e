#include "dl/augment.h"

dl_dataset *dl_dataset_mixup(dl_dataset *inner, int64_t classes, double alpha)
{
    return dl_dataset_mix(inner, &(dl_mix_opts){.classes = classes, .mixup = alpha});
}
