"""Mending: people drawn with a known alpha, of which a matting network lost a part, and holes that have to stay."""

from pathlib import Path

import cv2
import numpy as np
import pytest

import cleanplate
from cleanplate.pixels.resampling import reduce
from cleanplate.stages import matting, mending
from cleanplate.stages.mending import Extra, Region

SKIN, COAT, WALL = (0.55, 0.38, 0.30), (0.15, 0.17, 0.25), (0.62, 0.66, 0.60)


class Drawn:
    """Somebody with an arm on their hip, cropped at the bottom: picture, true alpha, and what a coarse network sees of them."""

    def __init__(self) -> None:
        body, head = np.zeros((256, 256), np.uint8), np.zeros((256, 256), np.uint8)
        cv2.ellipse(head, (128, 78), (32, 42), 0, 0, 360, 1, -1)
        cv2.ellipse(body, (128, 256), (78, 150), 0, 0, 360, 1, -1)
        self.hole = np.zeros((256, 256), np.uint8)
        cv2.ellipse(self.hole, (68, 214), (5, 10), 0, 0, 360, 1, -1)
        solid = np.maximum(head, body)
        rng = np.random.default_rng(0)
        colors = np.where(head[..., None] > 0, SKIN, np.where(body[..., None] > 0, COAT, WALL))
        colors = np.where(self.hole[..., None] > 0, WALL, colors) + rng.normal(0, 0.02, (256, 256, 3))
        self.picture = np.clip(colors, 0, 1).astype(np.float32)
        self.head = head.astype(np.bool_)
        self.alpha = cv2.GaussianBlur((solid * (1 - self.hole)).astype(np.float32), (0, 0), 1.0)
        self.seen = cv2.GaussianBlur(solid.astype(np.float32), (0, 0), 2.0)  # too coarse for the hole

    def without(self, where: np.ndarray, left: float = 0.0) -> np.ndarray:
        """The alpha with a part lost, but for a little."""
        return np.where(where, left, self.alpha).astype(np.float32)


@pytest.fixture(scope="module")
def person() -> Drawn:
    return Drawn()


def disc(column: int, row: int, radius: int) -> np.ndarray:
    down, across = np.mgrid[:256, :256]
    return np.hypot(down - row, across - column) < radius


@pytest.mark.parametrize(
    "where", [disc(120, 80, 14), disc(150, 190, 18), disc(130, 256, 26)], ids=["in the face", "in the coat", "at the lower border"]
)
@pytest.mark.parametrize("left", [0.0, 0.3])
def test_a_lost_part_is_given_back_and_the_hole_between_arm_and_body_stays(person: Drawn, where: np.ndarray, left: float) -> None:
    found = mending.lost(person.without(where, left), person.seen, person.picture)
    assert found is not None
    mended = np.maximum(person.without(where, left), found)
    assert np.abs(mended - person.alpha).max() < 0.02
    assert (mended == person.alpha)[~where].all()


def test_nothing_is_given_back_of_a_matte_that_is_right(person: Drawn) -> None:
    """Though the second network sees no hole where there is one."""
    assert person.seen[214, 68] > mending.SURE
    assert person.alpha[214, 68] < 0.05
    assert mending.lost(person.alpha, person.seen, person.picture) is None


def test_a_hole_in_the_colors_of_the_coat_was_lost_and_one_in_the_walls_was_not(person: Drawn) -> None:
    coat = np.where(person.hole[..., None] > 0, np.float32(COAT), person.picture)
    assert mending.lost(person.alpha, person.seen, coat) is not None


def test_a_whole_head_is_given_back_though_nothing_is_left_of_it(person: Drawn) -> None:
    """As of dark faces before dark rooms: the network says almost nothing, and what surrounds the head is no person."""
    alpha = person.without(person.head & (person.alpha > 0) & (np.arange(256)[:, None] < 108))
    found = mending.lost(alpha, person.seen, person.picture)
    assert found is not None
    core = cv2.erode(person.head.view(np.uint8), np.ones((11, 11), np.uint8)) > 0
    assert np.maximum(alpha, found)[core].min() > 0.98
    outside = cv2.dilate((person.alpha > 0.02).view(np.uint8), np.ones((3, 3), np.uint8)) == 0
    assert found[outside].max() == 0


def test_what_the_second_network_makes_up_beside_somebody_is_left(person: Drawn) -> None:
    beside = person.seen.copy()
    beside[60:84, 160:186] = 1
    assert mending.lost(person.alpha, beside, person.picture) is None


def test_beside_the_outline_the_matting_networks_edge_stays(person: Drawn) -> None:
    """However sure the second one is: a soft rim is hair."""
    depth = mending.inside(person.seen)
    rim = (depth > 0) & (depth <= mending.DEPTH) & (person.alpha > 0.9)
    assert rim.sum() > 500
    assert mending.lost(person.without(rim, 0.75), person.seen, person.picture) is None


def test_what_is_given_back_fades_towards_the_outline() -> None:
    """On a square whose rows of pixels lie 1, 2, 3, ... deep, of which the left half was lost."""
    seen, alpha = np.zeros((64, 64), np.float32), np.zeros((64, 64), np.float32)
    seen[8:56, 8:56] = 1
    alpha[8:56, 8:32], alpha[8:56, 32:56] = 0.4, 1
    found = mending.lost(alpha, seen, np.where(seen[..., None] > 0, np.float32(SKIN), np.float32(WALL)))
    assert found is not None
    np.testing.assert_allclose(found[32, 7:13], [0, 0, 0.5, 1, 1, 1], atol=0.01)


def test_a_few_pixels_are_nothing_to_mend(person: Drawn) -> None:
    assert mending.lost(person.without(disc(150, 190, 2)), person.seen, person.picture) is None
    assert mending.lost(person.without(disc(150, 190, 6)), person.seen, person.picture) is not None


def test_evidence_weighs_what_the_matting_network_left_what_surrounds_it_its_depth_and_its_colors() -> None:
    doubtful = Region(alpha=0.05, solid=0.9, depth=5.0, own=0.4, share=0.01)
    assert doubtful.evidence == pytest.approx(4.5 * 0.05 + 2.7 * 0.9 + 0.95 * 1.6094379 + 0.9 * 0.4 - 5)
    assert not doubtful.lost
    for more in ({"alpha": 0.5}, {"depth": 30.0}, {"own": 1.0, "alpha": 0.3}):
        assert doubtful._replace(**more).lost
    hole = Region(alpha=0.3, solid=1.0, depth=19.0, own=0.3, share=0.01)
    assert hole.evidence > mending.ENOUGH
    assert not hole.lost
    for more in ({"alpha": 0.36}, {"own": 0.36}, {"depth": 20.0}):
        assert hole._replace(**more).lost
    great = Region(0, 0, *mending.GREAT[:1], own=0, share=mending.GREAT[1])
    assert great.evidence < mending.ENOUGH
    assert great.lost
    assert not great._replace(depth=great.depth - 1).lost
    assert not great._replace(share=great.share / 2).lost


def test_depth_is_counted_from_the_outline_and_the_pictures_border_is_none() -> None:
    seen = np.zeros((64, 64), np.float32)
    seen[20:, 10:50] = 0.95
    depth = mending.inside(seen)
    assert depth[40, 12] == pytest.approx(3)  # the third pixel from the left edge
    assert depth[63, 30] == pytest.approx(20, abs=0.2)
    assert depth[19].max() == 0


def test_a_colors_likeness_is_its_share_of_both() -> None:
    picture = np.zeros((4, 4, 3), np.float32)
    picture[:, 2:] = 1
    person = np.zeros((4, 4), np.bool_)
    person[:, :2] = True
    place = ~person
    own = mending.likeness(picture, person, place)
    np.testing.assert_allclose(own, np.where(person, 1, 0), atol=1e-4)
    place[0, 0] = person[0, 0] = True  # black is all of the person, and one of nine of the place: 1 / (1 + 1/9)
    np.testing.assert_allclose(mending.likeness(picture, person, place)[0, 0], 0.9, atol=1e-4)
    assert mending.likeness(np.full((1, 1, 3), 0.5, np.float32), person[:1, 3:], place[:1, 3:])[0, 0] == 0


# ---- what was added ----------------------------------------------------------------------------------------------------

LEATHER = (0.30, 0.14, 0.08)


class Seated(Drawn):
    """The same, from nearer, in a chair whose back reaches from the shoulder to the photo's border, and which the matte has too."""

    def __init__(self) -> None:
        super().__init__()
        body = np.zeros((256, 256), np.uint8)
        cv2.ellipse(body, (128, 256), (110, 150), 0, 0, 360, 1, -1)
        solid = np.maximum(body, self.head.view(np.uint8))
        self.alpha = self.seen = cv2.GaussianBlur(solid.astype(np.float32), (0, 0), 1.0)
        self.picture = np.where(body[..., None] > 0, np.float32(COAT), self.picture)
        self.chair = np.zeros((256, 256), np.bool_)
        self.chair[60:150, 230:256] = True
        self.chair[140:150, 200:230] = True
        self.chair &= solid == 0

    def found(self, where: np.ndarray, color: tuple[float, float, float] = LEATHER, alpha: float = 1.0) -> np.ndarray | None:
        """What is taken away where something of that color was added."""
        picture = np.where(where[..., None], np.float32(color), self.picture)
        both = np.where(where, np.maximum(alpha, self.alpha), self.alpha).astype(np.float32)
        return mending.added(both, self.seen, self.seen, picture.astype(np.float32))


@pytest.fixture(scope="module")
def seated() -> Seated:
    return Seated()


def test_the_back_of_a_chair_is_taken_away_and_the_person_keeps_every_pixel(seated: Seated) -> None:
    cut = seated.found(seated.chair)
    assert cut is not None
    assert (cut[seated.seen >= mending.OUTSIDE] == 0).all()
    far = seated.chair & (mending.distance(seated.seen < mending.OUTSIDE) >= mending.DEPTH)
    assert far.sum() > 1500
    assert (cut[far] == 1).all()


def test_nothing_is_taken_away_of_a_matte_that_is_right(seated: Seated) -> None:
    assert seated.found(np.zeros((256, 256), np.bool_)) is None


def test_a_hat_over_the_head_stays_though_the_second_network_does_not_see_it(seated: Seated) -> None:
    hat = np.zeros((256, 256), np.bool_)
    hat[0:35, 110:146] = True
    assert seated.found(hat) is None
    beside = np.roll(hat, 95, axis=1)  # the same thing, apart from the head, is none
    beside[25:190, 230:234] = True
    assert seated.found(beside) is not None


def test_hair_that_flies_stays_for_it_is_not_solid(seated: Seated) -> None:
    assert seated.found(seated.chair, alpha=0.6) is None


def test_what_is_joined_to_the_person_all_along_stays_as_a_limb(seated: Seated) -> None:
    limb = mending.distance(seated.seen < mending.OUTSIDE)
    assert seated.found((limb > 0) & (limb < 14) & (np.arange(256)[:, None] > 170)) is None


def test_of_whole_bodies_nothing_is_taken_away(seated: Seated, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bags and feet are what the second network does not see there."""
    share = float(np.mean((seated.alpha > 0.5) | seated.chair))
    monkeypatch.setattr(mending, "NEAR", share + 0.01)
    assert seated.found(seated.chair) is None
    monkeypatch.setattr(mending, "NEAR", share - 0.01)
    assert seated.found(seated.chair) is not None


def test_a_region_that_the_lower_border_crops_is_known_as_such(seated: Seated) -> None:
    nothing, none = np.zeros((256, 256), np.float32), np.zeros((256, 256), np.bool_)
    for rows, cropped in ((slice(216, 256), True), (slice(0, 40), False)):
        where = none.copy()
        where[rows, 10:40] = True
        found = mending.surplus(where, nothing, nothing + 5, nothing, none, none)
        assert (found.cropped, found.solid, found.neck, found.over, found.depth) == (cropped, 0, 0, 0, 5)


def test_a_speck_and_what_hangs_together_with_nobody_are_not_looked_at(seated: Seated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "SURPLUS", -9.0)
    monkeypatch.setattr(mending, "OVER", 2.0)
    area = int(seated.chair.sum())
    assert seated.found(seated.chair) is not None
    monkeypatch.setattr(mending, "LEAST_ADDED", 2 * area / np.count_nonzero(seated.alpha > 0.5))
    assert seated.found(seated.chair) is None
    monkeypatch.setattr(mending, "LEAST_ADDED", 0.0001)
    apart = seated.alpha.copy()
    apart[5:14, 5:14] = 1  # a stray, which goes as such
    monkeypatch.setattr(mending, "looks", lambda *_: (seated.seen, seated.seen))
    assert mending.mended(apart, seated.picture) is apart


def test_evidence_for_the_place_weighs_reach_width_neck_border_and_colors() -> None:
    chair = Extra(own=0.4, depth=50.0, thick=20.0, neck=0.05, solid=0.8, cropped=False, over=0.0)
    assert chair.evidence == pytest.approx(1.25 * 3.9120230 - 0.58 * 2.9957323 - 3.7 * 0.05 - 0.86 * 0.4)
    assert chair._replace(cropped=True).evidence == pytest.approx(chair.evidence + 1.4)
    assert chair.added
    for less in ({"depth": 35.0}, {"solid": 0.2}, {"neck": 0.21}, {"over": 0.31}):
        assert not chair._replace(**less).added


def test_a_part_asked_for_by_all_is_not_taken_away(seated: Seated, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = np.where(seated.chair[..., None], np.float32(LEATHER), seated.picture)
    alpha = np.maximum(seated.alpha, seated.chair)
    monkeypatch.setattr(mending, "looks", lambda *_: (seated.seen, seated.seen))
    assert mending.mended(alpha, picture, keep="all") is alpha
    freed = mending.mended(alpha, picture)
    assert freed[100, 245] == 0
    same = seated.seen >= mending.OUTSIDE
    np.testing.assert_array_equal(freed[same], alpha[same])


# ---- with the networks -------------------------------------------------------------------------------------------------


def test_the_second_network_counts_where_it_sees_the_same_in_a_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    class SeesTheLeft:
        def run(self, input: np.ndarray) -> dict[str, np.ndarray]:
            answer = np.where(input[:, :1] > 0.5, 1.0, 0.0)
            answer[..., :64] = 1  # it makes somebody up at the left border of whatever it is shown
            return {"output": answer}

    monkeypatch.setattr(mending.graphs, "graph", lambda *_: SeesTheLeft())
    small = np.zeros((256, 256, 3), np.float32)
    small[100:200, 90:150] = 1
    plain, mirrored = mending.looks(small)
    np.testing.assert_array_equal(np.minimum(plain, mirrored), small[..., 0])
    assert plain[0, 0] == mirrored[0, 255] == 1
    assert plain[0, 255] == mirrored[0, 0] == 0


def test_the_shipped_network_sees_the_bundled_person_and_nobody_in_the_plate(portrait: Path) -> None:
    """Against the matting network, well inside and well outside its alpha."""
    pixels = cleanplate.read_image(portrait).pixels
    seen = np.minimum(*mending.looks((reduce(pixels, (256, 256)) / 255).astype(np.float32)))
    alpha = cv2.resize(matting.predict(pixels, 512), (256, 256), interpolation=cv2.INTER_AREA)
    kernel = np.ones((15, 15), np.uint8)
    inner, outer = cv2.erode(alpha, kernel) > 0.9, cv2.dilate(alpha, kernel) < 0.1
    assert seen[inner].mean() > 0.95
    assert seen[outer].mean() < 0.15
    plate = cleanplate.read_image(portrait.parent / "plate.jpg").pixels
    assert np.maximum(*mending.looks((reduce(plate, (256, 256)) / 255).astype(np.float32))).mean() < 0.05


def test_a_face_that_the_matting_network_loses_is_solid_in_the_matte(portrait: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = cleanplate.read_image(portrait).pixels
    whole = matting.matte(pixels)
    true = matting.predict

    def loses(picture: np.ndarray, side: int, device: str = "auto") -> np.ndarray:
        alpha = true(picture, side, device)
        cv2.ellipse(alpha, (int(0.43 * alpha.shape[1]), int(0.24 * alpha.shape[0])), (34, 46), 0, 0, 360, 0.1, -1)
        return alpha

    monkeypatch.setattr(matting, "predict", loses)
    mended = matting.matte(pixels)
    assert np.abs(mended - whole).mean() < 0.002
    monkeypatch.setattr(mending, "mended", lambda alpha, *_: alpha)
    assert np.abs(matting.matte(pixels) - whole).mean() > 0.015


def test_what_was_lost_is_given_back_and_a_matte_without_faults_stays_the_same_array(
    monkeypatch: pytest.MonkeyPatch, person: Drawn
) -> None:
    monkeypatch.setattr(mending, "looks", lambda *_: (person.seen, person.seen))
    assert mending.mended(person.alpha, person.picture) is person.alpha
    large = cv2.resize(person.without(disc(120, 80, 14)), (320, 512), interpolation=cv2.INTER_AREA)
    answer = mending.mended(large, person.picture)
    assert answer.shape == large.shape
    assert (answer >= large).all()
    assert answer[160, 150] > 0.98
