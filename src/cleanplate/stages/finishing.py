"""A placed person on their way to the composite: softened as the plate is, in sRGB, with the plate's light and grain."""

from cleanplate.errors import InputError
from cleanplate.pixels import profiles
from cleanplate.pixels.color import Pixels
from cleanplate.pixels.profiles import Profile
from cleanplate.settings import Settings
from cleanplate.stages import compositing, edges, light_wrap, softness
from cleanplate.stages.compositing import Layer, Lifting
from cleanplate.stages.texture import Texture
from cleanplate.transforms.forms import Transform
from cleanplate.transforms.gains import gains
from cleanplate.values import Box, Cutout, Size


def placed_layer(placed: Cutout, box: Box) -> Layer:
    """A cutout in the plate's frame, as it is laid there."""
    return Layer(placed.image.pixels, placed.alpha, box, placed.cropped is not None and placed.cropped.bottom is None)


def ready_layer(placed: Cutout, box: Box, size: Size, settings: Settings) -> Layer:
    """The same with its edge where it is asked to be, in a plate of that size.

    Raises:
        InputError: that leaves nothing.
    """
    layer = edges.moved(placed_layer(placed, box), settings.edge, size)
    if settings.edge < 0 and not layer.alpha.any():
        raise InputError(f"`edge` {settings.edge:g} leaves nothing of the person, who is small here: give one nearer to 0.")
    return layer


def as_soft_as(texture: Texture, size: Size, layer: Layer, soften: float) -> Layer:
    """A layer softened before a plate of that texture and size that is soft everywhere, as far as that is asked for."""
    blur = texture.blur(layer, soften) if soften > 0 else 0
    return softness.softened(layer, size, blur) if blur > 0 else layer


def in_srgb(layer: Layer, profile: Profile) -> Layer:
    """A layer whose colors are of that profile as one of sRGB, in floats that reach beyond it; itself where they are sRGB."""
    return layer if profile is None else layer._replace(foreground=profiles.to_srgb(layer.foreground, profile))


def finish(
    layer: Layer, image: Pixels, transform: Transform | None, settings: Settings, texture: Texture, profile: Profile = None
) -> Lifting:
    """What becomes of a layer's colors before it is laid over what ``image`` holds: gains, the plate's light around it, grain.

    Args:
        profile: of ``image``.
    """
    grain = texture.grain(layer, (image.shape[0], image.shape[1]), settings, transform)
    light = light_wrap.spill(image, layer.alpha, layer.box, settings.wrap)
    how = compositing.made_ready(layer, image, transform, settings.strength)
    return how._replace(gains=gains(settings.exposure, settings.warmth), light=light, grain=grain, profile=profile)
