#!/usr/bin/env python3
"""Writes the first inputs of the fuzzers to corpus/: small files, each on a path of its own."""
import gzip
import json
import os
import struct
import zlib

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def put(target, name, data):
    folder = os.path.join(HERE, target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def idx(code, dims, data):
    head = bytes([0, 0, code, len(dims)])
    return head + b"".join(struct.pack(">I", d) for d in dims) + data


def pack(data):
    return gzip.compress(data, 9, mtime=0)


IDX = {
    "u8": idx(8, [2, 1, 2], b"\1\2\3\4"),
    "i8": idx(9, [3], b"\x80\xff\x7f"),
    "i16": idx(11, [2], b"\x80\0\x7f\xff"),
    "i32": idx(12, [1], b"\x80\0\0\1"),
    "f32": idx(13, [1, 1], b"\x3f\x80\0\0"),
    "f64": idx(14, [1], b"\x3f\xf0\0\0\0\0\0\0"),
    "empty": idx(12, [0, 5], b""),
    "huge": idx(14, [2**32 - 1] * 3, b""),
    "long": idx(8, [1], b"\1\2"),
    "short": idx(8, [3], b"\1"),
    "html": b"<!DOCTYPE html><html></html>",
    "packed": pack(idx(8, [2, 1, 2], b"\1\2\3\4")),
    "packed_twice": pack(idx(8, [4], b"\1")) + pack(b"\2\3\4") + b"\0" * 8,
    "packed_bomb": pack(idx(8, [4], b"\0" * 100000)),
    "packed_cut": pack(idx(8, [2, 1, 2], b"\1\2\3\4"))[:-6],
}


def st(header, data=b""):
    if not isinstance(header, bytes):
        header = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + data


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def with_crc():
    data = b"\1\2\3\4"
    meta = {"dl.crc32": "0" * 8, "dl.crc32.a": "%08x" % zlib.crc32(data)}
    file = st({"__metadata__": meta, "a": entry("U8", [4], 0, 4)}, data)
    crc = zlib.crc32(file[: -len(data)])
    return file.replace(b'"00000000"', b'"%08x"' % crc, 1)


TYPES = {"BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2,
         "I32": 4, "U32": 4, "F32": 4, "C64": 8, "F64": 8, "I64": 8, "U64": 8}


def every_type():
    header, at = {}, 0
    for name, size in TYPES.items():
        header[name.lower()] = entry(name, [2], at, at + 2 * size)
        at += 2 * size
    return st(header, bytes(i % 2 for i in range(at)))


SAFETENSORS = {
    "none": st({}),
    "two": st({"a": entry("F32", [2], 0, 8), "b": entry("U8", [3, 1], 8, 11)}, b"\0" * 11),
    "meta": st({"__metadata__": {"format": "pt", "k\u00e4y": "v\n"}}),
    "types": every_type(),
    "crc": with_crc(),
    "empty_ones": st({"a": entry("F32", [0], 0, 0), "b": entry("F32", [3, 0], 0, 0),
                      "c": entry("U8", [], 0, 1)}, b"\7"),
    "escapes": st(b'{"\\u0061\\ud83d\\ude00\\"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
                  b"\0"),
    "twice": st(b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},'
                b'"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', b"\0\0"),
    "overlap": st({"a": entry("U8", [2], 0, 2), "b": entry("U8", [2], 1, 3)}, b"\0\0\0"),
    "overflow": st({"a": entry("F64", [2**61, 8], 0, 8)}, b"\0" * 8),
    "spaces": st(b'{ "a" :\t{ "shape" : [ 1 ] ,\r\n"dtype":"U8","data_offsets":[ 0 , 1 ] } } ',
                 b"\0"),
    "deep": st(b'{"a":' + b"[" * 40),
    "index": b'{"weight_map":{"a":"b.safetensors"}}',
    "limit": struct.pack("<Q", 100000001) + b"{}",
}



def call(op, operands, attrs=None, version=1, results=1, seed=7):
    return json.dumps({"version": version, "op": op, "seed": seed, "results": results,
                       "operands": operands, "attrs": attrs or {}}).encode()


AUTOPSY = {
    "add": call("add", [[3, 1], [3, 1]]),
    "turned": call("mul", [[1, 2], []]),
    "linear": call("linear", [[3, 1], [3, 1], None]),
    "matmul": call("matmul", [[3, 1], [3, 1]],
                   {"batch": [0] * 8, "n_batch": 9, "column_major": 1}),
    "softmax": call("softmax", [[3, 1]], {"axis": 5}),
    "scalar": call("add_scalar", [[3, 1]], {"s": "inf"}),
    "sum": call("sum", [[3, 1]], {"mask": 2, "keep": 1}),
    "norm": call("norm", [[3, 1]], {"mask": 3, "keep": 0, "p": 3.0}),
    "std": call("std", [[3, 1]], {"mask": -1, "keep": 0, "correction": -2147483648}),
    "batch_norm": call("batch_norm", [[3, 1], [1], None], {"eps": 1e-5}, results=4),
    "layer_norm": call("layer_norm", [[3, 1], None, [1]], {"axes": 1, "eps": 0}, results=2),
    "cross_entropy": call("cross_entropy", [[3, 1], [3, 1], None], {"reduction": 2}, results=2),
    "unknown": call("nothing", [[]]),
    "view": call("reshape", [[]]),
    "version": call("add", [], version=2),
    "results": call("exp", [[3, 1]], results=8),
}

for name, data in AUTOPSY.items():
    put("autopsy", name, data)
# The first byte chooses the options; see fuzz_csv.c.
CSV = {
    "header": b"\x00a,b,k\n1,2.5,u\n-3,4e1,v\n",
    "quotes": b'\x00"a","the ""b""\r\n",k\r\n"1",2,"x,y"\r\n',
    "mark": b"\x00\xef\xbb\xbfa,k\n1,2\n",
    "semicolon": b"\x03u;1\nv;2\n",
    "numbers": b"\x04a,y\n1,2\n3,4\n",
    "none": b"\x0aa,y\n1,2\n",
    "missing": b"\x18a,b\n,nan\n1,\n",
    "short": b"\x00a,b,k\n1,u\n",
    "open": b'\x00a,k\n1,"u',
    "zero": b"\x00a,k\n1,\0\n",
    "empty": b"\x00",
    "huge": b"\x00a,k\n1e999,u\n",
    "packed": b"\x00" + pack(b"a,k\n" + b"1,u\n" * 1000),
    "html": b"\x00<!DOCTYPE html>",
}

RECORD = bytes(i % 256 for i in range(3072))
# The last byte chooses 10 (even) or 100 classes; see fuzz_cifar.c.
CIFAR = {
    "ten": b"\t" + RECORD[:-1] + b"\0",
    "hundred": b"\x13\x63" + RECORD,
    "label": b"\n" + RECORD[:-1] + b"\0",
    "cut": b"\t" + RECORD[:100],
    "packed": pack((b"\t" + RECORD) * 3) + b"\0",
    "pickle": b"\x80\x04\x95",
    "tar": b"cifar" + b"\0" * 252 + b"ustar" + b"\0" * 250,
}

def whole_checkpoint():
    """What fuzz_checkpoint.c saves at its start; the library wrote it."""
    with open(os.path.join(HERE, "checkpoint", "whole"), "rb") as f:
        data = f.read()
    (length,) = struct.unpack("<Q", data[:8])
    return data, json.loads(data[8 : 8 + length]), data[8 + length :]


WHOLE, WHOLE_HEADER, WHOLE_DATA = whole_checkpoint()


def forged(change=None, drop=None, data=None, **texts):
    """The whole one without checksums; entries renamed or dropped, texts changed."""
    header = dict(WHOLE_HEADER)
    meta = {k: v for k, v in header.pop("__metadata__").items() if not k.startswith("dl.crc32")}
    for key, text in texts.items():
        meta[key.replace("__", ".")] = text
    if drop:
        meta.pop(drop, None)
    for old, new in (change or {}).items():
        header = {new if k == old else k: v for k, v in header.items()}
    return st({"__metadata__": meta, **header}, WHOLE_DATA if data is None else data)


CHECKPOINT = {
    "bare": forged(),
    "ones": forged(data=b"\x3f" * len(WHOLE_DATA)),
    "negative": forged(data=b"\xff" * len(WHOLE_DATA)),
    "cut": WHOLE[: len(WHOLE) // 3],
    "layout_1": forged(dl__checkpoint="version=1 ticket=5 fills=9 seed=42"),
    "layout_3": forged(dl__checkpoint="version=3 all=new"),
    "seed": forged(dl__checkpoint="version=2 ticket=5 fills=9 seed=43"),
    "counters": forged(dl__checkpoint="version=2 ticket=18446744073709551615 fills=0 seed=42"),
    "no_head": forged(drop="dl.checkpoint"),
    "moved": forged(loader__data="epoch=3 position=4 size=7 batch=2 batches=4 shuffle=1"),
    "behind": forged(loader__data="epoch=3 position=5 size=7 batch=2 batches=4 shuffle=1"),
    "other_set": forged(loader__data="epoch=0 position=0 size=8 batch=2 batches=4 shuffle=1"),
    "rate": forged(optim__sgd="slots=1 steps=7 lr=1e308 class=sgd"),
    "other_rule": forged(optim__sgd="slots=2 steps=7 lr=0.1 class=adam"),
    "missing": forged({"module.net.0.bias": "module.net.0.bis"}),
    "no_count": forged({"average.average#count": "average.average#cnt"}),
    "no_sched": forged({"optim.sgd#sched": "optim.sgd#shed"}),
    "text": forged(text__note="", text__more="l\u00e4uft\n"),
}

for name, data in CHECKPOINT.items():
    put("checkpoint", name, data)
for name, data in CIFAR.items():
    put("cifar", name, data)
for name, data in CSV.items():
    put("csv", name, data)
for name, data in IDX.items():
    put("idx", name, data)
for name, data in SAFETENSORS.items():
    put("safetensors", name, data)
