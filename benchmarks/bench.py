"""What every row is given, and the command line that the benches share."""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cleanplate
from benchmarks import pictures, timing
from benchmarks.timing import Rows
from cleanplate.errors import SetupError

QUICK, QUICK_REPEATS = 0.125, 3  # of the pixels that a row asks for


@dataclass(frozen=True)
class Bench:
    """What the rows are given."""

    album: pictures.Album
    repeats: int
    quick: bool
    device: str
    clock: timing.Clock = time.perf_counter

    def timed(self, job: Callable[[], object]) -> timing.Sampler:
        return timing.timed(job, self.clock)

    def size(self, megapixels: float) -> tuple[int, int]:
        return pictures.portrait(megapixels * (QUICK if self.quick else 1))

    def frame(self, size: tuple[int, int]) -> tuple[int, int]:
        """A landscape frame, smaller when in a hurry."""
        return (round(size[0] * QUICK**0.5), round(size[1] * QUICK**0.5)) if self.quick else size

    def compositor(self) -> cleanplate.Compositor:
        return cleanplate.Compositor(device=self.device)

    def compose(self, files: pictures.Files, given: bool) -> None:
        """File to file, in this warm process."""
        composite = cleanplate.compose(files.person, files.plate, alpha=files.matte if given else None, device=self.device)
        composite.save(files.person.with_suffix(".out.jpg"), overwrite=True)


Maker = Callable[[Bench], Rows]


def commands(words: str | None, rows: Iterable[str], repeats: int) -> argparse.ArgumentParser:
    """The options of every bench; ``words`` are those of its module."""
    names = list(rows)
    parser = argparse.ArgumentParser(description=(words or "").partition("\n")[0])
    parser.add_argument("--rows", nargs="+", choices=names, default=names, metavar="ROW", help=f"some of: {', '.join(names)}")
    parser.add_argument("--repeats", type=int, help=f"{repeats} without it, {QUICK_REPEATS} with --quick")
    parser.add_argument("--quick", action="store_true", help="an eighth of the pixels: to see that all runs, not how fast")
    parser.add_argument("--cpu", action="store_true", help="seconds of all processors, not of the wall: on a busy machine")
    parser.add_argument("--json", metavar="FILE", help="the rows as JSON too; - for them alone on stdout")
    parser.set_defaults(otherwise=repeats)
    return parser


@contextmanager
def opened(given: argparse.Namespace, device: str) -> Iterator[Bench]:
    """The bench that a command line asks for; its files are gone afterwards."""
    repeats = given.repeats or (QUICK_REPEATS if given.quick else given.otherwise)
    clock = time.process_time if given.cpu else time.perf_counter
    with tempfile.TemporaryDirectory(prefix="cleanplate-bench-") as folder:
        yield Bench(pictures.Album(Path(folder)), repeats, given.quick, device, clock)


def run(bench: Bench, makers: Mapping[str, Maker]) -> Rows:
    """The rows of these makers; one that this installation cannot run is told and left out."""
    rows: Rows = {}
    for name, maker in makers.items():
        timing.say(f"bench: {name}")
        try:
            rows |= maker(bench)
        except SetupError as error:
            timing.say(f"bench: {name} skipped: {error}")
    return rows
