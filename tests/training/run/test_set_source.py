from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from drawn import SIZE, person, scene, silhouette

from cleanplate.errors import InputError
from cleanplate.pixels.over import over
from cleanplate.training.run import batches
from cleanplate.training.run.set_source import SetSource
from cleanplate.training.samples import sets
from cleanplate.training.samples.drawing import Drawn
from cleanplate.training.samples.pack import Pack

ALPHA = silhouette(SIZE)


class Painter:
    def __init__(self, stage: str) -> None:
        self.stage = stage

    def draw(self, rng: np.random.Generator, number: int) -> Drawn:
        plate, target = scene(number), person(number)
        if self.stage == "harmonize":
            composite = over(target * np.float32(0.7), ALPHA, target)
            pictures = {"composite": composite, "alpha": ALPHA, "plate": plate, "target": target}
        else:
            pictures = {"source": target, "alpha": np.clip(ALPHA * 1.2 - 0.1, 0, 1), "plate": plate, "true_alpha": ALPHA}
            pictures["target"] = over(0.3 + 0.4 * scene(number + 1000), ALPHA, plate)
        return Drawn({name: np.float32(each) for name, each in pictures.items()}, {})


def written(stage: str, folder: Path) -> SetSource:
    sets.write(Painter(stage), stage, folder, 3, 0, {})
    return SetSource(folder)


@pytest.mark.parametrize("stage", ["harmonize", "blend"])
def test_batches_of_a_written_set_have_the_names_and_shapes_of_those_of_a_pack(
    stage: str, tmp_path: Path, drawn_pack: Callable[[], Pack]
) -> None:
    source = written(stage, tmp_path / "set")
    found = source.draw(np.random.default_rng(1), 4, 48)
    wanted = batches.SOURCES[stage](drawn_pack()).draw(np.random.default_rng(1), 4, 48)
    for name in ("source", "known", "skin", "natural"):  # a set says nothing of where its people come from
        if stage == "harmonize":
            wanted.pop(name)
    if stage == "blend":  # of a written composite only itself is known
        wanted["target"] = wanted.pop("true_foreground")
    assert {name: each.shape for name, each in found.items()} == {name: each.shape for name, each in wanted.items()}
    for each in found.values():
        assert each.dtype == np.float32
        assert each.flags.c_contiguous
        assert each.min() >= 0
        assert each.max() <= 1
    again = source.draw(np.random.default_rng(1), 4, 48)
    assert all(np.array_equal(found[name], again[name]) for name in found)


def test_harmonization_samples_stay_their_target_where_alpha_is_zero(tmp_path: Path) -> None:
    drawn = written("harmonize", tmp_path / "set").draw(np.random.default_rng(2), 8, 40)
    outside = np.broadcast_to(drawn["alpha"] == 0, drawn["target"].shape)
    np.testing.assert_allclose(drawn["composite"][outside], drawn["target"][outside], atol=1.01 / 255)  # written in 8 bits
    assert np.abs(drawn["composite"] - drawn["target"]).max() > 0.05


def test_blending_windows_lie_on_the_soft_edge(tmp_path: Path) -> None:
    drawn = written("blend", tmp_path / "set").draw(np.random.default_rng(3), 8, 32)
    for truth in drawn["true_alpha"]:
        assert ((truth > 0.02) & (truth < 0.98)).any()


def test_windows_larger_than_the_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pictures of 128x160 pixels; crops of 140 do not fit"):
        written("blend", tmp_path / "set").draw(np.random.default_rng(4), 1, 140)


def test_a_network_trains_on_one_written_set_and_is_validated_on_another(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from cleanplate.training.run import train

    assert torch
    config = tmp_path / "tiny.toml"
    network = "network = { widths = [4, 4, 8, 8, 8], hidden = 4 }"
    config.write_text(f"batch = 2\nsizes = [[0.0, 32]]\nadversarial = 0.0\nworkers = 0\n{network}\n")
    learned, held = (written("harmonize", tmp_path / name).folder for name in ("a", "b"))
    best = train.run("harmonize", learned, tmp_path / "runs", config, 2, held)
    assert best.exists()
    with pytest.raises(InputError, match="--held-out"):
        train.run("harmonize", learned, tmp_path / "other", config, 2)
    with pytest.raises(InputError, match="not for harmonize"):
        train.run("harmonize", learned, tmp_path / "other", config, 2, written("blend", tmp_path / "c").folder)
