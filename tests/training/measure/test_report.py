import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from edge_cases import case
from PIL import Image as pillow

from cleanplate.errors import OutputError
from cleanplate.training.measure import boundaries, report
from cleanplate.training.samples.synthesis import Sample

RESULT = {
    "harmonize": {"portraits-x": {"none": {"fmse": 9.0, "n": 3}, "o<u>rs": {"fmse": 4.0, "n": 3}}},
    "about": {"split": "validation", "limit": None},
}


def picture(level: int) -> np.ndarray:
    return np.full((16, 16, 3), level, np.uint8)


def shown(gallery: report.Gallery, photo: str, before: float, after: float) -> None:
    plain = np.full((16, 16, 3), 0.5, np.float32)
    sample = Sample(plain, plain[..., 0], plain * 0.2, plain * 0.8)
    measured = {"none": {"fmse": before}, "ours": {"fmse": after}}
    gallery.harmonized("portraits-x", photo, sample, {"none": picture(10), "ours": picture(90)}, measured)


@pytest.fixture
def gallery() -> report.Gallery:
    found = report.Gallery(kept=2)
    for photo, before, after in (("a", 50, 20), ("b & c", 30, 70), ("d", 60, 40)):
        shown(found, photo, before, after)
    return found


def test_the_worst_come_first_and_the_best_are_left_out(gallery: report.Gallery, tmp_path: Path) -> None:
    report.write(RESULT, gallery, tmp_path / "page")
    page = (tmp_path / "page/index.html").read_text()
    assert "the 2 worst of 3, worst first" in page
    captions = re.findall(r'class="case"><div>(.*?)</div>', page)
    assert captions == ["b &amp; c: fMSE 30 before, 70 after, worse than nothing", "d: fMSE 60 before, 40 after"]


class Reads(HTMLParser):
    """Collects the tags that are not closed, and what is referred to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sources: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.sources += [value or "" for name, value in attributes if name in ("src", "href")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_refers_only_to_pictures_beside_it(gallery: report.Gallery, tmp_path: Path) -> None:
    report.write(RESULT, gallery, tmp_path / "page")
    reader = Reads()
    reader.feed((tmp_path / "page/index.html").read_text())
    assert reader.open == []
    assert not reader.tags & {"script", "link", "iframe"}
    assert sorted(reader.sources) == sorted(path.name for path in (tmp_path / "page").glob("*.jpg"))
    assert len(reader.sources) == 8
    assert "o<u>rs" not in (tmp_path / "page/index.html").read_text()


def test_composite_ours_truth_and_plate_are_shown_in_this_order(gallery: report.Gallery, tmp_path: Path) -> None:
    report.write(RESULT, gallery, tmp_path / "page")
    levels = [np.asarray(pillow.open(tmp_path / "page" / f"00-00-{at}.jpg")).mean() for at in range(4)]
    np.testing.assert_allclose(levels, [10, 90, 0.4 * 255, 0.1 * 255], atol=2)


def test_an_edge_is_zoomed_where_ours_errs_most() -> None:
    given = case()
    band = np.argwhere(boundaries.metrics.band(given.person.alpha) > 0)
    row, column = band[len(band) // 2]
    answer = given.target.copy()
    answer[row, column] ^= 128
    rows, columns = report.window(given, answer)
    assert rows.start <= row < rows.stop
    assert columns.start <= column < columns.stop
    zoomed = report.zoomed(answer, (slice(row, row + 1), slice(column, column + 1)))
    assert zoomed.shape == (report.ZOOM, report.ZOOM, 3)
    assert (zoomed == answer[row, column]).all()


def test_blending_is_shown_by_method_worst_first() -> None:
    given, found = case("corrupted"), report.Gallery()
    answers = dict.fromkeys(report.SHOWN, given.target)
    for level in (30.0, 20.0):
        found.blended(given, answers, {name: {"band_psnr": level} for name in report.SHOWN})
    worst = found.sets["blend: corrupted"][0]
    assert worst.caption == "portraits_x/a: band PSNR linear 20.0, linear-foreground 20.0, ours 20.0 dB"
    assert list(worst.pictures) == [*report.SHOWN, "truth", "source", "ours, whole"]


def test_a_report_is_not_replaced_unless_that_is_allowed(gallery: report.Gallery, tmp_path: Path) -> None:
    page = tmp_path / "page"
    report.write(RESULT, gallery, page)
    (page / "stale.jpg").write_bytes(b"")
    with pytest.raises(OutputError, match="exists already"):
        report.write(RESULT, gallery, page)
    report.write(RESULT, gallery, page, overwrite=True)
    assert not (page / "stale.jpg").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["page"]


def test_a_folder_that_is_no_report_is_never_replaced(gallery: report.Gallery, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "mine.jpg").write_bytes(b"x")
    with pytest.raises(OutputError, match="is not a report"):
        report.write(RESULT, gallery, tmp_path / "photos", overwrite=True)
    with pytest.raises(OutputError, match="has no folder to lie in"):
        report.check(tmp_path / "none" / "page", overwrite=False)


def test_a_failure_leaves_the_old_report_and_nothing_else(
    gallery: report.Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page"
    report.write(RESULT, gallery, page)
    before = {path.name: path.read_bytes() for path in page.iterdir()}

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report, "pictures_part", full)
    with pytest.raises(OutputError, match="could not be written \\(No space left on device\\)"):
        report.write(RESULT, gallery, page, overwrite=True)
    assert {path.name: path.read_bytes() for path in page.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["page"]
