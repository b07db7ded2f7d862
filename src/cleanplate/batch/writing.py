"""The last step of a worker: a result encoded, its record written, then itself; never over what somebody else made."""

import os
import time
from contextlib import suppress
from typing import NamedTuple

from cleanplate import storage
from cleanplate.batch import records
from cleanplate.batch.items import Job, Outcome
from cleanplate.batch.reading import Read
from cleanplate.batch.records import Record
from cleanplate.composites import Composite
from cleanplate.errors import OutputError
from cleanplate.files import atomic, photos
from cleanplate.files.encoding import Form


class Result(NamedTuple):
    """A composite, or the path of a film that is whole, and what is to be told of it."""

    composite: Composite | None = None
    film: str | None = None
    frames: int = 0
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0


class Held(NamedTuple):
    """What is to be written: bytes, or a file on this machine."""

    sha256: str
    size: int
    data: bytes | None = None
    file: str = ""


def deliver(job: Job, read: Read, result: Result) -> Outcome:
    """Write a result and say what came of its item.

    Raises:
        OutputError: its format cannot hold it; the place refuses; something of that name was not made by a batch.
    """
    begin, item = time.perf_counter(), read.item
    held = encoded(job, item.out, result)
    seconds = result.seconds + time.perf_counter() - begin
    transform = result.composite.transform if result.composite else None
    outcome = Outcome(
        item.out, "done", item.person, item.plate, "", seconds, held.sha256, held.size,
        None if transform is None else round(transform.confidence, 4), result.frames, result.warnings,
    )  # fmt: skip
    key = records.key(item, job, {name: source.sha256 for name, source in read.sources.items()})
    try:
        commit(job, Record(key, read.sources, outcome), held)
    finally:
        if held.file:
            with suppress(OSError):
                os.unlink(held.file)
    return outcome


def encoded(job: Job, out: str, result: Result) -> Held:
    if result.film is not None:
        stamp = os.stat(result.film)
        return Held(storage.Disk().sha256(result.film), stamp.st_size, file=result.film)
    assert result.composite is not None  # noqa: S101 - one of both is there
    kind = photos.WRITABLE["." + out.rpartition(".")[2].lower()]
    form = Form(job.quality, job.depth, job.compression, result.composite.labels(job.metadata, job.mark))
    data = photos.encoded(result.composite.image, kind, out, form)
    return Held(records.sha256(data), len(data), data)


def commit(job: Job, record: Record, held: Held) -> None:
    """The record, then the result; what is there already with the same bytes stays, as it does where two write one picture."""
    name = job.address(record.outcome.out)
    place = storage.place(name)
    there, before = place.sha256(name) if place.stamp(name) else "", records.find(job, record.outcome.out)
    if there and there != held.sha256 and not job.overwrite and not records.is_ours(job, record.outcome.out):
        raise foreign(name)
    records.put(job, record._replace(replaces=there))
    if there == held.sha256:
        return
    if not write(place, name, held, overwrite=bool(there)) and place.sha256(name) != held.sha256:
        if before is not None:
            records.put(job, before)
        raise foreign(name)  # it appeared between the two looks


def write(place: storage.Place, name: str, held: Held, *, overwrite: bool) -> bool:
    """Whether it was written; only without ``overwrite`` something may stand in the way."""
    if held.data is None:
        return place.adopt(name, held.file, overwrite=overwrite)
    if not overwrite:
        return place.create(name, held.data)
    place.replace(name, held.data)
    return True


def foreign(name: str) -> OutputError:
    return OutputError(
        f"{atomic.called(name)} exists already and no batch has made it, or it was changed since: move it away, choose another "
        "folder or allow overwriting (`overwrite`)."
    )
