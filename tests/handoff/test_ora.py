"""OpenRaster, opened by a reader that knows the specification alone: a zip, its XML, Pillow, the W3C's compositing."""

import io
import xml.etree.ElementTree as xml
import zipfile

import numpy as np
import pytest
from PIL import Image as pillow
from stacked import ASKED, layers

from cleanplate import read_image
from cleanplate.handoff import layered
from cleanplate.stages.sheets import Layers

BLENDING = {  # W3C, Compositing and Blending Level 1, section 10
    "svg:src-over": lambda under, over: over, "svg:multiply": lambda under, over: under * over,
    "svg:screen": lambda under, over: under + over - under * over,
}  # fmt: skip


def written(made: Layers) -> zipfile.ZipFile:
    file = io.BytesIO()
    layered.write_layers(made, file, format="ora")
    return zipfile.ZipFile(file)


def shown(archive: zipfile.ZipFile, element: xml.Element, canvas: np.ndarray) -> np.ndarray:
    """The canvas, straight RGBA floats, with what an element holds laid over it."""
    if element.tag == "stack":
        isolated = element.get("isolation") == "isolate"
        inside = np.zeros_like(canvas) if isolated else canvas
        for each in reversed(list(element)):
            inside = shown(archive, each, inside)
        return laid(canvas, inside, "svg:src-over") if isolated else inside
    found = read_image(archive.read(element.get("src")))
    layer, left, top = np.zeros_like(canvas), int(element.get("x", 0)), int(element.get("y", 0))
    height, width = found.size
    part = layer[top : top + height, left : left + width]
    part[..., :3] = found.pixels / np.float32(np.iinfo(found.pixels.dtype).max)
    part[..., 3] = (1 if found.alpha is None else found.alpha) * float(element.get("opacity", 1))
    return laid(canvas, layer, element.get("composite-op", "svg:src-over"))


def laid(under: np.ndarray, over: np.ndarray, mode: str) -> np.ndarray:
    behind, front = under[..., 3:], over[..., 3:]
    if mode == "svg:dst-in":
        return np.concatenate([under[..., :3], behind * front], 2)
    mixed = (1 - behind) * over[..., :3] + behind * BLENDING[mode](under[..., :3], over[..., :3])
    total = front + behind * (1 - front)
    colors = (front * mixed + (1 - front) * behind * under[..., :3]) / np.maximum(total, 1e-9)
    return np.concatenate([colors, total], 2)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("asked", ASKED)
def test_a_reader_of_the_specification_stacks_the_layers_to_the_composite(asked: str, kind: type) -> None:
    made = layers(asked, kind)
    with written(made) as archive:
        root = xml.fromstring(archive.read("stack.xml"))  # noqa: S314 - made above
        assert (int(root.get("h")), int(root.get("w"))) == made.size
        found = shown(archive, root[0], np.zeros((*made.size, 4), np.float32))
    top, most = (255, 1) if kind is np.uint8 else (65535, 4)
    assert np.abs(np.rint(found[..., :3] * top) - made.image.pixels).max() <= most
    assert found[..., 3].min() > 1 - 1e-5


def test_the_first_file_tells_what_it_is_as_plain_bytes_and_the_rest_is_where_readers_look() -> None:
    made = layers("all", np.uint16)
    with written(made) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type, archive.read(first)) == ("mimetype", zipfile.ZIP_STORED, b"image/openraster")
        assert (read_image(archive.read("mergedimage.png")).pixels == made.image.pixels).all()
        with pillow.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))) as small:
            assert max(small.size) == 256
            assert small.mode == "RGB"


def test_nothing_is_erased_and_the_mask_lies_on_top() -> None:
    with written(layers("all")) as archive:
        root = xml.fromstring(archive.read("stack.xml"))  # noqa: S314
        person = next(each for each in root[0] if each.get("name") == "person")
        assert [each.get("name") for each in person] == [
            "mask", "grain, lighter", "grain, darker", "light wrap", "color", "person",
        ]  # fmt: skip
        assert read_image(archive.read(person[-1].get("src"))).alpha is None
        assert float(person[-2].get("opacity")) == pytest.approx(0.8, abs=1e-6)


def test_the_same_layers_give_the_same_bytes() -> None:
    one, two = io.BytesIO(), io.BytesIO()
    for each in (one, two):
        layered.write_layers(layers("as it is"), each, format="ora")
    assert one.getvalue() == two.getvalue()
