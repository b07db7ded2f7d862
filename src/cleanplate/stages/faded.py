"""Whether a photo's blacks have faded, by haze, age or a filter: before a plate with deeper ones that looks pasted.

Somewhere in a person there is black: a pupil, a nostril, the shadow between hairs. Where the darkest of them is gray in all three
channels, the photo has no black, and its levels are brought to those of the plate before its colors are matched.
"""

import numpy as np

from cleanplate.pixels import profiles
from cleanplate.pixels.color import FloatArray, Pixels, white
from cleanplate.pixels.profiles import Profile
from cleanplate.pixels.resampling import limited_size, reduce
from cleanplate.transforms.levels import Levels

DARKEST = 0.002  # of the pixels: fewer are noise
SOLID = 0.98  # alpha from which a color is the person's alone
SIDE = 640  # pixels of the long side at which it is looked for: noise is no black there, and a preview tells the same
FEWEST = 500  # pixels; of a person with fewer nothing is said
NONE, WHOLE = 0.05, 0.08  # black up to which a photo has not faded, from which on it has; sRGB-encoded
LEAST = 0.005  # by which a black is moved: less is not seen


def black(pixels: Pixels, alpha: FloatArray | None = None, profile: Profile = None) -> float:
    """The least of the channels' darkest values, in [0, 1], sRGB-encoded; 0 where too little is seen.

    Args:
        pixels: (height, width, 3) uint8 or uint16, of that profile.
        alpha: (height, width); where it is solid, or everywhere without one.
    """
    size = limited_size((pixels.shape[0], pixels.shape[1]), SIDE)
    some = profiles.shown(reduce(pixels, size), profile)
    colors = some.reshape(-1, 3) if alpha is None else some[reduce(alpha, size) >= SOLID]
    if len(colors) < FEWEST:
        return 0.0
    rank = int(DARKEST * len(colors))
    return float(np.partition(colors, rank, axis=0)[rank].min()) / white(colors.dtype)


def levels(person: float, plate: float) -> Levels | None:
    """How a person with that black is brought to the levels of a plate; None where they have deeper ones or it is not seen.

    >>> levels(0.04, 0.0), levels(0.2, 0.3), levels(0.2, 0.1)
    (None, None, Levels(black=0.2, target=0.1))
    """
    faded = min(max((person - NONE) / (WHOLE - NONE), 0.0), 1.0)
    target = person - faded * (person - plate)
    return Levels(person, target) if person - target >= LEAST else None
