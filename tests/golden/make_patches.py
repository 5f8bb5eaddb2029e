#!/usr/bin/env python3
"""python3 tests/golden/make_patches.py > tests/golden/patches.txt: patches and resampling. Integers
of unfold and fold: axes; kernel, stride, padding, dilation along each; of fold sizes, too. Of local:
axes; stride, padding, dilation along each. Of upsample: axes, mode, align_corners, recompute_scale,
1 for sizes; its reals are sizes, or factors."""
import itertools

import torch
import torch.nn.functional as F

from golden import case, done, values

# Shape, kernel, stride, padding, dilation.
WINDOWS = (
    ((2, 3, 4, 5), (2, 2), (1, 1), (0, 0), (1, 1)),
    ((1, 2, 5, 6), (3, 2), (2, 1), (1, 2), (1, 1)),
    ((1, 2, 7, 5), (2, 3), (1, 2), (0, 1), (3, 2)),
    ((2, 1, 5, 5), (2, 2), (3, 3), (0, 0), (1, 1)),
    ((1, 3, 1, 4), (1, 3), (1, 1), (0, 1), (1, 1)),
    ((1, 2, 3, 3), (3, 3), (1, 1), (1, 1), (1, 1)),
)


def unfold_any(x, k, st, p, d):
    """F.unfold is for pictures alone: lines and volumes by one-hot convolution."""
    n = torch.Size(k).numel()
    w = torch.eye(n).reshape(n, 1, *k).repeat(x.shape[1], 1, *[1] * len(k))
    conv = [F.conv1d, F.conv2d, F.conv3d][len(k) - 1]
    return conv(x, w, None, st, p, d, x.shape[1]).flatten(2)


for s, k, st, p, d in WINDOWS:
    ints = (2, *k, *st, *p, *d)
    case("unfold", lambda x: F.unfold(x, k, d, p, st), [values(s)], ints)
    columns = F.unfold(torch.zeros(s), k, d, p, st).shape
    case("fold", lambda y: F.fold(y, s[2:], k, d, p, st), [values(columns)], (*ints, *s[2:]))
for s, k, st, p, d in (((2, 2, 7), (3,), (2,), (1,), (1,)), ((1, 3, 8), (2,), (1,), (0,), (3,)),
                       ((1, 2, 3, 4, 3), (2, 3, 1), (1, 2, 2), (1, 1, 0), (1, 1, 1))):
    case("unfold", lambda x: unfold_any(x, k, st, p, d), [values(s)],
         (len(k), *k, *st, *p, *d))


def local(x, w, b, k, st, p, d):
    y = torch.einsum("njl,ojl->nol", unfold_any(x, k, st, p, d),
                     w.reshape(w.shape[0], -1, b[0].numel()))
    return y.reshape(*y.shape[:2], *b.shape[1:]) + b


for s, out, k, st, p, d in (((2, 2, 6), 3, (3,), (1,), (0,), (1,)),
                            ((1, 3, 7), 2, (2,), (2,), (1,), (2,)),
                            ((2, 2, 4, 3), 3, (2, 2), (1, 1), (0, 0), (1, 1)),
                            ((1, 2, 5, 4), 2, (3, 2), (2, 1), (1, 1), (1, 2)),
                            ((1, 1, 4, 4), 1, (2, 2), (2, 2), (0, 0), (1, 1))):
    at = [(n + 2 * pad - dil * (kk - 1) - 1) // ss + 1
          for n, kk, ss, pad, dil in zip(s[2:], k, st, p, d)]
    case("local", lambda x, w, b: local(x, w, b, k, st, p, d),
         [values(s), values((out, s[1], *k, *at)), values((out, *at))], (len(k), *st, *p, *d))

MODES = (("nearest",) * 3, ("nearest-exact",) * 3, ("linear", "bilinear", "trilinear"))
for s, to in (((2, 2, 5), (8,)), ((1, 2, 7), (3,)), ((1, 1, 1), (4,)), ((1, 2, 4), (1,)),
              ((2, 2, 3, 4), (6, 8)), ((1, 2, 5, 7), (3, 4)), ((1, 2, 3, 5), (7, 2)),
              ((1, 1, 1, 3), (3, 1)), ((1, 2, 4, 3), (4, 5)), ((1, 1, 6, 9), (4, 4)),
              ((1, 2, 2, 3, 2), (4, 2, 3)), ((1, 1, 3, 4, 1), (2, 7, 2))):
    a = len(to)
    for mode, align in ((0, 0), (1, 0), (2, 0), (2, 1)):
        case("upsample",
             lambda x: F.interpolate(x, size=to, mode=MODES[mode][a - 1],
                                     align_corners=bool(align) if mode == 2 else None),
             [values(s)], (a, mode, align, 0, 1), to)
# No scale that keeps a size with nearest: PyTorch's gradient is not that of its value then.
for (s, scale), (mode, align), again in itertools.product(
        (((2, 2, 5), (1.5,)), ((1, 2, 7), (0.6,)), ((1, 1, 3), (2,)), ((1, 1, 4), (1.3,)),
         ((1, 2, 3, 4), (2, 2)), ((1, 2, 5, 7), (1.3, 0.75)), ((1, 1, 2, 5), (3.4, 0.35)),
         ((1, 1, 4, 3), (0.25, 2.5)), ((1, 2, 2, 3, 2), (1.5, 2.5, 0.5)),
         ((1, 1, 3, 2, 3), (1.4, 2.6, 1.9))),
        ((0, 0), (1, 0), (2, 0), (2, 1)), (0, 1)):
    a = len(scale)
    case("upsample",
         lambda x: F.interpolate(x, scale_factor=scale, mode=MODES[mode][a - 1],
                                 align_corners=bool(align) if mode == 2 else None,
                                 recompute_scale_factor=bool(again)),
         [values(s)], (a, mode, align, again, 0), scale)

for s, r in (((2, 8, 2, 3), 2), ((1, 9, 3, 1), 3), ((1, 3, 2, 2), 1)):
    case("pixel_shuffle", lambda x: F.pixel_shuffle(x, r), [values(s)], (r,))
for s, r in (((2, 2, 4, 6), 2), ((1, 1, 3, 9), 3), ((1, 3, 2, 2), 1)):
    case("pixel_unshuffle", lambda x: F.pixel_unshuffle(x, r), [values(s)], (r,))

done()
