"""What a file says of its colors: the tags of ITU-T H.273 for range, matrix, primaries and transfer.

PQ, HLG, linear and logarithmic light are refused here; ``ycbcr`` converts what passes.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cleanplate.errors import VideoError

if TYPE_CHECKING:
    from av import VideoFrame

UNTOLD = 2  # H.273's "unspecified" for matrix, primaries and transfer; FFmpeg has 0 for range
LIMITED, FULL = 1, 2  # FFmpeg's numbers for the range
RGB, BT709, BT601, BT2020 = 0, 1, 6, 9
RANGES = {LIMITED: "limited", FULL: "full"}
MATRICES = {RGB: "rgb", BT709: "bt709", 4: "fcc", 5: "bt470bg", BT601: "smpte170m", 7: "smpte240m", BT2020: "bt2020nc"}
PRIMARIES = {
    BT709: "bt709", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", BT2020: "bt2020", 11: "smpte431", 12: "smpte432",
    22: "ebu3213",
}  # fmt: skip
TRANSFERS = {
    1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 11: "iec61966-2-4", 12: "bt1361e",
    13: "iec61966-2-1", 14: "bt2020-10", 15: "bt2020-12",
}  # fmt: skip
HDR = {16: "PQ", 18: "HLG"}
HD = (1280, 576)  # a width from which, a height above which, untagged pictures are BT.709 and not BT.601 (as mpv has it)


@dataclass(frozen=True)
class Coding:
    """How a file codes its colors, as H.273 numbers; ``UNTOLD`` (range: 0) where it does not say."""

    range: int
    matrix: int
    primaries: int
    transfer: int

    def settled(self, width: int, height: int, rgb: bool) -> "Coding":
        """Nothing left open in range and matrix: BT.601 for small and BT.709 for large pictures, limited range."""
        matrix, wide = self.matrix, self.range
        if rgb:
            return replace(self, matrix=RGB, range=FULL)
        if matrix in (UNTOLD, RGB):
            matrix = BT709 if width >= HD[0] or height > HD[1] else BT601
        return replace(self, matrix=matrix, range=wide or LIMITED)

    def names(self) -> dict[str, str | None]:
        return {
            "range": RANGES.get(self.range),
            "matrix": MATRICES.get(self.matrix),
            "primaries": PRIMARIES.get(self.primaries),
            "transfer": TRANSFERS.get(self.transfer),
        }


def read_coding(frame: "VideoFrame", name: str) -> Coding:
    """What a frame's tags say.

    Raises:
        VideoError: ``hdr`` or ``color``, something that is not converted here.
    """
    full = frame.format.name.startswith("yuvj")  # FFmpeg's old way to say it
    coding = Coding(FULL if full else int(frame.color_range), frame.colorspace, frame.color_primaries, frame.color_trc)
    if coding.transfer in HDR:
        raise VideoError(
            f"{name} is HDR video ({HDR[coding.transfer]}), and pictures here have the standard range:"
            " convert it to SDR (BT.709) first.",
            "hdr",
        )
    for what, value, known in (
        ("matrix", coding.matrix, MATRICES), ("primaries", coding.primaries, PRIMARIES), ("transfer", coding.transfer, TRANSFERS),
    ):  # fmt: skip
        if value not in known and value not in (UNTOLD, 0, 3):  # 0 and 3 are reserved, and written by some encoders
            message = f"{name} has color {what} number {value} of H.273, which is not converted here: convert it to BT.709."
            raise VideoError(message, "color")
    return coding


def depth_of(frame: "VideoFrame") -> int:
    """Bits of a channel, of those that are told apart: 8, 10, 12 or 16."""
    bits = max(component.bits for component in frame.format.components)
    return next(depth for depth in (8, 10, 12, 16) if bits <= depth)


def tag(frame: "VideoFrame", coding: Coding) -> None:
    frame.color_primaries, frame.color_trc = coding.primaries, coding.transfer
    frame.colorspace, frame.color_range = coding.matrix, coding.range
