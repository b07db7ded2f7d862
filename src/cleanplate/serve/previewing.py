"""Previews: the worker's side. What was made of a person or a plate is remembered, so that a drag costs little."""

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any, TypeVar

import cv2
import numpy as np

from cleanplate.composites import Composite
from cleanplate.compositor import Compositor
from cleanplate.errors import InputError
from cleanplate.files import photos
from cleanplate.files.encoding import Form
from cleanplate.models.harmonizer import Cues
from cleanplate.pixels.color import Pixels, to_float, to_uint8
from cleanplate.pixels.resampling import limited_size
from cleanplate.plates import Plate
from cleanplate.recipes import Recipe, from_fields
from cleanplate.serve import keeping, layers
from cleanplate.serve.layers import Laid
from cleanplate.serve.wire import Message
from cleanplate.stages import hair, remembered, turning
from cleanplate.stages.silhouettes import Silhouette
from cleanplate.values import Cutout, Image, Size

Thing = TypeVar("Thing")
SMALL, TRUE = 12, 2  # things remembered of previews, and of pictures of true size, which take hundreds of MB each
QUICK_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1]  # a sixth of the time of the usual 6 and a tenth larger


class Memory:
    """The latest so many of some kind of thing."""

    def __init__(self, most: int) -> None:
        self.most, self.held = most, OrderedDict[Hashable, Any]()

    def get(self, key: Hashable, make: Callable[[], Thing]) -> Thing:
        if key not in self.held:
            self.held[key] = make()
        self.held.move_to_end(key)
        while len(self.held) > self.most:
            self.held.popitem(last=False)
        found: Thing = self.held[key]
        return found


class Figure:
    """A person at one scale, as cut out, and what blending made of them under some settings."""

    def __init__(self, cutout: Cutout) -> None:
        self.cutout, self.cleaned = cutout, Memory(2)


class Previews:
    """What one worker remembers for previews.

    Args:
        compositor: by a set of weights.
        person, plate: read what is kept in a folder, at its true size.
    """

    def __init__(
        self, compositor: Callable[[str], Compositor], person: Callable[[str], Cutout], plate: Callable[[str], Plate]
    ) -> None:
        self.compositor, self.true_person, self.true_plate = compositor, person, plate
        self.small, self.true, self.pictures = Memory(SMALL), Memory(TRUE), Memory(1)

    def answer(self, message: Message) -> tuple[dict[str, Any], bytes]:
        """One preview: its header and the picture's bytes."""
        made, places = self.composed(message)
        last = made[-1]
        if message.get("give") == "person":
            return self.header(made, places, "image/png", last.alpha.shape), person_alone(last)
        picture = region(last.image.pixels, message.get("region"))
        data = photos.encoded(Image(picture), "JPEG", "The preview", Form(message["quality"]))
        return self.header(made, places, "image/jpeg", (picture.shape[0], picture.shape[1])), data

    def header(self, made: list[Composite], places: list[Any], kind: str, size: Size) -> dict[str, Any]:
        """What is told of a preview of that size."""
        whole = made[-1].image.size
        boxes = [
            [each.box.left / whole[1], each.box.top / whole[0], each.box.width / whole[1], each.box.height / whole[0]]
            for each in made
        ]
        warnings = list(dict.fromkeys(sentence for each in made for sentence in each.warnings))
        return {"type": kind, "width": size[1], "height": size[0], "boxes": boxes, "placed": places, "warnings": warnings}

    def composed(self, message: Message) -> tuple[list[Composite], list[dict[str, float]]]:
        """Everybody in the plate, and where; the latest picture is remembered, for its tiles and for another quality."""
        asked = {name: message.get(name) for name in ("plate", "layers", "looks", "whole", "side")}
        return self.pictures.get(json.dumps(asked, sort_keys=True), lambda: self.compose(message))

    def compose(self, message: Message) -> tuple[list[Composite], list[dict[str, float]]]:
        whole, side = from_fields(message["whole"]), message["side"]
        plate = self.plate(message["plate"], whole, side)
        laid, places = [], []
        for each in message["layers"]:
            recipe = from_fields({**each["recipe"], **message["whole"], "size": None})
            ready, outline = self.ready(self.figure(each["person"], side), recipe)
            laid.append(ready)
            places.append(layers.placed(outline, plate, recipe.placement))
        return layers.laid(self.compositor(whole.weights), plate, laid, self.look(message["looks"], whole)), places

    def look(self, given: list[dict[str, Any]], whole: Recipe) -> Cues | None:
        """What colors are matched to in the plate's stead, of kept plates."""
        if not given:
            return None
        plates = [(each["folder"], each["weight"]) for each in given]

        def make() -> Cues:
            return self.compositor(whole.weights).look([(keeping.small_plate(folder, keeping.SIDE), by) for folder, by in plates])

        return self.small.get(("look", tuple(plates), whole.weights), make)

    def plate(self, folder: str, whole: Recipe, side: int | None) -> Plate:
        """The plate at a scale, cut to a recipe's size."""

        def make() -> Plate:
            if whole.size is None and side is not None and side <= keeping.SIDE:
                return keeping.small_plate(folder, side)
            found = self.true.get(("plate", folder), lambda: self.true_plate(folder))
            size = whole.size or found.image.size
            return found.filling(size if side is None else limited_size(size, side))

        return (self.true if side is None else self.small).get(("plate", folder, whole.size, side), make)

    def figure(self, folder: str, side: int | None) -> Figure:
        """Somebody as they were cut out, small or at the true size."""
        if side is None:
            return self.true.get(("person", folder), lambda: Figure(self.true_person(folder)))
        return self.small.get(("person", folder), lambda: Figure(keeping.small_person(folder)))

    def ready(self, figure: Figure, recipe: Recipe) -> tuple[Laid, Silhouette]:
        """Somebody with the blend stage done, which no placement changes, and the outline by which they are placed."""
        settings, flip, compositor = recipe.settings, recipe.placement.flip, self.compositor(recipe.weights)

        def make() -> tuple[Cutout, Silhouette]:
            clean = compositor.clean if settings.blend else hair.cleaned
            found = clean(figure.cutout, settings.clean_hair)
            found = remembered.announce(turning.mirrored(found) if flip else found)
            return found, layers.outline(found)

        cutout, outline = figure.cleaned.get((settings.blend, settings.clean_hair, flip, recipe.weights), make)
        placement, settings = replace(recipe.placement, flip=False), replace(settings, blend=False, clean_hair=0.0)
        return Laid(cutout, replace(recipe, placement=placement, settings=settings)), outline


def region(pixels: Pixels, asked: Any) -> Pixels:
    """The part of a picture that lies within left, top, width and height as fractions; all of it without these.

    >>> region(np.zeros((8, 8, 3), np.uint8), [0.5, 0, 0.25, 1]).shape
    (8, 2, 3)
    """
    if asked is None:
        return pixels
    height, width = pixels.shape[:2]
    left, top, across, down = asked
    rows = slice(round(top * height), max(round((top + down) * height), round(top * height) + 1))
    columns = slice(round(left * width), max(round((left + across) * width), round(left * width) + 1))
    part: Pixels = pixels[rows, columns]
    if 0 in part.shape:
        raise InputError("`region` lies outside the picture: give left, top, width and height as fractions of it.")
    return part.copy()


def person_alone(composite: Composite) -> bytes:
    """The last person in the plate's colors, cut to their box, as PNG with straight alpha."""
    return quick_png(np.dstack([to_uint8(np.clip(composite.foreground, 0, 1)), to_uint8(composite.alpha)]))


def cutout_png(cutout: Cutout, side: int) -> bytes:
    """A cutout's preview, as PNG."""
    found = cutout.shrunk(side)
    pixels = found.image.pixels
    return quick_png(np.dstack([pixels if pixels.dtype == np.uint8 else to_uint8(to_float(pixels)), to_uint8(found.alpha)]))


def quick_png(pixels: Any) -> bytes:
    """(height, width, 4) uint8 RGBA as a PNG, quickly."""
    return bytes(cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA), QUICK_PNG)[1].data)
