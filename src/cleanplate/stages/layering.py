"""A composite taken apart into the sheets of an image editor, by the very functions that compose it.

    plate, out of focus | shadow (multiply) | person with a mask < color < light wrap (screen) < grain (multiply, screen)

Each sheet is rounded to the composite's type, so each is found from what the rounded ones below it give: errors do not add up.
"""

import threading
from collections.abc import Iterator

import numpy as np

from cleanplate.pixels import profiles
from cleanplate.pixels.color import FloatArray, Pixels, as_float, to_float, to_pixels
from cleanplate.pixels.profiles import Profile
from cleanplate.stages.compositing import Layer, Lifting, lifted
from cleanplate.stages.sheets import Mode, Sheet
from cleanplate.stages.strips import STRIP, Colors, Desk, strips, with_desks
from cleanplate.values import Box

SLACK = 0.75  # levels that a color may be off by: rounding makes up to half of one
STEPS = 255  # of an opacity in an editor's file


def apart(plate: Pixels, behind: Pixels, dark: Pixels, layer: Layer, how: Lifting, strength: float) -> tuple[Sheet, ...]:
    """The sheets of a composite, from the lowest to the highest.

    Args:
        plate: (height, width, 3) integers, as it was given.
        behind: the same out of focus, or itself.
        dark: the same with the shadow on it, onto which the layer is laid.
        how: what becomes of the layer's colors.
        strength: how much of the color change is in ``how``.
    """
    frame = Box(0, 0, plate.shape[0], plate.shape[1])
    sheets = [Sheet("plate", "plate", plate, frame)]
    if behind is not plate:
        sheets.append(Sheet("out of focus", "plate", behind, frame))
    return *sheets, *shadow(behind, dark), *Person(dark, layer, how, strength).sheets()


# ---- the shadow --------------------------------------------------------------------------------------------------------


def shadow(behind: Pixels, dark: Pixels) -> Iterator[Sheet]:
    """What darkens the plate, as a sheet that is multiplied: its alpha takes from all colors alike, its tint gives some back."""
    box = where_changed(behind, dark)
    if box is None:
        return
    before, after = behind[box.slices], dark[box.slices]
    pixels, alpha = np.zeros_like(after), np.zeros(after.shape[:2], after.dtype)
    for rows in strips(box, STRIP):
        lit, left = to_float(before[rows]), to_float(after[rows])
        lost = np.subtract(lit, left, out=left) / np.maximum(lit, np.float32(1e-6))  # nothing is lost of black
        alpha[rows] = to_pixels(lost.max(2), alpha)
        cover = to_float(alpha[rows])[..., None]
        tint = 1 - lost / np.maximum(cover, np.float32(1e-6))
        pixels[rows] = to_pixels(np.asarray(np.where(cover > 0, tint, 0), np.float32), pixels)
    yield Sheet("shadow", "shadow", pixels, box, "multiply", alpha=alpha)


def where_changed(one: Pixels, other: Pixels) -> Box | None:
    """The smallest box outside of which two pictures are the same; None where they are the same everywhere.

    >>> one = np.zeros((3, 4, 3), np.uint8)
    >>> other = one.copy()
    >>> other[1, 2:] = 1
    >>> where_changed(one, other), where_changed(one, one)
    (Box(top=1, left=2, height=1, width=2), None)
    """
    if one is other:
        return None
    frame = Box(0, 0, one.shape[0], one.shape[1])
    parts = [(rows, (one[rows] != other[rows]).any(2)) for rows in strips(frame, STRIP)]
    down = np.concatenate([part.any(1) for _, part in parts])
    if not down.any():
        return None
    across = np.any([part.any(0) for _, part in parts], 0)
    (top, bottom), (left, right) = (np.flatnonzero(each)[[0, -1]].tolist() for each in (down, across))
    return Box(top, left, bottom + 1 - top, right + 1 - left)


# ---- the person --------------------------------------------------------------------------------------------------------


class Person:
    """The sheets of a person, made strip by strip.

    Args:
        under: (height, width, 3) integers, onto which the layer is laid.
        how, strength: as in ``apart``.
    """

    def __init__(self, under: Pixels, layer: Layer, how: Lifting, strength: float) -> None:
        self.layer, self.how, self.under = layer, how, under[layer.box.slices]
        share = min(1.0, strength) if how.gains is None else 1.0  # of the sheet of colors, which holds gains too
        self.opacity = np.float32(max(1, round(STEPS * share)) / STEPS)
        self.pixels = np.empty_like(self.under)
        self.mask = np.empty(self.under.shape[:2], under.dtype)
        self._made: dict[str, Pixels] = {}
        self._lock = threading.Lock()

    def sheets(self) -> Iterator[Sheet]:
        """The person with their mask, and what is clipped to them; what would change nothing is left out."""
        box, todo = self.layer.box, iter(list(strips(self.layer.box, STRIP)))

        def work(desk: Desk) -> None:
            for rows in todo:
                self._strip(desk, rows)

        with_desks(work, box, STRIP, self.under.dtype)
        yield Sheet("person", "person", self.pixels, box, mask=self.mask)
        for name, mode in MODES.items():
            if name in self._made:
                opacity = float(self.opacity) if name == "color" else 1.0
                yield Sheet(name, "person", self._made[name], box, mode, opacity, clipped=True)

    def _strip(self, desk: Desk, rows: slice) -> None:
        """All sheets of some rows: each is found from what those below it give."""
        how, part = self.how, (rows, slice(0, self.layer.box.width))
        alpha = self.layer.alpha[rows]
        self.pixels[rows] = as_pixels(self.layer.foreground[rows], self.under, how.profile)
        front, back, cover, _ = desk.load(self.under[rows], self.layer.foreground[rows], alpha, how.top, how.table)
        self.mask[rows] = to_pixels(alpha, self.mask)
        steps = {step: colors.transpose(0, 2, 1) / np.float32(how.top) for step, colors in lifted(desk, front, how, part)}
        last = next(reversed(steps))
        recolored = how.change is not None or how.gains is not None
        free = how.grain is not None or (how.light is None and recolored)  # a last sheet that can do anything
        under = back.transpose(0, 2, 1) / np.float32(how.top)
        self.mask[rows], steps[last] = opened(steps[last], cover, under, self.mask, exact=free)
        given = to_float(self.pixels[rows])
        if recolored:
            given = self._normal(rows, given, steps["strength"])
        if "wrap" in steps:
            given = self._screen("light wrap", rows, given, steps["wrap"])
        kind, slack = ("beyond", SLACK / how.top) if how.grain is None else ("grain", 0.0)
        rest = (np.abs(steps[last] - given) > slack) & (self.mask[rows] > 0)[..., None]
        wanted = np.asarray(np.where(rest, steps[last], given), np.float32)
        given = self._multiply(f"{kind}, darker", rows, given, wanted)
        self._screen(f"{kind}, lighter", rows, given, wanted)

    def _normal(self, rows: slice, given: FloatArray, wanted: FloatArray) -> FloatArray:
        """Colors of which ``opacity`` makes what is wanted, as far as there are such."""
        made = self._put("color", rows, given + (wanted - given) / self.opacity, None)
        return given + self.opacity * (made - given)

    def _screen(self, name: str, rows: slice, given: FloatArray, wanted: FloatArray) -> FloatArray:
        """Light that lightens colors to what is wanted."""
        light = (np.minimum(wanted, 1) - given) / np.maximum(1 - given, np.float32(1e-6))
        made = self._put(name, rows, np.asarray(light, np.float32), 0)
        return given + made * (1 - given)

    def _multiply(self, name: str, rows: slice, given: FloatArray, wanted: FloatArray) -> FloatArray:
        """What colors are multiplied by to be darkened to what is wanted."""
        kept = np.minimum(wanted / np.maximum(given, np.float32(1e-6)), 1)
        made = self._put(name, rows, np.asarray(np.where(wanted < given, kept, 1), np.float32), 1)
        return given * made

    def _put(self, name: str, rows: slice, values: FloatArray, nothing: int | None) -> FloatArray:
        """Some rows of a sheet, as they come out rounded; the sheet is there from the first that is more than ``nothing``."""
        made = to_pixels(values, self.pixels)
        if nothing is not None and name not in self._made and (made == nothing * np.iinfo(made.dtype).max).all():
            return to_float(made)
        with self._lock:
            if name not in self._made:
                self._made[name] = np.full_like(self.pixels, (nothing or 0) * np.iinfo(made.dtype).max)
        self._made[name][rows] = made
        return to_float(made)


MODES: dict[str, Mode] = {
    "color": "normal", "light wrap": "screen",
    "grain, darker": "multiply", "grain, lighter": "screen", "beyond, darker": "multiply", "beyond, lighter": "screen",
}  # fmt: skip


def as_pixels(colors: Colors, like: Pixels, profile: Profile) -> Pixels:
    """Colors in the integers and the profile of ``like``, as they are where they are those."""
    if profile is not None:
        return to_pixels(profiles.from_srgb(as_float(colors), profile), like)
    return colors if colors.dtype == like.dtype else to_pixels(as_float(colors), like)  # type: ignore[return-value]


def opened(
    wanted: FloatArray, alpha: FloatArray, under: FloatArray, like: Pixels, *, exact: bool = False
) -> tuple[Pixels, FloatArray]:
    """A mask, and straight colors within black and white, that together give what colors beyond those give at that alpha.

    ``a F + (1 - a) P`` with F above 1 is still a mixture of P and white, of a larger share of white; so the mask opens a little.

    Args:
        exact: colors make up for the mask's rounding too, by at most half a step of the mask, whatever lies behind.

    >>> white, black = np.full((1, 1, 3), 1.5, np.float32), np.zeros((1, 1, 3), np.float32)
    >>> mask, colors = opened(white, np.full((1, 1), 0.4, np.float32), black, np.uint8([0]))
    >>> mask.tolist(), colors.round(2).ravel().tolist()
    ([[153]], [1.0, 1.0, 1.0])
    """
    mask = to_pixels(alpha, like)
    soft, inside = (alpha > 0) & (alpha < 1), np.clip(wanted, 0, 1)
    told = soft & (mask > 0) if exact else soft & ((wanted < 0) | (wanted > 1)).any(2)
    if told.any():
        back, cover = under[told], alpha[told][:, None]
        mixed = np.clip(back + cover * (wanted[told] - back), 0, 1)
        lighter, darker = (mixed - back) / np.maximum(1 - back, 1e-6), (back - mixed) / np.maximum(back, 1e-6)
        more = np.maximum(alpha[told], np.maximum(lighter, darker).max(1))
        mask[told] = to_pixels(np.asarray(more, np.float32), mask)
        share = np.maximum(to_float(mask[told])[:, None], np.float32(1e-6))
        inside[told] = np.clip(back + (mixed - back) / share, 0, 1)
    return mask, inside
