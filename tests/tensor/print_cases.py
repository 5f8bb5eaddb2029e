"""Writes print_cases.h: arrays and the text NumPy makes of them. Made with NumPy 2.4.6.

    python3 print_cases.py > print_cases.h
"""
import textwrap

import numpy as np

DTYPE = {"f4": "DL_F32", "f8": "DL_F64", "i4": "DL_I32", "i8": "DL_I64", "u1": "DL_U8",
         "?": "DL_BOOL"}
inf, nan = np.inf, np.nan


def ramp(*shape):
    return np.arange(np.prod(shape, dtype=int)).reshape(shape)


CASES = [  # dtype, values, options
    ("f4", [1.0, 2.0, 3.0], {}),
    ("f4", [0.1, 0.25, -3.14159], {}),
    ("f8", [[1.5, -2.25], [100.125, 0.0]], {}),
    ("f8", [1e10, 1.0], {}),
    ("f8", [1e-5, 1.0], {}),
    ("f8", [0.0001, 0.1], {}),
    ("f8", [0.0001, 0.11], {}),
    ("f4", [999999.0, 1000.0], {}),
    ("f4", [1000000.0, 2000.0], {}),
    ("f8", [99999999.0], {}),
    ("f8", [100000000.0], {}),
    ("f8", [1e300, -1e-300, 5e-324], {}),
    ("f4", [1e-45, 3.4028235e38], {}),
    ("f8", [inf, -inf, nan], {}),
    ("f8", [inf, 1.0, nan], {}),
    ("f8", [-inf, 1.5, -200.0], {}),
    ("f4", [nan, 1e20], {}),
    ("f4", [0.0, -0.0], {}),
    ("f8", [2.5, 3.5, 0.00125], {"precision": 2}),
    ("f8", [0.125, 0.375], {"precision": 2}),
    ("f8", [0.5, 1.5, 2.5], {"precision": -1}),
    ("f4", [0.1, 5802.8442], {"precision": 17}),
    ("f8", [0.1, 1 / 3], {"precision": 17}),
    ("f8", [9.99996, 0.5], {}),
    ("f8", 3.14159265, {}),
    ("i4", 7, {}),
    ("?", True, {}),
    ("?", [[True, False], [False, True]], {}),
    ("i4", [-100, 5, 10], {}),
    ("i8", [2**62, -2**62, 0], {}),
    ("u1", [0, 255, 3], {}),
    ("f4", [], {}),
    ("i4", np.zeros((2, 0, 3)), {}),
    ("i4", ramp(2, 3, 4), {}),
    ("i4", ramp(2, 1, 2, 2), {}),
    ("i4", ramp(40), {}),
    ("f4", ramp(30) / 8, {}),
    ("i4", ramp(30), {"line_width": 20}),
    ("i4", ramp(3) + 123456, {"line_width": 4}),
    ("i4", ramp(40), {"threshold": 39}),
    ("i4", ramp(40), {"threshold": 40}),
    ("i4", ramp(8, 9), {"threshold": 10}),
    ("i4", ramp(4, 4, 4), {"threshold": 10, "edge_items": 1}),
    ("f8", ramp(7, 2) * 1e5, {"threshold": 10, "edge_items": 2}),
    ("?", ramp(20) % 3 == 0, {"threshold": 5, "edge_items": 2}),
]


def text(s):
    return "\n".join('     "%s"' % line for line in s.replace("\n", "\\n@").split("@"))


print("/* Written by print_cases.py: arrays, and what NumPy 2.4.6 makes of them. */")
print("/* clang-format off */")
for i, (dtype, values, o) in enumerate(CASES):
    a = np.asarray(values).astype(dtype)
    numbers = ", ".join("NAN" if v != v else "INFINITY" if v == inf else "-INFINITY" if v == -inf
                        else repr(float(v)) for v in a.ravel().astype("f8")) or "0"
    print("\n".join(textwrap.wrap("static const double case_%d[] = {%s};" % (i, numbers), 96)))
print("static const print_case cases[] = {")
for i, (dtype, values, o) in enumerate(CASES):
    a = np.asarray(values).astype(dtype)
    threshold = o.get("threshold", 1000)
    shown = np.array2string(a, precision=max(o.get("precision", 4), 0),
                            threshold=10**9 if threshold < 0 else threshold,
                            edgeitems=o.get("edge_items", 3),
                            max_line_width=o.get("line_width", 75))
    fields = "".join(", .%s = %d" % (k, v) for k, v in o.items())[2:] or "0"
    dims = ", ".join(map(str, a.shape)) or "0"
    print("    {%s, %d, {%s}, case_%d, {%s},\n%s},"
          % (DTYPE[dtype], a.ndim, dims, i, fields, text(shown)))
print("};")
