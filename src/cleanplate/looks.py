"""What a person's colors are matched to: the plate's own look, that of other photos, or a mixture; as cues, which are numbers."""

import os
from collections.abc import Sequence
from typing import cast

from cleanplate import inputs
from cleanplate.errors import InputError
from cleanplate.files.atomic import PathName
from cleanplate.handoff import cue_files
from cleanplate.inputs import Picture
from cleanplate.models.harmonizer import AnyHarmonizer, Cues
from cleanplate.plates import Plate
from cleanplate.stages import framing, parts
from cleanplate.values import Image

Place = Picture | Plate | Cues | PathName  # a photo or film still, or a file of cues
Look = Place | Sequence[tuple[Place, float]]


def cues(harmonizer: AnyHarmonizer, place: Place, reference_mask: Picture | None = None) -> Cues:
    """What a harmonizer knows of a place, with the small picture of it that it was shown.

    Args:
        place: a picture in any form, or a file of cues.
        reference_mask: white where the picture is the reference; all of it without one.

    Raises:
        PhotoError: a file cannot be read.
        InputError: what was given is no picture, cues of another network, or nothing of it is the reference.
    """
    if isinstance(place, str | os.PathLike) and cue_files.is_cues(place):
        place = cue_files.read(place)
    if isinstance(place, Cues):
        if reference_mask is not None:
            raise InputError("`reference_mask` shows a part of a picture, and cues were given: give the picture itself.")
        return place
    plate = Plate.open(place)
    if reference_mask is not None:
        plate = Plate(region(plate.image, reference_mask))
    return Cues(plate.cues(harmonizer).values, plate.cues(harmonizer).model, plate.small(harmonizer.side))


def mixed(harmonizer: AnyHarmonizer, look: Look, reference_mask: Picture | None = None) -> Cues:
    """The cues of one place, of a part of it, or of several places by their weights.

    Raises:
        InputError: see ``cues``; a part of several.
    """
    if not isinstance(look, list | tuple):
        return cues(harmonizer, cast(Place, look), reference_mask)
    if reference_mask is not None:
        raise InputError("`reference_mask` shows a part of one picture, and several looks were given: give one.")
    return Cues.mix([(cues(harmonizer, place), weight) for place, weight in look])


def region(image: Image, reference_mask: Picture) -> Image:
    """A picture of one part of a picture: its box, what is not of it filled in from what is."""
    mask = parts.at_size(inputs.matte(reference_mask, "The reference mask"), image.size)
    if mask is None or mask.max() < framing.TOUCHED:
        raise InputError("The reference mask is black everywhere: paint white what is the reference.")
    box = framing.extent(mask, framing.TOUCHED)
    return framing.filled(Image(image.pixels[box.slices]), 1 - mask[box.slices])
