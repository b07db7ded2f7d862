"""Where the plate shows the straight end that a photo's border gave a person: their outline is led around it in a curve.

    placing.stand(silhouette, plate, placement).shown -> rounded(alpha, cuts, face)

A shoulder that the border cut becomes one with an arm below it, hair falls straight, an ear is a little smaller: less of the person
than there was, and no line that says where a photo ended.
"""

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray
from cleanplate.stages.crops import FAINT, runs

RADIUS = 0.45  # of the face's height: how far along the cut its corner is rounded, at most
DEEP, DEEP_CHORD = 1.2, 0.3  # over that, how far in the curve leaves the outline; where both ends of the cut are seen
WHOLE = 0.9  # of the cut's length: the most that one corner takes
LEAN = 0.1  # of the cut's length: how far in its line begins, if it goes on to the end of what is seen
NEAR = 0.1  # of the cut's length: so near to the last row it counts as going on to it
POINTS = 64  # of a curve that are computed
OUTLINE = 0.3  # alpha
SOFT = 0.004  # of the face's height: half of the curve's soft edge, and one pixel at least


def rounded(alpha: FloatArray, cuts: Mapping[str, float], face: float) -> FloatArray:
    """The alpha of a person without what lies beyond a curve around each cut.

    Args:
        alpha: (height, width) float32, at the plate's scale; unchanged.
        cuts: how far from the alpha's own ``left``, ``right`` or ``top`` border the cut lies, in pixels; a bottom is left as it is.
        face: the height of the person's face, in pixels: the measure of a shoulder's roundness.
    """
    answer = alpha.copy()
    turned = {"left": answer, "right": answer[:, ::-1], "top": answer.T}
    for side, at in cuts.items():
        if side in turned:
            round_left(turned[side], at, face)
    return answer


def round_left(alpha: FloatArray, at: float, face: float) -> None:
    """``rounded`` for a cut at the left, in place."""
    first = min(max(0, math.ceil(at) + 1), alpha.shape[1] - 1)
    radius, soft = RADIUS * face, max(1.0, SOFT * face)
    inside = alpha[:, first : first + math.ceil(DEEP * radius) + 1] >= OUTLINE
    for run in runs(alpha[:, first] >= FAINT):
        within = curve(inside, *run, radius)
        reach = min(alpha.shape[1], max(1, math.ceil(at + max(0.0, within.max()) + soft)))
        beyond = (at + within)[:, None] - np.arange(0.5, reach)
        alpha[:, :reach] *= np.clip(0.5 - beyond / (2 * soft), 0, 1).astype(np.float32)


def curve(inside: npt.NDArray[np.bool_], start: int, end: int, radius: float) -> npt.NDArray[np.float64]:
    """How far in a person begins on every row, for a cut of the first column from row to row; -inf where nothing changes.

    Each corner is a quadratic Bezier curve: it leaves the outline towards the corner, and goes on smoothly in the line of the cut,
    which slants as an arm does where the cut goes on to the last or first row.

    Args:
        inside: (rows, columns) where the person is, from the cut inwards.
    """
    rows, length = np.arange(len(inside)) + 0.5, end - start
    near = max(1.0, NEAR * length)
    high, low = start <= near, end >= len(inside) - near
    answer = np.full(len(inside), -np.inf)
    if high and low:
        return answer
    open_end = high or low
    radius = min(radius, (WHOLE if open_end else 0.5) * length)
    lean = LEAN * length if open_end else 0.0
    for corner, step, seen in ((start, 1, not high), (end, -1, not low)):
        if not seen:
            continue
        deep, row = leaving(inside, corner, step, radius, (DEEP if open_end else DEEP_CHORD) * radius)
        along = step * (rows - corner)  # from the corner into the cut
        left, share = 1 - radius / length, np.linspace(0, 1, POINTS)
        go, turn, stay = (1 - share) ** 2, 2 * share * (1 - share), share**2
        where = stay * radius - go * abs(row - corner)
        depth = go * max(deep, lean) + turn * lean + stay * lean * left
        within = np.interp(along, where, depth, left=-np.inf, right=-np.inf)
        if lean:
            within = np.where((along > radius) & (along <= length), lean * (1 - along / length), within)
        answer = np.maximum(answer, within)
    return answer


def leaving(inside: npt.NDArray[np.bool_], corner: int, step: int, radius: float, deep: float) -> tuple[int, int]:
    """Where a curve leaves the outline that comes to a cut's corner: how far in, and on which row, at most ``radius`` away.

    Args:
        corner: the row of the border between the cut's first pixel and what is beyond it.
        step: in which direction the cut lies, 1 for below.
    """
    begin = corner + 2 * step if step > 0 else corner - 1 + 2 * step  # a row that is surely the person's
    begin = min(max(begin, 0), len(inside) - 1)
    reach = math.floor(radius) + 3
    block = inside[max(0, begin - reach) : begin + 1][::-1] if step > 0 else inside[begin : begin + reach + 1]
    ended = ~block
    high = np.where(ended.any(0), ended.argmax(0), len(block)) - 3  # rows that the outline lies beyond the corner
    usable = high[: max(1, math.floor(deep))]
    far = np.flatnonzero(usable > radius)
    usable = usable[: far[0]] if len(far) else usable
    found = np.flatnonzero(usable >= 0)
    if not len(found):
        return 0, corner
    return int(found[-1]), corner - step * int(usable[found[-1]])
