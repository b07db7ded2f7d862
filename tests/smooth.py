"""A smooth plate and a smooth person, on which whatever a composite changes is seen."""

import numpy as np

from cleanplate import Cutout, Image, Plate, Settings
from cleanplate.models.harmonizer import Cues
from cleanplate.pixels.color import to_uint8
from cleanplate.transforms.forms import Transform

PLAIN = Settings(blend=False, harmonize=False)


def smooth(height: int, width: int, seed: int) -> Image:
    """A picture with color and structure."""
    import cv2

    coarse = np.random.default_rng(seed).random((height // 20 + 2, width // 20 + 2, 3), np.float32)
    return Image(to_uint8(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)))


def oval() -> Cutout:
    """A soft-edged oval in a photo, cut off by its bottom, with alpha 0 around it."""
    rows, columns = np.mgrid[:240, :200]
    away = np.hypot((rows - 170) / 130, (columns - 100) / 70)
    return Cutout(smooth(240, 200, 1), np.clip((1 - away) * 12, 0, 1).astype(np.float32))


def scenery() -> Plate:
    return Plate(smooth(300, 400, 2))


class Unchanging:
    """A harmonizer whose transform changes nothing."""

    side = 128

    def cues(self, plate: np.ndarray) -> Cues:
        return Cues(np.zeros(1, np.float32))

    def answer(self, composite: np.ndarray, alpha: np.ndarray, cues: Cues) -> Transform | np.ndarray:
        return Transform(np.broadcast_to(np.eye(3, 4, dtype=np.float32), (8, 8, 3, 4)).copy())


class Seeing(Unchanging):
    """A harmonizer that keeps what it is shown."""

    def answer(self, composite: np.ndarray, alpha: np.ndarray, cues: Cues) -> Transform | np.ndarray:
        self.seen = composite, alpha
        return super().answer(composite, alpha, cues)
