"""What the server holds on disk: a private folder that is gone with it, in it one for each request and one for each thing kept."""

import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cleanplate.files import temporary
from cleanplate.serve import keeping
from cleanplate.serve.problems import Refused, gone

IDENTITY = re.compile(r"[0-9a-f]{32}")


def new_identity() -> str:
    """128 bits that nobody guesses, as hex digits."""
    return secrets.token_hex(16)


@contextmanager
def own_folder() -> Iterator[str]:
    """A private folder for one server; what killed ones left is removed first."""
    where = tempfile.gettempdir()
    temporary.sweep(where)
    with temporary.held(where, private=True) as (lock, _):
        folder = lock + "s"
        os.mkdir(folder, 0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Kept:
    """Something kept: what it is, where, what is told of it."""

    kind: str
    folder: str
    told: dict[str, Any]
    bytes: int
    used: float = field(default_factory=time.monotonic)


class Store:
    """The folder's contents by id. Names that clients give never become paths: files are called by the fields they came in.

    Args:
        folder: of the server alone.
        seconds: for which something is kept unused.
        most: bytes of all that is kept; the longest unused goes first.
    """

    def __init__(self, folder: str, seconds: float, most: int) -> None:
        self.folder, self.seconds, self.most = folder, seconds, most
        self.kept: dict[str, Kept] = {}

    def new_folder(self) -> str:
        """An empty folder that only this user may look into."""
        path = os.path.join(self.folder, new_identity())
        os.mkdir(path, 0o700)
        return path

    def remove(self, folder: str) -> None:
        shutil.rmtree(folder, ignore_errors=True)

    def keep(self, kind: str, folder: str, told: dict[str, Any]) -> dict[str, Any]:
        """Take over a folder; what is told of it, with its id."""
        name = new_identity()
        self.kept[name] = Kept(kind, folder, told, keeping.bytes_of(folder))
        self.sweep()
        return {"id": name, **told, "expires": round(self.seconds)}

    def find(self, kind: str, name: str) -> Kept:
        """What is kept under an id.

        Raises:
            Refused: nothing of that kind.
        """
        found = self.kept.get(name) if IDENTITY.fullmatch(name) else None
        if found is None or found.kind != kind or not os.path.isdir(found.folder):
            raise gone(kind)
        found.used = time.monotonic()
        return found

    def forget(self, kind: str, name: str) -> None:
        self.find(kind, name)
        self.remove(self.kept.pop(name).folder)

    def sweep(self) -> None:
        """Forget what was not used for long, and the longest unused while all takes too much."""
        now = time.monotonic()
        for name in [name for name, each in self.kept.items() if now - each.used > self.seconds]:
            self.remove(self.kept.pop(name).folder)
        while sum(each.bytes for each in self.kept.values()) > self.most and len(self.kept) > 1:
            name = min(self.kept, key=lambda each: self.kept[each].used)
            self.remove(self.kept.pop(name).folder)


def check_identity(text: str, what: str) -> str:
    """Raise Refused unless a text has the form of an id."""
    if not IDENTITY.fullmatch(text):
        raise Refused(422, "input", f"`{what}` is a file, or the id of 32 hex digits of something kept; neither was given.")
    return text
