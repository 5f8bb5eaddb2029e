/* Copying the values of one net into another of the same structure. */
#include "tensor/tensor.h"
#include "train/train.h"

static void copy(dl_tensor *to, const dl_tensor *from)
{
    if (to && from && !dl__is_meta(to) && !dl__is_meta(from))
        dl__overwrite(to, from);
}

void dl__weights_copy(dl_module *to, dl_module *from)
{
    for (int32_t i = 0; i < dl_module_param_count(to); i++)
        copy(dl_module_param(to, i), dl_module_param(from, i));
    dl__buffers_copy(to, from);
}

void dl__buffers_copy(dl_module *to, dl_module *from)
{
    for (int32_t i = 0; i < dl_module_buffer_count(to); i++)
        copy(dl_module_buffer(to, i), dl_module_buffer(from, i));
}
