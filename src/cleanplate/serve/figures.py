"""What a server has done and has to do, in the text form that Prometheus reads (exposition format 0.0.4)."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping

BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # seconds


class Figures:
    """Counted while the server runs."""

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, int]] = Counter()
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def answered(self, path: str, status: int) -> None:
        self.answers[path, status] += 1

    def worked(self, seconds: float) -> None:
        """A job is done that took so long."""
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def text(self, now: Mapping[str, float]) -> str:
        """Everything, and what is the case just now, by name."""
        return "\n".join([*self.counted(), *self.timed(), *gauges(now), ""])

    def counted(self) -> Iterator[str]:
        yield "# HELP cleanplate_requests_total Answers by address and status."
        yield "# TYPE cleanplate_requests_total counter"
        for (path, status), count in sorted(self.answers.items()):
            yield f'cleanplate_requests_total{{path="{path}",status="{status}"}} {count}'

    def timed(self) -> Iterator[str]:
        yield "# HELP cleanplate_job_seconds How long workers took for a job."
        yield "# TYPE cleanplate_job_seconds histogram"
        total = 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), self.buckets, strict=True):
            total += count
            yield f'cleanplate_job_seconds_bucket{{le="{bound}"}} {total}'
        yield f"cleanplate_job_seconds_sum {self.seconds:.3f}"
        yield f"cleanplate_job_seconds_count {total}"


def gauges(now: Mapping[str, float]) -> Iterator[str]:
    for name, value in now.items():
        yield f"# TYPE cleanplate_{name} gauge"
        yield f"cleanplate_{name} {value:g}"


def held_bytes(process: int) -> int:
    """Memory that a process has in use, of what it shares with others its share (Pss); 0 where that is not told."""
    try:
        with open(f"/proc/{process}/smaps_rollup", encoding="ascii") as file:
            return next((int(line.split()[1]) << 10 for line in file if line.startswith("Pss:")), 0)
    except (OSError, ValueError):
        return 0
