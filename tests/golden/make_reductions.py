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

for axes in every:
    for keep in (0, 1):
        ints = (keep, *axes)
        dims = axes or (0, 1, 2)
        case("min", lambda x: x.amin(dims, bool(keep)),
             [values((2, 3, 4), distinct=True)], ints)
for axis in (0, 1, -1):
    for keep in (0, 1):
        k = bool(keep)
        case("argmin", lambda x: x.argmin(axis, k), [(values((2, 3, 4)),)], (axis, keep))
        case("max_along", lambda x: x.max(axis, k)[0], [values((2, 3, 4))], (axis, keep))
        case("min_along", lambda x: x.min(axis, k)[0], [values((2, 3, 4))], (axis, keep))
for axes in every:
    for low in (0, 1):
        b = (values((2, 3, 4)) > (-1.5 if low else 1.5)).long()
        dims = axes or (0, 1, 2)
        case("all", lambda x: x.bool().all(dims).long(), [b], (0, *axes))
        case("any", lambda x: x.bool().any(dims).long(), [b], (0, *axes))

done()
