"""job, reports, page and claims: what is done stays done, what failed is told, and several batches share one folder."""

import dataclasses
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from discs import PLAIN, Here, draw, report, results

from cleanplate import OutputError, storage
from cleanplate.batch import claims, page, records, reports
from cleanplate.batch import job as jobs
from cleanplate.batch.claims import Claims, Watch
from cleanplate.batch.items import Item, Outcome
from cleanplate.batch.work import Worker
from cleanplate.recipes import Recipe
from cleanplate.settings import Placement


@pytest.fixture
def items(tmp_path, plate):
    people = draw(tmp_path / "people", *(f"{number}.png" for number in range(6)))
    return [Item(str(path), str(plate), path.name, PLAIN) for path in sorted(people.iterdir())]


def run(common, items, engine=None, tell=lambda _: None):
    engine = engine or Here(common)
    return jobs.run(jobs.prepare(common, items), engine, tell), engine.asked


def test_what_is_done_is_not_done_again(items, job):
    first, asked = run(job, items)
    assert asked == [each.out for each in items]
    assert [each.status for each in first.outcomes] == ["done"] * 6
    before = results(Path(job.out))
    second, asked = run(job, items)
    assert asked == []
    assert [each.status for each in second.outcomes] == ["kept"] * 6
    assert [each["sha256"] for each in report(Path(job.out))] == [each.sha256 for each in first.outcomes]
    assert results(Path(job.out)) == before


def test_what_changed_is_made_again_and_nothing_else(items, job):
    run(job, items)
    Path(items[2].person).write_bytes(Path(items[0].person).read_bytes())
    items[4] = dataclasses.replace(items[4], recipe=Recipe(Placement(0.4), PLAIN.settings))
    Path(job.out, "5.png").unlink()
    summary, asked = run(job, items)
    assert asked == ["2.png", "4.png", "5.png"]
    assert jobs.exit_code(summary) == 0
    assert results(Path(job.out))["2.png"] == results(Path(job.out))["0.png"]


def test_a_failure_is_told_and_the_rest_is_done(items, job):
    Path(items[3].person).write_bytes(b"no picture")
    summary, _ = run(job, items)
    assert jobs.exit_code(summary) == 1
    assert [each.status for each in summary.outcomes] == ["done"] * 3 + ["failed"] + ["done"] * 2
    line = report(Path(job.out))[3]
    assert line["status"] == "failed"
    assert "3.png holds text data" in str(line["reason"])
    _, asked = run(job, items)
    assert asked == ["3.png"]


def test_results_that_no_batch_made_stop_it_before_the_first(items, job):
    Path(job.out).mkdir()
    for name in ("1.png", "4.png"):
        Path(job.out, name).write_bytes(b"precious")
    with pytest.raises(OutputError, match=r"1\.png exists already .*\(So do 1 more\.\)"):
        run(job, items)
    assert list(results(Path(job.out))) == ["1.png", "4.png"]
    summary, _ = run(dataclasses.replace(job, overwrite=True), items)
    assert jobs.exit_code(summary) == 0


class Full:
    """An engine on a disk that is full after two items."""

    def __init__(self, common):
        self.asked, self.closed, self.worker = [], False, Worker(common)

    def run(self, units):
        try:
            for number, (item,) in enumerate(units):
                if number < 2:
                    yield from self.worker.run([item])
                else:
                    yield Outcome(
                        item.out, "failed", "", "", f"{item.out} could not be written (No space left on device): free some space."
                    )
        finally:
            self.closed = True


def test_a_full_disk_stops_it_and_with_space_it_goes_on(items, job):
    engine = Full(job)
    summary, _ = run(job, items, engine)
    assert engine.closed
    assert [each.status for each in summary.outcomes] == ["done", "done", "failed"] + ["not done"] * 3
    assert "No space left" in summary.outcomes[2].reason
    assert jobs.exit_code(summary) == 1
    again, asked = run(job, items)
    assert asked == ["2.png", "3.png", "4.png", "5.png"]
    assert jobs.exit_code(again) == 0


def test_a_batch_that_is_stopped_has_its_report(items, job):
    def stop(progress):
        if progress.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(job, items, tell=stop)
    found = report(Path(job.out))
    assert [each["status"] for each in found[:3]] == ["done"] * 3
    assert {each["reason"] for each in found if each["status"] == "not done"} == {"the batch was stopped before"}
    assert sum(each["status"] in ("done", "kept") for each in found) == len(results(Path(job.out))) >= 3


class Stops:
    """An outcome; whoever looks at its status for the so-manieth time hears Ctrl-C there."""

    def __init__(self, outcome, looks):
        self.outcome, self.looks = outcome, looks

    def __getattr__(self, name):
        if name == "status":
            self.looks -= 1
            if not self.looks:
                raise KeyboardInterrupt
        return getattr(self.outcome, name)


@pytest.mark.parametrize("looks", [1, 2, 3])
def test_wherever_a_stop_comes_the_work_has_ended_when_the_report_is_made(items, job, looks):
    """The engine finishes two more while it is being closed."""

    class Engine:
        def run(self, units):
            worker, left = Worker(job), [item for unit in units for item in unit]
            try:
                for outcome in worker.run(left[:1]):
                    yield Stops(outcome, looks)
            finally:
                list(worker.run(left[1:3]))

    with pytest.raises(KeyboardInterrupt):
        run(job, items, Engine(), tell=lambda progress: progress.outcome.status)
    assert [each["status"] in ("done", "kept") for each in report(Path(job.out))] == [True] * 3 + [False] * 3


def test_progress_counts_what_was_to_be_done(items, job):
    run(job, items[:2])
    Path(items[5].person).write_bytes(b"")
    told = []
    run(job, items, tell=told.append)
    assert [(each.done, each.all) for each in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert told[-1].failed == 1
    assert told[-1].left == 0


# ---- reports ------------------------------------------------------------------------------------------------------


def test_the_worst_come_first():
    def one(out, status="done", **more):
        return Outcome(out, status, "", "", **more)

    given = [
        one("sure", confidence=0.9), one("unsure", confidence=0.1), one("warned", confidence=0.9, warnings=("A cut.",)),
        one("left", "not done"),
        one("lost", "failed"), one("aside", "set aside"), one("plain"), one("kept", "kept", confidence=0.5),
    ]  # fmt: skip
    found = [each.out for each in reports.worst_first(given)]
    assert found == ["lost", "aside", "left", "warned", "unsure", "kept", "sure", "plain"]


def test_the_page_shows_pictures_and_loads_nothing(items, job):
    Path(items[3].person).write_bytes(b"no <b>picture</b>")
    items[1] = dataclasses.replace(items[1], out="<script>.png")
    run(job, items)
    text = Path(job.out, "report.html").read_text()
    assert text.count("<figure") == 6
    assert text.count("data:image/jpeg;base64,") == 5
    assert "<script" not in text
    assert "&lt;script&gt;.png" in text
    assert text.index("holds text data") < text.index("0.png")
    assert not re.findall(r"src='(?!data:)", text)
    assert text.count("href='./0.png'") == 2  # picture and name
    assert not re.findall(r"href='(?!\./)", text)
    assert "href='./%3Cscript%3E.png'" in text
    assert "http" not in text.replace("http-equiv", "")
    assert "default-src 'none'" in text


def test_the_page_ends_somewhere(monkeypatch, items, job):
    monkeypatch.setattr(page, "SHOWN", 2)
    run(job, items)
    text = Path(job.out, "report.html").read_text()
    assert text.count("<figure") == 2
    assert "The 2 worst of 6" in text


# ---- claims -------------------------------------------------------------------------------------------------------


def test_a_picture_is_claimed_by_one(job):
    one, other, again = Claims(job, "one"), Claims(job, "on"), Claims(job, "one")
    assert one.take("a.png")
    assert not other.take("a.png")
    assert again.take("a.png")  # a worker in the place of one that died
    one.give_back("a.png")
    assert other.take("a.png")


def test_a_claim_that_nobody_renews_is_given_up_after_a_minute(job):
    assert Claims(job, "dead").take("a.png")
    watch = Watch(job)
    assert not watch.give_up("a.png", 0)
    assert not watch.give_up("a.png", claims.EXPIRES - 1)
    assert watch.give_up("a.png", claims.EXPIRES)
    assert Claims(job, "other").take("a.png")


def test_a_claim_that_is_renewed_stays(monkeypatch, job):
    living, watch = Claims(job, "living"), Watch(job)
    assert living.take("a.png")
    for minute in range(5):
        assert not watch.give_up("a.png", 60.0 * minute)
        living._sign_anew("a.png")


def test_what_another_batch_has_claimed_is_waited_for(monkeypatch, items, job):
    """The other finishes one of its two pictures and dies over the second."""
    common = dataclasses.replace(job, claim=True)
    other = Claims(common, "other")
    assert other.take("1.png")
    assert other.take("2.png")
    clock = [0.0]

    def sleep(seconds):
        clock[0] += seconds
        if clock[0] == jobs.PATIENCE:
            list(Worker(job).run([items[1]]))
            other.give_back("1.png")

    monkeypatch.setattr(jobs, "time", SimpleNamespace(sleep=sleep, monotonic=lambda: clock[0]))
    engine = Here(common)
    summary, _ = run(common, items, engine)
    assert [each.status for each in summary.outcomes] == ["done", "kept", "done", "done", "done", "done"]
    assert clock[0] >= claims.EXPIRES
    assert jobs.exit_code(summary) == 0
    assert len(results(Path(job.out))) == 6
    assert not list(Path(job.state("claims")).glob("*.claim"))


def test_a_worker_with_claims_leaves_what_is_claimed_and_finds_what_is_done(items, job):
    common = dataclasses.replace(job, claim=True)
    assert Claims(common, "other").take("1.png")
    list(Worker(job).run([items[2]]))
    outcomes = list(Worker(common, "mine").run(items[:4]))
    assert [each.status for each in outcomes] == ["done", "elsewhere", "kept", "done"]
    assert storage.Disk().stamp(claims.address(common, "1.png")) is not None
    assert records.find(common, "1.png") is None
