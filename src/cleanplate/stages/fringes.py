"""The old place's color that is left on a person's rim: by light that it threw there, or by a camera's blur and compression.

What the estimates and the network leave of it is small on average and the first thing that is seen where the new place is dark or
of another color. Compositors call it spill. It is measured along the direction of the old place's own color, and only what the
rim has more of it than the person a little further in is taken away; brightness stays.
"""

import cv2
import numpy as np

from cleanplate.pixels.color import LUMA, FloatArray

REACH = 4.0  # pixels inside the soft edge over which it fades
TINT = 0.12  # of the old place's color, from which its direction is believed by half: what is nearly gray has none
SOLID = 0.9  # alpha of the inside


def removed(colors: FloatArray, alpha: FloatArray, front: FloatArray, behind: FloatArray) -> FloatArray:
    """Colors without it: ``C - w e d``, where d is the direction of the old place's chroma and e how much more of it the rim has.

    ``e = clip(<chroma(C) - chroma(F), d>, 0, <chroma(B) - chroma(F), d>)``, and w falls from the edge inwards and where B is gray.

    Args:
        colors: C, (height, width, 3) float32 in [0, 1], sRGB-encoded.
        alpha: (height, width) float32 in [0, 1].
        front, behind: F and B, the person's and the old place's colors as carried over from where the alpha is sure.
    """
    weight = near(alpha)
    rim = np.nonzero(weight)
    found, own, tint = colors[rim], chroma(front[rim]), chroma(behind[rim])
    size = np.sqrt(np.square(tint).sum(1, keepdims=True))
    direction = tint / np.maximum(size, 1e-6)
    most = np.maximum(((tint - own) * direction).sum(1, keepdims=True), 0)
    excess = np.clip(((chroma(found) - own) * direction).sum(1, keepdims=True), 0, most)
    believed = weight[rim][:, None] * np.square(size) / (np.square(size) + np.float32(TINT**2))
    answer = colors.copy()
    answer[rim] = np.clip(found - believed * excess * direction, 0, 1)
    return answer


def chroma(colors: FloatArray) -> FloatArray:
    """What colors, (pixels, 3), are beside their gray: of no luma."""
    return np.asarray(colors - (colors @ LUMA)[:, None], np.float32)


def near(alpha: FloatArray) -> FloatArray:
    """1 where somebody is not solid, falling to 0 at ``REACH`` pixels inside; 0 where nobody is."""
    inside = cv2.distanceTransform((alpha > SOLID).view(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(np.clip(1 - inside / REACH, 0, 1) * (alpha > 0), np.float32)
