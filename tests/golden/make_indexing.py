#!/usr/bin/env python3
"""python3 tests/golden/make_indexing.py > tests/golden/indexing.txt: joining, cutting, indexing."""
import torch
import torch.nn.functional as F

from golden import case, done, labels, values

for axis, sizes in ((0, (1, 3, 2)), (1, (2, 2)), (-1, (1, 0, 4))):
    def piece(n):
        s = [2, 3, 2]
        s[axis] = n
        return values(s)
    case("concat", lambda *t: torch.cat(t, axis), [piece(n) for n in sizes], (axis,))
for axis in (0, 1, -1):
    case("stack", lambda *t: torch.stack(t, axis), [values((2, 3)) for _ in range(3)], (axis,))
case("split", lambda t: t.split((1, 3, 2), 1)[1], [values((2, 6))], (1, 1, 1, 3, 2))
case("split", lambda t: t.split((2, 0, 1), 0)[2], [values((3, 2))], (0, 2, 2, 0, 1))
for axes in ((0,), (1, -1), (0, 1, 2)):
    case("flip", lambda t: t.flip(axes), [values((2, 3, 4))], axes)
for axis, s in ((0, (5, 3, 2)), (1, (2, 4, 2)), (-1, (1, 3, 6))):
    n = (2, 3, 2)[axis]
    case("gather", lambda t, i: t.gather(axis, i), [values((2, 3, 2)), labels(s, n)], (axis,))
    case("scatter_add", lambda t, i, v: t.scatter_add(axis, i, v),
         [values((2, 3, 2)), labels(s, n), values(s)], (axis,))
for axis in (0, 1, -1):
    case("index_select", lambda t, i: t.index_select(axis, i),
         [values((4, 3, 2)), labels((7,), (4, 3, 2)[axis])], (axis,))
case("one_hot", lambda t: F.one_hot(t, 5), [labels((2, 4), 5)], (5,))
modes = ("constant", "constant", "reflect", "replicate", "circular")
for mode, p in ((0, (1, 2, 0, 1)), (1, (2, 0, 1, 1)), (1, (-1, 2, 1, -2)), (2, (2, 1, 3, 2)),
                (3, (1, 3, 2, 4)), (4, (2, 3, 1, 4))):
    value = 0.75 if mode == 1 else 0.0
    turned = p[2:] + p[:2]  # PyTorch begins with the last axis

    def pad(t):
        if mode < 2:
            return F.pad(t, turned, value=value)
        return F.pad(t[None, None], turned, mode=modes[mode])[0, 0]
    case("pad", pad, [values((3, 4))], (mode, *p), (value,))

done()
