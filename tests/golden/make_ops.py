#!/usr/bin/env python3
"""Writes ops.txt: values and gradients of every operation of dl/ops.h, computed by PyTorch in f64.

    pip install torch numpy
    python3 tests/golden/make_ops.py > tests/golden/ops.txt

test_ops.c reads it; running the test needs no Python. Inputs are multiples of 1/16, exact in f32
too. A case:

    case OPERATION INTEGERS : REALS
    in g|f|i SHAPE : VALUES      a float whose gradient is wanted, a fixed float, labels
    out SHAPE : VALUES
    seed : VALUES                the weights of the outputs
    grad I : VALUES              the gradient of in[I]
"""
import random
import sys

import torch
import torch.nn.functional as F

random.seed(20240229)
torch.set_default_dtype(torch.float64)


def values(shape, low=-2.0, high=2.0, distinct=False):
    """Multiples of 1/16 in [low, high), none of them 0."""
    n = 1
    for d in shape:
        n *= d
    grid = [k / 16 for k in range(int(low * 16), int(high * 16)) if k != 0]
    v = random.sample(grid, n) if distinct else random.choices(grid, k=n)
    return torch.tensor(v).reshape(shape)


def number(v):
    v = float(v)
    return str(int(v)) if v.is_integer() and abs(v) < 1e15 else repr(v)


def row(t):
    return " ".join(number(v) for v in t.detach().reshape(-1).tolist())


def shape(t):
    return " ".join(str(d) for d in t.shape)


def case(op, f, inputs, ints=(), reals=()):
    """inputs: tensors; integer ones are labels, a tuple (t,) is held fixed."""
    print("case", op, *ints, ":", *map(number, reals))
    leaves = []
    for t in inputs:
        fixed = isinstance(t, tuple)
        t = t[0] if fixed else t
        kind = "i" if not t.is_floating_point() else "f" if fixed else "g"
        if kind == "g":
            t = t.clone().requires_grad_()
        leaves.append((kind, t))
        print("in", kind, shape(t), ":", row(t))
    y = f(*[t for _, t in leaves])
    print("out", shape(y), ":", row(y))
    if not y.requires_grad:
        return
    seed = values(y.shape, 0.25, 1.75)
    print("seed :", row(seed))
    y.backward(seed)
    for i, (kind, t) in enumerate(leaves):
        if kind == "g":
            print("grad", i, ":", row(t.grad))


def arithmetic():
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


def matrices():
    for a, b in (((3, 4), (4, 5)), ((2, 3, 4), (4, 2)), ((2, 1, 2, 3), (3, 3, 2)), ((4,), (4, 3)),
                 ((3, 4), (4,)), ((2, 3, 4), (4,)), ((5,), (5,)), ((1, 17), (17, 1)),
                 ((2, 0), (0, 3))):
        case("matmul", torch.matmul, [values(a), values(b)])
    for x in ((3, 4), (4,), (2, 3, 4)):
        case("linear", F.linear, [values(x), values((5, 4)), values((5,))])
        case("linear", F.linear, [values(x), values((5, 4))])


def reductions():
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


def shapes():
    x = (2, 3, 4)
    for s in ((6, 4), (-1,), (4, 3, 2), (2, -1, 2)):
        case("reshape", lambda t: t.reshape(s), [values(x)], s)
    for o in ((2, 0, 1), (1, 0, 2), (-1, 0, 1)):
        case("permute", lambda t: t.permute(o), [values(x)], o)
    case("transpose", lambda t: t.transpose(0, -1), [values(x)], (0, -1))
    for axis, start, stop, step in ((0, 1, 2, 1), (2, 0, 4, 2), (-1, -3, -1, 1), (1, 5, 9, 1),
                                    (2, 1, 100, 3)):
        def cut(t):
            index = [slice(None)] * 3
            index[axis] = slice(start, stop, step)
            return t[tuple(index)]
        case("slice", cut, [values(x)], (axis, start, stop, step))
    case("slice", lambda t: t.flip(2)[:, :, ::2], [values(x)], (2, 3, -2**63, -2))
    case("select", lambda t: t.select(1, 2), [values(x)], (1, 2))
    case("select", lambda t: t.select(-1, -1), [values(x)], (-1, -1))
    case("expand", lambda t: t.expand(2, 3, 4), [values((3, 1))], (2, 3, 4))
    case("expand", lambda t: t.expand(2, -1, 3), [values((4, 1))], (2, -1, 3))
    case("squeeze", lambda t: t.squeeze(1), [values((2, 1, 3))], (1,))
    case("unsqueeze", lambda t: t.unsqueeze(1), [values((2, 3))], (1,))
    case("flatten", lambda t: t.flatten(1, 2), [values((2, 3, 4, 2))], (1, 2))
    case("contiguous", lambda t: t.contiguous(), [values(x)])
    case("copy", lambda t: t.clone(), [values(x)])
    case("cast", lambda t: t.to(torch.int64), [(values(x),)], (3,))
    case("cast", lambda t: t.to(torch.bool), [(values(x),)], (5,))


def activations():
    for op in ("relu", "sigmoid", "tanh"):
        case(op, getattr(torch, op), [values((4, 4), -6, 6)])
    for op, f in (("softmax", F.softmax), ("log_softmax", F.log_softmax)):
        for axis in (0, 1, -1):
            case(op, lambda x: f(x, axis), [values((3, 4, 2), -6, 6)], (axis,))
        case(op, lambda x: f(x, 1), [values((2, 37), -6, 6)], (1,))
    case("dropout", lambda x: F.dropout(x, 0.0), [values((2, 3))], (), (0.0,))
    case("dropout", lambda x: F.dropout(x, 1.0), [values((2, 3))], (), (1.0,))


REDUCTIONS = ("mean", "sum", "none")


def losses():
    for r, reduction in enumerate(REDUCTIONS):
        case("mse", lambda a, b: F.mse_loss(a, b, reduction=reduction),
             [values((3, 4)), values((3, 4))], (r,))
    for r, reduction in enumerate(REDUCTIONS):
        for smoothing in (0.0, 0.2):
            for weighted in (0, 1):
                w = [(values((4,), 0.25, 2),)] if weighted else []

                def loss(x, t, w=None, ignore=-100):
                    return F.cross_entropy(x, t, w, reduction=reduction, ignore_index=ignore,
                                           label_smoothing=smoothing)
                for s in ((3, 4), (2, 4, 3), (1, 4, 2, 2)):
                    t = torch.randint(0, 4, s[:1] + s[2:],
                                      generator=torch.Generator().manual_seed(len(s)))
                    case("cross_entropy", loss, [values(s, -6, 6), t, *w], (r, 0, 0), (smoothing,))
                    case("cross_entropy", lambda x, t, w=None: loss(x, t, w, 1),
                         [values(s, -6, 6), t, *w], (r, 1, 1), (smoothing,))
                    p = values(s, 1 / 16, 1)
                    case("cross_entropy", loss, [values(s, -6, 6), p, *w], (r, 0, 0), (smoothing,))
    case("cross_entropy", lambda x, t: F.cross_entropy(x, t, ignore_index=2),
         [values((3, 4)), torch.tensor([2, 2, 2])], (0, 1, 2), (0.0,))
    case("cross_entropy", F.cross_entropy, [values((4,)), torch.tensor(3)], (0, 0, 0), (0.0,))


for part in (arithmetic, matrices, reductions, shapes, activations, losses):
    part()
print("written with PyTorch", torch.__version__, file=sys.stderr)
