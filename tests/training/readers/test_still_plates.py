from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn import scene

from cleanplate.stages import matting
from cleanplate.training.readers import datasets, still_plates

SIZE = (96, 128)
COUNT = 12


def walk(still: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """A red disc that crosses the lower middle of a scene: frames and exact alphas. Without ``still`` the scene turns by too."""
    frames, alphas = [], []
    for at in range(COUNT):
        alpha = np.zeros(SIZE, np.float32)
        cv2.circle(alpha, (20 + 8 * at, 60), 14, 1, -1, cv2.LINE_AA)
        behind = scene(1, SIZE) if still else np.roll(scene(1, SIZE), 6 * at, 1)
        frames.append(alpha[..., None] * np.array([0.9, 0.1, 0.1], np.float32) + (1 - alpha[..., None]) * behind)
        alphas.append(np.clip(alpha, 0, 1))
    return np.stack(frames).astype(np.float32), np.stack(alphas)


def test_the_median_of_what_nobody_covers_is_numpys() -> None:
    rng = np.random.default_rng(2)
    frames, alphas = rng.random((7, 5, 6, 3)).astype(np.float32), (rng.random((7, 5, 6)) > 0.6).astype(np.float32)
    alphas[0] = 0  # every pixel is seen at least once
    plate, shown = still_plates.masked_median(frames, alphas)
    wanted = np.nanmedian(np.where((alphas < 0.1)[..., None], frames, np.nan), axis=0)
    np.testing.assert_allclose(plate, wanted, atol=1e-6)
    np.testing.assert_allclose(shown, (alphas < 0.1).mean(0), atol=1e-6)


def test_a_scene_behind_a_walker_comes_to_light_exactly() -> None:
    frames, alphas = walk()
    found = still_plates.complete_plate(frames, alphas)
    assert found.seen == 1.0
    assert np.abs(found.plate - scene(1, SIZE)).max() < 0.01
    assert found.change < 0.001


def test_what_no_frame_shows_is_filled_in_and_said() -> None:
    frames, alphas = walk()
    alphas[:, 60:80, 50:70] = 1
    found = still_plates.complete_plate(frames, alphas)
    assert 1 - 700 / (96 * 128) < found.seen < 1 - 400 / (96 * 128)  # 20 x 20, a little wider
    assert np.abs(found.plate - scene(1, SIZE)).mean() < 0.01
    assert found.plate[60:80, 50:70].min() > 0.05  # no black hole


def test_a_moving_camera_is_told_from_a_still_one() -> None:
    still, moving = (still_plates.border_change(*walk(each)) for each in (True, False))
    assert still < still_plates.STILL < moving


def test_a_person_who_hides_the_border_leaves_nothing_to_judge_by() -> None:
    frames, alphas = walk()
    assert still_plates.border_change(frames, np.ones_like(alphas)) == float("inf")


@pytest.mark.parametrize("still", [True, False])
def test_a_clip_gives_its_plate_or_none_when_the_camera_moves(still: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "videos_x" / "walk.mp4"
    path.parent.mkdir()
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, SIZE[::-1])
    for frame in walk(still)[0]:
        writer.write(np.rint(frame[..., ::-1] * 255).astype(np.uint8))
    writer.release()
    monkeypatch.setattr(matting, "predict", lambda picture, _: np.float32(picture[..., 0] - picture[..., 1] > 0.4))
    found = still_plates.of_clip(datasets.read_tree(tmp_path)[0])
    assert (found is not None) == still
    if found is not None:
        assert np.abs(found.plate - scene(1, SIZE)).mean() < 0.02
