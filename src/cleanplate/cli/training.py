"""The commands of training, extra `train`: whatever they need of it is imported where it is used."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from cleanplate.cli.choices import parse_bytes
from cleanplate.cli.options import STREAM, Overwrite
from cleanplate.cli.streams import printing
from cleanplate.errors import InputError, MissingExtra, OutputError

EXTRA = {"torch", "onnx", "onnxscript", "tensorboard"}  # what `pip install cleanplate[train]` brings


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


def evaluate(
    data: Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="Folder of pictures as for training.")] = None,
    iharmony4: Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="An iHarmony4 tree in its place.")] = None,
    split: Annotated[Split, typer.Option(help="Which of the pictures of --data.")] = Split.validation,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many pictures of each kind.")] = None,
    json_file: Annotated[str | None, typer.Option("--json", metavar="FILE", help="JSON too; - for it alone on stdout.")] = None,
    report: Annotated[Path | None, typer.Option(metavar="FOLDER", help="A page with pictures, worst cases first.")] = None,
    convention: Annotated[Measure, typer.Option(help="How harmonization is measured: as whose code.")] = Measure.ours,
    candidates: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Exported graphs to measure instead.")
    ] = None,
    slow: Annotated[bool, typer.Option("--slow", help="Closed-form matting too; needs the extra bench.")] = False,
    full_size: Annotated[bool, typer.Option("--full-size", help="iHarmony4 at its own size too.")] = False,
    natural: Annotated[bool, typer.Option("--natural", help="With --data: natural people on natural plates instead.")] = False,
    pack: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Of --natural: where people and mattes are kept.")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Measure the shipped weights, or candidates for them.

    And the classical methods beside them, on pictures never trained on; tables go to stdout.
    """
    path = Path(json_file) if json_file not in (None, STREAM) else None
    if path and ((path.exists() and not overwrite) or not path.absolute().parent.is_dir()):
        raise OutputError(f"{path} exists already or has no folder: choose another name or allow overwriting.")
    if natural and data is not None and iharmony4 is None and not (full_size or slow or report):
        result = measured_in_real_use(data, limit, candidates, pack)
    elif data is not None and iharmony4 is None and not (full_size or natural):
        result = measured(data, split.value, limit, convention.value, candidates, slow, report, overwrite)
    elif data is None and iharmony4 is not None and report is None and not slow:
        result = measured_on_iharmony4(iharmony4, limit, convention.value, candidates, full_size)
    else:
        raise InputError(
            "Give --data DATA (--report and --slow, or --natural, go with it) or --iharmony4 TREE (and --full-size), not both."
        )
    from cleanplate.training.measure import tables

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
        from cleanplate.training.measure import baselines, candidates, report
        from cleanplate.training.measure import evaluate as room
    if page:
        report.check(page, overwrite)
    gallery = report.Gallery() if page else None
    compositor = candidates.compositor(weights) if weights else None
    extras = room.Extras(blends=baselines.SLOW if slow else None, gallery=gallery)
    result = room.run(data, split, limit, compositor, convention, extras)
    if page and gallery:
        report.write(result, gallery, page, overwrite)
    return result


def measured_in_real_use(data: Path, limit: int | None, weights: Path | None, folder: Path | None) -> dict[str, Any]:
    """The tables of natural people on natural plates."""
    with training_extra():
        from cleanplate.compositor import Compositor
        from cleanplate.training.measure import candidates, real_use
    compositor = candidates.compositor(weights) if weights else Compositor()
    with TemporaryDirectory() as scratch:
        return real_use.evaluate(data, limit, compositor.harmonizer, folder or Path(scratch))


def measured_on_iharmony4(tree: Path, limit: int | None, convention: str, weights: Path | None, full_size: bool) -> dict[str, Any]:
    """The standard table of an iHarmony4 tree."""
    with training_extra():
        from cleanplate.training.measure import candidates, iharmony4
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
    from cleanplate.training.samples import synthesize as room

    wanted = room.Wanted(count, seed, size, split.value, layout.value, expert.value)
    manifest = room.run(stage.value, tree, out, wanted, overwrite=overwrite)
    with printing():
        print(manifest)


def shards(
    source: Annotated[str, typer.Argument(metavar="SET", help="Folder of a finished set, or its URL.")],
    out: Annotated[str, typer.Option("--out", "-o", metavar="OUT", help="Folder, or URL such as s3://bucket/set.")],
    largest: Annotated[Any, typer.Option(parser=parse_bytes, metavar="SIZE", help="Of a tar file, about.")] = "256MB",
    overwrite: Overwrite = False,
) -> None:
    """Write a set of samples as tar files.

    For many machines and object stores; they are named as WebDataset names them. Prints the manifest's address.
    """
    from cleanplate.training.samples import shards as room

    manifest = room.write(source, out, largest, overwrite)
    with printing():
        print(manifest)


def train(
    stage: Annotated[Stage, typer.Argument(help="The network to train.")],
    data: Annotated[str, typer.Option(metavar="DATA", help="Folder of training pictures; or a written set, or its URL.")],
    out: Annotated[Path, typer.Option("--out", "-o", file_okay=False, help="Folder for checkpoints and log; a run in it goes on.")],
    config: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="TOML; see configs/.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="In place of the configuration's.")] = None,
    held_out: Annotated[str | None, typer.Option(metavar="SET", help="What to validate on where DATA is a written set.")] = None,
    init: Annotated[str | None, typer.Option(metavar="FILE", help="A checkpoint, or an exported graph, to start from.")] = None,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Write events for TensorBoard too.")] = False,
) -> None:
    """Train a network, or go on with it.

    A run that was stopped goes on from its last checkpoint. Prints the path of the best one. Several processes share the work when
    torchrun starts them: torchrun --nproc-per-node 2 -m cleanplate train ...
    """
    if "://" not in data and not Path(data).is_dir():
        raise InputError(f"{data} is no folder: give one with --data, or the URL of a written set.")
    with training_extra():
        from cleanplate.training.run import train as room
    best = room.run(stage.value, data, out, config, steps, held_out, init=init, tensorboard=tensorboard or None)
    if os.environ.get("RANK", "0") == "0":  # of torchrun's processes the first speaks
        with printing():
            print(best)


def export(
    checkpoints: Annotated[
        list[Path],
        typer.Argument(
            metavar="CHECKPOINT...", exists=True, dir_okay=False, help="A best.pt of `train`, or a graph; of several the mean."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", file_okay=False, help="Folder for the ONNX files.")],
) -> None:
    """Turn a checkpoint, or the mean of several, into ONNX files.

    They are compared with torch before they are written. Prints their paths.
    """
    with training_extra():
        from cleanplate.training.run import export as room

        written = room.run(checkpoints, out)  # torch's exporter imports onnxscript only when it runs
    with printing():
        print(*written, sep="\n")
