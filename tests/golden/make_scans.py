#!/usr/bin/env python3
"""python3 tests/golden/make_scans.py > tests/golden/scans.txt: running sums, sorting, top-k."""
from golden import case, done, values

for axis in (0, 1, -1):
    case("cumsum", lambda x: x.cumsum(axis), [values((2, 3, 4))], (axis,))
    for descending in (0, 1):
        d = bool(descending)
        case("sort", lambda x: x.sort(dim=axis, descending=d, stable=True)[0], [values((3, 4, 5))],
             (axis, descending))
        case("sort_index", lambda x: x.sort(dim=axis, descending=d, stable=True)[1],
             [(values((3, 4, 5)),)], (axis, descending))
        for k in (1, 3):
            case("topk", lambda x: x.topk(k, axis, not d)[0], [values((3, 4, 5), distinct=True)],
                 (k, axis, descending))
            case("topk_index", lambda x: x.topk(k, axis, not d)[1],
                 [(values((3, 4, 5), distinct=True),)], (k, axis, descending))

done()
