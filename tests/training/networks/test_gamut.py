"""gamut: whoever stands in colored light has it, or in a photograph of one color; paint, leaves, skies and backdrops give none."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cleanplate.training.networks import gamut, light  # noqa: E402
from cleanplate.training.networks.harmonizers import Answer, FastHarmonizer  # noqa: E402

pytestmark = pytest.mark.train

NETWORK = FastHarmonizer()
ORANGE, BLUE, PURPLE, GREEN = (1.0, 0.7, 0.4), (0.5, 0.7, 1.0), (0.95, 0.55, 1.0), (0.5, 0.95, 0.45)
WEIGHTS = np.array(light.LUMA)


def scene(
    color: tuple[float, float, float] = (1.0, 1.0, 1.0), seed: int = 0, colorful: float = 0.06, bright: float = 0.6
) -> "torch.Tensor":
    """A plate of squares of 4 x 4 pixels, nearly gray things in one light, (1, 3, 64, 64)."""
    generator = torch.Generator().manual_seed(seed)
    gray = 0.15 + 0.85 * torch.rand(1, 1, 16, 16, generator=generator)
    things = bright * gray * (1 + colorful * (2 * torch.rand(1, 3, 16, 16, generator=generator) - 1))
    return (things * torch.tensor(color).reshape(1, 3, 1, 1)).clamp(0, 1).repeat_interleave(4, 2).repeat_interleave(4, 3)


def stripes(*colors: tuple[float, float, float]) -> "torch.Tensor":
    """A person whose columns take turns, (1, 3, 64, 64)."""
    columns = torch.tensor(colors).repeat(64 // len(colors) + 1, 1)[:64]
    return columns.T[None, :, None].expand(1, 3, 64, 64).contiguous()


GRAYS = stripes((0.3, 0.3, 0.3), (0.5, 0.5, 0.5), (0.8, 0.8, 0.8))


def put(person: "torch.Tensor", plate: "torch.Tensor", white: float = 1.0) -> "torch.Tensor":
    """What is made of somebody who fills the picture, by an answer that is none but for this."""
    grid = torch.zeros(1, 3, 4, 4, 4)
    grid[:, [0, 1, 2], [0, 1, 2]] = 1
    alpha = torch.ones(1, 1, 64, 64)
    found = gamut.within(grid.flatten(1, 2), person, alpha, gamut.place(plate), torch.full((1, 3), white))
    rows = found.reshape(1, 3, 4, 4, 4)[..., 0, 0]
    return torch.einsum("bij,bjhw->bihw", rows[..., :3], person) + rows[..., 3, None, None]


def tint(picture: "torch.Tensor") -> tuple[float, float]:
    """Blue over red, and green over the mean of both, of a picture's sums: above 0 is bluer, is greener."""
    red, green, blue = picture.double().mean((0, 2, 3)).tolist()
    return math.log(blue / red), math.log(green / math.sqrt(red * blue))


def test_grays_go_most_of_the_way_to_the_light_of_a_scene_and_stay_as_bright() -> None:
    for color, bright, axis in ((ORANGE, 0.6, 0), (BLUE, 0.4, 0), (PURPLE, 0.6, 1)):
        wanted, found = tint(scene(color))[axis], put(GRAYS, scene(color, bright=bright), white=0.6)
        assert 0.4 < tint(found)[axis] / wanted < 0.75
        assert float(light.luma(found).mean()) == pytest.approx(float(light.luma(GRAYS).mean()), rel=1e-4)


def test_nobody_is_moved_farther_than_so_and_white_stays_white() -> None:
    white = stripes((1.0, 1.0, 1.0), (0.2, 0.2, 0.2))
    orange, blue = (1.0, 0.3, 0.05), (0.05, 0.3, 1.0)
    for color, bright, most in ((orange, 0.6, 0.8), (blue, 0.6, 0.8), ((1.0, 0.6, 0.01), 1.5, 0.15), (PURPLE, 0.6, 0.8)):
        found = put(white, scene(color, bright=bright))
        assert abs(tint(found)[0]) < most + 1e-3
        assert float(found.max()) < 1 + 1e-5
    assert tint(put(white, scene(orange)))[0] < -0.75
    assert tint(put(white, scene(blue)))[0] > 0.75


def test_a_dark_scene_is_a_scene_and_tells_its_light() -> None:
    assert tint(put(GRAYS, scene(ORANGE, bright=0.15), white=0.6))[0] < -0.25


def test_nobody_is_moved_where_anything_larger_is_gray_or_has_the_other_color() -> None:
    for color in (ORANGE, BLUE, PURPLE):
        plate = scene(color, bright=0.4)
        plate[:, :, :16, :16] = 0.5  # a sixteenth of it
        torch.testing.assert_close(put(GRAYS, plate), GRAYS, atol=2e-3, rtol=0)
        torch.testing.assert_close(put(GRAYS, scene()), GRAYS, atol=0.02, rtol=0)
    plate = scene(ORANGE)
    plate[:, :, :8, :8] = 0.5  # a sixty-fourth: a lamp or a sign
    assert tint(put(GRAYS, plate))[0] < -0.3


def test_a_black_corner_says_nothing_of_the_light() -> None:
    plate = scene(ORANGE)
    before = tint(put(GRAYS, plate))[0]
    plate[:, :, :32, :32] = 0.004
    assert tint(put(GRAYS, plate))[0] == pytest.approx(before, rel=0.25)


def test_who_has_the_light_already_is_left_alone_and_who_has_half_of_it_gets_less() -> None:
    plate = scene(ORANGE)
    assert tint(put(GRAYS * torch.tensor(ORANGE).reshape(1, 3, 1, 1), plate))[0] == pytest.approx(tint(scene(ORANGE))[0], abs=0.05)
    half = GRAYS * torch.tensor(ORANGE).reshape(1, 3, 1, 1) ** 0.5
    changes = [tint(put(each, plate))[0] - tint(each)[0] for each in (GRAYS, half)]
    assert changes[1] == pytest.approx(changes[0] / 2, abs=0.08)


def test_only_the_person_is_measured() -> None:
    alpha, person = torch.zeros(1, 1, 64, 64), GRAYS * torch.tensor(ORANGE).reshape(1, 3, 1, 1)
    alpha[..., 16:48] = 1
    person[..., :16] = torch.tensor(BLUE).reshape(1, 3, 1, 1)
    grid = torch.eye(3, 4).reshape(1, 12, 1, 1)
    found = gamut.within(grid, person, alpha, gamut.place(scene(ORANGE)), torch.ones(1, 3))
    torch.testing.assert_close(found, grid, atol=0.1, rtol=0)


def test_backdrops_give_none_however_colored() -> None:
    smooth = torch.linspace(0.4, 0.7, 64).reshape(1, 1, 64, 1) * torch.tensor(ORANGE).reshape(1, 3, 1, 1).expand(1, 3, 64, 64)
    for plate in (smooth, smooth * 0 + torch.tensor(PURPLE).reshape(1, 3, 1, 1)):
        torch.testing.assert_close(put(GRAYS, plate), GRAYS)


def test_leaves_give_none_green_light_gives_little_and_cold_green_light_more() -> None:
    torch.testing.assert_close(put(GRAYS, scene(GREEN)), GRAYS, atol=2e-3, rtol=0)
    across, green = tint(put(GRAYS, scene((0.35, 0.9, 0.75), bright=0.4)))
    assert across > 0.2
    assert 0.05 < green < 0.2


def test_where_all_is_blue_by_day_that_is_sky_and_water() -> None:
    by_night, at_noon = (tint(put(GRAYS, scene(BLUE, bright=bright)))[0] for bright in (0.4, 1.3))
    assert by_night > 0.25
    assert at_noon < 0.5 * by_night


@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_answer_and_the_light_white_does_not_clip_and_black_stays_black(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    color = tuple((0.2 + 0.8 * torch.rand(3, generator=generator)).tolist())
    numbers = 3 * torch.randn(1, light.NUMBERS, generator=generator)
    composite, alpha = torch.rand(1, 3, 64, 64, generator=generator), torch.ones(1, 1, 64, 64)
    composite[..., :4], composite[..., 4:8] = 0, 1
    found = light.bounded(numbers, composite, alpha, torch.zeros(1, 3, 1))
    answer = Answer(found, light.grid(found, torch.ones(1, 3, 4, 4)))
    plate = scene(color, seed)
    with torch.no_grad():
        answer = NETWORK.settled(answer, composite, alpha, NETWORK.cues(plate), gamut.place(plate))
    shown = FastHarmonizer.changed(composite, alpha, answer)
    assert shown[..., 4:8].max() < 1 + 1e-4
    assert shown[..., :4].abs().max() < 0.02


def test_before_a_photograph_in_black_and_white_everybody_is_and_as_bright() -> None:
    person = stripes((0.8, 0.3, 0.2), (0.2, 0.5, 0.9), (0.7, 0.6, 0.5))
    found = put(person, scene(colorful=0))
    assert float((found.amax(1) - found.amin(1)).max()) < 1e-3
    torch.testing.assert_close(found, light.luma(person).expand_as(found), atol=2e-3, rtol=0)


def test_a_toned_photograph_tones_by_its_own_line() -> None:
    gray = light.luma(scene(colorful=0, bright=0.9))
    one, other = np.array([0.10, 0.07, 0.02]), np.array([0.95, 0.90, 0.75])  # what black and white became
    between = torch.tensor(other - one, dtype=torch.float32).reshape(1, 3, 1, 1)
    plate = torch.tensor(one, dtype=torch.float32).reshape(1, 3, 1, 1) + gray * between
    person = stripes((0.8, 0.3, 0.2), (0.2, 0.5, 0.9), (0.7, 0.6, 0.5))
    found = put(person, plate)[0, :, 0, :3].T.numpy().astype(np.float64)
    for before, after in zip(person[0, :, 0, :3].T.numpy(), found, strict=True):
        share = (WEIGHTS @ before - WEIGHTS @ one) / (WEIGHTS @ (other - one))  # where on the line it is as bright
        assert after == pytest.approx(one + share * (other - one), abs=0.03)


def test_a_toned_photograph_may_be_toned_by_a_bent_line() -> None:
    plate = light.luma(scene(colorful=0, bright=0.9)) ** torch.tensor([0.85, 1.0, 1.2]).reshape(1, 3, 1, 1)
    found = put(stripes((0.8, 0.3, 0.2), (0.2, 0.5, 0.9), (0.7, 0.6, 0.5)), plate)
    red, green, blue = found.unbind(1)
    assert (red > green).all()
    assert (green > blue).all()
    assert float((red - blue).max()) < 0.2


def test_neither_a_backdrop_without_color_nor_a_pattern_nor_a_dull_scene_takes_color_away() -> None:
    person = stripes((0.8, 0.3, 0.2), (0.2, 0.5, 0.9), (0.7, 0.6, 0.5))
    gradient = torch.linspace(0.2, 0.9, 64).reshape(1, 1, 64, 1).expand(1, 3, 64, 64)
    pattern = (scene(colorful=0)[:, :1] > 0.35).float().expand(1, 3, 64, 64)
    black, white = torch.zeros(1, 3, 64, 64), torch.ones(1, 3, 64, 64)
    for plate in (gradient, pattern, black, white, scene(colorful=0.15)):
        torch.testing.assert_close(put(person, plate), person, atol=0.05, rtol=0)
