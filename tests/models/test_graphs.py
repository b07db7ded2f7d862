import hashlib
from pathlib import Path

import pytest

import cleanplate
from cleanplate.errors import WeightsError
from cleanplate.models import graphs


def test_every_listed_weight_file_is_there_and_is_the_one_that_was_listed() -> None:
    found = graphs.catalogue()
    assert {model.stage for model in found.values()} == {"matte", "place", "blend", "harmonize"}
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


@pytest.mark.parametrize("content", [b"[modnet\n", b"\xff\xfe", b'[modnet]\nfile = "a"\nnobody_knows = 1\n'])
def test_a_damaged_list_of_weights_is_a_fault_of_the_installation(monkeypatch, content):
    monkeypatch.setattr(graphs, "read_weights", lambda _: content)
    with pytest.raises(WeightsError, match=r"models\.toml is damaged .*reinstall"):
        graphs.catalogue()


def test_the_weights_that_a_recipe_and_a_batch_name_are_those_that_a_picture_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, true = set[str](), graphs.graph
    monkeypatch.setattr(graphs, "graph", lambda name, device="auto": (asked.add(name), true(name, device))[1])
    examples = Path(__file__).parents[2] / "examples"
    cleanplate.compose(examples / "portrait.png", examples / "plate.jpg")
    assert set(graphs.taking_part("fast")) == asked
    assert "blend-open" in graphs.taking_part("open")
