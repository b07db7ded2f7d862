"""Tables, beside FFmpeg's own reader and filter."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from stacked import ASKED, composed

import cleanplate
from cleanplate import InputError, OutputError, Transform
from cleanplate.pixels.color import as_float, to_float
from cleanplate.transforms import applying, tables
from cleanplate.transforms.correction import ColorCorrection
from cleanplate.values import Box

RNG = np.random.default_rng(8)


def through_ffmpeg(pixels: np.ndarray, cube: Path, interpolation: str) -> np.ndarray:
    """8-bit colors through FFmpeg's lut3d."""
    graph = av.filter.Graph()
    height, width, _ = pixels.shape
    source = graph.add_buffer(width=width, height=height, format=av.VideoFormat("rgb24"), time_base="1/25")
    table = graph.add("lut3d", file=str(cube), interp=interpolation)
    form, sink = graph.add("format", pix_fmts="rgb24"), graph.add("buffersink")
    for one, next_one in ((source, table), (table, form), (form, sink)):
        one.link_to(next_one)
    graph.configure()
    graph.push(av.VideoFrame.from_ndarray(pixels, "rgb24"))
    return graph.pull().to_ndarray()


@pytest.mark.parametrize("interpolation", ["trilinear", "tetrahedral"])
@pytest.mark.parametrize("lut_size", tables.KNOTS)
def test_ffmpeg_makes_of_it_what_we_do(lut_size: int, interpolation: str, tmp_path: Path) -> None:
    table, path = composed(ASKED["as it is"]).table(lut_size).transform, tmp_path / "match.cube"
    cleanplate.write_cube(table, path)
    colors = RNG.integers(0, 256, (64, 96, 3), np.uint8)
    ours = applying.apply(cleanplate.read_cube(path), to_float(colors), Box(0, 0, 64, 96), (64, 96))
    theirs = through_ffmpeg(colors, path, interpolation)
    assert np.abs(np.clip(ours, 0, 1) * 255 - theirs).max() <= 1.5


def test_a_table_read_again_is_the_same(tmp_path: Path) -> None:
    table = Transform(RNG.normal(0.5, 0.5, (5, 5, 5, 3)).astype(np.float32), "lut")
    cleanplate.write_cube(table, tmp_path / "out.cube")
    assert np.abs(cleanplate.read_cube(tmp_path / "out.cube").grid - table.grid).max() < 1e-6


def test_red_changes_fastest(tmp_path: Path) -> None:
    rows = "0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 .5\n1 0 .5\n0 1 .5\n1 1 .5\n"
    (tmp_path / "red.cube").write_text(f"# by hand\nLUT_3D_SIZE 2\n{rows}")
    found = cleanplate.read_cube(tmp_path / "red.cube")
    color = applying.apply(found, np.float32([[[0.2, 0.4, 0.6]]]), Box(0, 0, 1, 1), (1, 1))
    assert color.ravel().tolist() == pytest.approx([0.2, 0.4, 0.3])


def test_a_global_change_is_met_and_a_local_one_told_of() -> None:
    even = np.linspace(0, 1, 33, dtype=np.float32)  # its knots are the table's
    one = np.float32([[0.8, 0.1, 0, 0.02], [0, 0.9, 0, 0], [0.1, 0, 0.7, 0.1]])
    same = Transform(one[None, None], tone=even[:, None].repeat(3, 1) ** 2)
    colors, box = RNG.random((40, 30, 3), np.float32), Box(10, 5, 40, 30)
    alpha = np.ones((40, 30), np.float32)
    assert tables.table(ColorCorrection(same, 0.7), colors, alpha, box, (80, 60), 33).most < 1e-3
    grid = same.grid.repeat(2, 0).copy()
    grid[1] *= 1.2
    local = tables.table(ColorCorrection(Transform(grid)), colors, alpha, box, (80, 60), 33)
    assert local.most > 0.02
    assert "of 255 off it on average" in local.said


def test_a_composite_s_table_is_that_of_all_its_colors() -> None:
    made = composed(ASKED["as it is"])
    grid = made.transform.grid.repeat(2, 0).copy()
    grid[1] *= 1.2
    local = replace(made, transform=Transform(grid))
    found = local.table()
    whole = tables.table(local.correction, as_float(made.colors), made.alpha, made.box, made.image.size, 33)
    assert found[1:] == pytest.approx(whole[1:])
    np.testing.assert_allclose(found.transform.grid, whole.transform.grid, atol=1e-6)


def test_a_table_in_place_of_the_network_gives_the_same_picture_where_that_answers_with_one_change(tmp_path: Path) -> None:
    from stacked import Brightening, standing

    person, plate = standing()
    maker = cleanplate.Compositor(harmonizer=Brightening())
    own = maker.compose(person, plate, cleanplate.Placement(0.6, 0.5, 0.85))
    cleanplate.write_cube(own.table(65).transform, tmp_path / "own.cube")
    blind = cleanplate.Compositor().compose(
        person, plate, cleanplate.Placement(0.6, 0.5, 0.85), lut_in=cleanplate.read_cube(tmp_path / "own.cube")
    )
    assert np.abs(own.image.pixels.astype(int) - blind.image.pixels).max() <= 2
    assert (own.image.pixels != plate.image.pixels).any()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("LUT_1D_SIZE 2\n0 0 0\n1 1 1\n", "it says LUT_1D_SIZE"), ("0 0 0\n", "it has no LUT_3D_SIZE"),
        ("LUT_3D_SIZE 2\n0 0 0\n", "it says 2 knots a side and holds 3 numbers"),
        ("LUT_3D_SIZE 2\n" + "0 0 nan\n" * 8, "not all of its numbers are finite"),
        ("LUT_3D_SIZE 2\nDOMAIN_MAX 2 2 2\n" + "0 0 0\n" * 8, "its domain is another than 0 to 1"),
        ("LUT_3D_SIZE 2\nDOMAIN_MIN 1 1 1\n" + "0 0 0\n" * 8, "its domain is another than 0 to 1"),
        ("LUT_3D_SIZE x\n", "it holds something else"), ("LUT_3D_SIZE 100000\n0 0 0\n", "it says 100000 knots"),
        ("LUT_3D_SIZE\n0 0 0\n", "it holds something else"),
    ],
)  # fmt: skip
def test_what_is_no_such_table_is_refused_in_one_sentence(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "bad.cube").write_text(text)
    with pytest.raises(InputError, match=rf"bad\.cube is no table that can be used, {why}.*: give a \.cube"):
        cleanplate.read_cube(tmp_path / "bad.cube")


def test_a_picture_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "bad.cube").write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    with pytest.raises(InputError, match=r"is no text, and a table is"):
        cleanplate.read_cube(tmp_path / "bad.cube")


def test_names_and_forms_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    lut = Transform(applying.identity_lut(2), "lut")
    with pytest.raises(OutputError, match=r"ends in \.cube"):
        cleanplate.write_cube(lut, tmp_path / "out.txt")
    with pytest.raises(InputError, match="of the form affine-grid"):
        cleanplate.write_cube(Transform(np.eye(3, 4, dtype=np.float32)[None, None]), tmp_path / "out.cube")
    with pytest.raises(InputError, match=r"`lut_size` is one of 17, 33, 65; 5 was given"):
        composed(ASKED["as it is"]).table(5)
    with pytest.raises(InputError, match="The colors were left as they are"):
        composed(ASKED["no color"]).table()
