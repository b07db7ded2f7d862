"""What is shown when: a frame's time goes with whatever is made of the frame, and one film is shown in the time of another."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

Item = TypeVar("Item")
Other = TypeVar("Other")

STEP = 0.04  # seconds that a film of a single picture lasts


class Timed(NamedTuple, Generic[Item]):
    """A frame, or what was made of it, and when it is shown.

    Args:
        second: from the first one's.
        item: what is shown.
        pts, duration: the same, and how long it is shown, in units of its file's time base.
    """

    second: float
    item: Item
    pts: int = 0
    duration: int = 0

    def of(self, item: Other) -> "Timed[Other]":
        """Another thing, shown when this one is.

        >>> Timed(0.5, "frame", 20, 1).of("matte")
        Timed(second=0.5, item='matte', pts=20, duration=1)
        """
        return Timed(self.second, item, self.pts, self.duration)


def counted(items: Iterable[Item], rate: float) -> Iterator[Timed[Item]]:
    """Frames that come without times, so many in a second.

    >>> [each.second for each in counted("ab", 4.0)]
    [0.0, 0.25]
    """
    return (Timed(number / rate, item, number, 1) for number, item in enumerate(items))


def same(second: float) -> float:
    return second


def beside(
    leading: Iterable[Timed[Item]],
    following: Iterator[Timed[Other]],
    when: Callable[[float], float] = same,
    hold: bool = False,
) -> Iterator[tuple[Timed[Item], Other]]:
    """Each frame of a film with the picture of another one that is shown nearest to it, the earlier of two.

    Args:
        when: at which second of the other a second of the leading film lies; it rises.
        hold: show the last picture on and on; else all ends half a picture after it.

    >>> shown = [Timed(0.0, "a"), Timed(0.1, "b"), Timed(0.2, "c")]
    >>> "".join(item for _, item in beside([Timed(second, None) for second in (0.0, 0.04, 0.06, 0.2, 0.24, 0.26)], iter(shown)))
    'aabcc'
    """
    current, coming, step = next(following, None), next(following, None), 0.0
    for frame in leading:
        second = when(frame.second)
        while current and coming and coming.second - second < second - current.second:
            step = coming.second - current.second
            current, coming = coming, next(following, None)
        if current is None or (coming is None and not hold and second > current.second + step / 2):
            return
        yield frame, current.item


def looped(opened: Callable[[], Iterator[Timed[Any]]]) -> Iterator[Timed[Any]]:
    """A film over and over: each copy begins one frame after the last of the one before.

    >>> film = [Timed(0.0, "a"), Timed(0.5, "b")]
    >>> [shown.second for _, shown in zip(range(5), looped(lambda: iter(film)))]
    [0.0, 0.5, 1.0, 1.5, 2.0]
    """
    start, step = 0.0, STEP
    while True:
        last: float | None = None
        for frame in opened():
            step = step if last is None else frame.second - last
            last = frame.second
            yield frame._replace(second=start + frame.second)
        if last is None:
            return
        start += last + step
