"""Reader of matting sets: photos or foregrounds with a hand-made soft alpha, and pictures that carry their alpha.

Pairs are two folders side by side, anywhere at most five levels below the given one, with files of the same stem:

    Deep Image Matting      Combined_Dataset/Training_set/Adobe-licensed images/{fg,alpha}, .../Other/{fg,alpha}
    Distinctions-646        {Train,Test}/{FG,GT}
    PPM-100                 {image,matte}
    P3M-10k                 train/{blurred_image,mask}
    VideoMatte, ImageMatte  {fgr,pha}

``fg``, ``FG`` and ``fgr`` hold foregrounds whose colors are the person's own also under a soft alpha; the others are whole photos,
where colors must be estimated. A folder ``rgba*/`` holds pictures with alpha.
"""

from pathlib import Path

from cleanplate.errors import InputError
from cleanplate.training.readers.datasets import Photo, listing

PAIRS = {
    ("fg", "alpha"): "cutouts", ("FG", "GT"): "cutouts", ("fgr", "pha"): "cutouts",
    ("image", "matte"): "mattes", ("image", "alpha"): "mattes",
    ("blurred_image", "mask"): "mattes", ("original_image", "mask"): "mattes",
}  # fmt: skip
DEPTH = 5  # Deep Image Matting's own folders are four deep


def folders(root: Path, depth: int = DEPTH) -> list[Path]:
    """``root`` and the folders below it, sorted, not deeper than ``depth``."""
    found = [root]
    if depth:
        for path in sorted(path for path in root.iterdir() if path.is_dir()):
            found += folders(path, depth - 1)
    return found


def pairs(folder: Path, images: str, alphas: str) -> list[tuple[Path, Path]]:
    """Files of the same stem in two folders of one folder.

    Raises:
        InputError: a picture without its alpha.
    """
    found = {path.stem: path for path in listing(folder / alphas)}
    answer = []
    for path in listing(folder / images):
        if path.stem not in found:
            raise InputError(f"{path} has no alpha of the same name in {alphas}/; add it, or remove the picture.")
        answer.append((path, found[path.stem]))
    return answer


def is_rgba(folder: Path) -> bool:
    return folder.name.lower().startswith("rgba") and bool(listing(folder))


def read(root: Path) -> list[Photo]:
    """All people of all matting sets below a folder: ``cutouts`` (own colors) and ``mattes`` (whole photos).

    Each stem of each set counts as one person, and what a set calls its test part is read too: the split is ours. A mask of None
    means that the picture carries its alpha.

    Raises:
        InputError: a picture without its alpha.
    """
    found: list[Photo] = []
    for folder in folders(root):
        place = folder.relative_to(root).as_posix().replace(" ", "_")
        prefix = root.name if place == "." else place
        names = {path.name for path in folder.iterdir() if path.is_dir()}  # exact case, also where the file system does not care
        for (images, alphas), kind in PAIRS.items():
            if images in names and alphas in names:
                found += [Photo(f"{prefix}/{image.stem}", kind, image, alpha) for image, alpha in pairs(folder, images, alphas)]
        if is_rgba(folder):
            found += [Photo(f"{prefix}/{path.stem}", "cutouts", path) for path in listing(folder)]
    return found
