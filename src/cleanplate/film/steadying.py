"""Steadiness over time: where a shot ends, and filters that take the flicker out of an alpha and a color change but no motion.

Numbers in, numbers out, a frame at a time, nothing ahead of time. All filters leave a repeated frame exactly as it was.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.models.harmonizer import Cues
from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.resampling import resize
from cleanplate.transforms.forms import Transform

# ---- where a shot ends ---------------------------------------------------------------------------------------------

GLANCE = 32  # side at which two frames are compared: what moves inside a shot is hardly seen there
BINS = 16  # of a channel's histogram
COLORS_MOVED, SHAPES_MOVED = 0.08, 0.10  # 16 real clips: at most .04 and .19 from frame to frame, .075 and .34 over half a second;
# between clips, two filmed in one room among them, at least .093 and .128


def histogram(picture: npt.NDArray[np.uint8]) -> FloatArray:
    """(3, 16) shares of each channel's pixels, smoothed by (1, 2, 1) / 4 so that a small change of light moves it little.

    >>> histogram(np.zeros((2, 2, 3), np.uint8))[0, :3].tolist()
    [0.75, 0.25, 0.0]
    """
    counts = [np.bincount(picture[..., channel].ravel() // (256 // BINS), minlength=BINS) for channel in range(3)]
    shares = np.pad(np.array(counts, np.float32) / (picture.shape[0] * picture.shape[1]), ((0, 0), (1, 1)), mode="edge")
    return np.asarray((shares[:, :-2] + 2 * shares[:, 1:-1] + shares[:, 2:]) / 4, np.float32)


def shape(picture: npt.NDArray[np.uint8]) -> FloatArray:
    """The blurred brightness without its mean and size: its dot product with another is their correlation."""
    gray = cv2.GaussianBlur(picture.astype(np.float32).mean(2), (0, 0), 1.5)
    gray -= gray.mean()
    return np.asarray(gray / max(float(np.linalg.norm(gray)), 1e-6), np.float32)


def moved(before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8]) -> tuple[float, float]:
    """How far the colors (half the L1 distance of the histograms) and the shapes (1 - correlation) of two glances lie apart."""
    colors = float(np.abs(histogram(before) - histogram(after)).sum()) / 6
    return colors, 1 - float((shape(before) * shape(after)).sum())


class Cuts:
    """Says of each frame whether a new shot begins with it: colors *and* shapes are others than a frame ago.

    A person who runs through the picture moves its shapes and a lamp switched on its colors; a cut moves both.
    """

    def __init__(self) -> None:
        self._last: npt.NDArray[np.uint8] | None = None

    def __call__(self, pixels: npt.NDArray[np.uint8]) -> bool:
        """``pixels`` is (height, width, 3), any size; the first frame begins no *new* shot."""
        glance = resize(pixels, (GLANCE, GLANCE))
        before, self._last = self._last, glance
        if before is None:
            return False
        colors, shapes = moved(before, glance)
        return colors >= COLORS_MOVED and shapes >= SHAPES_MOVED


# ---- the alpha -----------------------------------------------------------------------------------------------------

HOLD = 0.7  # of the alpha so far that stays where the picture is what it was; benchmarks/video.py
QUIET, LOUD = 5, 15  # of 255: change of color (largest channel, 3 x 3 mean) up to which it is, from which it surely is not
ASTRAY = 0.15  # share of the person's pixels that are not what the flow says they should be, from which it is not believed


def flow_from(after: npt.NDArray[np.uint8], before: npt.NDArray[np.uint8]) -> FloatArray:
    """Where each pixel of a frame was a frame ago, (height, width, 2) right and down: DIS flow (Kroeger et al., ECCV 2016)."""
    estimator = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)  # type: ignore[attr-defined]
    grays = [cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) for each in (after, before)]
    return np.asarray(estimator.calc(*grays, None), np.float32)


def carry(array: Any, flow: FloatArray) -> Any:
    """What lies where the flow points, bilinear, edges repeated, of the same type: ``out(p) = array(p + flow(p))``.

    >>> carry(np.array([[1, 2, 3]], np.float32), np.full((1, 3, 2), [1, 0], np.float32)).tolist()
    [[2.0, 3.0, 3.0]]
    """
    rows, columns = np.arange(flow.shape[0], dtype=np.float32)[:, None], np.arange(flow.shape[1], dtype=np.float32)
    return cv2.remap(array, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


REACH = 25  # pixels of the network's size over which the person's own motion is carried out to their edge


def persons_flow(flow: FloatArray, alpha: FloatArray) -> FloatArray:
    """The flow with the person's own motion around them too: at an edge a dense flow mixes it with the background's.

    Where the alpha, as the flow carries it, is not sure, the mean flow of the sure pixels within a square of ``REACH``.

    Args:
        flow: (height, width, 2).
        alpha: (height, width) float32, of the frame that the flow leads to.
    """
    sure = (carry(alpha, flow) > 0.9).astype(np.float32)
    share, across, down = (cv2.blur(each, (REACH, REACH)) for each in (sure, flow[..., 0] * sure, flow[..., 1] * sure))
    near, share = (sure == 0) & (share > 1e-3), np.maximum(share, 1e-3)
    own = np.where(near, across / share, flow[..., 0]), np.where(near, down / share, flow[..., 1])
    return np.asarray(np.dstack(own), np.float32)


def changed(before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8]) -> FloatArray:
    """0 where a pixel's color is what it was, 1 where it is surely another, evenly between: (height, width)."""
    apart = cv2.split(cv2.absdiff(before, after))
    largest = cv2.max(cv2.max(*(cv2.blur(each, (3, 3)) for each in apart[:2])), cv2.blur(apart[2], (3, 3)))
    return np.asarray(np.clip((largest - np.float32(QUIET)) / np.float32(LOUD - QUIET), 0, 1), np.float32)


class SteadyAlpha:
    """The matting network's alphas without their flicker.

    The alpha so far is moved along with the picture, and where the picture is then what it was, most of it is held; elsewhere the
    new one counts alone. So nothing smears, and no edge lags behind.

    Args:
        hold: the share of the alpha so far, 0 for no filter.
    """

    def __init__(self, hold: float = HOLD) -> None:
        self._hold = np.float32(hold)
        self._before: tuple[npt.NDArray[np.uint8], FloatArray] | None = None

    def reset(self) -> None:
        """Forget the shot so far."""
        self._before = None

    def carry(self, flow: FloatArray) -> None:
        """Go on to the next frame: (height, width, 2), where each of its pixels was a frame ago (``flow_from``)."""
        if self._before is not None:
            picture, alpha = self._before
            self._before = carry(picture, flow), carry(alpha, persons_flow(flow, alpha))

    def astray(self, picture: npt.NDArray[np.uint8]) -> float:
        """The share of the person's pixels that are not what was carried there; 1 where nothing was."""
        if self._before is None:
            return 1.0
        seen, held = self._before
        apart = changed(seen, picture)[held > 0]
        return float(apart.mean()) if apart.size else 0.0

    def __call__(self, picture: npt.NDArray[np.uint8], alpha: FloatArray | None = None) -> FloatArray:
        """The steady alpha of this frame.

        Args:
            picture: (height, width, 3), what the network saw, in 8 bits.
            alpha: (height, width) float32 in [0, 1], what it answered; None where it did not look and what was carried has to do.
        """
        if self._before is not None:
            seen, held = self._before
            alpha = held if alpha is None else alpha + self._hold * (1 - changed(seen, picture)) * (held - alpha)
        if alpha is None:
            raise ValueError("Nothing was carried, so an alpha is needed.")
        self._before = picture, alpha
        return alpha


# ---- cues and color changes ----------------------------------------------------------------------------------------

SETTLING = 0.006  # share of a new answer that is taken for each frame gone by: half of it within four seconds
GLIDE = 0.1  # of the way to what was learned that is gone in one frame, so that answers far apart in time make no steps


def towards(held: FloatArray, new: FloatArray, share: float) -> FloatArray:
    """A share of the way from one to the other; exactly ``held`` where both are equal."""
    return np.asarray(held + np.float32(share) * (new - held), np.float32)


def share_of_answer(frames: int) -> float:
    """How much is taken of an answer ``frames`` after the one before: ``SETTLING`` a frame. A shot's first answer is taken whole.

    >>> round(share_of_answer(2), 4)
    0.012
    """
    return 1 - (1 - SETTLING) ** frames


class SteadyCues:
    """The cues of a moving plate, averaged over time; exactly the first ones where the plate stands still."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the shot so far."""
        self._held: Cues | None = None

    def __call__(self, cues: Cues, frames: int = 1) -> Cues:
        """Take in the newest cues, ``frames`` after the ones before."""
        held = cues if self._held is None else self._held
        self._held = Cues(towards(held.values, cues.values, share_of_answer(frames)), cues.model)
        return self._held


class SteadyTransform:
    """The harmonizer's color changes averaged over time: their numbers, and how sure the network is of them."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the shot so far."""
        self._learned: Transform | None = None
        self._applied: Transform | None = None

    def learn(self, answer: Transform, frames: int = 1) -> float:
        """Take in what the network says of a frame, ``frames`` after it spoke last; how far that moved any number of the change."""
        before = self._learned
        self._learned = answer if before is None else between(before, answer, share_of_answer(frames))
        return 1.0 if before is None else largest_difference(before, self._learned)

    def step(self) -> Transform:
        """The color change of the next frame.

        Raises:
            ValueError: nothing was learned yet.
        """
        if self._learned is None:
            raise ValueError("A color change has to be learned before it can be applied.")
        before = self._applied
        self._applied = self._learned if before is None else between(before, self._learned, GLIDE)
        return self._applied


def between(held: Transform, new: Transform, share: float) -> Transform:
    """A share of the way from one color change to another of the same form; exactly ``held`` where both are equal."""
    tone = None if held.tone is None or new.tone is None else towards(held.tone, new.tone, share)
    confidence = held.confidence + share * (new.confidence - held.confidence)
    return Transform(towards(held.grid, new.grid, share), held.kind, confidence, tone)


def largest_difference(one: Transform, other: Transform) -> float:
    """The largest difference between any two numbers of the grids, or of the tones, of two color changes of the same form."""
    tones = 0.0 if one.tone is None or other.tone is None else float(np.abs(one.tone - other.tone).max())
    return max(float(np.abs(one.grid - other.grid).max()), tones)
