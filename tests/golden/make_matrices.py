#!/usr/bin/env python3
"""python3 tests/golden/make_matrices.py > tests/golden/matrices.txt: products of matrices."""
import torch
import torch.nn.functional as F

from golden import case, done, values

for a, b in (((3, 4), (4, 5)), ((2, 3, 4), (4, 2)), ((2, 1, 2, 3), (3, 3, 2)), ((4,), (4, 3)),
             ((3, 4), (4,)), ((2, 3, 4), (4,)), ((5,), (5,)), ((1, 17), (17, 1)),
             ((2, 0), (0, 3))):
    case("matmul", torch.matmul, [values(a), values(b)])
for x in ((3, 4), (4,), (2, 3, 4)):
    case("linear", F.linear, [values(x), values((5, 4)), values((5,))])
    case("linear", F.linear, [values(x), values((5, 4))])

done()
