"""Recipes as files: all that one picture was made of and with, so that the same bytes can be made again, or others like it.

JSON by ``schema``, which stands in docs/recipe.schema.json. What an edited file leaves out of ``sha256``, ``weights``, ``seed`` and
``found`` is not asked for.
"""

import hashlib
import json
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from cleanplate import recipes
from cleanplate.errors import InputError, OutputError
from cleanplate.files.atomic import PathName, called, check_place, deliver
from cleanplate.files.conversion import SPACES
from cleanplate.files.labels import MARKS, METADATA
from cleanplate.files.sources import open_path
from cleanplate.files.tiffs import COMPRESSIONS
from cleanplate.handoff.texts import read_text
from cleanplate.models import graphs
from cleanplate.recipes import Recipe
from cleanplate.stages.grain import SEED
from cleanplate.values import DEPTHS, Box, Size

VERSION = 1
MOST_BYTES = 1 << 20  # of a file: far more than a recipe has
FILES = ("person", "plate", "alpha", "keep_mask", "drop_mask", "reference_mask", "lut_in")
TOP = ("recipe", "cleanplate", "inputs", "fields", "form", "weights", "seed", "found", "studio")
EXR_COMPRESSIONS = "none", "rle", "zips", "zip", "piz", "pxr24", "dwaa", "dwab"  # ``exr``'s own, which needs its library
FORM: dict[str, Any] = {  # of the file that is written, as JSON schemas
    "quality": {"type": "integer", "minimum": 1, "maximum": 100}, "depth": {"enum": list(DEPTHS)}, "space": {"enum": list(SPACES)},
    "compression": {"enum": list(COMPRESSIONS)}, "metadata": {"enum": list(METADATA)}, "mark": {"enum": list(MARKS)},
    "exr_compression": {"enum": list(EXR_COMPRESSIONS)},
}  # fmt: skip


class Made(NamedTuple):
    """What a picture is made of.

    Args:
        recipe: how.
        files: by their argument's name, those of ``FILES`` that are given.
        looks: what the colors are matched to, with weights; none for the plate.
        form: of the file that is written, by the names of ``FORM``, as far as it was asked for.
        warnings: one sentence each on what may come out otherwise.
    """

    recipe: Recipe
    files: Mapping[str, str]
    looks: Sequence[tuple[str, float]] = ()
    form: Mapping[str, Any] = MappingProxyType({})
    warnings: tuple[str, ...] = ()


def check_target(target: PathName, *, overwrite: bool = False, inputs: Sequence[PathName] = ()) -> None:
    """Refuse a target before any work is done for it.

    Raises:
        OutputError: it does not end in .json, or see ``files.photos.check_target``.
    """
    if not called(target).lower().endswith(".json"):
        raise OutputError(f"{called(target)} is no recipe's name: give one that ends in .json.")
    check_place(target, overwrite, inputs)


def write(made: Made, found: tuple[Size, Box], version: str, target: PathName, *, overwrite: bool = False) -> None:
    """Write a recipe. Files are named as seen from its folder.

    Args:
        found: the picture's size, and where in it the person lies.
        version: of this package.

    Raises:
        OutputError: see ``check_target``.
    """
    check_target(target, overwrite=overwrite)
    folder, (height, width), box = Path(target).resolve().parent, *found
    inputs: dict[str, Any] = {name: told_of(path, folder) for name, path in made.files.items()}
    if made.looks:
        inputs["look"] = [told_of(path, folder) | {"weight": weight} for path, weight in made.looks]
    told = {
        "recipe": VERSION, "cleanplate": version, "inputs": inputs,
        "fields": recipes.to_fields(made.recipe, all_fields=True), "form": dict(made.form),
        "weights": graphs.taking_part(made.recipe.weights), "seed": SEED,
        "found": {"size": f"{width}x{height}", "top": box.top, "left": box.left, "height": box.height, "width": box.width},
    }  # fmt: skip
    deliver((json.dumps(told, indent=2) + "\n").encode(), target, called(target), overwrite=overwrite)


def read(source: PathName, version: str, given: Collection[str] = ()) -> Made:
    """Read a recipe, and hold its files and weights against those that are here.

    Args:
        version: of this package.
        given: of the files, which are given otherwise and so not looked for.

    Raises:
        InputError: it is none, a field is unknown, or a file or weights are others than it was made with.
    """
    name, folder = called(source), Path(source).resolve().parent
    try:
        told = json.loads(read_text(source, MOST_BYTES, "a recipe"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is no recipe, which is JSON: give one that --recipe-out wrote.") from error
    inputs = checked(told, name)
    asked = {each: value for each, value in inputs.items() if each not in given}
    files = {each: there(value, folder, f"{name}'s {each}", ("file", "sha256")) for each, value in asked.items() if each != "look"}
    parts = "file", "sha256", "weight"
    looks = [(there(each, folder, f"{name}'s look", parts), number(each, name)) for each in asked.get("look", ())]
    recipe = recipes.from_fields(told.get("fields", {}))
    known = graphs.taking_part(recipe.weights)
    for each, sha256 in told.get("weights", known).items():
        if known.get(each) != sha256:
            raise InputError(f"{name} was made with other weights of {each}: install that version, or leave its weights out.")
    if told.get("seed", SEED) != SEED:
        raise InputError(f"{name} asks for the seed {told['seed']}, and this version has {SEED}: leave its seed out.")
    other = told.get("cleanplate", version)
    said = () if other == version else (f"{name} was made by cleanplate {other}, this is {version}: bytes may differ.",)
    return Made(recipe, files, looks, told.get("form", {}), said)


def checked(told: Any, name: str) -> dict[str, Any]:
    """What a recipe says of its inputs, once it is seen to be one."""
    if not isinstance(told, dict) or told.get("recipe") != VERSION:
        raise InputError(f"{name} is no recipe of this version: give one that --recipe-out wrote.")
    inputs: dict[str, Any] = told.get("inputs", {})
    fields = told.get("fields", {})
    parts = inputs, fields, told.get("weights", {}), told.get("found", {}), told.get("form", {})
    if not all(isinstance(each, dict) for each in parts) or not isinstance(inputs.get("look", []), list):
        raise InputError(f"{name} is no recipe, its parts are of other kinds: see docs/recipe.schema.json.")
    for given, known in ((told, TOP), (inputs, (*FILES, "look")), (told.get("form", {}), FORM)):
        for each in given:
            if each not in known:
                raise InputError(f"{name} has the field {each}, which no recipe has: give those of {', '.join(known)}.")
    for each, value in told.get("form", {}).items():
        if not fits(value, FORM[each]):
            raise InputError(f"{name} has the {each} {value!r}, which there is not: see docs/recipe.schema.json.")
    return inputs


def fits(value: Any, kind: dict[str, Any]) -> bool:
    """Whether a value is of a kind of ``FORM``.

    >>> fits(16, FORM["depth"]), fits(True, FORM["quality"]), fits(101, FORM["quality"])
    (True, False, False)
    """
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value in kind["enum"] if "enum" in kind else whole and kind["minimum"] <= value <= kind["maximum"]


def there(value: Any, folder: Path, what: str, known: Sequence[str]) -> str:
    """The path of a file of a recipe, which is the one that it was."""
    if not isinstance(value, dict) or not isinstance(value.get("file"), str) or not set(value) <= set(known):
        raise InputError(f"{what} is not described as files are: give {', '.join(known)}.")
    path = os.path.join(folder, value["file"])
    if value.get("sha256") not in (None, digest(path)):
        raise InputError(f"{what} is another file than {called(path)} here: give that one, or leave its `sha256` out.")
    return path


def number(value: dict[str, Any], name: str) -> float:
    """A look's weight."""
    weight = value.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        raise InputError(f"{name} has a look whose weight is no number: give one from 0 up.")
    return float(weight)


def told_of(path: str, folder: Path) -> dict[str, str]:
    """A file as a recipe in that folder names it."""
    whole = os.path.realpath(path)
    try:
        seen = os.path.relpath(whole, folder)
    except ValueError:  # on another drive
        seen = whole
    return {"file": Path(seen).as_posix(), "sha256": digest(path)}


def digest(path: str) -> str:
    """A file's sha256."""
    found = hashlib.sha256()
    with open_path(path, called(path)) as file:
        while part := file.read(1 << 20):
            found.update(part)
    return found.hexdigest()


# ---- the schema --------------------------------------------------------------------------------------------------------


def schema() -> dict[str, Any]:
    """What a recipe may hold, as a JSON schema (2020-12)."""
    fields = recipes.schema()
    fields.pop("$schema")
    text, whole = {"type": "string"}, {"type": "integer", "minimum": 0}
    file = obj({"file": text, "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}, "file")
    look = obj(file["properties"] | {"weight": {"type": "number", "minimum": 0, "default": 1}}, "file")
    inputs = dict.fromkeys(FILES, file) | {"look": {"type": "array", "items": look}}
    found = {"size": text} | dict.fromkeys(("top", "left", "height", "width"), whole)
    told = {
        "recipe": {"const": VERSION}, "cleanplate": text, "inputs": obj(inputs), "fields": fields,
        "form": obj(FORM),
        "weights": {"type": "object", "additionalProperties": text}, "seed": {"const": SEED}, "found": obj(found),
        "studio": {"type": "array", "items": {"type": "object"}, "description": "What the page alone knows, such as strokes."},
    }  # fmt: skip
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A cleanplate recipe.json"} | obj(told, "recipe")


def obj(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    """A schema of an object with these properties and no others."""
    answer: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return answer | ({"required": list(required)} if required else {})
