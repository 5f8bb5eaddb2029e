#!/usr/bin/env python3
"""Reads a checkpoint by the rules of the safetensors format alone, with the standard library, and
compares it with what the test says is in it; then with the safetensors package and with PyTorch,
where they are installed.

usage: read_checkpoint.py FILE EXPECTED. EXPECTED has a line "NAME DTYPE SHAPE VALUE..." for each
tensor (shape as 2x3, "-" for none; values in hexadecimal) and "@KEY TEXT" for metadata."""
import json
import math
import struct
import sys
import zlib

FORMAT = {"F32": "f", "F64": "d", "I64": "q", "I32": "i", "U8": "B", "BOOL": "?"}


def once(pairs):
    keys = [k for k, _ in pairs]
    assert len(keys) == len(set(keys)), "a key twice"
    return dict(pairs)


def no_number(text):
    raise ValueError("no number of JSON: " + text)


def parse(data):
    """The rules of the format: nothing twice, no holes, no overlap, nothing behind."""
    (length,) = struct.unpack("<Q", data[:8])
    head = data[8 : 8 + length]
    assert len(head) == length <= 100_000_000 and head[:1] == b"{" and (8 + length) % 8 == 0
    header = json.loads(head.decode("utf-8"), object_pairs_hook=once, parse_constant=no_number)
    meta = header.pop("__metadata__", {})
    assert all(isinstance(v, str) for v in meta.values())
    tensors, end = {}, 0
    for name, e in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        assert set(e) == {"dtype", "shape", "data_offsets"}, name
        begin, stop = e["data_offsets"]
        size = struct.calcsize("<" + FORMAT[e["dtype"]])
        assert begin == end and stop - begin == math.prod(e["shape"]) * size, name
        tensors[name] = (e["dtype"], e["shape"], data[8 + length + begin : 8 + length + stop])
        end = stop
    assert 8 + length + end == len(data)
    return meta, tensors, data[: 8 + length]


def check_sums(meta, tensors, head):
    """A CRC-32 of each tensor, and of the header with its own digits as zeros."""
    own = meta["dl.crc32"]
    place = head.index(b'"dl.crc32":"') + len(b'"dl.crc32":"')
    assert head[place : place + 8] == own.encode()
    assert "%08x" % zlib.crc32(head[:place] + b"00000000" + head[place + 8 :]) == own
    for name, (_, _, raw) in tensors.items():
        assert "%08x" % zlib.crc32(raw) == meta["dl.crc32." + name], name


def expectations(path):
    meta, tensors = {}, {}
    for line in open(path, encoding="utf-8"):
        if line.startswith("@"):
            key, _, text = line[1:].rstrip("\n").partition(" ")
            meta[key] = text
            continue
        name, dtype, shape, *values = line.split()
        shape = [] if shape == "-" else [int(n) for n in shape.split("x")]
        tensors[name] = (dtype, shape, [float.fromhex(v) for v in values])
    return meta, tensors


def compare(found_meta, found, wanted_meta, wanted):
    for key, text in wanted_meta.items():
        assert found_meta[key] == text, key
    assert set(found) == set(wanted), set(found) ^ set(wanted)
    for name, (dtype, shape, values) in wanted.items():
        have_dtype, have_shape, raw = found[name]
        assert (have_dtype, list(have_shape)) == (dtype, shape), name
        have = struct.unpack("<%d%s" % (len(values), FORMAT[dtype]), raw)
        assert [float(v) for v in have] == values, name


def with_package(path, wanted_meta, wanted):
    try:
        import safetensors
    except ImportError:
        return "no safetensors package"
    with open(path, "rb") as f:
        found = {n: (t["dtype"], t["shape"], bytes(t["data"]))
                 for n, t in safetensors.deserialize(f.read())}
    try:
        with safetensors.safe_open(path, "pt") as f:
            meta = f.metadata()
    except ImportError:
        meta = wanted_meta
    compare(meta, found, wanted_meta, wanted)
    return "safetensors " + safetensors.__version__


def with_torch(path, wanted):
    try:
        import torch
        from safetensors.torch import load_file
    except ImportError:
        return "no PyTorch"
    found = load_file(path)
    assert set(found) == set(wanted)
    kind = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64", torch.int32: "I32"}
    for name, (dtype, shape, values) in wanted.items():
        t = found[name]
        assert (kind[t.dtype], list(t.shape)) == (dtype, shape), name
        assert t.double().reshape(-1).tolist() == values, name
    return "PyTorch " + torch.__version__


def main():
    path, expected = sys.argv[1:]
    with open(path, "rb") as f:
        meta, tensors, head = parse(f.read())
    check_sums(meta, tensors, head)
    wanted_meta, wanted = expectations(expected)
    compare(meta, tensors, wanted_meta, wanted)
    print("read by: standard library,", with_package(path, wanted_meta, wanted) + ",",
          with_torch(path, wanted))


main()
