"""Sheets -> one OpenEXR file in linear light, premultiplied, its layers by name. Needs the extra ``layers``.

    plate.RGB    shadow.RGBA    person.RGBA    personHarmonized.RGBA    RGBA (the composite)

Colors are linear light of Rec. 709's primaries, which is what EXR means where nothing else is said. 8 bits become half floats,
16 bits floats. The shadow over the plate, by the usual over, is exactly the darkened plate. The person was laid over it in encoded
values, as all that is composed here: over in linear light gives a lighter edge, over of encoded values the composite.

But of a plate of linear light all is in its own primaries and kind of floats, its samples are as they were, and the person was
laid over it in linear light: over gives the composite.
"""

import io
import struct
import tempfile
from collections.abc import Iterator
from typing import BinaryIO

import Imath
import numpy as np
import OpenEXR

from cleanplate.errors import InputError, OutputError, why
from cleanplate.files import tags
from cleanplate.files.labels import NOTHING, Labels
from cleanplate.pixels import display, profiles
from cleanplate.pixels.color import FloatArray, to_float
from cleanplate.pixels.profiles import Profile
from cleanplate.stages.sheets import Layers
from cleanplate.stages.strips import STRIP, strips
from cleanplate.values import Box

NAMES = {"plate": "RGB", "shadow": "RGBA", "person": "RGBA", "personHarmonized": "RGBA", "": "RGBA"}
COMPRESSIONS = {
    "none": "NO", "rle": "RLE", "zips": "ZIPS", "zip": "ZIP", "piz": "PIZ", "pxr24": "PXR24", "dwaa": "DWAA", "dwab": "DWAB",
}  # fmt: skip
HEAD = 1 << 16  # bytes in which a file's header lies
ATTRIBUTE = b"chromaticities\0chromaticities\0" + struct.pack("<i", 32)  # its name, type and length (OpenEXR File Layout)
USUAL = "zip"  # lossless, and read by everybody


def write(
    layers: Layers, file: BinaryIO, name: str, *, suffix: str, labels: Labels = NOTHING, exr_compression: str = USUAL
) -> None:
    """Write the layers. The library writes by a file's name alone: for a stream there is a temporary one.

    Args:
        name: of the file, for messages.
        suffix: ``.exr``, the only one.
        labels: of the composite.
        exr_compression: one of ``COMPRESSIONS``; ``pxr24`` of 16 bits, ``dwaa`` and ``dwab`` lose a little.

    Raises:
        InputError: there is no such compression.
        OutputError: it cannot be written.
    """
    if exr_compression not in COMPRESSIONS:
        raise InputError(f"There is no `exr_compression` {exr_compression}: give one of {', '.join(COMPRESSIONS)}.")
    if not isinstance(file, io.BytesIO):
        write_file(layers, file.name, name, exr_compression, labels)
        return
    with tempfile.NamedTemporaryFile(suffix=suffix) as held:
        write_file(layers, held.name, name, exr_compression, labels)
        file.write(held.read())


def write_file(layers: Layers, path: str, name: str, compression: str, labels: Labels) -> None:
    """Write the file at ``path``, a few rows at a time."""
    height, width = layers.size
    held = layers.image.floats if layers.light else None
    deep = layers.image.pixels.dtype == np.uint16 if held is None else not held.half
    kind = Imath.PixelType(Imath.PixelType.FLOAT if deep else Imath.PixelType.HALF)
    header = OpenEXR.Header(width, height) | attributes(labels)
    header["compression"] = Imath.Compression(getattr(Imath.Compression, f"{COMPRESSIONS[compression]}_COMPRESSION"))
    if held is not None and held.primaries is not None:
        header["chromaticities"] = Imath.Chromaticities(*[Imath.chromaticity(0, 0)] * 4)  # filled in below
    header["channels"] = {channel: Imath.Channel(kind) for layer, letters in NAMES.items() for channel in named(layer, letters)}
    try:
        target = OpenEXR.OutputFile(path, header)
        for rows in strips(Box(0, 0, height, width), STRIP):
            stored = {key: plane.astype(np.float32 if deep else np.float16).tobytes() for key, plane in planes(layers, rows)}
            target.writePixels(stored, rows.stop - rows.start)
        target.close()
        if held is not None and held.primaries is not None:
            fill_in(path, held.primaries)
    except (RuntimeError, OSError) as error:
        raise OutputError(f"{name} could not be written ({why(error)}): free some space, or choose another folder.") from error


def attributes(labels: Labels) -> dict[str, bytes]:
    """What is said of the picture by names that readers know: ``owner`` is OpenEXR's own for whose it is, ``xmp`` holds all."""
    told = {"owner": labels.main.get(tags.COPYRIGHT, ""), "software": labels.main.get(tags.SOFTWARE, "")}
    every = {name: str(value).encode() for name, value in told.items()} | {"xmp": labels.packet()}
    return {name: value for name, value in every.items() if value}


def fill_in(path: str, primaries: tuple[float, ...]) -> None:
    """Write a file's primaries and white into its header, where the library (3.5) writes zeros whatever it is given."""
    with open(path, "r+b") as file:
        file.seek(file.read(HEAD).index(ATTRIBUTE) + len(ATTRIBUTE))
        file.write(struct.pack("<8f", *primaries))


def named(layer: str, letters: str) -> list[str]:
    """The names of a layer's channels.

    >>> named("person", "RG"), named("", "A")
    (['person.R', 'person.G'], ['A'])
    """
    return [f"{layer}.{each}" if layer else each for each in letters]


def planes(layers: Layers, rows: slice) -> Iterator[tuple[str, FloatArray]]:
    """Every channel of some rows, by its name."""
    for layer, picture in pictures(layers, rows):
        for at, channel in enumerate(named(layer, NAMES[layer])):
            yield channel, picture[..., at]


def pictures(layers: Layers, rows: slice) -> Iterator[tuple[str, FloatArray]]:
    """Every layer of some rows: (rows, width, 3 or 4) float32, linear, premultiplied."""
    own, held = layers.image.profile, layers.image.floats if layers.light else None
    primaries = held.primaries if held else None
    plate, dark = under(layers, rows)
    yield "plate", plate
    yield "shadow", taking(plate, dark)
    shape = (*plate.shape[:2], 4)
    person, finished = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    box = layers.base.box
    top, bottom = max(rows.start, box.top), min(rows.stop, box.top + box.height)
    if top < bottom:
        inside, part = slice(top - box.top, bottom - box.top), np.s_[top - rows.start : bottom - rows.start, box.slices[1]]
        cover = to_float(layers.mask[inside])
        person[part] = premultiplied(linear(to_float(layers.base.pixels[inside]), own, primaries), cover)
        finished[part] = premultiplied(linear(layers.finished(inside), own, primaries), cover)
    yield "person", person
    yield "personHarmonized", finished
    whole = linear(to_float(layers.image.pixels[rows]), own) if held is None else held.values[rows]
    yield "", np.dstack([whole, np.ones(whole.shape[:2], np.float32)])


def under(layers: Layers, rows: slice) -> tuple[FloatArray, FloatArray]:
    """Some rows of the plate in linear light, without and with the shadow."""
    if layers.light:
        return layers.light[0][rows], layers.light[1][rows]
    plate, dark = (linear(layers.behind(rows, *groups), layers.image.profile) for groups in (("plate",), ("plate", "shadow")))
    return plate, dark


def linear(colors: FloatArray, profile: Profile, primaries: display.Primaries = None) -> FloatArray:
    """Encoded colors of a profile -> linear light, of Rec. 709's primaries if of no other, unbounded."""
    return display.light_of(profiles.to_srgb(colors, profile), primaries)


def premultiplied(light: FloatArray, alpha: FloatArray) -> FloatArray:
    """Light and alpha -> light times alpha, and alpha."""
    return np.dstack([light * alpha[..., None], alpha])


def taking(before: FloatArray, after: FloatArray) -> FloatArray:
    """What has to be laid over linear light to darken it so: black of the alpha that takes most, and what that takes too much.

    >>> taking(np.float32([[[0.5, 0.5, 0]]]), np.float32([[[0.25, 0.3, 0]]])).round(3).tolist()
    [[[0.0, 0.05000000074505806, 0.0, 0.5]]]
    """
    before, after = map(display.finite, (before, after))
    kept = np.where(before > 0, after / np.maximum(before, np.float32(1e-9)), 1).min(2)
    return np.asarray(np.dstack([np.maximum(0, after - kept[..., None] * before), 1 - kept]), np.float32)
