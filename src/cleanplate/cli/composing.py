"""Two pictures composed, and all written that was asked for."""

from typing import Any, NamedTuple

import cleanplate
from cleanplate.cli.handoff import Beside
from cleanplate.cli.options import Weighting, check_room, checked, machine, source, tell, warn
from cleanplate.cli.streams import printing
from cleanplate.files.atomic import called
from cleanplate.handoff import layered
from cleanplate.handoff.recipe_files import Made
from cleanplate.models.devices import Device

MASKS = "alpha", "keep_mask", "drop_mask", "reference_mask"
USUAL = {  # what files are like without asking
    "quality": 95, "depth": None, "space": "keep", "compression": "deflate", "metadata": "copyright", "mark": "composite",
    "exr_compression": None,
}  # fmt: skip


class Output(NamedTuple):
    """Where the picture goes, as the command line says it."""

    out: str
    kind: str | None
    overwrite: bool
    quiet: bool


def compose(made: Made, beside: Beside, to: Output, device: Device, begin: float) -> None:
    """Compose two pictures, and write what is asked for.

    Args:
        begin: when the command began, for what is said of the time it took.
    """
    recipe, files, layers = made.recipe, made.files, layered.is_layered(to.out, to.kind)
    names = *files.values(), *(name for name, _ in made.looks)
    form: dict[str, Any] = {**USUAL, **made.form}
    written = {name: form[name] for name in ("quality", "depth", "compression")}
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
        if layers and composite.layers is not None:
            layered.write_layers(composite.layers, **told)
        else:
            cleanplate.write_image(composite.image, **told, labels=composite.labels(form["metadata"], form["mark"]))
    tell(to.quiet, to.out, composite.seconds, begin)
