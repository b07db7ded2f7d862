"""Where a shot ends. Numbers in, a yes or no out, a frame at a time, nothing ahead of time."""

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.resampling import resize

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


def difference(before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8]) -> tuple[float, float]:
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
        colors, shapes = difference(before, glance)
        return colors >= COLORS_MOVED and shapes >= SHAPES_MOVED
