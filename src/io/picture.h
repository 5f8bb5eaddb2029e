/* Pictures of bytes: JPEG, PNG, BMP. Works on any thread: it takes no memory, but the room that the
 * caller gives, and leaves failures in a dl__error.
 *
 * dl__picture_open checks the structure of all bytes before anything is decoded, so that a size is
 * believed only when the bytes can be a picture of that size: PNG packs at most 1032 bytes into
 * one, JPEG at most 8 blocks of 64 pixels, BMP none. Where only the first bytes are there, the size
 * of the file is what counts. */
#ifndef DL_IO_PICTURE_H
#define DL_IO_PICTURE_H
#include <stddef.h>
#include <stdint.h>
#include "core/error.h"

enum { DL__JPEG = 1, DL__PNG, DL__BMP };
/* An Adobe marker, and one of JFIF, tell what the components of a JPEG are. */
enum { DL__ADOBE_NONE = -1 };

typedef struct dl__picture {
    const uint8_t *p; /* the file */
    size_t n, size;   /* bytes that are there, and in the file */
    const char *name; /* for messages */
    dl__error *e;
    int64_t h, w;
    int32_t format;   /* DL__JPEG ...                               */
    int32_t channels; /* 1 (grey) or 3: what is in the file         */
    size_t room;      /* bytes that dl__picture_decode works in     */
    int32_t whole;    /* all bytes are there and are to be checked  */
    int32_t short_of; /* it failed as more of the first bytes are needed */
    /* Where the pixels are: PNG: the first IDAT, palette; BMP: the pixels, palette. */
    size_t data, palette;
    int32_t n_palette, palette_step;
    int32_t depth, colour, interlaced; /* PNG; depth: bits of a BMP pixel */
    int32_t upside_down;               /* BMP: the first row is the lowest */
    uint32_t mask[3];                  /* BMP: where red, green and blue are */
} dl__picture;

/* What the n bytes at p are. max_pixels: more is DL_ELIMIT. front_of 0: all bytes; otherwise these
 * are the first of a file of so many, and only what stands before the pixels is looked at:
 * DL_EFORMAT and pic->short_of mean that more of them are needed. p stays borrowed. */
dl_status dl__picture_open(dl__picture *pic, const void *p, size_t n, size_t front_of,
                           const char *name, int64_t max_pixels, dl__error *e);
/* The pixels as u8 [channels, h, w], channels 1 or 3, of a picture that was opened whole. room has
 * pic->room bytes, aligned for any type. */
dl_status dl__picture_decode(dl__picture *pic, int32_t channels, uint8_t *out, void *room);

/* ---- for the formats ------------------------------------------------------------------------- */

dl_status dl__picture_fail(dl__picture *pic, dl_status code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#define DL__BAD(pic, ...) dl__picture_fail(pic, DL_EFORMAT, __VA_ARGS__)

/* Where pixels go. */
typedef struct dl__canvas {
    uint8_t *out; /* [channels, h, w] */
    int64_t h, w;
    int32_t channels;
} dl__canvas;
/* n pixels of row y from column x on, each `step` columns from the last: one byte each of grey, or
 * three (from). Grey from colours is (19595 R + 38470 G + 7471 B + 32768) / 65536, as in PIL. */
void dl__canvas_row(const dl__canvas *c, int64_t y, int64_t x, int64_t step, int64_t n,
                    const uint8_t *row, int32_t from);

dl_status dl__png_open(dl__picture *pic, int64_t max_pixels);
dl_status dl__png_decode(dl__picture *pic, const dl__canvas *to, void *room);
dl_status dl__bmp_open(dl__picture *pic, int64_t max_pixels);
dl_status dl__bmp_decode(dl__picture *pic, const dl__canvas *to, void *room);
dl_status dl__jpeg_open(dl__picture *pic, int64_t max_pixels);
dl_status dl__jpeg_decode(dl__picture *pic, const dl__canvas *to, void *room);
/* Sets h and w after checking them. */
dl_status dl__picture_size(dl__picture *pic, int64_t h, int64_t w, int64_t max_pixels);
#endif
