"""What a run tells: a line on stderr, a row of ``log.csv``, and events for TensorBoard where they are asked for."""

import csv
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cleanplate.errors import MissingExtra
from cleanplate.pixels.color import FloatArray, to_uint8
from cleanplate.training.run import processes
from cleanplate.training.run.config import Config, rate_at, size_at

COLUMNS = ("step", "size", "rate", "loss", "validation", "seconds", "waiting")  # waiting for data: share of the time
ADVERSARIAL = ("adversarial", "discriminator", "penalty")  # further columns of a run with a discriminator


class Meter:
    """Means since the last look, over steps and processes."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.values: defaultdict[str, list[float]] = defaultdict(list)
        self.waited, self.started = 0.0, time.monotonic()

    def add(self, **values: Tensor) -> None:
        for name, each in values.items():
            self.values[name].append(float(each.detach()))

    def look(self, device: torch.device) -> dict[str, float]:
        """The means by name, ``waiting`` among them; then it starts anew. All processes must look together."""
        shares = [torch.tensor(self.waited / max(time.monotonic() - self.started, 1e-9))]
        means = [torch.tensor(each).mean() for each in self.values.values()]
        found = [each.to(device) for each in shares + means]
        processes.average(found)
        answer = dict(zip(("waiting", *self.values), map(float, found), strict=True))
        self.clear()
        return answer


def forget_later(log: Path, step: int) -> None:
    """Take out what a run wrote into its log after its last whole checkpoint; it is about to do those steps again."""
    if log.exists():
        whole = [row for row in log.read_bytes().splitlines(keepends=True) if row.endswith(b"\n")]
        log.write_bytes(b"".join(row for row in whole if int(row.split(b",")[0]) <= step))


def event_writer(folder: Path, step: int) -> Any:
    """TensorBoard's writer, which takes back what was written after ``step``.

    Raises:
        MissingExtra: tensorboard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ModuleNotFoundError as error:
        raise MissingExtra("tensorboard", "train") from error
    return SummaryWriter(str(folder), purge_step=step + 1)


class Log:
    """The log of a run that goes on from ``step``, in ``out``."""

    def __init__(self, out: Path, config: Config, step: int, adversarial: bool) -> None:
        self.config, self.first, self.started = config, step, time.monotonic()
        self.names = (*COLUMNS, *ADVERSARIAL) if adversarial else COLUMNS
        self.events = event_writer(out / "tensorboard", step) if config.tensorboard else None
        forget_later(out / "log.csv", step)
        self.file = open(out / "log.csv", "a", newline="")  # noqa: SIM115 -- closed by ``close``

    def row(self, step: int, means: dict[str, float], validation: float) -> None:
        """One line everywhere; columns that the means lack, as those of a discriminator without a say yet, are ``nan``."""
        seconds = time.monotonic() - self.started
        facts = {"step": step, "size": size_at(self.config, step - 1), "rate": rate_at(self.config, step)}
        facts |= {"seconds": round(seconds), "loss": means["loss"], "validation": validation, "waiting": round(means["waiting"], 4)}
        csv.writer(self.file).writerow([(means | facts).get(name, float("nan")) for name in self.names])
        self.file.flush()
        left = seconds / (step - self.first) * (self.config.steps - step) / 60
        words = f"step {step}/{self.config.steps}  loss {means['loss']:.5f}  validation {validation:.5f}"
        print(f"{words}  waiting {means['waiting']:.0%}  {left:.0f} min left", file=sys.stderr, flush=True)
        if self.events:
            for name, each in (means | facts).items():
                self.events.add_scalar(name, each, step)
            self.events.flush()

    def pictures(self, step: int, sheet: FloatArray) -> None:
        """For TensorBoard alone: (height, width, 3) in [0, 1]."""
        if self.events:
            self.events.add_image("pasted, answer, truth", to_uint8(sheet), step, dataformats="HWC")

    def close(self) -> None:
        self.file.close()
        if self.events:
            self.events.close()
