"""The one-shot doors: pictures in, a result out. The networks are those of a compositor made for the call."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from cleanplate import inputs
from cleanplate.composites import Composite
from cleanplate.compositor import Compositor
from cleanplate.errors import InputError, NoPersonError
from cleanplate.files.atomic import PathName
from cleanplate.film.pipeline import aside
from cleanplate.handoff import cube
from cleanplate.inputs import Picture
from cleanplate.looks import Look
from cleanplate.models.devices import DeviceName
from cleanplate.pixels.color import FloatArray
from cleanplate.plates import Plate
from cleanplate.settings import NATURAL, WHOLE_STRENGTH, Keep, Placement, Settings, WeightSet
from cleanplate.transforms.forms import Transform
from cleanplate.values import Cutout, Depth, Image, Size


def compose(
    person: Picture | Cutout,
    plate: Picture | Plate,
    *,
    alpha: Picture | None = None,
    size: Size | None = None,
    placement: Placement = NATURAL,
    settings: Settings = WHOLE_STRENGTH,
    device: DeviceName = "auto",
    weights: WeightSet = "fast",
    keep_mask: Picture | None = None,
    drop_mask: Picture | None = None,
    space: str = "keep",
    depth: Depth | None = None,
    look: Look | None = None,
    reference_mask: Picture | None = None,
    lut_in: PathName | Transform | None = None,
    layers: bool = False,
) -> Composite:
    """The one-shot door: two pictures in, a Composite out.

    A picture is a path, a binary file, its bytes, a Pillow picture, an array (height, width, 3 or 4) of uint8, uint16 or floats
    within [0, 1], or an ``Image``. What is given is never written into.

    Args:
        person: a photo of a person (or one whose alpha says where they are), or a ``Cutout``.
        plate: the new background, or a ``Plate``.
        alpha: a matte for the person: a picture, or (height, width) alone.
        keep_mask, drop_mask: likewise, white where the person is, or is not, whatever the matte says.
        size: (height, width) to which the plate is scaled and cut; its own size without it.
        space: what the result's colors come in: the plate's own profile (``keep``), ``srgb``, ``display-p3``, ``adobe-rgb`` or
            ``prophoto``; see ``read_image``.
        depth: how many bits it is made in, 8 or 16, or ``float``; the plate's without it.
        device: what the networks run on; see ``Compositor``.
        weights: ``fast`` or ``open``; see ``Compositor``.
        look: the colors are matched to this place in the plate's stead: a picture, ``Cues``, a file of them, or several of those
            with their weights.
        reference_mask: white in the part of the plate to which they are matched; a picture.
        lut_in: a table of colors, a .cube file or what ``read_cube`` gives, in place of the harmonizer's answer.
        layers: the result has ``layers`` too, the sheets of an image editor that give it.

    Raises:
        PhotoError, NoPersonError, InputError, DeviceError, MissingExtra: with one sentence each.

    >>> cleanplate.compose("person.jpg", "beach.jpg").save("out.jpg")  # doctest: +SKIP
    """
    compositor = Compositor(device=device, weights=weights)
    table = lut_in if lut_in is None or isinstance(lut_in, Transform) else cube.read(lut_in)
    changes = settings.recolors and table is None
    plate, reference = matched_to(plate, look, reference_mask, space)
    cues = compositor.look(reference, reference_mask) if changes and reference is not None else None
    given = {"alpha": alpha, "keep_mask": keep_mask, "drop_mask": drop_mask}
    masks = {name: each for name, each in given.items() if each is not None}
    read = aside(lambda: {name: inputs.mask(name, each) for name, each in masks.items()})

    def open_plate() -> Plate:
        read()  # one after the other: decoding keeps one core busy, and with the person's two are
        answer = Plate.open(plate, size, space).of_depth(depth)
        if changes and reference is None:
            answer.cues(compositor.harmonizer)  # while the person is looked at
        return answer

    opened = aside(open_plate)
    with waited_for(opened):
        if not inputs.is_file(plate) or any(hasattr(each, "read") for each in (plate, *masks.values())):
            opened()  # read already; or a stream, which may be another's too
        own = all(inputs.is_file(each) for each in (person, plate, *masks.values()))  # then nobody else holds on to their pixels
        return compositor.composed(
            someone(compositor, person, read if masks else None, settings.keep), opened, placement, settings, inplace=own,
            instead=table or cues, layers=layers,
        )  # fmt: skip


def matched_to(
    plate: Picture | Plate, look: Look | None, reference_mask: Picture | None, space: str
) -> tuple[Picture | Plate, Look | None]:
    """The plate, and what the colors are matched to if not to all of it.

    Raises:
        InputError: there are two such.
    """
    if reference_mask is None:
        return plate, look
    if look is not None:
        raise InputError("`look` and `reference_mask` each say what the colors are matched to: give one of them.")
    opened = Plate.open(plate, space=space)  # a stream is read once
    return opened, opened


def someone(
    compositor: Compositor, person: Picture | Cutout, masks: Callable[[], dict[str, FloatArray | None]] | None, keep: Keep
) -> Image | Cutout:
    """Who is composed: cut out by their masks where there are some. Nothing here holds on to their photo meanwhile.

    Args:
        masks: which are read beside the photo, and waited for after it.
    """
    if masks is None:
        return inputs.person(person)
    return compositor.cutout(inputs.person(person), **masks(), keep=keep)


@contextmanager
def waited_for(answer: Callable[[], object]) -> Iterator[None]:
    """Work beside other work, after which nothing of the other goes on: a process that ends while a network loads aborts."""
    try:
        yield
    except Exception:  # not of Ctrl-C: the other may be reading a pipe that nobody feeds
        with suppress(Exception):
            answer()
        raise


def harmonize(
    composite: Picture,
    mask: Picture,
    plate: Picture | Plate | None = None,
    settings: Settings = WHOLE_STRENGTH,
    device: DeviceName = "auto",
    weights: WeightSet = "fast",
) -> Composite:
    """The one-shot door for an existing composite and the mask of its foreground; pictures as for ``compose``.

    Raises:
        PhotoError, InputError, DeviceError, MissingExtra: with one sentence each.
    """
    opened = None if plate is None else Plate.open(plate)
    return Compositor(device=device, weights=weights).harmonize(composite, mask, opened, settings)


def matte(
    person: Picture, device: DeviceName = "auto", *, keep: Keep = "main", keep_mask: Picture | None = None,
    drop_mask: Picture | None = None,
) -> Cutout:  # fmt: skip
    """The one-shot door that only finds the person: in the ``Cutout``, ``alpha`` is the matte, ``to_pil()`` the person cut out.

    A picture whose own alpha cuts somebody out gives that.

    Args:
        person: a photo; pictures as for ``compose``.
        keep, keep_mask, drop_mask: see ``Compositor.cutout``.

    Raises:
        PhotoError, NoPersonError, InputError, DeviceError, MissingExtra: with one sentence each.

    >>> cleanplate.write_alpha(cleanplate.matte("person.jpg").alpha, "alpha.png")  # doctest: +SKIP
    """
    try:
        return Compositor(device=device).cutout(person, keep=keep, keep_mask=keep_mask, drop_mask=drop_mask)
    except NoPersonError as error:  # the advice to give a matte is none to whom asks for one
        raise NoPersonError("No person was found in the photo: use one that shows a person clearly.") from error
