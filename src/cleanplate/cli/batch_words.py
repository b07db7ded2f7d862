"""What the command `batch` says while it works: to people on stderr, to programs as lines of JSON on stdout."""

import json
import sys
import time
from typing import Any

from cleanplate.batch import reports
from cleanplate.batch.estimates import Estimate
from cleanplate.batch.items import ENDED
from cleanplate.batch.job import Batch, Summary
from cleanplate.batch.reports import Progress
from cleanplate.cli.streams import printing, say
from cleanplate.errors import in_shell

OFTEN = 0.2  # seconds from one word on progress to the next on a terminal
SELDOM = 30.0  # elsewhere, such as in a log


class Words:
    """How far a batch is.

    Args:
        quiet: whether only what went wrong is said.
        as_json: whether each item is told as a line of JSON.
    """

    def __init__(self, quiet: bool, as_json: bool) -> None:
        self.quiet, self.as_json, self.terminal = quiet, as_json, sys.stderr.isatty()
        self._said, self._open = time.monotonic(), False

    def begin(self, batch: Batch) -> None:
        if self.as_json:
            emit({"event": "begin", "items": len(batch.items), "todo": len(batch.todo), "kept": len(batch.kept)})
        if not self.quiet and not self.as_json and batch.kept:
            say(f"{len(batch.kept)} of {len(batch.items)} are done already")

    def tell(self, progress: Progress) -> None:
        """After each item; a failure is always said."""
        outcome = progress.outcome
        if self.as_json:
            told = {"done": progress.done, "of": progress.all, "rate": round(progress.rate, 3), "left": round(progress.left, 1)}
            emit({"event": "item", **told, **outcome.to_json()})
            return
        if outcome.status not in ENDED:
            self.pause()
            say(f"cleanplate: {outcome.out}: {outcome.status}: {in_shell(outcome.reason)}")
        now = time.monotonic()
        if not self.quiet and now - self._said >= (OFTEN if self.terminal else SELDOM):
            self._said, self._open = now, self.terminal
            say(f"\r{reports.line(progress)}   " if self.terminal else reports.line(progress), end="" if self.terminal else "\n")

    def pause(self) -> None:
        """Begin a new line where one is open."""
        if self._open:
            self._open = False
            say()

    def end(self, summary: Summary, out: str) -> None:
        """The summary table."""
        if self.as_json:
            counts = {
                status: sum(each.status == status for each in summary.outcomes)
                for status in {each.status for each in summary.outcomes}
            }
            emit({"event": "end", "seconds": round(summary.seconds, 3), "counts": counts})
        elif not self.quiet:
            say(f"{reports.table(summary.outcomes, summary.seconds)}\n-> {out}")


def emit(told: dict[str, Any]) -> None:
    with printing():
        print(json.dumps(told))


def show(estimate: Estimate, as_json: bool) -> None:
    """What a batch would do, on stdout."""
    if as_json:
        emit({"event": "dry run", **estimate._asdict()})
        return
    lines = [f"{estimate.items} results, {estimate.kept} of them done already, {estimate.todo} to be made"]
    if estimate.pictures:
        lines.append(
            f"{estimate.pictures} pictures: about {clock(estimate.seconds)} with {estimate.workers} workers, "
            f"{estimate.bytes / 1e6:.0f} MB"
        )
    if estimate.films:
        length = f"about {clock(estimate.film_seconds)} with {estimate.workers} workers, {estimate.film_bytes / 1e6:.0f} MB"
        lines.append(f"{estimate.films} films: {length if estimate.film_seconds else 'none of them could be tried'}")
    lines += [f"  {name}" for name in estimate.first]
    with printing():
        print("\n".join(lines))


def clock(seconds: float) -> str:
    """
    >>> clock(75), clock(4000)
    ('1:15 minutes', '1:06 hours')
    """
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d} minutes" if whole < 3600 else f"{whole // 3600}:{whole // 60 % 60:02d} hours"
