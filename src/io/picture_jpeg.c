/* What a JPEG file (ITU-T T.81) is made of, checked marker by marker before stb_image sees it:
 * every length lies in the file, every table that a scan names is there and can be, sizes and
 * sampling are those that the decoder handles. Anything else is refused here. */
#include <string.h>
#include "core/bytes.h"
#include "io/picture.h"
#include "io/picture_stb.h"

enum { SOI = 0xd8, EOI = 0xd9, SOS = 0xda, DQT = 0xdb, DRI = 0xdd, DHT = 0xc4 };
enum { SOF0 = 0xc0, SOF2 = 0xc2, SOF15 = 0xcf, JPG = 0xc8, DAC = 0xcc, APP0 = 0xe0, APP14 = 0xee };
enum { SCANS = 64, ALIGN = 64 };

typedef struct jpeg {
    dl__picture *pic;
    size_t at; /* of the next byte                                       */
    struct {
        int id, h, v, quant;
    } part[4]; /* components                                             */
    int n_parts, h_most, v_most, progressive, scans, adobe;
    unsigned quant, dc, ac; /* bits of tables that are defined           */
    unsigned coded_parts;   /* bits of components that are in a scan     */
    uint64_t coded;         /* bytes of entropy-coded data               */
} jpeg;

static dl_status bad_segment(const jpeg *j, const char *name)
{
    return DL__BAD(j->pic, "JPEG: the %s before byte %zu is damaged", name, j->at);
}

/* The code lengths fit into a tree in which no code is all ones (C.2), and the symbols can be. */
static dl_status open_huffman(jpeg *j, const uint8_t *p, size_t n)
{
    while (n > 0) {
        if (n < 17 || p[0] >> 4 > 1 || (p[0] & 15) > 3)
            return bad_segment(j, "Huffman table");
        unsigned count = 0, code = 0;
        for (int k = 1; k <= 16; k++) {
            count += p[k];
            code += p[k];
            if (p[k] && code >= 1u << k)
                return bad_segment(j, "Huffman table");
            code <<= 1;
        }
        if (count == 0 || count > 256 || n < 17 + count)
            return bad_segment(j, "Huffman table");
        for (unsigned k = 0; p[0] >> 4 == 0 && k < count; k++)
            if (p[17 + k] > 15)
                return bad_segment(j, "Huffman table");
        *(p[0] >> 4 ? &j->ac : &j->dc) |= 1u << (p[0] & 15);
        p += 17 + count;
        n -= 17 + count;
    }
    return DL_OK;
}

static dl_status open_quant(jpeg *j, const uint8_t *p, size_t n)
{
    while (n > 0) {
        const size_t one = p[0] >> 4 ? 129 : 65;
        if (p[0] >> 4 > 1 || (p[0] & 15) > 3 || n < one)
            return bad_segment(j, "quantization table");
        j->quant |= 1u << (p[0] & 15);
        p += one;
        n -= one;
    }
    return DL_OK;
}

static size_t aligned(uint64_t n)
{
    return (size_t)((n + ALIGN - 1) / ALIGN * ALIGN);
}

/* What stb_image takes, piece by piece. */
static size_t room_of(const jpeg *j)
{
    const dl__picture *pic = j->pic;
    const uint64_t across =
        ((uint64_t)pic->w + 8u * (unsigned)j->h_most - 1) / (8u * (unsigned)j->h_most);
    const uint64_t down =
        ((uint64_t)pic->h + 8u * (unsigned)j->v_most - 1) / (8u * (unsigned)j->v_most);
    uint64_t all = DL__STB_STATE + aligned(3 * (uint64_t)pic->w * (uint64_t)pic->h + 1);
    for (int k = 0; k < j->n_parts; k++) {
        const uint64_t n = across * (unsigned)j->part[k].h * 8 * down * (unsigned)j->part[k].v * 8;
        all += aligned(n + 15) + aligned((uint64_t)pic->w + 3);
        all += j->progressive ? aligned(2 * n + 15) : 0;
    }
    return (size_t)all;
}

/* Every block takes a bit at least of so many bytes. */
static dl_status check_size(const jpeg *j, uint64_t coded)
{
    const dl__picture *pic = j->pic;
    const uint64_t blocks = ((uint64_t)pic->h + 7) / 8 * (((uint64_t)pic->w + 7) / 8) *
                            (unsigned)(j->part[0].h * j->part[0].v) /
                            (unsigned)(j->h_most * j->v_most);
    if (coded * 8 < blocks)
        return DL__BAD(j->pic, "JPEG: %llu bytes of data cannot hold %lld x %lld pixels",
                       (unsigned long long)coded, (long long)pic->h, (long long)pic->w);
    return DL_OK;
}

static dl_status open_frame(jpeg *j, int marker, const uint8_t *p, size_t n, int64_t max_pixels)
{
    dl__picture *pic = j->pic;
    if (marker > SOF2)
        return dl__picture_fail(pic, DL_EUNSUPPORTED,
                                "JPEG: its kind (SOF%d) is not read; baseline and progressive are",
                                marker - SOF0);
    if (j->n_parts)
        return DL__BAD(pic, "JPEG: it has two frames");
    if (n < 6 || n != 6 + 3u * p[5])
        return bad_segment(j, "frame header");
    if (p[0] != 8)
        return dl__picture_fail(pic, DL_EUNSUPPORTED, "JPEG: it has %d bits, 8 are read", p[0]);
    if (p[5] != 1 && p[5] != 3 && p[5] != 4)
        return dl__picture_fail(pic, DL_EUNSUPPORTED,
                                "JPEG: it has %d components, 1, 3 and 4 are read", p[5]);
    if (dl__picture_size(pic, dl__load_be16(p + 1), dl__load_be16(p + 3), max_pixels) != DL_OK)
        return pic->e->status;
    j->n_parts = p[5];
    j->progressive = marker == SOF2;
    j->h_most = j->v_most = 1;
    for (int k = 0; k < j->n_parts; k++) {
        const uint8_t *c = p + 6 + 3 * k;
        const int h = c[1] >> 4, v = c[1] & 15;
        if (h < 1 || h > 4 || v < 1 || v > 4 || c[2] > 3)
            return bad_segment(j, "frame header");
        for (int i = 0; i < k; i++)
            if (j->part[i].id == c[0])
                return bad_segment(j, "frame header");
        j->part[k].id = c[0];
        j->part[k].h = h;
        j->part[k].v = v;
        j->part[k].quant = c[2];
        j->h_most = h > j->h_most ? h : j->h_most;
        j->v_most = v > j->v_most ? v : j->v_most;
    }
    for (int k = 0; k < j->n_parts; k++)
        if (j->h_most % j->part[k].h || j->v_most % j->part[k].v)
            return dl__picture_fail(pic, DL_EUNSUPPORTED,
                                    "JPEG: component %d is sampled %d x %d of %d x %d, whole parts "
                                    "are read",
                                    k, j->part[k].h, j->part[k].v, j->h_most, j->v_most);
    pic->channels = j->n_parts == 1 ? 1 : 3;
    pic->room = room_of(j);
    return check_size(j, pic->size);
}

/* The component with this id and its tables; *seen: those of this scan. A sequential frame has each
 * component in one scan (4.10): more of them would cost the time of a picture each, for no data. */
static dl_status open_scan_part(const jpeg *j, const uint8_t *p, int first, int last,
                                unsigned *seen)
{
    int k = 0;
    while (k < j->n_parts && j->part[k].id != p[0])
        k++;
    if (k == j->n_parts || *seen & 1u << k)
        return bad_segment(j, "scan header");
    if (!j->progressive && j->coded_parts & 1u << k)
        return DL__BAD(j->pic, "JPEG: component %d is in two scans, the second before byte %zu", k,
                       j->at);
    *seen |= 1u << k;
    if (!(j->quant & 1u << j->part[k].quant))
        return DL__BAD(j->pic, "JPEG: quantization table %d is not there", j->part[k].quant);
    const int dc = p[1] >> 4, ac = p[1] & 15;
    if (dc > 3 || ac > 3)
        return bad_segment(j, "scan header");
    if ((first == 0 && !(j->dc & 1u << dc)) || (last > 0 && !(j->ac & 1u << ac)))
        return DL__BAD(j->pic, "JPEG: a Huffman table of the scan before byte %zu is not there",
                       j->at);
    return DL_OK;
}

static dl_status open_scan(jpeg *j, const uint8_t *p, size_t n)
{
    if (!j->n_parts)
        return DL__BAD(j->pic, "JPEG: a scan comes before the frame");
    if (++j->scans > SCANS)
        return dl__picture_fail(j->pic, DL_ELIMIT, "JPEG: it has more than %d scans", SCANS);
    if (n < 1 || p[0] < 1 || p[0] > j->n_parts || n != 4 + 2u * p[0])
        return bad_segment(j, "scan header");
    const uint8_t *q = p + 1 + 2 * p[0];
    const int first = j->progressive ? q[0] : 0, last = j->progressive ? q[1] : 63;
    if (j->progressive && (last > 63 || first > last || (first == 0 && last > 0) ||
                           (first > 0 && p[0] != 1) || q[2] >> 4 > 13 || (q[2] & 15) > 13))
        return bad_segment(j, "scan header");
    unsigned seen = 0;
    for (int k = 0; k < p[0]; k++)
        if (open_scan_part(j, p + 1 + 2 * k, first, last, &seen) != DL_OK)
            return j->pic->e->status;
    j->coded_parts |= seen;
    /* Entropy-coded data goes on to the first marker that is no restart. */
    const uint8_t *data = j->pic->p;
    const size_t begin = j->at;
    while (j->at + 1 < j->pic->n) {
        const uint8_t *found = memchr(data + j->at, 0xff, j->pic->n - 1 - j->at);
        if (!found)
            break;
        j->at = (size_t)(found - data);
        if (found[1] != 0 && (found[1] < 0xd0 || found[1] > 0xd7) && found[1] != 0xff) {
            j->coded += j->at - begin;
            return DL_OK;
        }
        j->at += found[1] == 0xff ? 1 : 2;
    }
    return DL__BAD(j->pic, "JPEG: it ends in its pixels; it is cut off");
}

static dl_status open_adobe(jpeg *j, const uint8_t *p, size_t n)
{
    if (n >= 12 && memcmp(p, "Adobe\0", 6) == 0)
        j->adobe = p[11];
    return DL_OK;
}

static dl_status open_segment(jpeg *j, int marker, const uint8_t *p, size_t n, int64_t max_pixels)
{
    if (marker == DHT)
        return open_huffman(j, p, n);
    if (marker == DQT)
        return open_quant(j, p, n);
    if (marker == DRI)
        return n == 2 ? DL_OK : bad_segment(j, "restart interval");
    if (marker == SOS)
        return open_scan(j, p, n);
    if (marker == APP14)
        return open_adobe(j, p, n);
    if (marker >= APP0 || marker == 0xfe) /* applications and comments */
        return marker <= 0xef || marker == 0xfe ? DL_OK : bad_segment(j, "segment");
    if (marker >= SOF0 && marker <= SOF15 && marker != JPG && marker != DAC)
        return open_frame(j, marker, p, n, max_pixels);
    return dl__picture_fail(j->pic, DL_EUNSUPPORTED, "JPEG: marker %02x at byte %zu is not known",
                            marker, j->at - n - 4);
}

/* The next marker, its segment in *p and *n; -1 and the error. */
static int next_segment(jpeg *j, const uint8_t **p, size_t *n)
{
    const uint8_t *data = j->pic->p;
    const size_t size = j->pic->n;
    size_t at = j->at;
    if (at < size && data[at] != 0xff) {
        DL__BAD(j->pic, "JPEG: no marker at byte %zu, which holds %02x", at, data[at]);
        return -1;
    }
    while (at < size && data[at] == 0xff)
        at++;
    const int marker = at < size ? data[at++] : -1;
    if (marker == EOI)
        return marker;
    if (marker < 0 || size - at < 2 || dl__load_be16(data + at) < 2 ||
        dl__load_be16(data + at) > size - at) {
        j->pic->short_of = size < j->pic->size;
        DL__BAD(j->pic, "JPEG: the segment at byte %zu ends behind the file; it is cut off", j->at);
        return -1;
    }
    *n = dl__load_be16(data + at) - 2u;
    *p = data + at + 2;
    j->at = at + 2 + *n;
    return marker;
}

static dl_status check_data(const jpeg *j)
{
    if (!j->scans)
        return DL__BAD(j->pic, "JPEG: it has no pixels");
    for (int k = 0; k < j->n_parts; k++)
        if (!(j->coded_parts & 1u << k))
            return DL__BAD(j->pic, "JPEG: component %d is in no scan", k);
    if (j->n_parts == 4 && j->adobe != 0 && j->adobe != 2)
        return dl__picture_fail(j->pic, DL_EUNSUPPORTED,
                                "JPEG: its four components are of no known kind");
    return check_size(j, j->coded);
}

dl_status dl__jpeg_open(dl__picture *pic, int64_t max_pixels)
{
    jpeg j = {.pic = pic, .at = 2, .adobe = DL__ADOBE_NONE};
    for (;;) {
        const uint8_t *p = NULL;
        size_t n = 0;
        int marker = next_segment(&j, &p, &n);
        if (marker < 0)
            return pic->e->status;
        if (marker == EOI)
            return check_data(&j);
        if (open_segment(&j, marker, p, n, max_pixels) != DL_OK)
            return pic->e->status;
        if (!pic->whole && j.n_parts)
            return DL_OK;
    }
}

dl_status dl__jpeg_decode(dl__picture *pic, const dl__canvas *to, void *room)
{
    const uint8_t *pixels = dl__stb_jpeg(pic->p, pic->n, pic->channels, room, pic->room);
    if (!pixels)
        return DL__BAD(pic, "JPEG: its pixels are damaged");
    for (int64_t y = 0; y < pic->h; y++)
        dl__canvas_row(to, y, 0, 1, pic->w, pixels + y * pic->w * pic->channels, pic->channels);
    return DL_OK;
}
