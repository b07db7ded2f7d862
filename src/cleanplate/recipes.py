"""Recipes: all that is asked for of one picture as flat fields, as forms, tables, JSON files and the command line name them."""

import json
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from typing import Any, get_args

from cleanplate.errors import InputError
from cleanplate.files.formats import LONGEST_SIDE
from cleanplate.files.photos import PIXEL_LIMIT
from cleanplate.settings import FIELDS, NATURAL, WEIGHTS, WHOLE_STRENGTH, Placement, Settings, WeightSet
from cleanplate.values import Size

SIZE_WORDS = "Cut the plate to fill this size."
WEIGHTS_WORDS = "The edge, by the blending network in 8 bits (fast), or in floats (open)."
NAMES = (*FIELDS, "size", "weights")
BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
SIZE_FORM = r"([1-9]\d{0,5})[xX]([1-9]\d{0,5})"


@dataclass(frozen=True)
class Recipe:
    """How one picture is to be made, whoever is in it and wherever.

    Args:
        placement: where the person stands.
        settings: what is done.
        size: (height, width) to which the plate is cut; its own without it.
        weights: whose edge; see ``Compositor``.

    Raises:
        InputError: no such weights.
    """

    placement: Placement = NATURAL
    settings: Settings = WHOLE_STRENGTH
    size: Size | None = None
    weights: WeightSet = "fast"

    def __post_init__(self) -> None:
        if self.weights not in WEIGHTS:
            raise InputError(f"There is no set of weights {self.weights}: give one of {', '.join(WEIGHTS)}.")


def from_fields(given: Mapping[str, object]) -> Recipe:
    """A recipe from flat fields; what is not named, or empty, is as it is without asking.

    Args:
        given: by name, see ``NAMES``: JSON's values, or text as in tables and forms (``"0.5"``, ``"true"``, ``"1920x1080"``).

    Raises:
        InputError: a field that there is not, or a value that none of its kind can be.

    >>> from_fields({"height": "0.5", "harmonize": False}).placement.height
    0.5
    """
    unknown = [name for name in given if name not in NAMES]
    if unknown:
        raise InputError(f"There is no field {unknown[0]} in a recipe: give those of {', '.join(NAMES)}.")
    read = {name: value_of(name, value) for name, value in given.items() if not is_empty(value)}
    parts = [kind(**{each.name: read[each.name] for each in fields(kind) if each.name in read}) for kind in (Placement, Settings)]
    return Recipe(*parts, **{name: read[name] for name in ("size", "weights") if name in read})  # type: ignore[arg-type]


def to_fields(recipe: Recipe, *, all_fields: bool = False) -> dict[str, Any]:
    """A recipe's flat fields, as JSON holds them: those that differ from what is done without asking, or all.

    >>> to_fields(Recipe(Placement(x=0.25), size=(1080, 1920)))
    {'x': 0.25, 'size': '1920x1080'}
    """
    size = None if recipe.size is None else f"{recipe.size[1]}x{recipe.size[0]}"
    held = {each.name: getattr(part, each.name) for part in (recipe.placement, recipe.settings) for each in fields(part)}
    held |= {"size": size, "weights": recipe.weights}
    usual = {name: FIELDS[name].default if name in FIELDS else getattr(Recipe, name) for name in NAMES}
    return {name: value for name, value in held.items() if all_fields or value != usual[name]}


def schema() -> dict[str, Any]:
    """The fields as a JSON schema (2020-12): types, bounds, defaults and what is said of each."""
    described = {name: field_schema(each) for name, each in FIELDS.items()}
    described["size"] = {"description": SIZE_WORDS, "type": ["string", "null"], "pattern": f"^{SIZE_FORM}$", "default": None}
    described["weights"] = {"description": WEIGHTS_WORDS, "enum": list(WEIGHTS), "default": WEIGHTS[0]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "cleanplate recipe", "type": "object",
        "properties": described, "additionalProperties": False,
    }  # fmt: skip


def field_schema(each: "Field[Any]") -> dict[str, Any]:
    """One field of ``schema``."""
    told: dict[str, Any] = {"description": each.metadata["words"], "default": each.default}
    bounds, choices = each.metadata["bounds"], get_args(each.type)
    if bounds is None:
        return told | ({"type": "boolean"} if each.type is bool else {"enum": list(choices)})
    kind = ["number", "null"] if type(None) in choices else "number"
    return told | {"type": kind, "exclusiveMinimum" if bounds.above else "minimum": bounds.low, "maximum": bounds.high}


def size_of(text: str) -> Size:
    """Width x height as people write it -> (height, width).

    Raises:
        InputError: another form, or more pixels than are taken.

    >>> size_of("1920x1080")
    (1080, 1920)
    """
    found = re.fullmatch(SIZE_FORM, text)
    if found is None:
        raise InputError(f"{text} is no size: give width and height in pixels, such as 1920x1080.")
    width, height = int(found[1]), int(found[2])
    if width * height > PIXEL_LIMIT:
        raise InputError(f"{text} has more than {PIXEL_LIMIT / 1e6:g} million pixels: ask for fewer.")
    if max(width, height) > LONGEST_SIDE:
        raise InputError(f"{text} has more than {LONGEST_SIDE} pixels on a side: ask for fewer.")
    return height, width


def is_empty(value: object) -> bool:
    """Whether nothing was asked for: null, or an empty cell."""
    return value is None or (isinstance(value, str) and not value.strip())


def value_of(name: str, value: object) -> Any:
    """One field's value from JSON or text; bounds and choices are checked by who holds it."""
    kind = FIELDS[name].type if name in FIELDS else str
    text = value.strip() if isinstance(value, str) else json.dumps(value)
    if name == "size":
        return size_of(text if isinstance(value, str) else f"{value}")
    if kind is bool:
        if text.lower() not in BOOLEANS:
            raise InputError(f"`{name}` is true or false; {text} was given.")
        return BOOLEANS[text.lower()]
    if name in FIELDS and FIELDS[name].metadata["bounds"] is not None:
        return number(name, text)
    return text if isinstance(value, str) else f"{value}"  # a choice


def number(name: str, text: str) -> float:
    """A field's number from text."""
    try:
        return float(text)
    except ValueError:
        raise InputError(f"`{name}` is a number; {text} was given.") from None
