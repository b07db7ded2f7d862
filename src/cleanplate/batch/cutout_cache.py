"""Cutouts kept on disk, as exact as they were made, for later units and later batches; the least used go first."""

import contextlib
import hashlib
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from cleanplate.batch.items import Item
from cleanplate.files import tags, temporary
from cleanplate.files.labels import Labels
from cleanplate.models import graphs
from cleanplate.values import Crop, Cropped, Cutout, Image, Tags
from cleanplate.version import __version__

SIDES = ("top", "bottom", "left", "right")
ROOM = 0.9  # of the bound is left when it was passed: not every cutout has to look for room


def key(item: Item, contents: dict[str, str]) -> str:
    """What tells whether a cutout would be another: all that the stages before the plate depend on."""
    settings = item.recipe.settings
    told = {
        "version": __version__, "inputs": {name: sha256 for name, sha256 in contents.items() if name != "plate"},
        "weights": graphs.taking_part(item.recipe.weights),
        "keep": settings.keep, "blend": settings.blend, "clean_hair": settings.clean_hair,
    }  # fmt: skip
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


class Kept:
    """A folder of cutouts.

    Args:
        folder: made when the first is kept.
        most: bytes that all of them may take; 0 keeps none.
    """

    def __init__(self, folder: str, most: int) -> None:
        self.folder, self.most = Path(folder), most

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.npz"

    def find(self, name: str) -> Cutout | None:
        """The cutout of that key; None where there is none that is whole."""
        try:
            with open(self._path(name), "rb") as file, np.load(file, allow_pickle=False) as held:
                arrays = {each: held[each] for each in held.files}
            os.utime(self._path(name))  # used just now
            told = json.loads(arrays["told"].tobytes())
            sides = None if told["cropped"] is None else Cropped(*(each and Crop(*each) for each in told["cropped"]))
            about = tags.from_blocks(arrays["exif"].tobytes(), arrays["xmp"].tobytes())
            image = Image(arrays["pixels"], profile=arrays["profile"].tobytes() or None, tags=about)
            return Cutout(image, arrays["alpha"], told["clean"], told["bled"], sides, tuple(told["warnings"]))
        except (
            OSError,
            EOFError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            zipfile.BadZipFile,
        ):  # not there; of another form
            return None

    def put(self, name: str, cutout: Cutout) -> None:
        """Keep a cutout, if the folder takes it: it can be made again."""
        data = written(cutout)
        if len(data) > self.most:
            return
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            temporary.sweep_once(str(self.folder))
            self._make_room(len(data))
            with temporary.held(str(self.folder), private=False) as (part, _):  # of a cache nothing need reach the disk at once
                Path(part).write_bytes(data)
                os.replace(part, self._path(name))

    def _make_room(self, size: int) -> None:
        found = sorted((each.stat().st_mtime, each.stat().st_size, each) for each in self.folder.glob("*.npz"))
        over = sum(bytes for _, bytes, _ in found) + size - self.most
        over += 0 if over <= 0 else int(self.most * (1 - ROOM))
        for _, bytes, path in found:
            if over <= 0:
                return
            path.unlink(missing_ok=True)
            over -= bytes


def written(cutout: Cutout) -> bytes:
    """A cutout as a file's bytes."""
    sides = cutout.cropped
    crops = None if sides is None else [None if each is None else [each.inset, each.first, each.last] for each in
                                        (getattr(sides, side) for side in SIDES)]  # fmt: skip
    told = {"clean": cutout.clean, "bled": cutout.bled, "cropped": crops, "warnings": list(cutout.warnings)}
    image, about = cutout.image, cutout.image.tags or Tags()
    said = Labels(about.main, about.exif, about.words)
    blocks = {"told": json.dumps(told).encode(), "profile": image.profile or b"", "exif": said.exif_block(), "xmp": said.packet()}
    arrays: dict[str, Any] = {name: np.frombuffer(data, np.uint8) for name, data in blocks.items()}
    file = io.BytesIO()
    np.savez(file, pixels=image.pixels, alpha=cutout.alpha, **arrays)
    return file.getvalue()
