#!/usr/bin/env python3
"""python3 tests/golden/make_mathematics.py > tests/golden/mathematics.txt: functions of one number."""
import torch

from golden import case, done, values


def points(*x):
    return torch.tensor(x, dtype=torch.float64)


for op in ("sin", "cos", "erf", "expm1"):
    case(op, getattr(torch, op), [values((4, 4), -6, 6)])
    case(op, getattr(torch, op), [points(0, 2**-40, -20, 20)])
for op in ("abs", "sign", "floor", "ceil", "round"):
    case(op, getattr(torch, op), [values((4, 4), -6, 6)])
    case(op, getattr(torch, op), [points(0, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3)])
for op in ("log1p", "rsqrt", "reciprocal"):
    case(op, getattr(torch, op), [values((4, 4), 0.25, 6)])
case("log1p", torch.log1p, [points(-0.9375, 2**-40, 0, 4096)])
case("rsqrt", torch.rsqrt, [points(0, 2**-40, 4096)])
case("reciprocal", torch.reciprocal, [points(0, 2**-40, -4096)])
for p in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, -0.5, -1.0, -2.0):
    case("pow_scalar", lambda x: x.pow(p), [values((3, 3), 0.25, 4)], (), (p,))
    case("pow_scalar", lambda x: x.pow(p), [points(0, 1)], (), (p,))
for p in (0.0, 1.0, 2.0, 3.0, 4.0, -1.0, -2.0, -3.0, 0.5):
    case("pow_scalar", lambda x: x.pow(p), [points(-2, -0.5)], (), (p,))

done()
