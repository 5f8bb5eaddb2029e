#include "io/sniff.h"
#include <string.h>

static int begins(const uint8_t *p, size_t n, const char *what, size_t length)
{
    return n >= length && memcmp(p, what, length) == 0;
}

/* "<!DOCTYPE" or "<html", in any case, behind white space. */
static int html(const uint8_t *p, size_t n)
{
    static const char *const tags[] = {"<!doctype", "<html", "<head", "<?xml"};
    while (n > 0 && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++, n--;
    for (size_t t = 0; t < sizeof tags / sizeof tags[0]; t++) {
        size_t k = strlen(tags[t]), i = 0;
        while (i < k && i < n && (p[i] >= 'A' && p[i] <= 'Z' ? p[i] + 32 : p[i]) == tags[t][i])
            i++;
        if (i == k)
            return 1;
    }
    return 0;
}

const char *dl__sniff(const uint8_t *p, size_t n)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *text;
    } known[] = {
        {"version https://git-lfs", 23, "a Git LFS pointer: fetch the file itself (git lfs pull)"},
        {"PK\3\4", 4,
         "a zip archive: unpack it; a PyTorch .pt file has to be saved as safetensors by Python"},
        {"\x80\2", 2, "a Python pickle: save it as safetensors by Python"},
        {"\x80\3", 2, "a Python pickle: save it as safetensors by Python"},
        {"\x80\4", 2, "a Python pickle: save it as safetensors by Python"},
        {"\x80\5", 2, "a Python pickle: save it as safetensors by Python"},
        {"\x89HDF", 4, "an HDF5 file: save it as safetensors by Python"},
        {"\x93NUMPY", 6, "a NumPy .npy file"},
        {"\x89PNG", 4, "a PNG picture"},
        {"\x1f\x8b", 2, "compressed by gzip: unpack it (gunzip)"},
        {"GGUF", 4, "a GGUF file"},
        {"{", 1, "JSON text: an index of files has to be opened file by file"},
    };
    if (html(p, n))
        return "an HTML page: the download went wrong, fetch the file again";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (begins(p, n, known[i].bytes, known[i].n))
            return known[i].text;
    }
    return NULL;
}
