#!/usr/bin/env python3
"""python3 tests/golden/make_normalization.py > tests/golden/normalization.txt: batch and layer
normalization."""
import torch
import torch.nn.functional as F

from golden import case, done, values


def channel(t, x):
    return t.reshape([-1] + [1] * (x.dim() - 2))


# batch_norm: 0 y; 1 y + mean + var.
for s in ((5, 3), (2, 3, 4), (2, 2, 3, 2), (1, 2, 2, 2, 3)):
    w, b = values((s[1],)), values((s[1],))

    def norm(x, w=None, b=None):
        return F.batch_norm(x, None, None, w, b, True, 0.1, 1e-5)

    def with_statistics(x, w=None, b=None):
        axes = [i for i in range(x.dim()) if i != 1]
        var, mean = torch.var_mean(x, axes, correction=0)
        return norm(x, w, b) + channel(mean, x) + channel(var, x)
    case("batch_norm", norm, [values(s), w, b], (0,), (1e-5,))
    case("batch_norm", norm, [values(s)], (0,), (1e-5,))
    case("batch_norm", with_statistics, [values(s), w, b], (1,), (1e-5,))
for s in ((4, 3), (2, 3, 4), (1, 2, 3, 2)):
    c = (s[1],)
    case("batch_norm_eval", lambda x, m, v, w, b: F.batch_norm(x, m, v, w, b, False, 0.1, 1e-3),
         [values(s), (values(c),), (values(c, 0.25, 3),), values(c), values(c)], (), (1e-3,))
    case("batch_norm_eval", lambda x, m, v: F.batch_norm(x, m, v, None, None, False, 0.1, 1e-3),
         [values(s), (values(c),), (values(c, 0.25, 3),)], (), (1e-3,))
for s, n in (((3, 5), 1), ((2, 3, 4), 1), ((2, 3, 4), 2), ((2, 3, 4), 3), ((7,), 1), ((2, 33), 1)):
    f = s[-n:]
    case("layer_norm", lambda x, w, b: F.layer_norm(x, f, w, b, 1e-5),
         [values(s), values(f), values(f)], (n,), (1e-5,))
    case("layer_norm", lambda x: F.layer_norm(x, f, None, None, 1e-5), [values(s)], (n,), (1e-5,))


def running(which, momentum, shape, n, **options):
    """After n batches: 0 the result in evaluation mode, 1 the running mean, 2 the variance."""
    def f(x, batches):
        kind = getattr(torch.nn, "BatchNorm%dd" % max(1, len(shape) - 2))
        m = kind(shape[1], momentum=momentum, **options)
        for b in batches:
            m(b)
        m.eval()
        return (m(x), m.running_mean * 1.0, m.running_var * 1.0)[which]
    return f


for which in (0, 1, 2):
    for momentum in (0.1, 0.3, None):
        for s in ((4, 3), (2, 3, 4), (2, 3, 2, 4), (2, 2, 3, 1, 2)):
            case("batchnorm%dd" % max(1, len(s) - 2), running(which, momentum, s, 3),
                 [values(s) if which == 0 else (values(s),), (values((3,) + s),)],
                 (which, int(momentum is None)), (momentum or 0,))

done()
