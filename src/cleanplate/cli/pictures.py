"""The commands on pictures and videos."""

import time
from typing import Annotated, Any

import typer

import cleanplate
from cleanplate import recipes
from cleanplate.cli import composing, handoff, video
from cleanplate.cli.choices import Carried, Kept, Marked, Packing, PlacingFit, Weighting, parse_size
from cleanplate.cli.groups import LOOK, PLACE
from cleanplate.cli.options import (
    Aperture,
    C2paCert,
    C2paKey,
    Compression,
    Defocus,
    Depth,
    Edge,
    Exposure,
    Flip,
    Grain,
    Hair,
    Kind,
    LightFrom,
    Mark,
    Metadata,
    On,
    Out,
    Overwrite,
    Painted,
    PictureOut,
    Quality,
    Quiet,
    Rotate,
    Shadow,
    Soften,
    Space,
    Stand,
    Strength,
    Unwanted,
    Warmth,
    Weights,
    Who,
    Wrap,
    check_room,
    checked,
    machine,
    source,
    tell,
    warn,
)
from cleanplate.cli.streams import printing
from cleanplate.errors import InputError
from cleanplate.handoff.recipe_files import Made
from cleanplate.models.devices import Device
from cleanplate.recipes import Recipe
from cleanplate.settings import Settings, words

Size = Annotated[
    Any, typer.Option(parser=parse_size, metavar="WxH", help=recipes.SIZE_WORDS, rich_help_panel=PLACE)
]
Height = Annotated[float | None, typer.Option(help=words("height"), rich_help_panel=PLACE)]
Across = Annotated[float | None, typer.Option("--x", help=words("x"), rich_help_panel=PLACE)]
Down = Annotated[float | None, typer.Option("--y", help=words("y"), rich_help_panel=PLACE)]
Blend = Annotated[bool, typer.Option("--blend/--no-blend", help=words("blend"), rich_help_panel=LOOK)]
Harmonize = Annotated[
    bool, typer.Option("--harmonize/--no-harmonize", help=words("harmonize"), rich_help_panel=LOOK)
]
Matte = Annotated[
    str | None, typer.Option(metavar="MATTE", help="The person's matte, in place of a found one.", rich_help_panel=LOOK)
]


def compose(
    context: typer.Context,
    out: Out,
    person: Annotated[
        str | None, typer.Argument(metavar="PERSON", help="Photo or video of a person, or a cutout with alpha; - stdin.")
    ] = None,
    plate: Annotated[str | None, typer.Argument(metavar="PLATE", help="The new background, photo or video; - for stdin.")] = None,
    alpha: Matte = None,
    keep: Who = Kept.main,
    keep_mask: Painted = None,
    drop_mask: Unwanted = None,
    size: Size = None,
    height: Height = None,
    x: Across = None,
    y: Down = None,
    fit: Stand = PlacingFit.auto,
    rotate: Rotate = 0.0,
    flip: Flip = False,
    strength: Strength = 1.0,
    exposure: Exposure = 0.0,
    warmth: Warmth = 0.0,
    wrap: Wrap = 0.0,
    shadow: Shadow = 1.0,
    light: LightFrom = None,
    defocus: Defocus = 0.0,
    aperture: Aperture = 0.0,
    grain: Grain = 0.0,
    soften: Soften = 0.0,
    clean_hair: Hair = 0.0,
    edge: Edge = 0.0,
    blend: Blend = True,
    harmonize: Harmonize = True,
    kind: Kind = None,
    space: Space = None,
    depth: Depth = None,
    compression: Compression = None,
    metadata: Metadata = None,
    mark: Mark = None,
    quality: Annotated[int | None, video.PictureQuality] = None,
    film_quality: video.FilmQuality = None,
    plate_fit: video.PlateFit = None,
    sound: video.Keep = None,
    start: video.Start = None,
    end: video.End = None,
    salvage: video.Salvage = None,
    codec: video.CodecName = None,
    crf: video.Crf = None,
    pix_fmt: video.PixFmt = None,
    cutout: video.CutoutFlag = None,
    cutout_out: handoff.CutoutOut = None,
    foreground_out: handoff.ForegroundOut = None,
    alpha_out: handoff.AlphaOut = None,
    lut_out: handoff.LutOut = None,
    lut_size: handoff.LutSize = handoff.Knots.usual,
    lut_in: handoff.LutIn = None,
    look: handoff.Looks = None,
    reference_mask: handoff.ReferenceMask = None,
    recipe: handoff.RecipeIn = None,
    recipe_out: handoff.RecipeOut = None,
    exr_compression: handoff.ExrCompression = None,
    c2pa_cert: C2paCert = None,
    c2pa_key: C2paKey = None,
    progress: video.Tell = None,
    device: On = Device.auto,
    weights: Weights = Weighting.fast,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Put the person of one photo into another; either may be a video.

    A filmed person stands in the plate as in their own picture unless a place is asked for. A video's times and sound are kept.
    """
    begin = time.perf_counter()
    flags = {
        "height": height, "x": x, "y": y, "fit": fit, "strength": strength, "blend": blend, "harmonize": harmonize, "keep": keep,
        "wrap": wrap, "shadow": shadow, "light": light, "defocus": defocus, "aperture": aperture,
        "grain": grain, "soften": soften,
        "exposure": exposure, "warmth": warmth, "edge": edge, "clean_hair": clean_hair, "rotate": rotate, "flip": flip,
        "size": size, "weights": weights,
    }  # fmt: skip
    named = {
        "person": person, "plate": plate, "alpha": alpha, "keep_mask": keep_mask, "drop_mask": drop_mask,
        "reference_mask": reference_mask, "lut_in": lut_in,
    }  # fmt: skip
    files = {name: each for name, each in named.items() if each is not None}
    form = {
        "quality": quality, "depth": depth, "space": space, "compression": compression, "metadata": metadata, "mark": mark,
        "exr_compression": exr_compression,
    }  # fmt: skip
    told = {name: getattr(each, "value", each) for name, each in form.items() if each is not None}
    made = handoff.asked(context, recipe, flags, Made(Recipe(), files, handoff.weighted(look) or (), told))
    given = {
        "film_quality": film_quality, "plate_fit": plate_fit, "sound": sound, "start": start, "end": end, "salvage": salvage,
        "codec": codec, "crf": crf, "pix_fmt": pix_fmt, "cutout": cutout,
    }  # fmt: skip
    beside = handoff.Beside(cutout_out, foreground_out, alpha_out, lut_out, recipe_out, int(lut_size))
    person, plate = made.files["person"], made.files["plate"]
    if video.wanted(person, plate):
        of_pictures = {"look": look, "reference_mask": reference_mask, "lut_in": lut_in, "recipe": recipe}
        handoff.check_films(beside, **of_pictures, exr_compression=exr_compression)
        if keep_mask or drop_mask:
            raise InputError("--keep-mask and --drop-mask go with pictures, and a video was given: leave them out.")
        check_no_film(space=space, depth=depth, compression=compression, metadata=metadata, mark=mark, c2pa_cert=c2pa_cert)
        how, networks = (made.recipe.placement, made.recipe.settings), machine(device, weights)
        video.run(person, plate, out, alpha, size, *how, quality, kind, overwrite, quiet, progress, given, networks)
        return
    video.check_pictures(out, given, person, plate)
    composing.compose(made, beside, composing.Output(out, kind, overwrite, quiet, c2pa_cert, c2pa_key), device, begin)


def check_no_film(**given: Any) -> None:
    """Raise InputError for what goes with pictures alone."""
    named = [name for name, value in given.items() if value is not None]
    if named:
        raise InputError(f"--{named[0].replace('_', '-')} goes with pictures, and a video was given: leave it out.")


def harmonize(
    composite: Annotated[str, typer.Argument(metavar="COMPOSITE", help="A cut-and-paste picture; - for stdin.")],
    mask: Annotated[str, typer.Argument(metavar="MASK", help="White where its foreground is; - for stdin.")],
    out: PictureOut,
    plate: Annotated[str | None, typer.Option(metavar="PLATE", help="The complete background, where there is one.")] = None,
    strength: Strength = 1.0,
    exposure: Exposure = 0.0,
    warmth: Warmth = 0.0,
    kind: Kind = None,
    quality: Quality = 95,
    depth: Depth = None,
    compression: Compression = None,
    metadata: Metadata = None,
    mark: Mark = None,
    device: On = Device.auto,
    weights: Weights = Weighting.fast,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Match a composite's foreground to its background.

    Writes the composite again, of its own size, with other colors where the mask is white, and nowhere else.
    """
    start = time.perf_counter()
    form: dict[str, Any] = {"quality": quality, "depth": depth, "compression": (compression or Packing.deflate).value}
    told = checked(out, kind, overwrite, composite, mask, plate, **form)
    check_room(told, composite)
    given = source(composite), source(mask), None if plate is None else source(plate)
    answer = cleanplate.harmonize(*given, Settings(strength, exposure=exposure, warmth=warmth), **machine(device, weights))
    labels = answer.labels((metadata or Carried.copyright).value, (mark or Marked.composite).value)
    with printing():
        cleanplate.write_image(answer.image, **told, labels=labels)
    tell(quiet, out, answer.seconds, start)


def matte(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Photo of a person; - for stdin.")],
    out: PictureOut,
    keep: Who = Kept.main,
    keep_mask: Painted = None,
    drop_mask: Unwanted = None,
    kind: Kind = None,
    device: On = Device.auto,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Write where the person is, as a picture.

    Writes a grey picture of the photo's size: white inside the person, black outside, soft between. A photo whose own alpha cuts
    somebody out gives that.
    """
    start = time.perf_counter()
    told = checked(out, kind, overwrite, person, keep_mask, drop_mask)
    check_room(told, person)
    masks = {"keep_mask": keep_mask, "drop_mask": drop_mask}
    painted = {name: source(each) for name, each in masks.items() if each is not None}
    cutout = cleanplate.matte(source(person), machine(device, Weighting.fast)["device"], keep=keep.value, **painted)
    warn(cutout.warnings)
    with printing():
        cleanplate.write_alpha(cutout.alpha, **told)
    tell(quiet, out, {}, start)
