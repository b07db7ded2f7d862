"""Samples of written sets, drawn at once."""

import numpy as np
from drawn import SIZE, person, scene, silhouette

from cleanplate.training.samples import sets
from cleanplate.training.samples.drawing import Drawn


class Painter:
    def __init__(self, stage: str) -> None:
        self.stage = stage

    def draw(self, rng: np.random.Generator, number: int) -> Drawn:
        return Drawn({field: picture(field, number) for field in sets.FIELDS[self.stage]}, {"person": f"p{number}"})


def picture(field: str, number: int) -> np.ndarray:
    if field.endswith("alpha"):
        return silhouette(SIZE)
    return np.float32(scene(number) if field == "plate" else person(number) * (0.7 if field == "composite" else 1.0))
