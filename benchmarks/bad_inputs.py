"""Run a folder of broken and odd files through ``photos.read_image`` or ``videos.open_video`` and judge every verdict.

    python benchmarks/bad_inputs.py DIR [images | videos | salvage]

DIR holds ``images/``, ``videos/`` and ``expect.tsv`` with the columns file, expect (ok, reject, either),
must_warn_if_opened, basis and check (may say ``upright=WxH(...)`` and, of a video, ``frames=N``). Videos are read to their
end; ``salvage`` reads them again with ``salvage=True``. One worker process reads the files; it is started anew when it
dies or takes longer than 30 seconds. Exit 1 if anything is wrong.
"""

import csv
import multiprocessing
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

DEADLINE = 30.0  # seconds for one file
FAULTS = (
    "crash", "hang", "raw", "ok refused", "reject opened", "opened without a warning", "wrong upright size", "silent cut",
)  # fmt: skip
LISTED = (".psd",)  # formats that were not read when the folder was made, and are since
Answer = tuple[str, str, tuple[int, int, int] | None, bool]  # verdict, sentence, (width, height, frames), warned


def read_photo(path: str) -> tuple[int, int, int, int]:
    """(width, height, frames, warnings)."""
    import warnings

    from cleanplate.files.photos import read_image

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        image = read_image(path)
    return image.size[1], image.size[0], 1, len(caught) + len(image.warnings)


def read_video(path: str, salvage: bool) -> tuple[int, int, int, int]:
    """(width, height, frames, warnings)."""
    from cleanplate.video.videos import open_video

    with open_video(path, salvage=salvage) as reader:
        shapes = [frame.pixels.shape[:2] for frame in reader]
    (height, width), *others = set(shapes)
    assert not others, f"frames of {others}"
    return width, height, len(shapes), len(reader.warnings)


def work(pipe: Connection, kind: str) -> None:
    """Read each path that comes in and answer."""
    from cleanplate.errors import CleanplateError

    while path := pipe.recv():
        found, warned = None, 0
        try:
            *found, warned = read_photo(path) if kind == "images" else read_video(path, kind == "salvage")
            verdict, sentence = "ok", ""
        except CleanplateError as error:
            verdict, sentence = "reject", str(error)
        except Exception as error:  # noqa: BLE001 - the very thing that is looked for
            verdict, sentence = "raw", repr(error)
        pipe.send((verdict, sentence, found and tuple(found), bool(warned)))


def answers(paths: list[Path], kind: str) -> Iterator[tuple[Path, Answer, float]]:
    context = multiprocessing.get_context("spawn")
    worker = None
    for path in paths:
        if worker is None or not worker.is_alive():
            ours, theirs = context.Pipe()
            worker = context.Process(target=work, args=(theirs, kind), daemon=True)
            worker.start()
            theirs.close()
        start = time.perf_counter()
        try:
            ours.send(str(path))
            answer = ours.recv() if ours.poll(DEADLINE) else ("hang", f"over {DEADLINE:.0f} s", None, False)
        except (EOFError, BrokenPipeError):
            worker.join()
            answer = ("crash", f"exit code {worker.exitcode}", None, False)
        yield path, answer, time.perf_counter() - start
        if answer[0] in ("hang", "crash"):
            worker.kill()
            worker.join()
    if worker is not None and worker.is_alive():
        ours.send("")
        worker.join()


def faults(
    row: dict[str, str], verdict: str, sentence: str, found: tuple[int, int, int] | None, warned: bool
) -> Iterator[str]:
    """What is wrong with one answer, in the words of the summary."""
    if verdict in ("crash", "hang", "raw"):
        yield verdict
        return
    listed = row["basis"] == "policy: format not on allow-list" and Path(row["file"]).suffix in LISTED
    if row["expect"] in ("ok", "reject") and verdict != row["expect"] and not listed:
        yield "ok refused" if verdict == "reject" else "reject opened"
    if verdict == "ok" and row["must_warn_if_opened"] and not warned:
        yield "opened without a warning"
    upright = re.search(r"upright=(\d+)x(\d+)", row["check"] or "")
    if found and upright and found[:2] != (int(upright[1]), int(upright[2])):
        yield "wrong upright size"
    frames = re.search(r"frames=(\d+)", row["check"] or "")
    if found and frames and found[2] < int(frames[1]) and not warned:
        yield "silent cut"
    if verdict == "reject" and (len(sentence.splitlines()) != 1 or Path(row["file"]).name not in sentence):
        yield "unclear sentence"


def main(folder: Path, kind: str = "images") -> int:
    with (folder / "expect.tsv").open(encoding="utf-8", newline="") as file:
        rows = {folder / row["file"]: row for row in csv.DictReader(file, delimiter="\t")}
    paths = [path for path in rows if path.parent.name == ("images" if kind == "images" else "videos") and path.exists()]
    counts: Counter[str] = Counter()
    slowest = (0.0, "")
    for path, answer, seconds in answers(paths, kind):
        counts[f"{rows[path]['expect']}: {answer[0]}"] += 1
        slowest = max(slowest, (seconds, path.name))
        for fault in faults(rows[path], *answer):
            counts["FAULT " + fault] += 1
            print(f"{fault}: {path.name}: {answer[1] or answer[2]}")
    for fault in FAULTS:
        counts["FAULT " + fault] += 0
    for what, count in sorted(counts.items()):
        print(f"{count:5d}  {what}")
    print(f"{len(paths)} files; slowest {slowest[1]} in {slowest[0]:.2f} s")
    return int(any(count for what, count in counts.items() if what.startswith("FAULT")))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["images"], ["videos"], ["salvage"]):
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
