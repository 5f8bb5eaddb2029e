#!/usr/bin/env python3
"""The workloads of dl_bench in PyTorch: images per second of training and inference.

    peer_torch.py [--threads N] [--only NAME,NAME] [--seconds X] [--compile]
    peer_torch.py --memory      peak memory of each workload, each in a process of its own
    peer_torch.py --list        what the workloads are; needs no PyTorch
    peer_torch.py --count       the same with the number of parameters

Names, shapes, optimizers and output are those of dl_bench: NAME<TAB>images_per_second, by the median
of all steps in --seconds, after two steps that do not count.
"""
import argparse
import resource
import statistics
import subprocess
import sys
import time

GRAY, CIFAR, PHOTO = (1, 28, 28), (3, 32, 32), (3, 224, 224)
# name: (net, batch, picture, classes, how); without classes the net returns its own loss
WORKLOADS = {
    "mlp_train": ("mlp", 128, GRAY, 10, "sgd"),
    "mlp_train_b32_adam": ("mlp", 32, GRAY, 10, "adam"),
    "mlp_infer_b1": ("mlp", 1, GRAY, 10, "infer"),
    "lenet_train": ("lenet", 64, GRAY, 10, "sgd"),
    "cnn_train": ("cnn", 128, GRAY, 10, "adam"),
    "resnet20_train": ("resnet20", 128, CIFAR, 10, "sgd"),
    "resnet20_infer": ("resnet20", 128, CIFAR, 10, "infer"),
    "vae_train": ("vae", 128, GRAY, 0, "adam"),
    "alexnet_train": ("alexnet", 32, PHOTO, 1000, "sgd"),
    "alexnet_infer": ("alexnet", 32, PHOTO, 1000, "infer"),
    "vgg16_infer": ("vgg16", 4, PHOTO, 1000, "infer"),
    "resnet18_train": ("resnet18", 16, PHOTO, 1000, "sgd"),
    "resnet50_infer": ("resnet50", 8, PHOTO, 1000, "infer"),
    "resnet50_infer_b1": ("resnet50", 1, PHOTO, 1000, "infer"),
    "resnet50_train": ("resnet50", 8, PHOTO, 1000, "sgd"),
}


def import_torch():
    try:
        import torch
    except ImportError:
        sys.exit("peer_torch.py: this Python has no PyTorch. To install it apart from the system:\n"
                 "    python3 -m venv torch-env && torch-env/bin/pip install torch\n"
                 "then run this with torch-env/bin/python3")
    return torch


def make_nets(torch):
    """A function for each net, by name."""
    nn, fn = torch.nn, torch.nn.functional

    def norm_conv(cin, cout, kernel, stride=1):
        return (nn.Conv2d(cin, cout, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(cout))

    class Residual(nn.Module):
        """relu(body(x) + shortcut(x)); a 1x1 convolution where the shape changes (He et al.)."""

        def __init__(self, cin, cout, stride, *body):
            super().__init__()
            self.body = nn.Sequential(*body)
            same = stride == 1 and cin == cout
            self.shortcut = nn.Identity() if same else nn.Sequential(*norm_conv(cin, cout, 1, stride))

        def forward(self, x):
            return fn.relu(self.body(x) + self.shortcut(x))

    def basic(cin, planes, stride):
        return Residual(cin, planes, stride, *norm_conv(cin, planes, 3, stride), nn.ReLU(),
                        *norm_conv(planes, planes, 3))

    def bottleneck(cin, planes, stride):
        return Residual(cin, 4 * planes, stride, *norm_conv(cin, planes, 1), nn.ReLU(),
                        *norm_conv(planes, planes, 3, stride), nn.ReLU(),
                        *norm_conv(planes, 4 * planes, 1))

    def residual_net(stem, block, width, depths, growth, classes):
        layers, cin = list(stem), width
        for stage, depth in enumerate(depths):
            planes = width << stage
            for i in range(depth):
                layers.append(block(cin, planes, 2 if stage and not i else 1))
                cin = growth * planes
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(cin, classes))

    def photo_stem():
        return *norm_conv(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)

    def dense(*widths, act=nn.ReLU, drop=()):
        """Linear layers; those whose number is in drop have a dropout in front."""
        layers = []
        for i, (n_in, n_out) in enumerate(zip(widths, widths[1:])):
            layers += [act()] if i else []
            layers += [nn.Dropout(0.5)] if i in drop else []
            layers += [nn.Linear(n_in, n_out)]
        return layers

    def features(plan, cin):
        """Numbers (channels, kernel, stride, padding) are convolutions with ReLU, k a pooling."""
        layers = []
        for part in plan:
            if isinstance(part, int):
                layers.append(nn.MaxPool2d(part, 2))
            else:
                cout, kernel, stride, padding = part
                layers += [nn.Conv2d(cin, cout, kernel, stride, padding), nn.ReLU()]
                cin = cout
        return layers

    def lenet():
        return nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2),
            nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2),
            nn.Flatten(), *dense(400, 120, 84, 10, act=nn.Sigmoid))

    def vgg16():
        plan = []
        for width, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
            plan += [(width, 3, 1, 1)] * depth + [2]
        return nn.Sequential(*features(plan, 3), nn.Flatten(),
                             *dense(25088, 4096, 4096, 1000, drop=(1, 2)))

    def alexnet():
        plan = [(64, 11, 4, 2), 3, (192, 5, 1, 2), 3, (384, 3, 1, 1), (256, 3, 1, 1),
                (256, 3, 1, 1), 3]
        return nn.Sequential(*features(plan, 3), nn.Flatten(),
                             *dense(9216, 4096, 4096, 1000, drop=(0, 1)))

    class Vae(nn.Module):
        """Returns its loss: reconstruction and divergence, sums (Kingma and Welling)."""

        def __init__(self):
            super().__init__()
            self.encoder = nn.Linear(784, 400)
            self.mean, self.log_var = nn.Linear(400, 20), nn.Linear(400, 20)
            self.decoder = nn.Sequential(*dense(20, 400, 784))

        def forward(self, x):
            x = x.flatten(1)
            h = fn.relu(self.encoder(x))
            mean, log_var = self.mean(h), self.log_var(h)
            z = mean + torch.randn_like(mean) * (0.5 * log_var).exp()
            bce = fn.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
            return bce - 0.5 * (1 + log_var - mean * mean - log_var.exp()).sum()

    return {
        "mlp": lambda: nn.Sequential(nn.Flatten(), *dense(784, 512, 512, 10)),
        "lenet": lenet,
        "cnn": lambda: nn.Sequential(*features([(32, 3, 1, 0), (64, 3, 1, 0), 2], 1), nn.Flatten(),
                                     *dense(64 * 12 * 12, 128, 10, drop=(1,))),
        "resnet20": lambda: residual_net((*norm_conv(3, 16, 3), nn.ReLU()), basic, 16, (3, 3, 3), 1,
                                         10),
        "resnet18": lambda: residual_net(photo_stem(), basic, 64, (2, 2, 2, 2), 1, 1000),
        "resnet50": lambda: residual_net(photo_stem(), bottleneck, 64, (3, 4, 6, 3), 4, 1000),
        "vae": Vae, "alexnet": alexnet, "vgg16": vgg16,
    }


def make_step(torch, name, compiled):
    """A function that makes one step, and the size of its batch."""
    net_name, batch, picture, classes, how = WORKLOADS[name]
    torch.manual_seed(0)
    net = make_nets(torch)[net_name]()
    x = (torch.randn if classes else torch.rand)(batch, *picture)
    y = torch.randint(0, classes, (batch,)) if classes else None
    net.train(how != "infer")
    run = torch.compile(net) if compiled else net

    def infer():
        with torch.no_grad():
            run(x)

    def train():
        optim.zero_grad(set_to_none=True)
        out = run(x)
        (torch.nn.functional.cross_entropy(out, y) if classes else out).backward()
        optim.step()

    if how == "infer":
        return infer, batch
    if how == "sgd":
        optim = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    else:
        optim = torch.optim.Adam(net.parameters(), lr=1e-3)
    return train, batch


def rate(torch, name, options):
    step, batch = make_step(torch, name, options.compile)
    for _ in range(2):
        step()
    times, first = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - first < options.seconds:
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    return batch / statistics.median(times)


def resident():
    """The most that this process ever had in main memory, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def memory_of(torch, name):
    before = resident()
    step, _ = make_step(torch, name, False)
    for _ in range(4):
        step()
    print(f"{name}\t{resident():.1f}\t{before:.1f}", flush=True)


def memory(names, options):
    """Each in a process of its own: allocators keep what they have."""
    print("# MB: peak of the process, what it had after importing torch")
    sys.stdout.flush()
    for name in names:
        subprocess.run([sys.executable, __file__, "--memory-of", name, "--threads",
                        str(options.threads)], check=True)


def describe(names, torch=None):
    for name in names:
        net, batch, picture, classes, how = WORKLOADS[name]
        row = [name, "x".join(map(str, (batch, *picture))), str(classes), how]
        if torch:
            with torch.device("meta"):
                row.append(str(sum(p.numel() for p in make_nets(torch)[net]().parameters())))
        print("\t".join(row))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--compile", action="store_true")
    for mode in ("--list", "--count", "--memory"):
        parser.add_argument(mode, action="store_true")
    parser.add_argument("--memory-of", help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(WORKLOADS)
    unknown = [n for n in names if n not in WORKLOADS]
    if unknown:
        parser.error(f"no workload {unknown[0]}; there are {' '.join(WORKLOADS)}")
    if options.list:
        return describe(names)
    torch = import_torch()
    if options.count:
        return describe(names, torch)
    torch.set_num_threads(options.threads)
    if options.memory_of:
        return memory_of(torch, options.memory_of)
    print("# torch", torch.__version__, "threads", torch.get_num_threads(),
          "compiled" if options.compile else "eager", flush=True)
    if options.memory:
        return memory(names, options)
    for name in names:
        print(f"{name}\t{rate(torch, name, options):.1f}", flush=True)


if __name__ == "__main__":
    main()
