"""The matte stage: the person of a photo as a cutout, by the alpha it carries or by the matting network."""

from dataclasses import replace

import numpy as np

from cleanplate.pixels import profiles
from cleanplate.pixels.color import FloatArray
from cleanplate.settings import Keep
from cleanplate.stages import crops, framing, matting
from cleanplate.values import Cutout, Image

LEAST_CUT = 0.002  # share of a picture that its alpha has to leave out to count: a stray pixel or rounded corners cut nobody out
IDLE_ALPHA = "The photo's alpha cuts nobody out ({:.2%} of it is transparent): the person was found by the network instead."


def cuts_out(alpha: FloatArray) -> bool:
    """Whether a picture's own alpha says where somebody is: it leaves part of the picture out.

    >>> cuts_out(np.float32([[0, 1]])), cuts_out(np.full((1, 2), 0.99, np.float32))
    (True, False)
    """
    return int(np.count_nonzero(alpha < framing.SEEN)) >= LEAST_CUT * alpha.size


def person_in(photo: Image, device: str, keep: Keep, painted: FloatArray | None) -> Cutout:
    """The person of a photo, by its own alpha where that cuts somebody out, or by the matting network.

    Args:
        device: what the network runs on.
        keep: who of several is taken where it looks.
        painted: (height, width), where somebody is to be kept; parts that it touches are.

    Raises:
        NoPersonError: the network found nobody.
    """
    if photo.alpha is not None and cuts_out(photo.alpha):
        return Cutout(photo, photo.alpha, clean=True, warnings=photo.warnings)
    said = list(photo.warnings)
    if photo.alpha is not None and photo.alpha.min() < 1:
        said.append(IDLE_ALPHA.format((photo.alpha < framing.SEEN).mean()))
    seen = profiles.shown(photo.pixels, photo.profile)
    alpha = matting.matte(seen, device=device, keep=keep, painted=painted, warn=said.append)
    return Cutout(photo, alpha, warnings=tuple(said))


def with_alpha(cutout: Cutout, alpha: FloatArray) -> Cutout:
    """The same photo cut out by an alpha that nothing has corrected yet: where the photo crops the person is told by it."""
    return replace(cutout, alpha=alpha, cropped=crops.cropped(alpha, trimmed=cutout.clean))
