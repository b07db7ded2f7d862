"""The commands on pictures and videos, and the list of weights."""

import dataclasses
import json
import time
from typing import Annotated, Any

import typer

import cleanplate
from cleanplate import networks
from cleanplate.cli import video
from cleanplate.cli.options import (
    Kept,
    Kind,
    On,
    Out,
    Overwrite,
    Painted,
    PlacingFit,
    Quality,
    Quiet,
    Stand,
    Strength,
    Unwanted,
    Weights,
    WeightSet,
    Who,
    Wrap,
    caution,
    checked,
    parse_size,
    printing,
    source,
    tell,
)
from cleanplate.compositor import Compositor
from cleanplate.devices import Device
from cleanplate.errors import InputError
from cleanplate.types import Placement, Settings


def compose(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Photo or video of a person, or a cutout with alpha; - stdin.")],
    plate: Annotated[str, typer.Argument(metavar="PLATE", help="The new background, photo or video; - for stdin.")],
    out: Out,
    alpha: Annotated[str | None, typer.Option(metavar="MATTE", help="The person's matte, in place of a found one.")] = None,
    keep: Who = Kept.main,
    keep_mask: Painted = None,
    drop_mask: Unwanted = None,
    size: Annotated[Any, typer.Option(parser=parse_size, metavar="WxH", help="Cut the plate to fill this size.")] = None,
    height: Annotated[float | None, typer.Option(help="The person's height as a fraction of the plate's.")] = None,
    x: Annotated[float | None, typer.Option("--x", help="Where the foot point is, 0 left to 1 right.")] = None,
    y: Annotated[float | None, typer.Option("--y", help="Where the foot point is, 0 top to 1 bottom.")] = None,
    fit: Stand = PlacingFit.auto,
    strength: Strength = 1.0,
    wrap: Wrap = 0.0,
    blend: Annotated[bool, typer.Option("--blend/--no-blend", help="Correct the edge by the blending network.")] = True,
    harmonize: Annotated[bool, typer.Option("--harmonize/--no-harmonize", help="Match the colors to the plate's.")] = True,
    kind: Kind = None,
    quality: video.QualityName = None,
    plate_fit: video.PlateFit = None,
    sound: video.Keep = None,
    start: video.Start = None,
    end: video.End = None,
    salvage: video.Salvage = None,
    codec: video.CodecName = None,
    crf: video.Crf = None,
    pix_fmt: video.PixFmt = None,
    cutout: video.CutoutFlag = None,
    progress: video.Tell = None,
    device: On = Device.auto,
    weights: Weights = WeightSet.fast,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Put the person of one photo into another; either may be a video.

    A filmed person stands in the plate as in their own picture unless a place is asked for. A video's times and sound are kept.
    """
    begin = time.perf_counter()
    placement, settings = Placement(height, x, y, fit.value), Settings(strength, blend, harmonize, keep.value, wrap)
    given = {
        "plate_fit": plate_fit, "sound": sound, "start": start, "end": end, "salvage": salvage, "codec": codec, "crf": crf,
        "pix_fmt": pix_fmt, "cutout": cutout,
    }  # fmt: skip
    if video.wanted(person, plate):
        if keep_mask or drop_mask:
            raise InputError("--keep-mask and --drop-mask go with pictures, and a video was given: leave them out.")
        made = Compositor(device=device, weights=weights)
        video.run(person, plate, out, alpha, size, placement, settings, quality, kind, overwrite, quiet, progress, given, made)
        return
    video.check_pictures(out, quality, given)
    told = checked(out, kind, overwrite, person, plate, alpha, keep_mask, drop_mask, quality=quality or 95)
    matte, painted, unwanted = (None if each is None else source(each) for each in (alpha, keep_mask, drop_mask))
    composite = cleanplate.compose(
        source(person), source(plate), alpha=matte, size=size, placement=placement, settings=settings,
        device=device, weights=weights, keep_mask=painted, drop_mask=unwanted,
    )  # fmt: skip
    with printing():
        cleanplate.write_image(composite.image, **told)
    caution(composite.warnings)
    tell(quiet, out, composite.seconds, begin)


def harmonize(
    composite: Annotated[str, typer.Argument(metavar="COMPOSITE", help="A cut-and-paste picture; - for stdin.")],
    mask: Annotated[str, typer.Argument(metavar="MASK", help="White where its foreground is; - for stdin.")],
    out: Out,
    plate: Annotated[str | None, typer.Option(metavar="PLATE", help="The complete background, where there is one.")] = None,
    strength: Strength = 1.0,
    kind: Kind = None,
    quality: Quality = 95,
    device: On = Device.auto,
    weights: Weights = WeightSet.fast,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Match a composite's foreground to its background."""
    start = time.perf_counter()
    told = checked(out, kind, overwrite, composite, mask, plate, quality=quality)
    behind = None if plate is None else source(plate)
    answer = cleanplate.harmonize(source(composite), source(mask), behind, Settings(strength), device, weights)
    with printing():
        cleanplate.write_image(answer.image, **told)
    tell(quiet, out, answer.seconds, start)


def matte(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Photo of a person; - for stdin.")],
    out: Out,
    keep: Who = Kept.main,
    keep_mask: Painted = None,
    drop_mask: Unwanted = None,
    kind: Kind = None,
    device: On = Device.auto,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Write where the person is, as a picture.

    White inside, black outside, soft between. A photo with alpha gives its own.
    """
    start = time.perf_counter()
    told = checked(out, kind, overwrite, person, keep_mask, drop_mask)
    photo = cleanplate.read_image(source(person))
    painted, unwanted = (None if each is None else cleanplate.read_alpha(source(each)) for each in (keep_mask, drop_mask))
    cutout = cleanplate.Compositor(device=device).cutout(photo, keep=keep.value, keep_mask=painted, drop_mask=unwanted)
    with printing():
        cleanplate.write_alpha(cutout.alpha, **told)
    caution(cutout.warnings)
    tell(quiet, out, {}, start)


def models(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the weight files.

    What each is for, its license, source, training data, sha256, size and measured quality.
    """
    listed = {name: dataclasses.asdict(model) | {"bytes": model.bytes} for name, model in networks.catalogue().items()}
    with printing():
        if as_json:
            print(json.dumps(listed, indent=2))
        for name, facts in {} if as_json else listed.items():
            print(name)
            print(*(f"  {fact:<12}{value}\n" for fact, value in facts.items() if value and fact != "name"), sep="", end="")
