"""What `compose` writes beside the picture, for an editor: its options, checked before any work, and how they are written."""

import dataclasses
import re
import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

import cleanplate
from cleanplate import recipes
from cleanplate.cli.choices import Weighting
from cleanplate.cli.groups import FILES, HANDOFF
from cleanplate.cli.options import STREAM, On, Overwrite, Quiet, machine, source, tell, warn
from cleanplate.composites import Composite
from cleanplate.errors import InputError, OutputError
from cleanplate.files import photos
from cleanplate.handoff import cube, cue_files, recipe_files
from cleanplate.handoff.recipe_files import Made
from cleanplate.models.devices import Device
from cleanplate.settings import Settings
from cleanplate.transforms.tables import USUAL


def of_handoff(*names: str, help: str, **more: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=HANDOFF, **more)


class Knots(StrEnum):  # transforms.tables.KNOTS
    few = "17"
    usual = "33"
    many = "65"


class Compression(StrEnum):  # handoff.exr.COMPRESSIONS
    none = "none"
    rle = "rle"
    zips = "zips"
    zip = "zip"
    piz = "piz"
    pxr24 = "pxr24"
    dwaa = "dwaa"
    dwab = "dwab"


CutoutOut = Annotated[str | None, of_handoff("--cutout-out", metavar="OUT", help="Write the person alone too, with alpha.")]
ForegroundOut = Annotated[str | None, of_handoff("--foreground-out", metavar="OUT", help="Write the person's colors alone too.")]
AlphaOut = Annotated[str | None, of_handoff("--alpha-out", metavar="OUT", help="Write their alpha alone too, as grey.")]
LutOut = Annotated[str | None, of_handoff("--lut-out", metavar="CUBE", help="Write their color change too, as a table (.cube).")]
LutSize = Annotated[Knots, of_handoff("--lut-size", help="Colors along each side of that table.")]
Looks = Annotated[
    list[str] | None,
    of_handoff("--look", metavar="CUES|PHOTO[:WEIGHT]", help="Match their colors to this, not the plate; several: a mixture."),
]
ReferenceMask = Annotated[
    str | None, of_handoff("--reference-mask", metavar="MASK", help="White in the part of the plate that they are matched to.")
]
RecipeIn = Annotated[
    str | None, of_handoff("--recipe", metavar="JSON", help="Make what a recipe says; flags and names that are given win over it.")
]
RecipeOut = Annotated[str | None, of_handoff("--recipe-out", metavar="JSON", help="Write how it was made too.")]
LutIn = Annotated[str | None, of_handoff("--lut-in", metavar="CUBE", help="Change their colors by a table, not by the network.")]
ExrCompression = Annotated[Compression | None, of_handoff("--exr-compression", help="Of an .exr; zip without it.")]


class Beside(NamedTuple):
    """The files that are written beside the picture; None for those that are not asked for."""

    cutout_out: str | None = None
    foreground_out: str | None = None
    alpha_out: str | None = None
    lut_out: str | None = None
    recipe_out: str | None = None
    lut_size: int = USUAL

    @property
    def asked(self) -> dict[str, str]:
        """The names, by what they are asked for by."""
        return {name: each for name, each in self._asdict().items() if isinstance(each, str)}

    @property
    def of_layers(self) -> bool:
        """Whether any of them is made of a composite's layers."""
        return any(each is not None for each in (self.cutout_out, self.foreground_out, self.alpha_out))

    def check(self, out: str, overwrite: bool, inputs: Sequence[str], settings: Settings) -> None:
        """Refuse what can be before any work is done for it.

        Raises:
            OutputError: two of the same name, or see ``photos.check_target``.
            InputError: there will be no color change to write.
        """
        if self.lut_out is not None and not settings.recolors:
            raise InputError("`lut_out` writes the color change, and the colors are left as they are: leave it out.")
        if self.recipe_out is not None and STREAM in inputs:
            raise InputError("`recipe_out` names the pictures, and one comes from stdin: give it as a file.")
        every = [str(Path(each).resolve()) for each in (out, *self.asked.values()) if each != STREAM]
        if len(set(every)) < len(every) or STREAM in self.asked.values():
            raise OutputError("Two of the files to write have the same name, or one besides `out` is stdout: name each.")
        rooms = {self.lut_out: cube, self.recipe_out: recipe_files}
        for name in self.asked.values():
            rooms.get(name, photos).check_target(name, overwrite=overwrite, inputs=inputs)
        if self.cutout_out is not None and photos.WRITABLE[Path(self.cutout_out).suffix.lower()] in ("JPEG", "BMP"):
            raise OutputError(f"{self.cutout_out} cannot hold the person's alpha: give a .png or .tif.")

    def write(self, composite: Composite, made: Made, *, overwrite: bool, quiet: bool) -> None:
        """Write them all."""
        if self.recipe_out is not None:
            found = composite.image.size, composite.box
            recipe_files.write(made, found, cleanplate.__version__, self.recipe_out, overwrite=overwrite)
        if composite.layers is not None and self.of_layers:
            alone, said = composite.layers.cutout(), composite.cutout_labels(made.form.get("metadata", "copyright"))
            if self.cutout_out is not None:
                cleanplate.write_image(alone, self.cutout_out, overwrite=overwrite, labels=said)
            if self.foreground_out is not None:
                colors = dataclasses.replace(alone, alpha=None)
                cleanplate.write_image(colors, self.foreground_out, overwrite=overwrite, labels=said)
            if self.alpha_out is not None and alone.alpha is not None:
                deep = alone.pixels.dtype.itemsize == 2 and photos.WRITABLE[Path(self.alpha_out).suffix.lower()] in ("PNG", "TIFF")
                cleanplate.write_alpha(alone.alpha, self.alpha_out, depth=16 if deep else 8, overwrite=overwrite)
        if self.lut_out is not None:
            table = composite.table(self.lut_size)
            cube.write(table.transform, self.lut_out, overwrite=overwrite)
            warn([] if quiet else [table.said])


def check_films(beside: Beside, **others: object) -> None:
    """Refuse what goes with pictures only.

    Raises:
        InputError: it was asked for.
    """
    named = [*(f"`{name}`" for name in beside.asked), *(f"`{name}`" for name, value in others.items() if value)]
    if named:
        raise InputError(f"{named[0]} goes with pictures, and a video was given: leave it out.")


def asked(context: typer.Context, file: str | None, flags: Mapping[str, Any], made: Made) -> Made:
    """What is to be made: by the flags, or by a recipe but for what was said beside it.

    Args:
        flags: all fields of a recipe, by name, as the command line has them.
        made: the rest of what it says: files by name, looks, and the form of the file.

    Raises:
        InputError: a field is out of its bounds, or see ``recipe_files.read``; nobody or no place is named.
    """
    fields = {name: getattr(value, "value", value) for name, value in flags.items()}
    fields["size"] = None if flags["size"] is None else "{1}x{0}".format(*flags["size"])
    if file is not None:
        held = recipe_files.read(file, cleanplate.__version__, [*made.files, *(["look"] if made.looks else [])])
        fields = recipes.to_fields(held.recipe, all_fields=True) | {name: fields[name] for name in fields if is_said(context, name)}
        files, form = {**held.files, **made.files}, {**held.form, **made.form}
        made = Made(made.recipe, files, made.looks or held.looks, form, held.warnings)
    if not {"person", "plate"} <= set(made.files):
        raise InputError("PERSON and PLATE are missing: name two pictures, or a `recipe` that does.")
    return made._replace(recipe=recipes.from_fields(fields))


def is_said(context: typer.Context, name: str) -> bool:
    """Whether an argument was given, and is not as it is without asking."""
    return getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"  # of click's class, or of typer's copy of it


def weighted(looks: Sequence[str] | None) -> list[tuple[str, float]] | None:
    """Looks as they are given, ``NAME`` or ``NAME:WEIGHT``; a file whose own name ends so is taken as it is.

    >>> weighted(["evening.jpg:0.25", "snow.cues"])
    [('evening.jpg', 0.25), ('snow.cues', 1.0)]
    """
    answer = list[tuple[str, float]]()
    for each in looks or ():
        found = None if Path(each).exists() else re.fullmatch(r"(.+):(\d+\.?\d*|\.\d+)", each)
        answer.append((found[1], float(found[2])) if found else (each, 1.0))
    return answer or None


def cues(
    plate: Annotated[str, typer.Argument(metavar="PLATE", help="The place whose look to keep; - for stdin.")],
    out: Annotated[str, typer.Option("--out", "-o", metavar="CUES", help="File to write, named .cues.", rich_help_panel=FILES)],
    reference_mask: ReferenceMask = None,
    device: On = Device.auto,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Write what the network knows of a place, to match people to it elsewhere by --look.

    Numbers alone, and the place as a picture of 128 x 128 that the network is shown.
    """
    start = time.perf_counter()
    given = [each for each in (plate, reference_mask) if each is not None and each != STREAM]
    cue_files.check_target(out, overwrite=overwrite, inputs=given)
    mask = None if reference_mask is None else source(reference_mask)
    found = cleanplate.Compositor(device=machine(device, Weighting.fast)["device"]).look(source(plate), mask)
    cue_files.write(found, out, overwrite=overwrite, inputs=given)
    tell(quiet, out, {}, start)
