"""What can be asked for of a picture: where the person stands and what is done. Each number is said and bounded here, once.

The command line, recipes, forms and schemas read names, defaults, bounds and words from the fields' metadata.
"""

from dataclasses import Field, dataclass, field, fields
from typing import Any, Literal, NamedTuple, get_args

from cleanplate.errors import InputError

Fit = Literal["auto", "keep"]
FITS: tuple[Fit, ...] = get_args(Fit)
Keep = Literal["main", "all"]
KEPT: tuple[Keep, ...] = get_args(Keep)
WeightSet = Literal["fast", "open"]
WEIGHTS: tuple[WeightSet, ...] = get_args(WeightSet)  # the shipped sets

MOST_APERTURE = 50.0  # millimeters: 85 mm at f/1.7
MOST_DEFOCUS = 10.0  # percent of the plate's height: further on nothing of a plate is left to see
MOST_EXPOSURE = 3.0  # stops: further on a photo's 8 bits show their steps, or nothing is left of them
MOST_STRENGTH = 1.5  # of the harmonization: further on, bounds that hold for its answer are left too far behind


class Bounds(NamedTuple):
    """From where to where a number may lie, and how that is said.

    Args:
        low, high: the ends; both may be taken.
        said: what the number is, with the ends filled in.
        above: ``low`` itself may not be taken.
    """

    low: float
    high: float
    said: str = "lies between {low:g} and {high:g}"
    above: bool = False

    def check(self, name: str, value: float) -> None:
        """Raise InputError for a number out of bounds, or one that is none (NaN)."""
        if not self.low <= value <= self.high or (self.above and value == self.low):
            raise InputError(f"`{name}` {self.said.format(low=self.low, high=self.high)}; {value:g} was given.")


def said(words: str, bounds: Bounds | None = None) -> dict[str, Any]:
    """A field's metadata: what is said of it and, of a number, its bounds."""
    return {"words": words, "bounds": bounds}


def check_bounds(value: "Placement | Settings") -> None:
    """Raise InputError where a number of a value is out of its bounds."""
    for each in fields(value):
        bounds, given = each.metadata["bounds"], getattr(value, each.name)
        if bounds is not None and given is not None:
            bounds.check(each.name, given)


@dataclass(frozen=True)
class Placement:
    """Where the person stands in the plate. Anything left None is chosen.

    Args:
        height: the person's visible height as a fraction of the plate's height, in (0, 10].
        x: the foot point's horizontal place as a fraction of the plate's width (0 left, 1 right).
        y: the foot point's vertical place as a fraction of the plate's height (0 top, 1 bottom).
        fit: how what is left None is chosen. ``auto``: so that no side on which the photo crops the person is seen in the plate;
            they are enlarged, or lie at a side, where it takes that, and an end that is seen all the same is rounded, in photos.
            ``keep``: as in their own photo, and nothing is rounded.
        rotate: degrees by which a photographed person is turned clockwise around their foot point, -180 to 180.
        flip: whether a photographed person is mirrored.

    Raises:
        InputError: a number out of range, or another fit.
    """

    height: float | None = field(
        default=None,
        metadata=said(
            "The person's height, 1 for the plate's.",
            Bounds(0, 10, "is a fraction of the plate above {low:g} and at most {high:g}", above=True),
        ),
    )
    x: float | None = field(
        default=None,
        metadata=said(
            "Their foot point, 0 left to 1 right.", Bounds(-10, 10, "is a fraction of the plate from {low:g} to {high:g}")
        ),
    )
    y: float | None = field(
        default=None,
        metadata=said(
            "Their foot point, 0 top to 1 bottom.", Bounds(-10, 10, "is a fraction of the plate from {low:g} to {high:g}")
        ),
    )
    fit: Fit = field(default="auto", metadata=said("Hide where the photo cropped the person, or keep its place and size."))
    rotate: float = field(
        default=0.0,
        metadata=said(
            "Turn a photographed person clockwise around their foot point.",
            Bounds(-180, 180, "is degrees clockwise from {low:g} to {high:g}"),
        ),
    )
    flip: bool = field(default=False, metadata=said("Mirror a photographed person."))

    def __post_init__(self) -> None:
        if self.fit not in FITS:
            raise InputError(f"There is no fit {self.fit}: give one of {', '.join(FITS)}.")
        check_bounds(self)

    @property
    def asked(self) -> bool:
        """Whether anything of the place itself was asked for."""
        return (self.height, self.x, self.y) != (None, None, None)


@dataclass(frozen=True)
class Settings:
    """What is done to the picture.

    Args:
        strength: how much of the harmonization is applied: 0 none, 1 as the network answers, up to 1.5 beyond it.
        blend: whether the blending network corrects the edge; without it, the over equation alone.
        harmonize: whether the harmonization network moves the colors.
        wrap: how much of the plate's light spills over the person's edge, 0 none to 1 much.
        clean_hair: how much of the old background is taken out of the person's hair where it is plain, 0 none to 1 all.
        keep: who of a photo is taken: the ``main`` person and who touches them, or ``all``.
        shadow: how much of a shadow they throw on the ground, 0 none to 1; none where the photo cropped their feet.
        light: where the plate's light comes from, in degrees on a clock face that lies on the ground around them: 0 from above in
            the picture, which is from behind them, 90 from the right, 180 from the viewer's side, 270 from the left; None finds it.
        defocus: how far the plate is out of focus: what a far point's disc measures in percent of the plate's height, 0 to 10.
        aperture: millimeters that the lens is open which is focused on the person, 0 to 50: the nearer they are, the further the
            plate is out of focus, on top of ``defocus``.
        exposure: stops by which the person's light is raised, -3 to 3: each doubles it.
        warmth: how far their light is moved towards a daylight of 4,000 K, 0 not to 1, or below 0 the other way to -1.
        edge: how far their edge is moved out, or below 0 in, in percent of the plate's height, -1 to 1.
        grain: how much of the noise that the person lacks to the plate is added to them, 0 none to 1 all.
        soften: how much they are softened before a plate that is soft everywhere, 0 not to 1 as the plate.

    Raises:
        InputError: a number out of range, or nobody of that name to keep.
    """

    strength: float = field(
        default=1.0, metadata=said("How much of the harmonization is applied; above 1, more.", Bounds(0, MOST_STRENGTH))
    )
    blend: bool = field(default=True, metadata=said("Correct the edge by the blending network."))
    harmonize: bool = field(default=True, metadata=said("Match the colors to the plate's."))
    keep: Keep = field(default="main", metadata=said("Of several in a photo: the main person and who touches them, or all."))
    wrap: float = field(default=0.0, metadata=said("How much of the plate's light spills over the edge.", Bounds(0, 1)))
    shadow: float = field(default=1.0, metadata=said("How dark a shadow whoever stands in the plate throws.", Bounds(0, 1)))
    light: float | None = field(
        default=None,
        metadata=said(
            "Where its light comes from: 0 behind them, 90 right, 180 viewer, 270 left.",
            Bounds(-360, 360, "is degrees from {low:g} to {high:g}, clockwise from above"),
        ),
    )
    defocus: float = field(
        default=0.0,
        metadata=said(
            "Blur the plate as a lens does, in percent of its height.",
            Bounds(0, MOST_DEFOCUS, "is percent of the plate's height from {low:g} to {high:g}"),
        ),
    )
    aperture: float = field(
        default=0.0,
        metadata=said(
            "Blur the plate as a lens does that is open so wide and focused on the person.",
            Bounds(0, MOST_APERTURE, "is millimeters from {low:g} to {high:g}"),
        ),
    )
    exposure: float = field(
        default=0.0,
        metadata=said(
            "Brighten the person by so many stops, or darken below 0.",
            Bounds(-MOST_EXPOSURE, MOST_EXPOSURE, "is stops from {low:g} to {high:g}"),
        ),
    )
    warmth: float = field(default=0.0, metadata=said("Warm the person's light, or cool it below 0.", Bounds(-1, 1)))
    edge: float = field(
        default=0.0,
        metadata=said(
            "Move their edge out, or in below 0, in percent of the plate's height.",
            Bounds(-1, 1, "is percent of the plate's height from {low:g} to {high:g}"),
        ),
    )
    grain: float = field(default=0.0, metadata=said("How much of the plate's missing noise they get.", Bounds(0, 1)))
    soften: float = field(default=0.0, metadata=said("How soft they get before a plate soft everywhere.", Bounds(0, 1)))
    clean_hair: float = field(default=0.0, metadata=said("How much of the old place is taken out of hair.", Bounds(0, 1)))

    def __post_init__(self) -> None:
        if self.keep not in KEPT:
            raise InputError(f"There is nobody {self.keep} to keep: give one of {', '.join(KEPT)}.")
        check_bounds(self)

    @property
    def recolors(self) -> bool:
        """Whether the harmonizer has any say."""
        return self.harmonize and self.strength > 0

    @property
    def leaves_colors(self) -> bool:
        """Whether nothing at all is asked of the person's colors."""
        return not self.recolors and self.exposure == self.warmth == 0


NATURAL, WHOLE_STRENGTH = Placement(), Settings()  # what is done without asking
FIELDS: dict[str, Field[Any]] = {each.name: each for kind in (Placement, Settings) for each in fields(kind)}


def words(name: str) -> str:
    """What is said of a field, in one sentence."""
    return str(FIELDS[name].metadata["words"])
