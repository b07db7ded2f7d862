"""Two pictures composed, and all written that was asked for."""

from typing import Any, NamedTuple

import cleanplate
from cleanplate.cli.handoff import Beside
from cleanplate.cli.options import Carried, Marked, Weighting, check_room, checked, machine, source, tell, warn
from cleanplate.cli.streams import printing
from cleanplate.composites import Composite
from cleanplate.files.labels import Labels
from cleanplate.handoff import layered
from cleanplate.handoff.recipe_files import Made
from cleanplate.models.devices import Device

MASKS = "alpha", "keep_mask", "drop_mask", "reference_mask"
USUAL = 95  # of the quality


class Output(NamedTuple):
    """Where the picture goes, as the command line says it."""

    out: str
    kind: str | None
    form: dict[str, Any]
    exr_compression: str | None
    overwrite: bool
    quiet: bool
    metadata: Carried | None
    mark: Marked | None


def labels_of(made: Composite, metadata: Carried | None, mark: Marked | None) -> Labels:
    """What is written into the file beside the picture."""
    return made.labels((metadata or Carried.copyright).value, (mark or Marked.composite).value)


def compose(made: Made, beside: Beside, to: Output, space: str, device: Device, begin: float) -> None:
    """Compose two pictures, and write what is asked for.

    Args:
        space: what the result's colors come in.
        begin: when the command began, for what is said of the time it took.
    """
    recipe, files, layers = made.recipe, made.files, layered.is_layered(to.out, to.kind)
    names = *files.values(), *(name for name, _ in made.looks)
    told = checked(to.out, to.kind, to.overwrite, *names, layers=layers, quality=made.quality or USUAL, **to.form)
    check_room(told, files["plate"], recipe.size)
    beside.check(to.out, to.overwrite, names, recipe.settings)
    told |= layered.check_compression(layered.suffix_of(to.out, to.kind), to.exr_compression)
    masks: dict[str, Any] = {name: source(files[name]) for name in MASKS if name in files}
    composite = cleanplate.compose(
        source(files["person"]), source(files["plate"]), size=recipe.size, placement=recipe.placement, settings=recipe.settings,
        space=space, depth=to.form["depth"], look=list(made.looks) or None, lut_in=files.get("lut_in"),
        layers=layers or beside.of_layers,
        **masks, **machine(device, Weighting(recipe.weights)),
    )  # fmt: skip
    warn((*made.warnings, *composite.warnings))
    beside.write(composite, made, overwrite=to.overwrite, quiet=to.quiet)
    with printing():
        if layers and composite.layers is not None:
            layered.write_layers(composite.layers, **told)
        else:
            cleanplate.write_image(composite.image, **told, labels=labels_of(composite, to.metadata, to.mark))
    tell(to.quiet, to.out, composite.seconds, begin)
