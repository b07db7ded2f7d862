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
    plate = np.random.default_rng(0).random((128, 128, 3), np.float32)
    first, second = harmonizer.cues(plate), harmonizer.cues(plate)
    assert (first.values == second.values).all()
    assert (first.values != harmonizer.cues(1 - plate).values).any()


def test_cues_of_another_network_are_refused() -> None:
    harmonizer = networks.Harmonizer()
    picture, alpha = np.zeros((128, 128, 3), np.float32), np.ones((128, 128), np.float32)
    own = harmonizer.cues(picture)
    with pytest.raises(InputError, match="another harmonizer"):
        harmonizer.answer(picture, alpha, Cues(own.values, "somebody else's"))


def test_the_transform_is_what_makes_the_graphs_own_answer() -> None:
    from cleanplate import lifting
    from cleanplate.types import Box, Transform

    graph, rng = networks.graph("harmonize-fast"), np.random.default_rng(1)
    composite, alpha = rng.random((128, 128, 3), np.float32), rng.random((128, 128), np.float32)
    cues = networks.Harmonizer().cues(rng.random((128, 128, 3), np.float32)).values[None]
    found = graph.run(composite=networks.to_batch(composite), alpha=networks.to_batch(alpha), cues=cues)
    transform = Transform(networks.from_batch(found["transform"]).reshape(8, 8, 3, 4))
    changed = lifting.apply(transform, composite, Box(0, 0, 128, 128), (128, 128))
    assert np.abs(composite + alpha[..., None] * (changed - composite) - networks.from_batch(found["harmonized"])).max() < 1e-4


def test_the_harmonizer_answers_with_the_mean_of_two_looks() -> None:
    from cleanplate.resampling import resize, squash

    graph, harmonizer, rng = networks.graph("harmonize-fast"), networks.Harmonizer(), np.random.default_rng(2)
    composite, alpha = rng.random((128, 128, 3), np.float32), rng.random((128, 128), np.float32)
    cues = harmonizer.cues(composite)
    looks = [
        networks.from_batch(
            graph.run(composite=networks.to_batch(squash(composite, side)), alpha=networks.to_batch(squash(alpha, side)),
                      cues=cues.values[None])["transform"]
        )
        for side in (128, 64)
    ]  # fmt: skip
    answer = harmonizer.answer(composite, alpha, cues)
    wanted = (looks[0] + resize(looks[1], (8, 8))) / 2
    assert np.abs(answer.grid.reshape(8, 8, 12) - wanted).max() < 1e-6
