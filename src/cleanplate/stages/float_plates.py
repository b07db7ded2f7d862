"""A person laid over a plate of floats: an EXR's linear light, or encoded floats. Where nobody is its samples stay bit for bit.

Everything is looked for, and the person finished, in the plate's integers, which are what a display shows of it; here their
finished colors are brought to the plate's floats by the inverse of that, and laid over those. Nothing is rounded or clipped.
"""

from dataclasses import replace

import numpy as np

from cleanplate.pixels import display
from cleanplate.pixels.color import TOE, FloatArray, Pixels, to_linear, to_pixels, to_srgb
from cleanplate.pixels.interpolation import Part, enlarged_part, pieces, reached
from cleanplate.pixels.over import over
from cleanplate.pixels.threads import on_all_cores
from cleanplate.stages import strips
from cleanplate.stages.backdrop import Backdrop, Standing
from cleanplate.stages.compositing import Layer, Lifting, lifted
from cleanplate.stages.shadow import Shade
from cleanplate.stages.sheets import Layers
from cleanplate.stages.strips import STRIP, Desk
from cleanplate.values import Floats, Image


def finished(
    made: Image, stack: Layers | None, plate: Image, layer: Layer, how: Lifting, ready: Backdrop, who: Standing
) -> tuple[Image, Layers | None]:
    """A composite of integers, and its sheets, with the floats too; its integers are what a display shows of them.

    Those of the sheets stay as they are: an editor lays encoded colors over each other.

    Args:
        plate: whose floats they are; ``ready`` has laid out its backdrop already.
        how: what becomes of the layer's colors, in the plate's profile.
    """
    if plate.floats is None:
        return made, stack
    floats = plate.floats
    behind = out_of_focus(floats, ready, plate.pixels, who)
    shade = ready.shade(lambda: plate.pixels, who)
    dark = behind if shade is None else shaded(behind, shade, linear=floats.linear)
    answer = replace(floats, values=dark.copy())
    lay(answer, plate.pixels, layer, how)
    pixels = made.pixels if stack is None else made.pixels.copy()
    into_integers(pixels, answer, layer)
    light = (behind, dark) if floats.linear else None
    stack = None if stack is None else replace(stack, image=replace(stack.image, floats=answer), light=light)
    return replace(made, pixels=pixels, floats=answer), stack


def out_of_focus(floats: Floats, ready: Backdrop, plate: Pixels, who: Standing) -> FloatArray:
    """The floats through the lens that the backdrop has; what is in focus stays bit for bit."""
    if ready.blurred(plate, who) is plate:
        return floats.values
    finite = display.finite(floats.values)
    light = finite if floats.linear else to_linear(finite)
    soft = ready.blurred_light(light, plate, who)
    return np.asarray(np.where(soft == light, floats.values, soft if floats.linear else to_srgb(soft)), np.float32)


def shaded(values: FloatArray, shade: Shade, *, linear: bool) -> FloatArray:
    """A copy that a shadow has darkened; see ``Shade.onto``, whose factors are of encoded values without their toe."""
    answer, size = values.copy(), (shade.box.height, shade.box.width)
    target, lost = answer[shade.box.slices], shade.kept - 1

    def work(part: Part) -> None:
        kept = 1 + np.moveaxis(enlarged_part(lost, size, part), 0, -1)
        if linear:
            target[part] *= kept ** np.float32(2.4)
        else:
            target[part] += (target[part] + np.float32(TOE)) * (kept - 1)

    on_all_cores(work, pieces(reached(shade.kept < 1), size))
    return answer


def lay(floats: Floats, plate: Pixels, layer: Layer, how: Lifting) -> None:
    """Lay a layer over floats, in place, as ``compositing.lay`` does over integers."""
    foreground, alpha, box = layer[:3]
    target, under, cuts = floats.values[box.slices], plate[box.slices], how.change.cuts if how.change else None
    todo = iter(list(strips.strips(box, STRIP)))

    def work(desk: Desk) -> None:
        for rows in todo:
            part = rows, strips.touched(alpha[rows], cuts)
            if not part[1].stop:
                continue
            front, _, cover, _ = desk.load(under[part], foreground[part], alpha[part], how.top, how.table)
            *_, (_, finished) = lifted(desk, front, how, part)
            colors = finished.transpose(0, 2, 1) / np.float32(how.top)
            colors = display.light_of(colors, floats.primaries) if floats.linear else colors
            there = cover > 0
            target[part][there] = over(colors[there], cover[there], display.finite(target[part][there]))

    strips.with_desks(work, box, STRIP, plate.dtype)


def into_integers(image: Pixels, floats: Floats, layer: Layer) -> None:
    """Bring integers up to floats, where a layer lies, in place."""
    part = layer.box.slices
    for rows in strips.strips(layer.box, STRIP):
        there = layer.alpha[rows] > 0
        values = floats.values[part][rows][there]
        seen = display.shown(values, floats.primaries) if floats.linear else values
        image[part][rows][there] = to_pixels(seen, image)
