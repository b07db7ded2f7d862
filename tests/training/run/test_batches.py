from collections.abc import Callable

import numpy as np
import pytest

from cleanplate.training.run import batches
from cleanplate.training.run.harmonize_source import HarmonizeSource
from cleanplate.training.samples.pack import BLEND_FIELDS, Pack

DrawnPack = Callable[[], Pack]


@pytest.mark.parametrize("stage", ["harmonize", "blend"])
def test_the_same_seed_draws_the_same_bytes_and_another_others(stage: str, drawn_pack: DrawnPack) -> None:
    source = batches.SOURCES[stage](drawn_pack())
    first, again, other = (source.draw(np.random.default_rng(seed), 3, 32) for seed in (1, 1, 2))
    assert all(first[name].tobytes() == again[name].tobytes() for name in first)
    assert any(first[name].tobytes() != other[name].tobytes() for name in first)


SAID = ("known", "natural")  # yes or no, beside the pictures


@pytest.mark.parametrize(("stage", "fields"), [
    ("harmonize", {"composite": 3, "alpha": 1, "plate": 3, "target": 3, "source": 3, "skin": 1}),
    ("blend", BLEND_FIELDS | {"plate": 3}),
])  # fmt: skip
def test_batches_are_channels_first_floats_in_range(stage: str, fields: dict[str, int], drawn_pack: DrawnPack) -> None:
    drawn = batches.SOURCES[stage](drawn_pack()).draw(np.random.default_rng(3), 4, 48)
    pictures = {name: each.shape for name, each in drawn.items() if name not in SAID}
    assert pictures == {name: (4, count, 48, 48) for name, count in fields.items()}
    assert all(drawn[name].shape == (4, 1, 1, 1) for name in SAID if stage == "harmonize")
    for each in drawn.values():
        assert each.dtype == np.float32
        assert each.flags.c_contiguous
        assert each.min() >= 0
        assert each.max() <= 1


def test_the_sources_of_both_stages_are_found_by_name(drawn_pack: DrawnPack) -> None:
    assert isinstance(batches.source("blend", drawn_pack(), 0.5), batches.BlendSource)
    found = batches.source("harmonize", drawn_pack(), 0.5)
    assert isinstance(found, HarmonizeSource)
    assert found.predicted == 0.5


def test_every_field_of_a_blending_sample_is_cut_mirrored_and_its_channels_permuted_alike(drawn_pack: DrawnPack) -> None:
    """In the drawn crops the source is the true foreground over the background; it stays so, and the alphas theirs."""
    drawn = batches.BlendSource(drawn_pack()).draw(np.random.default_rng(6), 12, 64)
    truth = drawn["true_alpha"]
    np.testing.assert_allclose(drawn["source"], truth * drawn["true_foreground"] + (1 - truth) * drawn["behind"], atol=2.1 / 255)
    assert np.array_equal(drawn["front"], drawn["foreground"])
    np.testing.assert_allclose(drawn["alpha"], np.clip(truth * 1.2 - 0.1, 0, 1), atol=1.2 / 255)


def test_an_edge_may_run_in_any_direction(drawn_pack: DrawnPack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one crop whose alpha grows from left to right, samples grow in all four."""
    source = batches.BlendSource(drawn_pack())
    crop = np.array(source.crops[:1])
    crop[...] = np.linspace(0, 255, crop.shape[2]).astype(np.uint8)[None, None, :, None]
    monkeypatch.setattr(source, "crops", crop)
    rng = np.random.default_rng(2)
    seen = [source.sample(rng, 64)["alpha"][..., 0] for _ in range(60)]
    found = {(int(np.sign(each[:, -1].mean() - each[:, 0].mean())), int(np.sign(each[-1].mean() - each[0].mean()))) for each in seen}
    assert found == {(1, 0), (-1, 0), (0, 1), (0, -1)}


def test_half_of_the_blending_samples_have_their_channels_in_any_order(drawn_pack: DrawnPack) -> None:
    """Crops whose red is darkest and blue brightest; one permutation in six leaves them so."""
    source = batches.BlendSource(drawn_pack())
    source.crops = np.zeros((1, 64, 64, sum(BLEND_FIELDS.values())), np.uint8)
    source.crops[..., :3] = (50, 100, 150)
    rng = np.random.default_rng(9)
    orders = [tuple(source.sample(rng, 32)["source"][0, 0].argsort().tolist()) for _ in range(240)]
    assert len(set(orders)) == 6
    assert 0.48 < np.mean([order == (0, 1, 2) for order in orders]) < 0.68  # 7 / 12


def test_blending_plates_are_drawn_afresh(drawn_pack: DrawnPack) -> None:
    plates = batches.BlendSource(drawn_pack()).draw(np.random.default_rng(7), 8, 32)["plate"]
    assert len({plate.tobytes() for plate in plates}) == 8
