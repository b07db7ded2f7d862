"""The plain way of what `matting` and `blending` do fast: whole arrays, one equation after the other."""

import cv2
import numpy as np

from cleanplate.models.blender import Blender
from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.resampling import enlarge_cubic, limited_size, resize
from cleanplate.stages import edge_colors, matting, tiling


def estimate_colors(picture: FloatArray, alpha: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``edge_colors.estimate_colors``: every level of the whole picture, pixels of six channels; in float64 where that is given."""
    height, width = alpha.shape
    levels = max(1, int(np.ceil(np.log2(max(height, width)))))
    ends = [(picture * each[..., None]).sum((0, 1)) / (each.sum() + 1e-6) for each in (alpha, 1 - alpha)]
    both = np.concatenate(ends).astype(picture.dtype).reshape(1, 1, 6)
    for level in range(levels + 1):
        size = (max(1, round(height ** (level / levels))), max(1, round(width ** (level / levels))))
        start = np.asarray(cv2.resize(both, size[::-1], interpolation=cv2.INTER_NEAREST)).reshape(*size, 6)
        both = relax(start, resize(picture, size), resize(alpha, size), 10 if max(size) <= 32 else 2)
    return np.ascontiguousarray(both[..., :3]), np.ascontiguousarray(both[..., 3:])


def relax(both: FloatArray, picture: FloatArray, alpha: FloatArray, steps: int) -> FloatArray:
    """Jacobi steps of one level on foreground and background side by side, (height, width, 6)."""
    least, steep = np.float32(edge_colors.REGULARIZATION), np.float32(edge_colors.GRADIENT_WEIGHT)
    weights = [least + steep * np.abs(alpha - near) for near in shifted(alpha)]
    total, rest = sum(weights[1:], weights[0]), 1 - alpha
    front, cross, back = alpha * alpha + total, alpha * rest, rest * rest + total
    front, cross, back = (each[..., None] / (front * back - cross * cross)[..., None] for each in (front, cross, back))
    for _ in range(steps):
        right = np.concatenate([picture * alpha[..., None], picture * rest[..., None]], 2)
        for weight, near in zip(weights, shifted(both), strict=True):
            right += weight[..., None] * near
        first, second = right[..., :3], right[..., 3:]
        both = np.clip(np.concatenate([first * back - second * cross, second * front - first * cross], 2), 0, 1)
    return both


def shifted(array: FloatArray) -> list[FloatArray]:
    """The array shifted by a pixel in four directions, edges repeated."""
    padded = np.pad(array, [(1, 1), (1, 1)] + [(0, 0)] * (array.ndim - 2), mode="edge")
    return [padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]]


def full_size_colors(picture: FloatArray, alpha: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``edge_colors.full_size_colors``."""
    size = limited_size((alpha.shape[0], alpha.shape[1]), edge_colors.COLORS_SIDE)
    front, back = (resize(each, alpha.shape) for each in estimate_colors(resize(picture, size), resize(alpha, size)))
    weight = alpha[..., None]
    step = (picture - weight * front - (1 - weight) * back) / (weight**2 + (1 - weight) ** 2 + np.float32(edge_colors.CLOSED))
    front, back = np.clip(front + weight * step, 0, 1), np.clip(back + (1 - weight) * step, 0, 1)
    return picture + (1 - np.clip(50 * weight - 49, 0, 1)) * (front - picture), back


def refine(alpha: FloatArray, picture: FloatArray, epsilon: float = 0.03) -> FloatArray:
    """``matting.refine``."""
    guide, size = resize(picture, alpha.shape), picture.shape[:2]
    slope = resize(matting.color_slope(guide, alpha, epsilon), size)
    return np.clip(enlarge_cubic(alpha, size) + (slope * (picture - enlarge_cubic(guide, size))).sum(-1), 0, 1)


def blend(blender: Blender, picture: FloatArray, alpha: FloatArray, core: int = 256) -> tuple[FloatArray, FloatArray]:
    """``blending.correct`` at the picture's own size, however large: four full-size estimates, the network on tiles of the edge."""
    estimates = (*full_size_colors(picture, alpha), *edge_colors.sure_colors(picture, alpha))
    names = ("foreground", "background", "front", "behind")
    given = {"source": picture, "alpha": alpha} | dict(zip(names, estimates, strict=True))
    return tiling.in_tiles(blender, given, tiling.soft_band(alpha), core)
