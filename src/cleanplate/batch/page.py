"""The report as a page to look at, worst first: one file that loads nothing."""

import base64
import html
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from PIL import Image as pillow

from cleanplate import storage
from cleanplate.batch import reports
from cleanplate.batch.items import ENDED, Job, Outcome
from cleanplate.errors import CleanplateError
from cleanplate.files import photos
from cleanplate.values import Image

SHOWN = 200  # pictures on the page: 2 MB; the report for programs has all of them
SIDE = 240  # pixels, the long side of a thumbnail
THREADS = 4

STYLE = """
:root { color-scheme: light dark; font: 14px/1.4 system-ui, sans-serif; }
body { margin: 2rem; max-width: 80rem; }
table { border-collapse: collapse; margin: 1rem 0 2rem; } td, th { text-align: left; padding: .15rem 1.5rem .15rem 0; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1.5rem; }
figure { margin: 0; } img { width: 100%; display: block; background: #8883; } a { color: inherit; }
figcaption { overflow-wrap: anywhere; } figcaption p { margin: .2rem 0; } small { display: block; opacity: .75; }
.failed { border-top: 3px solid #c33; } .warned { border-top: 3px solid #c90; } .fine { border-top: 3px solid #3a7; }
"""


def write(job: Job, outcomes: Sequence[Outcome], shard: tuple[int, int]) -> None:
    """Write the page beside the report."""
    address = job.address(reports.name("html", shard))
    storage.place(address).replace(address, page(job, outcomes).encode(errors="replace"))


def page(job: Job, outcomes: Sequence[Outcome]) -> str:
    worst = reports.worst_first(outcomes)[:SHOWN]
    with ThreadPoolExecutor(THREADS) as pool:
        shown = list(pool.map(lambda each: thumbnail(job, each), worst))
    counts: dict[str, int] = {}
    for each in outcomes:
        counts[each.status] = counts.get(each.status, 0) + 1
    rows = "".join(f"<tr><th>{html.escape(status)}</th><td>{count}</td></tr>" for status, count in sorted(counts.items()))
    figures = "".join(figure(each, picture) for each, picture in zip(worst, shown, strict=True))
    rest = (
        f"<p>The {len(worst)} worst of {len(outcomes)}; all are in the report for programs.</p>"
        if len(worst) < len(outcomes)
        else ""
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        f"<title>Batch report</title><style>{STYLE}</style><h1>Batch report</h1><table>{rows}</table>{rest}<main>{figures}</main>"
        "</html>\n"
    )


def figure(outcome: Outcome, picture: bytes | None) -> str:
    """One result: its thumbnail, name and what is to be said of it."""
    failed = outcome.status not in ENDED
    kind = "failed" if failed else "warned" if outcome.warnings else "fine"
    source = "" if picture is None else f"<img alt='' src='data:image/jpeg;base64,{base64.b64encode(picture).decode()}'>"
    said = [f"{outcome.status}: {outcome.reason}"] if failed else list(outcome.warnings)
    sure = [] if outcome.confidence is None else [f"confidence {outcome.confidence:.2f}"]
    facts = ", ".join([*sure, f"{outcome.seconds:.2f} s"])
    words = "".join(f"<p>{html.escape(each)}</p>" for each in said)
    name = f"<b>{html.escape(outcome.out)}</b>"
    if not failed:
        name, source = (f"<a href='./{quote(outcome.out, errors='replace')}'>{each}</a>" for each in (name, source))
    return (
        f"<figure class={kind}>{source}<figcaption>{name}{words}<small>{html.escape(outcome.person)} on "
        f"{html.escape(outcome.plate)}; {facts}</small></figcaption></figure>"
    )


def thumbnail(job: Job, outcome: Outcome) -> bytes | None:
    """The result, or the person of whom none came, small; None where neither can be shown."""
    address = job.address(outcome.out) if outcome.status in ENDED else outcome.person
    if outcome.frames:
        return None
    try:
        found = photos.read_image(storage.place(address).read(address))
    except CleanplateError:
        return None
    return small(found)


def small(image: Image) -> bytes:
    picture = image.to_pil()
    picture.thumbnail((SIDE, SIDE), reducing_gap=2.0)
    white = pillow.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    file = io.BytesIO()
    white.save(file, "JPEG", quality=80)
    return file.getvalue()
