"""Mending: people drawn with a known alpha, of which a matting network lost a part, and holes that have to stay."""

import cv2
import numpy as np
import pytest
from sitters import COAT, SKIN, WALL, Drawn, disc

from cleanplate.stages import evidence, mending
from cleanplate.stages.evidence import Region


@pytest.fixture(scope="module")
def person() -> Drawn:
    return Drawn()


@pytest.mark.parametrize(
    "where", [disc(120, 80, 14), disc(150, 190, 18), disc(130, 256, 26)], ids=["in the face", "in the coat", "at the lower border"]
)
@pytest.mark.parametrize("left", [0.0, 0.3])
def test_a_lost_part_is_given_back_and_the_hole_between_arm_and_body_stays(person: Drawn, where: np.ndarray, left: float) -> None:
    found = mending.lost(person.without(where, left), person.seen, person.seen, person.picture)
    assert found is not None
    mended = np.maximum(person.without(where, left), found)
    assert np.abs(mended - person.alpha).max() < 0.02
    assert (mended == person.alpha)[~where].all()


def test_nothing_is_given_back_of_a_matte_that_is_right(person: Drawn) -> None:
    """Though the second network sees no hole where there is one."""
    assert person.seen[214, 68] > mending.SURE
    assert person.alpha[214, 68] < 0.05
    assert mending.lost(person.alpha, person.seen, person.seen, person.picture) is None


def test_a_hole_in_the_colors_of_the_coat_was_lost_and_one_in_the_walls_was_not(person: Drawn) -> None:
    coat = np.where(person.hole[..., None] > 0, np.float32(COAT), person.picture)
    assert mending.lost(person.alpha, person.seen, person.seen, coat) is not None


def test_a_whole_head_is_given_back_though_nothing_is_left_of_it(person: Drawn) -> None:
    """As of dark faces before dark rooms: the network says almost nothing, and what surrounds the head is no person."""
    alpha = person.without(person.head & (person.alpha > 0) & (np.arange(256)[:, None] < 108))
    found = mending.lost(alpha, person.seen, person.seen, person.picture)
    assert found is not None
    core = cv2.erode(person.head.view(np.uint8), np.ones((11, 11), np.uint8)) > 0
    assert np.maximum(alpha, found)[core].min() > 0.98
    outside = cv2.dilate((person.alpha > 0.02).view(np.uint8), np.ones((3, 3), np.uint8)) == 0
    assert found[outside].max() == 0


def test_what_the_second_network_makes_up_beside_somebody_is_left(person: Drawn) -> None:
    beside = person.seen.copy()
    beside[60:84, 160:186] = 1
    assert mending.lost(person.alpha, beside, beside, person.picture) is None


def test_beside_the_outline_the_matting_networks_edge_stays(person: Drawn) -> None:
    """However sure the second one is: a soft rim is hair."""
    depth = mending.inside(person.seen)
    rim = (depth > 0) & (depth <= mending.DEPTH) & (person.alpha > 0.9)
    assert rim.sum() > 500
    assert mending.lost(person.without(rim, 0.75), person.seen, person.seen, person.picture) is None


def test_what_is_given_back_fades_towards_the_outline() -> None:
    """On a square whose rows of pixels lie 1, 2, 3, ... deep, of which the left half was lost."""
    seen, alpha = np.zeros((64, 64), np.float32), np.zeros((64, 64), np.float32)
    seen[8:56, 8:56] = 1
    alpha[8:56, 8:32], alpha[8:56, 32:56] = 0.4, 1
    found = mending.lost(alpha, seen, seen, np.where(seen[..., None] > 0, np.float32(SKIN), np.float32(WALL)))
    assert found is not None
    np.testing.assert_allclose(found[32, 7:13], [0, 0, 0.5, 1, 1, 1], atol=0.01)


def test_a_few_pixels_are_nothing_to_mend(person: Drawn) -> None:
    assert mending.lost(person.without(disc(150, 190, 1)), person.seen, person.seen, person.picture) is None
    for radius in (2, 6):
        assert mending.lost(person.without(disc(150, 190, radius)), person.seen, person.seen, person.picture) is not None


def test_evidence_weighs_what_the_matting_network_left_what_surrounds_it_its_depth_and_its_colors() -> None:
    doubtful = Region(alpha=0.05, solid=0.9, depth=5.0, own=0.4, share=0.01)
    assert doubtful.evidence == pytest.approx(4.5 * 0.05 + 2.7 * 0.9 + 0.95 * 1.6094379 + 0.9 * 0.4 - 5)
    assert not doubtful.lost
    for more in ({"alpha": 0.5}, {"depth": 30.0}, {"own": 1.0, "alpha": 0.3}):
        assert doubtful._replace(**more).lost
    hole = Region(alpha=0.3, solid=1.0, depth=19.0, own=0.3, share=0.01)
    assert hole.evidence > evidence.ENOUGH
    assert not hole.lost
    for more in ({"alpha": 0.36}, {"own": 0.36}, {"depth": 20.0}):
        assert hole._replace(**more).lost
    great = Region(0, 0, *evidence.GREAT[:1], own=0, share=evidence.GREAT[1])
    assert great.evidence < evidence.ENOUGH
    assert great.lost
    assert not great._replace(depth=great.depth - 1).lost
    assert not great._replace(share=great.share / 2).lost


def test_a_spot_is_given_back_where_more_speaks_for_it_and_its_colors_are_the_persons() -> None:
    spot = Region(alpha=0.5, solid=1.0, depth=10.0, own=0.6, share=0.0005)
    assert spot.evidence > 2
    assert spot.lost
    assert not spot._replace(own=0.5).lost
    assert spot._replace(own=0.5, share=0.002).lost
    fainter = spot._replace(alpha=0.3)
    assert 1 < fainter.evidence < 2
    assert not fainter.lost
    assert fainter._replace(share=0.002).lost


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


def test_neighboring_tones_count_a_quarter_each_way_and_none_is_a_neighbor_of_the_other_end() -> None:
    """By hand: a tone counts a half itself along each of three axes; at the ends what goes beyond is lost."""
    last = mending.TONES - 1
    table = mending.often(*(np.array([each]) for each in (5, 5, last)))
    assert table[5, 5, last] == 1 / 8
    assert table[4, 5, last] == table[5, 6, last] == table[5, 5, last - 1] == 1 / 16
    assert table[4, 6, last - 1] == 1 / 64
    assert table[5, 5, 0] == table[0, 5, last] == 0
    assert table.sum() == 3 / 4


def test_what_surrounds_a_region_is_looked_at_beyond_its_own_soft_border() -> None:
    """The pixels beside it are half lost with it, and say nothing."""
    where, zeros = np.zeros((60, 60), np.bool_), np.zeros((60, 60), np.float32)
    where[25:35, 25:35] = True
    alpha = np.ones((60, 60), np.float32)
    alpha[24:36, 24:36] = 0.1
    assert mending.region(where, alpha, zeros, zeros, 1000).solid == pytest.approx(1, abs=0.06)  # but for its corners


def test_what_is_given_back_reaches_as_far_as_one_sure_answer_and_no_further(person: Drawn) -> None:
    """The network's mirror image is not sure of the top of a hat: it comes back with its outline, not torn."""
    rows = np.arange(256)[:, None]
    alpha = person.without(person.head & (person.alpha > 0) & (rows < 108))
    top = person.head & (rows < 60)
    unsure, doubted = (np.where(top, np.float32(each), person.seen) for each in (0.5, 0.1))
    torn, found = (mending.lost(alpha, person.seen, each, person.picture) for each in (doubted, unsure))
    likely = np.where(top, np.float32(0.7), person.seen)
    guessed = mending.lost(alpha, likely, likely, person.picture)
    inside = cv2.erode(top.view(np.uint8), np.ones((11, 11), np.uint8)) > 0
    assert found is not None
    assert found[inside].min() > 0.98
    assert torn is not None
    assert torn[inside].max() < 0.02  # where the other answer says that nobody is there
    assert guessed is not None
    assert guessed[inside].max() < 0.02  # where both are likely and neither is sure


def test_what_is_given_back_reaches_a_little_into_what_was_never_lost() -> None:
    """So that no seam is left: by hand, as far as the second network is not believed at its own rim, each way."""
    core, alpha = np.zeros((60, 60), bool), np.ones((60, 60), np.float32)
    core[25:30, 25:30], alpha[20:40, 20:40] = True, 0
    found = np.flatnonzero(mending.whole(core, np.ones((60, 60), bool), alpha)[30])
    assert (found[0], found[-1]) == (20 - mending.DEPTH, 39 + mending.DEPTH)
