"""The values that travel between the stages. Each checks itself when it is made."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from PIL import Image as pillow

from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray, Pixels, srgb_profile, to_float, to_pixels, to_uint8
from cleanplate.pixels.resampling import limited_size, reduce, straight

Size = tuple[int, int]  # (height, width) in pixels
Depth = Literal[8, 16, "float"]  # bits of each color
DEPTHS: tuple[Depth, ...] = get_args(Depth)


def check_depth(depth: object) -> None:
    """Raise InputError for a depth that there is not; None is none asked for."""
    if depth is not None and depth not in DEPTHS:
        raise InputError(f"`depth` is 8, 16 or float; {depth} was given.")


class Words(NamedTuple):
    """A property of XMP: texts, and in which kind of array (``Seq``, ``Bag``, ``Alt``, or none)."""

    kind: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Tags:
    """What a file says of its picture beside the pixels.

    Args:
        main, exif: of EXIF, by tag.
        words: of XMP, by ``{namespace}name``.
    """

    main: dict[int, Any] = field(default_factory=dict)
    exif: dict[int, Any] = field(default_factory=dict)
    words: dict[str, Words] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Floats:
    """A picture in floats, neither rounded nor clipped, as an EXR or a TIFF of floats holds it.

    Args:
        values: (height, width, 3) float32, straight.
        linear: whether they are linear light, of which the picture's integers are what a display shows; else its encoding.
        half: whether floats of 16 bits hold each of them.
        primaries: of linear light; see ``pixels.display``.
    """

    values: FloatArray
    linear: bool = False
    half: bool = False
    primaries: tuple[float, ...] | None = None


@dataclass(frozen=True, eq=False)
class Image:
    """A picture: encoded integers, straight (not premultiplied), upright.

    Args:
        pixels: (height, width, 3) RGB, uint8 or uint16, full range.
        alpha: (height, width) float32 coverage in [0, 1] when the file carried one.
        warnings: one sentence each on what was got over in reading it.
        profile: the ICC profile of its encoding; None for sRGB.
        tags: what its file says of it, where it was one.
        floats: the same picture in floats, where its file holds such or they were asked for.

    Raises:
        InputError: another shape or type.
    """

    pixels: Pixels
    alpha: FloatArray | None = None
    warnings: tuple[str, ...] = ()
    profile: bytes | None = None
    tags: Tags | None = None
    floats: Floats | None = None

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or 0 in self.pixels.shape:
            raise InputError(f"An image has the shape (height, width, 3); this one has {self.pixels.shape}.")
        if self.pixels.dtype not in (np.uint8, np.uint16):
            raise InputError(f"An image holds uint8 or uint16; this one holds {self.pixels.dtype}: use cleanplate.pixels.color.")
        if self.alpha is not None:
            check_alpha(self.alpha, self.size)
        if self.floats is not None and self.floats.values.shape != self.pixels.shape:
            raise InputError(f"An image's floats have its own shape; these have {self.floats.values.shape}.")

    @property
    def size(self) -> Size:
        return self.pixels.shape[0], self.pixels.shape[1]

    def to_array(self) -> Pixels:
        """A copy as one array: (height, width, 3), or 4 with straight alpha, uint8 or uint16.

        >>> Image(np.zeros((2, 1, 3), np.uint8), np.ones((2, 1), np.float32)).to_array().tolist()
        [[[0, 0, 0, 255]], [[0, 0, 0, 255]]]
        """
        if self.alpha is None:
            return self.pixels.copy()
        answer: Pixels = np.dstack([self.pixels, to_pixels(self.alpha, self.pixels)])  # type: ignore[assignment]
        return answer

    def to_pil(self) -> pillow.Image:
        """A copy as Pillow's picture, RGB or RGBA with its profile; 16 bits come down to 8, since it has no more for color."""
        array = self.to_array()
        picture = pillow.fromarray(array if array.dtype == np.uint8 else to_uint8(to_float(array)))
        picture.info["icc_profile"] = self.profile or srgb_profile()
        return picture


@dataclass(frozen=True)
class Crop:
    """How one border of a photo crops a person, in fractions of the photo.

    Args:
        inset: how far from the border the matte has stopped fading.
        first, last: from where to where along the border the person is cropped.
    """

    inset: float
    first: float
    last: float


@dataclass(frozen=True)
class Cropped:
    """The sides on which a photo crops a person; None where they end inside it."""

    top: Crop | None = None
    bottom: Crop | None = None
    left: Crop | None = None
    right: Crop | None = None


@dataclass(frozen=True, eq=False)
class Cutout:
    """A person: the photo they were taken in, and the alpha that says where they are.

    Args:
        image: the source photo.
        alpha: (height, width) float32 coverage in [0, 1] of the same size.
        clean: the image holds the person's own colors already, nothing of an old background (a cutout file with alpha).
        bled: and they go on beyond the edge, into what is wholly transparent.
        cropped: where the photo crops the person, where that was found already; else it is found when they are placed.
        warnings: one sentence each on what was got over in finding the person, or may not be wanted.

    Raises:
        InputError: sizes differ, values outside [0, 1] or not finite.
    """

    image: Image
    alpha: FloatArray
    clean: bool = False
    bled: bool = False
    cropped: Cropped | None = None
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_alpha(self.alpha, self.image.size)

    @property
    def size(self) -> Size:
        return self.image.size

    @property
    def colored(self) -> bool:
        """Whether the colors of what is wholly transparent mean something: a photo's do, a cutout file's do not."""
        return self.bled or not self.clean

    def to_array(self) -> Pixels:
        """A copy as one array: (height, width, 4), straight alpha last, of the photo's type."""
        return replace(self.image, alpha=self.alpha).to_array()

    def to_pil(self) -> pillow.Image:
        """A copy as Pillow's picture: RGBA; see ``Image.to_pil``."""
        return replace(self.image, alpha=self.alpha).to_pil()

    def shrunk(self, side: int) -> "Cutout":
        """The cutout at a long side of at most ``side`` pixels, for previews: quick to place again and again.

        >>> Cutout(Image(np.zeros((8, 4, 3), np.uint8)), np.ones((8, 4), np.float32)).shrunk(4).size
        (4, 2)
        """
        size = limited_size(self.size, side)
        pixels, alpha = straight(self.image.pixels, self.alpha, size, reduce, colored=self.colored)
        return replace(self, image=Image(pixels, profile=self.image.profile), alpha=alpha)


def check_alpha(alpha: FloatArray, size: Size) -> None:
    """Raise InputError unless ``alpha`` is float32 of that size within [0, 1]."""
    if alpha.shape != size:
        raise InputError(
            f"The alpha is {alpha.shape[-1]}x{alpha.shape[0]} pixels and its photo {size[1]}x{size[0]}: give one of the same size."
        )
    if alpha.dtype != np.float32:
        raise InputError(f"An alpha holds float32; this one holds {alpha.dtype}.")
    low, high = float(alpha.min()), float(alpha.max())
    if not (low >= 0 and high <= 1):  # also true for NaN
        raise InputError(f"An alpha lies within 0 and 1; this one reaches from {low:g} to {high:g}.")


@dataclass(frozen=True)
class Box:
    """Where a cutout lies in the plate's frame, in pixels, wholly inside it."""

    top: int
    left: int
    height: int
    width: int

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def grown(self, by: int, size: Size) -> "Box":
        """The box and what lies around it, as far as a picture of that size goes.

        >>> Box(3, 3, 2, 2).grown(4, (10, 6))
        Box(top=0, left=0, height=9, width=6)
        """
        top, left = max(0, self.top - by), max(0, self.left - by)
        return Box(top, left, min(size[0], self.top + self.height + by) - top, min(size[1], self.left + self.width + by) - left)
