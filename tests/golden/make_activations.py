#!/usr/bin/env python3
"""python3 tests/golden/make_activations.py > tests/golden/activations.txt: activations."""
import torch
import torch.nn.functional as F

from golden import case, done, values

for op in ("relu", "sigmoid", "tanh"):
    case(op, getattr(torch, op), [values((4, 4), -6, 6)])
for op, f in (("softmax", F.softmax), ("log_softmax", F.log_softmax)):
    for axis in (0, 1, -1):
        case(op, lambda x: f(x, axis), [values((3, 4, 2), -6, 6)], (axis,))
    case(op, lambda x: f(x, 1), [values((2, 37), -6, 6)], (1,))
case("dropout", lambda x: F.dropout(x, 0.0), [values((2, 3))], (), (0.0,))
case("dropout", lambda x: F.dropout(x, 1.0), [values((2, 3))], (), (1.0,))

done()
