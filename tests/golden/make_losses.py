#!/usr/bin/env python3
"""python3 tests/golden/make_losses.py > tests/golden/losses.txt: losses."""
import torch
import torch.nn.functional as F

from golden import case, done, values

REDUCTIONS = ("mean", "sum", "none")


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

done()
