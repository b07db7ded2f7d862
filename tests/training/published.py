"""Small trees laid out as foreign sets are published, drawn."""

from pathlib import Path

import numpy as np
from drawn import person, save, scene, silhouette
from PIL import Image as pillow

TALL, WIDE = (108, 72), (72, 108)  # PPR10K's 360p photos are 540x360 or 360x540


def mask(size: tuple[int, int]) -> np.ndarray:
    return (silhouette(size) > 0.5).astype(np.float32)


def places(root: Path, count: int = 4, size: tuple[int, int] = (96, 128)) -> None:
    for index in range(count):
        save(root / "backgrounds" / f"b{index}.png", scene(200 + index, size))


def ppr10k_360p(root: Path, groups: dict[int, int]) -> Path:
    """``{group: photos}`` as ``train_val_images_tif_360p`` with all experts, 16-bit sources and one augmented source."""
    images = root / "train_val_images_tif_360p"
    for group, count in groups.items():
        for index in range(count):
            size = TALL if index % 2 else WIDE
            for shift, expert in enumerate("abc"):
                save(images / f"target_{expert}" / f"{group}_{index}.tif", np.clip(person(group, size) + 0.02 * shift, 0, 1))
            deep = np.rint(person(group, size)[..., 0] * 65535).astype(np.uint16)
            for name in (f"source/{group}_{index}", f"source_aug_6/{group}_{index}_1"):
                (images / name).parent.mkdir(parents=True, exist_ok=True)
                pillow.fromarray(deep).save(images / f"{name}.tif")
            save(root / "masks_360p" / f"{group}_{index}.png", mask(size))
    return root


def pair(root: Path, images: str, alphas: str, stem: str, seed: int, suffix: str = ".jpg") -> None:
    """A picture and its soft alpha in two folders."""
    save(root / images / f"{stem}{suffix}", 0.3 + 0.4 * scene(seed, (120, 96)))
    save(root / alphas / f"{stem}.png", silhouette((120, 96)))


def dim(root: Path, count: int) -> Path:
    """Deep Image Matting's folders."""
    folder = root / "Combined_Dataset"
    for index in range(count):
        place = folder / "Training_set" / ("Adobe-licensed images" if index % 2 else "Other")
        pair(place, "fg", "alpha", f"person{index}", 300 + index)
    pair(folder / "Test_set" / "Adobe-licensed images", "fg", "alpha", "held", 399)
    return root


def d646(root: Path) -> Path:
    for part in ("Train", "Test"):
        for index in range(2):
            pair(root / "Distinctions-646" / part, "FG", "GT", f"{part}{index}(1)", 400 + index, suffix=".png")
    return root


def ppm(root: Path) -> Path:
    for index in range(2):
        save(root / "PPM-100" / "image" / f"{index}_o.jpg", person(500 + index))
        save(root / "PPM-100" / "matte" / f"{index}_o.jpg", silhouette((160, 128)))
    return root


def rgba(root: Path) -> Path:
    """A folder of cutouts; what lies hidden under no alpha is bright green."""
    for index in range(2):
        alpha = silhouette((120, 96))[..., None]
        color = np.where(alpha > 0, 0.3 + 0.4 * scene(600 + index, (120, 96)), np.array([0, 1, 0], np.float32))
        save(root / "rgba_people" / f"c{index}.png", np.concatenate([color, alpha], 2))
    return root
