"""The command `batch`: many people in many plates."""

import re
from enum import StrEnum
from typing import Annotated, Any

import typer

from cleanplate.cli import video
from cleanplate.cli.choices import Carried, Kept, Marked, Packing, PlacingFit, Spaces, Weighting, parse_bytes, parse_size
from cleanplate.cli.groups import FILES, MACHINE
from cleanplate.cli.options import (
    Aperture,
    Compression,
    Defocus,
    Depth,
    Edge,
    Exposure,
    Flip,
    Grain,
    Hair,
    LightFrom,
    Mark,
    Metadata,
    On,
    Overwrite,
    Quality,
    Quiet,
    Rotate,
    Shadow,
    Soften,
    Space,
    Stand,
    Strength,
    Warmth,
    Weights,
    Who,
    Wrap,
    warn,
)
from cleanplate.cli.pictures import Across, Blend, Down, Harmonize, Height
from cleanplate.models.devices import Device
from cleanplate.pixels.threads import cores


class Pairing(StrEnum):  # planning.PAIRINGS
    every = "every"
    order = "order"
    name = "name"


class EngineName(StrEnum):  # engines.ENGINES
    local = "local"
    ray = "ray"


def parse_shard(text: str) -> tuple[int, int]:
    """Which part of how many.

    >>> parse_shard("3/8")
    (3, 8)
    """
    found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text)
    if found is None:
        raise typer.BadParameter(f"{text} is no part of anything: give which of how many, such as 3/8.")
    return int(found[1]), int(found[2])


def in_files(*names: str, help: str, **more: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=FILES, **more)


def on_machines(*names: str, help: str, **more: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=MACHINE, **more)


def batch(
    given: Annotated[
        list[str],
        typer.Argument(
            metavar="PEOPLE... PLATES",
            help="Files, folders, patterns in quotes or URLs, the plates last; or a manifest (.csv, .jsonl) with them.",
        ),
    ],
    out: Annotated[str, in_files("--out", "-o", metavar="OUT", help="Folder, or URL such as s3://bucket/out.")],
    pairing: Annotated[Pairing, in_files(help="Every person on every plate, in order, or those of one name.")] = Pairing.every,
    name: Annotated[
        str | None, in_files(metavar="TEMPLATE", help="Of results: '{person.folder}/{person.stem}_{plate.stem}.{ext}'.")
    ] = None,
    kind: Annotated[str, in_files("--format", metavar="jpg|png|...", help="Of pictures.")] = "jpg",
    film_format: Annotated[str, in_files(metavar="mp4|mov|...", help="Of films.")] = "mp4",
    quality: Quality = 95,
    depth: Depth = None,
    compression: Compression = Packing.deflate,
    space: Space = Spaces.keep,
    metadata: Metadata = Carried.copyright,
    mark: Mark = Marked.composite,
    overwrite: Overwrite = False,
    checksum: Annotated[bool, in_files("--checksum", help="Read anew what time and size say did not change.")] = False,
    cache: Annotated[Any, in_files(parser=parse_bytes, metavar="SIZE", help="Disk for cutouts that more plates need.")] = "2GB",
    dry_run: Annotated[bool, in_files("--dry-run", help="Say what would be done, how long and how large, and stop.")] = False,
    watch: Annotated[bool, in_files("--watch", help="Go on with what is added to the folders, until stopped.")] = False,
    size: Annotated[
        Any, typer.Option(parser=parse_size, metavar="WxH", help="Cut each plate to fill this size.", rich_help_panel="Place")
    ] = None,
    height: Height = None,
    x: Across = None,
    y: Down = None,
    fit: Stand = PlacingFit.auto,
    rotate: Rotate = 0.0,
    flip: Flip = False,
    keep: Who = Kept.main,
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
    film_quality: video.FilmQuality = None,
    plate_fit: video.PlateFit = None,
    sound: video.Keep = None,
    crf: video.Crf = None,
    workers: Annotated[int | None, on_machines(min=1, help="Processes; as many as there are cores without it.")] = None,
    timeout: Annotated[
        float, on_machines(min=1, metavar="SECONDS", help="Without a sign of life, until a picture is given up.")
    ] = 300.0,
    shard: Annotated[Any, on_machines(parser=parse_shard, metavar="I/N", help="Do this part alone: 1/8 to 8/8.")] = "1/1",
    claim: Annotated[bool, on_machines("--claim", help="Share OUT with other batches at work: claim each picture first.")] = False,
    engine: Annotated[EngineName, on_machines(help="This machine's processes, or a Ray cluster.")] = EngineName.local,
    address: Annotated[
        str | None, on_machines(metavar="HOST:PORT", help="Of the Ray cluster; one is started here without it.")
    ] = None,
    device: On = Device.auto,
    weights: Weights = Weighting.fast,
    as_json: Annotated[bool, on_machines("--json", help="Tell progress as lines of JSON on stdout.")] = False,
    quiet: Quiet = False,
) -> None:
    """Put many people into many plates; what is done is not done again.

    Each result lies under its own name in OUT, with report.jsonl and report.html. Started again, a batch goes on where it was
    stopped, and makes anew what changed. Exit code 1 if some could not be made.
    """
    from cleanplate.batch import engines, estimates, job, planning, watching  # for which no other command has to wait
    from cleanplate.batch.items import Job
    from cleanplate.batch.planning import Wish
    from cleanplate.cli.batch_words import Words, show

    fields: dict[str, object] = {
        "height": height, "x": x, "y": y, "fit": fit.value, "strength": strength, "blend": blend, "harmonize": harmonize,
        "keep": keep.value, "wrap": wrap, "shadow": shadow, "light": light, "defocus": defocus,
        "aperture": aperture, "grain": grain, "soften": soften,
        "exposure": exposure, "warmth": warmth, "edge": edge, "clean_hair": clean_hair, "rotate": rotate, "flip": flip,
        "size": None if size is None else f"{size[1]}x{size[0]}", "weights": weights.value,
    }  # fmt: skip
    asked = {"quality": film_quality, "plate_fit": plate_fit, "sound": sound, "crf": crf}
    film = {key: value for key, value in asked.items() if value is not None}
    form: dict[str, Any] = {"quality": quality, "depth": depth}
    said = {"compression": compression, "space": space, "metadata": metadata, "mark": mark}
    form |= {key: value.value for key, value in said.items() if value is not None}
    wish = Wish(tuple(given), fields, pairing.value, name, kind, film_format, shard)
    common = Job(
        out, **form, overwrite=overwrite, claim=claim, cache=cache, checksum=checksum, cutouts=engines.cutouts_of(out), film=film,
        device=device.value,
    )  # fmt: skip
    choice = engines.Choice(engine.value, workers or cores(), timeout, address)
    if watch:
        watching.watch(wish, common, choice, Words(quiet, as_json))
        return
    items, left_out = planning.plan(wish, out)
    warn(left_out)
    prepared = job.prepare(common, items, shard)
    if dry_run:
        show(estimates.estimate(prepared, choice.workers), as_json)
        return
    words = Words(quiet, as_json)
    words.begin(prepared)
    summary = job.run(prepared, engines.engine(common, items, choice), words.tell, words.pause)
    words.end(summary, out)
    if job.exit_code(summary):
        raise typer.Exit(1)
