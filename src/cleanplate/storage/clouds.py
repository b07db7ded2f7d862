"""Object stores, by obstore (extra ``cloud``): s3, gs and az, with whatever credentials the environment has. Only what is named is
asked.

``create`` is a conditional put, which the store itself decides; so it claims and commits without a coordinator. A request that
fails by the network or the server is tried again with growing pauses. A put whose answer was lost may have been done: the next
try then finds something there, and looks whether it is the same.
"""

import contextlib
import functools
import hashlib
import mmap
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

from cleanplate.errors import InputError, MissingExtra, OutputError, PhotoError, why
from cleanplate.storage.places import Stamp, is_hidden

SCHEMES = ("s3", "gs", "az")
TRIES = 6  # of a request, with pauses of about 0.2, 0.4, 0.8, 1.6 and 3.2 seconds between
PAUSE = 0.2  # seconds
REQUEST = timedelta(seconds=60)  # until a request that gets no answer is given up
CHUNK = 8 << 20  # bytes hashed or fetched at a time

Answer = TypeVar("Answer")


class Cloud:
    """A bucket or container.

    Args:
        root: its URL, such as s3://bucket.
    """

    def __init__(self, root: str) -> None:
        self.root, self.library = root, library()
        options: dict[str, Any] = {"timeout": REQUEST, "connect_timeout": timedelta(seconds=10)}
        if os.environ.get("AWS_ENDPOINT_URL", os.environ.get("AWS_ENDPOINT", "")).startswith("http://"):
            options["allow_http"] = True  # a server of one's own
        retries = {"max_retries": 0}  # ours, which know what a lost answer to a conditional put means
        try:
            self.store = self.library.store.from_url(root, client_options=options, retry_config=retries)
        except Exception as error:
            raise InputError(
                f"{root} cannot be used as an object store ({why(error)}): check its name and the credentials."
            ) from error

    def path(self, address: str) -> str:
        return address[len(self.root) :].strip("/")

    def stamp(self, address: str) -> Stamp | None:
        try:
            found = self._tried(address, lambda: self.library.head(self.store, self.path(address)))
        except FileNotFoundError:
            return None
        return Stamp(found["size"], found["e_tag"] or str(found["last_modified"]))

    def read(self, address: str) -> bytes:
        return b"".join(self._chunks(address))

    def part(self, address: str, start: int, end: int) -> bytes:
        try:
            return self._tried(address, functools.partial(self._part, self.path(address), start, end, None))
        except FileNotFoundError as error:
            raise missing(address) from error

    def sha256(self, address: str) -> str:
        found = hashlib.sha256()
        for part in self._chunks(address):
            found.update(part)
        return found.hexdigest()

    def _chunks(self, address: str) -> Iterator[bytes]:
        """What an object holds, a part at a time; each part is asked for until it comes whole."""
        path, start, tag = self.path(address), 0, None
        try:
            head = self._tried(address, lambda: self.library.head(self.store, path))
        except FileNotFoundError as error:
            raise missing(address) from error
        size, tag = head["size"], head["e_tag"]
        while start < size:
            end = min(size, start + CHUNK)
            yield self._tried(address, functools.partial(self._part, path, start, end, tag))
            start = end

    def _part(self, path: str, start: int, end: int, tag: str | None) -> bytes:
        options: dict[str, Any] = {"range": (start, end)} | ({"if_match": tag} if tag else {})
        found = bytes(self.library.get(self.store, path, options=options).bytes())
        if len(found) != end - start:
            raise ConnectionError(f"{len(found)} of {end - start} bytes came")
        return found

    # ---- writing -------------------------------------------------------------------------------------------------

    def create(self, address: str, data: bytes | mmap.mmap) -> bool:
        tried = 0

        def put() -> bool:
            nonlocal tried
            tried += 1
            try:
                self.library.put(self.store, self.path(address), data, mode="create", use_multipart=False)
            except self.library.exceptions.AlreadyExistsError:
                return tried > 1 and self.sha256(address) == hashlib.sha256(data).hexdigest()
            return True

        return self._writing(address, put)

    def replace(self, address: str, data: bytes | mmap.mmap) -> None:
        self._writing(address, lambda: self.library.put(self.store, self.path(address), data, use_multipart=False))

    def adopt(self, address: str, file: str, *, overwrite: bool) -> bool:
        """As of every place. A put is one request, also of a film: only that can be conditional, and nothing half sent is left."""
        data = mapped(file)
        if not overwrite:
            return self.create(address, data)
        self.replace(address, data)
        return True

    def remove(self, address: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._writing(address, lambda: self.library.delete(self.store, self.path(address)))

    # ---- the rest of a place -------------------------------------------------------------------------------------

    def files(self, folder: str) -> Iterator[str]:
        path = self.path(folder)
        names = self._tried(folder, lambda: [each["path"] for part in self.library.list(self.store, path or None) for each in part])
        for name in sorted(names):
            if not is_hidden(name[len(path) :].lstrip("/")):
                yield f"{self.root}/{name}"

    @contextlib.contextmanager
    def local(self, address: str) -> Iterator[str]:
        with tempfile.TemporaryDirectory(prefix="cleanplate-") as folder:
            path = os.path.join(folder, os.path.basename(address))
            with open(path, "wb") as file:
                for part in self._chunks(address):
                    file.write(part)
            yield path

    def scratch(self, folder: str) -> str:
        return tempfile.gettempdir()

    # ---- tries ---------------------------------------------------------------------------------------------------

    def _writing(self, address: str, request: Callable[[], Answer]) -> Answer:
        """A request that writes.

        Raises:
            OutputError: the store refuses, or cannot be reached.
        """
        try:
            return self._tried(address, request)
        except PhotoError as error:
            raise OutputError(str(error)) from error

    def _tried(self, address: str, request: Callable[[], Answer]) -> Answer:
        """What a request gives, tried again while the network or the server is to blame.

        Raises:
            FileNotFoundError: there is no such object.
            PhotoError: the store refuses, or cannot be reached.
        """
        for number in range(1, TRIES + 1):
            try:
                return request()
            except FileNotFoundError:
                raise
            except Exception as error:
                if number == TRIES or not may_pass(self.library, error):
                    raise PhotoError(
                        f"{address} cannot be reached or is refused ({why(first(error))}): check name and access.", "unreadable"
                    ) from error
                time.sleep(PAUSE * 2 ** (number - 1) * random.uniform(0.5, 1.5))  # noqa: S311 - so that not all come again at once
        raise AssertionError  # the last try returns or raises


def mapped(file: str) -> bytes | mmap.mmap:
    """What a file holds, without being read into memory; nothing of an empty one, which cannot be mapped.

    It is let go when nobody refers to it: a request that broke off may do so for a while.
    """
    with open(file, "rb") as held:
        return mmap.mmap(held.fileno(), 0, access=mmap.ACCESS_READ) if os.path.getsize(file) else b""


def first(error: Exception) -> Exception:
    """An error whose text is the first line alone: obstore's go on for pages."""
    return ConnectionError(str(error).partition("\n")[0])


def missing(address: str) -> PhotoError:
    return PhotoError(f"{address} does not exist: check the name.", "missing")


def may_pass(obstore: Any, error: Exception) -> bool:
    """Whether trying again may help: not where the store has decided."""
    decided = ("AlreadyExistsError", "PreconditionError", "PermissionDeniedError", "UnauthenticatedError", "InvalidPathError",
               "NotSupportedError", "UnknownConfigurationKeyError")  # fmt: skip
    return not isinstance(error, tuple(getattr(obstore.exceptions, name) for name in decided))


def library() -> Any:
    """obstore.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import obstore
        import obstore.exceptions
        import obstore.store
    except ImportError as error:
        raise MissingExtra("obstore", "cloud") from error
    return obstore


@functools.lru_cache(maxsize=64)
def of_root(root: str) -> Cloud:
    return Cloud(root)


def cloud(address: str) -> Cloud:
    """The bucket that an address lies in; of Azure the container, az://account/container.

    Raises:
        InputError: no such kind of URL.
    """
    scheme, _, rest = address.partition("://")
    if scheme not in SCHEMES:
        raise InputError(f"{address} is of no store that can be used: give a path, or a URL that begins with {', '.join(SCHEMES)}.")
    parts = rest.split("/")
    return of_root(f"{scheme}://" + "/".join(parts[: 2 if scheme == "az" else 1]))
