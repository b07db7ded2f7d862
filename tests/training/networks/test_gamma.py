"""gamma: who outshines the place falls back into it, nobody else is touched, and contrast is kept."""

import pytest

torch = pytest.importorskip("torch")

from cleanplate.training.networks import gamma, gamut, light  # noqa: E402
from cleanplate.training.networks.harmonizers import Answer, FastHarmonizer  # noqa: E402

pytestmark = pytest.mark.train

NETWORK = FastHarmonizer()
BROWN, WHITE = (0.42, 0.28, 0.21), (0.95, 0.95, 0.95)


def person(*values: "float | tuple[float, float, float]") -> "torch.Tensor":
    """A picture of 64 x 64 whose columns take turns, of grays or colors."""
    colors = torch.tensor([each if isinstance(each, tuple) else (each,) * 3 for each in values])
    columns = colors.repeat(64 // len(values) + 1, 1)[:64]
    return columns.T[None, :, None].expand(1, 3, 64, 64).contiguous()


def settled(numbers: "torch.Tensor", composite: "torch.Tensor", plate: float) -> tuple[Answer, Answer, "torch.Tensor"]:
    """An answer of numbers to a person who fills the picture, as learned and as used before a plain plate, and the alpha."""
    alpha = torch.ones(numbers.shape[0], 1, 64, 64)
    found = light.bounded(numbers, composite, alpha, torch.full((numbers.shape[0], 3, 1), plate))
    answer = Answer(found, light.grid(found, torch.ones(numbers.shape[0], 3, 4, 4)))
    with torch.no_grad():
        place = torch.full((numbers.shape[0], 3, 64, 64), plate)
        return answer, NETWORK.settled(answer, composite, alpha, NETWORK.cues(place), gamut.place(place)), alpha


def shown(composite: "torch.Tensor", plate: float, number: int = 0, size: float = 0.0) -> list["torch.Tensor"]:
    """The picture as learned and as used, of an answer that is none but for one number."""
    numbers = torch.zeros(1, light.NUMBERS)
    numbers[0, number] = size
    first, second, alpha = settled(numbers, composite, plate)
    return [FastHarmonizer.changed(composite, alpha, each) for each in (first, second)]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_answer_curves_still_rise_from_black_to_white_at_most_and_brightness_is_hardly_more(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    composite = torch.rand(8, 3, 64, 64, generator=generator) ** (1 + 3 * torch.rand(8, 1, 1, 1, generator=generator))
    numbers = 3 * torch.randn(8, light.NUMBERS, generator=generator)
    first, second, alpha = settled(numbers, composite, float(torch.rand(1, generator=generator)))
    table = light.table(second.light)
    assert (table.diff(dim=2) > -1e-5).all()
    assert table.min() >= 0
    assert table.max() <= 1 + 1e-4
    assert (light.curve(second.light, first.light.dark) <= first.light.floor + 1e-3).all()  # no fog
    means = [light.luma(FastHarmonizer.changed(composite, alpha, each)).mean((1, 2, 3)) for each in (first, second)]
    assert (means[1] <= means[0] + 0.04).all()  # a mean of powers is a little more than the power of a mean
    assert (means[1] < means[0] - 0.02).any()


def test_who_is_darker_than_the_place_and_is_not_darkened_by_the_answer_is_left_alone() -> None:
    first, second = shown(person(0.1, 0.4, 0.9), 0.6)
    torch.testing.assert_close(second, first, atol=0.02, rtol=0)


def test_who_outshines_the_place_falls_back_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Middle gray before 0.4: 0.8 of 0.1 is taken back; where whites are not dimmed, the exponent is the same for all."""
    _, second = shown(person(0.5), 0.4)
    assert float(second.mean()) == pytest.approx(0.42, abs=0.01)
    monkeypatch.setattr(gamma, "DIMMED", 1.0)
    first, second = shown(person(0.3, 0.5, 0.7), 0.3)
    exponents = second[0, 0, 0, :3].log() / first[0, 0, 0, :3].log()
    assert exponents.max() - exponents.min() < 0.01
    assert exponents.mean() > 1.3


def test_it_falls_back_by_so_much_at_most() -> None:
    first, second = shown(person(0.8), 0.05)
    assert float(second.log()[0, 0, 0, 0] / first.log()[0, 0, 0, 0]) == pytest.approx(gamma.MOST, abs=0.07)


def test_a_dark_face_does_not_pay_for_white_clothes() -> None:
    first, second = shown(person(0.25, 0.25, 0.95, 0.95, 0.95), 0.55)
    torch.testing.assert_close(second, first, atol=4e-3, rtol=0)


def test_how_bright_somebody_is_their_skin_says_where_it_is_darker() -> None:
    """White clothes outshine a place of 0.35, brown skin (luma 0.31) does not; blue clothes are not skin."""
    for clothes in (WHITE, (0.6, 0.7, 0.95)):
        first, second = shown(person(BROWN, clothes, clothes), 0.35)
        torch.testing.assert_close(second, first, atol=0.02, rtol=0)
    first, second = shown(person(light.SKINS[0], 0.05, 0.05), 0.4)
    torch.testing.assert_close(second, first, atol=0.02, rtol=0)  # nor a bright face above dark clothes: it is lit so


def test_a_dark_face_stays_visible_at_night() -> None:
    _, second = shown(person(BROWN), 0.03)
    assert float(light.luma(second).mean()) == pytest.approx(gamma.VISIBLE, abs=0.01)
    darker = person((0.2, 0.13, 0.1))
    assert float(light.luma(shown(darker, 0.03)[1]).mean()) == pytest.approx(float(light.luma(darker).mean()), abs=0.01)


def test_whites_are_dimmed_before_dark_places_and_skin_is_as_bright_as_without(monkeypatch: pytest.MonkeyPatch) -> None:
    composite, face, clothes = person(light.SKINS[1], light.SKINS[1], light.SKINS[1], WHITE), 0, 3
    dimmed = {place: shown(composite, place)[1][0, :, 0] for place in (0.05, 0.5)}
    monkeypatch.setattr(gamma, "DIMMED", 1.0)
    plain = {place: shown(composite, place)[1][0, :, 0] for place in dimmed}
    torch.testing.assert_close(dimmed[0.5], plain[0.5])
    assert float(dimmed[0.05][1, face]) == pytest.approx(float(plain[0.05][1, face]), abs=0.03)
    assert float(dimmed[0.05][1, clothes]) < 0.8 * float(plain[0.05][1, clothes])


def test_who_falls_back_keeps_their_saturation() -> None:
    for color in light.SKINS:
        first, second = shown(person(color), 0.03)
        saturation = [each.amax(1).mean() / light.luma(each).mean() for each in (first, second)]
        assert light.luma(second).mean() < 0.9 * light.luma(first).mean()
        assert float(saturation[1]) == pytest.approx(float(saturation[0]), rel=0.06)


def test_nobody_is_brightened_for_a_bright_place_but_who_is_underexposed() -> None:
    for values, share in (((0.1, 0.4, 0.9), 0.0), ((0.05, 0.2, 0.45), 1.0)):
        composite = person(*values)
        first, second = shown(composite, 0.9, size=1.0)  # the exposure, in stops
        risen = [float(each.mean() - composite.mean()) for each in (first, second)]
        assert risen[0] > 0.05
        assert risen[1] == pytest.approx(share * risen[0], abs=0.025)


def test_who_is_darkened_keeps_white_and_contrast_where_a_factor_makes_gray() -> None:
    composite = person(0.3, 0.5, 0.9)
    first, second = shown(composite, 0.6, size=-0.8)
    assert float(second.mean()) == pytest.approx(float(first.mean()), abs=0.03)  # of a mean of powers
    assert float(first.max()) < 0.8
    assert float(second.max()) > float(first.max()) + 0.05
    assert second.std() > 1.15 * first.std()
    first, second = shown(person(BROWN, WHITE, WHITE), 0.6, size=-0.8)
    faces = [light.luma(each)[..., 0].mean() for each in (first, second)]
    assert float(faces[1]) == pytest.approx(float(faces[0]), abs=0.01)  # not darker for white clothes


def test_the_exponent_for_a_factor_is_bounded_and_leaves_room_for_falling_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Darkened by two stops: 1.4 before a bright place; before a dark one not more than all together may be."""
    monkeypatch.setattr(gamma, "DIMMED", 1.0)
    composite, alpha = person(0.3, 0.6), torch.ones(1, 1, 64, 64)
    for place, exponent in ((0.9, gamma.BY_FACTOR), (0.05, gamma.MOST)):
        where, top = torch.full((1, 1, 1), place), torch.full((1, 1, 1), 0.5)
        found = gamma.factor_and_exponent(composite, 0.5 * composite, alpha, where, top)
        assert float(found[1]) == pytest.approx(exponent, abs=1e-4)
        assert 0.99 < float(found[0]) < 2


def test_nothing_is_given_back_to_who_was_brightened() -> None:
    before, after, top, most = (torch.tensor(each) for each in (0.3, 0.4, 0.8, 1.4))
    assert [float(each) for each in gamma.undulled(before, after, top, most)] == pytest.approx([1, 1])
