"""What is to be made of what: everything is known, named and found possible before the first picture."""

import hashlib
import itertools
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Literal, NamedTuple, get_args

from cleanplate import recipes, storage
from cleanplate.batch import finding, manifests, naming
from cleanplate.batch.finding import Found
from cleanplate.batch.items import FILMS, Item, Unit
from cleanplate.errors import InputError, OutputError
from cleanplate.files.atomic import called, identity
from cleanplate.files.photos import WRITABLE
from cleanplate.recipes import Recipe

Pairing = Literal["every", "order", "name"]
PAIRINGS = get_args(Pairing)
TOLD = 10  # names in a sentence
AT_ONCE = 8  # plates that a person is composed with in one go: a worker holds about as many


@dataclass(frozen=True)
class Wish:
    """What is asked for.

    Args:
        given: people first, the plates last; or a manifest, with or without plates for rows that name none.
        fields: of a recipe, for all that does not say otherwise.
        pairing: ``every`` person on every plate; in ``order``, the first on the first; or by ``name``, those of one stem.
        name: template of the results' names; see ``naming``.
        format, film_format: suffix of pictures, of films.
        shard: which part of how many, from 1; (1, 1) is all.

    Raises:
        InputError: one of these means nothing.
    """

    given: Sequence[str]
    fields: dict[str, object] = field(default_factory=dict)
    pairing: Pairing = "every"
    name: str | None = None
    format: str = "jpg"
    film_format: str = "mp4"
    shard: tuple[int, int] = (1, 1)

    def __post_init__(self) -> None:
        if self.pairing not in PAIRINGS:
            raise InputError(f"There is no `pairing` {self.pairing}: give one of {', '.join(PAIRINGS)}.")
        if not 1 <= self.shard[0] <= self.shard[1]:
            raise InputError(f"`shard` is which part of how many, such as 3/8; {self.shard[0]}/{self.shard[1]} was given.")
        for name, given, kinds in (("format", self.format, WRITABLE), ("film_format", self.film_format, FILMS)):
            if f".{given}" not in kinds:
                raise InputError(f"There is no `{name}` {given}: give one of {', '.join(kinds).replace('.', '')}.")


class Pair(NamedTuple):
    """A person on a plate, how they are made, masks by name, and the result's name if it is given."""

    person: Found
    plate: Found
    recipe: Recipe
    masks: dict[str, str]
    out: str | None


def plan(wish: Wish, out: str) -> tuple[list[Item], list[str]]:
    """The items of a batch, in the order in which they were given, and one sentence each on what was left out.

    Raises:
        InputError: what was given stands for nothing, or does not go together.
        OutputError: two results of one name, a name that cannot be, or one that is an input.
    """
    if not wish.given:
        raise InputError("Nothing was given: give people and plates, or a manifest.")
    pairs, said = of_manifest(wish, out) if manifests.is_manifest(wish.given[0]) else of_files(wish, out)
    several = len({each.plate.address for each in pairs}) > 1
    template = wish.name or (naming.MORE if several else naming.ONE_PLATE)
    items = [item(number, pair, template, wish) for number, pair in enumerate(pairs, 1)]
    naming.check_clashes([(each.out, f"{called(each.person)} on {called(each.plate)}") for each in items])
    check_inputs(items, out)
    return items, [*said, *missing(items)]


def item(number: int, pair: Pair, template: str, wish: Wish) -> Item:
    """One item, named."""
    person, plate, recipe, masks, out = pair
    film = person.is_film or plate.is_film
    name = out or naming.named(template, person.name, plate.name, number, wish.film_format if film else wish.format)
    naming.check(name, film)
    return Item(
        person.address, plate.address, PurePosixPath(name).as_posix(), recipe, masks.get("alpha"), masks.get("keep_mask"),
        masks.get("drop_mask"),
    )  # fmt: skip


def of_files(wish: Wish, out: str) -> tuple[list[Pair], list[str]]:
    """People and plates that were named as files, folders, patterns or URLs."""
    if len(wish.given) < 2:
        raise InputError(
            f"There are people, {called(wish.given[0])}, and no plate: give one after them, or a manifest (.csv, .jsonl)."
        )
    people, said = finding.found(wish.given[:-1], without=out)
    plates, more = finding.found(wish.given[-1:], without=out)
    recipe = recipes.from_fields(wish.fields)
    return [Pair(person, plate, recipe, {}, None) for person, plate in paired(people, plates, wish.pairing)], [*said, *more]


def paired(people: Sequence[Found], plates: Sequence[Found], pairing: Pairing) -> Iterator[tuple[Found, Found]]:
    """Who stands on which plate."""
    if pairing == "every":
        return iter(list(itertools.product(people, plates)))
    if pairing == "order":
        if len(people) != len(plates):
            raise InputError(f"There are {len(people)} people and {len(plates)} plates: pairs in order take as many of both.")
        return zip(people, plates, strict=True)
    known = {PurePosixPath(plate.name).stem: plate for plate in plates}
    without = [person.name for person in people if PurePosixPath(person.name).stem not in known]
    if without or len(known) != len(plates):
        reason = f"{without[0]} has no plate of its name" if without else "two plates have one name"
        raise InputError(f"Pairs by name: {reason}: give each person one, or another `pairing`.")
    return ((person, known[PurePosixPath(person.name).stem]) for person in people)


def of_manifest(wish: Wish, out: str) -> tuple[list[Pair], list[str]]:
    """Rows of a manifest; those that name no plate are made on each of those that were given."""
    name = wish.given[0]
    plates, said = finding.found(wish.given[1:], without=out) if wish.given[1:] else ([], [])
    pairs = []
    for row in manifests.read(name, wish.fields):
        files = dict(row.files)
        person, own = named_by(name, files.pop("person")), files.pop("plate", None)
        behind = [named_by(name, own)] if own else plates
        if not behind:
            raise InputError(f"A row of {called(name)} names no plate, and none was given after it: give one in either.")
        pairs += [Pair(person, plate, row.recipe, files, row.out) for plate in behind]
    return pairs, said


def named_by(manifest: str, address: str) -> Found:
    """A file of a manifest, called by its name below the manifest's folder."""
    if storage.is_url(address):
        return Found(address, address.rpartition("/")[2])
    name = finding.relative(address, os.path.dirname(manifest) or ".")
    return Found(address, os.path.basename(address) if name.startswith("..") else name)


def check_inputs(items: Sequence[Item], out: str) -> None:
    """Refuse results that would be written over an input, also by a link.

    Raises:
        OutputError: one would.
    """
    addresses = {address for each in items for address in each.inputs.values()}
    known = {identity(address) for address in addresses if not storage.is_url(address)} - {None}
    for each in items:
        name = storage.joined(out, each.out)
        if name in addresses or (known and not storage.is_url(name) and identity(name) in known):
            raise OutputError(f"{called(name)} is one of the inputs, which are never written over: choose another folder or name.")


def missing(items: Sequence[Item]) -> list[str]:
    """A sentence on files that a manifest names and that are not there, before hours of work; a store is not asked for each."""
    addresses = dict.fromkeys(address for each in items for address in each.inputs.values() if not storage.is_url(address))
    absent = [called(each) for each in addresses if not os.path.exists(each)]
    named = ", ".join(absent[:TOLD]) + (f" and {len(absent) - TOLD} more" if len(absent) > TOLD else "")
    return [f"Not there, so that their pictures will fail: {named}."] if absent else []


# ---- order ---------------------------------------------------------------------------------------------------------


def units(items: Sequence[Item], shard: tuple[int, int] = (1, 1)) -> list[Unit]:
    """The items by person, some plates at a time: so a cutout is made once for them, and a worker's plates stay with it.

    Args:
        shard: which part of how many; a unit's place depends on its own names alone.
    """
    blocks = {plate: number // AT_ONCE for number, plate in enumerate(dict.fromkeys(each.plate for each in items))}
    grouped: dict[tuple[int, str], list[Item]] = {}
    for each in sorted(items, key=lambda one: blocks[one.plate]):
        grouped.setdefault((blocks[each.plate], each.person), []).append(each)
    met = Counter(person for _, person in grouped)
    mine = {key: unit for key, unit in grouped.items() if part(f"{key[0]} {key[1]}", shard[1]) == shard[0]}
    return [tuple(replace(each, kept=met[person] > 1) for each in unit) for (_, person), unit in mine.items()]


def part(name: str, count: int) -> int:
    """Which of so many parts a name falls to, from 1.

    >>> part("anna.jpg", 1), sorted({part(f"{each}.jpg", 3) for each in range(20)})
    (1, [1, 2, 3])
    """
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % count + 1
