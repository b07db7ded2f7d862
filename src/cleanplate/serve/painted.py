"""The worker's side of `painting`: a kept person's matte painted over at the photo's full size, the photo mirrored."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from cleanplate import recipes
from cleanplate.compositor import Compositor
from cleanplate.files import photos
from cleanplate.files.encoding import Form
from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.resampling import limited_size, reduce
from cleanplate.serve import keeping, strokes
from cleanplate.serve.wire import Message
from cleanplate.stages import crops, cutouts, parts
from cleanplate.values import Cutout, Image

AREAS = ("keep_mask", "drop_mask")


class Shop(Protocol):
    """What is asked of a worker."""

    def compositor(self, weights: str) -> Compositor: ...
    def kept_person(self, folder: str) -> Cutout: ...
    def picture(self, files: Mapping[str, str], name: str, space: str = "keep") -> Image: ...


def paint_person(shop: Shop, message: Message) -> dict[str, Any]:
    """Somebody of one folder into another, with all that was asked for; what is told of them."""
    source, folder = message["source"], message["folder"]
    asked = recipes.from_fields(message["recipe"]).settings.keep
    was = shop.kept_person(source)
    marked = strokes.from_fields(message["strokes"])
    keep, drop = strokes.areas(marked, was.image.pixels)
    for name, area in zip(AREAS, (keep, drop), strict=True):
        if area is not None:
            photos.write_alpha(area, f"{folder}/{name}.png", inputs=())
    again = message["found"] and (asked == "all" or keep is not None)
    found = found_again(shop, was, asked, keep) if again else was
    cover = strokes.softened(parts.touched_up(found.alpha, keep, drop), marked)
    if not np.array_equal(cover, found.alpha):
        found = cutouts.with_alpha(found, cover)
    return keeping.keep_person(folder, put(found, source, folder, flip=message["flip"])) | {"found": message["found"]}


def found_again(shop: Shop, was: Cutout, keep: str, painted: FloatArray | None) -> Cutout:
    """Who is to be painted over, looked for anew: another choice among several is made, which what is kept by hand is too.

    The command line does the same with the same areas, so that both give the same bytes.
    """
    return shop.compositor("fast").cutout(was.image, keep=keep, keep_mask=painted)  # type: ignore[arg-type]


def put(found: Cutout, source: str, folder: str, *, flip: bool) -> Cutout:
    """The photo into its folder, as it is or mirrored; the cutout as it is there."""
    if not flip:
        shutil.copyfile(f"{source}/source", f"{folder}/source")
        return found
    image = replace(found.image, pixels=found.image.pixels[:, ::-1].copy(), alpha=None)
    photos.write_image(image, f"{folder}/source.tif")
    os.replace(f"{folder}/source.tif", f"{folder}/source")
    alpha = np.ascontiguousarray(found.alpha[:, ::-1])
    return replace(found, image=image, alpha=alpha, cropped=crops.cropped(alpha, trimmed=not found.colored))


def photo_preview(shop: Shop, message: Message) -> bytes:
    """The photo of somebody kept, as a small JPEG."""
    image = shop.picture({"person": f"{message['folder']}/source"}, "person", "srgb")
    size = limited_size(image.size, keeping.SIDE)
    small = image.pixels if size == image.size else reduce(image.pixels, size)
    return photos.encoded(Image(small), "JPEG", "The photo", Form(85))
