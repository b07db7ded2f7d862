import numpy as np

from cleanplate.pixels.over import over


def test_over_gives_the_plate_bit_for_bit_where_alpha_is_zero_and_the_foreground_where_it_is_one() -> None:
    rng = np.random.default_rng(0)
    foreground, plate = rng.random((2, 8, 8, 3), np.float32)
    alpha = np.repeat(np.array([[0, 1] * 4], np.float32), 8, 0)
    answer = over(foreground, alpha, plate)
    assert (answer[:, ::2] == plate[:, ::2]).all()
    assert (answer[:, 1::2] == foreground[:, 1::2]).all()


def test_over_agrees_with_pillows_own_alpha_composite() -> None:
    from PIL import Image as pillow

    rng = np.random.default_rng(1)
    front, back = rng.integers(0, 256, (2, 16, 16, 3), np.uint8)
    alpha = rng.integers(0, 256, (16, 16), np.uint8)
    theirs = pillow.fromarray(back).convert("RGBA")
    theirs.alpha_composite(pillow.fromarray(np.dstack([front, alpha])))
    ours = over(front.astype(np.float32), alpha.astype(np.float32) / 255, back.astype(np.float32))
    assert np.abs(ours - np.asarray(theirs)[..., :3]).max() <= 1.01  # Pillow rounds in integers
