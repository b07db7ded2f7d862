"""Composites with all that can be asked for, and their layers."""

import numpy as np

from cleanplate import Compositor, Cutout, Image, Placement, Plate, Settings
from cleanplate.composites import Composite
from cleanplate.models.harmonizer import Cues
from cleanplate.pixels.color import to_uint8
from cleanplate.stages.sheets import Layers
from cleanplate.transforms.forms import Transform


class Brightening:
    """A harmonizer that takes bright colors beyond white, dark ones below black, and bends them by a tone."""

    side = 64

    def cues(self, plate: np.ndarray) -> Cues:
        return Cues(np.zeros(1, np.float32))

    def answer(self, composite: np.ndarray, alpha: np.ndarray, cues: Cues) -> Transform:
        grid = np.float32([[1.5, 0, -0.1, 0], [0.1, 1.3, 0, -0.1], [0, 0.2, 1.2, -0.15]])
        return Transform(grid[None, None], tone=np.linspace(0, 1, 5, dtype=np.float32)[:, None].repeat(3, 1) ** 0.9)


def standing(kind: type = np.uint8) -> tuple[Cutout, Plate]:
    """A soft-edged figure with feet in a colorful photo, and a noisy plate with a toe of black."""
    rng, (rows, columns) = np.random.default_rng(12), np.mgrid[:320, :180]
    away = np.hypot((rows - 160) / 140, (columns - 90) / 50)
    person = np.dstack([rows / 320, columns / 180, (rows + columns) / 500]).astype(np.float32)
    alpha = np.clip((1 - away) * 8, 0, 1).astype(np.float32)
    down = np.linspace(0.02, 0.8, 400)[:, None, None] * np.ones((1, 480, 3)) + rng.normal(0, 0.02, (400, 480, 3))
    plate = (np.clip(down, 0, 1) * np.iinfo(kind).max).astype(kind)
    return Cutout(Image(to_uint8(person)), alpha, clean=True), Plate(Image(plate))


def composed(settings: Settings, kind: type = np.uint8, *, layers: bool = True) -> Composite:
    person, plate = standing(kind)
    return Compositor(harmonizer=Brightening()).compose(person, plate, Placement(0.6, 0.5, 0.85), settings, layers=layers)


ASKED = {
    "as it is": Settings(), "half of the color": Settings(strength=0.5), "a share that an editor rounds": Settings(strength=0.77),
    "beyond": Settings(strength=1.5), "no color": Settings(harmonize=False), "wrap": Settings(wrap=1, strength=0.6),
    "grain": Settings(grain=1, strength=0.9), "light": Settings(strength=0.5, exposure=0.5, warmth=0.4, edge=0.3),
    "light alone": Settings(harmonize=False, exposure=-1.5, warmth=-0.5),
    "all": Settings(0.8, wrap=0.5, grain=1, soften=1, defocus=3, light=100),
}  # fmt: skip


def layers(asked: str = "all", kind: type = np.uint8) -> Layers:
    """The layers of a composite by what is asked for."""
    found = composed(ASKED[asked], kind).layers
    assert found is not None
    return found
