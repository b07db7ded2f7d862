"""An evaluation as a page to be looked at: tables, then pictures, worst cases first. No script, nothing from elsewhere."""

import html
import io
import tempfile
from pathlib import Path
from string import Template

import cv2
import numpy as np

from cleanplate.errors import OutputError, why
from cleanplate.files import photos
from cleanplate.pixels.color import to_uint8
from cleanplate.pixels.resampling import resize
from cleanplate.training.measure import metrics, tables
from cleanplate.training.measure.baselines import Answer
from cleanplate.training.measure.boundaries import Case
from cleanplate.training.measure.tables import Measured, Table
from cleanplate.training.samples.synthesis import Sample
from cleanplate.values import Image

KEPT = 24  # pictures of each set, the worst ones
CUT, ZOOM = 96, 3  # pixels of the window on an edge, and how many times it is enlarged
QUALITY = 88  # of the JPEG files
SHOWN = ("linear", "linear-foreground", "ours")  # composites beside the truth

PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>cleanplate: evaluation</title><style>
body{font:15px/1.4 sans-serif;margin:2em;max-width:90em}
table{border-collapse:collapse;margin:.5em 0 1.5em}
td,th{border-bottom:1px solid #ccc;padding:.2em .7em;text-align:right}
td:first-child,th:first-child{text-align:left}
figure{display:inline-block;margin:0 .4em .4em 0} figcaption{font-size:13px} img{display:block;max-width:288px}
.case{margin:0 0 1.2em}
</style></head><body><h1>cleanplate: evaluation</h1>
<p>$about</p>
<h2>Tables</h2>
$tables
<h2>Pictures</h2>
$pictures
</body></html>
""")


class Shown:
    """One case of the page: a caption, and JPEG files by what they show; the badness it is sorted by."""

    def __init__(self, badness: float, caption: str, pictures: dict[str, Answer]) -> None:
        self.badness, self.caption = badness, caption
        self.pictures = {name: jpeg(picture) for name, picture in pictures.items()}


def jpeg(picture: Answer) -> bytes:
    stream = io.BytesIO()
    photos.write_image(Image(picture), stream, format="jpg", quality=QUALITY)
    return stream.getvalue()


def window(case: Case, answer: Answer) -> tuple[slice, slice]:
    """Where in the true band an answer errs most over a square of ``CUT`` pixels, as rows and columns."""
    error = (answer.astype(np.float32) - case.target.astype(np.float32)) ** 2
    height, width = error.shape[:2]
    sums = cv2.boxFilter(error.sum(-1) * metrics.band(case.person.alpha), -1, (CUT, CUT), normalize=False)
    row, column = np.unravel_index(int(np.argmax(sums)), sums.shape)
    top, left = (int(np.clip(at - CUT // 2, 0, max(0, side - CUT))) for at, side in ((row, height), (column, width)))
    return slice(top, top + CUT), slice(left, left + CUT)


def zoomed(picture: Answer, cut: tuple[slice, slice]) -> Answer:
    """The window, every pixel a square."""
    return np.ascontiguousarray(picture[cut].repeat(ZOOM, 0).repeat(ZOOM, 1))


class Gallery:
    """Collects the worst pictures of each set while an evaluation runs (``evaluate.Gallery``)."""

    def __init__(self, kept: int = KEPT) -> None:
        self.kept = kept
        self.sets: dict[str, list[Shown]] = {}
        self.counts: dict[str, int] = {}

    def keep(self, name: str, badness: float, caption: str, pictures: dict[str, Answer]) -> None:
        worst = self.sets.setdefault(name, [])
        self.counts[name] = self.counts.get(name, 0) + 1
        if len(worst) < self.kept or badness > worst[-1].badness:
            worst.append(Shown(badness, caption, pictures))
            worst.sort(key=lambda shown: -shown.badness)
            del worst[self.kept :]

    def harmonized(self, name: str, photo: str, sample: Sample, answers: dict[str, Answer], measured: Measured) -> None:
        """Composite, ours, truth and plate; the worst are those of the largest fMSE."""
        before, after = measured["none"]["fmse"], measured["ours"]["fmse"]
        pictures = {"composite": answers["none"], "ours": answers["ours"]}
        pictures |= {"truth": to_uint8(sample.target), "plate": to_uint8(sample.plate)}
        verdict = ", worse than nothing" if after > before else ""
        self.keep(f"harmonize: {name}", after, f"{photo}: fMSE {before:.0f} before, {after:.0f} after{verdict}", pictures)

    def blended(self, case: Case, answers: dict[str, Answer], measured: Measured) -> None:
        """The edge where ours errs most, by each method, and the whole of ours; the worst are those of the lowest band PSNR."""
        cut = window(case, answers["ours"])
        pictures = {name: zoomed(answers[name], cut) for name in SHOWN}
        pictures |= {"truth": zoomed(case.target, cut), "source": zoomed(to_uint8(case.source), cut)}
        height, width = case.alpha.shape
        pictures["ours, whole"] = resize(answers["ours"], (CUT * ZOOM, max(1, round(CUT * ZOOM * width / height))))
        told = ", ".join(f"{name} {measured[name]['band_psnr']:.1f}" for name in SHOWN)
        self.keep(f"blend: {case.kind}", -measured["ours"]["band_psnr"], f"{case.name}: band PSNR {told} dB", pictures)


# ---- the page ------------------------------------------------------------------------------------------------------


def row(cells: list[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def tables_part(result: Table) -> str:
    parts = []
    for title, head, rows in tables.sections(result):
        lines = [row(head, "th"), *(row(cells, "td") for cells in rows)]
        parts.append(f"<h3>{html.escape(title)}</h3><table>{''.join(lines)}</table>")
    return "\n".join(parts)


def pictures_part(gallery: Gallery, folder: Path) -> str:
    """Writes the pictures into ``folder`` and answers with the part of the page that shows them."""
    parts = []
    for index, (name, worst) in enumerate(gallery.sets.items()):
        parts.append(f"<h3>{html.escape(name)}: the {len(worst)} worst of {gallery.counts[name]}, worst first</h3>")
        for rank, shown in enumerate(worst):
            figures = []
            for at, (what, content) in enumerate(shown.pictures.items()):
                file = f"{index:02}-{rank:02}-{at}.jpg"
                (folder / file).write_bytes(content)
                words = html.escape(what)
                figures.append(f'<figure><img src="{file}" alt="{words}"><figcaption>{words}</figcaption></figure>')
            parts.append(f'<div class="case"><div>{html.escape(shown.caption)}</div>{"".join(figures)}</div>')
    return "\n".join(parts)


def about(result: Table) -> str:
    said = ", ".join(f"{name} {value}" for name, value in result.get("about", {}).items() if value is not None)
    return html.escape(f"{said}. Means over pictures; in brackets the 95 % bootstrap interval of the mean.")


def check(folder: Path, overwrite: bool) -> None:
    """Refuse a folder that cannot become the report, before any work is done.

    Raises:
        OutputError: it is there and may not be replaced or is no report, or has no folder to lie in.
    """
    if not folder.absolute().parent.is_dir():
        raise OutputError(f"{folder} has no folder to lie in; make {folder.absolute().parent} first.")
    if folder.exists() and not overwrite:
        raise OutputError(f"{folder} exists already: choose another name or allow overwriting.")
    if folder.exists() and not (folder / "index.html").is_file():
        raise OutputError(f"{folder} is not a report (it has no index.html) and is not replaced; choose another name.")


def write(result: Table, gallery: Gallery, folder: Path, overwrite: bool = False) -> None:
    """Write ``index.html`` and its pictures: into a new folder beside ``folder``, which then takes its place.

    Raises:
        OutputError: see ``check``; or it could not be written.
    """
    check(folder, overwrite)
    try:
        with tempfile.TemporaryDirectory(dir=folder.absolute().parent, prefix=f".{folder.name}-") as made:
            new = Path(made) / "new"
            new.mkdir()
            page = {"about": about(result), "tables": tables_part(result), "pictures": pictures_part(gallery, new)}
            (new / "index.html").write_text(PAGE.substitute(page), encoding="utf-8")
            if folder.exists():
                folder.rename(Path(made) / "old")  # goes away with the folder made here
            new.rename(folder)
    except OSError as error:
        raise OutputError(f"The report {folder} could not be written ({why(error)}); look at the disk and its rights.") from error
