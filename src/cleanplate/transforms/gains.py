"""Exposure and warmth: gains on a person's light, whatever color change came before them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import LUMINANCE, TOE, FloatArray, to_linear, to_srgb

MIRED = 1e6  # a color temperature's mireds are this over its kelvins; equal steps of them are seen as about equal
NEUTRAL, WARM = 6504.0, 4000.0  # kelvins: of sRGB's white, and of the warmest daylight that CIE 15 has
TO_SRGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])  # of XYZ (IEC 61966-2-1)
KNEE = 0.04045  # of sRGB's curve: up to here encoded values are light times a number


class Gains(NamedTuple):
    """What red, green and blue of linear light are multiplied by."""

    red: float
    green: float
    blue: float

    def into(self, planes: FloatArray, top: float = 1.0) -> None:
        """Multiply the light of colors in place.

        Args:
            planes: (height, 3, width) float32, sRGB-encoded, from 0 to ``top`` or beyond.

        >>> planes = np.full((1, 3, 1), 0.5, np.float32)
        >>> Gains(2, 1, 0.5).into(planes)
        >>> planes.ravel().round(3).tolist()
        [0.6859999895095825, 0.5, 0.3610000014305115]
        """
        for channel, gain in enumerate(self):
            if gain != 1:
                planes[:, channel] = brightened(planes[:, channel] / np.float32(top), gain) * np.float32(top)

    def of(self, colors: FloatArray) -> FloatArray:
        """The same of a copy of (..., 3) from 0 to 1 or beyond."""
        return np.stack([brightened(colors[..., channel], gain) for channel, gain in enumerate(self)], -1)


def gains(exposure: float, warmth: float) -> Gains | None:
    """The gains that a person's light gets; None where neither is asked for.

    Args:
        exposure: stops, each of which doubles the light.
        warmth: how far towards a daylight of 4,000 K, 0 not to 1, or below 0 as many mireds the other way. Gray stays as bright.

    >>> gains(1, 0), gains(0, 0)
    (Gains(red=2.0, green=2.0, blue=2.0), None)
    """
    if exposure == 0 and warmth == 0:
        return None
    warm = daylight(warmth) / daylight(0)
    return Gains(*(2**exposure * warm / (LUMINANCE @ warm)).tolist())


def daylight(warmth: float) -> npt.NDArray[np.float64]:
    """Linear sRGB of daylight, of luminance 1: on the daylight locus, ``warmth`` in mireds from sRGB's white to ``WARM``.

    x of the locus by its two cubics in 1 / T, y by its parabola in x (CIE 15:2004, 3.1).
    """
    kelvins = MIRED / (MIRED / NEUTRAL + warmth * (MIRED / WARM - MIRED / NEUTRAL))
    low = (-4.6070e9, 2.9678e6, 0.09911e3, 0.244063)
    high = (-2.0064e9, 1.9018e6, 0.24748e3, 0.237040)
    x = float(np.polyval(low if kelvins <= 7000 else high, 1 / kelvins))
    y = -3 * x * x + 2.870 * x - 0.275
    return np.asarray(TO_SRGB @ [x / y, 1, (1 - x - y) / y])


def brightened(encoded: FloatArray, gain: float) -> FloatArray:
    """sRGB-encoded values of which the light is multiplied: ``encode(gain * decode(v))``.

    Above the curve's toe that is ``k (v + TOE) - TOE`` with k the 2.4th root of the gain, as of ``shadow``: two operations.
    """
    root = gain ** (1 / 2.4)
    answer = np.asarray(np.float32(root) * encoded + np.float32(TOE * (root - 1)), np.float32)
    dark = encoded <= max(KNEE, (KNEE + TOE) / root - TOE)
    answer[dark] = to_srgb(np.float32(gain) * to_linear(encoded[dark]))
    return answer
