import numpy as np
import pytest

from cleanplate.errors import InputError
from cleanplate.models import graphs
from cleanplate.models.harmonizer import Cues, Harmonizer


def test_cues_depend_on_the_plate_alone_and_are_the_same_every_time() -> None:
    harmonizer = Harmonizer()
    plate = np.random.default_rng(0).random((64, 64, 3), np.float32)
    first, second = harmonizer.cues(plate), harmonizer.cues(plate)
    assert (first.values == second.values).all()
    assert (first.values != harmonizer.cues(1 - plate).values).any()


def test_cues_of_another_network_are_refused() -> None:
    harmonizer = Harmonizer()
    picture, alpha = np.zeros((64, 64, 3), np.float32), np.ones((64, 64), np.float32)
    own = harmonizer.cues(picture)
    with pytest.raises(InputError, match="another harmonizer"):
        harmonizer.answer(picture, alpha, Cues(own.values, "somebody else's"))


def test_the_transform_is_what_makes_the_graphs_own_answer() -> None:
    from cleanplate.transforms import applying
    from cleanplate.transforms.forms import Transform
    from cleanplate.values import Box

    graph, rng = graphs.graph("harmonize-fast"), np.random.default_rng(1)
    composite, alpha = rng.random((128, 128, 3), np.float32), rng.random((128, 128), np.float32)
    side = Harmonizer().side
    cues = Harmonizer().cues(rng.random((side, side, 3), np.float32)).values[None]
    pictures = {"composite": graphs.to_batch(composite), "alpha": graphs.to_batch(alpha)}
    found = graph.run(**pictures, cues=cues, origin=cues, known=np.zeros((1, 1), np.float32))
    transform = Transform(graphs.from_batch(found["transform"]).reshape(8, 8, 3, 4), tone=found["tone"][0].T)
    changed = applying.apply(transform, composite, Box(0, 0, 128, 128), (128, 128))
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
    harmonizer = Harmonizer(cues=Doubles(confidence), answer=Doubles(confidence))  # type: ignore[arg-type]
    picture = np.random.default_rng(2).random((64, 64, 3), np.float32)
    answer = harmonizer.answer(picture, np.ones((64, 64), np.float32), harmonizer.cues(picture))
    assert answer.confidence == pytest.approx(confidence)
    np.testing.assert_allclose(answer.grid, np.tile(2 * np.eye(3, 4), (4, 4, 1, 1)), atol=1e-6)
    np.testing.assert_allclose(answer.tone, np.linspace([0, 0, 0], [1, 0.5, 0.25], 5), atol=1e-6)


def test_the_graph_is_told_whether_the_place_a_person_comes_from_is_known() -> None:
    graph = Doubles(0.5)
    harmonizer = Harmonizer(cues=graph, answer=graph)  # type: ignore[arg-type]
    picture = np.zeros((64, 64, 3), np.float32)
    cues, origin = harmonizer.cues(picture), Cues(np.full(4, 3, np.float32), "doubles")
    harmonizer.answer(picture, picture[..., 0], cues, origin)
    assert graph.seen["known"].tolist() == [[1.0]]
    assert graph.seen["origin"].tolist() == [[3.0] * 4]
    harmonizer.answer(picture, picture[..., 0], cues)
    assert graph.seen["known"].tolist() == [[0.0]]
    with pytest.raises(InputError, match="another harmonizer"):
        harmonizer.answer(picture, picture[..., 0], cues, Cues(np.zeros(4, np.float32), "another"))
