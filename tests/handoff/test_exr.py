"""EXR, opened by FFmpeg's own decoder, which shares no code with the library that wrote it."""

import io
from pathlib import Path

import av
import numpy as np
import OpenEXR
import pytest
from stacked import layers

from cleanplate import InputError
from cleanplate.handoff import exr, layered
from cleanplate.pixels.color import to_float, to_linear, to_srgb
from cleanplate.stages.sheets import Layers


def seen(path: Path, layer: str) -> np.ndarray:
    """A layer by its name, (height, width, 4), or 3 without an alpha, as FFmpeg reads it."""
    with av.open(str(path)) as file:
        file.streams.video[0].codec_context.options = {"layer": layer}
        frame = next(file.decode(video=0))
    kind = np.float16 if "f16" in frame.format.name else np.float32
    rows = [np.frombuffer(plane, kind).reshape(frame.height, -1)[:, : frame.width] for plane in frame.planes]  # G, B, R, A
    return np.stack([rows[each] for each in (2, 0, 1, 3)[: len(rows)]], -1).astype(np.float32)


def written(tmp_path: Path, made: Layers, **options: str) -> Path:
    layered.write_layers(made, tmp_path / "out.exr", **options)
    return tmp_path / "out.exr"


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_another_reader_finds_the_layers_by_name_and_they_give_the_composite(kind: type, tmp_path: Path) -> None:
    made = layers("all", kind)
    path, top, most = written(tmp_path, made), *((255, 1) if kind is np.uint8 else (65535, 4))
    plate, shadow, finished, whole = (seen(path, each) for each in ("plate", "shadow", "personHarmonized", ""))
    assert np.abs(to_srgb(whole[..., :3]) * top - made.image.pixels).max() < most / 2
    assert (whole[..., 3] == 1).all()
    dark = shadow[..., :3] + (1 - shadow[..., 3:]) * plate[..., :3]  # in linear light
    colors = to_srgb(finished[..., :3] / np.maximum(finished[..., 3:], 1e-9))
    over = finished[..., 3:] * colors + (1 - finished[..., 3:]) * to_srgb(dark)  # of encoded values
    assert np.abs(np.rint(over * top) - made.image.pixels).max() <= most


def test_the_person_is_linear_and_premultiplied_in_their_own_colors(tmp_path: Path) -> None:
    made = layers("half of the color")
    found, base = seen(written(tmp_path, made), "person"), made.base
    cover = to_float(made.mask)
    assert np.abs(found[base.box.slices][..., 3] - cover).max() < 1e-3
    assert np.abs(found[base.box.slices][..., :3] - to_linear(to_float(base.pixels)) * cover[..., None]).max() < 1e-3
    outside = np.ones(made.size, np.bool_)
    outside[base.box.slices] = False
    assert not found[outside].any()


def test_the_shadow_takes_more_where_it_is_darker_and_is_there_in_name_without_one(tmp_path: Path) -> None:
    made = layers("no color")
    shadow, sheet = seen(written(tmp_path, made), "shadow"), next(each for each in made.sheets if each.name == "shadow")
    assert shadow[..., 3].max() > 0.5
    outside = np.ones(made.size, np.bool_)
    outside[sheet.box.slices] = False
    assert not shadow[outside].any()


@pytest.mark.parametrize("compression", [each for each in exr.COMPRESSIONS if not each.startswith("dwa")])
def test_every_exact_compression_is_read_by_another_reader(compression: str, tmp_path: Path) -> None:
    made = layers("as it is")
    whole = seen(written(tmp_path, made, exr_compression=compression), "")
    assert np.abs(to_srgb(whole[..., :3]) * 255 - made.image.pixels).max() < 0.5


@pytest.mark.parametrize("compression", ["dwaa", "dwab"])
def test_a_lossy_compression_loses_little(compression: str, tmp_path: Path) -> None:
    made = layers("as it is")
    with OpenEXR.File(str(written(tmp_path, made, exr_compression=compression))) as file:  # FFmpeg reads none of so many channels
        whole = file.channels()["RGBA"].pixels.astype(np.float32)
    assert 0 < np.abs(to_srgb(whole[..., :3]) * 255 - made.image.pixels).mean() < 1


def test_all_channels_are_named_as_the_layers_are(tmp_path: Path) -> None:
    names = written(tmp_path, layers("as it is")).read_bytes()[:1500]
    for each in ("plate.R", "shadow.A", "person.A", "personHarmonized.A", "personHarmonized.B"):
        assert each.encode() + b"\0" in names


def test_a_stream_gets_the_same_bytes_as_a_file(tmp_path: Path) -> None:
    made, stream = layers("as it is"), io.BytesIO()
    layered.write_layers(made, stream, format="exr")
    assert stream.getvalue() == written(tmp_path, made).read_bytes()


def test_an_unknown_compression_is_refused_and_one_where_none_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no `exr_compression` best: give one of none, "):
        layered.write_layers(layers(), tmp_path / "out.exr", exr_compression="best")
    with pytest.raises(InputError, match=r"goes with an \.exr"):
        layered.write_layers(layers(), tmp_path / "out.psd", exr_compression="zip")
    assert not list(tmp_path.iterdir())
