"""A foreground's colors moved away from the place's: what a harmonizer learns to undo. Nothing here needs torch."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cleanplate.pixels.color import FloatArray
from cleanplate.training.samples import transfer
from cleanplate.training.samples.grades import Change, draw_curves, draw_grade, draw_lut

RECOLORINGS = ("reinhard", "covariance", "grade", "curves", "lut")  # trained on, each as often as the others
HELD_OUT = ("histogram", "idt")  # never trained on: kept for tests
CLIPPED = 0.05  # a recoloring that newly clips more of the foreground than this is drawn again
LOOKS = {"grade": draw_grade, "curves": draw_curves, "lut": draw_lut}  # kinds that are one function of color, whatever the picture


class Recoloring(NamedTuple):
    """A recolored picture, the kind of its recoloring, and its look where that is one function of color."""

    kind: str
    picture: FloatArray
    change: Change | None = None


def recolored(rng: np.random.Generator, kind: str, picture: FloatArray, alpha: FloatArray, style: FloatArray) -> Recoloring:
    """The picture with the colors of its foreground moved: towards the colors of ``style``, or by a drawn look.

    Args:
        kind: one of ``RECOLORINGS`` or ``HELD_OUT``.
        style: (height, width, 3) float32, any scene; the drawn looks (``grade``, ``curves``, ``lut``) do not look at it.
    """
    if kind in LOOKS:
        change = LOOKS[kind](rng, float(rng.uniform(0.6, 1.8)))
        return Recoloring(kind, change(picture), change)
    if kind == "reinhard":
        own = transfer.statistics(transfer.to_lab(picture), alpha)
        return Recoloring(kind, transfer.reinhard(picture, own, transfer.statistics(transfer.to_lab(style))))
    if kind == "covariance":
        return Recoloring(kind, transfer.covariance(picture, transfer.statistics(picture, alpha), transfer.statistics(style)))
    if kind == "histogram":
        return Recoloring(kind, transfer.histogram(picture, alpha, style))
    if kind == "idt":
        return Recoloring(kind, transfer.idt(picture, alpha, style))
    raise ValueError(kind)


def recolor(rng: np.random.Generator, kind: str, picture: FloatArray, alpha: FloatArray, style: FloatArray) -> FloatArray:
    """As ``recolored``, the picture alone."""
    return recolored(rng, kind, picture, alpha, style).picture


def clipped(before: FloatArray, after: FloatArray, alpha: FloatArray) -> float:
    """The share of the foreground that a recoloring pushed to the end of the range."""
    ends = ((after <= 0.002) | (after >= 0.998)) & (before > 0.01) & (before < 0.99)
    return float((ends.any(-1) * alpha).sum() / max(float(alpha.sum()), 1e-6))


def named_recoloring(
    rng: np.random.Generator, kinds: tuple[str, ...], picture: FloatArray, alpha: FloatArray, draw_style: Callable[[], FloatArray]
) -> Recoloring:
    """A recoloring of one of these kinds that does not clip; after five tries the mildest of them."""
    tries = []
    for _ in range(5):
        answer = recolored(rng, kinds[rng.integers(len(kinds))], picture, alpha, draw_style())
        loss = clipped(picture, answer.picture, alpha)
        tries.append((loss, answer))
        if loss <= CLIPPED:
            break
    return min(tries, key=lambda each: each[0])[1]


def draw_recoloring(
    rng: np.random.Generator, kinds: tuple[str, ...], picture: FloatArray, alpha: FloatArray, draw_style: Callable[[], FloatArray]
) -> FloatArray:
    """As ``named_recoloring``, the picture alone."""
    return named_recoloring(rng, kinds, picture, alpha, draw_style).picture
