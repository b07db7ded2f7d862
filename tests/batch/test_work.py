"""work, reading and writing: an item gives what compose gives, whatever it shares with others, and nobody else's file is lost."""

import dataclasses
from pathlib import Path

import labeled_files
import numpy as np
import pytest
from clips import clip
from discs import PLAIN, draw, results
from PIL import Image as pillow

import cleanplate
from cleanplate.batch import records, writing
from cleanplate.batch.items import Item, Job
from cleanplate.batch.reading import Reader
from cleanplate.batch.work import Worker
from cleanplate.compositor import Compositor
from cleanplate.errors import MemoryShort
from cleanplate.plates import Plate
from cleanplate.recipes import Recipe
from cleanplate.settings import Placement, Settings


def made(job, *items):
    return list(Worker(job).run(items))


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize(
    "recipe",
    [
        PLAIN, Recipe(), Recipe(Placement(0.5, 0.3, 0.9), Settings(wrap=0.5, shadow=0.5), (60, 100)),
        Recipe(settings=Settings(blend=False, clean_hair=1)),
    ],
    ids=["plain", "usual", "placed", "hair"],
)  # fmt: skip
def test_an_item_is_what_compose_gives(tmp_path, job, item, recipe):
    (outcome,) = made(job, dataclasses.replace(item, recipe=recipe))
    called = cleanplate.compose(item.person, item.plate, size=recipe.size, placement=recipe.placement, settings=recipe.settings)
    called.save(tmp_path / "called.png")
    assert outcome.status == "done", outcome.reason
    assert (tmp_path / "called.png").read_bytes() == Path(job.out, "anna.png").read_bytes()
    assert outcome.warnings == called.warnings
    assert outcome.confidence == (None if called.transform is None else called.transform.confidence)


@pytest.mark.usefixtures("stand_ins")
def test_what_the_files_say_of_their_rights_is_written_as_compose_writes_it(tmp_path, job, item, mask):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(labeled_files.everything("JPEG"))
    alpha = tmp_path / "alpha.png"
    pillow.open(mask).crop((20, 15, 52, 39)).save(alpha)
    both = dataclasses.replace(item, person=str(photo), alpha=str(alpha), recipe=Recipe(), kept=True)
    common = dataclasses.replace(job, cutouts=str(tmp_path / "cutouts"), metadata="keep")
    for _ in range(2):  # found, and from the folder of cutouts
        (outcome,) = made(common, both)
        assert outcome.status == "done", outcome.reason
        cleanplate.compose(photo, item.plate, alpha=alpha).save(tmp_path / "called.png", overwrite=True, metadata="keep")
        assert (tmp_path / "called.png").read_bytes() == Path(job.out, "anna.png").read_bytes()
        assert "Beispiel" in Path(job.out, "anna.png").read_bytes().decode(errors="ignore")
        Path(job.out, "anna.png").unlink()


@pytest.mark.usefixtures("stand_ins")
def test_masks_are_those_of_compose(tmp_path, job, pasted, mask, plate):
    (outcome,) = made(job, Item(str(pasted), str(plate), "a.png", PLAIN, alpha=str(mask), drop_mask=str(mask)))
    assert outcome.status == "failed"
    assert "empty" in outcome.reason
    (outcome,) = made(job, Item(str(pasted), str(plate), "a.png", PLAIN, alpha=str(mask)))
    cleanplate.compose(pasted, plate, alpha=mask, settings=PLAIN.settings).save(tmp_path / "called.png")
    assert (tmp_path / "called.png").read_bytes() == Path(job.out, "a.png").read_bytes()


@pytest.mark.usefixtures("stand_ins")
def test_one_person_is_cut_out_once_for_many_plates_and_each_plate_read_once(tmp_path, monkeypatch, job, people, plate):
    cut, opened = [], []
    shipped, door = Compositor.cutout, Plate.open
    monkeypatch.setattr(Compositor, "cutout", lambda self, *given, **more: cut.append(1) or shipped(self, *given, **more))
    monkeypatch.setattr(Plate, "open", lambda *given: opened.append(1) or door(*given))
    plates = draw(tmp_path / "plates", "a.png", "b.png")
    items = [
        Item(str(person), str(place), f"{person.stem}{place.stem}.png", PLAIN)
        for person in sorted(people.glob("*.png")) for place in (plate, *sorted(plates.glob("*.png")))
    ]  # fmt: skip
    assert [each.status for each in made(job, *items)] == ["done"] * 6
    assert len(cut) == 2
    opened_by_worker = [one for one in opened if one]
    assert len(opened_by_worker) == 3 + len(items)  # compose opens what is a plate already


@pytest.mark.usefixtures("stand_ins")
def test_a_kept_cutout_gives_the_same_bytes_and_is_not_made_again(tmp_path, monkeypatch, job, item):
    common = dataclasses.replace(job, cutouts=str(tmp_path / "cutouts"))
    kept = dataclasses.replace(item, recipe=Recipe(), kept=True)
    made(common, kept)
    before = results(Path(job.out))
    Path(job.out, "anna.png").unlink()
    monkeypatch.setattr(Compositor, "cutout", lambda *_, **__: pytest.fail("cut out again"))
    (outcome,) = made(common, kept)
    assert outcome.status == "done"
    assert results(Path(job.out)) == before


def test_a_person_who_cannot_be_read_fails_alone(job, item, people):
    Path(people / "ben.png").write_bytes(b"no picture")
    outcomes = made(
        job, item, *(dataclasses.replace(item, person=str(people / "ben.png"), out=f"{name}.png") for name in "bc"), item
    )
    assert [each.status for each in outcomes] == ["done", "failed", "failed", "done"]
    assert "ben.png holds text data" in outcomes[1].reason
    assert outcomes[2].reason == outcomes[1].reason


def test_short_memory_is_told_as_something_to_try_again(monkeypatch, job, item):
    monkeypatch.setattr(Compositor, "compose", lambda *_, **__: np.empty(1 << 47))
    (outcome,) = made(job, item)
    assert (outcome.status, outcome.again, outcome.reason) == ("failed", True, str(MemoryShort()))


@pytest.mark.usefixtures("stand_ins")
def test_a_film_is_made_like_any(tmp_path, job, plate):
    pytest.importorskip("av")
    talk = clip(tmp_path / "talk.mp4")
    spoken = []
    worker = Worker(dataclasses.replace(job, film={"codec": "ffv1"}), scratch=str(tmp_path), alive=lambda: spoken.append(1))
    (outcome,) = worker.run([Item(str(draw(tmp_path / "p", "a.png") / "a.png"), str(talk), "a.mkv", PLAIN)])
    assert (outcome.status, outcome.frames) == ("done", 30), outcome.reason
    assert len(spoken) == 30
    cleanplate.compose_video(
        tmp_path / "p" / "a.png", talk, tmp_path / "b.mkv", settings=PLAIN.settings, options=cleanplate.VideoOptions(codec="ffv1")
    )
    with cleanplate.open_video(Path(job.out, "a.mkv")) as one, cleanplate.open_video(tmp_path / "b.mkv") as other:
        for mine, called in zip(one, other, strict=True):
            np.testing.assert_array_equal(mine.pixels, called.pixels)
    assert not list(tmp_path.glob("*.part*"))


# ---- writing -------------------------------------------------------------------------------------------------------


def test_what_somebody_else_made_is_kept_unless_overwriting_is_allowed(job, item):
    Path(job.out).mkdir()
    Path(job.out, "anna.png").write_bytes(b"precious")
    (outcome,) = made(job, item)
    assert outcome.status == "failed"
    assert "no batch has made it" in outcome.reason
    assert Path(job.out, "anna.png").read_bytes() == b"precious"
    (outcome,) = made(dataclasses.replace(job, overwrite=True), item)
    assert outcome.status == "done"


def test_a_result_of_other_settings_is_replaced_and_one_that_was_touched_up_since_is_kept(job, item):
    softer = dataclasses.replace(item, recipe=Recipe(Placement(height=0.3), PLAIN.settings))
    first, second = made(job, item, softer)
    assert (first.status, second.status) == ("done", "done")
    assert first.sha256 != second.sha256
    Path(job.out, "anna.png").write_bytes(b"touched up")
    (third,) = made(job, item)
    assert third.status == "failed"


def test_a_batch_killed_between_record_and_result_goes_on(monkeypatch, job, item):
    """The record of the new settings is there, the result still that of the old ones."""
    softer = dataclasses.replace(item, recipe=Recipe(Placement(height=0.3), PLAIN.settings))
    made(job, item)
    with monkeypatch.context() as patched:
        patched.setattr(writing, "write", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            made(job, softer)
    assert records.done(softer, job) is None
    assert records.is_ours(job, "anna.png")
    (outcome,) = made(job, softer)
    assert outcome.status == "done"
    assert records.done(softer, job) is not None


def test_of_two_who_write_one_result_the_second_finds_it_written(monkeypatch, job, item):
    (first,) = made(job, item)
    with monkeypatch.context() as patched:  # both looked before either wrote
        patched.setattr("cleanplate.storage.Disk.stamp", lambda *_: None)
        (second,) = made(job, item)
        assert (second.status, second.sha256) == ("done", first.sha256)
        other = dataclasses.replace(item, recipe=Recipe(Placement(height=0.3), PLAIN.settings))
        (third,) = made(job, other)
    assert third.status == "failed"
    assert records.sha256(Path(job.out, "anna.png").read_bytes()) == first.sha256


def test_a_person_is_read_once_for_plates_in_a_row(tmp_path, item):
    reader = Reader(Job("out"))
    plates = draw(tmp_path / "plates", "a.png", "b.png")
    other = dataclasses.replace(item, plate=str(plates / "a.png"))
    assert [list(reader.read(each).pictures) for each in (item, other, item)] == [["person"], [], []]
    reader.read(dataclasses.replace(item, person=str(plates / "b.png")))
    assert list(reader.read(item).pictures) == ["person"]


def test_plates_are_given_up_when_there_is_no_room(monkeypatch, item, tmp_path):
    monkeypatch.setattr("cleanplate.batch.reading.PLATES", 1)
    reader = Reader(Job("out"))
    plates = draw(tmp_path / "plates", "a.png", "b.png")
    first = reader.read(item).plate
    assert reader.read(item).plate is first
    reader.read(dataclasses.replace(item, plate=str(plates / "a.png")))
    assert reader.read(item).plate is not first
