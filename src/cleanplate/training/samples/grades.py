"""Looks drawn at random: grades, tone curves and 3-D tables, as cameras, editors and films have them. Nothing here needs torch.

A look is one function of color, the same at every place of a picture. Pictures are (..., 3) float32, sRGB-encoded in [0, 1].
"""

from collections.abc import Callable

import numpy as np

from cleanplate.pixels.color import FloatArray, to_linear, to_srgb

Change = Callable[[FloatArray], FloatArray]
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
SAMPLES = 256  # of a curve
POINTS = 17  # along each side of a table; the looks are smooth, .cube files have 17 to 65


# ---- grades -------------------------------------------------------------------------------------------------------


def draw_grade(rng: np.random.Generator, strength: float = 1.0) -> Change:
    """A random look as cameras and films have it: exposure and white balance in linear light, contrast, saturation, split tones.

    ``strength`` 1 is plainly visible, 2 is strong.
    """
    warm, green = rng.normal(0, 0.14 * strength, 2)
    gains = np.exp(np.array([warm, green * 0.4, -warm]) + rng.normal(0, 0.25 * strength)).astype(np.float32)
    gamma = float(np.exp(rng.normal(0, 0.16 * strength)))
    contrast = float(np.exp(rng.normal(0, 0.16 * strength)))
    saturation = float(np.exp(rng.normal(-0.05, 0.25 * strength)))
    shadows, lights = (rng.normal(0, 0.03 * strength, (2, 3))).astype(np.float32)
    pivot = float(rng.uniform(0.35, 0.6))

    def change(picture: FloatArray) -> FloatArray:
        graded = to_srgb(np.clip(to_linear(picture) * gains, 0, 1)) ** np.float32(gamma)
        graded = (graded - pivot) * np.float32(contrast) + np.float32(pivot)
        luma = graded @ np.array([0.299, 0.587, 0.114], np.float32)
        graded = luma[..., None] + (graded - luma[..., None]) * np.float32(saturation)
        tone = np.clip(luma, 0, 1)[..., None]
        return np.asarray(np.clip(graded + shadows * (1 - tone) + lights * tone, 0, 1), np.float32)

    return change


def unchanged(picture: FloatArray) -> FloatArray:
    """The look that is none."""
    return picture


# ---- curves --------------------------------------------------------------------------------------------------------


def draw_curve(rng: np.random.Generator, strength: float = 1.0) -> FloatArray:
    """A smooth rising tone curve, (SAMPLES,) float32 in [0, 1].

    Its slope is ``exp(sum_k a_k cos(pi k x))`` for k = 1, 2, 3 with a_k normal and falling as 1/k: always positive, so the curve is
    monotone whatever is drawn. The ends move inward by up to 6 % (faded blacks, dull whites).

    >>> curve = draw_curve(np.random.default_rng(0))
    >>> bool((np.diff(curve) > 0).all())
    True
    """
    x = (np.arange(SAMPLES - 1) + 0.5) / (SAMPLES - 1)
    slope = np.exp(sum(rng.normal(0, 0.4 * strength / k) * np.cos(np.pi * k * x) for k in (1, 2, 3)))
    low, high = rng.uniform(0, 0.06, 2) * min(strength, 1.0)
    rise = np.concatenate([[0], np.cumsum(slope)]) / slope.sum()
    return np.asarray(low + (1 - high - low) * rise, np.float32)


def apply_curve(values: FloatArray, curve: FloatArray) -> FloatArray:
    """A curve looked up linearly, of any shape of values in [0, 1].

    >>> float(apply_curve(np.array([0.5], np.float32), np.array([0, 0.5, 0.6], np.float32))[0])
    0.5
    """
    return np.interp(values, np.linspace(0, 1, len(curve)), curve).astype(np.float32)


def draw_curves(rng: np.random.Generator, strength: float = 1.0) -> Change:
    """A tone curve on the luma, which moves all channels alike and keeps their differences, then a milder one on each channel."""
    tone = draw_curve(rng, strength)
    each = [draw_curve(rng, 0.4 * strength) for _ in range(3)]

    def change(picture: FloatArray) -> FloatArray:
        luma = picture @ LUMA
        toned = np.clip(picture + (apply_curve(luma, tone) - luma)[..., None], 0, 1)
        return np.stack([apply_curve(toned[..., channel], curve) for channel, curve in enumerate(each)], -1)

    return change


# ---- tables --------------------------------------------------------------------------------------------------------


def identity_table(points: int = POINTS) -> FloatArray:
    """The table that changes nothing, (points, points, points, 3) float32, indexed by red, green, blue."""
    steps = np.linspace(0, 1, points, dtype=np.float32)
    return np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1)


def apply_table(picture: FloatArray, table: FloatArray) -> FloatArray:
    """A 3-D table looked up trilinearly: the mean of the eight points around a color, weighted by nearness along each axis.

    >>> grey = np.full((1, 1, 3), 0.3, np.float32)
    >>> np.allclose(apply_table(grey, identity_table(5)), grey)
    True
    """
    points = table.shape[0]
    place = np.clip(picture.reshape(-1, 3), 0, 1) * np.float32(points - 1)
    low = np.minimum(np.floor(place), points - 2)
    share, at = place - low, low.astype(np.intp)  # indices, not pixels
    first = (at[:, 0] * points + at[:, 1]) * points + at[:, 2]
    flat, answer = table.reshape(-1, 3), np.zeros_like(place)
    for corner in range(8):
        red, green, blue = corner >> 2, corner >> 1 & 1, corner & 1
        weight = np.abs(1 - red - share[:, 0]) * np.abs(1 - green - share[:, 1]) * np.abs(1 - blue - share[:, 2])
        answer += weight[:, None] * flat[first + (red * points + green) * points + blue]
    return answer.reshape(picture.shape)


def crosstalk(rng: np.random.Generator, colors: FloatArray, strength: float) -> FloatArray:
    """Dyes that leak into each other: a matrix near the identity whose rows add up to 1, so that grey stays grey."""
    leaks = rng.normal(0, 0.05 * strength, (3, 3))
    np.fill_diagonal(leaks, 0)
    matrix = np.eye(3) + leaks - np.diag(leaks.sum(1))
    return np.asarray(colors @ matrix.T.astype(np.float32), np.float32)


def bend_hues(rng: np.random.Generator, colors: FloatArray, strength: float) -> FloatArray:
    """Saturation and hue changed by an amount that depends smoothly on the hue: two harmonics around the circle each.

    The hue is the angle in the plane of the color differences (Cb, Cr); the luma is kept.
    """
    luma = (colors @ LUMA)[..., None]
    blue, red = colors[..., 2] - luma[..., 0], colors[..., 0] - luma[..., 0]
    angle = np.arctan2(red, blue)
    waves = [np.cos(k * angle + rng.uniform(0, 2 * np.pi)) * np.float32(rng.normal(0, strength / k)) for k in (1, 2, 1, 2)]
    gain = np.exp(0.2 * (waves[0] + waves[1]) + rng.normal(-0.05, 0.15 * strength))
    turn = 0.15 * (waves[2] + waves[3])  # radians
    new_blue, new_red = gain * (np.cos(turn) * blue - np.sin(turn) * red), gain * (np.sin(turn) * blue + np.cos(turn) * red)
    new_green = -(LUMA[0] * new_red + LUMA[2] * new_blue) / LUMA[1]
    return np.asarray(luma + np.stack([new_red, new_green, new_blue], -1), np.float32)


def split_tones(rng: np.random.Generator, colors: FloatArray, strength: float) -> FloatArray:
    """Shadows towards one color and lights towards its opposite: teal and orange half of the time, else any such pair."""
    luma = np.clip(colors @ LUMA, 0, 1)[..., None]
    pair = np.array([0.5, 0.05, -0.5]) if rng.random() < 0.5 else rng.normal(0, 0.4, 3)
    shift = (pair * rng.normal(0, 0.12 * strength)).astype(np.float32)
    return np.asarray(colors + shift * (luma * luma * (3 - 2 * luma) - np.float32(0.5)), np.float32)


def displace(rng: np.random.Generator, colors: FloatArray, strength: float) -> FloatArray:
    """Every point of a table moved by smooth noise: 4 x 4 x 4 normal vectors, interpolated."""
    coarse = rng.normal(0, 0.03 * strength, (4, 4, 4, 3)).astype(np.float32)
    return colors + apply_table(identity_table(colors.shape[0]), coarse)


def draw_table(rng: np.random.Generator, strength: float = 1.0) -> FloatArray:
    """A film's look as a 3-D table, (POINTS, POINTS, POINTS, 3) float32 in [0, 1]: crosstalk, bent hues, split tones, a tone curve,
    smooth noise, one after the other. ``strength`` 1 is plainly visible."""
    table = identity_table()
    for step in (crosstalk, bend_hues, split_tones):
        table = step(rng, table, strength)
    table = apply_curve(np.clip(table, 0, 1), draw_curve(rng, 0.7 * strength))
    return np.asarray(np.clip(displace(rng, table, strength), 0, 1), np.float32)


def draw_lut(rng: np.random.Generator, strength: float = 1.0) -> Change:
    """A random ``draw_table`` as a change of pictures."""
    table = draw_table(rng, strength)
    return lambda picture: np.clip(apply_table(picture, table), 0, 1)  # eight weights may sum to 1 and a rounding error
