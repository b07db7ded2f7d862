import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cleanplate.training.run import batches, train  # noqa: E402
from cleanplate.training.run.config import NETWORKS  # noqa: E402
from cleanplate.training.run.harmonize_source import HarmonizeSource  # noqa: E402
from cleanplate.training.run.train import Config  # noqa: E402
from cleanplate.training.samples import pack  # noqa: E402

pytestmark = pytest.mark.train

DrawnPack = Callable[[], pack.Pack]
TINY = Config(steps=6, batch=2, warm_up=2, sizes=((0.0, 32), (0.5, 64)), validate_every=2, workers=0, threads=1)


class Recorder:
    """A source that writes down what it was asked for, and stops the run at one of its draws as a kill would."""

    def __init__(self, source: batches.Source, stop_at: int | None = None) -> None:
        self.source, self.stop_at = source, stop_at
        self.sizes: list[int] = []
        self.first: list[float] = []

    def draw(self, rng: np.random.Generator, batch: int, size: int) -> dict[str, np.ndarray]:
        if len(self.sizes) == self.stop_at:
            raise KeyboardInterrupt
        self.sizes.append(size)
        state = rng.bit_generator.state
        self.first.append(float(rng.random()))
        rng.bit_generator.state = state
        return self.source.draw(rng, batch, size)


def log(out: Path) -> list[list[float]]:
    with open(out / "log.csv", newline="") as file:
        return [[float(value) for value in row] for row in csv.reader(file)]


@pytest.mark.parametrize("stage", ["harmonize", "blend"])
def test_a_short_run_gives_finite_losses_and_leaves_its_files(stage: str, drawn_pack: DrawnPack, tmp_path: Path) -> None:
    source = batches.SOURCES[stage](drawn_pack())
    config = replace(TINY, stage=stage)  # type: ignore[arg-type]
    best = train.train(config, source, source, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.pt", "config.json", "last.pt", "log.csv"]
    assert best == tmp_path / "best.pt"
    rows = log(tmp_path)
    assert [row[0] for row in rows] == [2, 4, 6]
    assert [row[1] for row in rows] == [32, 64, 64]
    assert np.isfinite(rows).all()
    assert all(0 <= row[6] <= 1 for row in rows)
    assert {len(row) for row in rows} == ({10} if stage == "harmonize" else {7})
    assert json.loads((tmp_path / "config.json").read_text())["stage"] == stage
    state = torch.load(tmp_path / "last.pt", weights_only=True)
    assert state["step"] == 6
    assert state["best"] == pytest.approx(min(row[4] for row in rows))
    assert any(not torch.equal(state["network"][name], state["average"][name]) for name in state["network"])


@pytest.mark.parametrize(
    ("stage", "network", "size"), [("harmonize", {"width": 2, "hidden": 2}, 256), ("blend", {"widths": (2, 3, 4, 5)}, 64)]
)
def test_the_papers_sizes_are_trained_by_the_same_loop(
    stage: str, network: dict[str, Any], size: int, drawn_pack: DrawnPack, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"stage": stage, "model": "paper", "network": network, "sizes": ((0.0, size),)}
    config = replace(TINY, steps=2, batch=1, discriminator_width=2, by_foreground=False, epsilon=0.0, **settings)
    source = batches.source(stage, drawn_pack())
    best = train.train(config, source, source, tmp_path)
    assert np.isfinite(log(tmp_path)).all()
    kept, table = train.load_checkpoint(best)
    assert type(kept) is NETWORKS[stage, "paper"]
    assert table["network"].keys() == network.keys()


def test_before_its_share_of_the_run_the_discriminator_neither_learns_nor_judges(drawn_pack: DrawnPack, tmp_path: Path) -> None:
    source = HarmonizeSource(drawn_pack())
    train.train(replace(TINY, adversarial_from=0.5), source, source, tmp_path)
    rows = np.array(log(tmp_path))
    assert np.isnan(rows[0, 7:]).all()  # steps 1 and 2 of six
    assert np.isfinite(rows[1:, 7:]).all()  # the fourth is the first with it
    state = torch.load(tmp_path / "last.pt", weights_only=True)["adversary"]["optimizer"]["state"]
    assert {int(each["step"]) for each in state.values()} == {3}


def test_training_on_one_batch_lowers_its_loss(drawn_pack: DrawnPack, tmp_path: Path) -> None:
    fixed = HarmonizeSource(drawn_pack()).draw(np.random.default_rng(0), 4, 32)

    class Same:
        def draw(self, *_: object) -> dict[str, np.ndarray]:
            return {name: each[:1] for name, each in fixed.items()}

    config = replace(TINY, batch=1, steps=40, rate=3e-3, validate_every=10, sizes=((0.0, 32),), adversarial=0.0)
    train.train(config, Same(), Same(), tmp_path)
    losses = [row[3] for row in log(tmp_path)]
    assert losses[-1] < 0.8 * losses[0]


def test_a_killed_run_goes_on_with_the_steps_it_had_not_kept_and_ends_with_the_same_weights(
    drawn_pack: DrawnPack, tmp_path: Path
) -> None:
    source = HarmonizeSource(drawn_pack())
    train.train(TINY, source, source, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train.train(TINY, Recorder(source, stop_at=10), source, tmp_path / "killed")  # five steps of two samples done, four kept
    assert torch.load(tmp_path / "killed" / "last.pt", weights_only=True)["step"] == 4
    recorder = Recorder(source)
    train.train(TINY, recorder, source, tmp_path / "killed")
    assert recorder.first == [np.random.default_rng((TINY.seed, step, place)).random() for step in (4, 5) for place in (0, 1)]
    assert recorder.sizes == [64] * 4
    whole, resumed = (torch.load(tmp_path / name / "last.pt", weights_only=True) for name in ("whole", "killed"))
    for mine, other in ((whole, resumed), (whole["adversary"], resumed["adversary"])):
        for name, each in mine["network"].items():
            assert torch.equal(each, other["network"][name]), name
        for key, each in mine["optimizer"]["state"].items():
            assert torch.equal(each["exp_avg"], other["optimizer"]["state"][key]["exp_avg"])
    told = [[row[:5] + row[7:] for row in log(tmp_path / name)] for name in ("killed", "whole")]
    np.testing.assert_array_equal(*told)  # all but the two columns of time


def test_a_run_killed_between_its_log_and_its_checkpoint_logs_no_step_twice(
    drawn_pack: DrawnPack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, plain = HarmonizeSource(drawn_pack()), train.Run.save

    def killed(run: train.Run, path: Path) -> None:
        if run.step == 4:
            raise KeyboardInterrupt
        plain(run, path)

    monkeypatch.setattr(train.Run, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        train.train(TINY, source, source, tmp_path)
    assert [row[0] for row in log(tmp_path)] == [2, 4]
    monkeypatch.undo()
    with open(tmp_path / "log.csv", "a") as file:
        file.write("5,32,0.0")  # and half a line
    train.train(TINY, source, source, tmp_path)
    assert [row[0] for row in log(tmp_path)] == [2, 4, 6]


def test_a_finished_run_is_not_run_again(drawn_pack: DrawnPack, tmp_path: Path) -> None:
    source = HarmonizeSource(drawn_pack())
    best = train.train(TINY, source, source, tmp_path)
    before = best.read_bytes(), (tmp_path / "log.csv").read_bytes()
    recorder = Recorder(source)
    assert train.train(TINY, recorder, source, tmp_path) == best
    assert recorder.sizes == []
    assert (best.read_bytes(), (tmp_path / "log.csv").read_bytes()) == before


def test_the_same_seed_gives_the_same_first_loss_and_another_seed_another(drawn_pack: DrawnPack, tmp_path: Path) -> None:
    source = HarmonizeSource(drawn_pack())
    once = replace(TINY, steps=1, sizes=((0.0, 32),))
    losses = []
    for name, config in (("a", once), ("b", once), ("c", replace(once, seed=1))):
        train.train(config, source, source, tmp_path / name)
        losses.append(log(tmp_path / name)[0][3])
    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


@pytest.mark.filterwarnings("ignore:This DataLoader will create 2 worker processes")  # on a machine of one core
def test_two_workers_draw_the_batches_of_one_in_the_same_order() -> None:
    class Numbers:
        def draw(self, rng: np.random.Generator, batch: int, size: int) -> dict[str, np.ndarray]:
            return {"number": rng.random(batch), "size": np.full(batch, size)}

    drawn = []
    for workers in (0, 2):
        stream = train.Stream(Numbers(), replace(TINY, workers=workers), first=1)
        loader = torch.utils.data.DataLoader(stream, batch_size=None, num_workers=workers)
        drawn.append([(each["number"].tolist(), each["size"].tolist()) for each in loader])
    assert len(drawn[0]) == 5
    assert drawn[0][0][0] == [np.random.default_rng((TINY.seed, 1, place)).random() for place in (0, 1)]
    assert drawn[0] == drawn[1]


# ---- the whole stage, from a data folder ---------------------------------------------------------------------------


@pytest.mark.usefixtures("known_split", "known_matte")
@pytest.mark.parametrize("stage", ["harmonize", "blend"])
def test_a_stage_is_trained_from_a_data_folder(stage: str, tree: Path, tmp_path: Path) -> None:
    config = tmp_path / "tiny.toml"
    config.write_text("batch = 2\nworkers = 0\nthreads = 1\nvalidate_every = 2\nsizes = [[0.0, 32]]\n")
    best = train.run(stage, tree, tmp_path / "out", config, steps=2)
    assert best == tmp_path / "out" / stage / "best.pt"
    assert best.exists()
    assert (tmp_path / "out" / "pack-train" / "pictures.npy").exists()
    assert len(np.load(tmp_path / "out" / "pack-validation" / "pictures.npy")) == 4  # two portraits, two full figures


@pytest.mark.usefixtures("known_split", "known_matte")
def test_every_second_person_alone_is_learned_from_and_all_validate(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = list[int]()
    monkeypatch.setattr(train, "train", lambda config, *sources: met.extend(len(each.pack.pictures) for each in sources[:2]))
    train.run("harmonize", tree, tmp_path / "out", every=2)
    assert met == [2, 4]
