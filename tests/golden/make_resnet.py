#!/usr/bin/env python3
"""Residual nets of torchvision: names and shapes of their states, and what a small one computes in
f64 when every element of its state is a formula of its place. Writes resnet.txt, for test_resnet.c:

    state NET                    then a line for each entry of its state_dict
    tensor NAME SHAPE
    numbers NAME : VALUES

Needs torchvision: pip install torchvision.
"""
import math
import sys

import numpy as np
import torch
import torchvision

torch.set_default_dtype(torch.float64)
MASK = np.uint64(0xFFFFFFFF)


def formula(k, n):
    """n numbers in [0, 1) for entry k of a state: a hash of k and the place."""
    x = (np.arange(n, dtype=np.uint64) * np.uint64(2654435761) + np.uint64(k * 97)) & MASK
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x ^= x >> np.uint64(shift)
        x = (x * np.uint64(factor)) & MASK
    x ^= x >> np.uint64(16)
    return torch.from_numpy(x.astype(np.float64) / 2.0**32)


def fill(net):
    for k, (name, t) in enumerate(net.state_dict().items()):
        u = formula(k, t.numel()).reshape(t.shape)
        if name.endswith("num_batches_tracked"):
            t.fill_(7)
        elif t.dim() > 1:  # weights: variance 2 / fan_in
            t.copy_((u - 0.5) * math.sqrt(24 / (t.numel() // t.shape[0])))
        elif name.endswith("running_var") or "bn" in name and name.endswith("weight"):
            t.copy_(u + 0.5)
        else:
            t.copy_(u - 0.5)


def numbers(name, t):
    print("numbers", name, ":", *(repr(v) for v in t.detach().reshape(-1).tolist()))


def some(t):
    """Every 97th element."""
    return t.reshape(-1)[::97]


def run(title, net):
    fill(net)
    x = (formula(1000, 2 * 3 * 64 * 64) * 2 - 1).reshape(2, 3, 64, 64)
    seed = formula(1001, 2 * 10).reshape(2, 10)
    net.eval()
    numbers(title + ".eval", net(x))
    net.train()
    y = net(x)
    numbers(title + ".train", y)
    (y * seed).sum().backward()
    numbers(title + ".first", some(net.conv1.weight.grad))
    numbers(title + ".last", some(net.fc.weight.grad))
    numbers(title + ".norm", net.bn1.weight.grad)
    numbers(title + ".mean", net.layer4[0].bn1.running_mean[:40])
    numbers(title + ".var", net.layer4[0].bn1.running_var[:40])


for name in ("resnet18", "resnet50"):
    print("state", name)
    for key, t in getattr(torchvision.models, name)().state_dict().items():
        print("tensor", key, *t.shape)
resnet = torchvision.models.resnet
run("basic", resnet.ResNet(resnet.BasicBlock, [1, 1, 1, 1], num_classes=10))
run("bottleneck", resnet.ResNet(resnet.Bottleneck, [1, 1, 1, 1], num_classes=10))
print("written with torchvision", torchvision.__version__, file=sys.stderr)
