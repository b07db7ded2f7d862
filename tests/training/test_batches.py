from collections.abc import Callable

import numpy as np
import pytest
from drawn import silhouette

from cleanplate.training import batches
from cleanplate.training.pack import BLEND_FIELDS, Pack
from cleanplate.training.synthesis import Material

DrawnPack = Callable[[], Pack]


@pytest.mark.parametrize("stage", ["harmonize", "blend"])
def test_the_same_seed_draws_the_same_bytes_and_another_others(stage: str, drawn_pack: DrawnPack) -> None:
    source = batches.SOURCES[stage](drawn_pack())
    first, again, other = (source.draw(np.random.default_rng(seed), 3, 32) for seed in (1, 1, 2))
    assert all(first[name].tobytes() == again[name].tobytes() for name in first)
    assert any(first[name].tobytes() != other[name].tobytes() for name in first)


@pytest.mark.parametrize(("stage", "fields"), [
    ("harmonize", {"composite": 3, "alpha": 1, "plate": 3, "target": 3}),
    ("blend", {name: count for name, count in BLEND_FIELDS.items() if name != "true_foreground"} | {"plate": 3, "target": 3}),
])  # fmt: skip
def test_batches_are_channels_first_floats_in_range(stage: str, fields: dict[str, int], drawn_pack: DrawnPack) -> None:
    drawn = batches.SOURCES[stage](drawn_pack()).draw(np.random.default_rng(3), 4, 48)
    assert {name: each.shape for name, each in drawn.items()} == {name: (4, count, 48, 48) for name, count in fields.items()}
    for each in drawn.values():
        assert each.dtype == np.float32
        assert each.flags.c_contiguous
        assert each.min() >= 0
        assert each.max() <= 1


def test_every_harmonization_sample_is_its_target_where_alpha_is_zero(drawn_pack: DrawnPack) -> None:
    drawn = batches.HarmonizeSource(drawn_pack()).draw(np.random.default_rng(4), 40, 32)
    outside = np.broadcast_to(drawn["alpha"] == 0, drawn["target"].shape)
    assert outside.any()
    assert np.array_equal(drawn["composite"][outside], drawn["target"][outside])
    errors = np.abs(drawn["composite"] - drawn["target"]).mean((1, 2, 3))
    assert (errors > 0.002).sum() > 30  # nearly all are to be changed ...
    assert (errors < 1e-6).any()  # ... and a few are not


def test_a_pack_without_scenes_or_groups_still_gives_samples(drawn_pack: DrawnPack) -> None:
    pack = drawn_pack()
    pack.scenes, pack.groups = pack.scenes[:0], []
    source = batches.HarmonizeSource(pack)
    drawn = source.draw(np.random.default_rng(5), 20, 32)
    assert np.isfinite(drawn["composite"]).all()


def test_recomposed_groups_have_another_photo_of_the_group_as_plate(drawn_pack: DrawnPack) -> None:
    """Members of the one group are photos 1 and 2; drawn at 0.3 the kind is a recomposed group."""
    pack = drawn_pack()
    source = batches.HarmonizeSource(pack)
    for seed in range(200):
        if 0.25 <= np.random.default_rng(seed).random() < 0.40:
            material = source.material(np.random.default_rng(seed), 64)
            outside = material.alpha == 0
            assert np.array_equal(material.picture[outside], material.plate[outside])
            assert not np.array_equal(material.picture, material.plate)
            return
    pytest.fail("no seed draws a group")


# ---- predicted composites ------------------------------------------------------------------------------------------


def test_a_predicted_sample_is_the_start_blended_by_another_matte_with_the_plate_and_its_target_stays_true() -> None:
    """A person of 0.2 in a photo of 0.5, the plate there 0.6, recolored to 0.9: where the matte is too small the plate shows."""
    alpha = silhouette((64, 64))
    photo = np.where(alpha[..., None] > 0.5, np.float32(0.2), np.float32(0.5)).repeat(3, 2)
    plate, start = np.full((64, 64, 3), 0.6, np.float32), np.full((64, 64, 3), 0.9, np.float32)
    shown = []
    for seed in range(6):
        sample = batches.predicted_sample(np.random.default_rng(seed), start, Material(photo, alpha, plate))
        assert np.array_equal(sample.target, photo)
        assert np.array_equal(sample.plate, plate)
        assert np.abs(sample.alpha - alpha).max() > 0.1
        weight = sample.alpha[..., None]
        inside, outside = alpha == 1, alpha == 0
        np.testing.assert_allclose(sample.composite[inside], (weight * 0.9 + (1 - weight) * 0.6).repeat(3, 2)[inside], atol=1e-6)
        np.testing.assert_allclose(sample.composite[outside], (weight * 0.9 + (1 - weight) * 0.5).repeat(3, 2)[outside], atol=1e-6)
        shown.append((inside & (sample.alpha < 0.9)).any() or (outside & (sample.alpha > 0.1)).any())
    assert any(shown)


def test_the_share_of_predicted_samples_is_as_asked_and_nought_changes_nothing(
    drawn_pack: DrawnPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    real = batches.predicted_sample
    monkeypatch.setattr(batches, "predicted_sample", lambda *given: made.append(1) or real(*given))
    for share, least, most in ((0.3, 15, 45), (1.0, 100, 100), (0.0, 0, 0)):
        made.clear()
        drawn = batches.source("harmonize", drawn_pack(), share).draw(np.random.default_rng(8), 100, 32)
        assert least <= len(made) <= most
        assert drawn["composite"].shape == (100, 3, 32, 32)
    plain = batches.HarmonizeSource(drawn_pack()).draw(np.random.default_rng(8), 100, 32)
    assert all(np.array_equal(drawn[name], plain[name]) for name in plain)


def test_the_sources_of_both_stages_are_found_by_name(drawn_pack: DrawnPack) -> None:
    assert isinstance(batches.source("blend", drawn_pack(), 0.5), batches.BlendSource)
    found = batches.source("harmonize", drawn_pack(), 0.5)
    assert isinstance(found, batches.HarmonizeSource)
    assert found.predicted == 0.5


# ---- blending ------------------------------------------------------------------------------------------------------


def test_the_blending_target_is_the_true_person_over_the_plate(drawn_pack: DrawnPack) -> None:
    """In the drawn crops the estimated foreground is the true one, so the target can be made from what the batch shows."""
    drawn = batches.BlendSource(drawn_pack()).draw(np.random.default_rng(6), 6, 64)
    truth = drawn["true_alpha"]
    np.testing.assert_allclose(drawn["target"], truth * drawn["foreground"] + (1 - truth) * drawn["plate"], atol=1e-6)
    assert np.abs(drawn["true_alpha"] - drawn["alpha"]).max() > 0.02


def test_blending_plates_are_drawn_afresh(drawn_pack: DrawnPack) -> None:
    plates = batches.BlendSource(drawn_pack()).draw(np.random.default_rng(7), 8, 32)["plate"]
    assert len({plate.tobytes() for plate in plates}) == 8
