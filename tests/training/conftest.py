"""A small data folder and a small training pack, drawn."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from drawn import SIZE, person, save, scene, silhouette

from cleanplate.stages import matting
from cleanplate.training.readers import datasets
from cleanplate.training.samples import pack


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder: 6 portraits of which 2 are of one session, 2 full figures, 4 backgrounds, 2 style pictures."""
    root = tmp_path_factory.mktemp("data")
    for folder, count in (("portraits_x", 6), ("fullbody_x", 2)):
        for index in range(count):
            save(root / folder / "images" / f"p{index}.jpg", person(index if folder == "portraits_x" else index + 50))
            save(root / folder / "masks" / f"p{index}.png", (silhouette(SIZE) > 0.5).astype(np.float32))
    (root / "portraits_x" / "session_groups.json").write_text(json.dumps([["p1", "p2"]]))
    for folder, count in (("backgrounds", 4), ("colour_refs_x", 2)):
        for index in range(count):
            save(root / folder / f"b{index}.png", scene(index + 100 + 10 * count))
    return root


TRAINED = frozenset((
    "portraits_x/p0", "portraits_x/p1", "portraits_x/p2", "portraits_x/p3", "backgrounds/b0", "backgrounds/b1", "colour_refs_x/b0",
))  # fmt: skip


@pytest.fixture
def known_split(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four portraits, two backgrounds and a style are trained on; the rest of the tree is validation."""
    monkeypatch.setattr(datasets, "trained_on", lambda: TRAINED)


@pytest.fixture
def known_matte(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The matting network finds the drawn person at once; the short sides it was asked for are collected."""
    asked: list[int] = []

    def predict(picture: np.ndarray, short_side: int) -> np.ndarray:
        asked.append(short_side)
        scale = short_side / min(picture.shape[:2])
        return silhouette(tuple(max(32, round(side * scale / 32) * 32) for side in picture.shape[:2]))  # type: ignore[arg-type]

    monkeypatch.setattr(matting, "predict", predict)
    return asked


@pytest.fixture(scope="session")
def drawn_pack(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], pack.Pack]:
    """A training pack written straight to disk: 4 people of which 2 are of one session, 3 scenes, 3 styles, 5 crops."""
    folder = tmp_path_factory.mktemp("pack")

    def stored(name: str, arrays: list[np.ndarray]) -> None:
        np.save(folder / f"{name}.npy", np.rint(np.stack(arrays) * 255).astype(np.uint8))

    square, crop = (pack.SIDE, pack.SIDE), (pack.CROP, pack.CROP)
    stored("pictures", [person(seed, square) for seed in range(4)])
    stored("alphas", [silhouette(square)] * 4)
    stored("plates", [scene(seed, square) for seed in range(4)])
    stored("scenes", [scene(seed, square) for seed in range(20, 23)])
    stored("styles", [scene(seed, (pack.STYLE_SIDE, pack.STYLE_SIDE)) for seed in range(30, 33)])
    (folder / "groups.json").write_text(json.dumps(["", "a", "a", ""]))
    true = silhouette(crop)[..., None]
    given = np.clip(true * 1.2 - 0.1, 0, 1)
    crops = []
    for seed in range(5):  # both estimates of the colors are exact
        front, behind = 0.3 + 0.4 * scene(seed + 1000, crop), scene(seed, crop)
        crops.append(np.concatenate([person(seed, crop), given, true, front, front, behind, front, behind], 2))
    stored("blend", crops)
    return lambda: pack.Pack(folder)
