/* stb_image, for JPEG alone; see docs/decisions/pictures.md. It asks for memory without saying for
 * whom, so the room of the call in work is known to its thread, from here on until it is done:
 * nothing outlasts the call. Compiled with -fwrapv: damaged pixels may overflow an int. */
#include "io/picture_stb.h"
#include <string.h>

/* Pieces of a room, one behind the other, zeroed, as a damaged file may not fill what is read. */
typedef struct room {
    uint8_t *p, *end;
} room;
/* Initial-exec: in a library that is opened late, other models take memory at the first use, and
 * end the process when there is none. */
static _Thread_local room *now __attribute__((tls_model("initial-exec")));

enum { ALIGN = 64 };

static void *take(size_t n)
{
    const size_t bytes = (n + ALIGN - 1) / ALIGN * ALIGN;
    uint8_t *p = now->p;
    if (bytes < n || bytes > (size_t)(now->end - p))
        return NULL;
    now->p += bytes;
    return memset(p, 0, bytes);
}

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_NO_FAILURE_STRINGS
#define STBI_MAX_DIMENSIONS 65535
#define STBI_ASSERT(x) ((void)(x))
#define STBI_MALLOC(n) take(n)
#define STBI_REALLOC(p, n) NULL
#define STBI_FREE(p) ((void)(p))
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>

_Static_assert(sizeof(stbi__jpeg) <= DL__STB_STATE, "the state of stb_image has grown");

const uint8_t *dl__stb_jpeg(const uint8_t *p, size_t n, int channels, void *memory, size_t bytes)
{
    room r = {.p = memory, .end = (uint8_t *)memory + bytes};
    stbi__context s;
    stbi__result_info info = {0};
    int w, h, parts;
    now = &r;
    stbi__start_mem(&s, p, (int)n);
    const uint8_t *pixels = stbi__jpeg_load(&s, &w, &h, &parts, channels, &info);
    now = NULL;
    return pixels;
}
