"""What is done is known by a key: the sha256 of all that the result depends on. Each result has a record beside, under its name.

The record is written first and the result after it. So a result that a killed batch left is either as its record says, or still
what the record says it replaces; anything else under that name was made by somebody else, and is kept.
"""

import dataclasses
import hashlib
import json
from typing import Any, NamedTuple

from cleanplate import recipes, storage
from cleanplate.batch.items import Item, Job, Outcome
from cleanplate.errors import PhotoError
from cleanplate.models import graphs
from cleanplate.storage import Stamp
from cleanplate.version import __version__


class Source(NamedTuple):
    """An input as it was when it was read."""

    address: str
    stamp: Stamp
    sha256: str


class Record(NamedTuple):
    """What a result was made of, and what came of it.

    Args:
        key: see ``key``.
        sources: its inputs by what they are.
        outcome: as reported, with the result's own sha256.
        replaces: sha256 of the result before, "" where there was none.
    """

    key: str
    sources: dict[str, Source]
    outcome: Outcome
    replaces: str = ""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def key(item: Item, job: Job, contents: dict[str, str]) -> str:
    """What tells whether a result would be another: contents of the inputs, recipe, weights, format and version.

    Args:
        contents: the sha256 of each input.
    """
    told: dict[str, Any] = {
        "version": __version__, "weights": graphs.taking_part(item.recipe.weights), "inputs": contents, "format": item.suffix,
        "recipe": recipes.to_fields(item.recipe, all_fields=True), "form": job.film if item.is_film else job.form,
    }  # fmt: skip
    return sha256(json.dumps(told, sort_keys=True).encode())


# ---- reading and writing -------------------------------------------------------------------------------------------


def address(job: Job, out: str) -> str:
    return job.state(f"records/{out}.json")


def written(record: Record) -> bytes:
    told = {
        "key": record.key, "sources": {name: [*each] for name, each in record.sources.items()},
        "outcome": record.outcome.to_json(), "replaces": record.replaces,
    }  # fmt: skip
    return json.dumps(told).encode()


def find(job: Job, out: str) -> Record | None:
    """The record of a result; None where there is none, or one that another version wrote otherwise."""
    name = address(job, out)
    place = storage.place(name)
    if place.stamp(name) is None:
        return None
    try:
        told = json.loads(place.read(name))
        sources = {each: Source(given[0], Stamp(*given[1]), given[2]) for each, given in told["sources"].items()}
        return Record(told["key"], sources, Outcome.from_json(told["outcome"]), told["replaces"])
    except (PhotoError, ValueError, KeyError, TypeError, AttributeError, IndexError):  # gone meanwhile; not of this form
        return None


def put(job: Job, record: Record) -> None:
    name = address(job, record.outcome.out)
    storage.place(name).replace(name, written(record))


# ---- what is done --------------------------------------------------------------------------------------------------


def content(given: str, known: Source | None, checksum: bool) -> str | None:
    """The sha256 of an input, read only where address, size or time differ from what is known; None where it is not there."""
    place = storage.place(given)
    stamp = place.stamp(given)
    if stamp is None:
        return None
    if known is not None and not checksum and (known.address, known.stamp) == (given, stamp):
        return known.sha256
    try:
        return place.sha256(given)
    except PhotoError:
        return None


def done(item: Item, job: Job) -> Outcome | None:
    """What came of an item before, where the same would come of it again; None where it is still to be made."""
    record = find(job, item.out)
    if record is None or not is_there(record, job):
        return None
    contents = {name: content(each, record.sources.get(name), job.checksum) for name, each in item.inputs.items()}
    if None in contents.values() or key(item, job, contents) != record.key:  # type: ignore[arg-type]
        return None
    return dataclasses.replace(record.outcome, status="kept", person=item.person, plate=item.plate)


def is_there(record: Record, job: Job) -> bool:
    """Whether the result is still there, as it was written."""
    name = job.address(record.outcome.out)
    place = storage.place(name)
    stamp = place.stamp(name)
    if stamp is None or stamp.bytes != record.outcome.bytes:
        return False
    return not job.checksum or place.sha256(name) == record.outcome.sha256


def is_ours(job: Job, out: str) -> bool:
    """Whether what lies under a result's name was made by a batch and not changed since."""
    record = find(job, out)
    if record is None:
        return False
    name = job.address(out)
    return storage.place(name).sha256(name) in (record.outcome.sha256, record.replaces)
