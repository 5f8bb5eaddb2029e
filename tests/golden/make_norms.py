#!/usr/bin/env python3
"""python3 tests/golden/make_norms.py > tests/golden/norms.txt: group, instance, RMS and local
response normalization."""
import torch
import torch.nn.functional as F

from golden import case, done, values

for s, groups in (((2, 4, 3, 2), 2), ((2, 6, 4), 3), ((3, 4), 2), ((2, 3, 2, 2), 1),
                  ((2, 3, 5), 3), ((1, 4, 2, 2, 2), 2)):
    w, b = values((s[1],)), values((s[1],))
    case("group_norm", lambda x, w, b: F.group_norm(x, groups, w, b, 1e-5),
         [values(s), w, b], (groups,), (1e-5,))
    case("group_norm", lambda x: F.group_norm(x, groups, None, None, 1e-3), [values(s)], (groups,),
         (1e-3,))
    # Channels-last memory, and a mean that is not 0.
    if len(s) == 4:
        case("group_norm", lambda x, w, b: F.group_norm(
            (x + 4).contiguous(memory_format=torch.channels_last), groups, w, b, 1e-5),
            [values(s), w, b], (groups, 1), (1e-5,))
for s in ((2, 3, 4), (2, 2, 3, 2), (1, 2, 2, 2, 3)):
    w, b = values((s[1],)), values((s[1],))
    case("instance_norm", lambda x, w, b: F.instance_norm(x, None, None, w, b, True, 0.1, 1e-5),
         [values(s), w, b], (), (1e-5,))
    case("instance_norm", lambda x: F.instance_norm(x, eps=1e-3), [values(s)], (), (1e-3,))
for s, n in (((3, 5), 1), ((2, 3, 4), 2), ((7,), 1), ((2, 33), 1)):
    f = s[-n:]
    case("rms_norm", lambda x, w: F.rms_norm(x, f, w, 1e-5), [values(s), values(f)], (n,), (1e-5,))
    case("rms_norm", lambda x: F.rms_norm(x, f, None, 1e-3), [values(s)], (n,), (1e-3,))
for s in ((2, 6, 3, 2), (2, 5, 4), (1, 4, 2, 2, 2)):
    for size, alpha, beta, k in ((5, 1e-4, 0.75, 1), (3, 0.5, 0.75, 2), (2, 0.25, 0.5, 1),
                                 (1, 0.5, 1, 0.5), (9, 0.5, 0.75, 1)):
        case("local_response_norm", lambda x: F.local_response_norm(x, size, alpha, beta, k),
             [values(s)], (size,), (alpha, beta, k))


def layer(make, which, momentum, shape, n):
    """After n batches: 0 the result in evaluation mode, 1 the running mean, 2 the variance."""
    def f(x, batches):
        m = make(shape[1], momentum=momentum, affine=True, track_running_stats=True)
        for b in batches:
            m(b)
        m.eval()
        return (m(x), m.running_mean * 1.0, m.running_var * 1.0)[which]
    return f


for which in (0, 1, 2):
    for momentum in (0.1, 0.3):
        for s in ((2, 3, 4), (2, 3, 2, 4), (2, 2, 3, 1, 2)):
            kind = "InstanceNorm%dd" % (len(s) - 2)
            case(kind.lower(), layer(getattr(torch.nn, kind), which, momentum, s, 3),
                 [values(s) if which == 0 else (values(s),), (values((3,) + s),)], (which,),
                 (momentum,))

done()
