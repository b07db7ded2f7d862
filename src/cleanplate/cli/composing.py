"""Two pictures composed, and all written that was asked for."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import cleanplate
from cleanplate.cli.choices import Weighting
from cleanplate.cli.handoff import Beside
from cleanplate.cli.options import STREAM, check_room, checked, machine, source, tell, warn
from cleanplate.cli.streams import printing
from cleanplate.errors import InputError, OutputError
from cleanplate.files.atomic import called
from cleanplate.files.credentials import Credentials
from cleanplate.handoff import layered
from cleanplate.handoff.recipe_files import Made
from cleanplate.models.devices import Device

MASKS = "alpha", "keep_mask", "drop_mask", "reference_mask"
USUAL = {  # what files are like without asking
    "quality": 95, "depth": None, "space": "keep", "compression": "deflate", "metadata": "copyright", "mark": "composite",
    "exr_compression": None,
}  # fmt: skip


class Output(NamedTuple):
    """Where the picture goes, as the command line says it, and by whose certificate it is signed."""

    out: str
    kind: str | None
    overwrite: bool
    quiet: bool
    c2pa_cert: str | None = None
    c2pa_key: str | None = None

    def credentials(self, files: Mapping[str, str], *, layers: bool) -> Credentials | None:
        """Who signs; None for nobody.

        Raises:
            InputError: one of both files is missing, a picture comes from stdin.
            OutputError: a layered file was asked for.
        """
        if self.c2pa_cert is None and self.c2pa_key is None:
            return None
        if self.c2pa_cert is None or self.c2pa_key is None:
            raise InputError("`c2pa_cert` and `c2pa_key` go together: give both.")
        if STREAM in (files["person"], files["plate"]):
            raise InputError("Content Credentials name the pictures, and one comes from stdin: give it as a file.")
        if layers:
            raise OutputError(f"{called(self.out)} cannot hold Content Credentials: write a picture without layers.")
        return Credentials(self.c2pa_cert, self.c2pa_key, files["plate"], files["person"])

def compose(made: Made, beside: Beside, to: Output, device: Device, begin: float) -> None:
    """Compose two pictures, and write what is asked for.

    Args:
        begin: when the command began, for what is said of the time it took.
    """
    recipe, files, layers = made.recipe, made.files, layered.is_layered(to.out, to.kind)
    names = [*files.values(), *(name for name, _ in made.looks), *filter(None, (to.c2pa_cert, to.c2pa_key))]
    form: dict[str, Any] = {**USUAL, **made.form}
    written = {name: form[name] for name in ("quality", "depth", "compression")}
    written["credentials"] = to.credentials(files, layers=layers)
    told = checked(to.out, to.kind, to.overwrite, *names, layers=layers, **written)
    check_room(told, files["plate"], recipe.size)
    beside.check(to.out, to.overwrite, names, recipe.settings)
    if layers:
        layered.check_depth(layered.suffix_of(to.out, to.kind), form["depth"], called(to.out))
    told |= layered.check_compression(layered.suffix_of(to.out, to.kind), form["exr_compression"])
    masks: dict[str, Any] = {name: source(files[name]) for name in MASKS if name in files}
    composite = cleanplate.compose(
        source(files["person"]), source(files["plate"]), size=recipe.size, placement=recipe.placement, settings=recipe.settings,
        space=form["space"], depth=form["depth"], look=list(made.looks) or None, lut_in=files.get("lut_in"),
        layers=layers or beside.of_layers,
        **masks, **machine(device, Weighting(recipe.weights)),
    )  # fmt: skip
    warn((*made.warnings, *composite.warnings))
    beside.write(composite, made, overwrite=to.overwrite, quiet=to.quiet)
    with printing():
        said = composite.labels(form["metadata"], form["mark"])
        if layers and composite.layers is not None:
            layered.write_layers(composite.layers, **told, labels=said)
        else:
            cleanplate.write_image(composite.image, **told, labels=said)
    tell(to.quiet, to.out, composite.seconds, begin)
