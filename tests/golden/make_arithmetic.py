#!/usr/bin/env python3
"""python3 tests/golden/make_arithmetic.py > tests/golden/arithmetic.txt: arithmetic."""
import torch

from golden import case, done, values

for op, f in (("add", torch.add), ("sub", torch.sub), ("mul", torch.mul), ("div", torch.div)):
    low = 0.5 if op == "div" else -2.0
    case(op, f, [values((3, 4)), values((3, 4), low)])
    case(op, f, [values((2, 1, 3)), values((4, 1), low)])
    case(op, f, [values(()), values((5,), low)])
case("scale", lambda x: x * -1.75, [values((2, 3))], (), (-1.75,))
case("add_scalar", lambda x: x + 0.3, [values((2, 3))], (), (0.3,))
case("neg", torch.neg, [values((2, 3))])
case("exp", torch.exp, [values((4, 4), -6, 6)])
case("log", torch.log, [values((4, 4), 1 / 16, 8)])
case("sqrt", torch.sqrt, [values((4, 4), 1 / 16, 8)])

done()
