"""records: what changes a result changes its key, and only what is there as it was written counts as done."""

import dataclasses
import os
from pathlib import Path

import pytest
from discs import Here, draw

from cleanplate.batch import records
from cleanplate.batch.items import Outcome
from cleanplate.models import graphs
from cleanplate.recipes import Recipe
from cleanplate.settings import Settings


def made(item, job) -> Outcome:
    (outcome,) = Here(job).run(iter([(item,)]))
    assert outcome.status == "done", outcome.reason
    return outcome


def other_version(monkeypatch, item, job):
    monkeypatch.setattr(records, "__version__", "99")
    return item, job


def other_weights(monkeypatch, item, job):
    known = graphs.catalogue()
    monkeypatch.setattr(graphs, "catalogue", lambda: known | {"modnet": dataclasses.replace(known["modnet"], sha256="another")})
    return item, job


def other_settings(_, item, job):
    return dataclasses.replace(item, recipe=Recipe(settings=Settings(strength=0.5, blend=False, harmonize=False))), job


def other_quality(_, item, job):
    return item, dataclasses.replace(job, quality=50)


def other_person(_, item, job):
    draw(Path(item.person).parent, "x.png", "y.png", "anna.png")
    return item, job


def mask_beside(_, item, job):
    return dataclasses.replace(item, alpha=item.person), job


@pytest.mark.parametrize("change", [other_version, other_weights, other_settings, other_quality, other_person, mask_beside])
def test_what_is_done_is_done_until_something_changes(monkeypatch, item, job, change):
    outcome = made(item, job)
    assert records.done(item, job) == dataclasses.replace(outcome, status="kept", seconds=round(outcome.seconds, 4))
    assert records.done(*change(monkeypatch, item, job)) is None


def test_a_key_does_not_know_in_which_order_things_were_named(item, job):
    contents = {"person": "1", "plate": "2"}
    assert records.key(item, job, contents) == records.key(item, job, dict(reversed(contents.items())))
    assert records.key(item, job, contents) != records.key(item, job, {"person": "2", "plate": "1"})


def test_a_result_that_is_gone_or_changed_is_not_done(item, job):
    made(item, job)
    path = Path(job.out, "anna.png")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert records.done(item, job) is None
    assert not records.is_ours(job, "anna.png")
    path.unlink()
    assert records.done(item, job) is None
    path.write_bytes(whole)
    assert records.done(item, job) is not None


def test_a_touched_input_is_read_again_and_found_the_same(item, job):
    made(item, job)
    os.utime(item.person)
    assert records.done(item, job) is not None


def test_a_checksum_sees_what_time_and_size_hide(item, job):
    made(item, job)
    path = Path(job.out, "anna.png")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert records.done(item, job) is not None
    assert records.done(item, dataclasses.replace(job, checksum=True)) is None


def test_a_checksum_sees_an_input_that_changed_behind_its_time_and_size(item, job):
    made(item, job)
    path = Path(item.person)
    before, data = path.stat(), path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))  # the same file, written anew
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert records.done(item, job) is not None
    assert records.done(item, dataclasses.replace(job, checksum=True)) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"key": 1, "sources": {"a": []}, "outcome": {}, "replaces": ""}', "null"])
def test_a_record_of_another_form_counts_as_none(item, job, text):
    made(item, job)
    path = Path(records.address(job, "anna.png"))
    assert records.find(job, "anna.png") is not None
    path.write_text(text)
    assert records.find(job, "anna.png") is None
    assert records.done(item, job) is None
