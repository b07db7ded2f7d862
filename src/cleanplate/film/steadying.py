"""A temporal filter for the alpha: along the optical flow it takes out the network's flicker but no motion.

Numbers in, numbers out, a frame at a time, nothing ahead of time. A repeated frame is left exactly as it was.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray

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


def changed(
    before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8], quiet: float = QUIET, loud: float = LOUD
) -> FloatArray:
    """0 where a pixel's color is what it was, 1 where it is surely another, evenly between: (height, width)."""
    apart = cv2.split(cv2.absdiff(before, after))
    largest = cv2.max(cv2.max(*(cv2.blur(each, (3, 3)) for each in apart[:2])), cv2.blur(apart[2], (3, 3)))
    return np.asarray(np.clip((largest - np.float32(quiet)) / np.float32(loud - quiet), 0, 1), np.float32)


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
