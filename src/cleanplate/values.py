"""The values that travel between the stages. Each checks itself when it is made."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from PIL import Image as pillow

from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray, Pixels, srgb_profile, to_float, to_pixels, to_uint8
from cleanplate.pixels.resampling import limited_size, reduce, straight

Size = tuple[int, int]  # (height, width) in pixels


@dataclass(frozen=True, eq=False)
class Image:
    """A picture: encoded integers, straight (not premultiplied), upright.

    Args:
        pixels: (height, width, 3) RGB, uint8 or uint16, full range.
        alpha: (height, width) float32 coverage in [0, 1] when the file carried one.
        warnings: one sentence each on what was got over in reading it.
        profile: the ICC profile of its encoding; None for sRGB.

    Raises:
        InputError: another shape or type.
    """

    pixels: Pixels
    alpha: FloatArray | None = None
    warnings: tuple[str, ...] = ()
    profile: bytes | None = None

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or 0 in self.pixels.shape:
            raise InputError(f"An image has the shape (height, width, 3); this one has {self.pixels.shape}.")
        if self.pixels.dtype not in (np.uint8, np.uint16):
            raise InputError(f"An image holds uint8 or uint16; this one holds {self.pixels.dtype}: use cleanplate.pixels.color.")
        if self.alpha is not None:
            check_alpha(self.alpha, self.size)

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


Fit = Literal["auto", "keep"]
FITS: tuple[Fit, ...] = ("auto", "keep")


@dataclass(frozen=True)
class Placement:
    """Where the person stands in the plate. Anything left None is chosen.

    Args:
        height: the person's visible height as a fraction of the plate's height, in (0, 10].
        x: the foot point's horizontal place as a fraction of the plate's width (0 left, 1 right).
        y: the foot point's vertical place as a fraction of the plate's height (0 top, 1 bottom).
        fit: how what is left None is chosen. ``auto``: so that no side on which the photo crops the person is seen in the plate;
            they are enlarged, or lie at a side, where it takes that. ``keep``: as in their own photo.

    Raises:
        InputError: a number out of range, or another fit.
    """

    height: float | None = None
    x: float | None = None
    y: float | None = None
    fit: Fit = "auto"

    def __post_init__(self) -> None:
        if self.fit not in FITS:
            raise InputError(f"There is no fit {self.fit}: give one of {', '.join(FITS)}.")
        if self.height is not None and not 0 < self.height <= 10:
            raise InputError(f"`height` is a fraction of the plate above 0 and at most 10; {self.height:g} was given.")
        for name in ("x", "y"):
            value = getattr(self, name)
            if value is not None and not -10 <= value <= 10:
                raise InputError(f"`{name}` is a fraction of the plate from -10 to 10; {value:g} was given.")

    @property
    def asked(self) -> bool:
        """Whether anything of the place itself was asked for."""
        return (self.height, self.x, self.y) != (None, None, None)


Keep = Literal["main", "all"]
KEPT: tuple[Keep, ...] = ("main", "all")


MOST_DEFOCUS = 10.0  # percent of the plate's height: further on nothing of a plate is left to see
MOST_STRENGTH = 1.5  # of the harmonization: further on, bounds that hold for its answer are left too far behind


@dataclass(frozen=True)
class Settings:
    """What is done to the picture.

    Args:
        strength: how much of the harmonization is applied: 0 none, 1 as the network answers, up to 1.5 beyond it.
        blend: whether the blending network corrects the edge; without it, the over equation alone.
        harmonize: whether the harmonization network moves the colors.
        wrap: how much of the plate's light spills over the person's edge, 0 none to 1 much.
        clean_hair: how much of the old background is taken out of a photographed person's hair where it is plain, 0 none to 1 all.
        keep: who of a photo is taken: the ``main`` person and who touches them, or ``all``.
        shadow: how much of a shadow they throw on the ground, 0 none to 1; none where the photo cropped their feet.
        light: where the plate's light comes from, in degrees on a clock face that lies on the ground around them: 0 from above in
            the picture, which is from behind them, 90 from the right, 180 from the viewer's side, 270 from the left; None finds it.
        defocus: how far the plate is out of focus: what a far point's disc measures in percent of the plate's height, 0 to 10.
        grain: how much of the noise that the person lacks to the plate is added to them, 0 none to 1 all.
        soften: how much they are softened before a plate that is soft everywhere, 0 not to 1 as the plate.

    Raises:
        InputError: a number out of range, or nobody of that name to keep.
    """

    strength: float = 1.0
    blend: bool = True
    harmonize: bool = True
    keep: Keep = "main"
    wrap: float = 0.0
    shadow: float = 1.0
    light: float | None = None
    defocus: float = 0.0
    grain: float = 0.0
    soften: float = 0.0
    clean_hair: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= MOST_STRENGTH:
            raise InputError(f"`strength` lies between 0 and {MOST_STRENGTH:g}; {self.strength:g} was given.")
        for name in ("wrap", "shadow", "grain", "soften", "clean_hair"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise InputError(f"`{name}` lies between 0 and 1; {value:g} was given.")
        if self.light is not None and not -360 <= self.light <= 360:
            raise InputError(f"`light` is degrees from -360 to 360, clockwise from above; {self.light:g} was given.")
        if not 0 <= self.defocus <= MOST_DEFOCUS:
            raise InputError(f"`defocus` is percent of the plate's height from 0 to {MOST_DEFOCUS:g}; {self.defocus:g} was given.")
        if self.keep not in KEPT:
            raise InputError(f"There is nobody {self.keep} to keep: give one of {', '.join(KEPT)}.")
