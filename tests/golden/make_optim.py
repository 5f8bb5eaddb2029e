#!/usr/bin/env python3
"""Writes optim.safetensors: trajectories of PyTorch's optimizers (pip install torch).

Tensor NAME.f32 or NAME.f64 is [20, 9]: after each step, x [2, 3] row-major, then y [3], on the
non-convex function that tests/support/optim_run.c writes down too."""
import json
import math
import os
import struct
import torch

STEPS = 20
X = [[1.5, -0.3, 0.8], [-1.2, 0.05, 2.0]]
Y = [0.7, -1.1, 0.4]
B = [[0.3, -0.2, 0.1], [0.25, 0.5, -0.4]]
C = [0.2, -0.6, 0.35]


def loss(x, y):
    dt = x.dtype
    b, c = torch.tensor(B, dtype=dt), torch.tensor(C, dtype=dt)
    well = x * x - 1
    both = x * y
    return (well * well * 0.25).sum() + (x * b).sum() + (both * both * 0.5).sum() + (y * c).sum()


def adam(**o):
    return lambda p: torch.optim.Adam(p, lr=0.05, foreach=False, **o)


def adamw(**o):
    return lambda p: torch.optim.AdamW(p, lr=0.05, foreach=False, **o)


def sgd(**o):
    return lambda p: torch.optim.SGD(p, lr=0.05, foreach=False, **o)


def adagrad(**o):
    return lambda p: torch.optim.Adagrad(p, foreach=False, **{"lr": 0.05, **o})


def rmsprop(**o):
    return lambda p: torch.optim.RMSprop(p, lr=0.02, foreach=False, **o)


def adadelta(**o):
    return lambda p: torch.optim.Adadelta(p, foreach=False, **o)


def nadam(**o):
    return lambda p: torch.optim.NAdam(p, lr=0.02, foreach=False, **o)


def lbfgs(**o):
    return lambda p: torch.optim.LBFGS(p, **{"history_size": 10, **o})


def grouped(p):
    return torch.optim.SGD([{"params": p[:1], "lr": 0.025, "weight_decay": 0.0}, {"params": p[1:]}],
                           lr=0.05, momentum=0.9, weight_decay=0.1, foreach=False)


def cosine(step):
    if step < 4:
        return (step + 1) / 4
    return 0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * (step - 4) / 12)) if step < 16 else 0.1


CASES = {
    "sgd": sgd(),
    "sgd_decay": sgd(weight_decay=0.1),
    "sgd_momentum": sgd(momentum=0.9),
    "sgd_dampening": sgd(momentum=0.8, dampening=0.3),
    "sgd_nesterov": sgd(momentum=0.9, nesterov=True),
    "sgd_momentum_dampening_decay": sgd(momentum=0.9, dampening=0.5, weight_decay=0.05),
    "sgd_nesterov_decay": sgd(momentum=0.7, nesterov=True, weight_decay=0.05),
    "adam": adam(),
    "adam_betas": adam(betas=(0.5, 0.9)),
    "adam_zero_betas": adam(betas=(0.0, 0.0), eps=0.1),
    "adam_eps": adam(eps=0.01),
    "adam_decay": adam(weight_decay=0.1),
    "adam_amsgrad": adam(amsgrad=True, betas=(0.9, 0.8)),
    "adam_amsgrad_decay": adam(amsgrad=True, betas=(0.9, 0.8), weight_decay=0.1),
    "adamw": adamw(weight_decay=0.1),
    "adamw_amsgrad": adamw(weight_decay=0.2, amsgrad=True, betas=(0.8, 0.7), eps=1e-3),
    "adam_absent": adam(),
    "sgd_absent": sgd(momentum=0.9, dampening=0.5),
    "clip_norm": sgd(momentum=0.9),
    "clip_value": sgd(weight_decay=0.1),
    "clip_both": adam(),
    "groups": grouped,
    "sched_step": sgd(momentum=0.9),
    "sched_cosine": adam(),
    "sched_cycle_sgd": sgd(momentum=0.3, nesterov=True, weight_decay=0.01),
    "sched_cycle_adam": adam(),
    "sched_cycle_rmsprop": rmsprop(momentum=0.3),
    "adamw_default": lambda p: torch.optim.AdamW(p, foreach=False),
    "adagrad": adagrad(),
    "adagrad_lr_decay": adagrad(lr_decay=0.3),
    "adagrad_decay": adagrad(weight_decay=0.1),
    "adagrad_everything": adagrad(lr=0.2, lr_decay=0.1, weight_decay=0.05, eps=0.01,
                                  initial_accumulator_value=0.5),
    "adagrad_absent": adagrad(lr_decay=0.3),
    "rmsprop": rmsprop(),
    "rmsprop_alpha": rmsprop(alpha=0.7, eps=0.01),
    "rmsprop_decay": rmsprop(weight_decay=0.1),
    "rmsprop_momentum": rmsprop(momentum=0.8),
    "rmsprop_centered": rmsprop(centered=True, eps=0.01),
    "rmsprop_everything": rmsprop(alpha=0.8, eps=0.05, weight_decay=0.1, momentum=0.7,
                                  centered=True),
    "rmsprop_absent": rmsprop(alpha=0.7, eps=0.01),
    "adadelta": adadelta(),
    "adadelta_everything": adadelta(lr=0.7, rho=0.8, eps=1e-3, weight_decay=0.1),
    "adadelta_absent": adadelta(),
    "nadam": nadam(),
    "nadam_betas": nadam(betas=(0.5, 0.9), eps=0.01),
    "nadam_zero_betas": nadam(betas=(0.0, 0.0), eps=0.1),
    "nadam_decay": nadam(weight_decay=0.1, momentum_decay=0.1),
    "nadam_decoupled": nadam(weight_decay=0.1, decoupled_weight_decay=True),
    "nadam_absent": nadam(),
    "lbfgs": lbfgs(lr=0.1, max_iter=1),
    "lbfgs_short": lbfgs(lr=0.2, max_iter=3, history_size=2),
    "lbfgs_long": lbfgs(lr=0.3, max_iter=2, max_eval=2, tolerance_grad=1e-4),
    "lbfgs_wolfe": lbfgs(max_iter=1, line_search_fn="strong_wolfe"),
    "lbfgs_wolfe_short": lbfgs(lr=0.7, max_iter=2, history_size=1, line_search_fn="strong_wolfe"),
    "lbfgs_wolfe_far": lbfgs(lr=30, max_iter=1, max_eval=9, line_search_fn="strong_wolfe"),
    "lbfgs_wolfe_near": lbfgs(lr=0.001, max_iter=1, max_eval=12, line_search_fn="strong_wolfe"),
}


def closure(opt, x, y):
    opt.zero_grad()
    value = loss(x, y)
    value.backward()
    return value


def run(name, dt):
    x = torch.tensor(X, dtype=dt, requires_grad=True)
    y = torch.tensor(Y, dtype=dt, requires_grad=True)
    torch.set_default_dtype(torch.float64)  # NAdam's running product
    opt = CASES[name]([x, y])
    sched = None
    if name == "sched_step":
        sched = torch.optim.lr_scheduler.StepLR(opt, 5, 0.5)
    if name == "sched_cosine":
        sched = torch.optim.lr_scheduler.LambdaLR(opt, cosine)
    if name.startswith("sched_cycle"):
        sched = torch.optim.lr_scheduler.OneCycleLR(opt, 0.05, total_steps=STEPS, pct_start=0.4)
    path = []
    for step in range(STEPS):
        opt.zero_grad()
        loss(x, y).backward()
        if name.endswith("_absent") and step % 3 == 0:
            y.grad = None
        if name in ("clip_value", "clip_both"):
            torch.nn.utils.clip_grad_value_([x, y], 0.4)
        if name in ("clip_norm", "clip_both"):
            torch.nn.utils.clip_grad_norm_([x, y], 0.6)
        if name.startswith("lbfgs"):
            opt.step(lambda: closure(opt, x, y))
        else:
            opt.step()
        if sched:
            sched.step()
        path += x.detach().flatten().tolist() + y.tolist()
    return path


header, data = {}, b""
for name in CASES:
    for dt, key, code in ((torch.float32, "F32", "f"), (torch.float64, "F64", "d")):
        values = run(name, dt)
        raw = struct.pack("<%d%s" % (len(values), code), *values)
        header["%s.%s" % (name, key.lower())] = {
            "dtype": key, "shape": [STEPS, 9], "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "optim.safetensors"), "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + data)
