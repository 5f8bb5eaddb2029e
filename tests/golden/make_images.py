#!/usr/bin/env python3
"""Writes images.safetensors: small picture files, and the pixels that PIL (Pillow) reads from them
and makes of them; and the first inputs of the fuzzer of pictures. Needs numpy, Pillow, safetensors.

file.NAME is the file, pixels.NAME what is in it, [C, H, W]; resize.NAME.HxW what PIL's BILINEAR makes
of pixels.NAME, in bytes; float.HxW the same of source.float, in numbers."""
import io
import os
import struct
import zlib

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(HERE, "..", "fuzz", "corpus", "image")
random = np.random.RandomState(7)
out = {}
files = {}


def scene(h, w, c):
    """A smooth picture with an edge and some noise."""
    y, x = np.mgrid[0:h, 0:w]
    planes = []
    for k in range(c):
        v = 128 + 90 * np.sin((x * (k + 1) + 2 * y) / 9.0 + k) + 30 * (x > w // 2)
        planes.append(v + random.randn(h, w) * 3)
    a = np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)
    return a[:, :, 0] if c == 1 else a


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(h, w, depth, colour, interlaced=0, extra=b"", filters=True, palette=None):
    """A PNG file of random samples; every row with the next filter of the five."""
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    step = max(1, samples * depth // 8)
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
              (0, 1, 1, 2)] if interlaced else [(0, 0, 1, 1)]
    raw, turn = b"", 0
    for x0, y0, dx, dy in passes:
        pw, ph = max(0, -(-(w - x0) // dx)), max(0, -(-(h - y0) // dy))
        stride = (pw * samples * depth + 7) // 8
        for _ in range(ph if pw else 0):
            row = random.randint(0, 256, stride).astype(np.uint8)
            if colour == 3 and palette is not None and depth == 8:
                row %= len(palette) // 3
            raw += bytes([turn % 5 if filters and colour != 3 else 0]) + row.tobytes()
            turn += 1
    head = struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, interlaced)
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra
    if colour == 3:
        file += chunk(b"PLTE", palette or random.bytes(3 << depth))
    packed = zlib.compress(raw, 9)
    file += chunk(b"IDAT", packed[:11]) + chunk(b"IDAT", b"") + chunk(b"IDAT", packed[11:])
    return file + chunk(b"IEND", b"")


def bmp(h, w, depth, masks=None, up=True, palette=None, head=40):
    stride = (w * depth + 31) // 32 * 4
    rows = random.randint(0, 256, stride * h).astype(np.uint8).tobytes()
    colours = palette or (random.bytes(4 << depth) if depth <= 8 else b"")
    extra = b"".join(struct.pack("<I", m) for m in masks) if masks else b""
    offset = 14 + head + len(extra) + len(colours)
    info = struct.pack("<IiiHHIIiiII", head, w, h if up else -h, 1, depth, 3 if masks else 0,
                       stride * h, 2835, 2835, len(colours) // 4, 0)
    return (b"BM" + struct.pack("<IHHI", offset + len(rows), 0, 0, offset) + info + extra + colours
            + rows)


def pixels(data):
    """[C, H, W] as the library has it: alpha dropped, the upper 8 of 16 bits."""
    im = Image.open(io.BytesIO(data))
    im.load()
    if im.mode.startswith("I"):
        a = (np.array(im).astype(np.int64) >> 8).astype(np.uint8)
    elif im.mode in ("1", "L", "LA"):
        a = np.array(im.convert("L") if im.mode == "1" else im.getchannel(0))
        if data[:2] == b"BM":
            a = np.array(im.convert("RGB"))
    else:
        a = np.array(im.convert("RGB"))
        if data[1:4] == b"PNG" and data[25] == 4:  # 16 bits of grey and alpha are RGBA there
            a = np.ascontiguousarray(a[:, :, 0])
    return np.ascontiguousarray(a[None] if a.ndim == 2 else a.transpose(2, 0, 1))


def resized(plane, h, w):
    """Along rows, then along columns: Pillow up to 12 always does so, 13 for most sizes."""
    im = Image.fromarray(plane)
    return np.array(im.resize((w, im.height), Image.BILINEAR).resize((w, h), Image.BILINEAR))


def put(name, data, fuzz=True):
    out["file." + name] = np.frombuffer(data, np.uint8).copy()
    out["pixels." + name] = pixels(data)
    if fuzz:
        files[name] = data


def saved(a, kind, **options):
    f = io.BytesIO()
    (a if isinstance(a, Image.Image) else Image.fromarray(a)).save(f, kind, **options)
    return f.getvalue()


for colour, depths in ((0, (1, 2, 4, 8, 16)), (2, (8, 16)), (3, (1, 2, 4, 8)), (4, (8, 16)),
                       (6, (8, 16))):
    for depth in depths:
        for interlaced in (0, 1):
            put("png_%d_%d_%d" % (colour, depth, interlaced), png(7, 11, depth, colour, interlaced),
                depth in (1, 8))
put("png_one", png(1, 1, 8, 2, 1))
put("png_pil", saved(scene(20, 24, 3), "PNG"))
put("png_text", png(3, 2, 8, 0, 0, chunk(b"tEXt", b"Title\0x") + chunk(b"gAMA", b"\0\1\x86\xa0")))
# Text that would be a gigabyte.
swollen = zlib.compress(b"\0" * (1 << 20), 9)
put("png_bomb", png(3, 2, 8, 0, 0, chunk(b"zTXt", b"Title\0\0" + swollen)), False)
put("bmp_1", bmp(5, 9, 1))
put("bmp_4", bmp(5, 9, 4))
put("bmp_8", bmp(5, 9, 8, palette=random.bytes(4 * 256)), False)
put("bmp_16", bmp(5, 9, 16))
put("bmp_565", bmp(5, 9, 16, (0xf800, 0x7e0, 0x1f)))
put("bmp_24", bmp(5, 9, 24))
put("bmp_32", bmp(5, 9, 32))
put("bmp_masks", bmp(5, 9, 32, (0xff0000, 0xff00, 0xff)))
put("bmp_down", bmp(5, 9, 24, up=False))
put("bmp_pil", saved(scene(12, 10, 3), "BMP"))
put("jpeg_grey", saved(scene(21, 30, 1), "JPEG", quality=90))
for name, s in (("444", 0), ("422", 1), ("420", 2)):
    put("jpeg_" + name, saved(scene(35, 50, 3), "JPEG", quality=90, subsampling=s), s == 2)
    put("jpeg_progressive_" + name,
        saved(scene(35, 50, 3), "JPEG", quality=90, subsampling=s, progressive=True), s == 2)
put("jpeg_restart", saved(scene(33, 40, 3), "JPEG", quality=80, restart_marker_blocks=2))
put("jpeg_one", saved(scene(1, 1, 3), "JPEG"))
put("jpeg_grey_progressive", saved(scene(9, 17, 1), "JPEG", progressive=True))
put("jpeg_rgb", saved(scene(16, 24, 3), "JPEG", keep_rgb=True, subsampling=0, quality=90))
put("jpeg_cmyk", saved(Image.fromarray(scene(17, 20, 3)).convert("CMYK"), "JPEG", quality=90), False)
exif = Image.Exif()
exif[0x112] = 6  # turned: ignored
put("jpeg_turned", saved(scene(8, 12, 3), "JPEG", exif=exif.tobytes()), False)

for name, sizes in (("png_pil", ((7, 5), (20, 9), (31, 24), (1, 1), (40, 60), (3, 60))),
                    ("jpeg_grey", ((10, 11), (64, 64)))):
    source = out["pixels." + name]
    for h, w in sizes:
        planes = [resized(p, h, w) for p in source]
        out["resize.%s.%dx%d" % (name, h, w)] = np.stack(planes)
source = random.randn(2, 13, 17).astype(np.float32)
out["source.float"] = source
for h, w in ((5, 6), (13, 30), (26, 17), (1, 1), (40, 3)):
    planes = [resized(p, h, w) for p in source]
    out["float.%dx%d" % (h, w)] = np.stack(planes)
colours = out["pixels.png_pil"].transpose(1, 2, 0)
out["grey.png_pil"] = np.array(Image.fromarray(np.ascontiguousarray(colours)).convert("L"))[None]

save_file(out, os.path.join(HERE, "images.safetensors"))


# What once broke decoders, and what should be refused.
def killer_table():
    """A Huffman table with 16 counts of 255: it ran over the ends of stb_image 2.27's arrays."""
    good = files["jpeg_420"]
    at = good.index(b"\xff\xc4")
    n = struct.unpack(">H", good[at + 2:at + 4])[0]
    return good[:at] + b"\xff\xc4\x10\x03\x00" + b"\xff" * 16 + b"\0" * 4080 + good[at + 2 + n:]


bad = {"table": killer_table()[:1200], "sampling": files["jpeg_420"].replace(b"\x01\x22\x00", b"\x01\x34\x00", 1),
       "huge": b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\x7f\xff\xff\xff" * 2 + b"\x08\x02\0\0\0"),
       "cut": files["jpeg_progressive_420"][:-200], "bmp_huge": files["bmp_24"][:18] + b"\xff\xff\xff\x7f" * 2,
       "gif": b"GIF89a", "empty": b""}
files.update(bad)
os.makedirs(CORPUS, exist_ok=True)
for name, data in files.items():
    with open(os.path.join(CORPUS, name), "wb") as f:
        f.write(data)
