"""What comes back of a picture: which of its parts, in which format, and in which form; checked before anybody works on it."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from cleanplate.errors import InputError
from cleanplate.files import photos
from cleanplate.files.conversion import SPACES
from cleanplate.files.labels import MARKS, METADATA
from cleanplate.files.photos import WRITABLE
from cleanplate.files.tiffs import COMPRESSIONS
from cleanplate.handoff import layered
from cleanplate.handoff.recipe_files import EXR_COMPRESSIONS
from cleanplate.serve.problems import Refused
from cleanplate.serve.wire import Message
from cleanplate.transforms.tables import KNOTS, USUAL
from cleanplate.values import DEPTHS, Depth

if TYPE_CHECKING:  # workers read this room too, and know nothing of requests
    from cleanplate.serve.uploads import Form

TYPES = {
    "JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "TIFF": "image/tiff", "AVIF": "image/avif", "BMP": "image/bmp",
    "HEIF": "image/heic", "JXL": "image/jxl",
}  # fmt: skip
FORMATS = tuple(suffix.lstrip(".") for suffix in WRITABLE)
LAYERED = {
    "psd": "image/vnd.adobe.photoshop", "psb": "image/vnd.adobe.photoshop", "ora": "image/openraster", "exr": "image/x-exr",
}  # fmt: skip
TABLE = "cube"
GIVEN = ("picture", "cutout", "foreground", "alpha", "lut")  # what comes back; the first one without asking
FLAT = ("jpg", "jpeg", "bmp")  # formats without alpha
CHOICES: dict[str, tuple[str, ...]] = {  # the first one without asking
    "space": SPACES, "depth": ("", *map(str, DEPTHS)),
    "compression": ("deflate", *(each for each in COMPRESSIONS if each != "deflate")),
    "metadata": ("copyright", *(each for each in METADATA if each != "copyright")), "mark": MARKS,
}  # fmt: skip
MATCHED = ("strength", "exposure", "warmth")  # fields of a recipe that say how a composite is matched to its own background
WRITTEN = {"format", "quality", "depth", "compression", "metadata", "mark"}
OF_PICTURES = ("quality", "compression", "metadata", "mark")  # not of layers and parts
PARTS = {"give", "exr_compression", "lut_size"}  # of what is composed alone


def media_type(format: str) -> str:
    """What a format is called in HTTP."""
    return "text/plain" if format == TABLE else LAYERED.get(format) or TYPES[WRITABLE["." + format]]


def layered_here() -> list[str]:
    """The layered formats whose libraries are installed."""
    missing = {room for room, (library, _) in layered.LIBRARIES.items() if find_spec(library) is None}
    return [format for format in LAYERED if layered.ROOMS["." + format] not in missing]


def output(form: "Form", otherwise: str) -> Message:
    """The form of a picture that is to come: `format`, `quality`, `space`, `depth`, `compression`, `metadata`, `mark`."""
    kind, quality = said(form, "format", otherwise), said(form, "quality", 95)
    if kind not in FORMATS:
        raise Refused(422, "input", f"There is no `format` {str(kind)[:20]}: give one of {', '.join(FORMATS)}.")
    try:
        number = int(quality)
    except (TypeError, ValueError):
        number = 0
    if not 1 <= number <= 100:
        raise InputError(f"`quality` is a whole number from 1 to 100; {str(quality)[:20]} was given.")
    given = choices(form)
    asked = {"quality": number, "depth": depth_of(given), "compression": given["compression"]}
    photos.check_form(f"The picture.{kind}", None, **asked)  # type: ignore[arg-type]
    return {"format": kind, "form": asked, "space": given["space"], "labels": [given["metadata"], given["mark"]]}


def composed_output(form: "Form") -> Message:
    """The same of what was composed, which may be its layers or a part of it: `give`, `exr_compression`, `lut_size` too."""
    give = str(said(form, "give", GIVEN[0]))
    kind = str(said(form, "format", {"picture": "jpg", "lut": TABLE}.get(give, "png")))
    check_choice("give", give, GIVEN)
    check_choice("format", kind, formats_of(give))
    layers = kind in LAYERED
    if give != "picture" or layers:
        others = [name for name in OF_PICTURES if said(form, name, None) is not None]
        if others:
            raise Refused(422, "input", f"`{others[0]}` goes with the picture, and {give} as {kind} was asked for: leave it out.")
    told = parts(form, give, kind)
    if give == "picture" and not layers:
        return output(form, "jpg") | told
    given = choices(form)
    asked = {"quality": 95, "depth": depth_of(given), "compression": given["compression"]}
    return {"format": kind, "form": asked, "space": given["space"], "labels": [given["metadata"], given["mark"]]} | told


def parts(form: "Form", give: str, kind: str) -> Message:
    """What goes with layers and parts alone."""
    packing, knots = said(form, "exr_compression", None), said(form, "lut_size", None)
    if packing is not None:
        check_choice("exr_compression", str(packing), EXR_COMPRESSIONS)
        layered.check_compression("." + kind, str(packing))
    if knots is not None:
        check_choice("lut_size", str(knots), [str(each) for each in KNOTS])
        if give != "lut":
            raise Refused(422, "input", "`lut_size` goes with `give` lut: leave it out.")
    return {"give": give, "exr_compression": packing, "lut_size": int(knots or USUAL)}


def formats_of(give: str) -> tuple[str, ...]:
    """The formats that something can come in."""
    if give == "lut":
        return (TABLE,)
    if give == "picture":
        return (*FORMATS, *LAYERED)
    return tuple(each for each in FORMATS if give != "cutout" or each not in FLAT)


def check_choice(name: str, value: str, known: Mapping[str, Any] | tuple[str, ...] | list[str]) -> None:
    if value not in known:
        raise Refused(422, "input", f"There is no `{name}` {value[:20]}: give one of {', '.join(known)}.")


def choices(form: "Form") -> dict[str, str]:
    """The fields of ``CHOICES``."""
    given = {name: str(said(form, name, known[0])) for name, known in CHOICES.items()}
    for name, value in given.items():
        if value not in CHOICES[name]:
            raise InputError(f"There is no `{name}` {value[:20]}: give one of {', '.join(filter(None, CHOICES[name]))}.")
    return given


def depth_of(given: dict[str, str]) -> Depth | None:
    return next((each for each in DEPTHS if str(each) == given["depth"]), None)


def said(form: "Form", name: str, otherwise: Any) -> Any:
    """A field's value; what is empty or null was not said."""
    found = form.fields.get(name)
    return otherwise if found is None or found == "" else found
