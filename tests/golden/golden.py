"""What the make_*.py share: they write values and gradients of operations, computed by PyTorch in
f64, which tests/support/golden.c reads. Inputs are multiples of 1/16, exact in f32 too. A case:

    case OPERATION INTEGERS : REALS
    in g|f|i SHAPE : VALUES      a float whose gradient is wanted, a fixed float, integers
    out SHAPE : VALUES
    seed : VALUES                the weights of the outputs
    grad I : VALUES              the gradient of in[I]

Needs PyTorch and NumPy: pip install torch numpy. Each script writes to its standard output.
"""
import random
import sys

import torch

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


def labels(shape, n):
    """Integers 0 .. n - 1."""
    return torch.tensor(random.choices(range(n), k=torch.Size(shape).numel())).reshape(shape)


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


def done():
    print("written with PyTorch", torch.__version__, file=sys.stderr)
