"""The compose stage: the whole full-size pixel path in one pass, lifted and composed strip by strip, in place."""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from cleanplate.pixels import profiles, threads
from cleanplate.pixels.color import FloatArray, Pixels, from_planes, to_uint8, white
from cleanplate.pixels.profiles import Profile
from cleanplate.stages import light_wrap
from cleanplate.stages.grain import Grain
from cleanplate.stages.strips import STRIP, Alpha, Colors, Desk, Part, strips, touched, with_desks
from cleanplate.transforms import applying
from cleanplate.transforms.forms import Transform
from cleanplate.transforms.gains import Gains
from cleanplate.values import Box


class Layer(NamedTuple):
    """A person at full size in a frame.

    Args:
        foreground: (box height, box width, 3), uint8, uint16 or float32, straight, sRGB-encoded; floats go beyond 0 and 1 where
            sRGB cannot show a color.
        alpha: (box height, box width) float32 in [0, 1].
        box: where the two lie in the frame.
        feet: whether their picture shows where they end below, or crops them there.
    """

    foreground: Colors
    alpha: FloatArray
    box: Box
    feet: bool = True


def compose(
    image: Pixels,
    layer: Layer,
    transform: Transform | None = None,
    strength: float = 1.0,
    *,
    gains: Gains | None = None,
    light: light_wrap.Spill | None = None,
    grain: Grain | None = None,
) -> None:
    """Lift a layer and compose it over what ``image`` holds, in place: ``over(F + strength * (T(F) - F), alpha, image)``.

    One read and one write of the box, in strips of rows on all cores, float32 inside. Pixels with alpha 0 are left bit for bit, and
    strips without anything else are not even read. The answer does not depend on the strips.

    Args:
        image: (height, width, 3) uint8 or uint16: the plate's pixels when called, the composite's after it.
        layer: its foreground may be the view of its box in ``image``.
        transform: a color change over the whole frame of ``image``; without one, or with strength 0, the colors stay.
        strength: how much of it is applied, 0 to 1.5; of a tone first, then of the form.
        gains: that the light of what was lifted is multiplied by.
        light: of the plate, that spills over the lifted foreground.
        grain: that is added to it then.

    >>> image = np.zeros((1, 2, 3), np.uint8)
    >>> compose(image, Layer(np.full((1, 1, 3), 200, np.uint8), np.full((1, 1), 0.5, np.float32), Box(0, 1, 1, 1)))
    >>> image[0].tolist()
    [[0, 0, 0], [100, 100, 100]]
    """
    lay(image, layer, made_ready(layer, image, transform, strength)._replace(gains=gains, light=light, grain=grain))


def lay(image: Pixels, layer: Layer, how: "Lifting", strip: int = STRIP) -> None:
    """``compose`` with what becomes of the layer's colors, about ``strip`` pixels at a time."""
    foreground, alpha, box = layer[:3]
    target, cuts = image[box.slices], how.change.cuts if how.change else None
    todo = iter(list(strips(box, strip)))  # of a list: its next() may be called from several threads

    def work(desk: Desk) -> None:
        for rows in todo:
            part = rows, touched(alpha[rows], cuts)
            if part[1].stop:
                compose_part(desk, target[part], foreground[part], alpha[part], how, part)

    with_desks(work, box, strip, image.dtype)


class Lifting(NamedTuple):
    """What becomes of a layer's colors before they are composed.

    Args:
        top: white, in units of the picture.
        change: the color change made ready for the layer's box; None for none.
        table: what its tone makes of every level of the foreground, where that holds integers.
        gains: that their light is multiplied by after it.
        light: of the plate, that spills over them.
        grain: that is added to them last.
        profile: of the picture that they are composed with; None for sRGB, which they are of.
    """

    top: float
    change: applying.Change | None = None
    table: FloatArray | None = None
    gains: Gains | None = None
    light: light_wrap.Spill | None = None
    grain: Grain | None = None
    profile: Profile = None


def made_ready(layer: Layer, image: Pixels, transform: Transform | None, strength: float) -> Lifting:
    """``compose``'s color change for that layer and picture."""
    top, size = white(image.dtype), (image.shape[0], image.shape[1])
    if transform is None or strength == 0:
        return Lifting(top)
    change, kind = applying.change(transform, layer.box, size, strength, top), layer.foreground.dtype
    if change.tone is None or kind == np.float32:
        return Lifting(top, change)
    return Lifting(top, change, applying.tone_table(change.tone, int(white(kind)) + 1, top))


def compose_part(desk: Desk, target: Pixels, foreground: Colors, alpha: Alpha, how: Lifting, part: Part) -> None:
    """``over`` on planes, from and to ``target``; where alpha is 0 its integers come back exactly: ``P + 0 * (F - P)``."""
    front, back, cover, room = desk.load(target, foreground, alpha, how.top, how.table)
    *_, (_, composed) = lifted(desk, front, how, part)
    composed -= back
    composed *= cover[:, None]
    composed += back
    from_planes(composed, target, room)


def lifted(desk: Desk, front: FloatArray, how: Lifting, part: Part) -> Iterator[tuple[str, FloatArray]]:
    """A layer's colors after each step that is made, by the name of its strength in ``Settings``, all in the same array."""
    composed, room = front[:, :3], desk.changed[: front.shape[0], :, : front.shape[2]]
    beyond = None if how.profile is None or how.change is None else beyond_srgb(composed, how.top)
    if how.change is not None:
        if how.change.tone is not None and how.table is None:
            applying.toned(front, how.change.tone, how.top)
        how.change.into(front, *part, room)
        composed += room[:, :3]
    if beyond is not None:
        composed += beyond
    if how.gains is not None:
        how.gains.into(composed, how.top)
    if how.profile is not None:
        into_profile(composed, how.profile, how.top)
    yield "strength", composed
    if how.light is not None:
        how.light.into(composed, *part, how.top)
        yield "wrap", composed
    if how.grain is not None:
        how.grain.into(composed, *part, how.top, room)
        yield "grain", composed


def beyond_srgb(colors: FloatArray, top: float) -> FloatArray:
    """Clip colors to what sRGB shows, in place, and answer with what that took: a color change knows nothing else, and leaves it
    as it is."""
    taken = colors - np.clip(colors, 0, top)
    colors -= taken
    return taken


def into_profile(colors: FloatArray, profile: Profile, top: float) -> None:
    """Colors of (height, 3, width), from 0 to ``top``, from sRGB to a profile, in place."""
    colors[...] = profiles.from_srgb(colors.transpose(0, 2, 1) / np.float32(top), profile).transpose(0, 2, 1)
    colors *= np.float32(top)


def compose_quickly(
    image: Pixels, layer: Layer, transform: Transform | None = None, strength: float = 1.0, grain: Grain | None = None
) -> None:
    """``compose`` of 8 bits with one map or none, by OpenCV's integers: far less work, and within two levels of it.

    But for colors that the map takes beyond black or white: they are clipped before they are composed, not after it.

    Args:
        image, layer, strength, grain: as in ``compose``, all colors uint8, alpha float32.
        transform: a single global affine map; without one the colors stay.
    """
    foreground, alpha, box = layer[:3]
    one = None if transform is None else applying.one_map(transform, strength, white(image.dtype))
    curves = None if transform is None else applying.tone(transform, strength)
    table = None if curves is None else to_uint8(applying.tone_table(curves, 256, 1.0))[:, None]
    target = image[box.slices]

    def work(rows: slice) -> None:
        part = rows, touched(alpha[rows])
        if part[1].stop:
            front, cover = foreground[part] if table is None else cv2.LUT(foreground[part], table), alpha[part]
            front = front if one is None else cv2.transform(front, one)
            front = front if grain is None else grain.onto(np.asarray(front, np.uint8), *part)
            target[part] = cv2.blendLinear(front, target[part], cover, 1 - cover)

    threads.on_all_cores(work, list(strips(box, STRIP)))
