"""A plate of linear light from file to file: its own samples where nobody is, by another library's reader."""

from pathlib import Path

import numpy as np
import pytest
from foreign_files import exr

import cleanplate
from cleanplate.cli.composing import Output
from cleanplate.errors import InputError, OutputError
from cleanplate.files import photos
from cleanplate.settings import Placement, Settings
from cleanplate.values import Cutout, Image

OpenEXR = pytest.importorskip("OpenEXR")
ACES = (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767)
LIGHT = np.random.default_rng(3).normal(1, 1.5, (60, 80, 3))  # below black, and far above white
ALPHA = np.zeros((60, 80), np.float32)
ALPHA[10:, 30:50] = 1
ALPHA[10:, 29] = 0.25
ANYBODY = Cutout(Image(np.full((60, 80, 3), (200, 120, 60), np.uint8)), ALPHA, clean=True, bled=True)


def made(folder: Path, kind: type, depth: object = None) -> cleanplate.Composite:
    exr(folder / "plate.exr", {"RGB": LIGHT.astype(kind)}, chromaticities=ACES)
    settings = Settings(harmonize=False, shadow=0)
    keep = Placement(fit="keep")
    return cleanplate.compose(ANYBODY, folder / "plate.exr", placement=keep, settings=settings, layers=True, depth=depth)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_an_exr_of_an_exr_has_its_samples_kind_and_primaries_and_over_gives_the_composite(kind: type, tmp_path: Path) -> None:
    made(tmp_path, kind).save(tmp_path / "out.exr")
    with OpenEXR.File(str(tmp_path / "out.exr"), separate_channels=True) as file:
        np.testing.assert_allclose(file.header()["chromaticities"], ACES, rtol=1e-6)
        found = {name: np.array(each.pixels) for name, each in file.parts[0].channels.items()}
    assert {each.dtype for each in found.values()} == {np.dtype(kind)}
    cover = found["personHarmonized.A"].astype(np.float32)
    for at, letter in enumerate("RGB"):
        np.testing.assert_array_equal(found[f"plate.{letter}"], LIGHT.astype(kind)[..., at])
        np.testing.assert_array_equal(found[letter][ALPHA == 0], LIGHT.astype(kind)[..., at][ALPHA == 0])
        laid = found[f"personHarmonized.{letter}"].astype(np.float32) + (1 - cover) * found[f"plate.{letter}"]
        np.testing.assert_allclose(found[letter], laid, atol=4e-3 if kind is np.float16 else 2e-4)


def test_a_tiff_of_floats_holds_them_and_says_what_they_are(tmp_path: Path) -> None:
    tifffile, colors = pytest.importorskip("tifffile"), pytest.importorskip("PIL.ImageCms")
    made(tmp_path, np.float32, "float").save(tmp_path / "out.tif", depth="float")
    with tifffile.TiffFile(tmp_path / "out.tif") as file:
        samples, profile = file.asarray(), file.pages[0].iccprofile
    np.testing.assert_array_equal(samples[ALPHA == 0], LIGHT.astype(np.float32)[ALPHA == 0])
    import io

    told = colors.ImageCmsProfile(io.BytesIO(profile)).profile
    assert told.xcolor_space.strip() == "RGB"
    assert told.red_primary[1][:2] == pytest.approx((0.713, 0.293), abs=0.04)  # adapted to D50
    with pytest.raises(OutputError, match=r"^.*out\.png cannot hold floats: write a \.tif or \.exr"):
        made(tmp_path, np.float32).save(tmp_path / "out.png", depth="float")


def test_a_tiff_of_floats_stays_one_without_asking(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(tmp_path / "plate.tif", LIGHT.astype(np.float32), photometric="rgb")
    keep, settings = Placement(fit="keep"), Settings(harmonize=False, shadow=0)
    cleanplate.compose(ANYBODY, tmp_path / "plate.tif", placement=keep, settings=settings).save(tmp_path / "out.tif")
    found = tifffile.imread(tmp_path / "out.tif")
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[ALPHA == 0], LIGHT.astype(np.float32)[ALPHA == 0])
    image = photos.read_image(tmp_path / "out.tif")
    np.testing.assert_allclose(image.pixels[30, 40] / 65535, np.float32([200, 120, 60]) / 255, atol=2e-5)


def test_who_signs_is_said_whole_or_not_at_all() -> None:
    files = {"person": "a.jpg", "plate": "b.jpg"}
    assert Output("o.jpg", None, False, True).credentials(files, layers=False) is None
    with pytest.raises(InputError, match=r"^`c2pa_cert` and `c2pa_key` go together: give both\.$"):
        Output("o.jpg", None, False, True, "c.pem").credentials(files, layers=False)
    both = Output("o.psd", None, False, True, "c.pem", "k.pem")
    with pytest.raises(OutputError, match=r"^o\.psd cannot hold Content Credentials"):
        both.credentials(files, layers=True)
    with pytest.raises(InputError, match="one comes from stdin"):
        both.credentials(files | {"person": "-"}, layers=False)
    own = both.credentials(files, layers=False)
    assert own is not None
    assert (own.plate, own.person) == ("b.jpg", "a.jpg")
