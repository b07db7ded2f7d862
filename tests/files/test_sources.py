"""sources: what the program around sets while a file is read stays as it left it."""

import io
import threading
import warnings
from typing import Any

import numpy as np
import pytest
from drawn_files import (
    PIXELS8,
    RANDOM,
    saved,
)
from PIL import Image as pillow
from PIL import ImageFile

from cleanplate.errors import PhotoError
from cleanplate.files import decoding, samples, sources
from cleanplate.files.photos import read_image


def test_pillows_own_limit_and_the_callers_warnings_stay_as_they_were() -> None:
    before, limit = list(warnings.filters), pillow.MAX_IMAGE_PIXELS
    threads = [threading.Thread(target=read_image, args=(saved(pillow.fromarray(PIXELS8), "PNG"),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pillow, "MAX_IMAGE_PIXELS", 1)
        assert read_image(saved(pillow.fromarray(PIXELS8), "PNG")).size == (13, 17)
    assert list(warnings.filters) == before
    assert limit == pillow.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("meanwhile", [False, True, None])
def test_what_the_program_around_sets_while_a_file_is_read_stays(
    monkeypatch: pytest.MonkeyPatch, before: bool, meanwhile: bool | None
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", before)
    data = saved(pillow.fromarray(PIXELS8), "PNG")

    class Changes(io.BytesIO):
        calls = 0

        def read(self, count: int | None = -1) -> bytes:
            self.calls += 1
            if self.calls == 3:
                if meanwhile is not None:
                    ImageFile.LOAD_TRUNCATED_IMAGES = meanwhile
                warnings.filterwarnings("ignore", message="the program's own")
            return super().read(count)

    with warnings.catch_warnings(), sources.strictly:  # another thread is reading too
        monkeypatch.setattr(sources, "whole", lambda stream, name: stream)
        assert np.array_equal(read_image(Changes(data)).pixels, PIXELS8)
    assert ImageFile.LOAD_TRUNCATED_IMAGES is (before if meanwhile is None else meanwhile)


def test_a_setting_that_is_changed_at_the_very_end_of_a_read_stays_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for before in (True, False):
        monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", before)
        with sources.strictly:
            ImageFile.LOAD_TRUNCATED_IMAGES = not before
        assert ImageFile.LOAD_TRUNCATED_IMAGES is not before


def test_the_program_s_own_filter_of_warnings_survives_a_read() -> None:
    with warnings.catch_warnings():
        filters = list(warnings.filters)
        with sources.strictly:
            warnings.filterwarnings("ignore", message="the program's own")
        assert [each for each in warnings.filters if each not in filters] == [warnings.filters[0]]
        assert warnings.filters[0][1].pattern == "the program's own"


def test_no_half_picture_comes_of_a_setting_that_is_switched_on_while_a_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)
    data = saved(pillow.fromarray(RANDOM.integers(0, 256, (200, 200, 3)).astype(np.uint8)), "PNG")[:-30_000]
    decode, calls = decoding.decode, []

    def loosened(*arguments: Any) -> samples.Decoded:
        calls.append(arguments)
        if len(calls) == 1:
            ImageFile.LOAD_TRUNCATED_IMAGES = True
        return decode(*arguments)

    monkeypatch.setattr(decoding, "decode", loosened)
    with pytest.raises(PhotoError) as caught:
        read_image(data)
    assert caught.value.reason == "truncated"
    assert len(calls) == 2
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True
