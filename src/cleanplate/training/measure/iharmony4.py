"""iHarmony4 (Cong et al., DoveNet, CVPR 2020) from its published layout, and the field's standard table on it.

    ROOT/HCOCO/composite_images/c1_2_3.jpg  masks/c1_2.png  real_images/c1.jpg  HCOCO_train.txt  HCOCO_test.txt
    ROOT/HAdobe5k  ROOT/HFlickr  ROOT/Hday2night  likewise

A list names composites, one in a line. Files are read as stored, like all published code does: no color profile is looked at.
There is no complete plate in this set, so the network is given the composite with its foreground filled in.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image as pillow

from cleanplate.compositor import Compositor
from cleanplate.errors import InputError, PhotoError, why
from cleanplate.pixels.color import FloatArray, to_float
from cleanplate.pixels.resampling import resize
from cleanplate.training.measure import conventions, metrics
from cleanplate.training.measure.conventions import Convention
from cleanplate.training.measure.metrics import Picture
from cleanplate.training.measure.tables import Collection, Table
from cleanplate.values import Image

SETS = ("HCOCO", "HAdobe5k", "HFlickr", "Hday2night")
SIDE = 256


class Pair(NamedTuple):
    """A composite, the mask of its foreground, and the real photo; ``part`` is one of ``SETS``."""

    part: str
    composite: Path
    mask: Path
    real: Path


class Loaded(NamedTuple):
    """A pair's pictures, (height, width, 3) uint8; alpha and the weight of fMSE, (height, width) float32 in [0, 1].

    The alpha, which the network is given, is the mask shrunk by area whatever the convention.
    """

    composite: Picture
    real: Picture
    alpha: FloatArray
    weight: FloatArray


def pair(part: Path, name: str) -> Pair:
    """The files of a composite: REAL_MASK_NUMBER.jpg belongs to masks/REAL_MASK.png and real_images/REAL.jpg.

    Raises:
        InputError: a name of another kind.

    >>> pair(Path("HCOCO"), "c12_34_5.jpg").mask.as_posix()
    'HCOCO/masks/c12_34.png'
    """
    pieces = Path(name).stem.rsplit("_", 2)
    if len(pieces) != 3:
        raise InputError(f"{name} in the list of {part} is no name of iHarmony4; it must be REAL_MASK_NUMBER.jpg.")
    real, mask, _ = pieces
    return Pair(
        part.name, part / "composite_images" / name, part / "masks" / f"{real}_{mask}.png", part / "real_images" / f"{real}.jpg"
    )


def read_tree(root: Path, split: str = "test") -> list[Pair]:
    """All pairs of a split (``test`` or ``train``), by its official lists; parts that are not there are left out.

    Raises:
        InputError: no part is there, a part has no list, or the lists are empty.
    """
    found = []
    parts = [root / name for name in SETS if (root / name).is_dir()]
    for part in parts:
        listed = part / f"{part.name}_{split}.txt"
        if not listed.exists():
            raise InputError(f"{part} has no {listed.name}; it comes with the set and says which pictures count.")
        names = [Path(line.strip()).name for line in listed.read_text(encoding="utf-8").splitlines() if line.strip()]
        found += [pair(part, name) for name in names]
    if not found:
        raise InputError(f"{root} holds no pictures of {', '.join(SETS)}; give the folder that these folders lie in.")
    return found


def read(path: Path, mode: str) -> Picture:
    """A picture as stored, in Pillow's mode.

    Raises:
        PhotoError: it cannot be read.
    """
    try:
        with pillow.open(path) as picture:
            return np.asarray(picture.convert(mode))
    except (OSError, ValueError) as error:
        reason = "missing" if isinstance(error, FileNotFoundError) else "unreadable"
        raise PhotoError(f"{path} cannot be read ({why(error)}); the set is not complete.", reason) from error


def load(files: Pair, rule: Convention, side: int | None = SIDE) -> Loaded:
    """A pair at (side, side) as the convention resizes, or at its own size.

    Raises:
        InputError: its three pictures have different sizes.
    """
    composite, mask, real = read(files.composite, "RGB"), to_float(read(files.mask, "L")), read(files.real, "RGB")
    if not composite.shape[:2] == mask.shape == real.shape[:2]:
        raise InputError(f"{files.composite}, its mask and its real photo have different sizes; the set is not as published.")
    size = composite.shape[:2] if side is None else (side, side)
    alpha = np.clip(resize(mask, size), 0, 1)  # an average may be 1 and a rounding error
    return Loaded(rule.shrink(composite, size), rule.shrink(real, size), alpha, rule.mask(mask, size))


def answers(loaded: Loaded, compositor: Compositor) -> Iterator[tuple[str, Picture]]:
    """The composite as it is, and ours."""
    yield "none", loaded.composite
    nobody = not loaded.alpha.any()  # a mask so small that shrinking lost it
    yield "ours", loaded.composite if nobody else compositor.harmonize(Image(loaded.composite), loaded.alpha).image.pixels


def evaluate(pairs: list[Pair], compositor: Compositor, rule: Convention, side: int | None = SIDE) -> Collection:
    """Rows for each part and, as published, for ``All``: the mean over all pictures, not over the parts."""
    found = Collection()
    for index, files in enumerate(pairs):
        loaded = load(files, rule, side)
        measured = {name: measure(answer, loaded, rule) for name, answer in answers(loaded, compositor)}
        for method, row in measured.items():
            worse = {"worse_share": float(row["fmse"] > measured["none"]["fmse"])}
            for name in (files.part, "All"):
                found.add(name, method, row | worse, ratio=metrics.ratio_bin(loaded.weight))
        if index % 500 == 0:
            print(f"evaluate: {index} of {len(pairs)} pictures of iHarmony4", file=sys.stderr)
    return found


def measure(answer: Picture, loaded: Loaded, rule: Convention) -> dict[str, float]:
    """The numbers of the standard table."""
    made = rule._replace(mask=lambda weight, size: weight)  # it was made from the mask at its own size
    return conventions.measure(answer, loaded.real, loaded.weight, made)


def run(
    root: Path, limit: int | None = None, compositor: Compositor | None = None, convention: str = "ours", full: bool = False
) -> Table:
    """The table at 256 x 256 and, with ``full``, at the pictures' own size.

    Args:
        limit: at most so many pictures of each part, evenly picked.

    Raises:
        InputError: see ``read_tree``, ``load``; no such convention.
    """
    rule, compositor = conventions.named(convention), compositor or Compositor()
    pairs = read_tree(root)
    if limit is not None:
        parts = [[each for each in pairs if each.part == name] for name in SETS]
        pairs = [part[int(at)] for part in parts for at in np.unique(np.linspace(0, len(part) - 1, min(limit, len(part))).round())]
    answer: Table = {"about": {"iharmony4": len(pairs), "limit": limit, "convention": convention}, "by_foreground_ratio": {}}
    for key, side in (("iharmony4", SIDE), *((("iharmony4-full", None),) if full else ())):
        found = evaluate(pairs, compositor, rule, side)
        answer[key] = {name: found.means()[name] for name in (*SETS, "All") if name in found.means()}
        answer["by_foreground_ratio"] |= {f"{key} {name}": bins for name, bins in found.binned("ratio", "fmse").items()}
    return answer
