/* Reading BMP: 1, 4, 8, 16, 24 and 32 bits, with palette or masks, either way up; not packed. */
#include <string.h>
#include "core/bytes.h"
#include "io/picture.h"

enum { FILE_HEAD = 14, OLD = 12, INFO = 40, MASKS = 52, V4 = 108, V5 = 124 };
enum { PLAIN = 0, RLE8 = 1, RLE4 = 2, BITFIELDS = 3, ALPHA_BITFIELDS = 6 };

static uint64_t stride_of(const dl__picture *pic)
{
    return ((uint64_t)pic->w * (uint64_t)pic->depth + 31) / 32 * 4;
}

/* The bits of a mask are neighbours, and there are at most 8 that matter. */
static int mask_fits(uint32_t m)
{
    const uint32_t low = m & (~m + 1);
    return m != 0 && ((m + low) & m) == 0;
}

static dl_status open_masks(dl__picture *pic, uint32_t packing)
{
    static const uint32_t usual[2][3] = {{0x7c00, 0x3e0, 0x1f}, {0xff0000, 0xff00, 0xff}};
    if (packing == PLAIN) {
        memcpy(pic->mask, usual[pic->depth == 32], sizeof pic->mask);
        return DL_OK;
    }
    if (pic->n < FILE_HEAD + MASKS)
        return DL__BAD(pic, "BMP: it ends in its masks; it is cut off");
    for (int k = 0; k < 3; k++) {
        pic->mask[k] = dl__load_le32(pic->p + FILE_HEAD + INFO + 4 * k);
        if (!mask_fits(pic->mask[k]) || (pic->depth == 16 && pic->mask[k] > 0xffff))
            return DL__BAD(pic, "BMP: mask %d is %08x, which %d bits cannot have", k,
                           (unsigned)pic->mask[k], pic->depth);
        for (int j = 0; j < k; j++)
            if (pic->mask[k] & pic->mask[j])
                return DL__BAD(pic, "BMP: masks %d and %d overlap", j, k);
    }
    return DL_OK;
}

/* Palette and pixels lie inside the file, the one before the other. */
static dl_status open_places(dl__picture *pic, uint32_t head, uint32_t packing, uint32_t colours)
{
    const uint8_t *p = pic->p;
    const size_t extra = head == INFO && packing == BITFIELDS         ? 12
                         : head == INFO && packing == ALPHA_BITFIELDS ? 16
                                                                      : 0;
    const uint32_t offset = dl__load_le32(p + 10);
    pic->palette = FILE_HEAD + head + extra;
    pic->palette_step = head == OLD ? 3 : 4;
    if (pic->depth <= 8) {
        if (colours > 1u << pic->depth)
            return DL__BAD(pic, "BMP: %u colours are too many for %d bits", (unsigned)colours,
                           pic->depth);
        pic->n_palette = colours ? (int32_t)colours : 1 << pic->depth;
        if (head == OLD && offset > pic->palette && offset - pic->palette < 3u << pic->depth)
            pic->n_palette = (int32_t)((offset - pic->palette) / 3);
    }
    const size_t end = pic->palette + (size_t)(pic->n_palette * pic->palette_step);
    pic->data = offset;
    if (offset < end)
        return DL__BAD(pic, "BMP: its pixels begin at byte %u, its header ends at %zu",
                       (unsigned)offset, end);
    if (offset > pic->size || stride_of(pic) > (pic->size - offset) / (uint64_t)pic->h)
        return DL__BAD(pic, "BMP: its pixels end behind the file; it is cut off");
    return DL_OK;
}

dl_status dl__bmp_open(dl__picture *pic, int64_t max_pixels)
{
    const uint8_t *p = pic->p;
    if (pic->n < FILE_HEAD + OLD)
        return DL__BAD(pic, "BMP: it ends in its header; it is cut off");
    const uint32_t head = dl__load_le32(p + FILE_HEAD);
    if (head != OLD && (head < INFO || head > V5))
        return DL__BAD(pic, "BMP: its header has %u bytes, 12 or 40 to 124 are known",
                       (unsigned)head);
    if (pic->n < FILE_HEAD + (size_t)head)
        return DL__BAD(pic, "BMP: it ends in its header; it is cut off");
    const int old = head == OLD;
    const int64_t w = old ? dl__load_le16(p + 18) : (int32_t)dl__load_le32(p + 18);
    const int64_t h = old ? dl__load_le16(p + 20) : (int32_t)dl__load_le32(p + 22);
    const int planes = dl__load_le16(p + (old ? 22 : 26)),
              depth = dl__load_le16(p + (old ? 24 : 28));
    const uint32_t packing = old ? PLAIN : dl__load_le32(p + 30);
    if (planes != 1)
        return DL__BAD(pic, "BMP: it has %d planes, 1 is possible", planes);
    if (packing != PLAIN && packing != BITFIELDS && packing != ALPHA_BITFIELDS)
        return dl__picture_fail(pic, packing <= 5 ? DL_EUNSUPPORTED : DL_EFORMAT,
                                "BMP: it is packed in way %u, ways 0, 3 and 6 are read",
                                (unsigned)packing);
    if ((depth != 1 && depth != 4 && depth != 8 && depth != 16 && depth != 24 && depth != 32) ||
        (packing != PLAIN && depth != 16 && depth != 32) || (old && depth > 8 && depth != 24))
        return DL__BAD(pic, "BMP: %d bits a pixel are not possible", depth);
    pic->depth = depth;
    pic->channels = 3;
    pic->upside_down = h > 0;
    if (dl__picture_size(pic, h < 0 ? -h : h, w, max_pixels) != DL_OK ||
        ((depth == 16 || depth == 32) && open_masks(pic, packing) != DL_OK))
        return pic->e->status;
    pic->room = 3 * (size_t)pic->w;
    return open_places(pic, head, packing, old ? 0 : dl__load_le32(p + 46));
}

/* The bits of v under mask as a byte, cut as PIL does. */
static uint8_t field(uint32_t v, uint32_t mask)
{
    const int low = __builtin_ctz(mask);
    const uint32_t most = mask >> low;
    return (uint8_t)((uint64_t)((v & mask) >> low) * 255 / most);
}

static dl_status expand(dl__picture *pic, const uint8_t *row, uint8_t *to)
{
    const int depth = pic->depth;
    for (int64_t i = 0; i < pic->w; i++, to += 3) {
        const uint8_t *p = row + i * depth / 8;
        if (depth == 24) {
            to[0] = p[2];
            to[1] = p[1];
            to[2] = p[0];
        } else if (depth > 8) {
            const uint32_t v = depth == 16 ? dl__load_le16(p) : dl__load_le32(p);
            for (int k = 0; k < 3; k++)
                to[k] = field(v, pic->mask[k]);
        } else {
            const int v = *p >> (8 - depth - i * depth % 8) & ((1 << depth) - 1);
            if (v >= pic->n_palette)
                return DL__BAD(pic, "BMP: a pixel has colour %d of a palette of %d", v,
                               (int)pic->n_palette);
            const uint8_t *c = pic->p + pic->palette + v * pic->palette_step;
            to[0] = c[2];
            to[1] = c[1];
            to[2] = c[0];
        }
    }
    return DL_OK;
}

dl_status dl__bmp_decode(dl__picture *pic, const dl__canvas *to, void *room)
{
    const uint64_t stride = stride_of(pic);
    for (int64_t y = 0; y < pic->h; y++) {
        const uint8_t *row = pic->p + pic->data + (uint64_t)y * stride;
        if (expand(pic, row, room) != DL_OK)
            return pic->e->status;
        dl__canvas_row(to, pic->upside_down ? pic->h - 1 - y : y, 0, 1, pic->w, room, 3);
    }
    return DL_OK;
}
