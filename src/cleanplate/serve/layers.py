"""Several people in one plate, one over the other, and where each of them stands."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from cleanplate.composites import Composite
from cleanplate.compositor import Compositor
from cleanplate.errors import InputError
from cleanplate.models.harmonizer import Cues
from cleanplate.plates import Plate
from cleanplate.recipes import Recipe
from cleanplate.settings import Placement
from cleanplate.stages import framing, placing, silhouettes
from cleanplate.stages.silhouettes import Silhouette
from cleanplate.values import Cutout, Size

MOST = 16  # people in a picture; each costs as much as a picture of its own
WHOLE = ("size", "weights", "defocus", "aperture")  # fields that are about the whole picture


class Laid(NamedTuple):
    """One person and how they are to be laid."""

    cutout: Cutout
    recipe: Recipe


def check_count(count: int) -> None:
    if not 1 <= count <= MOST:
        raise InputError(f"`layers` is a list of 1 to {MOST} people; {count} were given.")


def laid(
    compositor: Compositor, plate: Plate, layers: Sequence[Laid], look: Cues | None = None, *, sheets: bool = False
) -> list[Composite]:
    """Everybody laid into the plate, the first one farthest back. The last composite holds the picture.

    What the harmonizer looks at is the plate without anybody, for each of them. Only the first one's plate is put out of focus:
    the others' holds people already.

    Args:
        look: what their colors are matched to in the plate's stead.
        sheets: the last one has ``layers``.
    """
    made: list[Composite] = []
    behind = plate
    for at, (cutout, recipe) in enumerate(layers):
        settings = recipe.settings if not made else replace(recipe.settings, defocus=0.0, aperture=0.0)
        apart = sheets and at == len(layers) - 1
        made.append(compositor.compose(cutout, behind, recipe.placement, settings, look=look, layers=apart))
        behind = plate.with_people(made[-1].image)
    return made


def outline(cutout: Cutout) -> Silhouette:
    """A person's silhouette in their photo."""
    return silhouettes.of(cutout, framing.extent(cutout.alpha, silhouettes.SEEN))


def placed(person: Silhouette, plate: Plate, placement: Placement) -> dict[str, float]:
    """The place that somebody has, as fields of a recipe that give it again.

    Args:
        placement: as it was asked for; what is left None is chosen as for a picture.
    """
    size: Size = plate.image.size
    stand = placing.stand(person, size, placement, plate.horizon)
    return {
        "height": stand.scale * (person.bottom - person.top) / size[0],
        "x": (stand.left + stand.scale * person.foot) / size[1],
        "y": (stand.top + stand.scale * person.bottom) / size[0],
    }
