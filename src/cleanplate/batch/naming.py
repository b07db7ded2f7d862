"""What results are called: a template filled in, and two results of one name refused before anything begins."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from cleanplate.batch.items import FILMS
from cleanplate.errors import InputError, OutputError
from cleanplate.files.atomic import called
from cleanplate.files.photos import WRITABLE

ONE_PLATE = "{person.folder}/{person.stem}.{ext}"
MORE = "{person.folder}/{person.stem}_{plate.stem}.{ext}"
PARTS = ("stem", "name", "suffix", "folder")
FIELDS = (*(f"{whose}.{part}" for whose in ("person", "plate") for part in PARTS), "index", "ext")
LONGEST = 240  # bytes of a part: file systems take 255, and the record beside has a longer one
RESERVED = re.compile(r"report(-\d+-of-\d+)?\.(jsonl|html)")  # the batch's own


def named(template: str, person: str, plate: str, index: int, ext: str) -> str:
    """A result's name.

    Args:
        person, plate: their names below the folders that were given.
        index: the item's number, from 1.
        ext: the result's suffix without its dot.

    Raises:
        InputError: a field that there is not.

    >>> named("{person.folder}/{person.stem}_{plate.stem}.{ext}", "2026/anna.jpg", "beach.png", 1, "jpg")
    '2026/anna_beach.jpg'
    """
    told = {f"person.{part}": value for part, value in parts(person).items()}
    told |= {f"plate.{part}": value for part, value in parts(plate).items()} | {"index": f"{index:06d}", "ext": ext}

    def filled(field: re.Match[str]) -> str:
        if field[1] not in told:
            raise InputError(f"There is no {{{field[1]}}} in a name: give those of {', '.join(FIELDS)}.")
        return told[field[1]]

    return re.sub(r"\{([^{}]*)\}", filled, template).lstrip("/")


def parts(name: str) -> dict[str, str]:
    """The fields of one file.

    >>> parts("2026/may/anna.jpg")
    {'stem': 'anna', 'name': 'anna.jpg', 'suffix': 'jpg', 'folder': '2026/may'}
    """
    path = PurePosixPath(name)
    folder = "" if path.parent == PurePosixPath(".") else path.parent.as_posix()
    return {"stem": path.stem, "name": path.name, "suffix": path.suffix.lstrip("."), "folder": folder}


def check(out: str, film: bool) -> None:
    """Refuse a name that leads out of the batch's folder, is hidden, or is of no format that fits.

    Raises:
        OutputError: it is one of those.
    """
    path = PurePosixPath(out)
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", out) or not path.name:
        raise OutputError(f"{out} leads out of the folder of the results: give a name below it.")
    if any(part.startswith(".") for part in path.parts):
        raise OutputError(f"{out} would be hidden: give a `name` without a dot at its beginning.")
    if not all(letter.isprintable() for letter in out):
        raise OutputError(f"{called(out)} has letters that cannot be shown: give a `name` such as '{{index}}.{{ext}}'.")
    if any(len(part.encode()) > LONGEST for part in path.parts):
        raise OutputError(f"{out[:60]}... is longer than {LONGEST} bytes: give a shorter `name`.")
    if RESERVED.fullmatch(out):
        raise OutputError(f"{out} is the name of a report: give another.")
    kinds = FILMS if film else tuple(WRITABLE)
    if path.suffix.lower() not in kinds:
        raise OutputError(f"{out} is to be a {'film' if film else 'picture'}: give a name that ends in one of {', '.join(kinds)}.")


def check_clashes(outs: Sequence[tuple[str, str]]) -> None:
    """Refuse two results of one name, also where a file system takes large for small letters, or one that is another's folder.

    Args:
        outs: the names, each with what it is made of.

    Raises:
        OutputError: two would write one file.
    """
    seen: dict[str, tuple[str, str]] = {}
    for out, source in outs:
        same = folded(out)
        if same in seen:
            raise OutputError(
                f"{seen[same][1]} and {source} would both become {out}: give a `name` that tells them apart, such as "
                "'{person.folder}/{person.name}.{ext}'."
            )
        seen[same] = out, source
    for out, _ in outs:
        above = next((each for each in folders(out) if folded(each) in seen), None)
        if above is not None:
            raise OutputError(f"{above} would be a file and the folder of {out}: give a `name` that tells them apart.")


def folded(name: str) -> str:
    """A name as file systems compare it that do not tell large from small letters."""
    return unicodedata.normalize("NFC", name).casefold()


def folders(name: str) -> Iterable[str]:
    return (each.as_posix() for each in PurePosixPath(name).parents if each.name)
