import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
pytest.importorskip("onnxscript")

from cleanplate.errors import InputError, WeightsError  # noqa: E402
from cleanplate.models import graphs  # noqa: E402
from cleanplate.models.blender import Blender  # noqa: E402
from cleanplate.models.graphs import Graph  # noqa: E402
from cleanplate.models.harmonizer import Harmonizer  # noqa: E402
from cleanplate.training.networks import blenders, gamut, harmonizers  # noqa: E402
from cleanplate.training.run import batches, export, train  # noqa: E402
from cleanplate.training.run.checkpoints import Run  # noqa: E402
from cleanplate.training.samples import pack  # noqa: E402
from cleanplate.transforms.forms import Transform  # noqa: E402

pytestmark = [
    pytest.mark.train,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # torch.onnx's own
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


class Exported(NamedTuple):
    """One stage: its checkpoint, the averaged network in it, and the files that were written."""

    checkpoint: Path
    network: Any
    files: dict[str, bytes]


def exported(stage: str, drawn_pack: Callable[[], pack.Pack], folder: Path) -> Exported:
    source = batches.SOURCES[stage](drawn_pack())
    config = train.Config(
        stage=stage, steps=2, batch=2, sizes=((0.0, 32),), validate_every=2, workers=0, threads=1  # type: ignore[arg-type]
    )  # fmt: skip
    checkpoint = train.train(config, source, source, folder / stage)
    written = export.run([checkpoint], folder / "weights")
    return Exported(checkpoint, export.load_checkpoint(checkpoint)[0], {path.name: path.read_bytes() for path in written})


@pytest.fixture(scope="module")
def harmonize(drawn_pack: Callable[[], pack.Pack], tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return exported("harmonize", drawn_pack, tmp_path_factory.mktemp("export"))


@pytest.fixture(scope="module")
def blend(drawn_pack: Callable[[], pack.Pack], tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return exported("blend", drawn_pack, tmp_path_factory.mktemp("export"))


def graph(stage: Exported, name: str) -> Graph:
    return Graph(name, stage.files[f"{name}.onnx"])


def random(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).random(shape, np.float32)


@torch.no_grad()
def answers(module: Any, *arrays: np.ndarray) -> list[np.ndarray]:
    found = module(*(torch.from_numpy(each) for each in arrays))
    return [each.numpy() for each in (found if isinstance(found, tuple) else (found,))]


# ---- what is written -----------------------------------------------------------------------------------------------


def test_the_files_bear_the_names_under_which_the_runtime_looks_for_them(harmonize: Exported, blend: Exported) -> None:
    assert set(harmonize.files) == {"harmonize-fast-cues.onnx", "harmonize-fast.onnx"}
    assert set(blend.files) == {"blend-fast.onnx"}


def test_the_metadata_hold_contract_stride_and_halo(harmonize: Exported, blend: Exported) -> None:
    found = graph(blend, "blend-fast").metadata
    assert found["contract"] == graphs.CONTRACT
    assert (found["stage"], found["size"]) == ("blend", "fast")
    assert (found["stride"], found["halo"]) == (str(blenders.FastBlender.stride), str(blenders.FastBlender.halo))
    for name in ("harmonize-fast-cues", "harmonize-fast"):
        found = graph(harmonize, name).metadata
        assert found["contract"] == graphs.CONTRACT
        assert found["stride"] == str(harmonizers.FastHarmonizer.stride)
        assert "halo" not in found
        assert '"seed": 0' in found["training"]


def test_no_path_of_this_machine_is_in_the_files(harmonize: Exported, blend: Exported) -> None:
    for content in (harmonize.files | blend.files).values():
        for path in (sys.prefix, str(Path(export.__file__).parents[3]), str(Path.home()) + "/"):
            assert path.encode() not in content
        assert not re.search(rb"(/[\w.-]+){2,}\.py\b", content)


def test_of_the_checkpoint_that_a_run_started_from_only_the_name_goes_into_the_files(blend: Exported, tmp_path: Path) -> None:
    state = torch.load(blend.checkpoint, weights_only=True)
    state["config"] = json.dumps(json.loads(state["config"]) | {"init": str(tmp_path / "first.pt")})
    torch.save(state, tmp_path / "second.pt")
    (written,) = export.run([tmp_path / "second.pt"], tmp_path / "weights")
    assert b"first.pt" in written.read_bytes()
    assert bytes(tmp_path) not in written.read_bytes()


# ---- parity --------------------------------------------------------------------------------------------------------


def test_onnx_gives_the_cues_that_torch_gives(harmonize: Exported) -> None:
    plate = random(1, 1, 3, 64, 64)
    found = graph(harmonize, "harmonize-fast-cues").run(plate=plate)["cues"]
    np.testing.assert_allclose(found, answers(export.Cues(harmonize.network), plate)[0], atol=export.TOLERANCE)
    np.testing.assert_allclose(found[:, : -gamut.NUMBERS], answers(harmonize.network.cues, plate)[0], atol=export.TOLERANCE)


@pytest.mark.parametrize("size", [(32, 32), (96, 160), (256, 256)])
def test_onnx_harmonizes_as_torch_does_at_any_size(size: tuple[int, int], harmonize: Exported) -> None:
    composite, alpha = random(2, 1, 3, *size), random(3, 1, 1, *size)
    cues, origin = (answers(export.Cues(harmonize.network), random(seed, 1, 3, 256, 256))[0] for seed in (4, 5))
    for known in (np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32)):
        found = graph(harmonize, "harmonize-fast").run(composite=composite, alpha=alpha, cues=cues, origin=origin, known=known)
        wanted = answers(export.Answer(harmonize.network), composite, alpha, cues, origin, known)
        for name, each in zip(("harmonized", "transform", "tone", "confidence"), wanted, strict=True):
            np.testing.assert_allclose(found[name], each, atol=export.TOLERANCE)


@pytest.mark.parametrize("size", [(8, 8), (72, 104), (256, 192)])
def test_onnx_blends_as_torch_does_at_any_size(size: tuple[int, int], blend: Exported) -> None:
    arrays = {name: random(5 + i, 1, 1 if name == "alpha" else 3, *size) for i, name in enumerate(blend.network.inputs)}
    found = graph(blend, "blend-fast").run(**arrays)
    wanted = answers(blend.network, *arrays.values())
    for name, each in zip(("corrected_alpha", "corrected_foreground"), wanted, strict=True):
        np.testing.assert_allclose(found[name], each, atol=export.TOLERANCE)


def test_the_runtime_runs_what_was_exported(harmonize: Exported, blend: Exported) -> None:
    harmonizer = Harmonizer(cues=graph(harmonize, "harmonize-fast-cues"), answer=graph(harmonize, "harmonize-fast"))
    side = harmonizer.side
    composite, alpha = random(11, side, side, 3), random(12, side, side)
    cues = harmonizer.cues(random(13, side, side, 3))
    answer = harmonizer.answer(composite, alpha, cues)
    assert isinstance(answer, Transform)
    looked = graphs.to_batch(composite), graphs.to_batch(alpha), cues.values[None]
    sure = answers(export.Answer(harmonize.network), *map(np.ascontiguousarray, looked))[3][0]
    assert answer.tone is not None
    assert answer.confidence == pytest.approx(float(sure), abs=export.TOLERANCE)
    assert answer.grid.shape == (side // 16, side // 16, 3, 4)
    blender = Blender(answer=graph(blend, "blend-fast"))
    assert (blender.stride, blender.halo) == (8, 56)
    pictures = {name: random(14, 64, 64) if name == "alpha" else random(15, 64, 64, 3) for name in blend.network.inputs}
    corrected, foreground = blender.answer(**pictures)
    assert corrected.shape == (64, 64)
    assert foreground.shape == (64, 64, 3)


def test_of_several_checkpoints_the_mean_is_taken(blend: Exported, tmp_path: Path) -> None:
    state = torch.load(blend.checkpoint, weights_only=True)
    for factor in (2, 6):
        there = state | {"average": {name: each * factor for name, each in state["average"].items()}}
        torch.save(there, tmp_path / f"{factor}.pt")
    network, _ = export.averaged([blend.checkpoint, tmp_path / "2.pt", tmp_path / "6.pt"])
    for name, each in network.state_dict().items():
        torch.testing.assert_close(each, state["average"][name] * 3)


def test_what_only_some_of_them_read_counts_as_unread_by_the_others(harmonize: Exported, tmp_path: Path) -> None:
    config = train.Config(network={"exposure": True}, init=str(harmonize.checkpoint))
    wide = Run(config, torch.device("cpu"))
    with torch.no_grad():
        for each in wide.average.parameters():
            each.add_(0.25)
    wide.save(tmp_path / "wide.pt")
    old, new = harmonize.network.state_dict(), wide.average.state_dict()
    found = export.averaged([tmp_path / "wide.pt", harmonize.checkpoint, harmonize.checkpoint])[0].state_dict()
    torch.testing.assert_close(found["exposure.0.weight"], new["exposure.0.weight"])
    torch.testing.assert_close(found["local.weight"], (new["local.weight"] + 2 * old["local.weight"]) / 3)
    before, after = (each["overall.0.weight"] for each in (old, new))
    known = before.shape[1]
    torch.testing.assert_close(found["overall.0.weight"][:, :known], (after[:, :known] + 2 * before) / 3)
    torch.testing.assert_close(found["overall.0.weight"][:, known:], after[:, known:] / 3)
    with pytest.raises(InputError, match="another network"):
        export.averaged([harmonize.checkpoint, tmp_path / "wide.pt"])
    Run(train.Config(network={"parts": 0}), torch.device("cpu")).save(tmp_path / "other.pt")
    with pytest.raises(InputError, match="another network"):
        export.averaged([tmp_path / "wide.pt", tmp_path / "other.pt"])


def test_networks_of_two_kinds_have_no_mean(blend: Exported, harmonize: Exported) -> None:
    with pytest.raises(InputError, match="another network"):
        export.averaged([blend.checkpoint, harmonize.checkpoint])


def test_weights_are_the_averaged_ones(blend: Exported) -> None:
    state = torch.load(blend.checkpoint, weights_only=True)
    for name, each in blend.network.state_dict().items():
        assert torch.equal(each, state["average"][name])


# ---- refusals ------------------------------------------------------------------------------------------------------


def test_a_graph_that_answers_otherwise_than_torch_is_not_written(
    blend: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint is altered a little, the graph is still the one from before."""
    state = torch.load(blend.checkpoint, weights_only=True)
    state["average"]["head.bias"] += 0.01
    torch.save(state, tmp_path / "altered.pt")
    monkeypatch.setattr(export, "convert", lambda *_: blend.files["blend-fast.onnx"])
    with pytest.raises(WeightsError, match=r"blend-fast: ONNX differs from torch by .* nothing was written"):
        export.run([tmp_path / "altered.pt"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert [path.name for path in export.run([blend.checkpoint], tmp_path / "out")] == ["blend-fast.onnx"]


def test_one_bad_graph_keeps_the_good_one_from_being_written_too(
    harmonize: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = torch.load(harmonize.checkpoint, weights_only=True)
    state["average"]["local.bias"] += 0.1
    torch.save(state, tmp_path / "altered.pt")
    kept = iter(harmonize.files.values())
    monkeypatch.setattr(export, "convert", lambda *_: next(kept))
    with pytest.raises(WeightsError, match="harmonize-fast: "):
        export.run([tmp_path / "altered.pt"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"not a checkpoint"])
def test_a_file_that_is_no_checkpoint_is_refused_in_one_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "best.pt").write_bytes(content)
    with pytest.raises(InputError, match=r"best\.pt is not a checkpoint") as caught:
        export.run([tmp_path / "best.pt"], tmp_path / "out")
    assert len(str(caught.value).splitlines()) == 1


def test_a_checkpoint_of_another_network_is_refused(blend: Exported, tmp_path: Path) -> None:
    state = torch.load(blend.checkpoint, weights_only=True)
    state["config"] = state["config"].replace('"blend"', '"harmonize"')
    torch.save(state, tmp_path / "best.pt")
    with pytest.raises(InputError, match="is not a checkpoint"):
        export.run([tmp_path / "best.pt"], tmp_path / "out")


def test_the_papers_harmonizer_is_exported_at_its_one_size() -> None:
    network = harmonizers.PaperHarmonizer(width=2, hidden=2)
    found = export.graphs(network, "harmonize", "paper")
    assert found["harmonize-paper"][2:] == (("harmonized",), (256,))


# ---- and read again ------------------------------------------------------------------------------------------------


def test_a_graph_gives_back_the_weights_and_settings_that_it_was_made_of(
    harmonize: Exported, blend: Exported, tmp_path: Path
) -> None:
    for stage, name in ((harmonize, "harmonize-fast"), (blend, "blend-fast")):
        for file, content in stage.files.items():
            (tmp_path / file).write_bytes(content)
        network, config = export.load_checkpoint(tmp_path / f"{name}.onnx")
        assert (config["stage"], config["steps"], config["batch"]) == (name.split("-")[0], 2, 2)
        for part, weights in stage.network.state_dict().items():
            assert torch.equal(network.state_dict()[part], weights), part


def test_a_graph_that_holds_no_network_of_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "modnet.onnx").write_bytes(graphs.read_weights("modnet.onnx"))
    (tmp_path / "torn.onnx").write_bytes(graphs.read_weights("harmonize-fast.onnx")[:999])
    for name in ("modnet", "torn", "missing"):
        with pytest.raises(InputError, match=rf"{name}\.onnx is not a checkpoint .*; give"):
            export.load_checkpoint(tmp_path / f"{name}.onnx")
