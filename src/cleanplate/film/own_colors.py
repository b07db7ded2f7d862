"""The own colors of a filmed person along their soft edge, freed from the old background.

They are found on a shrunk frame where there is one: only their change is enlarged, and texture stays the frame's.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.film.soft_edges import Edge, SmallPerson
from cleanplate.film.tracking import Matted
from cleanplate.pixels import holes
from cleanplate.pixels.color import FloatArray, Pixels, moved_by, to_float, to_pixels, to_steps, white
from cleanplate.pixels.resampling import resize
from cleanplate.stages import edge_colors
from cleanplate.values import Box, Size


def own_colors(seen: Matted, whole: Pixels, cover: FloatArray, edge: Edge) -> Pixels:
    """The person's own colors in the edge's box: along the soft edge by one step from the sure colors around it (``unmixed``).

    Found at the size of ``edge.small`` where there is one, and the change enlarged: it is smooth, and texture stays the frame's.

    Args:
        whole: the frame that ``seen`` shows.
        cover: the alpha of ``seen.small``.
    """
    sure = sure_colors(seen, cover)
    if edge.small is None:
        pixels = whole[edge.box.slices].copy()
        soft, colors = unmixed(pixels, edge.alpha, sure, edge.box, (whole.shape[0], whole.shape[1]))
        pixels.reshape(-1, 3)[soft] = to_pixels(colors, pixels)
        return pixels
    change = own_change(edge.small, sure)
    if whole.dtype == np.uint8:
        return moved_by(whole[edge.box.slices], resize(to_steps(change), edge.alpha.shape))
    return moved_by(whole[edge.box.slices], resize(change, edge.alpha.shape))


def own_change(small: SmallPerson, sure: FloatArray) -> FloatArray:
    """What the person's own colors are more than a shrunk frame's, in its units: (box height, box width, 3), not rounded."""
    soft, colors = unmixed(small.pixels, small.alpha, sure, small.box, small.size)
    change = np.zeros(small.pixels.shape, np.float32)
    change.reshape(-1, 3)[soft] = colors - to_float(small.pixels.reshape(-1, 3)[soft])
    change *= np.float32(white(small.pixels.dtype))
    return change


def sure_colors(seen: Matted, cover: FloatArray) -> FloatArray:
    """Foreground and background colors carried from where the small alpha is sure to everywhere: (rows, columns, 6), smooth."""
    size = max(1, seen.small.shape[0] // 2), max(1, seen.small.shape[1] // 2)
    picture, cover = to_float(resize(seen.small, size)), resize(cover, size)
    front = holes.fill(picture, np.clip((edge_colors.SOLID - cover) / edge_colors.FALL, 0, 1), edge_colors.APART)
    back = holes.fill(picture, np.clip((cover - (1 - edge_colors.SOLID)) / edge_colors.FALL, 0, 1), edge_colors.APART)
    return np.dstack([front, back])


def unmixed(pixels: Pixels, alpha: FloatArray, sure: FloatArray, box: Box, frame: Size) -> tuple[npt.NDArray[Any], FloatArray]:
    """Where a box of a frame is soft (flat indexes), and the foreground's colors there, (points, 3) float32, not clipped.

    With F0 and B0 from ``sure`` and r = I - alpha F0 - (1 - alpha) B0:
    ``F = F0 + alpha r / (alpha^2 + (1 - alpha)^2 + CLOSED)``, as ``edge_colors.full_size_colors``. Soft: 1 - SOLID to SOLID.
    """
    soft = np.flatnonzero(cv2.inRange(alpha, 1 - edge_colors.SOLID, edge_colors.SOLID))
    if not len(soft):
        return soft, np.zeros((0, 3), np.float32)
    rows, columns = np.divmod(soft.astype(np.int32), np.int32(box.width))
    both = sampled(sure, rows + box.top, columns + box.left, frame)
    weight, own = alpha.ravel()[soft][:, None], to_float(pixels.reshape(-1, 3)[soft])
    residual = own - weight * both[:, :3] - (1 - weight) * both[:, 3:]
    return soft, both[:, :3] + weight * residual / (weight**2 + (1 - weight) ** 2 + np.float32(edge_colors.CLOSED))


LINE = 256  # points to a row: OpenCV's maps have at most 32767 rows and columns


def sampled(small: FloatArray, rows: npt.NDArray[Any], columns: npt.NDArray[Any], frame: Size) -> FloatArray:
    """(points, channels): a small picture of a frame, bilinear, at pixels of that frame."""
    count = len(rows)
    at = []
    for places, have, whole in ((columns, small.shape[1], frame[1]), (rows, small.shape[0], frame[0])):
        line = (places.astype(np.float32) + np.float32(0.5)) * np.float32(have / whole) - np.float32(0.5)
        at.append(np.pad(line, (0, -count % LINE)).reshape(-1, LINE))
    parts = (small[..., :3], small[..., 3:])  # OpenCV takes at most four channels here
    seen = [cv2.remap(np.ascontiguousarray(part), at[0], at[1], cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE) for part in parts]
    return np.concatenate([np.asarray(each, np.float32).reshape(-1, 3)[:count] for each in seen], 1)
