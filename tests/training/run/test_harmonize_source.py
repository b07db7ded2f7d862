from collections.abc import Callable

import numpy as np
import pytest
from drawn import silhouette

from cleanplate.pixels.color import to_linear
from cleanplate.training.run import batches, harmonize_source
from cleanplate.training.run.harmonize_source import HarmonizeSource, Shares
from cleanplate.training.samples import synthesis
from cleanplate.training.samples.lights import Light
from cleanplate.training.samples.pack import Pack
from cleanplate.training.samples.synthesis import Material, Start

DrawnPack = Callable[[], Pack]


def test_every_harmonization_sample_is_its_target_where_alpha_is_zero(drawn_pack: DrawnPack) -> None:
    drawn = HarmonizeSource(drawn_pack()).draw(np.random.default_rng(4), 120, 32)
    outside = np.broadcast_to(drawn["alpha"] == 0, drawn["target"].shape)
    assert outside.any()
    assert np.array_equal(drawn["composite"][outside], drawn["target"][outside])
    errors = np.abs(drawn["composite"] - drawn["target"]).mean((1, 2, 3))
    assert (errors > 0.002).sum() > 90  # nearly all are to be changed ...
    assert (errors < 1e-6).any()  # ... and a few are not


def test_a_pack_without_scenes_or_groups_still_gives_samples(drawn_pack: DrawnPack) -> None:
    pack = drawn_pack()
    pack.scenes, pack.groups = pack.scenes[:0], []
    source = HarmonizeSource(pack)
    drawn = source.draw(np.random.default_rng(5), 20, 32)
    assert np.isfinite(drawn["composite"]).all()


def test_samples_are_made_of_what_the_shares_say(drawn_pack: DrawnPack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A region's plate is its scene mirrored; a person before an unrelated scene stands before their plate itself."""
    regions, unrelated, singles = (
        HarmonizeSource(drawn_pack(), shares=Shares(*each)) for each in ((1, 0, 0), (0, 0, 1), (0, 0, 0))
    )
    for seed in range(10):
        region = regions.material(np.random.default_rng(seed), 48).material
        assert np.array_equal(region.picture[:, ::-1], region.plate)
        person = unrelated.material(np.random.default_rng(seed), 48).material
        assert np.array_equal(person.picture[person.alpha == 0], person.plate[person.alpha == 0])

    def never(*_: object) -> None:
        raise AssertionError

    for kind in ("regroup", "draw_region"):
        monkeypatch.setattr(harmonize_source, kind, never)
    singles.draw(np.random.default_rng(0), 20, 48)


def test_recomposed_groups_have_another_photo_of_the_group_as_plate(drawn_pack: DrawnPack) -> None:
    """Members of the one group are photos 1 and 2; drawn from 0.15 to 0.27 the kind is a recomposed group."""
    pack = drawn_pack()
    source = HarmonizeSource(pack)
    for seed in range(200):
        if 0.15 <= np.random.default_rng(seed).random() < 0.27:
            material = source.material(np.random.default_rng(seed), 64).material
            outside = material.alpha == 0
            assert np.array_equal(material.picture[outside], material.plate[outside])
            assert not np.array_equal(material.picture, material.plate)
            return
    pytest.fail("no seed draws a group")


def test_kinds_of_samples_come_in_their_shares(drawn_pack: DrawnPack) -> None:
    """People are red, their own plates green, scenes blue, so that the middle of the picture and the plate tell the kind."""
    pack = drawn_pack()
    red, green, blue = (np.full((4, 256, 256, 3), color, np.uint8) for color in ((200, 0, 0), (0, 200, 0), (0, 0, 200)))
    pack.pictures, pack.plates, pack.scenes = red, green, blue
    source, rng, mixed = HarmonizeSource(pack), np.random.default_rng(10), 0
    seen = {"own": 0, "region": 0, "group": 0, "unrelated": 0}
    for _ in range(400):
        material = source.material(rng, 32).material
        person, plate = (each.reshape(-1, 3).mean(0).argmax() for each in (material.picture[material.alpha > 0.9], material.plate))
        if plate == 1 and not np.allclose(material.picture[material.alpha == 0], material.plate[material.alpha == 0]):
            seen["own"] += 1
        elif plate == 0:
            seen["group"] += 1
        else:
            seen["region" if person == 2 else "unrelated"] += 1
            mixed += plate == 1
    wanted = {"own": 0.65, "region": 0.15, "group": 0.12, "unrelated": 0.08}
    assert {name: count / 400 for name, count in seen.items()} == pytest.approx(wanted, abs=0.06)
    assert mixed > 0  # a filled-in plate may stand for a scene


def test_a_quarter_of_the_garments_change_their_colors(drawn_pack: DrawnPack, monkeypatch: pytest.MonkeyPatch) -> None:
    changed: list[int] = []
    monkeypatch.setattr(harmonize_source, "change_clothes", lambda rng, picture, alpha: changed.append(1) or picture)
    HarmonizeSource(drawn_pack()).draw(np.random.default_rng(11), 150, 32)
    assert 0.16 < len(changed) / 150 < 0.34


FACES = ((225, 180, 160), (190, 140, 110), (140, 95, 70), (100, 65, 50))


def with_faces(pack: Pack) -> Pack:
    """The drawn people with faces of four skin tones where their heads are, and places of one gray each."""
    pack.pictures, pack.plates = pack.pictures.copy(), pack.plates.copy()
    for index, color in enumerate(FACES):
        pack.pictures[index][pack.alphas[index] > 128] = color
        pack.plates[index] = 40 * (index + 1)
    return pack


def only(**shares: float) -> Shares:
    return Shares(0, 0, 0)._replace(**shares)


def test_natural_people_stand_before_foreign_places_and_nobody_knows_the_answer(drawn_pack: DrawnPack) -> None:
    source = HarmonizeSource(with_faces(drawn_pack()), shares=only(natural=1))
    drawn = [source.sample(np.random.default_rng(seed), 32) for seed in range(20)]
    assert all(each.natural[0, 0] == 1 for each in drawn)
    assert all(np.array_equal(each.composite, each.target) for each in drawn)
    for each in drawn:
        outside = each.alpha == 0
        assert np.array_equal(each.composite[outside], each.plate[outside])
    assert 0.3 < np.mean([each.known[0, 0] for each in drawn]) < 0.9


def test_a_retoned_person_comes_from_a_place_where_people_look_like_that(
    drawn_pack: DrawnPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no grades and all of the way, the start has another's skin, and the place it comes from is that other's."""
    monkeypatch.setattr(harmonize_source, "draw_grade", lambda *_: lambda picture: picture)
    monkeypatch.setattr(harmonize_source, "draw_gains", lambda rng, own, other: other / own)
    monkeypatch.setattr(harmonize_source, "ALIKE", 200)
    source = HarmonizeSource(with_faces(drawn_pack()), shares=only(retoned=1))
    for seed in range(20):
        drawn = source.sample(np.random.default_rng(seed), 32)
        skin = drawn.skin > 0.5
        if not skin.any() or not drawn.known[0, 0]:
            continue
        start, colors = to_linear(drawn.composite[skin]).mean(0), to_linear(np.array(FACES, np.float32) / 255)
        nearest = np.abs(np.log(colors + 1e-3) - np.log(start + 1e-3)).sum(1).argmin()
        assert 255 * drawn.source.mean() == pytest.approx(40 * (nearest + 1), abs=1)
        assert np.array_equal(drawn.target[drawn.alpha == 0], drawn.composite[drawn.alpha == 0])


def test_a_retoned_start_and_the_photo_are_under_grades_of_their_own(
    drawn_pack: DrawnPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First the photo's is drawn, then the start's; the place that the start comes from is under the latter."""
    drawn: list[float] = []

    def grade(*_: object) -> Callable[[np.ndarray], np.ndarray]:
        factor = np.float32((0.5, 0.8)[len(drawn) % 2])
        drawn.append(float(factor))
        return lambda picture: picture * factor

    monkeypatch.setattr(harmonize_source, "draw_grade", grade)
    monkeypatch.setattr(harmonize_source, "draw_gains", lambda *_: np.ones(3, np.float32))
    monkeypatch.setattr(harmonize_source, "change_clothes", lambda rng, picture, alpha: picture)
    source = HarmonizeSource(with_faces(drawn_pack()), shares=only(retoned=1))
    found = next(each for each in (source.sample(np.random.default_rng(seed), 32) for seed in range(30)) if len(drawn) == 2)
    inside = found.alpha == 1
    np.testing.assert_allclose(found.composite[inside] / 0.8, found.target[inside] / 0.5, atol=1e-5)
    places = np.array([40, 80, 120, 160]) * 0.8 / 255
    assert np.abs(found.source.mean() - places).min() < 1e-3


def test_the_look_that_recolors_a_person_is_that_of_the_place_they_come_from(
    drawn_pack: DrawnPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Start(np.zeros((32, 32, 3), np.float32), lambda picture: picture, "grade", lambda picture: picture / 2)
    monkeypatch.setattr(harmonize_source, "draw_start", lambda *_: start)
    white = np.ones((32, 32, 3), np.float32)
    monkeypatch.setattr(HarmonizeSource, "place_of_alike", lambda *_: white)
    source = HarmonizeSource(with_faces(drawn_pack()), shares=only())
    known = [each for each in (source.sample(np.random.default_rng(seed), 32) for seed in range(20)) if each.known[0, 0]]
    assert known
    assert all((each.source == 0.5).all() for each in known)


def test_a_lit_place_and_its_person_are_under_one_light_and_the_start_is_not(
    drawn_pack: DrawnPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = Light("sun", lambda picture: picture / 2)
    monkeypatch.setattr(harmonize_source, "draw_light", lambda rng: half)
    monkeypatch.setattr(harmonize_source, "draw_grade", lambda *_: lambda picture: picture)
    monkeypatch.setattr(harmonize_source, "change_clothes", lambda rng, picture, alpha: picture)
    source = HarmonizeSource(with_faces(drawn_pack()), shares=only(lit=1))
    drawn = source.sample(np.random.default_rng(1), 32)
    inside, outside = drawn.alpha == 1, drawn.alpha == 0
    np.testing.assert_allclose(drawn.target[inside], drawn.composite[inside] / 2, atol=1e-6)
    assert np.array_equal(drawn.target[outside], drawn.composite[outside])
    assert drawn.plate.max() <= 0.5
    assert drawn.natural[0, 0] == 0


def test_in_a_painted_place_all_but_the_person_is_in_other_paint(
    drawn_pack: DrawnPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harmonize_source, "change_clothes", lambda rng, picture, alpha: picture)
    plain = HarmonizeSource(with_faces(drawn_pack()), shares=only())
    drawn = plain.material(np.random.default_rng(2), 32)
    monkeypatch.setattr(harmonize_source, "draw_paint", lambda *_: lambda picture: 1 - picture)
    there = plain.painted(np.random.default_rng(0), drawn).material
    inside, outside = there.alpha == 1, there.alpha == 0
    assert np.array_equal(there.picture[inside], drawn.material.picture[inside])
    np.testing.assert_allclose(there.picture[outside], 1 - drawn.material.picture[outside], atol=1e-6)
    np.testing.assert_allclose(there.plate, 1 - drawn.material.plate, atol=1e-6)


def test_places_are_painted_in_the_share_asked_for(drawn_pack: DrawnPack, monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[int] = []
    monkeypatch.setattr(harmonize_source, "draw_paint", lambda *_: lambda picture: (painted.append(1), picture)[1])
    for asked, kinds in ((0.0, only()), (0.5, only(painted=0.5)), (1.0, only(painted=1, natural=1))):
        painted.clear()
        HarmonizeSource(with_faces(drawn_pack()), shares=kinds).draw(np.random.default_rng(0), 60, 32)
        laid = 3 if kinds.natural else 2  # on plate and photo, and on the foreign place
        assert len(painted) / laid / 60 == pytest.approx(asked, abs=0.2 if 0 < asked < 1 else 0)


def test_people_of_rare_tones_are_drawn_as_often_as_rarity_says(drawn_pack: DrawnPack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of four people one is dark: a share of 1 / (1 + root of 3)."""
    told = iter(("tan", "dark", "tan", "tan"))
    monkeypatch.setattr(harmonize_source, "tone", lambda *_: next(told))
    pack = drawn_pack()
    pack.scenes, pack.groups = pack.scenes[:0], []
    pack.pictures = np.repeat(np.array([10, 200, 10, 10], np.uint8), 256 * 256 * 3).reshape(4, 256, 256, 3)
    source, rng = HarmonizeSource(pack), np.random.default_rng(12)
    dark = [(each := source.material(rng, 32).material).picture[each.alpha > 0.95].mean() > 0.5 for _ in range(300)]
    assert np.mean(dark) == pytest.approx(1 / (1 + 3**0.5), abs=0.07)


def test_a_predicted_sample_is_the_start_blended_by_another_matte_with_the_plate_and_its_target_stays_true() -> None:
    """A person of 0.2 in a photo of 0.5, the plate there 0.6, recolored to 0.9: where the matte is too small the plate shows."""
    alpha = silhouette((64, 64))
    photo = np.where(alpha[..., None] > 0.5, np.float32(0.2), np.float32(0.5)).repeat(3, 2)
    plate, start = np.full((64, 64, 3), 0.6, np.float32), np.full((64, 64, 3), 0.9, np.float32)
    shown = []
    for seed in range(6):
        sample = harmonize_source.predicted_sample(np.random.default_rng(seed), start, Material(photo, alpha, plate))
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
    real = harmonize_source.predicted_sample
    monkeypatch.setattr(harmonize_source, "predicted_sample", lambda *given: made.append(1) or real(*given))
    for share, least, most in ((0.3, 15, 45), (1.0, 100, 100), (0.0, 0, 0)):
        made.clear()
        drawn = batches.source("harmonize", drawn_pack(), share).draw(np.random.default_rng(8), 100, 32)
        assert least <= len(made) <= most
        assert drawn["composite"].shape == (100, 3, 32, 32)
    plain = HarmonizeSource(drawn_pack()).draw(np.random.default_rng(8), 100, 32)
    assert all(np.array_equal(drawn[name], plain[name]) for name in plain)


def test_so_many_single_photos_as_are_asked_for_are_shown_from_farther_away(
    drawn_pack: DrawnPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    far: list[int] = []
    found = synthesis.draw_farther
    monkeypatch.setattr(synthesis, "draw_farther", lambda *given: far.append(1) or found(*given))
    alone = Shares(0, 0, 0)
    near, shown = (HarmonizeSource(drawn_pack(), shares=alone._replace(far=share)) for share in (0.0, 0.5))
    drawn = ([source.material(np.random.default_rng(at), 32) for at in range(60)] for source in (near, shown))
    small = [[each.material.alpha.mean() for each in some] for some in drawn]
    assert 20 < len(far) < 40
    assert np.mean(small[1]) < 0.8 * np.mean(small[0])
