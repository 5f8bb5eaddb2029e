#!/usr/bin/env python3
"""python3 tests/golden/make_reductions.py > tests/golden/reductions.txt: reductions."""
from golden import case, done, values

every = ((), (0,), (1,), (-1,), (0, 2), (2, 0, 1))
for axes in every:
    for keep in (0, 1):
        ints = (keep, *axes)
        dims = axes or (0, 1, 2)
        case("sum", lambda x: x.sum(dims, bool(keep)), [values((2, 3, 4))], ints)
        case("mean", lambda x: x.mean(dims, bool(keep)), [values((2, 3, 4))], ints)
        case("max", lambda x: x.amax(dims, bool(keep)),
             [values((2, 3, 4), distinct=True)], ints)
for axis in (0, 1, -1):
    case("argmax", lambda x: x.argmax(axis), [(values((2, 3, 4), distinct=True),)], (axis, 0))
    case("argmax", lambda x: x.argmax(axis, True), [(values((2, 3, 4), distinct=True),)],
         (axis, 1))

done()
