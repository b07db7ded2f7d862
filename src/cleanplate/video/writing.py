"""Frames in order -> whatever takes them. The writing half of ``videos``."""

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray
from cleanplate.values import Size, check_alpha
from cleanplate.video import yuv420
from cleanplate.video.coding import Coding

Array = npt.NDArray[Any]  # uint8 or uint16


class Sink(Protocol):
    """Where frames go: a video file or a sequence of pictures."""

    warnings: list[str]

    def open(self) -> None: ...
    def keeps(self, coding: Coding) -> bool: ...
    def write(self, pixels: Array | yuv420.Coded, pts: int, alpha: FloatArray | None, duration: int | None) -> None: ...
    def finish(self) -> None: ...
    def abandon(self) -> None: ...


class VideoWriter:
    """Takes frames in order; made by ``videos.create_video`` and used in a ``with`` block.

    Leaving the block normally finishes the file and gives it its name; an exception leaves nothing.
    """

    def __init__(self, sink: Sink, size: Size, alpha: bool) -> None:
        self.size, self.alpha, self._sink, self._latest = size, alpha, sink, None

    _latest: int | None

    @property
    def warnings(self) -> list[str]:
        """One sentence each on what the container could not take."""
        return self._sink.warnings

    def __enter__(self) -> "VideoWriter":
        self._sink.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._sink.abandon()
            return
        if self._latest is None:
            self._sink.abandon()
            raise InputError("A video needs at least one frame; none was written.")
        self._sink.finish()

    def keeps(self, coding: Coding) -> bool:
        """Whether frames that are coded in halved color, with these tags, can be written as they are."""
        return not self.alpha and self._sink.keeps(coding)

    def write(
        self, pixels: Array | yuv420.Coded, pts: int, alpha: FloatArray | None = None, duration: int | None = None
    ) -> None:
        """Add a frame.

        Args:
            pixels: (height, width, 3) uint8 or uint16, RGB; or a coded frame, written as it is where the file ``keeps`` it.
            pts: when it is shown, in units of the time base; larger than the one before.
            alpha: (height, width) float32 in [0, 1]; needed if and only if the video has alpha.
            duration: how long it is shown; only the last frame's counts, the one before's stands for it.

        Raises:
            InputError: another size, type or order.
            OutputError: the disk is full, or the encoder fails.
        """
        self.check(pixels, pts, alpha)
        self._latest = pts
        self._sink.write(pixels, pts, alpha, duration)

    def check(self, pixels: Array | yuv420.Coded, pts: int, alpha: FloatArray | None) -> None:
        """Refuse a frame that does not fit."""
        kind = np.dtype(np.uint8) if isinstance(pixels, yuv420.Coded) else pixels.dtype
        if pixels.shape != (*self.size, 3) or kind not in (np.uint8, np.uint16):
            raise InputError(
                f"This video takes frames of the shape {(*self.size, 3)} in uint8 or uint16;"
                f" one of {pixels.shape} in {kind} was given."
            )
        if self._latest is not None and pts <= self._latest:
            raise InputError(f"Frames come in the order of their times; {pts} was given after {self._latest}.")
        if (alpha is not None) != self.alpha:
            has, came = ("an", "without") if self.alpha else ("no", "with")
            raise InputError(f"This video has {has} alpha, and a frame {came} one was given: tell create_video.")
        if alpha is not None:
            check_alpha(alpha, self.size)
