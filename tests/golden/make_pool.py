#!/usr/bin/env python3
"""python3 tests/golden/make_pool.py > tests/golden/pool.txt: pooling. Integers of a case with
windows: axes; kernel, stride, padding, dilation along each; ceil mode, exclude padding, divisor."""
import itertools

import torch
import torch.nn.functional as F

from golden import case, done, labels, values

MAX = [F.max_pool1d, F.max_pool2d, F.max_pool3d]
AVG = [F.avg_pool1d, F.avg_pool2d, F.avg_pool3d]
LP = [F.lp_pool1d, F.lp_pool2d, F.lp_pool3d]
ADAPTIVE_MAX = [F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d]
ADAPTIVE_AVG = [F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d]
UNPOOL = [F.max_unpool1d, F.max_unpool2d, F.max_unpool3d]


def window(kernel, stride, padding, dilation, ceil=0, exclude=0, divisor=0):
    return (len(kernel), *kernel, *stride, *padding, *dilation, ceil, exclude, divisor)


# Shape, kernel, stride, padding, dilation.
SHAPES = (
    ((1, 2, 7), (2,), (2,), (0,), (1,)),
    ((2, 1, 8), (3,), (2,), (1,), (1,)),
    ((1, 1, 11), (3,), (3,), (0,), (2,)),
    ((1, 1, 9), (2,), (4,), (1,), (3,)),
    ((1, 1, 5), (4,), (1,), (2,), (1,)),
    ((2, 2, 4, 4), (2, 2), (2, 2), (0, 0), (1, 1)),
    ((1, 2, 5, 6), (3, 3), (2, 2), (1, 1), (1, 1)),
    ((1, 9, 3, 5), (3, 2), (1, 2), (0, 1), (1, 1)),
    ((1, 2, 6, 5), (2, 3), (3, 1), (1, 0), (2, 1)),
    ((1, 1, 7, 7), (3, 3), (2, 3), (1, 1), (1, 2)),
    ((1, 1, 3, 4, 5), (2, 2, 2), (2, 2, 2), (0, 0, 0), (1, 1, 1)),
    ((1, 2, 2, 5, 4), (1, 3, 2), (1, 2, 1), (0, 1, 1), (1, 1, 1)),
    ((1, 1, 4, 5, 4), (2, 3, 2), (2, 1, 2), (1, 1, 0), (2, 1, 1)),
)


def distinct(s):
    """Planes without equal values, as the gradient of a maximum wants."""
    n = torch.Size(s[2:]).numel()
    planes = [values((n,), -6, 6, distinct=True) for _ in range(s[0] * s[1])]
    return torch.stack(planes).reshape(s)


for (s, k, st, p, d), ceil in itertools.product(SHAPES, (0, 1)):
    a = len(k) - 1
    ints = window(k, st, p, d, ceil)
    case("maxpool", lambda x: MAX[a](x, k, st, p, d, bool(ceil)), [distinct(s)], ints)
    ties = values(s, -0.25, 0.25)
    case("maxpool_index", lambda x: MAX[a](x, k, st, p, d, bool(ceil), True)[1].double(),
         [(ties,)], ints)
    if max(d) > 1:
        continue
    for exclude, divisor in ((0, 0), (1, 0), (0, 3)) if a > 0 else ((0, 0), (1, 0)):
        options = (not exclude,) if a == 0 else (not exclude, divisor or None)
        case("avgpool", lambda x: AVG[a](x, k, st, p, bool(ceil), *options), [values(s)],
             window(k, st, p, d, ceil, exclude, divisor))
    if max(p) == 0:
        for norm in (1, 2, 3, 2.5):
            # Of sums that are 0 PyTorch has no gradient, also for p = 1, where they have one.
            x = values(s) if norm == 2 else values(s, 0.25, 2)
            size = (k, st) if a > 0 else (k[0], st[0])
            case("lppool", lambda x: LP[a](x, float(norm), *size, bool(ceil)), [x],
                 window(k, st, p, d, ceil), (norm,))

# Without real roots.
case("lppool", lambda x: F.lp_pool1d(x, 3.0, 2), [(values((1, 1, 12)),)],
     window((2,), (2,), (0,), (1,)), (3,))

# NaN: the last one wins.
x = values((1, 2, 6, 6))
for i in (0, 3, 8, 9, 20, 26, 40, 41, 46, 47, 60):
    x.reshape(-1)[i] = float("nan")
x[0, 1, 4:, :2] = -float("inf")
ints = window((2, 2), (2, 2), (0, 0), (1, 1))
case("maxpool", lambda x: F.max_pool2d(x, 2), [(x,)], ints)
case("maxpool_index", lambda x: F.max_pool2d(x, 2, return_indices=True)[1].double(), [(x,)], ints)
ints = window((3, 3), (2, 2), (1, 1), (1, 1))
case("maxpool", lambda x: F.max_pool2d(x, 3, 2, 1), [(x,)], ints)
case("maxpool_index", lambda x: F.max_pool2d(x, 3, 2, 1, return_indices=True)[1].double(), [(x,)],
     ints)
case("adaptive_maxpool_index",
     lambda x: F.adaptive_max_pool2d(x, (4, 3), return_indices=True)[1].double(), [(x,)], (2, 4, 3))

for s, to in (((1, 2, 7), (3,)), ((2, 1, 3), (5,)), ((1, 2, 5, 7), (2, 3)), ((1, 2, 4, 3), (4, 1)),
              ((1, 2, 3, 3), (5, 4)), ((1, 1, 3, 4, 5), (2, 3, 2)), ((1, 2, 2, 3, 3), (1, 1, 1))):
    a = len(to) - 1
    ints = (len(to), *to)
    case("adaptive_avgpool", lambda x: ADAPTIVE_AVG[a](x, to), [values(s)], ints)
    case("adaptive_maxpool", lambda x: ADAPTIVE_MAX[a](x, to), [distinct(s)], ints)
    case("adaptive_maxpool_index",
         lambda x: ADAPTIVE_MAX[a](x, to, return_indices=True)[1].double(),
         [(values(s, -0.25, 0.25),)], ints)

for s in ((2, 3, 5), (2, 2, 3, 4), (1, 2, 2, 3, 2)):
    axes = tuple(range(2, len(s)))
    case("global_avgpool", lambda x: x.mean(axes, keepdim=True), [values(s)])
    case("global_maxpool", lambda x: x.amax(axes, keepdim=True), [distinct(s)])

for s, k, to in (((1, 2, 6), 2, (7,)), ((2, 1, 4, 6), 2, (5, 6)), ((1, 2, 4, 2, 4), 2, (4, 3, 4))):
    a = len(to) - 1
    y, index = MAX[a](distinct(s), k, return_indices=True)
    # Where sizes differ from those of the input, the numbers name other places, once each.
    case("max_unpool", lambda x, i: UNPOOL[a](x, i, k, output_size=to), [y, index],
         (len(to), *to))

done()
