"""one_shot: two pictures in, a result out, as the reusable door gives it; pictures that were pasted before are harmonized."""

from pathlib import Path

import numpy as np
import pytest
from drawn_files import chunk
from PIL import Image as pillow
from smooth import PLAIN, Seeing, oval, scenery, smooth

import cleanplate
from cleanplate import Compositor, Cutout, Image, InputError, Plate
from cleanplate.pixels.color import to_float
from cleanplate.pixels.resampling import squash


@pytest.fixture(scope="module")
def cutout() -> Cutout:
    return oval()


@pytest.fixture(scope="module")
def plate() -> Plate:
    return scenery()


def test_a_pasted_picture_is_seen_as_it_is(cutout: Cutout) -> None:
    harmonizer = Seeing()
    Compositor(harmonizer=harmonizer).harmonize(cutout.image, cutout.alpha)
    assert (harmonizer.seen[0] == to_float(squash(cutout.image.pixels, 128))).all()
    assert np.abs(harmonizer.seen[1] - squash(cutout.alpha, 128)).max() < 1e-5


def test_harmonize_changes_only_what_the_mask_covers(cutout: Cutout) -> None:
    result = Compositor().harmonize(cutout.image, cutout.alpha)
    assert (result.image.pixels[cutout.alpha == 0] == cutout.image.pixels[cutout.alpha == 0]).all()
    assert (result.image.pixels[cutout.alpha == 1] != cutout.image.pixels[cutout.alpha == 1]).any()


def test_harmonize_without_a_plate_fills_the_foreground_in(cutout: Cutout) -> None:
    from cleanplate.stages import framing

    compositor = Compositor()
    without = compositor.harmonize(cutout.image, cutout.alpha)
    filled = compositor.harmonize(cutout.image, cutout.alpha, Plate(framing.filled(cutout.image, cutout.alpha)))
    assert (without.image.pixels == filled.image.pixels).all()


def test_harmonize_needs_a_mask_of_the_same_size_and_not_an_empty_one(cutout: Cutout) -> None:
    with pytest.raises(InputError, match="same size"):
        Compositor().harmonize(cutout.image, cutout.alpha[1:])
    with pytest.raises(InputError, match="empty"):
        Compositor().harmonize(cutout.image, np.zeros_like(cutout.alpha))


def test_the_one_shot_door_gives_what_the_reusable_one_gives(cutout: Cutout, plate: Plate, tmp_path: Path) -> None:
    cleanplate.write_image(cutout.image, tmp_path / "person.png")
    cleanplate.write_alpha(cutout.alpha, tmp_path / "matte.png")
    cleanplate.write_image(plate.image, tmp_path / "plate.png")
    result = cleanplate.compose(tmp_path / "person.png", tmp_path / "plate.png", alpha=tmp_path / "matte.png")
    alpha = cleanplate.read_alpha(tmp_path / "matte.png")
    assert (result.image.pixels == Compositor().compose(Cutout(cutout.image, alpha), plate).image.pixels).all()
    result.save(tmp_path / "out.png")
    assert (cleanplate.read_image(tmp_path / "out.png").pixels == result.image.pixels).all()


def test_a_plate_is_cut_to_an_asked_size(tmp_path: Path, plate: Plate) -> None:
    cleanplate.write_image(plate.image, tmp_path / "plate.png")
    assert Plate.open(tmp_path / "plate.png", (120, 100)).image.size == (120, 100)


def test_a_wholly_transparent_plate_is_refused_and_a_partly_transparent_one_is_not(tmp_path: Path) -> None:
    pixels = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(InputError, match="wholly transparent"):
        Plate(Image(pixels, np.zeros((4, 4), np.float32)))
    pillow.fromarray(np.zeros((4, 4, 4), np.uint8)).save(tmp_path / "nothing.png")
    with pytest.raises(InputError, match="wholly transparent"):
        Plate.open(tmp_path / "nothing.png")
    with pytest.raises(InputError, match="wholly transparent"):
        Plate.open(tmp_path / "nothing.png", (2, 2))
    Plate(Image(pixels, np.eye(4, dtype=np.float32)))


@pytest.mark.parametrize("wordy", ["person", "plate"])
def test_what_was_left_out_of_a_file_is_told_once_with_the_result(tmp_path, wordy):
    files = {}
    for name in ("person", "plate"):
        picture = smooth(60, 80, 3) if name == "plate" else Image(smooth(60, 40, 4).pixels, np.eye(60, 40, dtype=np.float32))
        files[name] = tmp_path / f"{name}.png"
        cleanplate.write_image(picture, files[name])
    data = files[wordy].read_bytes()
    files[wordy].write_bytes(data[:-12] + chunk(b"tEXt", b"Comment\0" + b"y" * 900_000) * 80 + data[-12:])
    told = Compositor().compose(files["person"], files["plate"], settings=PLAIN).warnings
    assert [sentence for sentence in told if "text" in sentence] == [
        f"{files[wordy]} carries more text than a picture may; the text was left out."
    ]
