#!/usr/bin/env python3
"""python3 tests/golden/make_losses.py > tests/golden/losses.txt: losses."""
import torch
import torch.nn.functional as F

from golden import case, done, labels, values

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

ALL = (*REDUCTIONS, "batch")


def reduce(y, reduction):
    """A reduction of losses; PyTorch has "batch" for kl_div alone."""
    return {"mean": y.mean, "sum": y.sum, "none": lambda: y,
            "batch": lambda: y.sum() / y.shape[0]}[reduction]()


def each(op, f, inputs, reals=(), ints=()):
    """A case for every reduction of f(reduction, inputs)."""
    for r, reduction in enumerate(ALL):
        if reduction == "batch":
            case(op, lambda *t: reduce(f("none", *t), "batch"), inputs, (r, *ints), reals)
        else:
            case(op, lambda *t: f(reduction, *t), inputs, (r, *ints), reals)


each("l1", lambda r, a, b: F.l1_loss(a, b, reduction=r), [values((3, 4)), values((3, 4))])
for delta in (0.5, 1.0, 3.0):
    each("huber", lambda r, a, b: F.huber_loss(a, b, reduction=r, delta=delta),
         [values((3, 4)), values((3, 4))], (delta,))
for beta in (0.0, 0.5, 1.0, 3.0):
    each("smooth_l1", lambda r, a, b: F.smooth_l1_loss(a, b, reduction=r, beta=beta),
         [values((3, 4)), values((3, 4))], (beta,))
for log_target in (0, 1):
    for r, reduction in enumerate((*REDUCTIONS, "batchmean")):
        case("kl_div",
             lambda a, b: F.kl_div(a, b, reduction=reduction, log_target=bool(log_target)),
             [values((3, 4), -4, 0), values((3, 4), -4, 0) if log_target
              else values((3, 4), 1 / 16, 1)], (r, log_target))
for s in ((), (4,), (3, 1), (3, 4)):
    w = [(values(s, 0.25, 2),)] if s else []
    each("bce", lambda r, p, t, w=None: F.binary_cross_entropy(p, t, w, reduction=r),
         [values((3, 4), 1 / 16, 1), (values((3, 4), 0, 1),), *w])
case("bce", lambda p, t: F.binary_cross_entropy(p, t, reduction="none"),
     [(torch.tensor([0.0, 1.0, 0.0, 1.0]),), (torch.tensor([0.0, 1.0, 1.0, 0.0]),)], (2,))
for s in (((), ()), ((4,), ()), ((), (4,)), ((3, 1), (3, 4))):
    w, positive = ([(values(t, 0.25, 2),)] if t else [] for t in s)

    def with_logits(r, x, t, *rest):
        rest = list(rest)
        weight = rest.pop(0) if w else None
        return F.binary_cross_entropy_with_logits(
            x, t, weight, reduction=r, pos_weight=rest.pop(0) if positive else None)
    each("bce_with_logits", with_logits,
         [values((3, 4), -6, 6), values((3, 4), 0, 1), *w, *positive],
         ints=(len(w), len(positive)))
case("bce_with_logits", lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"),
     [torch.tensor([1e4, -1e4, 1e4, -1e4]), torch.tensor([1.0, 0.0, 0.0, 1.0])], (2, 0, 0))
signs = torch.tensor([[1.0, -1, 1, 1], [-1, -1, 1, -1], [1, 1, -1, -1]])
each("hinge", lambda r, s, y: reduce(torch.relu(1 - y * s), r), [values((3, 4)), (signs,)])
case("soft_threshold", lambda x: F.softshrink(x, 0.75), [values((3, 4))], (), (0.75,))
for r, reduction in enumerate(REDUCTIONS):
    for weighted in (0, 1):
        w = [(values((4,), 0.25, 2),)] if weighted else []
        for s in ((3, 4), (2, 4, 3), (4,)):
            t = labels(s[:1] + s[2:] if len(s) > 1 else (), 4)

            def nll(x, t, w=None, ignore=-100):
                return F.nll_loss(x, t, w, reduction=reduction, ignore_index=ignore)
            case("nll", nll, [values(s, -6, 0), t, *w], (r, 0, 0))
            if len(s) > 1:
                case("nll", lambda x, t, w=None: nll(x, t, w, 1),
                     [values(s, -6, 0), t, *w], (r, 1, 1))
for margin in (0.0, 0.5, -0.25):
    each("cosine_loss", lambda r, a, b, y: F.cosine_embedding_loss(a, b, y, margin, reduction=r),
         [values((5, 4)), values((5, 4)), (torch.tensor([1.0, -1, -1, 1, -1]),)], (margin,))
for margin in (1.0, 0.25):
    each("triplet", lambda r, a, p, n: F.triplet_margin_loss(a, p, n, margin, reduction=r),
         [values((5, 4)), values((5, 4)), values((5, 4))], (margin,))
for axis in (0, 1, -1):
    case("cosine_similarity", lambda a, b: F.cosine_similarity(a, b, axis),
         [values((3, 4, 2)), values((3, 4, 2))], (axis,), (1e-8,))
case("cosine_similarity", lambda a, b: F.cosine_similarity(a, b, -1),
     [values((3, 4)), values((4,))], (-1,), (1e-8,))

done()
