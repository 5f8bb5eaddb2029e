#!/usr/bin/env python3
"""Writes reference.safetensors with the format's own library (pip install safetensors numpy)."""
import os
import numpy as np
from safetensors.numpy import save_file

here = os.path.dirname(os.path.abspath(__file__))
save_file(
    {
        "layer.0.weight": np.arange(6, dtype=np.float32).reshape(2, 3) / 2,
        "layer.0.bias": np.array([-1, 1], dtype=np.float32),
        "double": np.array([0.1, 1e300, np.inf]),
        "count": np.array(7, dtype=np.int64),
        "index": np.array([[1], [-2]], dtype=np.int32),
        "bytes": np.arange(5, dtype=np.uint8),
        "mask": np.array([True, False, True]),
        "none": np.zeros((0, 4), dtype=np.float32),
        'q"uote\\ \u00e4\n\x01\x7f': np.array([1.5], dtype=np.float32),
    },
    os.path.join(here, "reference.safetensors"),
    metadata={"format": "pt"},
)
