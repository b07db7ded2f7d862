"""Who and what is trained on, validated with and tested with: divided by person and by place, never by picture.

The paper divides its 46,100 blending pictures at random (45,000 / 200 / 900, which is 450 / 2 / 9 foregrounds on 100 backgrounds
each), so that people and places of its tests were trained on. Here a person or place is in one part only.
"""

import zlib
from collections.abc import Iterable
from typing import NamedTuple

from cleanplate.training.readers.datasets import Photo

PARTS = ("train", "validation", "test")


class Shares(NamedTuple):
    """Which shares of people or places are held out."""

    validation: float
    test: float


PEOPLE = Shares(2 / 461, 9 / 461)  # the paper's 450 / 2 / 9 foregrounds of 461
PLACES = Shares(1 / 7, 1 / 7)  # of the paper's 140 backgrounds 100 / 20 / 20


def person_of(photo: Photo) -> str:
    """What must stay together: the session or clip, else the photo by itself."""
    return photo.group or photo.name


def divide(keys: Iterable[str], shares: Shares, trained: frozenset[str] | None = None) -> dict[str, str]:
    """Key -> part, by the checksum of its name: it does not depend on the order.

    Args:
        keys: of people or places.
        shares: at least one key goes to each part held out, as far as there are keys.
        trained: what is known to be trained on; then the others are divided between validation and test in the shares' proportion.

    >>> parts = divide([str(i) for i in range(461)], PEOPLE)
    >>> [list(parts.values()).count(part) for part in PARTS]
    [450, 2, 9]
    """
    ranked = sorted(set(keys), key=lambda key: (zlib.crc32(key.encode()), key))
    if trained is not None:
        left = [key for key in ranked if key not in trained]
        count = round(len(left) * shares.validation / (shares.validation + shares.test))
        parts = {key: "validation" if at < max(1, count) else "test" for at, key in enumerate(left)}
        return {key: parts.get(key, "train") for key in ranked}
    first = max(1, round(shares.validation * len(ranked)))
    second = first + max(1, round(shares.test * len(ranked)))
    return {key: "validation" if at < first else "test" if at < second else "train" for at, key in enumerate(ranked)}


def part(photos: list[Photo], split: str, names: frozenset[str] | None = None) -> list[Photo]:
    """The photos of a split: people and places divided each by themselves.

    Args:
        split: ``train``, ``validation`` or ``test``.
        names: photos that are known to be trained on, such as those of ``split.json``.
    """
    chosen: set[str] = set()
    places = ("scenes", "styles")
    for kinds, shares in ((places[:1], PLACES), (places[1:], PLACES), (None, PEOPLE)):
        some = [photo for photo in photos if (photo.kind in kinds if kinds else photo.kind not in places)]
        trained = None if names is None else frozenset(person_of(photo) for photo in some if photo.name in names)
        parts = divide([person_of(photo) for photo in some], shares, trained)
        chosen |= {photo.name for photo in some if parts[person_of(photo)] == split}
    return [photo for photo in photos if photo.name in chosen]
