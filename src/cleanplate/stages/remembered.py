"""People who are placed again and again, as on the page while they are dragged: what was made of them at the plate's scale is held.

Nothing is held of anybody who was not announced, and in all only little: what is held may not be written into.
"""

from collections.abc import Callable, Hashable
from typing import NamedTuple
from weakref import WeakSet, ref

from cleanplate.pixels.color import FloatArray, Pixels
from cleanplate.values import Cutout

MOST = 4_000_000  # pixels that are held in all: of a preview a person has about half a million, and comes in up to four sizes


class Scaled(NamedTuple):
    """Somebody at one scale.

    Args:
        how: all that the two arrays depend on beside the cutout.
    """

    whose: "ref[Cutout]"
    how: Hashable
    pixels: Pixels
    alpha: FloatArray


_announced = WeakSet[Cutout]()
_held: list[Scaled] = []  # the latest one last


def announce(cutout: Cutout) -> Cutout:
    """The cutout itself, of which it is known from here on that it will be placed again and again."""
    _announced.add(cutout)
    return cutout


def scaled(cutout: Cutout, how: Hashable, make: Callable[[], tuple[Pixels, FloatArray]]) -> tuple[Pixels, FloatArray]:
    """What ``make`` gives, or gave before for the same cutout in the same way."""
    if cutout not in _announced:
        return make()
    found = next((each for each in _held if each.whose() is cutout and each.how == how), None)
    if found is None:
        found = Scaled(ref(cutout), how, *make())
        for array in found[2:]:
            array.flags.writeable = False
    _held[:] = [each for each in _held if each is not found and each.whose() is not None] + [found]
    while sum(each.alpha.size for each in _held) > MOST:
        del _held[0]
    return found.pixels, found.alpha
