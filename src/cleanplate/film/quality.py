"""What is asked of a film: how much is done for each frame, and how the person is put into the plate."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from cleanplate.errors import InputError
from cleanplate.settings import Placement, Settings
from cleanplate.values import Size


class Effort(NamedTuple):
    """What is done for each frame; ``QUALITIES`` has the three that are measured.

    Args:
        matte_every: frames from one look of the matting network to the next; between them the alpha moves with the picture.
        answer_every: frames from one look of the harmonizer, or at a moving plate, to the next.
        edge_side: long side up to which the alpha follows the picture's own edges.
        blend: whether the blending network corrects the edge; else its colors come from the sure ones around it.
        one_map: whether the color change is the same all over the person, which is far faster to apply.
        edges: whether the edge is freed from the old background's color at all.
    """

    matte_every: int
    answer_every: int
    edge_side: int
    blend: bool
    one_map: bool = False
    edges: bool = True


Quality = Literal["fast", "balanced", "best"]
QUALITIES: dict[Quality, Effort] = {
    "fast": Effort(15, 12, 640, False, one_map=True),
    "balanced": Effort(2, 6, 960, False, one_map=True),
    "best": Effort(1, 1, 1 << 16, True),
}


def check_quality(quality: str) -> None:
    """Raise InputError unless there is a quality of that name."""
    if quality not in QUALITIES:
        raise InputError(f"There is no quality {quality} of a video: give one of {', '.join(QUALITIES)}.")


@dataclass(frozen=True)
class FilmLook:
    """How a film is to look.

    Args:
        placement: where the person stands; a filmed one lies on the plate as in their own frame unless that is asked for.
        settings: what is done to the picture.
        quality: a name in ``QUALITIES``.
        size: (height, width) of the result; frames of other sizes are scaled and cut to fill it.
        rate: frames in a second.
        alone: whether the person alone is wanted, with alpha, in the plate's colors but not over it.

    Raises:
        InputError: there is no such quality.
    """

    placement: Placement
    settings: Settings
    quality: Quality
    size: Size
    rate: float
    alone: bool = False

    def __post_init__(self) -> None:
        check_quality(self.quality)

    @property
    def effort(self) -> Effort:
        """That of the quality, as far as the settings ask for it."""
        whole = QUALITIES[self.quality]
        return whole if self.settings.blend else whole._replace(blend=False, edges=False)
