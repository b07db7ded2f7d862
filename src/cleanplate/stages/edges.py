"""The edge moved out or in: alpha that reaches farther or less far by a fraction of the plate, and colors that go on beyond it."""

import math
from typing import Any

import cv2
import numpy as np

from cleanplate.pixels import holes
from cleanplate.pixels.color import FloatArray, as_float, channels_last, moved_by, white
from cleanplate.pixels.interpolation import enlarged_part, pieces
from cleanplate.pixels.resampling import limited_size, reduce
from cleanplate.stages.compositing import Layer
from cleanplate.stages.strips import Colors
from cleanplate.values import Size

SIDE = 512  # pixels of the longer side at which the colors beyond the edge are found: they are smooth
SURE = 4  # times alpha is how far a soft pixel's own color is kept
SQUARES = math.sqrt(2) - 1  # of steps, the others being crosses: an octagon as wide along its diagonals as across, nearly a disc
CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
SQUARE = np.ones((3, 3), np.uint8)


def moved(layer: Layer, percent: float, frame: Size) -> Layer:
    """A layer whose edge lies farther out, or farther in below 0; itself at 0.

    At the frame's border, where it is cut and not ended, it stays.

    Args:
        percent: of the frame's height.

    Returns:
        a layer of which nothing may be left.
    """
    if percent == 0:
        return layer
    reach = abs(percent) / 100 * frame[0]
    layer = with_room(layer, math.ceil(reach), frame)
    alpha = shifted(layer.alpha, reach if percent > 0 else -reach)
    colors = carried_on(layer.foreground, layer.alpha, alpha) if percent > 0 else layer.foreground
    return layer._replace(foreground=colors, alpha=alpha)


def with_room(layer: Layer, by: int, frame: Size) -> Layer:
    """A layer in a box that is so many pixels larger on each side, as far as the frame goes."""
    box = layer.box.grown(by, frame)
    top, left = layer.box.top - box.top, layer.box.left - box.left
    sides = top, box.height - layer.box.height - top, left, box.width - layer.box.width - left
    alpha = cv2.copyMakeBorder(layer.alpha, *sides, cv2.BORDER_CONSTANT, value=0)
    colors: Any = cv2.copyMakeBorder(np.ascontiguousarray(layer.foreground), *sides, cv2.BORDER_REPLICATE)
    return layer._replace(foreground=colors, alpha=np.asarray(alpha, np.float32), box=box)


def shifted(alpha: FloatArray, reach: float) -> FloatArray:
    """Alpha moved out by so many pixels, or in below 0, as gray-scale morphology does: each pixel gets the greatest (least) alpha
    within reach. Of a fraction of a pixel it is the share between the whole ones on either side.

    >>> shifted(np.float32([[0, 0, 1, 1, 1]]), 0.25).round(2).tolist()
    [[0.0, 0.25, 1.0, 1.0, 1.0]]
    """
    step, whole = (cv2.dilate if reach > 0 else cv2.erode), int(abs(reach))
    for at in range(whole):
        alpha = np.asarray(step(alpha, kernel(at)), np.float32)
    share = np.float32(abs(reach) - whole)
    if share:
        alpha = alpha + share * (np.asarray(step(alpha, kernel(whole)), np.float32) - alpha)
    return alpha


def kernel(at: int) -> Any:
    """What the pixel beside is reached by in a step: some steps go across corners too, so that all of them reach about as far in
    every direction."""
    return SQUARE if round((at + 1) * SQUARES) > round(at * SQUARES) else CROSS


def carried_on(colors: Colors, alpha: FloatArray, wider: FloatArray) -> Colors:
    """A copy of a person's colors that go on where alpha has grown: what shone through there is another place's.

    Args:
        alpha, wider: (height, width) before and after.
    """
    size, own = limited_size(alpha.shape, SIDE), np.minimum(alpha * SURE, 1)
    planes: Any = cv2.split(colors)
    premultiplied = [reduce(as_float(each) * alpha, size) for each in planes]
    beyond = holes.spread(np.dstack(premultiplied), reduce(alpha, size)).transpose(2, 0, 1) * np.float32(white(colors.dtype))
    wanted = reduce(np.asarray((wider > 0) & (own < 1), np.float32), size) > 0
    answer = colors.copy()
    for part in pieces(wanted, alpha.shape):
        change = channels_last(np.ascontiguousarray(enlarged_part(beyond, alpha.shape, part))) - answer[part]
        answer[part] = moved_by(answer[part], np.asarray(change * (1 - own[part])[..., None], np.float32))
    return answer
