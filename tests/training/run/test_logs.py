import csv
import math
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cleanplate.errors import MissingExtra  # noqa: E402
from cleanplate.training.run import logs  # noqa: E402
from cleanplate.training.run.config import Config  # noqa: E402

pytestmark = pytest.mark.train

CONFIG = Config(steps=100, warm_up=1, rate=1.0, sizes=((0.0, 32), (0.5, 64)))
MEANS = {"loss": 0.25, "waiting": 0.125}


def rows(path: Path) -> list[list[float]]:
    with open(path, newline="") as file:
        return [[float(value) for value in row] for row in csv.reader(file)]


def test_a_meter_gives_the_means_since_the_last_look_and_the_share_of_waiting() -> None:
    meter = logs.Meter()
    for value in (1.0, 2.0, 6.0):
        meter.add(loss=torch.tensor(value))
    meter.add(penalty=torch.tensor(5.0))
    meter.started, meter.waited = time.monotonic() - 10, 2.5
    means = meter.look(torch.device("cpu"))
    assert means == {"waiting": pytest.approx(0.25, rel=0.05), "loss": 3.0, "penalty": 5.0}
    assert meter.look(torch.device("cpu")).keys() == {"waiting"}


def test_a_row_holds_its_columns_and_those_of_a_discriminator_at_the_end(tmp_path: Path) -> None:
    log = logs.Log(tmp_path, CONFIG, 0, adversarial=True)
    log.row(10, MEANS, 0.5)
    log.row(50, MEANS | {"adversarial": 1.0, "discriminator": 2.0, "penalty": 3.0}, 0.5)
    log.close()
    first, second = rows(tmp_path / "log.csv")
    assert first[:5] == [10, 32, pytest.approx(0.5 * (1 + math.cos(math.pi / 10))), 0.25, 0.5]
    assert first[6] == 0.125
    assert np.isnan(first[7:]).tolist() == [True] * 3
    assert second[:5] == [50, 32, pytest.approx(0.5), 0.25, 0.5]
    assert second[7:] == [1, 2, 3]


def test_without_a_discriminator_there_are_no_columns_for_it_and_a_log_that_goes_on_forgets_later_rows(tmp_path: Path) -> None:
    for step, kept in ((10, [10]), (20, [10, 20]), (30, [10, 30])):
        log = logs.Log(tmp_path, CONFIG, 10 if step == 30 else step - 1, adversarial=False)
        log.row(step, MEANS, 0.5)
        log.close()
        assert [row[0] for row in rows(tmp_path / "log.csv")] == kept
    assert {len(row) for row in rows(tmp_path / "log.csv")} == {7}


def test_tensorboard_is_given_numbers_and_pictures(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = logs.Log(tmp_path, replace(CONFIG, tensorboard=True), 0, adversarial=False)
    sheet = np.random.default_rng(0).random((8, 12, 3), np.float32)
    for step in (10, 20):
        log.row(step, MEANS | {"loss": 1 / step}, 0.5)
        log.pictures(step, sheet)
    log.close()
    found = EventAccumulator(str(tmp_path / "tensorboard"))
    found.Reload()
    assert [(each.step, each.value) for each in found.Scalars("loss")] == [(10, pytest.approx(0.1)), (20, pytest.approx(0.05))]
    assert found.Scalars("waiting")[0].value == pytest.approx(0.125)
    shown = found.Images("pasted, answer, truth")
    assert [(each.step, each.height, each.width) for each in shown] == [(10, 8, 12), (20, 8, 12)]


def test_tensorboard_that_is_asked_for_and_not_there_names_the_pip_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each.split(".")[0] == "tensorboard" or each.startswith("torch.utils.tensorboard")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)  # what makes an import fail as if it were not installed
    with pytest.raises(MissingExtra, match=r"tensorboard is not installed; run: pip install 'cleanplate\[train\]'"):
        logs.Log(tmp_path, replace(CONFIG, tensorboard=True), 0, adversarial=False)
