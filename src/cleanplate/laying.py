"""The last stage of a photo: a person laid over the plate that was made ready for them."""

from cleanplate.plates import Plate
from cleanplate.settings import Settings
from cleanplate.stages import backdrop, compositing, finishing, float_plates
from cleanplate.stages.compositing import Layer
from cleanplate.stages.layering import apart
from cleanplate.stages.sheets import Layers
from cleanplate.transforms.forms import Transform
from cleanplate.transforms.gains import Gains
from cleanplate.values import Image


def laid_over(
    plate: Plate, layer: Layer, transform: Transform | None, settings: Settings, *, plain: bool, inplace: bool, layers: bool
) -> tuple[Image, Layers | None, Gains | None]:
    """The finished picture, its sheets where they are asked for, and the gains of the person's light.

    A plate of floats is composed twice: in the integers of what a display shows of it, and in its own.

    Args:
        plain: the layer is of the plate's profile and stays as it is; else of sRGB, to be brought into that profile.
        inplace: the plate's arrays may be written into.
    """
    under, profile = plate.image.pixels, plate.image.profile
    ready, who = backdrop.Backdrop(settings, plate.horizon), backdrop.standing(layer, under)
    image = ready.ready(under, who, inplace=inplace and not layers)
    how = finishing.finish(layer, image, transform, settings, plate.texture, None if plain else profile)
    sheets = apart(under, ready.blurred(under, who), image, layer, how, settings.strength) if layers else ()
    compositing.lay(image, layer, how)
    made = Image(image, profile=profile)
    stack = Layers(made, sheets) if layers else None
    if plate.image.floats is not None:
        made, stack = float_plates.finished(made, stack, plate.image, layer, how, ready, who)
    return made, stack, how.gains
