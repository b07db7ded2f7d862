"""Whose turn a picture is, where several batches work on one folder: a file that only one can create says so.

A claim is renewed while its batch lives. One that nobody renews is given up after a while, by whoever has watched it so long:
no two machines' clocks are compared. Should two hold one picture after all, both make the same bytes, and the second finds them
written.
"""

import contextlib
import threading
import time

from cleanplate import storage
from cleanplate.batch.items import Job
from cleanplate.errors import CleanplateError, PhotoError

RENEWED = 15.0  # seconds between two signs of life
EXPIRES = 60.0  # seconds without one after which a claim is given up


def address(job: Job, out: str) -> str:
    return job.state(f"claims/{out}.claim")


class Claims:
    """The claims that one worker holds.

    Args:
        owner: the batch's own name: its workers may take over each other's.
    """

    def __init__(self, job: Job, owner: str) -> None:
        self.job, self.owner = job, f"{owner} ".encode()
        self._held: set[str] = set()
        self._lock, self._stop = threading.Lock(), threading.Event()
        threading.Thread(target=self._renew, daemon=True).start()

    def take(self, out: str) -> bool:
        """Whether a picture is this batch's now."""
        name = address(self.job, out)
        place = storage.place(name)
        if not place.create(name, self._sign()):
            try:
                if not place.read(name).startswith(self.owner):
                    return False
            except PhotoError:  # given back just now: there is a next time
                return False
        with self._lock:
            self._held.add(out)
        return True

    def give_back(self, out: str) -> None:
        with self._lock:
            self._held.discard(out)
            storage.place(self.job.out).remove(address(self.job, out))

    def _sign(self) -> bytes:
        return self.owner + f"{time.time_ns()}".encode()

    def _renew(self) -> None:
        while not self._stop.wait(RENEWED):
            for out in sorted(self._held):
                with self._lock:
                    if out in self._held:
                        self._sign_anew(out)

    def _sign_anew(self, out: str) -> None:
        name = address(self.job, out)
        with contextlib.suppress(CleanplateError):  # the next time; the work itself says what is wrong
            storage.place(name).replace(name, self._sign())

    def close(self) -> None:
        self._stop.set()


class Watch:
    """What a batch has seen of others' claims."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._seen: dict[str, tuple[str, float]] = {}

    def give_up(self, out: str, now: float) -> bool:
        """Whether a picture's claim is gone, or has been given up now since it was not renewed for so long.

        Args:
            now: seconds of a clock that never goes back.
        """
        name = address(self.job, out)
        place = storage.place(name)
        found = place.stamp(name)
        if found is None:
            return True
        mark, since = self._seen.setdefault(out, (found.mark, now))
        if mark != found.mark:
            self._seen[out] = found.mark, now
            return False
        if now - since < EXPIRES:
            return False
        place.remove(name)
        return True
