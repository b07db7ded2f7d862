"""The worker's side of `pictures`: people composed, and what was asked for written: the picture, its layers, or a part of it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, cast

from cleanplate.composites import Composite
from cleanplate.compositor import Compositor
from cleanplate.files import labels, photos
from cleanplate.film.pipeline import aside
from cleanplate.handoff import cube, layered
from cleanplate.models.harmonizer import Cues
from cleanplate.pixels.color import FloatArray
from cleanplate.plates import Plate
from cleanplate.recipes import Recipe, from_fields
from cleanplate.serve import layers
from cleanplate.serve.layers import Laid
from cleanplate.serve.wire import Message
from cleanplate.serve.written import LAYERED, TABLE
from cleanplate.stages.sheets import Layers
from cleanplate.values import Cutout, Image, Size

DEEP = ("png", "tif", "tiff")  # formats of 16 bits for an alpha


class Shop(Protocol):
    """What is asked of a worker."""

    def compositor(self, weights: str) -> Compositor: ...
    def person(self, files: Mapping[str, str], recipe: Recipe) -> Cutout: ...
    def kept_person(self, folder: str) -> Cutout: ...
    def picture(self, files: Mapping[str, str], name: str, space: str = "keep") -> Image: ...
    def plate(self, files: Mapping[str, str], size: Size | None = None, space: str = "keep") -> Plate: ...


def compose(shop: Shop, message: Message) -> dict[str, Any]:
    """One person, or several layers, in a plate: what was asked for in the file ``out``."""
    whole = from_fields(message["recipe"])
    made = composed(shop, message, whole)
    written(made, message)
    said = dict.fromkeys(sentence for each in made for sentence in each.warnings)
    height, width = made[-1].image.size
    return {"width": width, "height": height, "warnings": [*said, *told_of_table(made[-1], message)]}


def composed(shop: Shop, message: Message, whole: Recipe) -> list[Composite]:
    """Everybody in the plate."""
    compositor, sheets = shop.compositor(whole.weights), message["format"] in LAYERED or message["give"] in BY_LAYERS
    opened = aside(lambda: shop.plate(message["files"], whole.size, message["space"]).of_depth(message["form"]["depth"]))
    if message["format"] == "psd":
        layered.check_room(message["out"], "psd", opened().image.size)
    look = look_of(shop, message, compositor) if message["looks"] else None
    if "layers" not in message:
        person = shop.person(message["files"], whole)
        cues = look if whole.settings.recolors else None
        told = {"inplace": True, "instead": cues, "layers": sheets}
        return [compositor.composed(person, opened, whole.placement, whole.settings, **told)]  # type: ignore[arg-type]
    laid = []
    for each in message["layers"]:
        recipe = from_fields({**each["recipe"], **message["recipe"], "size": None})
        laid.append(Laid(shop.kept_person(each["person"]), recipe))
    return layers.laid(compositor, opened(), laid, look, sheets=sheets)


def look_of(shop: Shop, message: Message, compositor: Compositor) -> Cues:
    """What the colors are matched to: photos that were sent or are kept, by their weights."""
    given = []
    for each in message["looks"]:
        kept = each.get("folder")
        files = {"look": message["files"]["look"] if kept is None else f"{kept}/source"}
        given.append((Plate(shop.picture(files, "look")), each["weight"]))
    return compositor.look(given)


# ---- what is written -----------------------------------------------------------------------------------------------


def write_picture(made: Sequence[Composite], message: Message) -> None:
    """The last of these, with what is said of the people and the plate."""
    photos.write_image(made[-1].image, message["out"], format=message["format"], labels=labels_of(made, message), **message["form"])


def labels_of(made: Sequence[Composite], message: Message) -> labels.Labels:
    """What is said of a picture; of several people's nothing of theirs."""
    plate, people = made[0].sources[0], [each.sources[1] for each in made]
    return labels.labels(plate, people[0] if len(people) == 1 else None, *message["labels"])


def write_layers(made: Sequence[Composite], message: Message) -> None:
    told = {"format": message["format"], "exr_compression": message["exr_compression"]}
    layered.write_layers(sheets_of(made[-1]), message["out"], labels=labels_of(made, message), **told)


def write_cutout(made: Sequence[Composite], message: Message) -> None:
    write_alone(sheets_of(made[-1]).cutout(), made, message)


def write_foreground(made: Sequence[Composite], message: Message) -> None:
    write_alone(replace(sheets_of(made[-1]).cutout(), alpha=None), made, message)


def write_alone(alone: Image, made: Sequence[Composite], message: Message) -> None:
    """The person, with what is said of their picture."""
    own = made[-1].cutout_labels(message["labels"][0])
    photos.write_image(alone, message["out"], format=message["format"], labels=own)


def write_alpha(made: Sequence[Composite], message: Message) -> None:
    alone = sheets_of(made[-1]).cutout()
    deep = alone.pixels.dtype.itemsize == 2 and message["format"] in DEEP
    photos.write_alpha(cast(FloatArray, alone.alpha), message["out"], format=message["format"], depth=16 if deep else 8)


def write_table(made: Sequence[Composite], message: Message) -> None:
    path = f"{message['out']}.{TABLE}"  # tables are told by their name
    cube.write(made[-1].table(message["lut_size"]).transform, path)
    os.replace(path, message["out"])


WRITERS = {
    "picture": write_picture, "cutout": write_cutout, "foreground": write_foreground, "alpha": write_alpha, "lut": write_table,
}  # fmt: skip
BY_LAYERS = ("cutout", "foreground", "alpha")  # what is made of a composite's layers


def written(made: Sequence[Composite], message: Message) -> None:
    """What was asked for into the file ``out``; of several people the last one's layers and parts."""
    (write_layers if message["format"] in LAYERED else WRITERS[message["give"]])(made, message)


def sheets_of(composite: Composite) -> Layers:
    """A composite's layers, which were asked for."""
    return cast(Layers, composite.layers)


def told_of_table(composite: Composite, message: Message) -> list[str]:
    """How near a table comes, in one sentence."""
    return [composite.table(message["lut_size"]).said] if message["give"] == "lut" else []
