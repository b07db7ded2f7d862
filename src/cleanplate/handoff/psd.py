"""Sheets -> PSD, or PSB for what is too large for it, by psd-tools' structures (Adobe Photoshop File Formats Specification).

The merged picture is the composite itself, so that a reader that knows no layers shows that one. Needs the extra ``layers``.
"""

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, BinaryIO

import numpy as np
from psd_tools.constants import BlendMode, ChannelID, Clipping, ColorMode, Compression, Resource, SectionDivider, Tag
from psd_tools.psd.color_mode_data import ColorModeData
from psd_tools.psd.header import FileHeader
from psd_tools.psd.image_data import ImageData
from psd_tools.psd.image_resources import ImageResource, ImageResources, VersionInfo
from psd_tools.psd.layer_and_mask import (
    ChannelData,
    ChannelDataList,
    ChannelImageData,
    ChannelInfo,
    GlobalLayerMaskInfo,
    LayerAndMaskInformation,
    LayerInfo,
    LayerRecord,
    LayerRecords,
    MaskData,
)  # fmt: skip
from psd_tools.psd.tagged_blocks import TaggedBlocks

from cleanplate.errors import OutputError
from cleanplate.pixels.color import Pixels, srgb_profile
from cleanplate.stages.sheets import Layers, Sheet
from cleanplate.values import Size

LONGEST_SIDE = 30_000  # pixels on a side that a PSD holds; a PSB holds ten times as many
MOST_BYTES = (1 << 31) - 1  # of a PSD
STEPS = 255  # of an opacity
ENCODING = "macroman"  # of names for old programs, which have them in Unicode beside
MODES = {"normal": BlendMode.NORMAL, "multiply": BlendMode.MULTIPLY, "screen": BlendMode.SCREEN}
COLORS = ChannelID.CHANNEL_0, ChannelID.CHANNEL_1, ChannelID.CHANNEL_2
Channels = list[tuple[ChannelID, Pixels]]


def check_size(size: Size, name: str) -> None:
    """Refuse a picture that a PSD is too small for.

    Raises:
        OutputError: a side of (height, width) is too long.
    """
    if max(size) > LONGEST_SIDE:
        held = f"PSD holds {LONGEST_SIDE} pixels on a side and this picture has {size[1]}x{size[0]}"
        raise OutputError(f"{name} cannot be written: {held}; try .psb.")


def write(layers: Layers, file: BinaryIO, name: str, *, suffix: str) -> None:
    """Write the sheets in their groups, the composite as the merged picture, and its profile.

    Args:
        file: can be sought in.
        name: of the file, for messages.
        suffix: ``.psd``, or ``.psb`` for the larger one.

    Raises:
        OutputError: it is too large for a PSD.
    """
    large = suffix == ".psb"
    if not large:
        check_size(layers.size, name)
    (height, width), depth, version = layers.size, 8 * layers.image.pixels.dtype.itemsize, 2 if large else 1
    header = FileHeader(version=version, channels=3, height=height, width=width, depth=depth, color_mode=ColorMode.RGB)
    written = write_sheets(layers, header, file) + write_merged(layers.image.pixels, header, file)
    if written > MOST_BYTES and not large:
        raise OutputError(f"{name} cannot be written: it takes {written / 1e9:.1f} GB and PSD holds 2; try .psb.")


def write_sheets(layers: Layers, header: FileHeader, file: BinaryIO) -> int:
    """All but the merged picture; how many bytes. With 16 bits the layers stand in a block of their own, as Photoshop has it."""
    parts = list(records(layers.sheets, header.depth, header.version))
    found = len(parts), LayerRecords([each for each, _ in parts]), ChannelImageData([each for _, each in parts])
    held = LayerAndMaskInformation(LayerInfo(*found) if header.depth == 8 else LayerInfo(), GlobalLayerMaskInfo())
    if header.depth == 16:
        held.tagged_blocks = TaggedBlocks()
        held.tagged_blocks.set_data(Tag.LAYER_16, *found)
    written = header.write(file) + ColorModeData().write(file) + resources(layers.image.profile).write(file, ENCODING)
    return int(written + held.write(file, ENCODING, header.version))


def write_merged(pixels: Pixels, header: FileHeader, file: BinaryIO) -> int:
    """The picture that all layers give, after they are let go: in runs of 8 bits, of 16 as it is, which runs would make larger."""
    if header.depth == 8:
        merged = ImageData(Compression.RLE)
        merged.set_data([big_endian(pixels[..., channel]) for channel in range(3)], header)
        return int(merged.write(file))
    file.write(Compression.RAW.value.to_bytes(2, "big"))
    for channel in range(3):
        file.write(big_endian(pixels[..., channel]))
    return 2 + pixels.nbytes


def resources(profile: bytes | None) -> ImageResources:
    """The profile, sRGB's without one, and that the merged picture is the whole one."""
    told = VersionInfo(has_composite=True, writer="cleanplate")
    held = {Resource.VERSION_INFO: told, Resource.ICC_PROFILE: profile or srgb_profile()}
    return ImageResources([(key, ImageResource(key=key, data=data)) for key, data in held.items()])


# ---- layers ------------------------------------------------------------------------------------------------------------


def records(sheets: Sequence[Sheet], depth: int, version: int) -> Iterator[tuple[LayerRecord, ChannelDataList]]:
    """Each sheet's record and channels, from the lowest to the highest; around a group stand two records without any pixels."""
    for group, inside in groupby(sheets, lambda each: each.group):
        yield bound("</Layer group>", SectionDivider.BOUNDING_SECTION_DIVIDER)
        for each in inside:
            planes = channels(each)
            yield record(each, [name for name, _ in planes]), stored(planes, depth, version)
        yield bound(group, SectionDivider.OPEN_FOLDER)


def bound(name: str, kind: SectionDivider) -> tuple[LayerRecord, ChannelDataList]:
    """Where a group begins (below) or ends, which bears its name. Only what multiplies needs what lies below the group."""
    mode = BlendMode.PASS_THROUGH if name == "shadow" else BlendMode.NORMAL  # Krita takes the alpha that it clips to from below too
    made = LayerRecord(name=name, blend_mode=mode, channel_info=[ChannelInfo(id=each, length=2) for each in (-1, 0, 1, 2)])
    made.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, name)
    ends = kind is not SectionDivider.BOUNDING_SECTION_DIVIDER
    made.tagged_blocks.set_data(Tag.SECTION_DIVIDER_SETTING, kind, *((b"8BIM", mode) if ends else ()))
    return made, ChannelDataList([ChannelData() for _ in made.channel_info])


def record(sheet: Sheet, names: list[ChannelID]) -> LayerRecord:
    """What a sheet is called, where it lies and how it goes onto what is below."""
    box = sheet.box
    edges = {"top": box.top, "left": box.left, "bottom": box.top + box.height, "right": box.left + box.width}
    made = LayerRecord(
        **edges, name=sheet.name, blend_mode=MODES[sheet.mode], opacity=round(STEPS * sheet.opacity),
        clipping=Clipping.NON_BASE if sheet.clipped else Clipping.BASE,
        channel_info=[ChannelInfo(id=each) for each in names],
        mask_data=None if sheet.mask is None else MaskData(**edges, background_color=0),
    )  # fmt: skip
    made.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, sheet.name)
    return made


def channels(sheet: Sheet) -> Channels:
    """A sheet's planes: its alpha, which is opaque without one, its colors, its mask."""
    alpha = sheet.alpha
    if alpha is None:
        alpha = np.full_like(sheet.pixels[..., 0], np.iinfo(sheet.pixels.dtype).max)
    answer: Channels = [(ChannelID.TRANSPARENCY_MASK, alpha)]
    answer += [(each, sheet.pixels[..., at]) for at, each in enumerate(COLORS)]
    return answer if sheet.mask is None else [*answer, (ChannelID.USER_LAYER_MASK, sheet.mask)]


def stored(planes: Channels, depth: int, version: int) -> ChannelDataList:
    """Planes compressed: runs in 8 bits, as Photoshop does it; in 16 deflated, where Krita misreads Photoshop's differences."""
    answer = ChannelDataList()
    for _, plane in planes:
        made = ChannelData(Compression.RLE if depth == 8 else Compression.ZIP)
        made.set_data(big_endian(plane), plane.shape[1], plane.shape[0], depth, version)
        answer.append(made)
    return answer


def big_endian(plane: Pixels) -> bytes | memoryview:
    """A plane's samples, high byte first, with no second copy."""
    if plane.dtype == np.uint8:
        return plane.tobytes()
    ordered: Any = np.ascontiguousarray(plane.byteswap() if sys.byteorder == "little" else plane)
    return memoryview(ordered).cast("B")
