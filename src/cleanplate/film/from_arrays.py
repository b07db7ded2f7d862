"""The two sides of a take whose frames are arrays: one of them, or both, in motion."""

import itertools
from collections.abc import Iterable, Iterator
from typing import cast

from cleanplate import inputs
from cleanplate.errors import InputError
from cleanplate.inputs import Picture
from cleanplate.pixels.color import Pixels
from cleanplate.plates import Plate
from cleanplate.values import Cutout, Image, Size

Frames = Iterator[Pixels]


def sides(
    person: Iterable[Picture] | Picture | Cutout, plate: Iterable[Picture] | Picture | Plate, size: Size | None
) -> tuple[Cutout | Image | Frames, Plate | Frames, Size | None]:
    """The person and the plate, each opened or as frames, and the size: that of the plate's first frame, or of the person's.

    Args:
        person, plate: see ``Compositor.compose_frames``.
        size: (height, width) where one is asked for.

    Returns:
        the size is None where a film has no frames.

    Raises:
        InputError: neither moves, or something is no picture.
    """
    standing: Cutout | Image | Frames
    behind: Plate | Frames
    photographed = inputs.is_still(person)
    standing = inputs.person(cast(Picture, person), space="srgb") if photographed else inputs.film(person, "the person")
    still = isinstance(plate, Plate) or inputs.is_still(plate)
    behind = Plate.open(cast(Picture, plate), space="srgb") if still else inputs.film(plate, "the plate")
    if isinstance(standing, Cutout | Image) and isinstance(behind, Plate):
        raise InputError("Neither the person nor the plate is a film: use compose for two pictures.")
    if not isinstance(standing, Cutout | Image):
        size, standing = sized(standing, size)
    if not isinstance(behind, Plate):
        size, behind = sized(behind, size)
    return standing, behind, size


def sized(frames: Iterable[Pixels], size: Size | None) -> tuple[Size | None, Iterator[Pixels]]:
    """The size, or that of the first frame where none is asked for, and the frames with that one still among them."""
    rest = iter(frames)
    first = next(rest, None)
    if first is None:
        return size, iter(())
    return size or (first.shape[0], first.shape[1]), itertools.chain([first], rest)
