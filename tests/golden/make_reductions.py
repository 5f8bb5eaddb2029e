#!/usr/bin/env python3
"""python3 tests/golden/make_reductions.py > tests/golden/reductions.txt: reductions."""
import torch

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

for axes in every:
    for keep in (0, 1):
        ints = (keep, *axes)
        dims = axes or (0, 1, 2)
        k = bool(keep)
        case("logsumexp", lambda x: x.logsumexp(dims, k), [values((2, 3, 4))], ints)
        for correction in (0, 1):
            case("var", lambda x: x.var(dims, correction=correction, keepdim=k),
                 [values((2, 3, 4))], (keep, correction, *axes))
            case("std", lambda x: x.std(dims, correction=correction, keepdim=k),
                 [values((2, 3, 4))], (keep, correction, *axes))
    for p in (0, 1, 2, 3, 0.5, 1.5, -1, -2.5):
        case("norm", lambda x: torch.linalg.vector_norm(x, p, dims),
             [values((2, 3, 4)) if p else (values((2, 3, 4)),)], (0, *axes), (p,))
    for p in (float("inf"), float("-inf")):
        case("norm", lambda x: torch.linalg.vector_norm(x, p, dims),
             [values((2, 3, 4), 0, 2, distinct=True)], (0, *axes), (p,))
for axis in (0, 1, -1):
    for zeros in (0, 1, 2):
        x = values((3, 4, 3))
        for z in range(zeros):
            x.view(-1)[[5, 17][z]] = 0
            x.view(-1)[[8, 29][z]] = 0
        case("prod", lambda x: x.prod(axis), [x], (0, axis))
case("prod", lambda x: x.prod(), [values((2, 3))], (0,))
case("var", lambda x: x.var(0), [(values((1, 3)),)], (0, 1, 0))
case("var", lambda x: x.var(0, correction=5), [(values((3, 2), distinct=True),)], (0, 5, 0))

done()
