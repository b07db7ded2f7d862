"""A person or a plate as it is kept in a folder of its own: the file as it came, the alpha found, and both small for previews."""

import json
import os
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from cleanplate.files import conversion
from cleanplate.pixels.resampling import limited_size
from cleanplate.plates import Plate
from cleanplate.serve.layers import outline
from cleanplate.stages import framing, silhouettes
from cleanplate.values import Crop, Cropped, Cutout, Image

SIDE = 1280  # long side of a preview if no other is asked for
MOST_SIDE = 2560  # of any preview below true size
SIDES = ("top", "bottom", "left", "right")


def keep_person(folder: str, cutout: Cutout) -> dict[str, Any]:
    """Write what was found beside the ``source`` that the folder holds; what is told of it."""
    cutout = replace(cutout, cropped=cutout.cropped or outline(cutout).cropped)
    np.save(f"{folder}/alpha.npy", cutout.alpha, allow_pickle=False)
    small = in_srgb(cutout).shrunk(preview_side(cutout))
    np.savez(f"{folder}/small.npz", pixels=small.image.pixels, alpha=small.alpha)
    facts = {"clean": cutout.clean, "bled": cutout.bled, "cropped": asdict(cutout.cropped), "warnings": list(cutout.warnings)}  # type: ignore[arg-type]
    with open(f"{folder}/facts.json", "w", encoding="ascii") as file:
        json.dump(facts, file)
    return told_of_person(cutout) | {"warnings": facts["warnings"]}


def in_srgb(cutout: Cutout) -> Cutout:
    """A cutout in the colors of previews."""
    return replace(cutout, image=conversion.in_space(cutout.image, "srgb"))


def told_of_person(cutout: Cutout) -> dict[str, Any]:
    """Where somebody is in their photo, as fractions of it."""
    height, width = cutout.size
    box, person = framing.extent(cutout.alpha, silhouettes.SEEN), outline(cutout)
    return {
        "width": width, "height": height,
        "box": [box.left / width, box.top / height, box.width / width, box.height / height],
        "foot": [person.foot / width, person.bottom / height],
        "cropped": [side for side in SIDES if getattr(person.cropped, side) is not None],
    }  # fmt: skip


def preview_side(cutout: Cutout) -> int:
    """The photo's long side at which the person themselves has that of a preview, within bounds."""
    box = framing.extent(cutout.alpha, silhouettes.SEEN)
    return min(MOST_SIDE, max(SIDE, round(SIDE * max(cutout.size) / max(box.height, box.width))))


def facts_of(folder: str) -> dict[str, Any]:
    """What ``keep_person`` wrote of a cutout, as its arguments."""
    with open(f"{folder}/facts.json", encoding="ascii") as file:
        facts = json.load(file)
    crops = {side: None if crop is None else Crop(**crop) for side, crop in facts["cropped"].items()}
    return {"clean": facts["clean"], "bled": facts["bled"], "cropped": Cropped(**crops), "warnings": tuple(facts["warnings"])}


def small_person(folder: str) -> Cutout:
    """Somebody kept, small."""
    with np.load(f"{folder}/small.npz", allow_pickle=False) as arrays:
        return Cutout(Image(arrays["pixels"]), arrays["alpha"], **facts_of(folder))


def keep_plate(folder: str, plate: Plate) -> dict[str, Any]:
    """Write a plate small beside its ``source``; what is told of it."""
    height, width = plate.image.size
    np.savez(f"{folder}/small.npz", pixels=shrunk(plate, SIDE).image.pixels, size=plate.image.size)
    return {"width": width, "height": height, "horizon": plate.horizon(), "warnings": list(plate.image.warnings)}


def small_plate(folder: str, side: int) -> Plate:
    """A plate kept, at a long side of at most ``side``, which is at most ``SIDE``."""
    with np.load(f"{folder}/small.npz", allow_pickle=False) as arrays:
        height, width = (int(each) for each in arrays["size"])
        return Plate(Image(arrays["pixels"])).filling(limited_size((height, width), side))


def shrunk(plate: Plate, side: int) -> Plate:
    """A plate at a long side of at most so many pixels."""
    return plate.filling(limited_size(plate.image.size, side))


def bytes_of(folder: str) -> int:
    """What a folder's files take."""
    return sum(entry.stat().st_size for entry in os.scandir(folder))
