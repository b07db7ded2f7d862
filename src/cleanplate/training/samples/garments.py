"""Garments of other colors, so that nobody's clothes are learned by heart. Nothing here needs torch.

The colors around a drawn garment color are turned to another hue and lightness, in picture and target alike; folds, texture and the
light stay. Skin, and what is nearly black, is left alone.
"""

import cv2
import numpy as np

from cleanplate.pixels.color import FloatArray

SKIN_HUE, SKIN_REACH = 50.0, 26.0  # degrees in CIE a*b*: faces of all tones lie within 25 to 75
LEAST_CHROMA, MOST_CHROMA = 4.0, 60.0  # below lies grey, above a signal vest
DARKEST = 12.0  # L* below which there is no color to turn; hair and black cloth cannot be told apart there
LEAST = 0.03  # share of the person that a garment covers at least
SHARED = 0.08  # share of head and hair that may have the garment's color: more, and it is not told apart from them
TRIES = 8  # colors drawn before giving up
REACH = 10.0  # deviation of the window around the garment's color, in CIE L*a*b* units; half as much again along L*


def ramp(values: FloatArray, low: float, high: float) -> FloatArray:
    """0 below ``low``, 1 above ``high``, straight between.

    >>> ramp(np.array([0, 1.5, 9], np.float32), 1, 2).tolist()
    [0.0, 0.5, 1.0]
    """
    return np.asarray(np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1), np.float32)


def skinlike(lab: FloatArray) -> FloatArray:
    """How much a color could be skin, 0 to 1: by hue and chroma, softly; (..., 3) CIE L*a*b* -> (...)."""
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    away = np.abs((np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) - SKIN_HUE + 180) % 360 - 180)
    hue = 1 - ramp(away, SKIN_REACH, SKIN_REACH + 12)
    colored = ramp(chroma, LEAST_CHROMA, LEAST_CHROMA + 3) * (1 - ramp(chroma, MOST_CHROMA, MOST_CHROMA + 10))
    return np.asarray(hue * colored, np.float32)


def head_rows(alpha: FloatArray) -> slice:
    """The rows from the top of a person to the shoulders: where the outline gets 1.6 times as wide as it was on average so far, and
    the head is as tall as that average is wide. (A round head alone gets 1.5 times as wide, half way down.)

    Without shoulders it is the upper two thirds, since everything there may be face or hair.

    >>> alpha = np.zeros((20, 9), np.float32)
    >>> alpha[2:8, 3:6] = alpha[8:, :] = 1
    >>> head_rows(alpha)
    slice(2, 8, None)
    """
    widths = (alpha > 0.5).sum(1)
    rows = np.flatnonzero(widths)
    top, height = int(rows[0]), int(rows[-1] - rows[0] + 1)
    below = np.arange(1, round(0.67 * height))
    average = np.cumsum(widths[top : top + height])[below - 1] / below
    shoulders = below[(widths[top + below] > 1.6 * average) & (below >= np.maximum(average, 0.12 * height))]
    return slice(top, top + (int(shoulders[0]) if len(shoulders) else round(0.67 * height)))


def garment(rng: np.random.Generator, lab: FloatArray, alpha: FloatArray) -> FloatArray | None:
    """Where a garment is, (height, width) float32 in [0, 1]: a window in color around a pixel drawn from below the shoulders, kept
    where it hangs together with that pixel. None where nothing can be told from the face and hair."""
    if (alpha > 0.5).sum() < 16:
        return None
    head = head_rows(alpha)
    free = (1 - skinlike(lab)) * ramp(lab[..., 0], DARKEST, DARKEST + 8) * alpha
    below = np.arange(alpha.shape[0])[:, None] >= head.stop
    spots = np.argwhere((free > 0.9) & below)
    if len(spots) < LEAST * float(alpha.sum()):
        return None
    for top, left in spots[rng.integers(len(spots), size=TRIES)]:
        seed = np.median(lab[max(0, top - 2) : top + 3, max(0, left - 2) : left + 3].reshape(-1, 3), axis=0)
        away = (((lab - seed) / np.array([1.5 * REACH, REACH, REACH], np.float32)) ** 2).sum(-1)
        window = np.asarray(np.exp(-0.5 * np.maximum(away - 1, 0)) * alpha, np.float32)
        if (window[head] > 0.5).sum() < SHARED * alpha[head].sum():
            return whole(np.asarray(window * free * below, np.float32), (int(top), int(left)))
    return None


def whole(window: FloatArray, spot: tuple[int, int]) -> FloatArray | None:
    """The part of a window that hangs together with a pixel, its border softened; None when it is too small."""
    reach = max(1, round(max(window.shape) / 128))
    closed = cv2.morphologyEx((window > 0.3).view(np.uint8), cv2.MORPH_CLOSE, np.ones((2 * reach + 1,) * 2, np.uint8))
    labels = cv2.connectedComponents(closed, connectivity=4)[1]
    part = np.asarray(labels == labels[spot], np.float32)
    if not labels[spot]:
        return None
    near = cv2.GaussianBlur(cv2.dilate(part, np.ones((2 * reach + 1,) * 2, np.uint8)), (0, 0), reach)
    return np.asarray(window * np.minimum(near * 2, 1), np.float32)


def change_clothes(rng: np.random.Generator, picture: FloatArray, alpha: FloatArray) -> FloatArray:
    """The picture with one garment in another color, or as it was where no garment is found.

    In CIE L*a*b*, weighted by ``garment``: hue turned by 40 to 320 degrees, chroma scaled and a little added (so that grey cloth
    takes color too), lightness scaled by 0.65 to 1.25.

    Args:
        picture: (height, width, 3) float32, sRGB-encoded in [0, 1]; apply it before picture and target part.
        alpha: (height, width) float32 in [0, 1].

    >>> nobody = np.zeros((4, 4), np.float32)
    >>> plain = np.full((4, 4, 3), 0.5, np.float32)
    >>> change_clothes(np.random.default_rng(0), plain, nobody) is plain
    True
    """
    lab = np.asarray(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2LAB), np.float32)
    weight = garment(rng, lab, alpha)
    turn, gain = rng.uniform(40, 320), np.exp(rng.normal(0, 0.25))
    direction, added, light = rng.uniform(0, 2 * np.pi), rng.uniform(0, 14), rng.uniform(0.65, 1.25)
    if weight is None or weight.sum() < LEAST * alpha.sum():
        return picture
    turned = lab.copy()
    sine, cosine = np.sin(np.radians(turn)) * gain, np.cos(np.radians(turn)) * gain
    turned[..., 1] = cosine * lab[..., 1] - sine * lab[..., 2] + added * np.cos(direction)
    turned[..., 2] = sine * lab[..., 1] + cosine * lab[..., 2] + added * np.sin(direction)
    turned[..., 0] = np.minimum(lab[..., 0] * light, np.maximum(lab[..., 0], 96))
    moved = cv2.cvtColor(lab + weight[..., None] * (turned - lab), cv2.COLOR_LAB2RGB)
    return np.where(weight[..., None] > 0, np.clip(moved, 0, 1), picture)
