#!/usr/bin/env python3
"""python3 tests/golden/make_shapes.py > tests/golden/shapes.txt: operations on shapes."""
import torch

from golden import case, done, values

x = (2, 3, 4)
for s in ((6, 4), (-1,), (4, 3, 2), (2, -1, 2)):
    case("reshape", lambda t: t.reshape(s), [values(x)], s)
for o in ((2, 0, 1), (1, 0, 2), (-1, 0, 1)):
    case("permute", lambda t: t.permute(o), [values(x)], o)
case("transpose", lambda t: t.transpose(0, -1), [values(x)], (0, -1))
for axis, start, stop, step in ((0, 1, 2, 1), (2, 0, 4, 2), (-1, -3, -1, 1), (1, 5, 9, 1),
                                (2, 1, 100, 3)):
    def cut(t):
        index = [slice(None)] * 3
        index[axis] = slice(start, stop, step)
        return t[tuple(index)]
    case("slice", cut, [values(x)], (axis, start, stop, step))
case("slice", lambda t: t.flip(2)[:, :, ::2], [values(x)], (2, 3, -2**63, -2))
case("select", lambda t: t.select(1, 2), [values(x)], (1, 2))
case("select", lambda t: t.select(-1, -1), [values(x)], (-1, -1))
case("expand", lambda t: t.expand(2, 3, 4), [values((3, 1))], (2, 3, 4))
case("expand", lambda t: t.expand(2, -1, 3), [values((4, 1))], (2, -1, 3))
case("squeeze", lambda t: t.squeeze(1), [values((2, 1, 3))], (1,))
case("unsqueeze", lambda t: t.unsqueeze(1), [values((2, 3))], (1,))
case("flatten", lambda t: t.flatten(1, 2), [values((2, 3, 4, 2))], (1, 2))
case("contiguous", lambda t: t.contiguous(), [values(x)])
case("copy", lambda t: t.clone(), [values(x)])
case("cast", lambda t: t.to(torch.int64), [(values(x),)], (3,))
case("cast", lambda t: t.to(torch.bool), [(values(x),)], (5,))

done()
