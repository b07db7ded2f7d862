"""Cues as files: JSON of numbers alone, which can do nothing but be read."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cleanplate.errors import InputError, OutputError
from cleanplate.files.atomic import PathName, called, check_place, deliver
from cleanplate.handoff.texts import read_text
from cleanplate.models.harmonizer import Cues
from cleanplate.pixels.color import FloatArray, Pixels, to_float, to_uint8, to_uint16

SUFFIX = ".cues"
VERSION = 1
MOST_BYTES = 1 << 24  # of a file: 512 x 512 colors of five digits take 5 MB
FIELDS = {"cues", "model", "values", "side", "white", "small"}


def is_cues(name: object) -> bool:
    """Whether a file of that name holds cues."""
    return Path(str(name)).suffix.lower() == SUFFIX


def check_target(target: PathName, *, overwrite: bool = False, inputs: Sequence[PathName] = ()) -> None:
    """Refuse a target before any work is done for it.

    Raises:
        OutputError: it does not end in .cues, or see ``files.photos.check_target``.
    """
    if not is_cues(target):
        raise OutputError(f"{called(target)} is no name for cues: give one that ends in {SUFFIX}.")
    check_place(target, overwrite, inputs)


def write(cues: Cues, target: PathName, *, overwrite: bool = False, inputs: Sequence[PathName] = ()) -> None:
    """Write cues, and the small picture that they were made of where they have it.

    Raises:
        OutputError: see ``check_target``.
    """
    check_target(target, overwrite=overwrite, inputs=inputs)
    told: dict[str, Any] = {"cues": VERSION, "model": cues.model, "values": [float(f"{each:.9g}") for each in cues.values.tolist()]}
    if cues.small is not None:
        eight = to_uint8(cues.small)
        exact = bool((to_float(eight) == cues.small).all())
        samples = eight if exact else to_uint16(cues.small)
        told |= {"side": len(cues.small), "white": 255 if exact else 65535, "small": samples.ravel().tolist()}
    deliver(json.dumps(told).encode(), target, called(target), overwrite=overwrite)


def read(source: PathName) -> Cues:
    """Read cues.

    Raises:
        InputError: the file cannot be read or holds none.
    """
    name = called(source)
    try:
        told = json.loads(read_text(source, MOST_BYTES, "a file of cues"), parse_constant=refuse_constant)
        if not isinstance(told, dict) or told.get("cues") != VERSION or not set(told) <= FIELDS:
            raise ValueError
        values = np.array(told["values"], np.float32)
        return Cues(values, str(told["model"]), picture(told) if "small" in told else None)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise InputError(f"{name} holds no cues of this version: make them again, `cleanplate cues` does.") from error


def picture(told: dict[str, Any]) -> FloatArray:
    """The small picture."""
    white, side = told["white"], told["side"]
    samples = np.array(told["small"])
    if white not in (255, 65535) or samples.dtype.kind not in "iu" or samples.min() < 0 or samples.max() > white:
        raise ValueError("no picture")
    pixels: Pixels = np.array(samples, np.uint8) if white == 255 else np.array(samples, np.uint16)
    return to_float(pixels).reshape(side, side, 3)


def refuse_constant(word: str) -> float:
    """No NaN and no infinity."""
    raise ValueError(word)
