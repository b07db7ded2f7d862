"""The door to places for files, disk or object store: which one an address lies in."""

from cleanplate.storage import clouds
from cleanplate.storage.disk import Disk
from cleanplate.storage.places import STATE, Place, Stamp, is_hidden, is_url, joined

__all__ = ["STATE", "Disk", "Place", "Stamp", "is_hidden", "is_url", "joined", "place"]


def place(address: str) -> Place:
    """The place that an address lies in: the disk, or by its URL an object store.

    Raises:
        InputError: no such kind of URL.
        MissingExtra: obstore is not installed.
    """
    return clouds.cloud(address) if is_url(address) else Disk()
