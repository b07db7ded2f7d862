"""codecs: what cannot be had is refused before any work, what is left open is chosen."""

import numpy as np
import pytest
from clips import SIZE

from cleanplate.errors import OutputError
from cleanplate.video.videos import Encoding, create_video


def test_a_codec_without_alpha_and_a_container_without_it_are_refused(tmp_path):
    with pytest.raises(OutputError, match=r"a\.mp4 cannot hold transparency"):
        create_video(tmp_path / "a.mp4", Encoding(SIZE, alpha=True))
    with pytest.raises(OutputError, match="h264 has no alpha"):
        create_video(tmp_path / "a.mov", Encoding(SIZE, alpha=True, codec="h264"))
    with pytest.raises(OutputError, match="cannot hold transparency"):
        create_video(tmp_path / "%d.jpg", Encoding(SIZE, alpha=True))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"codec": "mp3"}, "no codec mp3"),
        ({"pix_fmt": "yuv9p"}, "no pixel format yuv9p"),
        ({"pix_fmt": "rgb48le"}, "libx264 does not take the pixel format rgb48le"),
        ({"codec": "ffv1", "crf": 20}, "has no `crf`"),
    ],
)
def test_settings_that_cannot_be_had_are_refused_before_any_work(tmp_path, how, words):
    with pytest.raises(OutputError, match=words):
        create_video(tmp_path / "a.mkv", Encoding(SIZE, **how))
    assert not list(tmp_path.iterdir())


def test_an_odd_size_in_a_format_for_even_ones_is_refused(tmp_path):
    with pytest.raises(OutputError, match="even sizes only and this video has 65x49"):
        create_video(tmp_path / "a.mp4", Encoding((49, 65), pix_fmt="yuv420p"))


@pytest.mark.parametrize(("codec", "worst"), [("h264", 51), ("hevc", 51), ("av1", 63), ("vp9", 63)])
def test_a_crf_beyond_the_encoder_s_scale_is_refused(tmp_path, codec, worst):
    target = tmp_path / ("a.webm" if codec == "vp9" else "a.mp4")
    for crf in (-1, worst + 1, 999):
        with pytest.raises(OutputError, match=f"lies between 0 and {worst}; {crf} was given"):
            create_video(target, Encoding(SIZE, codec=codec, crf=crf))
    with create_video(target, Encoding(SIZE, codec=codec, crf=worst)) as writer:
        writer.write(np.zeros((*SIZE, 3), np.uint8), 0)
    with pytest.raises(OutputError, match="has no `crf`"):
        create_video(tmp_path / "a.mov", Encoding(SIZE, codec="prores", crf=20))
