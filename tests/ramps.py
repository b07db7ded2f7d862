"""Three ramps of color, and what they are stored as."""

import io

import numpy as np
import pytest
from PIL import Image as pillow

Y, X = np.mgrid[0:1:60j, 0:1:80j]
RAMPS = np.stack([X, Y, 1 - X], -1)
EIGHT, SIXTEEN = (RAMPS * 255).round().astype(np.uint8), (RAMPS * 65535).round().astype(np.uint16)
LIGHT = np.stack([0.2 + 0.6 * X, 0.2 + 0.6 * Y, 0.8 - 0.6 * X], -1)
LIGHT[:4] = 1  # LibRaw takes the brightest for white


def heic(picture: pillow.Image, **options: object) -> bytes:
    file = io.BytesIO()
    pytest.importorskip("pillow_heif").from_pillow(picture).save(file, quality=100, chroma=444, **options)
    return file.getvalue()
