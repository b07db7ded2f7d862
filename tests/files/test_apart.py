"""apart: what decodes in a process of its own is bounded there, and what is wrong is one sentence."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from foreign_files import dng, exr, psd
from PIL import Image as pillow
from ramps import EIGHT, LIGHT, RAMPS, X, heic

import cleanplate
from cleanplate.errors import MissingExtra, PhotoError
from cleanplate.files import foreign
from cleanplate.files.photos import read_alpha, read_image


def drawn(kind: str, folder: Path) -> bytes:
    """A picture of 60 x 80 of a foreign kind."""
    if kind == "heif":
        return heic(pillow.fromarray(EIGHT))
    if kind == "raw":
        return dng(LIGHT)
    if kind == "exr":
        return exr(folder / "a.exr", {"RGB": RAMPS.astype(np.float32)})
    if kind == "psd":
        return psd(EIGHT)
    if kind == "tiff":
        file = io.BytesIO()
        pytest.importorskip("tifffile").imwrite(file, RAMPS.astype(np.float32), photometric="rgb")
        return file.getvalue()
    pytest.importorskip("cv2").imwrite(str(folder / "a.hdr"), RAMPS.astype(np.float32))
    return (folder / "a.hdr").read_bytes()


KINDS = sorted(foreign.KINDS.values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_beyond_the_pixel_limit_is_refused(kind: str, tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=r"80x60 = 0\.0 million pixels and the limit is 0\.004 million") as refused:
        read_image(drawn(kind, tmp_path), pixel_limit=4000)
    assert refused.value.reason == "too-large"


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_file_is_refused_in_one_sentence(kind: str, tmp_path: Path) -> None:
    data = drawn(kind, tmp_path)
    with pytest.raises(PhotoError) as refused:
        read_image(data[: len(data) * 2 // 3])
    assert len(str(refused.value).splitlines()) == 1
    assert refused.value.reason in ("truncated", "broken", "format")


@pytest.mark.parametrize(
    ("kind", "module"),
    [("heif", "pillow_heif"), ("raw", "rawpy"), ("exr", "OpenEXR"), ("tiff", "tifffile"), ("psd", "imagecodecs")],
)
def test_a_missing_library_is_named_with_its_extra(
    kind: str, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = drawn(kind, tmp_path)
    (tmp_path / f"{module}.py").write_text(f"raise ImportError('gone', name='{module}')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    package, extra = foreign.LIBRARIES[module]
    advice = rf"holds .* data, and {package}, which reads them, is not installed; run: pip install 'cleanplate\[{extra}\]'"
    with pytest.raises(MissingExtra, match=advice):
        read_image(data)


HALF = {"shape": [2, 2, 3], "type": "|u1", "blocks": [0, 0, 0, 0]}


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("import os; os.abort()", "ends its decoder"),
        ("import time; time.sleep(60)", "takes it too long"),
        ("print('{')", "ends its decoder"),
        (f"import sys; sys.stdin.buffer.read(); print({json.dumps(HALF)!r})", "ends its decoder"),
    ],
    ids=["abort", "hang", "half a line", "half a picture"],
)
def test_a_decoder_that_dies_or_hangs_is_one_sentence(
    script: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = drawn("psd", tmp_path)
    (tmp_path / "script.py").write_text(script)
    monkeypatch.setattr(foreign, "SCRIPT", tmp_path / "script.py")
    monkeypatch.setattr(foreign, "SECONDS", 0.5)
    with pytest.raises(PhotoError, match=sentence):
        read_image(data)


@pytest.mark.skipif(sys.platform != "linux", reason="bounds on memory are Linux's here")
def test_a_decoder_that_asks_for_too_much_memory_gets_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = foreign.SCRIPT.read_text().replace("    return runpy", "    bytearray(3 << 30)\n    return runpy")
    assert "3 << 30" in text
    (tmp_path / "script.py").write_text(text)
    monkeypatch.setattr(foreign, "SCRIPT", tmp_path / "script.py")
    with pytest.raises(cleanplate.MemoryShort):
        read_image(drawn("psd", tmp_path))


def test_mattes_of_foreign_kinds_are_read_too() -> None:
    assert np.abs(read_alpha(psd(EIGHT[..., :1], mode=1)) - X).max() < 0.005
