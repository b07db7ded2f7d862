"""Frames that stay in 4:2:0 from decoder to encoder: which ones do, and the outline of the person in them."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cleanplate.film.own_colors import own_change, sure_colors
from cleanplate.film.quality import FilmLook
from cleanplate.film.soft_edges import SmallPerson, around, reached, refined, shrink_factor, times
from cleanplate.film.tracking import Matted
from cleanplate.pixels.color import FloatArray
from cleanplate.stages import matting
from cleanplate.values import Box
from cleanplate.video.coding import Coding
from cleanplate.video.frames import Frame
from cleanplate.video.yuv420 import Coded, smaller


def staying_coded(look: FilmLook, encodes: Callable[[Coding], bool]) -> Callable[[Frame], Coded | None]:
    """What says of a frame whether it stays as it is coded, and gives it so, upright; None where it goes by way of RGB.

    All of that decision is made here: no more may be asked than one color change for the whole person, laid over the plate where
    they were filmed; the frame is in 4:2:0 and of the result's size; and the encoder takes its coding.

    Args:
        encodes: whether the encoder takes frames so coded as they are.
    """
    effort, told = look.effort, look.settings
    more = told.wrap, told.defocus, told.aperture, told.soften, told.exposure, told.warmth, told.edge, told.clean_hair
    asked = look.placement.asked or look.alone or any(more)
    possible = effort.one_map and not effort.blend and not asked and shrink_factor(look.size, effort.edge_side) is not None

    def as_coded(frame: Frame) -> Coded | None:
        if not possible or not isinstance(frame.stored, Coded) or not encodes(frame.stored.coding):
            return None  # before it is turned for nothing
        coded = frame.as_coded()
        return coded if coded is not None and coded.shape[:2] == look.size else None

    return as_coded


class Outline(NamedTuple):
    """The person of a coded frame: where they are, and what their own colors are more than the frame's, in that frame shrunk.

    Args:
        frame: the frame.
        small: the person in the frame shrunk.
        change: (box height, box width, 3) in 8-bit levels of RGB, of the shrunk frame's box; None for nothing.
        cut: whether a new shot begins with the frame.
    """

    frame: Coded
    small: SmallPerson
    change: FloatArray | None
    cut: bool

    @property
    def step(self) -> int:
        """How many times the frame is as large as the shrunk one."""
        return self.frame.shape[0] // self.small.size[0]

    @property
    def box(self) -> Box:
        """In the frame itself; begins and ends on even pixels."""
        return times(self.small.box, self.step)


def outline(seen: Matted, frame: Coded, cover: FloatArray, edge_side: int, edges: bool) -> Outline:
    """Where the person of a frame is, along the picture's edges as far as ``edge_side`` shows them.

    Args:
        frame: the frame that ``seen`` shows; there is a ``shrink_factor`` for it.
        cover: the alpha of ``seen.small``.
        edges: whether the edge is freed from the old background's color.

    Raises:
        InputError: nothing is left of the alpha.
    """
    step = shrink_factor(frame.shape[:2], edge_side) or 1
    size = frame.shape[0] // step, frame.shape[1] // step
    work, fine = smaller(frame, size), np.zeros(size, np.float32)
    if size[0] < cover.shape[0] or size[1] < cover.shape[1]:
        fine = matting.refine(cover, work, snap=True)
    else:
        (few, rows), (some, columns) = reached(cover, size)
        part = refined(np.ascontiguousarray(cover[few, some]), work[rows, columns], seen.small[few, some])
        fine[rows, columns] = matting.snapped(part)
    box = around(fine, 1 + step % 2)
    small = SmallPerson(work[box.slices], np.ascontiguousarray(fine[box.slices]), box, size)
    change = own_change(small, sure_colors(seen, cover)) if edges else None
    return Outline(frame, small, change, seen.cut)
