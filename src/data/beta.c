#include "data/beta.h"
#include <math.h>
#include "core/math.h"

/* The logarithm of a variable of Gamma(alpha, 1). For alpha below 1 that of alpha + 1 times
 * u^(1 / alpha). Element 0 is u; try k takes the normal number 4 k and the uniform one 4 k + 2,
 * which are of different blocks. */
static double ln_gamma_variable(const dl__stream *s, double alpha)
{
    const double a = alpha < 1 ? alpha + 1 : alpha;
    const double d = a - 1.0 / 3, c = 1 / sqrt(9 * d);
    const double boost = alpha < 1 ? dl__ln(1 - dl__uniform_f64(s, 0)) / alpha : 0;
    for (uint64_t k = 1;; k++) {
        const double x = dl__normal_f64(s, 4 * k), root = 1 + c * x;
        if (root <= 0)
            continue;
        const double v = root * root * root, ln_v = dl__ln(v);
        if (dl__ln(dl__uniform_f64(s, 4 * k + 2)) < x * x / 2 + d - d * v + d * ln_v)
            return dl__ln(d) + ln_v + boost;
    }
}

/* An alpha that is all but 0 gives 0 or 1, as one of 1e-300 does, whose logarithms are finite. */
double dl__beta(uint64_t key, double alpha)
{
    alpha = alpha < 1e-300 ? 1e-300 : alpha;
    const dl__stream s = dl__random_stream(key, DL__FOR_AUGMENT, 2);
    const dl__stream t = dl__random_stream(key, DL__FOR_AUGMENT, 3);
    return dl__sigmoid(ln_gamma_variable(&s, alpha) - ln_gamma_variable(&t, alpha));
}
