"""A set of samples in a folder, to look at, to train on and to evaluate: pictures, a manifest, a contact sheet.

    composite/000000.png  alpha/000000.png  plate/000000.png  target/000000.png  ...   (harmonize)
    source/000000.png  alpha/000000.png  plate/000000.png  target/000000.png  true_alpha/000000.png  ...   (blend)
    manifest.jsonl   one line for each sample: files, seed, person, group, background, recoloring, foreground ratio
    sheet.png        the first 24

A picture is written under another name and renamed. A folder without a manifest is unfinished: the same command goes on with it.
"""

import io
import json
import os
import shutil
import sys
import tarfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cleanplate import storage
from cleanplate.errors import InputError, OutputError, PhotoError, why
from cleanplate.files import photos
from cleanplate.pixels.color import FloatArray, to_float, to_uint8
from cleanplate.pixels.resampling import resize
from cleanplate.training.samples.drawing import Drawer, Facts
from cleanplate.training.samples.synthesis import Sample
from cleanplate.values import Image

FIELDS = {"harmonize": ("composite", "alpha", "plate", "target"), "blend": ("source", "alpha", "plate", "target", "true_alpha")}
MANIFEST, SHEET, UNFINISHED = "manifest.jsonl", "sheet.png", ".unfinished"
SHOWN, ACROSS, TILE = 24, 3, 144  # samples on the sheet, samples in a row, pixels of a picture


class Blend(NamedTuple):
    """One blending pair; pictures (height, width, 3) and alphas (height, width), float32 in [0, 1], sRGB-encoded."""

    source: FloatArray
    alpha: FloatArray
    plate: FloatArray
    target: FloatArray
    true_alpha: FloatArray


# ---- writing -------------------------------------------------------------------------------------------------------


def keep(path: Path, text: str) -> None:
    """A small text file, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def save(path: Path, picture: FloatArray) -> None:
    """A picture or alpha as 8-bit PNG, whole or not at all."""
    if picture.ndim == 2:
        photos.write_alpha(np.asarray(np.clip(picture, 0, 1), np.float32), path, overwrite=True)
    else:
        photos.write_image(Image(to_uint8(picture)), path, overwrite=True)


def claim(out: Path, settings: Facts, overwrite: bool) -> None:
    """Make the folder ready: new, emptied of an earlier set, or to be gone on with.

    Raises:
        OutputError: it holds something else, a finished set, or an unfinished one of other settings.
    """
    state, text = out / UNFINISHED / "settings.json", json.dumps(settings, sort_keys=True)
    try:
        if out.exists() and not out.is_dir():
            raise OutputError(f"{out} is a file; give a folder for the set.")
        if out.exists() and any(out.iterdir()):
            ours = (out / MANIFEST).exists() or (out / UNFINISHED).is_dir()
            if not ours:
                raise OutputError(f"{out} holds other files than a set; give a new folder.")
            if (out / MANIFEST).exists() and not overwrite:
                raise OutputError(f"{out} holds a set already; give another folder or allow overwriting.")
            same = state.exists() and state.read_text(encoding="utf-8") == text
            if not same and not overwrite and state.exists():
                raise OutputError(f"{out} holds an unfinished set of other settings; give another folder or allow overwriting.")
            if overwrite:
                clear(out)
        state.parent.mkdir(parents=True, exist_ok=True)
        keep(state, text)
    except OSError as error:
        raise OutputError(f"{out} cannot be written ({why(error)}); give a folder where there is room.") from error


def clear(out: Path) -> None:
    """Remove a set's own files from a folder, no others."""
    for name in {field for fields in FIELDS.values() for field in fields} | {UNFINISHED}:
        shutil.rmtree(out / name, ignore_errors=True)
    for name in (MANIFEST, SHEET):
        (out / name).unlink(missing_ok=True)


def write_sample(drawer: Drawer, stage: str, out: Path, seed: int, number: int) -> None:
    """Draw and write one sample; its line is kept last and says that it is whole."""
    drawn = drawer.draw(np.random.default_rng((seed, number)), number)
    files = {field: f"{field}/{number:06d}.png" for field in FIELDS[stage]}
    for field, name in files.items():
        save(out / name, drawn.pictures[field])
    line = {"sample": number, "stage": stage, "seed": [seed, number]} | drawn.facts | {"files": files}
    keep(out / UNFINISHED / f"{number:06d}.json", json.dumps(line))


def write(drawer: Drawer, stage: str, out: Path, count: int, seed: int, settings: Facts, overwrite: bool = False) -> Path:
    """Write a set, or finish one that was broken off; the path of its manifest.

    Args:
        drawer: where samples come from.
        stage: ``harmonize`` or ``blend``.
        settings: what two runs must share for one to finish the other's set.

    Raises:
        InputError: fewer than one sample.
        OutputError: see ``claim``.
    """
    if count < 1:
        raise InputError(f"A set has at least one sample; {count} were asked for.")
    claim(out, settings | {"stage": stage, "seed": seed}, overwrite)
    for field in FIELDS[stage]:
        (out / field).mkdir(exist_ok=True)
    done = {path.stem for path in (out / UNFINISHED).glob("[0-9]*.json")}
    wanted = [f"{number:06d}" for number in range(count)]
    for number, name in enumerate(wanted):
        if name not in done:
            write_sample(drawer, stage, out, seed, number)
        if number % 100 == 0:
            print(f"synthesize: {number} of {count} samples", file=sys.stderr, flush=True)
    strays = [path for field in FIELDS[stage] for path in (out / field).iterdir() if path.name[:-4] not in wanted]
    for path in [*strays, *out.glob("*.part"), *out.glob(".*.part")]:
        path.unlink(missing_ok=True)  # of a longer set that was broken off, or half a file of a killed run
    lines = [(out / UNFINISHED / f"{name}.json").read_text(encoding="utf-8") for name in wanted]
    save(out / SHEET, sheet(out, [json.loads(line) for line in lines[:SHOWN]]))
    keep(out / MANIFEST, "\n".join(lines) + "\n")
    shutil.rmtree(out / UNFINISHED)
    return out / MANIFEST


def tile(path: Path) -> FloatArray:
    """A picture or alpha of a set fitted into a square of the sheet, on grey."""
    picture = to_float(photos.read_image(path).pixels)
    scale = TILE / max(picture.shape[:2])
    small = resize(picture, (max(1, round(picture.shape[0] * scale)), max(1, round(picture.shape[1] * scale))))
    square = np.full((TILE, TILE, 3), 0.5, np.float32)
    square[: small.shape[0], : small.shape[1]] = small
    return square


def sheet(folder: Path, entries: list[dict[str, Any]]) -> FloatArray:
    """The samples side by side, each with all its pictures, in the manifest's order."""
    strips = [np.concatenate([tile(folder / name) for name in entry["files"].values()], 1) for entry in entries]
    strips += [np.full_like(strips[0], 0.5)] * (-len(strips) % min(ACROSS, len(strips)))
    gap = np.ones((TILE, 8, 3), np.float32)
    across = min(ACROSS, len(strips))
    rows = (strips[at : at + across] for at in range(0, len(strips), across))
    return np.concatenate([np.concatenate([part for strip in row for part in (strip, gap)], 1) for row in rows], 0)


# ---- reading -------------------------------------------------------------------------------------------------------


def is_set(address: str | Path) -> bool:
    """Whether a folder, or a URL, holds a finished set."""
    name = storage.joined(os.fspath(address), MANIFEST)
    return storage.place(name).stamp(name) is not None


def entries(folder: str | Path) -> list[dict[str, Any]]:
    """The manifest's lines.

    Args:
        folder: of a set, or of its tar files (``shards``); or its URL.

    Raises:
        InputError: no set, an unfinished one, or a manifest that is none.
    """
    if not is_set(folder):
        state = "unfinished: run the same command again" if Path(folder, UNFINISHED).is_dir() else f"no set: it lacks {MANIFEST}"
        raise InputError(f"{folder} is {state}.")
    name = storage.joined(os.fspath(folder), MANIFEST)
    try:
        lines = [json.loads(line) for line in storage.place(name).read(name).decode("utf-8").splitlines()]
        if not lines or any(line["stage"] not in FIELDS or not line["files"] for line in lines):
            raise ValueError("a line of another kind")
        return lines
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{name} is no manifest of a set ({why(error)}); write the set again.") from error


def contents(folder: str | Path, entry: dict[str, Any]) -> dict[str, bytes]:
    """What the files of a manifest's line hold, by field. Of a tar they are one stretch, which is read at once.

    Raises:
        InputError: one of them is missing or cut.
    """
    if "tar" not in entry:
        names = {field: storage.joined(os.fspath(folder), file) for field, file in entry["files"].items()}
        return {field: storage.place(name).read(name) for field, name in names.items()}
    name = storage.joined(os.fspath(folder), entry["tar"])
    data = storage.place(name).part(name, *entry["span"])
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            held = {each.name: tar.extractfile(each) for each in tar.getmembers()}
            return {field: held[file].read() for field, file in entry["files"].items()}  # type: ignore[union-attr]
    except (tarfile.TarError, KeyError, AttributeError) as error:
        raise InputError(f"{name} does not hold what its manifest says ({why(error)}): write it again.") from error


def load(folder: str | Path, entry: dict[str, Any]) -> Sample | Blend:
    """The pictures of a manifest's line.

    Raises:
        InputError: see ``contents``; or one is no picture.
    """
    arrays = {}
    for field, data in contents(folder, entry).items():
        try:
            read = photos.read_alpha(data) if field.endswith("alpha") else to_float(photos.read_image(data).pixels)
        except PhotoError as error:
            raise PhotoError(f"{entry['files'][field]} of the set {folder}: {error}", error.reason) from error
        arrays[field] = read
    return Sample(**arrays) if entry["stage"] == "harmonize" else Blend(**arrays)
