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


def kinks(*at):
    """The kinks, their neighbours, and far away."""
    x = [a + d for a in at for d in (-0.0625, 0, 0.0625)] + [-30, -8, 8, 30]
    return torch.tensor(x, dtype=torch.float64)


one = {
    "selu": (F.selu, [0]),
    "gelu": (F.gelu, [0, -5]),
    "gelu_tanh": (lambda x: F.gelu(x, approximate="tanh"), [0, -2]),
    "silu": (F.silu, [0]),
    "mish": (F.mish, [0]),
    "logsigmoid": (F.logsigmoid, [0]),
    "softsign": (F.softsign, [0]),
    "relu6": (F.relu6, [0, 6]),
    # The gradient of F.hardsigmoid has 1 / 6 in f32, also for f64.
    "hardsigmoid": (lambda x: F.relu6(x + 3) / 6, [-3, 3]),
    "hardswish": (F.hardswish, [-3, 3]),
}
for op, (f, at) in one.items():
    case(op, f, [values((4, 4), -6, 6)])
    case(op, f, [kinks(*at)])
for op, f, at, settings in (
    ("leaky_relu", F.leaky_relu, [0], ((0.01,), (0.25,), (-0.5,))),
    ("elu", F.elu, [0], ((1.0,), (0.5,))),
    ("celu", F.celu, [0], ((1.0,), (2.5,))),
    ("hardtanh", F.hardtanh, [-1, 0.5], ((-1.0, 1.0), (-1.0, 0.5))),
    ("softplus", F.softplus, [0, 1.5], ((1.0, 20.0), (2.0, 3.0))),
):
    for reals in settings:
        case(op, lambda x: f(x, *reals), [values((4, 4), -6, 6)], (), reals)
        case(op, lambda x: f(x, *reals), [kinks(*at)], (), reals)
for axis in (0, 1, -1):
    case("glu", lambda x: F.glu(x, axis), [values((2, 4, 6), -6, 6)], (axis,))
case("prelu", F.prelu, [values((3, 5)), values((1,))])
case("prelu", F.prelu, [values((2, 3, 2, 2)), values((3,))])
case("prelu", F.prelu, [kinks(0), values((1,))])

done()
