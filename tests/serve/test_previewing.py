"""serve.previewing: what a worker remembers of a drag changes no byte of any preview."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import cleanplate
from cleanplate.plates import Plate
from cleanplate.serve import keeping, previewing
from cleanplate.serve.previewing import Previews

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folders = {name: str(tmp_path_factory.mktemp(name)) for name in ("person", "plate")}
    keeping.keep_person(folders["person"], compositor.cutout(EXAMPLES / "portrait.png"))
    keeping.keep_plate(folders["plate"], Plate(cleanplate.read_image(EXAMPLES / "plate.jpg")))
    return folders


compositor = cleanplate.Compositor()


def previews() -> Previews:
    def none(_: str) -> None:
        raise AssertionError("nothing of true size is asked for")

    return Previews(lambda _: compositor, none, none)  # type: ignore[arg-type]


def messages(kept: dict[str, str]) -> Iterator[dict]:
    """A drag, and what is changed meanwhile."""
    changes = [{}, {}, {"edge": 0.4}, {}, {"flip": True}, {"flip": True}, {"height": 0.5}, {"clean_hair": 1.0}, {"rotate": 9.0}, {}]
    for at, change in enumerate(changes):
        recipe = {"height": 0.7, "y": 1.0, "x": 0.35 + 0.031 * at} | change
        yield {
            "plate": kept["plate"], "layers": [{"person": kept["person"], "recipe": recipe}], "whole": {}, "looks": [],
            "side": 320, "quality": 95,
        }  # fmt: skip


def test_a_drag_gives_the_bytes_that_a_worker_gives_who_remembers_nothing(kept, monkeypatch: pytest.MonkeyPatch) -> None:
    at_work = previews()
    found = [at_work.answer(each) for each in messages(kept)]
    monkeypatch.setattr(previewing.remembered, "announce", lambda cutout: cutout)
    assert found == [previews().answer(each) for each in messages(kept)]
    assert len({data for _, data in found}) == len(found)


def test_whoever_is_dragged_is_scaled_a_few_times_mirrored_or_not(kept, monkeypatch: pytest.MonkeyPatch) -> None:
    count, at_work = [], previews()
    real = previewing.remembered.scaled

    def scaled(cutout, how, make):
        return real(cutout, how, lambda: (count.append(how), make())[1])

    monkeypatch.setattr(previewing.remembered, "scaled", scaled)
    for at in range(12):
        for flip in (False, True):
            asked = next(messages(kept))
            asked["layers"][0]["recipe"] |= {"x": 0.4 + 0.013 * at, "flip": flip}
            at_work.answer(asked)
    assert 2 <= len(count) <= 6
