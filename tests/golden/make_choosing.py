#!/usr/bin/env python3
"""python3 tests/golden/make_choosing.py > tests/golden/choosing.txt: powers, choices, comparisons."""
import torch

from golden import case, done, labels, values

case("pow", torch.pow, [values((3, 4), 1 / 16, 3), values((3, 4))])
case("pow", torch.pow, [values((2, 1, 3), 1 / 16, 3), values((4, 1))])
case("pow", torch.pow, [values((4,)), (torch.tensor([2.0, 3.0, -1.0, 0.0]),)])
case("pow", torch.pow, [torch.zeros(5), torch.tensor([0.0, 1.0, 2.0, 3.0, 0.5])])
for op, f in (("minimum", torch.minimum), ("maximum", torch.maximum)):
    case(op, f, [values((3, 4)), values((3, 4))])
    case(op, f, [values((2, 1, 3)), values((4, 1))])
    case(op, f, [torch.tensor([1.0, 2.0, -1.0]), torch.tensor([1.0, -2.0, -1.0])])
# Not at the bounds: there releases of PyTorch differ, and ours is the older rule.
for low, high in ((-0.95, 0.55), (float("-inf"), 1.05), (-0.45, float("inf"))):
    case("clamp", lambda x: x.clamp(low, high), [values((4, 4))], (), (low, high))
for c, a, b in (((3, 4), (3, 4), (3, 4)), ((3, 1), (4,), ()), ((4,), (2, 1, 1), (3, 1))):
    case("where", lambda c, a, b: torch.where(c.bool(), a, b), [labels(c, 2), values(a), values(b)])
case("masked_fill", lambda x, m: x.masked_fill(m.bool(), -1.5), [values((3, 4)), labels((4,), 2)],
     (), (-1.5,))
case("masked_fill", lambda x, m: x.masked_fill(m.bool(), 0.75),
     [values((2, 3, 2)), labels((3, 1), 2)], (), (0.75,))
for op in ("eq", "ne", "lt", "le", "gt", "ge"):
    case(op, getattr(torch, op), [labels((4, 5), 3), labels((5,), 3)])
    case(op, getattr(torch, op), [(values((3, 4), -1, 1),), (values((3, 4), -1, 1),)])
for op in ("and", "or"):
    f = getattr(torch, "logical_" + op)
    case("logical_" + op, lambda a, b: f(a.bool(), b.bool()), [labels((3, 4), 2), labels((4,), 2)])
case("logical_not", lambda a: torch.logical_not(a.bool()), [labels((3, 4), 2)])
case("isfinite", torch.isfinite, [(torch.tensor([1.0, float("inf"), float("nan"), -2.0]),)])

done()
