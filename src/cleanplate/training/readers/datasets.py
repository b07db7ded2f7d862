"""Readers of other people's folder layouts, and the split that keeps people and places apart."""

import functools
import json
import zlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.errors import InputError, why
from cleanplate.files import photos
from cleanplate.pixels.color import FloatArray, to_float

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"}


@dataclass(frozen=True)
class Photo:
    """One picture of a set.

    ``kind`` is ``portraits``, ``fullbody``, ``clips``, ``scenes`` or ``styles``; people may have a mask, and a group: photos of one
    session or frames of one clip.
    """

    name: str
    kind: str
    image: Path
    mask: Path | None = None
    group: str = ""
    frame: int = 0


def listing(folder: Path) -> list[Path]:
    """The pictures in a folder, by name; nothing when there is no such folder."""
    return sorted(path for path in folder.glob("*") if path.suffix.lower() in PICTURES)


def sessions(path: Path, folder: str) -> dict[str, str]:
    """Stem -> the name of its session; nothing when there is no such file.

    Raises:
        InputError: it does not hold lists of stems.
    """
    try:
        groups = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        return {stem: f"{folder}-{index}" for index, stems in enumerate(groups) for stem in stems}
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{path} does not hold lists of the stems of one session ({why(error)}); mend or remove it.") from error


def people(folder: Path, kind: str) -> list[Photo]:
    """A folder with ``images/`` and ``masks/`` of the same stems, and maybe ``session_groups.json``: lists of stems of one session.

    A folder of plain pictures gives photos without masks; it may have groups too.
    """
    group_of = sessions(folder / "session_groups.json", folder.name)
    if not (folder / "masks").is_dir():
        return [Photo(f"{folder.name}/{path.stem}", kind, path, None, group_of.get(path.stem, "")) for path in listing(folder)]
    masks = {path.stem: path for path in listing(folder / "masks")}
    return [
        Photo(f"{folder.name}/{path.stem}", kind, path, masks[path.stem], group_of.get(path.stem, ""))
        for path in listing(folder / "images")
        if path.stem in masks
    ]


def frames(path: Path, folder: str, count: int = 6) -> list[Photo]:
    """Evenly spaced frames of a clip as photos of one group."""
    total = int(cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FRAME_COUNT))
    group = f"{folder}/{path.stem}"
    return [Photo(f"{group}-{at}", "clips", path, None, group, int((at + 0.5) * total / count)) for at in range(count)]


def read_tree(root: Path) -> list[Photo]:
    """All photos below a data folder: ``portraits*/``, ``fullbody*/``, ``videos*/``, ``backgrounds*/``, ``colour_refs*/``.

    Raises:
        InputError: no such folder, or nothing in it that is known.
    """
    if not root.is_dir():
        raise InputError(f"{root} is not a folder; give one laid out as docs/training.md says.")
    found: list[Photo] = []
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        if folder.name.startswith(("portraits", "fullbody")):
            found += people(folder, "fullbody" if folder.name.startswith("fullbody") else "portraits")
        elif folder.name.startswith("videos"):
            found += [photo for path in sorted(folder.glob("*.mp4")) for photo in frames(path, folder.name)]
        elif folder.name.startswith(("backgrounds", "colour_refs", "color_refs")):
            kind = "scenes" if folder.name.startswith("backgrounds") else "styles"
            found += [Photo(f"{folder.name}/{path.stem}", kind, path) for path in listing(folder)]
    if not found:
        raise InputError(f"{root} holds no portraits*/, fullbody*/ or backgrounds*/ folder; see docs/training.md for the layout.")
    return found


def split_table(file: Path | None = None) -> dict[str, Any]:
    """A split file (else the package's own): ``train``, stems by folder; maybe ``open``, beginnings of clearly licensed names."""
    table: dict[str, Any] = json.loads((file or files("cleanplate.training") / "split.json").read_text(encoding="utf-8"))
    return table


def trained_on(file: Path | None = None) -> frozenset[str]:
    """The names in a split file (else the package's own): what training may see. Everything else, known or not, is validation."""
    return frozenset(f"{folder}/{stem}" for folder, stems in split_table(file)["train"].items() for stem in stems)


@functools.cache
def open_sources() -> tuple[str, ...]:
    """Beginnings of the names of pictures under a clear and open license, as the package's split lists them."""
    return tuple(split_table()["open"])


def clearly_licensed(photo: Photo) -> bool:
    """Whether the photo's source is among those under a clear and open license (docs/data-card.md)."""
    return photo.name.startswith(open_sources())


def select(found: list[Photo], split: str, names: frozenset[str] | None = None) -> list[Photo]:
    """The photos of a split: ``train`` (the ``names``, else those of ``split.json``), ``validation`` (all others) or ``all``."""
    if split == "all":
        return found
    names = trained_on() if names is None else names
    return [photo for photo in found if (photo.name in names) == (split == "train")]


def spread(photos: list[Photo], limit: int | None) -> list[Photo]:
    """At most ``limit`` of them, evenly picked."""
    if limit is None or len(photos) <= limit:
        return photos
    return [photos[int(at)] for at in np.linspace(0, len(photos) - 1, limit).round()]


def draw_split(found: list[Photo], share: float = 0.1) -> dict[str, list[str]]:
    """Names to train on, by folder: all but a tenth of its groups (a lone photo is one), those whose names' checksums are lowest.

    One person's session stays on one side. ``split.json`` was made by this and does not change when photos are added.
    """
    folders: dict[str, dict[str, list[str]]] = {}
    for photo in found:
        folder, stem = photo.name.split("/")
        folders.setdefault(folder, {}).setdefault(photo.group or photo.name, []).append(stem)
    chosen: dict[str, list[str]] = {}
    for folder, groups in folders.items():
        ranked = sorted(groups, key=lambda name: zlib.crc32(name.encode()))
        chosen[folder] = sorted(stem for name in ranked[round(share * len(ranked)) :] for stem in groups[name])
    return chosen


def names_for(found: list[Photo], kept: Path) -> frozenset[str]:
    """What to train on: the shipped split's names where it knows any of these photos, else a split drawn once into ``kept``."""
    shipped = trained_on()
    if any(photo.name in shipped for photo in found):
        return shipped
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps({"train": draw_split(found)}), encoding="utf-8")
    return trained_on(kept)


def load(photo: Photo) -> FloatArray:
    """The picture, (height, width, 3) float32 sRGB-encoded in [0, 1]."""
    if photo.kind != "clips":
        return to_float(photos.read_image(photo.image).pixels)
    clip = cv2.VideoCapture(str(photo.image))
    clip.set(cv2.CAP_PROP_POS_FRAMES, photo.frame)
    read, frame = clip.read()
    if not read:
        raise InputError(f"{photo.image} has no frame {photo.frame}; the clip is broken.")
    return to_float(np.ascontiguousarray(frame[..., ::-1], np.uint8))


def load_mask(photo: Photo, size: tuple[int, int]) -> FloatArray:
    """The binary mask feathered over about three pixels, (height, width) float32 in [0, 1]; its files are hard-edged."""
    if photo.mask is None:
        raise InputError(f"{photo.name} has no mask; give one of the same name in masks/.")
    mask: npt.NDArray[Any] = (photos.read_alpha(photo.mask) > 0.5).astype(np.float32)
    if mask.shape != size:
        mask = cv2.resize(mask, size[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.2), np.float32)
