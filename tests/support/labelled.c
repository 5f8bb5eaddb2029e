#include "support/labelled.h"
#include <math.h>

batch make_batch(dl_ctx *ctx, dl_dtype dt, uint64_t seed)
{
    batch b;
    double x[N * C * D], y[ROWS];
    for (int i = 0; i < ROWS; i++) {
        double u = random_number(&seed);
        b.label[i] = u < 0.4 ? 0 : u < 0.7 ? 1 : u < 0.98 ? 2 : 3;
        y[i] = (double)b.label[i];
    }
    for (int i = 0; i < N * C * D; i++)
        x[i] =
            floor(random_number(&seed) * 9) / 2 + (i / D % C == b.label[i / (C * D) * D + i % D]);
    b.x = tensor_of(ctx, dt, x, DL_SHAPE(N, C, D));
    b.y = tensor_of(ctx, seed % 2 ? DL_I32 : DL_I64, y, DL_SHAPE(N, D));
    b.logit = values_of(b.x);
    return b;
}

void assert_near(double found, double wanted)
{
    if (isnan(found) != isnan(wanted) || fabs(found - wanted) > 1e-12 * (1 + fabs(wanted)))
        fail_msg("found %.17g, wanted %.17g", found, wanted);
}
