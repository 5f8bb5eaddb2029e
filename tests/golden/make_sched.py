"""Factors of learning-rate schedules, computed by PyTorch's schedulers over a base rate of 1, for
tests/optim/test_sched_*.c. A line is: NAME : factor of step 0, 1, ...

Needs PyTorch: pip install torch. Writes to its standard output: make_sched.py > sched.txt
"""
import sys
import warnings

import torch
from torch.optim import lr_scheduler as lrs

warnings.simplefilter("ignore")
STEPS = 40


def optimizer():
    return torch.optim.SGD([torch.zeros(1, dtype=torch.float64, requires_grad=True)], lr=1.0)


def show(name, factors):
    print(name, ":", " ".join(repr(float(f)) for f in factors))


def case(name, make, n=STEPS):
    opt = optimizer()
    sched = make(opt)
    factors = []
    for step in range(n):
        factors.append(opt.param_groups[0]["lr"])
        if step + 1 < n:
            opt.step()
            sched.step()
    show(name, factors)


def one(opt, n=STEPS, **options):
    return lrs.OneCycleLR(opt, 1.0, total_steps=n, cycle_momentum=False, **options)


def momentum(name, n=STEPS, **options):
    opt = torch.optim.SGD([torch.zeros(1, dtype=torch.float64, requires_grad=True)], lr=1.0,
                          momentum=0.5)
    sched = lrs.OneCycleLR(opt, 1.0, total_steps=n, **options)
    values = []
    for step in range(n):
        values.append(opt.param_groups[0]["momentum"])
        if step + 1 < n:
            opt.step()
            sched.step()
    show(name, values)


def sequence(opt):
    parts = [lrs.ConstantLR(opt, 0.5, 1000), lrs.ExponentialLR(opt, 0.9), lrs.StepLR(opt, 3, 0.5)]
    return lrs.SequentialLR(opt, parts, [7, 20])


METRICS = [5, 4, 4, 4, 4, 3.9999, 3.99, 4, 4, 4, 4, 4, 2, 2, 2, 2, 1, 1.5, float("nan"), 1.2, 0.999,
           0.9999, 0.99999, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1.00001, -1, -2, 0, 0, 0, 0]


def plateau(name, sign=1, **options):
    opt = optimizer()
    sched = lrs.ReduceLROnPlateau(opt, eps=0, **options)
    factors = []
    for metric in METRICS:
        sched.step(sign * metric)
        factors.append(opt.param_groups[0]["lr"])
    show(name, factors)


case("multistep", lambda o: lrs.MultiStepLR(o, [3, 8, 8, 21], 0.3))
case("exponential", lambda o: lrs.ExponentialLR(o, 0.93))
case("polynomial", lambda o: lrs.PolynomialLR(o, 30, 1.7))
case("warmup", lambda o: lrs.LinearLR(o, 0.05, 1.0, 12))
case("warmup_cosine", lambda o: lrs.SequentialLR(
    o, [lrs.LinearLR(o, 0.05, 1.0, 8), lrs.CosineAnnealingLR(o, 32)], [8]))
case("onecycle", one)
case("onecycle_linear", lambda o: one(o, anneal_strategy="linear", pct_start=0.4, div_factor=10,
                                      final_div_factor=50))
case("onecycle_three", lambda o: one(o, three_phase=True))
case("onecycle_three_linear", lambda o: one(o, three_phase=True, anneal_strategy="linear",
                                            pct_start=0.45, div_factor=4))
case("onecycle_odd", lambda o: one(o, n=37, pct_start=0.21), n=37)
momentum("onecycle_momentum")
momentum("onecycle_momentum_three", three_phase=True, anneal_strategy="linear", base_momentum=0.5,
         max_momentum=0.9)
case("chain", sequence)
case("product", lambda o: lrs.ChainedScheduler([lrs.ExponentialLR(o, 0.95),
                                                lrs.MultiStepLR(o, [5, 15], 0.5)]))
case("function", lambda o: lrs.LambdaLR(o, lambda step: 1 / (1 + step)))
plateau("plateau", factor=0.5, patience=2)
plateau("plateau_cooldown", factor=0.5, patience=1, cooldown=3, threshold=0.01, min_lr=0.1)
plateau("plateau_maximize", sign=-1, mode="max", factor=0.25, patience=0)
print("written with PyTorch", torch.__version__, file=sys.stderr)
