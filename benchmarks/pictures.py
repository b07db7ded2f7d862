"""Test pictures of any size: the bundled portrait and plate enlarged, with fine noise, so that JPEGs are as large as usual."""

import functools
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as pillow

import cleanplate
from cleanplate.pixels.color import to_float, to_uint8
from cleanplate.values import Size

EXAMPLES = Path(__file__).parent.parent / "examples"
NOISE = 4.0  # levels; a 12-megapixel JPEG then takes near 3 bits a pixel, as from a phone
GRAIN = 1024  # side of the noise that is repeated
SHAPE = 3 / 4  # width over height of a portrait photo
UHD_8K, HD = (4320, 7680), (1080, 1920)


def portrait(megapixels: float) -> Size:
    """(height, width) of an upright photo of at most so many million pixels.

    >>> portrait(12)
    (4000, 3000)
    """
    height = int((megapixels * 1e6 / SHAPE) ** 0.5)
    return height, int(height * SHAPE)


@functools.cache
def noise() -> np.ndarray:
    return (np.random.default_rng(0).standard_normal((GRAIN, GRAIN, 3)) * NOISE / 255).astype(np.float32)


def enlarged(pixels: np.ndarray, size: Size) -> np.ndarray:
    """Brought to a frame's height, cut or continued at its sides."""
    scale = size[0] / pixels.shape[0]
    width = max(round(pixels.shape[1] * scale), 1)
    whole = cv2.resize(pixels, (width, size[0]), interpolation=cv2.INTER_CUBIC)
    left = max(size[1] - width, 0) // 2
    whole = cv2.copyMakeBorder(whole, 0, 0, left, max(size[1] - width - left, 0), cv2.BORDER_REPLICATE)
    start = (whole.shape[1] - size[1]) // 2
    return np.ascontiguousarray(whole[:, start : start + size[1]])


def grained(pixels: np.ndarray) -> np.ndarray:
    """A picture of uint8 with the camera's noise added, strip by strip."""
    for top in range(0, pixels.shape[0], GRAIN):
        strip = pixels[top : top + GRAIN]
        grain = np.tile(noise(), (1, -(-strip.shape[1] // GRAIN), 1))[: strip.shape[0], : strip.shape[1]]
        strip[:] = to_uint8(to_float(strip) + grain)
    return pixels


@dataclass(frozen=True)
class Files:
    """Person, plate and matte on disk, all of one size."""

    person: Path
    plate: Path
    matte: Path
    size: Size

    @property
    def megapixels(self) -> float:
        return self.size[0] * self.size[1] / 1e6


class Album:
    """Test pictures in memory and on disk, made when first asked for.

    Args:
        folder: where files go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._small = cleanplate.read_image(EXAMPLES / "portrait.png")
        self._matte = cleanplate.Compositor(device="cpu").cutout(self._small).alpha
        self._plate = cleanplate.read_image(EXAMPLES / "plate.jpg").pixels

    def person(self, size: Size) -> cleanplate.Image:
        return cleanplate.Image(grained(enlarged(self._small.pixels, size)))

    def plate(self, size: Size) -> cleanplate.Image:
        return cleanplate.Image(grained(enlarged(self._plate, size)))

    def alpha(self, size: Size) -> np.ndarray:
        """The portrait's matte, float32 in [0, 1]."""
        return np.asarray(np.clip(enlarged(self._matte, size), 0, 1))

    def pasted(self, size: Size) -> tuple[cleanplate.Image, np.ndarray]:
        """A cut-and-paste composite and its mask."""
        alpha = self.alpha(size)
        person, plate = self.person(size).pixels, self.plate(size).pixels
        return cleanplate.Image(np.asarray(cv2.blendLinear(person, plate, alpha, 1 - alpha), np.uint8)), alpha

    def files(self, size: Size) -> Files:
        """JPEGs as cameras write them (quality 95, halved color) and the matte as an 8-bit PNG."""
        end = f"{size[1]}x{size[0]}"
        person, plate, matte = (self.folder / name for name in (f"person-{end}.jpg", f"plate-{end}.jpg", f"matte-{end}.png"))
        if not matte.exists():
            pillow.fromarray(self.person(size).pixels).save(person, quality=95)
            pillow.fromarray(self.plate(size).pixels).save(plate, quality=95)
            cleanplate.write_alpha(self.alpha(size), matte)
        return Files(person, plate, matte, size)
