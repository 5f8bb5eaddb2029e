/* The usual changes to small pictures. */
#include "dl/augment.h"
#include "data/transform.h"

dl_dataset *dl_dataset_augment(dl_dataset *inner, const dl_augment_opts *opts)
{
    const dl_augment_opts o = opts ? *opts : (dl_augment_opts){0};
    dl_ctx *ctx = inner ? inner->base.ctx : NULL;
    dl_dataset *d = inner;
    if (ctx && dl__ok(ctx)) {
        if (DL__RESERVED(ctx, "dataset_augment", &o) == DL_OK)
            dl__picture_of(inner, "dataset_augment", o.field, &(dl__picture){0});
        if (o.flip < DL_OFF || o.flip > 1)
            dl_fail(ctx, DL_EINVAL, "dataset_augment: flip is %d, wanted 0, 1 or DL_OFF",
                    (int)o.flip);
    }
    if (o.mean || o.std || o.n_channels)
        d = dl_dataset_normalize(d, o.field, o.mean, o.std, o.n_channels);
    if (o.crop_pad != DL_OFF)
        d = dl_dataset_pad_crop(d, &(dl_pad_crop_opts){.pad = o.crop_pad, .field = o.field});
    if (o.flip != DL_OFF)
        d = dl_dataset_flip(d, &(dl_flip_opts){.field = o.field});
    if (o.cutout != 0)
        d = dl_dataset_cutout(d, &(dl_cutout_opts){.size = o.cutout, .field = o.field});
    if (d && !dl__ok(ctx)) { /* with nothing to do, nobody has seen the error */
        dl_dataset_drop(d);
        return NULL;
    }
    return d;
}
