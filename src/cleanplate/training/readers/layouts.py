"""Which layout a folder has, and all photos in it: one door to the readers."""

from pathlib import Path
from typing import NamedTuple

from cleanplate.errors import InputError
from cleanplate.training.readers import datasets, division, matting_sets, ppr10k
from cleanplate.training.readers.datasets import Photo

LAYOUTS = ("cleanplate", "ppr10k", "matting")
PLACES = ("backgrounds", "colour_refs", "color_refs")  # how folders without people begin, in every layout


class Tree(NamedTuple):
    """A folder of training pictures."""

    root: Path
    layout: str
    photos: list[Photo]


def recognize(root: Path) -> str:
    """The layout of a folder by what it holds.

    Raises:
        InputError: no such folder, or none of the known layouts.
    """
    if not root.is_dir():
        raise InputError(f"{root} is not a folder; give one with training pictures.")
    if any(path.is_dir() and path.name.startswith(("portraits", "fullbody", "videos")) for path in root.iterdir()):
        return "cleanplate"
    if any(ppr10k.image_folders(root, f"target_{expert}") for expert in ppr10k.EXPERTS):
        return "ppr10k"
    if matting_sets.read(root):
        return "matting"
    raise InputError(
        f"{root} has no known layout: it needs portraits*/ or fullbody*/ with images/ and masks/, PPR10K's target_a/, "
        "or pairs such as fg/ and alpha/."
    )


def places(root: Path) -> list[Photo]:
    """The scenes and style pictures beside the people; nothing where there are none."""
    has_any = any(path.is_dir() and path.name.startswith(PLACES) for path in root.iterdir())
    return [photo for photo in datasets.read_tree(root) if photo.kind in ("scenes", "styles")] if has_any else []


def check_masks(root: Path) -> None:
    """Raise InputError for a folder of people with images/ but no masks/."""
    for folder in sorted(path for path in root.iterdir() if path.is_dir() and path.name.startswith(("portraits", "fullbody"))):
        if (folder / "images").is_dir() and not (folder / "masks").is_dir():
            raise InputError(f"{folder} has images/ but no masks/; add a mask of the same name for each, white on the person.")


def read(root: Path, layout: str = "auto", expert: str = "a") -> Tree:
    """All people and places of a folder.

    Args:
        layout: ``auto`` or one of ``LAYOUTS``.
        expert: whose retouching of PPR10K.

    Raises:
        InputError: see the readers.
    """
    found = recognize(root)
    layout = found if layout == "auto" else layout
    if layout == "cleanplate":
        check_masks(root)
        return Tree(root, layout, datasets.read_tree(root))
    people = ppr10k.read(root, expert) if layout == "ppr10k" else matting_sets.read(root)
    if not people:
        raise InputError(f"{root} holds nobody in the layout {layout}; leave the layout to be recognized, it looks like {found}.")
    return Tree(root, layout, people + places(root))


def part(tree: Tree, split: str) -> list[Photo]:
    """The photos of a split: PPR10K's groups by the official one, what the shipped split knows by that, all else by checksum."""
    people = [photo for photo in tree.photos if photo.kind not in ("scenes", "styles")]
    shipped = datasets.trained_on()
    names = shipped if any(photo.name in shipped for photo in tree.photos) else None
    if tree.layout == "ppr10k":
        chosen = ppr10k.official(people, split)
        return chosen + division.part([photo for photo in tree.photos if photo not in set(people)], split, names)
    return division.part(tree.photos, split, names)
