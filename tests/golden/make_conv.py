#!/usr/bin/env python3
"""python3 tests/golden/make_conv.py > tests/golden/conv.txt: convolutions by PyTorch in f64.

A line for each case, all numbers integers:

    case AXES TRANSPOSED N C O GROUPS BIAS MODE SAME  SIZE.. KERNEL.. STRIDE.. PADDING.. DILATION.. OUTPUT_PADDING..

Inputs are not stored: element i of x, w, b and of the weights of the output is value(i, 1), value(i,
2), value(i, 3) and value(i, 4) below. Of the results y, dx, dw, db (without a bias: none) three numbers
are, the sums over i of t[i] * value(i, 5 + j), and for small cases all elements:

    sums : NUMBERS
    y SHAPE : NUMBERS
    dx : NUMBERS
    dw : NUMBERS

Needs PyTorch: pip install torch numpy.
"""
import random
import sys

import torch
import torch.nn.functional as F

random.seed(20240301)
torch.set_default_dtype(torch.float64)

MODES = {0: "constant", 2: "reflect", 3: "replicate", 4: "circular"}


def value(i, seed):
    """A multiple of 1/16 in [-1, 1]."""
    return ((i * 7919 + seed * 10007 + i * i % 31 * seed) % 1009 % 33 - 16) / 16


def made(shape, seed):
    n = torch.Size(shape).numel()
    return torch.tensor([value(i, seed) for i in range(n)]).reshape(shape)


def number(v):
    v = float(v)
    return str(int(v)) if v.is_integer() and abs(v) < 1e15 else repr(v)


def row(t):
    return " ".join(number(v) for v in t.detach().reshape(-1).tolist())


def sums(t):
    flat = t.detach().reshape(-1).tolist()
    return [sum(v * value(i, 5 + j) for i, v in enumerate(flat)) for j in range(3)]


def padded(x, axes, size, kernel, stride, padding, dilation, mode, same):
    """x with its padding, last axis first as F.pad wants it."""
    pads = []
    for k in reversed(range(axes)):
        before = after = padding[k]
        if same:
            places = -(-size[k] // stride[k])
            need = max(0, (places - 1) * stride[k] + dilation[k] * (kernel[k] - 1) + 1 - size[k])
            before, after = need // 2, need - need // 2
        pads += [before, after]
    return F.pad(x, pads, mode=MODES[mode]) if any(pads) else x


def case(axes, transposed, n, c, o, groups, bias, mode, same, size, kernel, stride, padding,
         dilation, extra, full=False):
    x = made([n, c, *size], 1).requires_grad_()
    first, second = (c, o // groups) if transposed else (o, c // groups)
    w = made([first, second, *kernel], 2).requires_grad_()
    b = made([o], 3).requires_grad_() if bias else None
    if transposed:
        f = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[axes - 1]
        y = f(x, w, b, stride, padding, extra, groups, dilation)
    else:
        f = (F.conv1d, F.conv2d, F.conv3d)[axes - 1]
        y = f(padded(x, axes, size, kernel, stride, padding, dilation, mode, same), w, b, stride, 0,
              dilation, groups)
    y.backward(made(y.shape, 4))
    print("case", axes, int(transposed), n, c, o, groups, int(bias), mode, int(same), *size, *kernel,
          *stride, *padding, *dilation, *extra)
    results = [y, x.grad, w.grad] + ([b.grad] if bias else [])
    print("sums", ":", *(number(v) for t in results for v in sums(t)))
    if full:
        print("y", *y.shape, ":", row(y))
        print("dx", ":", row(x.grad))
        print("dw", ":", row(w.grad))


def drawn(axes, transposed):
    """Arguments of a case that there is, or None."""
    def per_axis(choices):
        return [random.choice(choices) for _ in range(axes)]

    small = axes == 3
    groups = random.choice([1, 1, 1, 2, 3])
    c = groups * random.choice([1, 2, 3] if groups > 1 else [1, 2, 3, 5, 8])
    o = groups * random.choice([1, 2, 3] if groups > 1 else [1, 2, 4, 7])
    size = per_axis([3, 4, 5] if small else [4, 5, 7, 8, 11])
    kernel = per_axis([1, 2, 3] if small else [1, 2, 3, 4, 5])
    stride = per_axis([1, 1, 2, 3])
    dilation = per_axis([1, 1, 2, 3])
    padding = per_axis([0, 1, 2])
    mode = 0 if transposed else random.choice([0, 0, 0, 2, 3, 4])
    same = not transposed and random.random() < 0.15
    extra = [0] * axes
    if same:
        padding = [0] * axes
    for k in range(axes):
        reach = dilation[k] * (kernel[k] - 1) + 1
        if transposed:
            if random.random() < 0.5:
                extra[k] = random.randrange(max(stride[k], dilation[k]))
            if (size[k] - 1) * stride[k] - 2 * padding[k] + reach + extra[k] < 1:
                return None
        elif not same and size[k] + 2 * padding[k] < reach:
            return None
        elif mode and same and (reach + stride[k]) // 2 >= size[k]:
            return None
    return (axes, transposed, random.choice([1, 2, 3]), c, o, groups, random.random() < 0.5, mode,
            same, size, kernel, stride, padding, dilation, extra)


for axes in (1, 2, 3):
    for transposed in (False, True):
        left = {1: 60, 2: 110, 3: 50}[axes]
        while left > 0:
            arguments = drawn(axes, transposed)
            if arguments:
                case(*arguments)
                left -= 1
one = [1, 1]
case(2, False, 1, 2, 2, 1, True, 0, False, [4, 5], [3, 2], [1, 2], [1, 1], one, [0, 0], full=True)
case(2, False, 1, 4, 2, 2, False, 2, False, [4, 4], [2, 3], one, [1, 2], [2, 1], [0, 0], full=True)
case(2, True, 1, 2, 3, 1, True, 0, False, [3, 2], [3, 2], [2, 1], [1, 0], one, [1, 0], full=True)
case(1, False, 2, 2, 2, 2, True, 4, True, [7], [4], [2], [0], [1], [0], full=True)
case(3, True, 1, 2, 2, 2, True, 0, False, [2, 2, 2], [2, 3, 2], [2, 1, 1], [0, 1, 0], [1, 1, 2],
     [1, 0, 1], full=True)
case(2, False, 2, 16, 16, 16, True, 0, False, [8, 7], [3, 3], one, one, one, [0, 0])
case(2, False, 2, 40, 40, 40, False, 0, False, [8, 7], [3, 3], [2, 2], one, one, [0, 0])
case(2, False, 4, 16, 32, 1, False, 0, False, [16, 16], [3, 3], [2, 2], one, one, [0, 0])
print("written with PyTorch", torch.__version__, file=sys.stderr)
