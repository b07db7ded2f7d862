"""Colors from one ICC profile to another, at the depth that they have: littleCMS by imagecodecs (extra ``pro``), since Pillow's
takes 8 bits only.

Relative colorimetric with black point compensation, the photo editors' default. Floats are unbounded: what a space cannot show lies
below 0 or above 1 and comes back, so that nothing is clipped but once, at the end.
"""

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from cleanplate.errors import MissingExtra
from cleanplate.pixels.color import Array, FloatArray, Pixels, as_float, srgb_profile
from cleanplate.pixels.shapers import Shaper, shaper
from cleanplate.pixels.threads import on_all_cores

Profile = bytes | None  # None is sRGB

RELATIVE_COLORIMETRIC = 1  # littleCMS's numbers
BLACK_POINT, EXACT = 0x2000, 0x0100  # EXACT: without it 16 bits are off by up to 112 of 65535, with it by 1
PIECE = 1 << 18  # pixels at a time: setting up takes 2 ms, and no large copy is made
PROBE = np.stack(np.meshgrid(*[np.linspace(0, 1, 5, dtype=np.float32)] * 3), -1).reshape(1, -1, 3)
RETURNED = 0.02  # of white: colors that come back no nearer through sRGB and back are lost by the profile itself


def codecs() -> Any:
    """imagecodecs.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import imagecodecs
    except ImportError as error:
        raise MissingExtra("imagecodecs", "pro") from error
    return imagecodecs


@functools.cache
def available() -> bool:
    """Whether profiles can be kept here."""
    try:
        codecs()
    except MissingExtra:
        return False
    return True


def converted(values: npt.NDArray[Any], source: Profile, target: Profile, *, flags: int = EXACT) -> npt.NDArray[Any]:
    """(height, width, 3) of any type from one profile to another, of the same type; one of grey from (height, width).

    Raises:
        MissingExtra: imagecodecs is not installed.
        Exception: littleCMS's own where the profiles do not fit.
    """
    answer = np.empty((*values.shape[:2], 3), values.dtype)
    rows = max(1, PIECE // values.shape[1])
    kind = "gray" if values.ndim == 2 else "rgb"

    def work(part: slice) -> None:
        answer[part] = codecs().cms_transform(
            np.ascontiguousarray(values[part]), source or srgb_profile(), target or srgb_profile(), colorspace=kind,
            outcolorspace="rgb", intent=RELATIVE_COLORIMETRIC, flags=BLACK_POINT | flags,
        )  # fmt: skip

    on_all_cores(work, [slice(top, top + rows) for top in range(0, len(values), rows)])
    return answer


@functools.lru_cache(16)
def shaper_of(source: Profile, target: Profile) -> Shaper | None:
    """Tables that stand in for littleCMS between two profiles; None where none can."""
    try:
        return shaper(converted, source, target)
    except MissingExtra:
        raise
    except Exception:  # noqa: BLE001 - littleCMS's refusals come in several classes, and any profile may be met
        return None


def brought(colors: FloatArray, source: Profile, target: Profile) -> FloatArray:
    """``converted`` of float32: by tables where they give the same to a level of 16 bits."""
    quick = shaper_of(source, target)
    if quick is None:
        return converted(colors, source, target)
    flat = np.ascontiguousarray(colors).reshape(-1, 3)
    answer, beyond = np.empty_like(flat), np.zeros(len(flat), bool)

    def work(part: slice) -> None:
        answer[part], beyond[part] = quick.of(flat[part])

    on_all_cores(work, [slice(start, start + PIECE) for start in range(0, len(flat), PIECE)])
    if beyond.any():
        answer[beyond] = converted(flat[beyond][None], source, target)[0]
    return answer.reshape(colors.shape)


def to_srgb(values: Pixels | FloatArray, profile: Profile) -> FloatArray:
    """Colors of a profile as sRGB-encoded float32, beyond 0 and 1 where sRGB cannot show them; (height, width, 3)."""
    colors = as_float(values)
    return colors if profile is None else brought(colors, profile, None)


def from_srgb(colors: FloatArray, profile: Profile) -> FloatArray:
    """The way back: sRGB-encoded float32, maybe beyond 0 and 1, in a profile's own encoding, not clipped."""
    return colors if profile is None else brought(colors, None, profile)


def shown(pixels: Array, profile: Profile) -> Array:
    """A picture of integers as a network is shown it: sRGB, clipped, quick where that is not seen; itself where it is sRGB."""
    return pixels if profile is None else converted(pixels, profile, None, flags=0)  # type: ignore[return-value]


@functools.lru_cache(16)
def goes_both_ways(profile: bytes) -> bool:
    """Whether a profile's colors come back from sRGB: an input device's knows one way only, a printer's is narrow."""
    try:
        back = converted(converted(PROBE, profile, None), None, profile)
    except MissingExtra:
        raise
    except Exception:  # noqa: BLE001 - littleCMS's refusals come in several classes
        return False
    return bool(np.abs(back - PROBE).max() <= RETURNED)
