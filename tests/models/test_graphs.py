import hashlib

import numpy as np
import pytest

from cleanplate.errors import InputError, WeightsError
from cleanplate.models import graphs
from cleanplate.values import Cues


def test_every_listed_weight_file_is_there_and_is_the_one_that_was_listed() -> None:
    found = graphs.catalogue()
    assert {model.stage for model in found.values()} == {"matte", "blend", "harmonize"}
    for model in found.values():
        assert hashlib.sha256(graphs.read_weights(model.file)).hexdigest() == model.sha256
        assert model.license
        assert model.source


def test_one_flipped_byte_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    true = graphs.read_weights
    spoiled = bytearray(true("blend-fast.onnx"))
    spoiled[len(spoiled) // 2] ^= 1
    monkeypatch.setattr(graphs, "read_weights", lambda file: bytes(spoiled) if file == "blend-fast.onnx" else true(file))
    with pytest.raises(WeightsError, match="sha256"):
        graphs.Graph("blend-fast")


def test_missing_weights_are_named() -> None:
    with pytest.raises(WeightsError, match=r"nothing\.onnx is missing"):
        graphs.read_weights("nothing.onnx")
    with pytest.raises(WeightsError, match="no weights named nothing"):
        graphs.Graph("nothing")


def test_bytes_that_are_no_graph_are_refused_in_one_sentence() -> None:
    with pytest.raises(WeightsError, match="do not load") as caught:
        graphs.Graph("junk", b"junk")
    assert "\n" not in str(caught.value)


def test_cues_depend_on_the_plate_alone_and_are_the_same_every_time() -> None:
    harmonizer = graphs.Harmonizer()
    plate = np.random.default_rng(0).random((64, 64, 3), np.float32)
    first, second = harmonizer.cues(plate), harmonizer.cues(plate)
    assert (first.values == second.values).all()
    assert (first.values != harmonizer.cues(1 - plate).values).any()


def test_cues_of_another_network_are_refused() -> None:
    harmonizer = graphs.Harmonizer()
    picture, alpha = np.zeros((64, 64, 3), np.float32), np.ones((64, 64), np.float32)
    own = harmonizer.cues(picture)
    with pytest.raises(InputError, match="another harmonizer"):
        harmonizer.answer(picture, alpha, Cues(own.values, "somebody else's"))


def test_the_transform_is_what_makes_the_graphs_own_answer() -> None:
    from cleanplate.transforms import fitting
    from cleanplate.values import Box, Transform

    graph, rng = graphs.graph("harmonize-fast"), np.random.default_rng(1)
    composite, alpha = rng.random((128, 128, 3), np.float32), rng.random((128, 128), np.float32)
    side = graphs.Harmonizer().side
    cues = graphs.Harmonizer().cues(rng.random((side, side, 3), np.float32)).values[None]
    pictures = {"composite": graphs.to_batch(composite), "alpha": graphs.to_batch(alpha)}
    found = graph.run(**pictures, cues=cues, origin=cues, known=np.zeros((1, 1), np.float32))
    transform = Transform(graphs.from_batch(found["transform"]).reshape(8, 8, 3, 4), tone=found["tone"][0].T)
    changed = fitting.apply(transform, composite, Box(0, 0, 128, 128), (128, 128))
    apart = np.abs(composite + alpha[..., None] * (changed - composite) - graphs.from_batch(found["harmonized"]))
    assert apart.max() < 0.01  # between two steps a curve is taken to be straight
    assert apart.mean() < 2e-4


class Doubles:
    """Stands in for the graphs: twice every color behind a tone that darkens green and blue, and so sure of it."""

    sha256, metadata, outputs = "doubles", {"side": "64"}, ("harmonized", "transform", "tone", "confidence")

    def __init__(self, confidence: float) -> None:
        self.confidence, self.seen = confidence, dict[str, np.ndarray]()

    def run(self, **arrays: np.ndarray) -> dict[str, np.ndarray]:
        self.seen = arrays
        if "plate" in arrays:
            return {"cues": np.zeros((1, 4), np.float32)}
        cells = arrays["composite"].shape[2] // 16
        grid = np.tile(2 * np.eye(3, 4, dtype=np.float32).reshape(1, 12, 1, 1), (1, 1, cells, cells))
        tone = np.linspace([0, 0, 0], [1, 0.5, 0.25], 5, dtype=np.float32).T[None]
        sure = np.array([self.confidence], np.float32)
        return {"harmonized": arrays["composite"], "transform": grid, "tone": tone, "confidence": sure}


@pytest.mark.parametrize("confidence", [0.0, 0.4, 1.0])
def test_every_answer_of_the_harmonizer_is_taken_whole(confidence: float) -> None:
    harmonizer = graphs.Harmonizer(cues=Doubles(confidence), answer=Doubles(confidence))  # type: ignore[arg-type]
    picture = np.random.default_rng(2).random((64, 64, 3), np.float32)
    answer = harmonizer.answer(picture, np.ones((64, 64), np.float32), harmonizer.cues(picture))
    assert answer.confidence == pytest.approx(confidence)
    np.testing.assert_allclose(answer.grid, np.tile(2 * np.eye(3, 4), (4, 4, 1, 1)), atol=1e-6)
    np.testing.assert_allclose(answer.tone, np.linspace([0, 0, 0], [1, 0.5, 0.25], 5), atol=1e-6)


def test_the_graph_is_told_whether_the_place_a_person_comes_from_is_known() -> None:
    graph = Doubles(0.5)
    harmonizer = graphs.Harmonizer(cues=graph, answer=graph)  # type: ignore[arg-type]
    picture = np.zeros((64, 64, 3), np.float32)
    cues, origin = harmonizer.cues(picture), Cues(np.full(4, 3, np.float32), "doubles")
    harmonizer.answer(picture, picture[..., 0], cues, origin)
    assert graph.seen["known"].tolist() == [[1.0]]
    assert graph.seen["origin"].tolist() == [[3.0] * 4]
    harmonizer.answer(picture, picture[..., 0], cues)
    assert graph.seen["known"].tolist() == [[0.0]]
    with pytest.raises(InputError, match="another harmonizer"):
        harmonizer.answer(picture, picture[..., 0], cues, Cues(np.zeros(4, np.float32), "another"))


@pytest.mark.parametrize("cores", [1, 2])
def test_work_on_all_cores_is_done_once_for_each_part_and_errors_come_out(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "threads", lambda: cores)
    done: list[int] = []
    graphs.on_all_cores(done.append, range(7))
    assert sorted(done) == list(range(7))
    with pytest.raises(ZeroDivisionError):
        graphs.on_all_cores(lambda part: 1 // part, [1, 0, 2])


@pytest.mark.parametrize("content", [b"[modnet\n", b"\xff\xfe", b'[modnet]\nfile = "a"\nnobody_knows = 1\n'])
def test_a_damaged_list_of_weights_is_a_fault_of_the_installation(monkeypatch, content):
    monkeypatch.setattr(graphs, "read_weights", lambda _: content)
    with pytest.raises(WeightsError, match=r"models\.toml is damaged .*reinstall"):
        graphs.catalogue()
