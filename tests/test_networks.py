import hashlib

import numpy as np
import pytest

from cleanplate import networks
from cleanplate.errors import InputError, WeightsError
from cleanplate.types import Cues


def test_every_listed_weight_file_is_there_and_is_the_one_that_was_listed() -> None:
    found = networks.catalogue()
    assert {model.stage for model in found.values()} == {"matte", "blend", "harmonize"}
    for model in found.values():
        assert hashlib.sha256(networks.read_weights(model.file)).hexdigest() == model.sha256
        assert model.license
        assert model.source


def test_one_flipped_byte_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    true = networks.read_weights
    spoiled = bytearray(true("blend-fast.onnx"))
    spoiled[len(spoiled) // 2] ^= 1
    monkeypatch.setattr(networks, "read_weights", lambda file: bytes(spoiled) if file == "blend-fast.onnx" else true(file))
    with pytest.raises(WeightsError, match="sha256"):
        networks.Graph("blend-fast")


def test_missing_weights_are_named() -> None:
    with pytest.raises(WeightsError, match=r"nothing\.onnx is missing"):
        networks.read_weights("nothing.onnx")
    with pytest.raises(WeightsError, match="no weights named nothing"):
        networks.Graph("nothing")


def test_bytes_that_are_no_graph_are_refused_in_one_sentence() -> None:
    with pytest.raises(WeightsError, match="do not load") as caught:
        networks.Graph("junk", b"junk")
    assert "\n" not in str(caught.value)


def test_cues_depend_on_the_plate_alone_and_are_the_same_every_time() -> None:
    harmonizer = networks.Harmonizer()
    plate = np.random.default_rng(0).random((64, 64, 3), np.float32)
    first, second = harmonizer.cues(plate), harmonizer.cues(plate)
    assert (first.values == second.values).all()
    assert (first.values != harmonizer.cues(1 - plate).values).any()


def test_cues_of_another_network_are_refused() -> None:
    harmonizer = networks.Harmonizer()
    picture, alpha = np.zeros((64, 64, 3), np.float32), np.ones((64, 64), np.float32)
    own = harmonizer.cues(picture)
    with pytest.raises(InputError, match="another harmonizer"):
        harmonizer.answer(picture, alpha, Cues(own.values, "somebody else's"))


def test_the_transform_is_what_makes_the_graphs_own_answer() -> None:
    from cleanplate import lifting
    from cleanplate.types import Box, Transform

    graph, rng = networks.graph("harmonize-fast"), np.random.default_rng(1)
    composite, alpha = rng.random((128, 128, 3), np.float32), rng.random((128, 128), np.float32)
    side = networks.Harmonizer().side
    cues = networks.Harmonizer().cues(rng.random((side, side, 3), np.float32)).values[None]
    found = graph.run(composite=networks.to_batch(composite), alpha=networks.to_batch(alpha), cues=cues)
    transform = Transform(networks.from_batch(found["transform"]).reshape(8, 8, 3, 4))
    changed = lifting.apply(transform, composite, Box(0, 0, 128, 128), (128, 128))
    assert np.abs(composite + alpha[..., None] * (changed - composite) - networks.from_batch(found["harmonized"])).max() < 1e-4


class Doubles:
    """Stands in for the graphs: twice every color, and 0.7 sure of it."""

    sha256, metadata, outputs = "doubles", {"side": "64"}, ("harmonized", "transform", "confidence")

    def run(self, **arrays: np.ndarray) -> dict[str, np.ndarray]:
        if "plate" in arrays:
            return {"cues": np.zeros((1, 4), np.float32)}
        cells = arrays["composite"].shape[2] // 16
        grid = np.tile(2 * np.eye(3, 4, dtype=np.float32).reshape(1, 12, 1, 1), (1, 1, cells, cells))
        return {"harmonized": arrays["composite"], "transform": grid, "confidence": np.array([0.7], np.float32)}


@pytest.mark.parametrize(("unsure", "sure", "factor"), [(0.0, 0.0, 2), (0.6, 0.8, 1.5), (0.7, 0.9, 1.0), (0.2, 0.6, 2)])
def test_the_harmonizers_answer_is_taken_as_far_as_it_is_sure(
    unsure: float, sure: float, factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "UNSURE", unsure)
    monkeypatch.setattr(networks, "SURE", sure)
    harmonizer = networks.Harmonizer(cues=Doubles(), answer=Doubles())  # type: ignore[arg-type]
    picture = np.random.default_rng(2).random((64, 64, 3), np.float32)
    answer = harmonizer.answer(picture, np.ones((64, 64), np.float32), harmonizer.cues(picture))
    assert answer.confidence == pytest.approx(0.7)
    np.testing.assert_allclose(answer.grid, np.tile(factor * np.eye(3, 4), (4, 4, 1, 1)), atol=1e-6)


def test_an_answer_is_taken_evenly_more_from_unsure_to_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "UNSURE", 0.2)
    monkeypatch.setattr(networks, "SURE", 0.6)
    assert [networks.taken(each) for each in (0, 0.2, 0.3, 0.4, 0.6, 1)] == pytest.approx([0, 0, 0.25, 0.5, 1, 1])


def test_all_of_every_answer_is_taken_where_both_ends_are_nought(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "UNSURE", 0.0)
    monkeypatch.setattr(networks, "SURE", 0.0)
    assert [networks.taken(each) for each in (0, 1e-9, 0.5, 1)] == [1, 1, 1, 1]


@pytest.mark.parametrize("cores", [1, 2])
def test_work_on_all_cores_is_done_once_for_each_part_and_errors_come_out(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "threads", lambda: cores)
    done: list[int] = []
    networks.on_all_cores(done.append, range(7))
    assert sorted(done) == list(range(7))
    with pytest.raises(ZeroDivisionError):
        networks.on_all_cores(lambda part: 1 // part, [1, 0, 2])


@pytest.mark.parametrize("content", [b"[modnet\n", b"\xff\xfe", b'[modnet]\nfile = "a"\nnobody_knows = 1\n'])
def test_a_damaged_list_of_weights_is_a_fault_of_the_installation(monkeypatch, content):
    monkeypatch.setattr(networks, "read_weights", lambda _: content)
    with pytest.raises(WeightsError, match=r"models\.toml is damaged .*reinstall"):
        networks.catalogue()
