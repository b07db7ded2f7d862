"""The command `batch` as a process: the promises on batches, each tried from outside."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest
from discs import FLAGS, QUICK, draw, report, results
from PIL import Image as pillow

import cleanplate

PACKAGE = str(Path(cleanplate.__file__).parents[1])


HEARS = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv[0] = "cleanplate"
runpy.run_module("cleanplate", run_name="__main__")
"""  # Ctrl-C, even where this process's parent has turned that off


def start(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", HEARS, "batch", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": PACKAGE})


def run(*arguments: object) -> tuple[int, str, str]:
    child = start(*arguments)
    out, said = child.communicate(timeout=120)
    return child.returncode, out.decode(), said.decode()


def parts(folder: Path) -> list[Path]:
    """Temporary files, also of films."""
    return list(folder.rglob(".cleanplate-*"))


@pytest.fixture
def crowd(tmp_path):
    return draw(tmp_path / "people", *(f"{number:03d}.png" for number in range(40)))


def test_a_folder_with_a_tree_becomes_one_and_its_inputs_stay(tmp_path, people, plate):
    before = {path: sha256(path.read_bytes()).digest() for path in (*people.rglob("*.png"), plate)}
    code, out, said = run(people, plate, "-o", tmp_path / "out", *FLAGS)
    assert (code, out) == (0, ""), said
    assert list(results(tmp_path / "out")) == ["anna.jpg", "ben.jpg", "more/cleo.jpg"]
    assert [line["status"] for line in report(tmp_path / "out")] == ["done"] * 3
    assert {path: sha256(path.read_bytes()).digest() for path in before} == before
    for line in report(tmp_path / "out"):
        assert sha256((tmp_path / "out" / str(line["out"])).read_bytes()).hexdigest() == line["sha256"]
    assert "done             3" in said
    assert not parts(tmp_path / "out")


def test_a_batch_gives_the_bytes_of_compose(tmp_path, portrait):
    people = tmp_path / "people"
    people.mkdir()
    pillow.open(portrait).resize((200, 300)).save(people / "one.png")
    plate = portrait.with_name("plate.jpg")
    code, _, said = run(people, plate, "-o", tmp_path / "out", "--size", "300x200", "--strength", "0.8", "--workers", "1")
    assert code == 0, said
    command = [
        sys.executable,
        "-m",
        "cleanplate",
        "compose",
        people / "one.png",
        plate,
        "-o",
        tmp_path / "one.jpg",
        "--size",
        "300x200",
        "--strength",
        "0.8",
    ]
    subprocess.run([*map(str, command)], check=True, capture_output=True, env=os.environ | {"PYTHONPATH": PACKAGE})
    assert (tmp_path / "out" / "one.jpg").read_bytes() == (tmp_path / "one.jpg").read_bytes()


def test_exit_code_1_means_that_some_failed_and_all_others_are_done(tmp_path, people, plate):
    (people / "ben.png").write_bytes(b"no picture")
    code, _, said = run(people, plate, "-o", tmp_path / "out", *QUICK)
    assert code == 1
    assert said.count("cleanplate: ben.jpg: failed: ") == 1
    assert "Traceback" not in said
    assert list(results(tmp_path / "out")) == ["anna.jpg", "more/cleo.jpg"]
    assert [line["status"] for line in report(tmp_path / "out")] == ["done", "failed", "done"]


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        (("people",), (), "no plate"),
        (("nobody", "plate.png"), (), "does not exist"),
        (("people", "plate.png"), ("--strength", "9"), "--strength lies between"),
        (("people", "plate.png"), ("--shard", "9/3"), "--shard is which part"),
        (("people", "plate.png"), ("--shard", "one"), "is no part of anything"),
        (("people", "plate.png"), ("--cache", "much"), "is no size"),
        (("people", "plate.png"), ("--name", "{person.age}.jpg"), "There is no {person.age}"),
        (("people", "plate.png"), ("--name", "same.jpg"), "would both become same.jpg"),
        (("people", "plate.png"), ("--format", "gif"), "no --format gif"),
        (("jobs.csv",), (), "Line 2 of jobs.csv"),
        (("people", "plate.png"), ("-o", "plate.png/out"), "plate.png"),
        (("people", "plate.png"), ("-o", "file"), "file"),
        (("people", "plate.png"), ("-o", "people"), "take the results too"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence_before_the_first_picture(
    tmp_path, monkeypatch, people, plate, given, options, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jobs.csv").write_text("person,plate,grain\npeople/anna.png,plate.png,5\n")
    (tmp_path / "file").write_bytes(b"")
    before = sorted(tmp_path.rglob("*"))
    code, _, told = run(*given, *(() if "-o" in options else ("-o", "out")), *options, *QUICK)
    assert code == 2
    assert said in told
    assert "Traceback" not in told
    assert sorted(tmp_path.rglob("*")) == before


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(tmp_path, people, plate):
    code, out, said = run(people, plate, "-o", tmp_path / "out", "--dry-run", *QUICK)
    assert code == 0, said
    assert "3 results, 0 of them done already, 3 to be made" in out
    assert "more/cleo.jpg" in out
    assert not (tmp_path / "out").exists()
    _, out, _ = run(people, plate, "-o", tmp_path / "out", "--dry-run", "--json", *QUICK)
    told = json.loads(out)
    assert (told["todo"], told["pictures"], told["films"]) == (3, 3, 0)
    assert told["bytes"] > 3000
    assert told["seconds"] > 0


def test_programs_are_told_in_lines_of_json(tmp_path, people, plate):
    (people / "ben.png").write_bytes(b"no picture")
    code, out, said = run(people, plate, "-o", tmp_path / "out", "--json", *QUICK)
    events = [json.loads(line) for line in out.splitlines()]
    assert (code, said) == (1, "")
    assert [each["event"] for each in events] == ["begin", "item", "item", "item", "end"]
    assert [each["done"] for each in events[1:4]] == [1, 2, 3]
    assert events[-1]["counts"] == {"done": 2, "failed": 1}


@pytest.mark.long
def test_shards_make_all_between_them(tmp_path, crowd, plate):
    for shard in ("1/3", "2/3", "3/3"):
        assert run(crowd, plate, "-o", tmp_path / "out", "--shard", shard, *QUICK)[0] == 0
    told = [str(line["out"]) for number in (1, 2, 3) for line in report(tmp_path / "out", f"report-{number}-of-3.jsonl")]
    assert sorted(told) == sorted(results(tmp_path / "out")) == [f"{number:03d}.jpg" for number in range(40)]


@pytest.mark.long
@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_and_ends_as_if_nothing_had_been(tmp_path, crowd, plate):
    run(crowd, plate, "-o", tmp_path / "whole", *QUICK)
    chance, out = random.Random(0), tmp_path / "out"  # noqa: S311
    for _ in range(4):
        child = start(crowd, plate, "-o", out, "--json", *FLAGS)
        time.sleep(chance.uniform(0.3, 4))
        child.kill()
        child.communicate()
        for name, data in results(out).items():
            assert data == (tmp_path / "whole" / name).read_bytes()
    code, told, said = run(crowd, plate, "-o", out, "--json", *FLAGS)
    assert code == 0, said
    assert results(out) == results(tmp_path / "whole")
    before = {path: path.stat().st_mtime_ns for path in out.glob("*.jpg")}
    code, told, said = run(crowd, plate, "-o", out, "--json", *FLAGS)
    assert json.loads(told.splitlines()[0]) == {"event": "begin", "items": 40, "todo": 0, "kept": 40}
    assert {path: path.stat().st_mtime_ns for path in out.glob("*.jpg")} == before


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_it_ends_soon_with_a_report_and_without_leftovers(tmp_path, crowd, plate, number, code):
    child = start(crowd, plate, "-o", tmp_path / "out", "--json", "--workers", "2", *FLAGS)
    assert child.stdout is not None
    for _ in range(4):
        child.stdout.readline()
    child.send_signal(number)
    begin = time.monotonic()
    child.communicate(timeout=30)
    assert child.returncode == code
    assert time.monotonic() - begin < 10  # 2 on a machine that has nothing else to do
    told = [line["status"] for line in report(tmp_path / "out")]
    assert len(told) == 40
    assert told.count("done") + told.count("kept") == len(results(tmp_path / "out")) >= 3
    assert not parts(tmp_path / "out")


@pytest.mark.long
@pytest.mark.slow
def test_four_batches_with_claims_share_a_folder_and_one_may_die(tmp_path, crowd, plate):
    out = tmp_path / "out"
    children = [start(crowd, plate, "-o", out, "--claim", "--json", *QUICK) for _ in range(4)]
    assert children[0].stdout is not None
    for _ in range(3):
        children[0].stdout.readline()
    children[0].kill()
    told = [child.communicate(timeout=200)[0].decode() for child in children]
    assert [child.returncode for child in children[1:]] == [0, 0, 0]
    assert len(results(out)) == 40
    made = [event["out"] for each in told for event in map(json.loads, each.splitlines()) if event.get("status") == "done"]
    assert len(made) == len(set(made))
    run(crowd, plate, "-o", tmp_path / "alone", *QUICK)
    assert results(out) == results(tmp_path / "alone")


@pytest.mark.long
@pytest.mark.slow
def test_a_watched_folder_is_gone_on_with(tmp_path, people, plate):
    child = start(people, plate, "-o", tmp_path / "out", "--watch", "--json", *QUICK)
    assert child.stdout is not None

    def next_end() -> dict[str, object]:
        for line in child.stdout:  # type: ignore[union-attr]
            told: dict[str, object] = json.loads(line)
            if told["event"] == "end":
                return told
        raise AssertionError(child.stderr)

    try:
        assert next_end()["counts"] == {"done": 3}
        draw(people, "dora.png")
        assert dict(next_end()["counts"])["done"] == 1  # type: ignore[call-overload]
    finally:
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=30)
    assert child.returncode == 130
    assert "dora.jpg" in results(tmp_path / "out")


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a small disk is mounted by root alone")
def test_a_full_disk_is_named_and_with_space_it_goes_on(tmp_path, crowd, plate):
    out = tmp_path / "out"
    out.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(out)], capture_output=True)  # noqa: S607
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        code, _, said = run(crowd, plate, "-o", out, "--format", "png", *QUICK)
        assert code in (1, 2)  # 2 where even the report finds no room
        assert "No space left" in said
        assert not parts(out)
        for name, data in results(out).items():
            assert data.endswith(b"IEND\xaeB`\x82"), name
        subprocess.run(["mount", "-o", "remount,size=20m", str(out)], check=True)  # noqa: S607
        assert run(crowd, plate, "-o", out, "--format", "png", *QUICK)[0] == 0
        assert len(results(out)) == 40
    finally:
        subprocess.run(["umount", str(out)], check=True)  # noqa: S607
