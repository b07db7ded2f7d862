"""The door to places for files: which one an address lies in."""

from cleanplate.batch import clouds
from cleanplate.batch.disk import Disk
from cleanplate.batch.places import STATE, Place, Stamp, is_hidden, is_url, joined

__all__ = ["STATE", "Disk", "Place", "Stamp", "is_hidden", "is_url", "joined", "place"]


def place(address: str) -> Place:
    """The place that an address lies in: the disk, or by its URL an object store.

    Raises:
        InputError: no such kind of URL.
        MissingExtra: obstore is not installed.
    """
    return clouds.cloud(address) if is_url(address) else Disk()
