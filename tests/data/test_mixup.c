/* mixup alone: dl_dataset_mix with one of its settings. */
#include "support/mix_check.h"

static dl_dataset *make(dl_dataset *d, int32_t field)
{
    return field == 0 ? dl_dataset_mixup(d, 80, 0.7)
                      : dl_dataset_mix(d, &(dl_mix_opts){.mixup = 0.7, .field = field});
}

int main(void)
{
    return mix_main(&(mix_test){"mixup", dl_dataset_mixup, make});
}
