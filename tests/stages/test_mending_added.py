"""Mending: what a matte has that is no part of the drawn person is taken away, and hats, hair and limbs stay."""

import cv2
import numpy as np
import pytest
from sitters import COAT, Drawn

from cleanplate.stages import evidence, mending
from cleanplate.stages.evidence import Extra

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

    def found(
        self, where: np.ndarray, color: tuple[float, float, float] = LEATHER, alpha: float = 1.0, again: float | None = None
    ) -> np.ndarray | None:
        """What is taken away where something of that color was added, which a smaller picture shows with an alpha of ``again``."""
        picture = np.where(where[..., None], np.float32(color), self.picture)
        both = np.where(where, np.maximum(alpha, self.alpha), self.alpha).astype(np.float32)
        afar = None if again is None else np.where(where, np.float32(again), self.alpha)
        return mending.added(both, self.seen, self.seen, picture.astype(np.float32), afar)


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
    monkeypatch.setattr(evidence, "SURPLUS", -9.0)
    monkeypatch.setattr(evidence, "OVER", 2.0)
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
    for less in ({"depth": 24.0}, {"solid": 0.29}, {"neck": 0.21}, {"over": 0.31}):
        assert not chair._replace(**less).added
    assert chair._replace(depth=26.0).added


def test_what_has_the_persons_colors_and_a_soft_rim_is_a_brim_or_fingers() -> None:
    flag = Extra(own=0.7, depth=50.0, thick=10.0, neck=0.05, solid=0.7, cropped=False, over=0.0)
    assert flag.added
    brim = flag._replace(solid=0.55)
    assert not brim.added
    assert brim._replace(own=0.55).added


def test_a_part_asked_for_by_all_is_not_taken_away(seated: Seated, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = np.where(seated.chair[..., None], np.float32(LEATHER), seated.picture)
    alpha = np.maximum(seated.alpha, seated.chair)
    monkeypatch.setattr(mending, "looks", lambda *_: (seated.seen, seated.seen))
    assert mending.mended(alpha, picture, keep="all") is alpha
    freed = mending.mended(alpha, picture)
    assert freed[100, 245] == 0
    same = seated.seen >= mending.OUTSIDE
    np.testing.assert_array_equal(freed[same], alpha[same])


def test_colors_of_the_place_are_those_where_neither_network_sees_anybody(seated: Seated, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not those of what one of them keeps: else a chair were known as the place by its own color."""
    known, likeness = [], mending.likeness
    monkeypatch.setattr(mending, "likeness", lambda small, *masks: known.append(masks) or likeness(small, *masks))
    seated.found(seated.chair)
    ((person, place),) = known
    assert person.any()
    assert place.any()
    assert not (person & place).any()
    assert not place[seated.chair > 0].any()
    assert not place[seated.seen > 0.5].any()


def test_what_nobody_else_sees_is_taken_away_though_it_is_soft(seated: Seated) -> None:
    cut = seated.found(seated.chair, alpha=0.6, again=0.1)
    assert cut is not None
    far = seated.chair & (mending.distance(seated.seen < mending.OUTSIDE) >= mending.DEPTH)
    assert (cut[far] == 1).all()
    assert (cut[seated.seen >= mending.OUTSIDE] == 0).all()
    assert seated.found(seated.chair, alpha=0.6, again=0.3) is None


def test_what_a_smaller_picture_shows_is_still_taken_away_where_it_looks_like_a_thing(seated: Seated) -> None:
    assert seated.found(seated.chair, again=1.0) is not None


def test_a_limb_and_strands_stay_though_nobody_else_sees_them() -> None:
    lock = Extra(own=0.5, depth=4.0, thick=2.0, neck=0.2, solid=0.0, cropped=False, over=0.9)
    assert not lock.added
    assert lock.unseen(0.1)
    assert not lock.unseen(0.25)
    assert not lock._replace(neck=0.3).unseen(0.1)
    assert not lock._replace(own=0.7).unseen(0.1)
    assert lock._replace(own=0.7, solid=0.7).unseen(0.1)


def test_a_matte_is_freed_of_what_its_second_look_does_not_see(seated: Seated, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = np.where(seated.chair[..., None], np.float32(LEATHER), seated.picture)
    alpha = np.maximum(seated.alpha, np.float32(0.6) * seated.chair)
    monkeypatch.setattr(mending, "looks", lambda *_: (seated.seen, seated.seen))
    assert mending.mended(alpha, picture) is alpha
    assert mending.mended(alpha, picture, keep="all", again=seated.alpha) is alpha
    freed = mending.mended(alpha, picture, again=seated.alpha[::2, ::2])
    assert freed[100, 245] == 0
    same = seated.seen >= mending.OUTSIDE
    np.testing.assert_array_equal(freed[same], alpha[same])
