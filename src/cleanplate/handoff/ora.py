"""Sheets -> OpenRaster (openraster.org, version 0.0.5), for Krita, GIMP and MyPaint: a zip of PNGs and of how they are stacked.

OpenRaster knows neither masks nor clipping: the person is a stack of its own, on top of which their mask lies as a layer that
leaves only what it covers (``svg:dst-in``). So nothing is erased, and the mask can be painted on there too.
"""

import zipfile
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import BinaryIO, NamedTuple
from xml.sax.saxutils import quoteattr

import numpy as np

from cleanplate.files.encoding import Array, Form, encode
from cleanplate.files.labels import NOTHING, Labels
from cleanplate.pixels.color import upper_byte
from cleanplate.pixels.resampling import limited_size, reduce
from cleanplate.stages.sheets import Layers, Sheet
from cleanplate.values import Box

MODES = {"normal": "svg:src-over", "multiply": "svg:multiply", "screen": "svg:screen"}
MASK = "svg:dst-in"
THUMBNAIL = 256  # pixels of its longer side, by the specification
DAY = (1980, 1, 1, 0, 0, 0)  # of every file inside: the same layers give the same bytes


class Entry(NamedTuple):
    """One picture of the stack: its file's number, name, samples, place, and how it goes onto what lies below."""

    name: str
    samples: Array
    box: Box
    mode: str
    opacity: float = 1.0


def write(layers: Layers, file: BinaryIO, name: str, *, suffix: str, labels: Labels = NOTHING) -> None:
    """Write the sheets, the composite as the merged picture, and a thumbnail.

    Args:
        file: can be sought in.
        name: of the file, for messages.
        suffix: ``.ora``, the only one.
        labels: of the composite; they go into the merged picture, the format has no place of its own for them.
    """
    stacks, number = list[str](), 0
    with zipfile.ZipFile(file, "w") as archive:
        put(archive, "mimetype", b"image/openraster")
        for group, sheets in groupby(layers.sheets, lambda each: each.group):
            lines = list[str]()
            for entry in entries(list(sheets)):
                place = f"data/{number:03}.png"
                put(archive, place, png(entry.samples, name, layers))
                lines.insert(0, layer(entry, place))
                number += 1
            stacks.insert(0, stack(group, lines))
        small = limited_size(layers.size, THUMBNAIL)
        put(archive, "mergedimage.png", png(layers.image.pixels, name, layers, labels))
        put(archive, "Thumbnails/thumbnail.png", png(upper_byte(reduce(layers.image.pixels, small)), name, layers))
        put(archive, "stack.xml", described(layers, stacks).encode())


def entries(sheets: Sequence[Sheet]) -> Iterator[Entry]:
    """The pictures of one group, from the lowest to the highest."""
    for each in sheets:
        samples: Array = each.pixels if each.alpha is None else np.dstack([each.pixels, each.alpha])
        yield Entry(each.name, samples, each.box, MODES[each.mode], each.opacity)
    for each in sheets:
        if each.mask is not None:
            white = np.full_like(each.pixels, np.iinfo(each.pixels.dtype).max)
            yield Entry("mask", np.dstack([white, each.mask]), each.box, MASK)


def described(layers: Layers, stacks: list[str]) -> str:
    """What ``stack.xml`` says, from the highest to the lowest."""
    height, width = layers.size
    head, image = '<?xml version="1.0" encoding="UTF-8"?>', f'<image version="0.0.5" w="{width}" h="{height}">'
    return "\n".join([head, image, "<stack>", *stacks, "</stack>", "</image>", ""])


def stack(group: str, lines: list[str]) -> str:
    """A group; what multiplies the plate lies outside of one, where that is seen."""
    if group == "shadow":
        return "\n".join(lines)
    return "\n".join([f'<stack name={quoteattr(group)} isolation="isolate">', *lines, "</stack>"])


def layer(entry: Entry, place: str) -> str:
    """One picture's line."""
    told = {
        "name": entry.name, "src": place, "x": entry.box.left, "y": entry.box.top,
        "composite-op": entry.mode, "opacity": f"{entry.opacity:.6f}",
    }  # fmt: skip
    return "<layer " + " ".join(f"{key}={quoteattr(str(value))}" for key, value in told.items()) + "/>"


def png(samples: Array, name: str, layers: Layers, labels: Labels = NOTHING) -> bytes:
    """Samples as a PNG with the composite's profile."""
    return encode(samples, "PNG", name, Form(labels=labels), layers.image.profile)


def put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Add a file as it is: PNGs are deflated already, and the first has to be plain."""
    archive.writestr(zipfile.ZipInfo(name, DAY), data, zipfile.ZIP_STORED)
