"""Sheets -> PSD, or PSB for what is too large for it, by psd-tools' structures (Adobe Photoshop File Formats Specification).

The merged picture is the composite itself, so that a reader that knows no layers shows that one. Needs the extra ``layers``.
"""

import struct
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, BinaryIO

import numpy as np
from psd_tools.constants import BlendMode, ChannelID, Clipping, ColorMode, Compression, Resource, SectionDivider, Tag
from psd_tools.psd.color_mode_data import ColorModeData
from psd_tools.psd.header import FileHeader
from psd_tools.psd.image_resources import ImageResource, ImageResources, VersionInfo
from psd_tools.psd.layer_and_mask import (
    ChannelData,
    GlobalLayerMaskInfo,
    LayerAndMaskInformation,
    LayerInfo,
    LayerRecord,
    LayerRecords,
    MaskData,
)  # fmt: skip
from psd_tools.psd.tagged_blocks import TaggedBlocks

from cleanplate.errors import OutputError
from cleanplate.files.labels import NOTHING, Labels
from cleanplate.files.tiffs import deflater
from cleanplate.pixels.color import Pixels, srgb_profile
from cleanplate.stages.sheets import Layers, Sheet
from cleanplate.values import Size

LONGEST_SIDE = 30_000  # pixels on a side that a PSD holds; a PSB holds ten times as many
MOST_BYTES = (1 << 31) - 1  # of a PSD
STEPS = 255  # of an opacity
ENCODING = "macroman"  # of names for old programs, which have them in Unicode beside
MODES = {"normal": BlendMode.NORMAL, "multiply": BlendMode.MULTIPLY, "screen": BlendMode.SCREEN}
COLORS = ChannelID.CHANNEL_0, ChannelID.CHANNEL_1, ChannelID.CHANNEL_2
LENGTHS = {1: ">hI", 2: ">hQ"}  # by version, how a record tells a channel and its length


def check_size(size: Size, name: str) -> None:
    """Refuse a picture that a PSD is too small for.

    Raises:
        OutputError: a side of (height, width) is too long.
    """
    if max(size) > LONGEST_SIDE:
        held = f"PSD holds {LONGEST_SIDE} pixels on a side and this picture has {size[1]}x{size[0]}"
        raise OutputError(f"{name} cannot be written: {held}; try .psb.")


def write(layers: Layers, file: BinaryIO, name: str, *, suffix: str, labels: Labels = NOTHING) -> None:
    """Write the sheets in their groups, the composite as the merged picture, its profile and what is said of it.

    Args:
        file: can be sought in.
        name: of the file, for messages.
        suffix: ``.psd``, or ``.psb`` for the larger one.
        labels: of the composite.

    Raises:
        OutputError: it is too large for a PSD.
    """
    large = suffix == ".psb"
    if not large:
        check_size(layers.size, name)
    (height, width), depth, version = layers.size, 8 * layers.image.pixels.dtype.itemsize, 2 if large else 1
    header = FileHeader(version=version, channels=3, height=height, width=width, depth=depth, color_mode=ColorMode.RGB)
    said = resources(layers.image.profile, labels)
    written = write_sheets(layers, header, said, file) + write_merged(layers.image.pixels, header, file)
    if written > MOST_BYTES and not large:
        raise OutputError(f"{name} cannot be written: it takes {written / 1e9:.1f} GB and PSD holds 2; try .psb.")


def write_sheets(layers: Layers, header: FileHeader, said: ImageResources, file: BinaryIO) -> int:
    """All but the merged picture; how many bytes. With 16 bits the layers stand in a block of their own, as Photoshop has it."""
    parts = list(records(layers.sheets))
    found = len(parts), LayerRecords(parts), Planes([each for part in parts for each in part.channel_info], header)
    held = LayerAndMaskInformation(LayerInfo(*found) if header.depth == 8 else LayerInfo(), GlobalLayerMaskInfo())
    if header.depth == 16:
        held.tagged_blocks = TaggedBlocks()
        held.tagged_blocks.set_data(Tag.LAYER_16, *found)
    written = header.write(file) + ColorModeData().write(file) + said.write(file, ENCODING)
    return int(written + held.write(file, ENCODING, header.version))


def write_merged(pixels: Pixels, header: FileHeader, file: BinaryIO) -> int:
    """The picture that all layers give, plane by plane: in runs of 8 bits, of 16 as it is, which runs would make larger."""
    if header.depth == 8:
        return write_runs(pixels, header, file)
    file.write(Compression.RAW.value.to_bytes(2, "big"))
    for channel in range(3):
        file.write(big_endian(pixels[..., channel]))
    return 2 + pixels.nbytes


def write_runs(pixels: Pixels, header: FileHeader, file: BinaryIO) -> int:
    """The lengths of all rows of all planes, and behind them their runs."""
    file.write(Compression.RLE.value.to_bytes(2, "big"))
    at, told = file.tell(), 2 * header.version * header.height  # bytes that the lengths of a plane take
    tables, written = list[bytes](), 2 + 3 * told
    file.seek(at + 3 * told)
    for channel in range(3):
        made = memoryview(stored(pixels[..., channel], header).data)
        tables.append(bytes(made[:told]))
        written += int(file.write(made[told:]))
    end = file.tell()
    file.seek(at)
    file.write(b"".join(tables))
    file.seek(end)
    return int(written)


def resources(profile: bytes | None, labels: Labels) -> ImageResources:
    """The profile, sRGB's without one, what is said of the picture, and that the merged one is the whole one."""
    told = VersionInfo(has_composite=True, writer="cleanplate")
    held: dict[Resource, Any] = {Resource.VERSION_INFO: told, Resource.ICC_PROFILE: profile or srgb_profile()}
    held |= {Resource.EXIF_DATA_1: labels.exif_block(), Resource.XMP_METADATA: labels.packet()}
    return ImageResources([(key, ImageResource(key=key, data=data)) for key, data in held.items() if data])


# ---- layers ------------------------------------------------------------------------------------------------------------


class Channel:
    """A plane of a sheet, in the stead of psd-tools' ``ChannelInfo``: a record tells its length before the plane is compressed.

    Args:
        plane: (height, width) integers; none at a group's ends.
    """

    def __init__(self, name: int, plane: Pixels | None = None) -> None:
        self.name, self.plane, self.at = name, plane, 0

    def write(self, file: BinaryIO, version: int) -> int:
        """The channel's name, and room for its length, which ``tell`` fills."""
        self.at = file.tell()
        return file.write(struct.pack(LENGTHS[version], self.name, 0))

    def tell(self, file: BinaryIO, version: int, length: int) -> None:
        file.seek(self.at)
        file.write(struct.pack(LENGTHS[version], self.name, length))


class Planes:
    """All channels, in the stead of psd-tools' ``ChannelImageData``: each is compressed when it is written, so that one is held."""

    def __init__(self, channels: list[Channel], header: FileHeader) -> None:
        self.channels, self.header, self._lengths = channels, header, ()  # psd-tools has none to tell beforehand

    def write(self, file: BinaryIO) -> int:
        """Every plane, and its length into its record; how many bytes."""
        lengths = [stored(each.plane, self.header).write(file) for each in self.channels]
        end = file.tell()
        for each, length in zip(self.channels, lengths, strict=True):
            each.tell(file, self.header.version, length)
        file.seek(end)
        return sum(lengths)


def records(sheets: Sequence[Sheet]) -> Iterator[LayerRecord]:
    """Each sheet's record, from the lowest to the highest; around a group stand two without any pixels."""
    for group, inside in groupby(sheets, lambda each: each.group):
        yield bound("</Layer group>", SectionDivider.BOUNDING_SECTION_DIVIDER)
        yield from map(record, inside)
        yield bound(group, SectionDivider.OPEN_FOLDER)


def bound(name: str, kind: SectionDivider) -> LayerRecord:
    """Where a group begins (below) or ends, which bears its name. Only what multiplies needs what lies below the group."""
    mode = BlendMode.PASS_THROUGH if name == "shadow" else BlendMode.NORMAL  # Krita takes the alpha that it clips to from below too
    made = LayerRecord(name=name, blend_mode=mode, channel_info=[Channel(each) for each in (-1, 0, 1, 2)])
    made.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, name)
    ends = kind is not SectionDivider.BOUNDING_SECTION_DIVIDER
    made.tagged_blocks.set_data(Tag.SECTION_DIVIDER_SETTING, kind, *((b"8BIM", mode) if ends else ()))
    return made


def record(sheet: Sheet) -> LayerRecord:
    """What a sheet is called, where it lies, how it goes onto what is below, and its planes."""
    box = sheet.box
    edges = {"top": box.top, "left": box.left, "bottom": box.top + box.height, "right": box.left + box.width}
    made = LayerRecord(
        **edges, name=sheet.name, blend_mode=MODES[sheet.mode], opacity=round(STEPS * sheet.opacity),
        clipping=Clipping.NON_BASE if sheet.clipped else Clipping.BASE, channel_info=channels(sheet),
        mask_data=None if sheet.mask is None else MaskData(**edges, background_color=0),
    )  # fmt: skip
    made.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, sheet.name)
    return made


def channels(sheet: Sheet) -> list[Channel]:
    """A sheet's planes: its alpha, which is opaque without one, its colors, its mask."""
    alpha: Any = sheet.alpha
    if alpha is None:  # one sample, as large as it has to be
        most = sheet.pixels.dtype.type(np.iinfo(sheet.pixels.dtype).max)
        alpha = np.broadcast_to(most, sheet.pixels.shape[:2])
    answer = [Channel(ChannelID.TRANSPARENCY_MASK, alpha)]
    answer += [Channel(each, sheet.pixels[..., at]) for at, each in enumerate(COLORS)]
    return answer if sheet.mask is None else [*answer, Channel(ChannelID.USER_LAYER_MASK, sheet.mask)]


def stored(plane: Pixels | None, header: FileHeader) -> ChannelData:
    """A plane compressed: runs in 8 bits, as Photoshop does it; in 16 deflated, where Krita misreads Photoshop's differences."""
    if plane is None:
        return ChannelData()
    if header.depth != 8:
        return ChannelData(Compression.ZIP, deflater()(big_endian(plane)))
    made = ChannelData(Compression.RLE)
    made.set_data(big_endian(plane), plane.shape[1], plane.shape[0], header.depth, header.version)
    return made


def big_endian(plane: Pixels) -> bytes | memoryview:
    """A plane's samples, high byte first, with no second copy."""
    if plane.dtype == np.uint8:
        return plane.tobytes()
    ordered: Any = np.ascontiguousarray(plane.byteswap() if sys.byteorder == "little" else plane)
    return memoryview(ordered).cast("B")
