import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from cleanplate.compositor import Compositor
from cleanplate.errors import InputError, WeightsError
from cleanplate.training.measure import candidates
from cleanplate.values import Image

SHIPPED = Path(str(files("cleanplate") / "weights"))


def copied(folder: Path, **names: str) -> Path:
    for name, source in names.items():
        shutil.copy(SHIPPED / f"{source}.onnx", folder / f"{name.replace('_', '-')}.onnx")
    return folder


def test_a_folder_with_the_shipped_files_under_other_names_answers_as_the_shipped_ones(tmp_path: Path) -> None:
    folder = copied(tmp_path, harmonize_new="harmonize-fast", harmonize_new_cues="harmonize-fast-cues", blend_new="blend-fast")
    rng = np.random.default_rng(1)
    composite, alpha = Image(rng.integers(0, 256, (64, 64, 3)).astype(np.uint8)), np.zeros((64, 64), np.float32)
    alpha[16:48, 16:48] = 1
    found, shipped = candidates.compositor(folder), Compositor()
    ours, theirs = (each.harmonize(composite, alpha).image.pixels for each in (found, shipped))
    np.testing.assert_array_equal(ours, theirs)
    assert found.blender.halo == shipped.blender.halo


def test_what_a_folder_lacks_is_the_shipped_one(tmp_path: Path) -> None:
    found = candidates.compositor(copied(tmp_path, blend_new="blend-fast"))
    assert found.harmonizer.side == Compositor().harmonizer.side


@pytest.mark.parametrize(("names", "words"), [
    ({}, "holds no harmonize-"),
    ({"harmonize_a": "blend-fast"}, "has no harmonize-a-cues.onnx beside it"),
    ({"harmonize_a_cues": "harmonize-fast-cues"}, "holds no harmonize-"),
    ({"blend_a": "blend-fast", "blend_b": "blend-fast"}, "holds 2 blending graphs"),
])  # fmt: skip
def test_a_folder_that_is_no_candidate_is_refused_in_one_sentence(tmp_path: Path, names: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        candidates.compositor(copied(tmp_path, **names))
    assert len(str(caught.value).splitlines()) == 1


def test_a_graph_without_the_contract_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="is not a graph of contract 1; export it with this version"):
        candidates.compositor(copied(tmp_path, blend_new="modnet"))


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    (tmp_path / "blend-x.onnx").write_bytes(b"not a graph")
    with pytest.raises(WeightsError, match="The weights blend-x do not load"):
        candidates.compositor(tmp_path)
