"""cutouts: whether a photo's own alpha says who is in it."""

import numpy as np
import pytest
from PIL import Image as pillow

import cleanplate
from cleanplate import Compositor, Settings
from cleanplate.stages import cutouts, framing

PLAIN = Settings(blend=False, harmonize=False)


def test_an_alpha_as_low_as_can_be_seen_cuts_nobody_out_and_a_lower_one_does() -> None:
    alpha = np.full((10, 10), framing.SEEN, np.float32)
    assert not cutouts.cuts_out(alpha)
    alpha[0, 0] = np.nextafter(np.float32(framing.SEEN), np.float32(0))
    assert cutouts.cuts_out(alpha)


def test_a_stray_pixel_of_alpha_does_not_switch_matting_off(portrait, plate):
    pixels = np.asarray(pillow.open(portrait).convert("RGB"))
    cover = np.full(pixels.shape[:2], 255, np.uint8)
    plain = Compositor().cutout(np.dstack([pixels, cover]))
    cover[5, 5] = 254
    stray = Compositor().cutout(np.dstack([pixels, cover]))
    assert (stray.alpha == plain.alpha).all()
    assert 0.1 < stray.alpha.mean() < 0.9
    assert not stray.clean
    assert plain.warnings == ()
    (said,) = stray.warnings
    assert "cuts nobody out (0.00% of it is transparent)" in said
    assert cleanplate.compose(np.dstack([pixels, cover]), plate, settings=PLAIN).warnings == (said,)


@pytest.mark.parametrize("corner", [8, 12])
def test_rounded_corners_do_not_either_and_a_cutout_still_counts(portrait, corner):
    pixels = np.asarray(pillow.open(portrait).convert("RGB"))
    cover = np.full(pixels.shape[:2], 255, np.uint8)
    cover[:corner, :corner] = 0
    assert Compositor().cutout(np.dstack([pixels, cover])).warnings
    cover[:, :4] = 0  # 0.8 % of the picture
    counted = Compositor().cutout(np.dstack([pixels, cover]))
    assert counted.clean
    assert (counted.alpha == (cover > 0)).all()


def test_a_word_is_said_of_it_by_every_command(tmp_path, capsys, portrait, plate):
    from cleanplate import cli

    pixels = np.asarray(pillow.open(portrait).convert("RGB"))
    pillow.fromarray(np.dstack([pixels, np.full(pixels.shape[:2], 254, np.uint8)])).save(tmp_path / "veil.png")
    for job in (("matte",), ("compose", str(plate))):
        command = [job[0], str(tmp_path / "veil.png"), *job[1:], "-o", str(tmp_path / f"{job[0]}.png")]
        assert cli.main(command) == 0
        assert "cleanplate: The photo's alpha cuts nobody out" in capsys.readouterr().err


def test_a_film_with_a_stray_pixel_is_matted_and_one_that_cuts_keeps_its_alpha(stand_ins, portrait, plate):
    pixels = np.asarray(pillow.open(portrait).convert("RGB").resize((96, 96)))
    veil = np.full((96, 96), 255, np.uint8)
    veil[3, 3] = 254
    told = {"settings": PLAIN, "quality": "fast"}
    (plain,) = Compositor().compose_frames([pixels], plate, **told)
    (matted,) = Compositor().compose_frames([np.dstack([pixels, veil])], plate, **told)
    assert (matted == plain).all()
    half = np.where(np.arange(96) < 48, 255, 0).astype(np.uint8)[None].repeat(96, 0)
    frames = [np.dstack([pixels, each]) for each in (half, veil, np.full_like(veil, 255))]
    cut, whole, solid = Compositor().compose_frames(frames, plate, **told)
    assert (solid == plain).all()  # nothing left out at all: it is matted, as ever
    assert (cut[:, :48] == pixels[:, :48]).all()
    assert (np.delete(whole.reshape(-1, 3), 3 * 96 + 3, 0) == np.delete(pixels.reshape(-1, 3), 3 * 96 + 3, 0)).all()
