#include "data/color.h"
#include "core/math.h"

static inline float gray_of(float r, float g, float b)
{
    return 0.2989f * r + 0.587f * g + 0.114f * b;
}

static inline float clamp(float x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

static inline float blend(float x, float other, float factor)
{
    return clamp(factor * x + (1 - factor) * other);
}

dl_status dl__color_check(dl_ctx *ctx, const char *who, const dl__picture *p)
{
    if (p->c == 1 || p->c == 3)
        return DL_OK;
    return dl_fail(ctx, DL_ESHAPE, "%s: pictures have %lld channels, wanted 1 or 3", who,
                   (long long)p->c);
}

void dl__grayscale(const dl__picture *p, float *x)
{
    const int64_t n = p->h * p->w;
    for (int64_t i = 0; i < n && p->c == 3; i++)
        x[i] = x[n + i] = x[2 * n + i] = gray_of(x[i], x[n + i], x[2 * n + i]);
}

void dl__brightness(const dl__picture *p, float *x, float factor)
{
    const int64_t n = p->c * p->h * p->w;
    for (int64_t i = 0; i < n; i++)
        x[i] = clamp(factor * x[i]);
}

void dl__contrast(const dl__picture *p, float *x, float factor)
{
    const int64_t n = p->h * p->w;
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)(p->c == 3 ? gray_of(x[i], x[n + i], x[2 * n + i]) : x[i]);
    const float mean = (float)(sum / (double)n);
    for (int64_t i = 0; i < p->c * n; i++)
        x[i] = blend(x[i], mean, factor);
}

void dl__saturation(const dl__picture *p, float *x, float factor)
{
    const int64_t n = p->h * p->w;
    for (int64_t i = 0; i < n && p->c == 3; i++) {
        const float gray = gray_of(x[i], x[n + i], x[2 * n + i]);
        for (int k = 0; k < 3; k++)
            x[k * n + i] = blend(x[k * n + i], gray, factor);
    }
}

/* Hue in [0, 1) of a colour whose largest part is top and spread top - least. */
static inline float hue_of(float r, float g, float b, float top, float spread)
{
    const float over = spread == 0 ? 1 : spread;
    const float rc = (top - r) / over, gc = (top - g) / over, bc = (top - b) / over;
    const float h = (top == r ? bc - gc : top == g ? 2 + rc - bc : 4 + gc - rc) / 6 + 1;
    return h >= 1 ? h - 1 : h;
}

void dl__hue(const dl__picture *p, float *x, float turn)
{
    const int64_t n = p->h * p->w;
    for (int64_t i = 0; i < n && p->c == 3; i++) {
        const float r = x[i], g = x[n + i], b = x[2 * n + i];
        const float top = DL__MAX(DL__MAX(r, g), b), least = DL__MIN(DL__MIN(r, g), b);
        const float spread = top - least, s = spread / (spread == 0 ? 1 : top);
        float h = hue_of(r, g, b, top, spread) + turn;
        h = h < 0 ? h + 1 : h;
        h = h >= 1 ? h - 1 : h; /* also where h + 1 is rounded to 1 */
        const float six = h * 6;
        const int sixth = six >= 0 && six < 6 ? (int)six : 0; /* NaN: any */
        const float f = six - (float)sixth, v = top;
        const float low = clamp(v * (1 - s)), down = clamp(v * (1 - s * f)),
                    up = clamp(v * (1 - s * (1 - f)));
        const float part[6] = {v, down, low, low, up, v};
        x[i] = part[sixth];
        x[n + i] = part[(sixth + 4) % 6];
        x[2 * n + i] = part[(sixth + 2) % 6];
    }
}
