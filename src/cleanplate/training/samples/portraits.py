"""Source photos as users have them: a known person in a known place, and the imperfect matte of it. Nothing here needs torch."""

from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.over import over
from cleanplate.pixels.resampling import resize
from cleanplate.stages import edge_colors, matting
from cleanplate.training.samples import backdrops, cameras
from cleanplate.training.samples.grades import draw_grade

SURE = 0.98  # alpha from which nothing of the place is seen, and below the rest of which nothing of the person
ALPHAS = ("modnet-256", "modnet-512", "corrupted")
ALPHA_SHARES = (0.2, 0.45, 0.35)  # of them in what is trained on: the product looks at photos at 512


class Portrait(NamedTuple):
    """A person with pseudo-true alpha (height, width) and foreground (height, width, 3): what blending samples are made of."""

    foreground: FloatArray
    alpha: FloatArray


def agreement(matte: FloatArray, mask: FloatArray) -> float:
    """Intersection over union of the two, cut at one half."""
    ours, theirs = matte > 0.5, mask > 0.5
    return float((ours & theirs).sum() / max(int((ours | theirs).sum()), 1))


def tight(picture: FloatArray, alpha: FloatArray) -> Portrait:
    """A person of a photo without the outermost pixel of their outline.

    A predicted matte reaches a little too far, so that the colors there are half the old place's; as truth they would teach to
    leave them. What is soft in the midst of somebody, where no place shines through, is a fault of the matte and filled.
    """
    count, labels = cv2.connectedComponents((alpha < SURE).view(np.uint8), connectivity=8)
    through = np.bincount(labels.ravel(), alpha.ravel() < 1 - SURE, count) > 0
    alpha = np.where((labels > 0) & ~through[labels], np.float32(1), alpha)
    inner = cv2.erode(alpha, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
    return Portrait(edge_colors.estimate_colors(picture, alpha)[0], np.asarray(inner, np.float32))


def corrupt(rng: np.random.Generator, alpha: FloatArray) -> FloatArray:
    """A matte spoiled as mattes are: moved, wobbling edge, blur, wrong softness, lost strands, coarse blocks, holes, islands."""
    height, width = alpha.shape
    reach = float(rng.uniform(0.3, 1.2)) * max(height, width) / 100
    wobble = resize(rng.normal(0, 1, (max(2, height // 24), max(2, width // 24), 2)).astype(np.float32), (height, width))
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    answer: npt.NDArray[Any] = cv2.remap(alpha, columns + reach * wobble[..., 0], rows + reach * wobble[..., 1], cv2.INTER_LINEAR)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * int(rng.integers(1, 4)) + 1,) * 2)
    moved = rng.random()
    if moved < 0.7:
        answer = (cv2.dilate if moved < 0.35 else cv2.erode)(answer, kernel)
    if rng.random() < 0.3:
        answer = resize(resize(answer, (max(1, height // 4), max(1, width // 4))), (height, width))
    if rng.random() < 0.6:
        answer = cv2.GaussianBlur(answer, (0, 0), float(rng.uniform(0.5, 3)))
    if rng.random() < 0.3:  # strands below a level are lost
        level = float(rng.uniform(0.1, 0.5))
        answer = np.clip((answer - level) / (1 - level), 0, 1)
    answer = np.clip(answer, 0, 1) ** float(rng.uniform(0.6, 1.6))
    for _ in range(int(rng.integers(3))):
        at = int(rng.integers(width)), int(rng.integers(height))
        cv2.circle(answer, at, int(rng.uniform(2, 10)), float(rng.integers(2)), -1, cv2.LINE_AA)
    return np.asarray(np.clip(answer, 0, 1), np.float32)


def imperfect(rng: np.random.Generator, kind: str, source: FloatArray, alpha: FloatArray) -> FloatArray:
    """The alpha that a user would have for a source photo: predicted on it, or the true one spoiled."""
    if kind == "corrupted":
        return corrupt(rng, alpha)
    small = matting.predict(source, 256 if kind == "modnet-256" else 512)
    return matting.refine(small, source) if rng.random() < 0.5 else resize(small, source.shape[:2])


def source_photo(rng: np.random.Generator, kind: str, person: Portrait, scene: FloatArray) -> dict[str, FloatArray]:
    """A source photo with a known answer: the person before a backdrop, as a camera has it, and the alpha a user would have.

    Half of the time person and scene are graded, each by itself. Everything has the person's size. What the camera does to the
    person's own colors is no fault of the edge: the true foreground is as the same camera takes the person everywhere.
    """
    size = person.alpha.shape[0], person.alpha.shape[1]
    foreground, behind = person.foreground, backdrops.drawn(rng, scene, size)
    if rng.random() < 0.5:
        foreground, behind = draw_grade(rng)(foreground), draw_grade(rng, 1.5)(behind)
    camera, lit = cameras.drawn(rng), cameras.spilled(rng, foreground, person.alpha, behind)
    source = camera.photo(over(lit, person.alpha, behind))
    alpha = imperfect(rng, kind, source, person.alpha)
    true = np.clip(camera.soft(person.alpha), 0, 1)
    truth = {"true_alpha": true, "true_foreground": camera.photo(foreground), "backdrop": behind}
    return {"source": source, "alpha": alpha} | truth
