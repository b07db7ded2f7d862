"""Reader of PPR10K (Liang et al., CVPR 2021), the set of the paper's groups: retouched so that all photos of a group have one tone.

Layouts, as published and as its own training code expects them, below any folder:

    train_val_images_tif_360p/{source,source_aug_6,target_a,target_b,target_c}/GROUP_INDEX.tif   masks_360p/GROUP_INDEX.png
    {source,target_a,target_b,target_c}/GROUP_INDEX.tif                                          masks_full/ or masks/
    {train,val}/{source,target_a,target_b,target_c}/GROUP_INDEX.tif                              {train,val}/masks/

The set may be used for research that is not commercial.
"""

import re
from pathlib import Path

from cleanplate.errors import InputError
from cleanplate.training.readers.datasets import PICTURES, Photo

FIRST_HELD_OUT = 1356  # the official split: groups from this number on are for tests (2,286 of the 11,161 photos)
EXPERTS = ("a", "b", "c")
MASKS = ("masks_360p", "masks_full", "masks")
NAME = re.compile(r"(\d+)_(\d+)(?:_(\d+))?")  # a third number: one of the versions of an augmented source


def image_folders(root: Path, name: str) -> list[Path]:
    """The folders of that name at most three levels below ``root``, the 360p ones alone where there are any."""
    levels = [name, f"*/{name}", f"*/*/{name}"]
    found = [path for level in levels for path in sorted(root.glob(level)) if path.is_dir()]
    small = [path for path in found if "360p" in str(path.relative_to(root))]
    return small or found


def mask_folder(images: Path, root: Path) -> Path:
    """The folder of masks that goes with a folder of images: beside it, or beside its parent.

    Raises:
        InputError: there is none.
    """
    order = MASKS if "360p" in images.parent.name else MASKS[::-1]
    places = [images.parent] if images.parent == root else [images.parent, images.parent.parent]
    for place in places:
        for name in order:
            if (place / name).is_dir():
                return place / name
    raise InputError(f"{images} has no masks beside it; PPR10K comes with {', '.join(MASKS[:2])}, fetch the one of this size.")


def read(root: Path, which: str = "a") -> list[Photo]:
    """All photos of one version, by group and index.

    Args:
        which: the expert who retouched, ``a``, ``b`` or ``c``, or the name of another folder, such as ``source``.

    Raises:
        InputError: no such folder, no masks or a photo without its own.
    """
    name = f"target_{which}" if which in EXPERTS else which
    folders = image_folders(root, name)
    if not folders:
        raise InputError(f"{root} holds no folder {name}; give PPR10K's own, or another expert.")
    photos: list[tuple[tuple[int, ...], Photo]] = []
    for folder in folders:
        masks = {path.stem: path for path in mask_folder(folder, root).glob("*.png")}
        for path in folder.iterdir():
            numbers = NAME.fullmatch(path.stem)
            if path.suffix.lower() not in PICTURES or numbers is None:
                continue
            mask = masks.get(f"{numbers[1]}_{numbers[2]}")
            if mask is None:
                raise InputError(f"{path} has no mask {numbers[1]}_{numbers[2]}.png; fetch all masks, or remove the photo.")
            key = tuple(int(number) for number in numbers.groups("0"))
            photos.append((key, Photo(f"ppr10k/{path.stem}", "portraits", path, mask, f"ppr10k/{numbers[1]}")))
    return [photo for _, photo in sorted(photos, key=lambda each: each[0])]


def group_number(photo: Photo) -> int:
    """The number of a photo's group.

    >>> group_number(Photo("ppr10k/1356_0", "portraits", Path("1356_0.tif"), None, "ppr10k/1356"))
    1356
    """
    return int(photo.group.removeprefix("ppr10k/"))


def official(photos: list[Photo], split: str) -> list[Photo]:
    """The photos of the official split: ``train``, or the 325 groups held out, which are ``validation`` and ``test`` alike."""
    return [photo for photo in photos if (group_number(photo) < FIRST_HELD_OUT) == (split == "train")]
