import numpy as np
import pytest

from benchmarks import plain
from cleanplate.errors import NoPersonError
from cleanplate.pixels.color import to_float
from cleanplate.pixels.over import over
from cleanplate.pixels.resampling import resize
from cleanplate.stages import matting


def disk(side: int, radius: float, softness: float) -> np.ndarray:
    """A round alpha with a soft edge."""
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    return np.clip((radius - np.hypot(rows, columns)) / softness + 0.5, 0, 1).astype(np.float32)


def test_refine_follows_the_pictures_edge_better_than_enlarging_does() -> None:
    alpha = disk(256, 80, 3)
    rng = np.random.default_rng(0)
    picture = over(np.full((256, 256, 3), (0.8, 0.3, 0.2), np.float32), alpha, np.full((256, 256, 3), (0.1, 0.4, 0.6), np.float32))
    picture = np.clip(picture + rng.normal(0, 0.01, picture.shape), 0, 1).astype(np.float32)
    small = resize(alpha, (32, 32))
    ours = np.abs(matting.refine(small, picture) - alpha).mean()
    plain = np.abs(resize(small, (256, 256)) - alpha).mean()
    assert ours < 0.7 * plain


def test_refine_leaves_a_flat_alpha_flat() -> None:
    picture = np.random.default_rng(1).random((64, 64, 3), np.float32)
    assert np.allclose(matting.refine(np.full((16, 16), 0.25, np.float32), picture), 0.25, atol=1e-3)


def test_refine_in_pieces_is_refine_of_the_whole() -> None:
    rng = np.random.default_rng(2)
    picture, alpha = rng.random((500, 391, 3), np.float32), resize(disk(400, 120, 30), (96, 75))
    assert np.abs(matting.refine(alpha, picture) - plain.refine(alpha, picture)).max() < 1e-5


def test_refine_snapped_leaves_out_only_what_is_certain() -> None:
    """Also of integers, and with an alpha that is nowhere quite 0 or 1."""
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (600, 450, 3), np.uint8)
    alpha = np.clip(resize(disk(400, 120, 20), (128, 96)) + rng.normal(0, 1e-3, (128, 96)), 0, 1).astype(np.float32)
    found = matting.refine(alpha, to_float(pixels), snap=True)
    assert np.abs(found - matting.snapped(plain.refine(alpha, to_float(pixels)))).max() < 1e-5
    assert matting.undecided(alpha).mean() < 0.4
    assert np.abs(found - matting.refine(alpha, pixels, snap=True)).max() < 0.05  # whose guide is rounded to levels


def test_refine_to_a_picture_smaller_than_the_alpha_shrinks_it() -> None:
    alpha = disk(64, 20, 6)
    assert np.allclose(matting.refine(alpha, np.zeros((16, 16, 3), np.float32)), resize(alpha, (16, 16)), atol=1e-6)


def test_strays_go_and_a_second_person_stays() -> None:
    alpha = np.zeros((100, 100), np.float32)
    alpha[10:90, 10:40] = alpha[30:90, 60:80] = alpha[2:6, 2:6] = 1
    answer = matting.without_strays(alpha)
    assert answer[2:6, 2:6].max() == 0
    assert answer[50, 20] == answer[50, 70] == 1


def test_snapped_makes_the_networks_near_zeros_and_near_ones_exact() -> None:
    answer = matting.snapped(np.array([0, 0.009, 0.5, 0.991, 1], np.float32))
    assert answer[0] == answer[1] == 0
    assert answer[3] == answer[4] == 1
    assert answer[2] == pytest.approx(0.5)


def test_hesitation_is_forgiven_where_somebody_was_seen_a_moment_ago() -> None:
    """A small person of whom the network is 0.93 sure: nobody in a photo; in a film whoever stood there."""
    alpha, before = np.zeros((64, 64), np.float32), np.zeros((64, 64), np.float32)
    alpha[20:40, 20:40] = 0.93
    before[18:38, 24:44] = 1
    assert not matting.someone(alpha)
    assert matting.someone(alpha, before)
    assert not matting.someone(alpha, np.roll(before, 24, 1))  # somewhere else
    assert not matting.someone(alpha * np.float32(0.95), before)  # too unsure even so
    assert not matting.someone(np.zeros((64, 64), np.float32), before)


def test_a_photo_without_a_person_is_an_error_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matting, "predict", lambda picture, side, device: np.full((32, 32), 0.1, np.float32))
    with pytest.raises(NoPersonError, match="No person was found") as caught:
        matting.matte(np.zeros((64, 64, 3), np.float32))
    assert "\n" not in str(caught.value)


def test_the_shipped_network_finds_nobody_in_a_plain_gradient() -> None:
    slope = np.repeat(np.linspace(0, 1, 300, dtype=np.float32)[None, :, None], 200, 0).repeat(3, 2)
    with pytest.raises(NoPersonError):
        matting.matte(slope)


@pytest.mark.parametrize(
    ("size", "seen"),
    [
        ((600, 800), (512, 672)), ((512, 2048), (512, 2048)), ((500, 4000), (256, 2048)), ((3000, 8), (2048, 32)),
        ((8, 3000), (32, 2048)),
    ],
)  # fmt: skip
def test_the_network_sees_a_long_photo_at_a_limited_length(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], seen: tuple[int, int]
) -> None:
    shapes = []

    class Sees:
        def run(self, input: np.ndarray) -> dict[str, np.ndarray]:
            shapes.append(input.shape[2:])
            return {"output": input[:, :1]}

    monkeypatch.setattr(matting.graphs, "graph", lambda *_: Sees())
    assert matting.predict(np.zeros((*size, 3), np.uint8), matting.PHOTO_SIDE).shape == seen
    assert shapes == [seen]
