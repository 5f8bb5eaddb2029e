/* Two random parts of a dataset. */
#include "data/parts.h"

dl_status dl_dataset_split(dl_dataset *d, double fraction, uint64_t seed, dl_dataset **first,
                           dl_dataset **second)
{
    dl__parts p;
    dl_status status = dl__parts_begin(&p, "dataset_split", d, fraction, seed, first, second);
    if (status != DL_OK)
        return status;
    for (int64_t i = 0; i < p.wanted; i++)
        p.mark[p.order[i]] = 1;
    return dl__parts_end(&p, first, second);
}
