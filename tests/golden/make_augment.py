#!/usr/bin/env python3
"""Writes augment_cases.h: pictures changed by torchvision's functions with known settings, in f32.
Rotation is computed by PyTorch's grid_sample in f64, where what is outside counts as the fill;
torchvision itself blends the border with black first, and gives the same for the nearest place.
Needs: pip install torch torchvision."""
import math

import torch
import torchvision.transforms.v2.functional as F

torch.manual_seed(4)
parts = []


def show(name, t):
    v = ", ".join(f"{x:.9g}" for x in t.flatten().tolist())
    words, lines, line = v.split(" "), [], "   "
    for w in words:
        if len(line) + len(w) > 96:
            lines.append(line)
            line = "   "
        line += " " + w
    lines.append(line)
    body = "\n".join(lines)
    parts.append((name, t.numel(), f"    .{name} = {{\n{body}}},"))


def rotate(x, degrees, mode, fill):
    c, h, w = x.shape
    a = math.radians(degrees)
    ys, xs = torch.meshgrid(torch.arange(h) - (h - 1) / 2, torch.arange(w) - (w - 1) / 2,
                            indexing="ij")
    ys, xs = ys.double(), xs.double()
    u = math.cos(a) * xs - math.sin(a) * ys
    v = math.sin(a) * xs + math.cos(a) * ys
    grid = torch.stack([u / (w / 2), v / (h / 2)], -1)[None]

    def sample(t):
        return torch.nn.functional.grid_sample(t[None].double(), grid, mode, "zeros",
                                               align_corners=False)[0]
    return sample(x) + (1 - sample(torch.ones_like(x))) * fill


x = torch.rand(3, 4, 5)
x[:, 0, 0] = torch.tensor([0.5, 0.5, 0.5])  # gray
x[:, 0, 1] = torch.tensor([0.0, 0.0, 0.0])
x[:, 0, 2] = torch.tensor([1.0, 0.0, 0.0])
x[:, 0, 3] = torch.tensor([0.25, 1.0, 1.0])
x[:, 0, 4] = torch.tensor([1.0, 0.25, 1.0])
show("picture", x)
show("gray", F.rgb_to_grayscale(x))
for name, f in (("brightness", F.adjust_brightness), ("contrast", F.adjust_contrast),
                ("saturation", F.adjust_saturation), ("hue", F.adjust_hue)):
    for i, factor in enumerate((-0.3, 0.2) if name == "hue" else (0.4, 1.7)):
        show(f"{name}_{i}", f(x, factor))
for i, (degrees, mode, fill) in enumerate(((30, "bilinear", 0.0), (-75.5, "bilinear", 0.5),
                                           (20, "nearest", 0.0), (200, "nearest", 0.25))):
    show(f"rotated_{i}", rotate(x, degrees, mode, fill))
assert torch.equal(rotate(x, 20, "nearest", 0.0).float(),
                   F.rotate(x, 20.0, F.InterpolationMode.NEAREST))

print("/* Written by make_augment.py: a picture [3, 4, 5] and what torchvision makes of it. */")
print("// clang-format off")
print("static const struct {")
for name, n, _ in parts:
    print(f"    double {name}[{n}];")
print("} golden = {")
for _, _, text in parts:
    print(text)
print("};")
