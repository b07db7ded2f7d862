"""The first step of a worker: files read, and looked at once each as far as they are met again."""

import io
import time
from collections import OrderedDict
from typing import Any, BinaryIO, NamedTuple

from cleanplate import storage
from cleanplate.batch import cutout_cache, records
from cleanplate.batch.items import Item, Job
from cleanplate.batch.records import Source
from cleanplate.plates import Plate

PLATES = 512 << 20  # bytes of plates that a worker holds: about ten of 12 megapixels with what was seen in them
KNOWN = 10_000  # files whose contents a worker remembers by their sha256


class Read(NamedTuple):
    """An item whose files are read: nothing but a film's is asked for again.

    Args:
        sources: its inputs, with the sha256 of each.
        cutout: name of its cutout; see ``cutout_cache``.
        pictures: contents of person and masks by name; empty where the item before has the same cutout, and of a film.
        plate: None for a film.
        seconds: that this took.
    """

    item: Item
    sources: dict[str, Source]
    cutout: str
    pictures: dict[str, bytes]
    plate: Plate | None
    seconds: float


class Reader:
    """Reads what items need."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._plates: OrderedDict[tuple[Any, ...], Plate] = OrderedDict()
        self._known: OrderedDict[tuple[str, storage.Stamp], str] = OrderedDict()
        self._asked = ""  # the cutout that was read last

    def read(self, item: Item) -> Read:
        """
        Raises:
            PhotoError, InputError: a file cannot be read, or the plate shows nothing.
        """
        begin, contents = time.perf_counter(), dict[str, bytes]()
        sources = {name: self._source(address, contents, item.is_film) for name, address in item.inputs.items()}
        cutout = cutout_cache.key(item, {name: source.sha256 for name, source in sources.items()})
        plate = None if item.is_film else self._plate(item, sources["plate"], contents)
        given: dict[str, bytes] = {}
        if not item.is_film and cutout != self._asked:
            self._asked, given = cutout, pictures(item, contents)
        return Read(item, sources, cutout, given, plate, time.perf_counter() - begin)

    def _source(self, address: str, contents: dict[str, bytes], film: bool) -> Source:
        """An input as it is now; what had to be read of a picture goes into ``contents``."""
        place = storage.place(address)
        stamp = place.stamp(address) or storage.Stamp(0, "")
        found = self._known.get((address, stamp)) if stamp.mark else None
        if found is None:
            found = place.sha256(address) if film else records.sha256(content(address, contents))
        self._known[address, stamp] = found
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)
        return Source(address, stamp, found)

    def _plate(self, item: Item, source: Source, contents: dict[str, bytes]) -> Plate:
        """The plate, read and looked at once while there is room for it."""
        name = source.sha256, item.recipe.size
        if name not in self._plates:
            file = opened(content(source.address, contents), source.address)
            self._plates[name] = Plate.open(file, item.recipe.size, self.job.space).of_depth(self.job.depth)
        self._plates.move_to_end(name)
        while len(self._plates) > 1 and sum(each.image.pixels.nbytes for each in self._plates.values()) > PLATES:
            self._plates.popitem(last=False)
        return self._plates[name]


def pictures(item: Item, contents: dict[str, bytes]) -> dict[str, bytes]:
    """The contents of person and masks by name."""
    return {name: content(address, contents) for name, address in item.inputs.items() if name != "plate"}


def content(address: str, contents: dict[str, bytes]) -> bytes:
    """What a file holds, read once for an item."""
    if address not in contents:
        contents[address] = storage.place(address).read(address)
    return contents[address]


def opened(data: bytes, address: str) -> BinaryIO:
    """Bytes as a file that bears the address in messages."""
    file = io.BytesIO(data)
    file.name = address
    return file
