"""The classical methods of the tables, each in a few lines or from a library, all of one kind.

A ``Harmonizer`` takes a sample (and does not look at its target) and answers with a picture, uint8: any further network is another
function of that kind. A ``Blend`` takes source photo, alpha and plate and answers with alpha and foreground, which ``over`` puts on
the plate.
"""

import functools
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.errors import MissingExtra
from cleanplate.pixels.color import FloatArray, to_uint8
from cleanplate.pixels.over import over
from cleanplate.pixels.resampling import resize
from cleanplate.stages import edge_colors
from cleanplate.training.measure import metrics
from cleanplate.training.samples import transfer
from cleanplate.training.samples.synthesis import Sample

Answer = npt.NDArray[np.uint8]
Harmonizer = Callable[[Sample], Answer]
Blended = tuple[FloatArray, FloatArray]  # alpha (height, width), foreground (height, width, 3)
Blend = Callable[[FloatArray, FloatArray, FloatArray], Blended]


# ---- harmonization -------------------------------------------------------------------------------------------------


def nothing(sample: Sample) -> Answer:
    return to_uint8(sample.composite)


def background(sample: Sample, complete: bool) -> tuple[FloatArray, FloatArray]:
    """The picture whose statistics count and their weight: the complete plate, or the composite where the person is not."""
    if complete:
        return sample.plate, np.ones_like(sample.alpha)
    return sample.composite, 1 - sample.alpha


def pasted(moved: FloatArray, sample: Sample) -> Answer:
    """A recolored picture's foreground over the composite."""
    return to_uint8(over(moved, sample.alpha, sample.composite))


def reinhard(sample: Sample, complete: bool) -> Answer:
    """Mean and deviation of l alpha beta; ``transfer.reinhard``."""
    reference, weight = background(sample, complete)
    own = transfer.statistics(transfer.to_lab(sample.composite), sample.alpha)
    return pasted(transfer.reinhard(sample.composite, own, transfer.statistics(transfer.to_lab(reference), weight)), sample)


def covariance(sample: Sample, complete: bool) -> Answer:
    """Mean and covariance of RGB by the linear Monge-Kantorovitch map (MKL); ``transfer.covariance``."""
    reference, weight = background(sample, complete)
    own = transfer.statistics(sample.composite, sample.alpha)
    return pasted(transfer.covariance(sample.composite, own, transfer.statistics(reference, weight)), sample)


def histogram(sample: Sample) -> Answer:
    """Histograms of Y, Cb and Cr of the complete plate; ``transfer.histogram``."""
    return pasted(transfer.histogram(sample.composite, sample.alpha, sample.plate), sample)


def poisson(sample: Sample) -> Answer:
    """Perez et al., *Poisson Image Editing*, SIGGRAPH 2003, by OpenCV: the foreground's gradients, the plate's colors at its edge.

    A frame of repeated pixels is put around, since the mask may not touch the border; OpenCV puts the middle of the mask's box
    at the point it is given, takes the foreground's gradients from 3 pixels inside the mask on, and solves over the whole box.
    """
    edge = 2
    inside = np.pad((sample.alpha > 0.02).view(np.uint8) * 255, edge)
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    if not len(rows):
        return nothing(sample)
    framed = [np.pad(to_uint8(each), ((edge, edge), (edge, edge), (0, 0)), "edge") for each in (sample.composite, sample.plate)]
    middle = (int(columns[0] + columns[-1] + 1) // 2, int(rows[0] + rows[-1] + 1) // 2)
    cloned = cv2.seamlessClone(framed[0], framed[1], inside, middle, cv2.NORMAL_CLONE)
    answer = nothing(sample)
    np.copyto(answer, cloned[edge:-edge, edge:-edge], where=(sample.alpha > 0.02)[..., None])
    return answer


HARMONIZERS: dict[str, Harmonizer] = {
    "none": nothing,
    "reinhard-complete": functools.partial(reinhard, complete=True),
    "reinhard-visible": functools.partial(reinhard, complete=False),
    "covariance-complete": functools.partial(covariance, complete=True),
    "covariance-visible": functools.partial(covariance, complete=False),
    "histogram": histogram,
    "poisson": poisson,
}


# ---- blending ------------------------------------------------------------------------------------------------------


def linear(source: FloatArray, alpha: FloatArray, plate: FloatArray) -> Blended:
    return alpha, source


def linear_foreground(source: FloatArray, alpha: FloatArray, plate: FloatArray) -> Blended:
    """Multi-level foreground estimation; ``edge_colors.estimate_colors``."""
    return alpha, edge_colors.estimate_colors(source, alpha)[0]


def blurred(source: FloatArray, alpha: FloatArray, front: FloatArray, back: FloatArray, radius: int) -> Blended:
    """Foreground and blurred background by one blur fusion: Forte, *Approximate Fast Foreground Colour Estimation*, ICIP 2021.

    ``F^ = box(F a) / box(a)``, ``B^ = box(B (1 - a)) / box(1 - a)``, ``F = F^ + a (I - a F^ - (1 - a) B^)``, boxes of ``radius``
    pixels, edges mirrored.
    """
    weight = alpha[..., None]

    def mean(array: FloatArray) -> FloatArray:
        return np.asarray(cv2.blur(array, (radius, radius)), np.float32).reshape(array.shape)

    front = mean(front * weight) / (mean(weight) + np.float32(1e-5))
    back = mean(back * (1 - weight)) / (mean(1 - weight) + np.float32(1e-5))
    return np.clip(front + weight * (source - weight * front - (1 - weight) * back), 0, 1), back


def blur_fusion(source: FloatArray, alpha: FloatArray, plate: FloatArray) -> Blended:
    """Blur fusion twice, wide and then narrow (90 and 6 pixels, the paper's)."""
    front, back = blurred(source, alpha, source, source, 90)
    return alpha, blurred(source, alpha, front, back, 6)[0]


def trimap(alpha: FloatArray) -> npt.NDArray[np.float64]:
    """Of an imperfect alpha: 0.5 in MODNet's boundary band, elsewhere 0 or 1."""
    sure = (alpha >= 0.5).astype(np.float64)
    return np.asarray(np.where(metrics.band(alpha) > 0, 0.5, sure))


def closed_form(source: FloatArray, alpha: FloatArray, plate: FloatArray) -> Blended:
    """Levin et al., *A Closed-Form Solution to Natural Image Matting*, 2008, at half size, then Germer's colors, both by PyMatting.

    Its trimap comes from the alpha that is given. The alpha stays where there is nothing unknown or nothing known.

    Raises:
        MissingExtra: PyMatting is not installed.
    """
    try:
        import pymatting
    except ModuleNotFoundError as error:
        raise MissingExtra("pymatting", "bench") from error
    half = tuple(max(1, side // 2) for side in alpha.shape)
    guess = trimap(resize(alpha, half))
    if all((guess == level).any() for level in (0.0, 0.5, 1.0)):
        solved = pymatting.estimate_alpha_cf(resize(source, half).astype(np.float64), guess)
        alpha = np.clip(resize(solved.astype(np.float32), alpha.shape), 0, 1)
    front = pymatting.estimate_foreground_ml(source.astype(np.float64), alpha.astype(np.float64))
    return alpha, np.asarray(front, np.float32)


BLENDS: dict[str, Blend] = {"linear": linear, "linear-foreground": linear_foreground, "blur-fusion": blur_fusion}
SLOW: dict[str, Blend] = {"closed-form": closed_form}  # seconds for each picture, and an extra: only when asked for
