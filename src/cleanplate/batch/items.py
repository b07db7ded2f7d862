"""The values of a batch: a picture to be made, what is common to all, and what came of each. All of it goes through JSON."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal

from cleanplate import recipes, storage
from cleanplate.files.labels import Mark, Metadata
from cleanplate.recipes import Recipe
from cleanplate.values import Depth

FILMS = (".mp4", ".mov", ".webm", ".mkv")  # results that are films
MASKS = ("alpha", "keep_mask", "drop_mask")


@dataclass(frozen=True)
class Item:
    """One picture, or film, to be made.

    Args:
        person, plate: addresses.
        out: the result's name in the batch's folder, its parts parted by /.
        recipe: how it is made.
        alpha, keep_mask, drop_mask: addresses of pictures, or None; see ``Compositor.cutout``.
        kept: whether the same cutout is asked for again by a later unit, so that it is worth keeping.
    """

    person: str
    plate: str
    out: str
    recipe: Recipe
    alpha: str | None = None
    keep_mask: str | None = None
    drop_mask: str | None = None
    kept: bool = False

    @property
    def inputs(self) -> dict[str, str]:
        """The addresses of all that is read, by what it is."""
        given = {name: getattr(self, name) for name in ("person", "plate", *MASKS)}
        return {name: address for name, address in given.items() if address is not None}

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.out).suffix.lower()

    @property
    def is_film(self) -> bool:
        return self.suffix in FILMS

    def to_json(self) -> dict[str, Any]:
        return self.inputs | {"out": self.out, "recipe": recipes.to_fields(self.recipe), "kept": self.kept}

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> "Item":
        return cls(**(given | {"recipe": recipes.from_fields(given["recipe"])}))


Unit = tuple[Item, ...]  # of one person, for one worker: the cutout is made once


@dataclass(frozen=True)
class Job:
    """What all items of a batch have in common.

    Args:
        out: the folder that results go to, or its URL.
        quality, depth, compression: of pictures; see ``encoding.Form``.
        space: what their colors come in; see ``Plate.open``.
        metadata, mark: what is said of them in their files; see ``labels``.
        overwrite: whether files may be replaced that no batch has made.
        claim: whether other batches work on the same folder at the same time, so that each picture is claimed first.
        cache: bytes of cutouts kept on disk for later units, in the folder ``cutouts`` of this machine.
        checksum: whether contents are read anew where time and size say that nothing changed.
        film: options of ``video_job.Options`` by name.
        device: what the networks run on.
    """

    out: str
    quality: int = 95
    depth: Depth | None = None
    compression: str = "deflate"
    space: str = "keep"
    metadata: Metadata = "copyright"
    mark: Mark = "composite"
    overwrite: bool = False
    claim: bool = False
    cache: int = 2 << 30
    checksum: bool = False
    cutouts: str = ""
    film: dict[str, Any] = field(default_factory=dict)
    device: str = "auto"

    @property
    def form(self) -> dict[str, Any]:
        """All that a picture, beside its inputs and its recipe, depends on."""
        names = ("quality", "depth", "compression", "space", "metadata", "mark")
        return {name: getattr(self, name) for name in names}

    def address(self, name: str) -> str:
        return storage.joined(self.out, name)

    def state(self, name: str) -> str:
        """The address of what the batch remembers under a name."""
        return storage.joined(self.out, f"{storage.STATE}/{name}")

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


Status = Literal["done", "kept", "failed", "set aside", "not done", "elsewhere"]
ENDED: tuple[Status, ...] = ("done", "kept", "elsewhere")  # nothing is left to do


@dataclass(frozen=True)
class Outcome:
    """What came of one item: a line of the report.

    Args:
        status: ``done`` now, ``kept`` from before, ``failed`` for the reason given, ``set aside`` after it ended its worker or
            ran out of memory twice, ``not done`` before the batch was stopped, or ``elsewhere``: another batch has claimed it.
        seconds: that its stages took.
        sha256, bytes: of the result.
        confidence: how sure the harmonizer is; see ``Transform``.
        frames: of a film.
        again: whether it may be tried once more, since the machine and not the input was the reason.
    """

    out: str
    status: Status
    person: str
    plate: str
    reason: str = ""
    seconds: float = 0.0
    sha256: str = ""
    bytes: int = 0
    confidence: float | None = None
    frames: int = 0
    warnings: tuple[str, ...] = ()
    again: bool = False

    def to_json(self) -> dict[str, Any]:
        told = dataclasses.asdict(self) | {"warnings": list(self.warnings), "seconds": round(self.seconds, 4)}
        del told["again"]
        return told

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> "Outcome":
        known = {each.name for each in dataclasses.fields(cls)}
        told = {name: value for name, value in given.items() if name in known}
        return cls(**(told | {"warnings": tuple(given.get("warnings", ()))}))


def refused(item: Item, status: Status, reason: str, *, again: bool = False) -> Outcome:
    """The outcome of an item that gave no picture."""
    return Outcome(item.out, status, item.person, item.plate, reason, again=again)
