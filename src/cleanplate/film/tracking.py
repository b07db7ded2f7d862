"""Where the person is, frame after frame, at the size that the matting network sees: steady, carried along, never smeared."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cleanplate.errors import NoPersonError
from cleanplate.film.cuts import Cuts
from cleanplate.film.steadying import ASTRAY, SteadyAlpha, flow_from
from cleanplate.film.timing import Timed
from cleanplate.pixels.color import FloatArray, Pixels, to_float, to_uint8
from cleanplate.pixels.resampling import resize
from cleanplate.stages import cutouts, matting
from cleanplate.video.yuv420 import Coded, smaller

VIDEO_SIDE = 256  # short side at which the matting network sees a frame
ABSENCE = 3  # frames without anybody that are bridged by the alpha before them: one look of the network may fail
PATIENCE = 1.0  # seconds at the start in which somebody has to appear


class Matted(NamedTuple):
    """A frame, and where its person is at the size that the network saw; no alpha where nobody is.

    ``own`` is the frame's own alpha at its full size, where it came with one.
    """

    pixels: Pixels | Coded
    small: npt.NDArray[np.uint8]
    alpha: FloatArray | None
    cut: bool
    own: FloatArray | None = None


def glance(pixels: Pixels | Coded, side: int = VIDEO_SIDE) -> npt.NDArray[np.uint8]:
    """A frame as the matting network sees it: about ``side`` on its short side, both sides multiples of 32, 8 bits."""
    scale = side / min(pixels.shape[:2])
    size = [max(matting.STRIDE, round(each * scale / matting.STRIDE) * matting.STRIDE) for each in pixels.shape[:2]]
    if isinstance(pixels, Coded):
        return np.asarray(smaller(pixels, (size[0], size[1])), np.uint8)
    whole = int(1 / scale) if scale < 1 else 1  # areas of whole pixels are averaged several times faster than others
    if whole > 1:
        pixels = resize(pixels, (pixels.shape[0] // whole, pixels.shape[1] // whole))
    small = resize(pixels, (size[0], size[1]))
    return to_uint8(to_float(small)) if small.dtype == np.uint16 else np.asarray(small, np.uint8)


class Tracker:
    """Follows the person from frame to frame.

    Args:
        every: frames from one look of the network to the next, at most.
        rate: frames in a second, for the patience at the start.
        device: what the matting network runs on.
    """

    def __init__(self, every: int, rate: float, device: str = "auto") -> None:
        self._every, self._rate, self._device = every, rate, device
        self._cuts, self._steady = Cuts(), SteadyAlpha()
        self._before: npt.NDArray[np.uint8] | None = None
        self._alpha: FloatArray | None = None
        self._frames, self._since, self._misses, self._anyone = 0, 0, 0, False
        self._cutting = False  # whether the film's own alpha has cut anything out yet

    def __call__(self, pixels: Pixels | Coded) -> Matted:
        """The next frame with its alpha.

        Raises:
            NoPersonError: nobody was there in the first second.
        """
        small = glance(pixels)
        cut = self._cuts(small)
        if cut:
            self._forget()
        self._since += 1
        if self._before is not None and self._alpha is not None:
            self._steady.carry(flow_from(small, self._before))
        if self._due(small):
            self._look(small)
        else:
            self._alpha = self._steady(small)
        self._before, self._frames = small, self._frames + 1
        if not self._anyone and self._frames >= PATIENCE * self._rate:
            raise NoPersonError(
                f"No person was found in the first {self._frames / self._rate:.1f} seconds of the video; "
                "start where one is seen clearly (`start`), or give another video."
            )
        return Matted(pixels, small, self._alpha, cut)

    def counts(self, own: FloatArray) -> bool:
        """Whether a frame's own alpha is taken: once one has cut something out, each that is not 1 all over."""
        self._cutting = self._cutting or cutouts.cuts_out(own)
        return self._cutting and float(own.min()) < 1

    def keyed(self, pixels: Pixels, own: FloatArray) -> Matted:
        """The next frame, which says by its own alpha where the person is: the network does not look."""
        small, present = glance(pixels), bool(own.max() > matting.PRESENT)
        self._forget()
        self._anyone = self._anyone or present
        return Matted(pixels, small, resize(own, small.shape[:2]) if present else None, self._cuts(small), own)

    def _forget(self) -> None:
        self._steady.reset()
        self._alpha = None

    def _due(self, small: npt.NDArray[np.uint8]) -> bool:
        """Whether the network has to look: its turn, a failure before, a shot's start, or the picture went where no flow does."""
        return self._alpha is None or self._misses > 0 or self._since >= self._every or self._steady.astray(small) > ASTRAY

    def _look(self, small: npt.NDArray[np.uint8]) -> None:
        seen, self._since = matting.without_strays(matting.predict(small, min(small.shape[:2]), self._device)), 0
        if matting.someone(seen, self._alpha):
            self._alpha, self._misses, self._anyone = self._steady(small, seen), 0, True
            return
        self._misses += 1
        if self._misses > ABSENCE:
            self._forget()
        elif self._alpha is not None:
            self._alpha = self._steady(small)


def tracked(tracker: Tracker, frame: Pixels | Coded) -> Matted:
    """The next frame with its alpha; an array of 4 channels is cut out by the fourth, where that counts."""
    if isinstance(frame, Coded):
        return tracker(frame)
    pixels: Pixels = np.ascontiguousarray(frame[..., :3])  # type: ignore[assignment]
    own = to_float(frame[..., 3]) if frame.shape[2] == 4 else None
    return tracker.keyed(pixels, own) if own is not None and tracker.counts(own) else tracker(pixels)


def matted(
    frames: Iterable[Timed[Pixels | Coded]], every: int, rate: float, device: str = "auto"
) -> Iterator[Timed[Matted]]:
    """Every frame with its alpha; see ``Tracker``.

    Args:
        frames: (height, width, 3), or 4 with an alpha, taken where it cuts something out (``Tracker.counts``); or coded ones.

    Raises:
        NoPersonError: nobody was there in the first second, or in any frame of a shorter video.
    """
    tracker, anyone = Tracker(every, rate, device), False
    for frame in frames:
        seen = tracked(tracker, frame.item)
        anyone = anyone or seen.alpha is not None
        yield frame.of(seen)
    if not anyone:
        raise NoPersonError("No person was found in the video; use one that shows a person clearly.")
