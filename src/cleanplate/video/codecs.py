"""What is asked of an encoder -> how a stream of pictures is coded: containers, codecs, pixel formats, color tags.

Everything that can be refused about it is refused here, before any work is done.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from cleanplate.errors import InputError, OutputError
from cleanplate.files.atomic import PathName, called
from cleanplate.values import Size
from cleanplate.video import primaries
from cleanplate.video.coding import BT709, LIMITED, RGB, Coding
from cleanplate.video.containers import pyav, reason
from cleanplate.video.frames import VideoReader
from cleanplate.video.reading import FASTEST

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".webm": "webm", ".mkv": "matroska"}
RATE = Fraction(25)  # frames in a second where nothing says so, as FFmpeg has it for picture sequences
FINEST_RATE = 1001  # the largest denominator of one: NTSC's


@dataclass(frozen=True)
class Encoding:
    """What is asked of the encoder.

    Args:
        size: (height, width) of the frames.
        rate: frames in a second, on average; without it that of the film that leads, or 25.
        codec: h264, hevc, av1, vp9, prores or ffv1; by the container without it: h264, WebM vp9; with alpha .mov prores,
            .webm vp9, .mkv ffv1.
        crf: the encoder's own quality scale (lower is better); its usual value without it.
        pix_fmt: FFmpeg's name of a pixel format; without it yuv420p (10 bit where the film that leads has more than 8, except
            for h264), yuv444p for odd sizes of h264 and hevc.
        preset: the encoder's own scale of effort, such as veryfast.
        alpha: whether frames come with an alpha.

    Raises:
        InputError: a rate that no film has.
    """

    size: Size
    rate: Fraction | float | None = None
    codec: str | None = None
    crf: int | None = None
    pix_fmt: str | None = None
    preset: str | None = None
    alpha: bool = False

    def __post_init__(self) -> None:
        check_rate(self.rate)


@dataclass(frozen=True)
class StreamSettings:
    """How a stream of pictures is coded.

    Args:
        container: FFmpeg's name of the format.
        codec, pix_fmt, options: the encoder, its pixel format and settings.
        size: (height, width).
        base, rate: seconds of one unit of pts; frames in a second, on average.
        coding: color tags.
        pixel_aspect: width over height of a pixel.
    """

    container: str
    codec: "Codec"
    pix_fmt: str
    options: dict[str, str]
    size: Size
    base: Fraction
    rate: Fraction
    coding: Coding
    pixel_aspect: Fraction

    @property
    def tick(self) -> Fraction:
        """MP4 and encoders want 1/N; a time base of M/N counts M ticks."""
        return Fraction(1, self.base.denominator)


@dataclass(frozen=True)
class Codec:
    """How one kind of video is encoded.

    Args:
        encoder: FFmpeg's name.
        options: what makes its quality scale the usual one; ``crf`` is replaced by what the user gives.
        pix_fmts: pixel formats for 8 bits, more than 8, 8 with odd sizes, more than 8 with odd sizes.
        alpha: pixel format with alpha; None where it has none.
        worst: the largest crf; None where it has no such scale.
    """

    encoder: str
    options: dict[str, str]
    pix_fmts: tuple[str, str, str, str]
    alpha: str | None = None
    worst: int | None = None


YUV420 = ("yuv420p", "yuv420p10le", "yuv444p", "yuv444p10le")  # half the color, as players expect; odd sizes need all
CODECS = {
    # FFmpeg's own crf defaults, but for VP9, which has none; 31 is what its makers advise for 1080p
    "h264": Codec("libx264", {"crf": "23"}, ("yuv420p", "yuv420p", "yuv444p", "yuv444p"), worst=51),  # 10 bit plays nowhere
    "hevc": Codec("libx265", {"crf": "28", "x265-params": "log-level=error"}, YUV420, worst=51),
    "av1": Codec("libsvtav1", {"crf": "35"}, ("yuv420p", "yuv420p10le", "yuv420p", "yuv420p10le"), worst=63),
    "vp9": Codec("libvpx-vp9", {"crf": "31", "b": "0"}, ("yuv420p",) * 4, "yuva420p", worst=63),  # PyAV's knows 8 bits only
    "prores": Codec("prores_ks", {}, ("yuv422p10le", "yuv422p10le", "yuv444p10le", "yuv444p10le"), "yuva444p10le"),
    "ffv1": Codec("ffv1", {"level": "3"}, ("bgr0", "rgb48le", "bgr0", "rgb48le"), "bgra"),
}
DEFAULT_CODEC = {"mp4": "h264", "mov": "h264", "matroska": "h264", "webm": "vp9"}
ALPHA_CODEC = {"mov": "prores", "webm": "vp9", "matroska": "ffv1"}
EVEN_ONLY = ("libx264", "libx265")  # encoders that take no odd size in halved color


def settings(encoding: Encoding, container: str, like: VideoReader | None, name: str) -> StreamSettings:
    """How to code what is asked for; what is left open is as in the film ``like``.

    Raises:
        OutputError: the codec or pixel format cannot be had.
    """
    size = encoding.size
    codec = choose_codec(container, encoding.codec, encoding.alpha, name)
    pix_fmt = encoding.pix_fmt or choose_pix_fmt(codec, size, like is not None and like.info.depth > 8, encoding.alpha)
    check_pix_fmt(pix_fmt, size, codec, encoding.alpha)
    options = encoder_options(codec, pix_fmt, encoding.crf, encoding.preset)
    rate = speed(encoding.rate) if encoding.rate else (like.info.rate if like else None) or RATE
    base = like.info.time_base if like else 1 / rate
    aspect = like.info.pixel_aspect if like else Fraction(1)
    rate = min(rate, 1 / base)  # VP9 refuses frames that are shorter than the clock's unit
    return StreamSettings(container, codec, pix_fmt, options, size, base, rate, choose_coding(like, size, pix_fmt), aspect)


def check_rate(rate: Fraction | float | None) -> None:
    if rate is not None and not 0 < rate <= FASTEST:
        raise InputError(f"rate lies above 0 and up to {FASTEST} frames in a second; {float(rate):g} was given.")


def speed(rate: Fraction | float) -> Fraction:
    """Frames in a second as people say them, as a fraction.

    >>> speed(29.97002997)
    Fraction(30000, 1001)
    """
    return Fraction(rate).limit_denominator(FINEST_RATE)


def container_of(target: PathName) -> str:
    suffix = Path(target).suffix.lower()
    if suffix not in CONTAINERS:
        found = f"has the suffix {suffix}" if suffix else "has no suffix"
        known = ", ".join(CONTAINERS)
        raise OutputError(f"{called(target)} {found}: give one of {known}, or a pattern such as out/%05d.png.")
    return CONTAINERS[suffix]


def choose_codec(container: str, codec: str | None, alpha: bool, name: str) -> Codec:
    """The codec asked for, or the container's usual one.

    Raises:
        OutputError: unknown, or it has no alpha.
    """
    if codec is None:
        if alpha and container not in ALPHA_CODEC:
            raise OutputError(f"{name} cannot hold transparency: write a .mov, .webm, .mkv or a sequence of .png.")
        codec = (ALPHA_CODEC if alpha else DEFAULT_CODEC)[container]
    if codec not in CODECS:
        raise OutputError(f"There is no codec {called(codec)}: choose one of {', '.join(CODECS)}.")
    if alpha and CODECS[codec].alpha is None:
        raise OutputError(f"{codec} has no alpha: choose prores (.mov), vp9 (.webm) or ffv1 (.mkv).")
    return CODECS[codec]


def choose_pix_fmt(codec: Codec, size: Size, deep: bool, alpha: bool) -> str:
    """The pixel format: the exact size is always kept, so an odd one takes a format that can have it."""
    if alpha and codec.alpha:
        return codec.alpha
    odd = size[0] % 2 or size[1] % 2
    return codec.pix_fmts[(2 if odd else 0) + (1 if deep else 0)]


def check_pix_fmt(pix_fmt: str, size: Size, codec: Codec, alpha: bool) -> None:
    """Refuse a pixel format that the user asked for and that does not fit.

    Raises:
        OutputError: unknown, unknown to the encoder, without alpha, or for even sizes only.
    """
    av = pyav()
    try:
        known = [each.name for each in av.Codec(codec.encoder, "w").video_formats or []]
        shape = av.VideoFormat(pix_fmt, size[1], size[0])
    except ValueError as error:
        found = f"There is no pixel format {called(pix_fmt)} or no encoder {codec.encoder} here ({reason(error)})"
        raise OutputError(f"{found}: choose another.") from error
    if known and pix_fmt not in known:
        raise OutputError(f"{codec.encoder} does not take the pixel format {pix_fmt}: choose one of {', '.join(known)}.")
    if alpha and not any(part.is_alpha for part in shape.components):
        raise OutputError(f"The pixel format {pix_fmt} has no alpha: choose {codec.alpha}.")
    halved = any(part.is_chroma and (part.width != size[1] or part.height != size[0]) for part in shape.components)
    if halved and codec.encoder in EVEN_ONLY and (size[0] % 2 or size[1] % 2):
        raise OutputError(
            f"The pixel format {pix_fmt} holds even sizes only and this video has {size[1]}x{size[0]}: choose yuv444p, or none."
        )


def encoder_options(codec: Codec, pix_fmt: str, crf: int | None, preset: str | None) -> dict[str, str]:
    """What the encoder is told.

    Raises:
        OutputError: a crf for an encoder without one, or beyond its scale.
    """
    options = dict(codec.options)
    if crf is not None and codec.worst is None:
        raise OutputError(f"{codec.encoder} has no `crf`: leave it out.")
    if crf is not None and codec.worst is not None and not 0 <= crf <= codec.worst:
        raise OutputError(f"The `crf` of {codec.encoder} lies between 0 and {codec.worst}; {crf} was given.")
    if crf is not None:
        options["crf"] = str(crf)
    if preset is not None:
        options["preset"] = preset
    if codec.encoder == "prores_ks":
        options["profile"] = "4444" if "444" in pix_fmt else "hq"
    return options


def choose_coding(like: VideoReader | None, size: Size, pix_fmt: str) -> Coding:
    """The tags of ``like`` where the pixels still are what they say; BT.709 for all else."""
    coding = like.coding if like is not None else None
    if coding is None or primaries.differ(coding.primaries):  # these were converted when read
        coding = Coding(LIMITED, BT709, BT709, BT709)
    if coding.matrix == RGB:
        coding = replace(coding, range=LIMITED)  # full range is how RGB is, and not a wish
    rgb = bool(pyav().VideoFormat(pix_fmt, 16, 16).is_rgb)
    return coding.settled(size[1], size[0], rgb)
