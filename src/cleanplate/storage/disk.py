"""The disk of this machine, or what others share with it, as a place."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from cleanplate.errors import PhotoError
from cleanplate.files import atomic, sources, temporary
from cleanplate.files.atomic import called
from cleanplate.storage.places import STATE, Stamp


class Disk:
    """Files and folders. Writing makes the folders that are missing."""

    def stamp(self, address: str) -> Stamp | None:
        try:
            found = os.stat(address)
        except (OSError, ValueError):
            return None
        return Stamp(found.st_size, f"{found.st_mtime_ns}-{found.st_ino}")

    def read(self, address: str) -> bytes:
        with sources.reading(address, called(address)) as file:
            return file.read()

    def part(self, address: str, start: int, end: int) -> bytes:
        with sources.reading(address, called(address)) as file:
            file.seek(start)
            found = file.read(end - start)
        if len(found) != end - start:
            raise PhotoError(f"{called(address)} ends before byte {end}: it was cut or changed, write it again.", "unreadable")
        return found

    def sha256(self, address: str) -> str:
        with sources.reading(address, called(address)) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]

    def create(self, address: str, data: bytes) -> bool:
        with self._ready(address):
            try:
                with atomic.whole_file(address, overwrite=False) as temporary_name:
                    Path(temporary_name).write_bytes(data)
            except atomic.Appeared:
                return False
        return True

    def replace(self, address: str, data: bytes) -> None:
        with self._ready(address), atomic.whole_file(address, overwrite=True) as temporary_name:
            Path(temporary_name).write_bytes(data)

    def adopt(self, address: str, file: str, *, overwrite: bool) -> bool:
        with self._ready(address):
            with open(file, "r+b") as written:
                os.fsync(written.fileno())
            try:
                atomic.put(file, os.path.realpath(address), overwrite, called(address))
            except atomic.Appeared:
                return False
            atomic.sync(os.path.dirname(os.path.realpath(address)))
        return True

    @contextlib.contextmanager
    def _ready(self, address: str) -> Iterator[None]:
        """The folder made, what killed processes left in it swept away, and refusals in one sentence."""
        with atomic.refusals(called(address)):
            folder = os.path.dirname(os.path.realpath(address))
            os.makedirs(folder, exist_ok=True)
            temporary.sweep_once(folder)
            yield

    def remove(self, address: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(address)

    def files(self, folder: str) -> Iterator[str]:
        for root, folders, names in os.walk(folder):
            folders[:] = sorted(each for each in folders if not each.startswith("."))
            yield from (os.path.join(root, each) for each in sorted(names) if not each.startswith("."))

    def local(self, address: str) -> contextlib.AbstractContextManager[str]:
        return contextlib.nullcontext(address)

    def scratch(self, folder: str) -> str:
        made = os.path.join(folder, STATE, "scratch")
        with atomic.refusals(called(folder)):
            os.makedirs(made, exist_ok=True)
        atomic.check_folder(folder, called(folder))
        return made
