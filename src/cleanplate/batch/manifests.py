"""Tables of what is to be made: CSV or JSONL, a picture a row; beside the files the columns are a recipe's fields."""

import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from cleanplate import recipes, storage
from cleanplate.batch.items import MASKS
from cleanplate.errors import InputError
from cleanplate.files.atomic import called
from cleanplate.recipes import Recipe

SUFFIXES = (".csv", ".jsonl")
FILES = ("person", "plate", *MASKS)
COLUMNS = (*FILES, "out")


class Row(NamedTuple):
    """One row: addresses by what they are, the result's name if it is given, and the recipe."""

    files: dict[str, str]
    out: str | None
    recipe: Recipe


def is_manifest(name: str) -> bool:
    """
    >>> is_manifest("jobs.csv"), is_manifest("people")
    (True, False)
    """
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def read(name: str, usual: dict[str, object]) -> list[Row]:
    """All rows, each looked at before anything begins. Files are named from the manifest's own folder.

    Args:
        usual: a recipe's fields for rows that do not say otherwise.

    Raises:
        InputError: a row that cannot be, with its number.
    """
    text = storage.place(name).read(name)
    try:
        lines = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{called(name)} is no text in UTF-8: save it so.") from error
    given = of_csv(lines, name) if name.lower().endswith(".csv") else of_jsonl(lines, name)
    rows: list[Row] = []
    wrong: list[str] = []
    for number, each in given:
        try:
            rows.append(row(each, name, usual))
        except InputError as error:
            wrong.append(f"Line {number} of {called(name)}: {error}")
    if wrong:
        raise InputError(wrong[0] + (f" (So are {len(wrong) - 1} more lines.)" if len(wrong) > 1 else ""))
    if not rows:
        raise InputError(f"{called(name)} has no rows: give one for each picture, with the columns person and plate.")
    return rows


def of_csv(text: str, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows with the number of the line that each ends in; columns are parted as in the first line: comma, semicolon or tab."""
    head = text.partition("\n")[0]
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    try:
        for each in table:
            if None in each:
                raise InputError(f"Line {table.line_num} of {called(name)} has more cells than columns: put quotes around commas.")
            yield table.line_num, {key.strip(): value for key, value in each.items()}
    except csv.Error as error:
        raise InputError(f"{called(name)} is no table in CSV ({error}): save it again.") from error


def of_jsonl(text: str, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
        except ValueError as error:
            raise InputError(f"Line {number} of {called(name)} is no JSON ({error}): write one object a line.") from error
        if not isinstance(told, dict):
            raise InputError(f"Line {number} of {called(name)} is no JSON object: write one with person and plate.")
        yield number, told


def row(given: dict[str, Any], name: str, usual: dict[str, object]) -> Row:
    """A row's files and recipe.

    Raises:
        InputError: a column that there is not, a value that cannot be, nobody.
    """
    told = {key: value for key, value in given.items() if not recipes.is_empty(value)}
    unknown = [key for key in told if key not in (*COLUMNS, *recipes.NAMES)]
    if unknown:
        raise InputError(f"There is no column {unknown[0]}: give those of {', '.join((*COLUMNS, *recipes.NAMES))}.")
    files = {each: beside(name, told.pop(each)) for each in FILES if each in told}
    if "person" not in files:
        raise InputError("It names no person: give one in each.")
    out = told.pop("out", None)
    return Row(files, None if out is None else str(out).replace("\\", "/"), recipes.from_fields(usual | told))


def beside(manifest: str, given: object) -> str:
    """An address as a manifest gives it."""
    if not isinstance(given, str):
        raise InputError(f"{given} is no file: give its name as text.")
    if storage.is_url(given) or os.path.isabs(given):
        return given
    if storage.is_url(manifest):
        return f"{manifest.rpartition('/')[0]}/{given}"
    return os.path.join(os.path.dirname(manifest), given)
