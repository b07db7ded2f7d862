import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cleanplate.training.networks.palette import TONES, Finder, palette, tones  # noqa: E402

pytestmark = pytest.mark.train


def random(seed: int, *shape: int) -> "torch.Tensor":
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def test_a_palette_agrees_with_a_loop_over_parts() -> None:
    scores, picture, weight = 4 * random(80, 2, 3, 5, 6) - 2, random(81, 2, 3, 5, 6), random(82, 2, 1, 5, 6)
    found = palette(scores, picture, weight).reshape(2, 3, 7).numpy()
    for at in range(2):
        likely = np.exp(scores[at].numpy().astype(np.float64))
        shares = likely / likely.sum(0) * weight[at, 0].numpy()
        for part in range(3):
            for channel in range(3):
                colors = picture[at, channel].numpy()
                mean = np.average(colors, weights=shares[part])
                deviation = np.sqrt(np.average((colors - mean) ** 2, weights=shares[part]) + 1e-5)
                assert found[at, part, channel] == pytest.approx(mean, abs=1e-3)  # the thousandth of a pixel in the sums
                assert found[at, part, 3 + channel] == pytest.approx(deviation, abs=1e-3)
            assert found[at, part, 6] == pytest.approx(shares[part].sum() / shares.sum(), abs=1e-3)


def test_a_palette_does_not_know_where_its_colors_lie_and_counts_only_what_the_weight_covers() -> None:
    scores, picture, weight = random(83, 1, 4, 8, 8), random(84, 1, 3, 8, 8), (random(85, 1, 1, 8, 8) > 0.5).float()
    order = torch.randperm(64, generator=torch.Generator().manual_seed(1))
    moved = (each.flatten(2)[..., order].reshape(each.shape) for each in (scores, picture, weight))
    torch.testing.assert_close(palette(scores, picture, weight), palette(*moved))
    repainted = torch.where(weight > 0, picture, 1 - picture)
    assert torch.equal(palette(scores, picture, weight), palette(scores, repainted, weight))


def test_the_palette_of_nothing_is_finite_and_black() -> None:
    found = palette(random(86, 1, 2, 4, 4), random(87, 1, 3, 4, 4), torch.zeros(1, 1, 4, 4)).reshape(2, 7)
    torch.testing.assert_close(found[:, [0, 1, 2, 6]], torch.zeros(2, 4))
    torch.testing.assert_close(found[:, 3:6], torch.full((2, 3), 1e-5**0.5))


def test_a_finder_gives_the_palette_of_its_own_parts_at_a_quarter_of_the_size() -> None:
    finder, plate, weight = Finder(3), random(88, 2, 3, 32, 32), random(89, 2, 1, 32, 32)
    small = plate.reshape(2, 3, 8, 4, 8, 4).mean((3, 5)), weight.reshape(2, 1, 8, 4, 8, 4).mean((3, 5))
    with torch.no_grad():
        torch.testing.assert_close(finder(plate, weight), palette(finder.scores(plate * 2 - 1), *small))


def test_tones_are_the_smallest_values_below_which_their_share_of_the_weight_lies() -> None:
    picture, weight = random(90, 2, 3, 7, 9), random(91, 2, 1, 7, 9)
    found = tones(picture, weight).reshape(2, 6, len(TONES)).numpy()
    for at in range(2):
        red, green, blue = picture[at].flatten(1).numpy().astype(np.float64)
        luma, shares = 0.299 * red + 0.587 * green + 0.114 * blue, weight[at].flatten().numpy().astype(np.float64)
        kinds = [luma, red, green, blue, np.max([red, green, blue], 0), np.min([red, green, blue], 0)]
        for kind, values in enumerate(kinds):
            for which, share in enumerate(TONES):
                wanted = min(each for each in values if shares[values <= each].sum() >= share * shares.sum() - 1e-6)
                assert found[at, kind, which] == pytest.approx(wanted, abs=1e-5)


def test_tones_do_not_count_what_has_no_weight_and_are_finite_where_nothing_has_any() -> None:
    picture, weight = random(92, 1, 3, 8, 8), (random(93, 1, 1, 8, 8) > 0.5).float()
    assert torch.equal(tones(picture, weight), tones(torch.where(weight > 0, picture, 1 - picture), weight))
    nothing = tones(picture, 0 * weight).reshape(6, len(TONES))
    assert torch.equal(nothing[:, :1].expand_as(nothing), nothing)


def test_of_many_rows_every_other_row_and_column_is_read() -> None:
    generator = torch.Generator().manual_seed(4)
    picture, weight = torch.rand(1, 3, 64, 64, generator=generator), torch.rand(1, 1, 64, 64, generator=generator)
    assert torch.equal(tones(picture, weight), tones(picture[..., ::2, ::2], weight[..., ::2, ::2]))
    fewer = picture[..., :62, :], weight[..., :62, :]
    assert not torch.equal(tones(*fewer), tones(*(each[..., ::2, ::2] for each in fewer)))
