"""The command line: arguments -> one call -> exit code.

Data goes to stdout, words to stderr. Exit codes: 0 done, 2 usage or refused input, 3 the installation lacks something
(weights, an extra), 130 interrupted, 141 the reader of stdout went away.
"""

import dataclasses
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

import cleanplate
from cleanplate import networks, photos
from cleanplate.devices import Device
from cleanplate.errors import CleanplateError, InputError, MissingExtra, OutputError
from cleanplate.types import Placement, Settings, Size

STREAM = "-"  # stdin as an input, stdout as an output
EXTRA = {"torch", "onnx", "onnxscript", "tensorboard"}  # what `pip install cleanplate[train]` brings

app = typer.Typer(
    help="Put a person into a new photograph so that it looks taken there.",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, the process's own without ``arguments``, and answer with its exit code."""
    try:
        app(args=arguments, prog_name="cleanplate")
    except SystemExit as stop:  # typer's own way to end, done or refused
        return stop.code if isinstance(stop.code, int) else 0
    except CleanplateError as error:
        if isinstance(error.__cause__, BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the last flush would complain
            return 141  # what a shell says of a process that SIGPIPE ended
        print(f"cleanplate: {error}", file=sys.stderr)
        return error.exit_code
    return 0


# ---- what several commands share -----------------------------------------------------------------------------------


def source(name: str) -> str | BinaryIO:
    """A file's name, or stdin."""
    return sys.stdin.buffer if name == STREAM else name


def checked(out: str, kind: str | None, overwrite: bool, *inputs: str | None, quality: int = 95) -> dict[str, Any]:
    """What ``photos.write_image`` and ``write_alpha`` are told; here all is refused that can be before any work is done.

    Raises:
        InputError: two inputs from stdin, a format beside a file name.
        OutputError: an unknown format, or see ``photos.check_target``.
    """
    given = [each for each in inputs if each is not None]
    files = [each for each in given if each != STREAM]
    if len(given) - len(files) > 1:
        raise InputError("Only one input can come from stdin (-): give the others as files.")
    told = {"overwrite": overwrite, "inputs": files, "quality": quality}
    if out == STREAM:
        kind = kind or "png"
        if f".{kind}" not in photos.WRITABLE:
            raise OutputError(f"There is no format {kind} to write: give one of {', '.join(photos.WRITABLE).replace('.', '')}.")
        return told | {"target": sys.stdout.buffer, "format": kind}
    if kind is not None:
        raise InputError("--format goes with -o - only: the suffix of a file tells its format.")
    photos.check_target(out, overwrite=overwrite, inputs=files)
    return told | {"target": out}


@contextmanager
def printing() -> Iterator[None]:
    """What is written to stdout inside reaches its reader, or the command ends quietly because that one went away."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise OutputError("The reader of stdout went away.") from error


def tell(quiet: bool, out: str, seconds: dict[str, float], start: float) -> None:
    """One line for each stage and one for the whole, on stderr."""
    if not quiet:
        for stage, took in seconds.items():
            print(f"{stage:<10}{took:7.2f} s", file=sys.stderr)
        print(f"{'in all':<10}{time.perf_counter() - start:7.2f} s  -> {'stdout' if out == STREAM else out}", file=sys.stderr)


def parse_size(text: str) -> Size:
    """Width x height as people write it -> (height, width).

    >>> parse_size("1920x1080")
    (1080, 1920)
    """
    found = re.fullmatch(r"([1-9]\d{0,5})[xX]([1-9]\d{0,5})", text)
    if found is None:
        raise typer.BadParameter(f"{text} is no size: give width and height in pixels, such as 1920x1080.")
    width, height = int(found[1]), int(found[2])
    if width * height > photos.PIXEL_LIMIT:
        raise typer.BadParameter(f"{text} has more than {photos.PIXEL_LIMIT / 1e6:g} million pixels: ask for fewer.")
    return height, width


@contextmanager
def training_extra() -> Iterator[None]:
    """A missing package of the extra ``train`` becomes the sentence that says how to install it."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRA:
            raise
        raise MissingExtra(package, "train") from error


Out = Annotated[str, typer.Option("--out", "-o", metavar="OUT", help="Picture to write; - for stdout.")]
Kind = Annotated[str | None, typer.Option("--format", metavar="png|jpg|...", help="Format on stdout; png without it.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.")]
Quality = Annotated[int, typer.Option(min=1, max=100, help="Of JPEG, WebP and AVIF.")]
Strength = Annotated[float, typer.Option(metavar="0..1", help="How much of the harmonization is applied.")]
On = Annotated[Device, typer.Option("--device", help="What the networks run on.")]
Data = Annotated[Path, typer.Option(exists=True, file_okay=False, help="Folder of training pictures, or a written set.")]


# ---- pictures ------------------------------------------------------------------------------------------------------


@app.command()
def compose(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Photo of a person, or a cutout with alpha; - for stdin.")],
    plate: Annotated[str, typer.Argument(metavar="PLATE", help="The new background; - for stdin.")],
    out: Out,
    alpha: Annotated[str | None, typer.Option(metavar="MATTE", help="The person's matte, in place of a found one.")] = None,
    size: Annotated[Any, typer.Option(parser=parse_size, metavar="WxH", help="Cut the plate to fill this size.")] = None,
    height: Annotated[float | None, typer.Option(help="The person's height as a fraction of the plate's.")] = None,
    x: Annotated[float | None, typer.Option("--x", help="Where the foot point is, 0 left to 1 right.")] = None,
    y: Annotated[float | None, typer.Option("--y", help="Where the foot point is, 0 top to 1 bottom.")] = None,
    strength: Strength = 1.0,
    blend: Annotated[bool, typer.Option("--blend/--no-blend", help="Correct the edge by the blending network.")] = True,
    harmonize: Annotated[bool, typer.Option("--harmonize/--no-harmonize", help="Match the colors to the plate's.")] = True,
    kind: Kind = None,
    quality: Quality = 95,
    device: On = Device.auto,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Put the person of one photo into another."""
    start = time.perf_counter()
    told = checked(out, kind, overwrite, person, plate, alpha, quality=quality)
    matte = None if alpha is None else source(alpha)
    placement, settings = Placement(height, x, y), Settings(strength, blend, harmonize)
    composite = cleanplate.compose(
        source(person), source(plate), alpha=matte, size=size, placement=placement, settings=settings, device=device
    )
    with printing():
        cleanplate.write_image(composite.image, **told)
    tell(quiet, out, composite.seconds, start)


@app.command()
def harmonize(
    composite: Annotated[str, typer.Argument(metavar="COMPOSITE", help="A cut-and-paste picture; - for stdin.")],
    mask: Annotated[str, typer.Argument(metavar="MASK", help="White where its foreground is; - for stdin.")],
    out: Out,
    plate: Annotated[str | None, typer.Option(metavar="PLATE", help="The complete background, where there is one.")] = None,
    strength: Strength = 1.0,
    kind: Kind = None,
    quality: Quality = 95,
    device: On = Device.auto,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Match a composite's foreground to its background."""
    start = time.perf_counter()
    told = checked(out, kind, overwrite, composite, mask, plate, quality=quality)
    behind = None if plate is None else source(plate)
    answer = cleanplate.harmonize(source(composite), source(mask), behind, Settings(strength), device)
    with printing():
        cleanplate.write_image(answer.image, **told)
    tell(quiet, out, answer.seconds, start)


@app.command()
def matte(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Photo of a person; - for stdin.")],
    out: Out,
    kind: Kind = None,
    device: On = Device.auto,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Write where the person is, as a picture.

    White inside, black outside, soft between. A photo with alpha gives its own.
    """
    start = time.perf_counter()
    told = checked(out, kind, overwrite, person)
    cutout = cleanplate.Compositor(device=device).cutout(cleanplate.read_image(source(person)))
    with printing():
        cleanplate.write_alpha(cutout.alpha, **told)
    tell(quiet, out, {}, start)


@app.command()
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


# ---- training (extra `train`; imported where it is used) -----------------------------------------------------------


class Split(StrEnum):
    validation = "validation"
    train = "train"
    all = "all"


class Stage(StrEnum):
    harmonize = "harmonize"
    blend = "blend"


class Measure(StrEnum):  # names of training.conventions, written out so that --help imports nothing of training
    ours = "ours"
    dovenet = "dovenet"
    idih = "idih"
    rainnet = "rainnet"
    pctnet = "pctnet"


@app.command()
def evaluate(
    data: Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="Folder of pictures as for training.")] = None,
    iharmony4: Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="An iHarmony4 tree in its place.")] = None,
    split: Annotated[Split, typer.Option(help="Which of the pictures of --data.")] = Split.validation,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many pictures of each kind.")] = None,
    json_file: Annotated[str | None, typer.Option("--json", metavar="FILE", help="JSON too; - for it alone on stdout.")] = None,
    report: Annotated[Path | None, typer.Option(metavar="FOLDER", help="A page with pictures, worst cases first.")] = None,
    convention: Annotated[Measure, typer.Option(help="How harmonization is measured: as whose code.")] = Measure.ours,
    weights: Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="Exported graphs to measure instead.")] = None,
    slow: Annotated[bool, typer.Option("--slow", help="Closed-form matting too; needs the extra bench.")] = False,
    full_size: Annotated[bool, typer.Option("--full-size", help="iHarmony4 at its own size too.")] = False,
    overwrite: Overwrite = False,
) -> None:
    """Measure the shipped weights, or candidates for them.

    And the classical methods beside them, on pictures never trained on; tables go to stdout.
    """
    path = Path(json_file) if json_file not in (None, STREAM) else None
    if path and ((path.exists() and not overwrite) or not path.absolute().parent.is_dir()):
        raise OutputError(f"{path} exists already or has no folder: choose another name or allow overwriting.")
    if data is not None and iharmony4 is None and not full_size:
        result = measured(data, split.value, limit, convention.value, weights, slow, report, overwrite)
    elif data is None and iharmony4 is not None and report is None and not slow:
        result = measured_on_iharmony4(iharmony4, limit, convention.value, weights, full_size)
    else:
        raise InputError("Give --data DATA (--report and --slow go with it) or --iharmony4 TREE (and --full-size), not both.")
    from cleanplate.training import tables

    text = json.dumps(result, indent=2)
    if path:
        path.write_text(text + "\n")
    with printing():
        print(text if json_file == STREAM else tables.table(result))


def measured(
    data: Path, split: str, limit: int | None, convention: str, weights: Path | None, slow: bool, page: Path | None, overwrite: bool
) -> dict[str, Any]:
    """The tables of a data folder; the page is written where one is asked for."""
    with training_extra():
        from cleanplate.training import baselines, candidates, report
        from cleanplate.training import evaluate as room
    if page:
        report.check(page, overwrite)
    gallery = report.Gallery() if page else None
    compositor = candidates.compositor(weights) if weights else None
    extras = room.Extras(blends=baselines.SLOW if slow else None, gallery=gallery)
    result = room.run(data, split, limit, compositor, convention, extras)
    if page and gallery:
        report.write(result, gallery, page, overwrite)
    return result


def measured_on_iharmony4(tree: Path, limit: int | None, convention: str, weights: Path | None, full_size: bool) -> dict[str, Any]:
    """The standard table of an iHarmony4 tree."""
    with training_extra():
        from cleanplate.training import candidates, iharmony4
    return iharmony4.run(tree, limit, candidates.compositor(weights) if weights else None, convention, full_size)


class Layout(StrEnum):
    auto = "auto"
    cleanplate = "cleanplate"
    ppr10k = "ppr10k"
    matting = "matting"


class Part(StrEnum):
    train = "train"
    validation = "validation"
    test = "test"


class Expert(StrEnum):
    a = "a"
    b = "b"
    c = "c"


@app.command()
def synthesize(
    stage: Annotated[Stage, typer.Argument(help="The network that the set is for.")],
    tree: Annotated[Path, typer.Option("--from", metavar="TREE", help="Folder of training pictures in a known layout.")],
    out: Annotated[Path, typer.Option("--out", "-o", file_okay=False, help="Folder for the set; a broken-off set goes on.")],
    count: Annotated[int, typer.Option(min=1, help="Samples; the paper's blending set has 45000, 200 and 900.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
    size: Annotated[int | None, typer.Option(min=64, max=2048, help="Long side in pixels; 256 to harmonize, 512 to blend.")] = None,
    split: Annotated[Part, typer.Option(help="People and places of this part only.")] = Part.train,
    layout: Annotated[Layout, typer.Option(help="How the tree is laid out.")] = Layout.auto,
    expert: Annotated[Expert, typer.Option(help="Whose retouching of PPR10K.")] = Expert.a,
    overwrite: Overwrite = False,
) -> None:
    """Write a set of samples that can be looked at.

    Pictures as PNG, a manifest and a contact sheet. Prints the manifest's path.
    """
    from cleanplate.training import synthesize as room

    manifest = room.run(stage.value, tree, out, count, seed, size, split.value, layout.value, expert.value, overwrite)
    with printing():
        print(manifest)


@app.command()
def train(
    stage: Annotated[Stage, typer.Argument(help="The network to train.")],
    data: Data,
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder for checkpoints and log; a run in it goes on.")],
    config: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="TOML; see configs/.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="In place of the configuration's.")] = None,
    held_out: Annotated[Path | None, typer.Option(metavar="SET", help="What to validate on where DATA is a written set.")] = None,
    init: Annotated[str | None, typer.Option(metavar="FILE", help="Start from the averaged weights of this checkpoint.")] = None,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Write events for TensorBoard too.")] = False,
) -> None:
    """Train a network, or go on with it.

    A run that was stopped goes on from its last checkpoint. Prints the path of the best one. Several processes share the work when
    torchrun starts them: torchrun --nproc-per-node 2 -m cleanplate train ...
    """
    with training_extra():
        from cleanplate.training import train as room
    best = room.run(stage.value, data, out, config, steps, held_out, init=init, tensorboard=tensorboard or None)
    if os.environ.get("RANK", "0") == "0":  # of torchrun's processes the first speaks
        with printing():
            print(best)


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A best.pt of `train`.")],
    out: Annotated[Path, typer.Option("--out", "-o", file_okay=False, help="Folder for the ONNX files.")],
) -> None:
    """Turn a checkpoint into ONNX files.

    They are compared with torch before they are written. Prints their paths.
    """
    with training_extra():
        from cleanplate.training import export as room
        written = room.run(checkpoint, out)  # torch's exporter imports onnxscript only when it runs
    with printing():
        print(*written, sep="\n")


def print_version(asked: bool) -> None:
    if asked:
        print(f"cleanplate {cleanplate.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", is_eager=True, callback=print_version, help="Print it and stop.")] = False,
) -> None:
    """Put a person into a new photograph so that it looks taken there."""
