"""A person out of any of the sets: picture and alpha, or foreground and alpha, whatever the layout gives."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from cleanplate.errors import InputError
from cleanplate.files import photos
from cleanplate.pixels.color import FloatArray, to_float
from cleanplate.pixels.resampling import resize
from cleanplate.stages import edge_colors
from cleanplate.training.readers import datasets
from cleanplate.training.readers.datasets import Photo
from cleanplate.training.samples import pack
from cleanplate.training.samples.portraits import Portrait

WHOLE = ("portraits", "fullbody", "clips", "mattes")  # kinds that are photos with their own background


class Person(NamedTuple):
    """A photo (height, width, 3) and where its person is (height, width), float32 in [0, 1]."""

    picture: FloatArray
    alpha: FloatArray


def within(array: FloatArray, side: int) -> FloatArray:
    """Shrunk so that the long side is at most ``side``."""
    scale = side / max(array.shape[:2])
    return array if scale >= 1 else resize(array, (max(1, round(array.shape[0] * scale)), max(1, round(array.shape[1] * scale))))


def true_alpha(photo: Photo) -> FloatArray:
    """The hand-made soft alpha of a matting set's person: a file of its own, or the picture's alpha channel.

    Raises:
        InputError: the picture should carry its alpha and does not, or the sizes differ.
    """
    image = photos.read_image(photo.image)
    alpha = image.alpha if photo.mask is None else photos.read_alpha(photo.mask)
    if alpha is None:
        raise InputError(f"{photo.image} has no alpha channel; save it with transparency, or give a folder alpha/ beside fg/.")
    if alpha.shape != image.size:
        raise InputError(f"{photo.image} and its alpha differ in size; give an alpha of {image.size[1]}x{image.size[0]} pixels.")
    return alpha


def load(photo: Photo, side: int, mattes: Path) -> Person:
    """A photo and its person's alpha, the long side at most ``side``.

    The alpha is a matting set's own; PPR10K's mask, softened; else the matting network's where it agrees with the mask.
    """
    if photo.kind == "mattes":
        picture, alpha = datasets.load(photo), true_alpha(photo)
    else:
        picture = datasets.load(photo)
        if photo.group.startswith("ppr10k/"):
            alpha = datasets.load_mask(photo, picture.shape[:2])
        else:
            alpha = pack.alpha_of(photo, picture, mattes)
    return Person(within(picture, side), np.clip(within(alpha, side), 0, 1))  # an average may be 1 and a rounding error


def portrait(photo: Photo, side: int, mattes: Path) -> Portrait | None:
    """Foreground and true (or pseudo-true) alpha, the long side ``side`` or less; None where no alpha can be trusted."""
    if photo.kind == "cutouts":
        found: Portrait | None = Portrait(to_float(photos.read_image(photo.image).pixels), true_alpha(photo))
    elif photo.kind == "mattes":
        picture, alpha = within(datasets.load(photo), side), np.clip(within(true_alpha(photo), side), 0, 1)
        found = Portrait(edge_colors.estimate_colors(picture, alpha)[0], alpha)
    else:
        found = pack.portrait(photo, mattes)
    return found and shrunk(found, side)


def shrunk(person: Portrait, side: int) -> Portrait:
    """A person, the long side at most ``side``; colors are averaged by alpha, so that what lies hidden under none stays out."""
    if max(person.alpha.shape) <= side:
        return person
    alpha = np.clip(within(person.alpha, side), 0, 1)
    weighted = within(person.foreground * (person.alpha[..., None] + np.float32(1e-3)), side)
    return Portrait(np.clip(weighted / (alpha[..., None] + np.float32(1e-3)), 0, 1), alpha)
