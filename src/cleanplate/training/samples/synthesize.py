"""Photos in a known layout -> a set of samples in a folder. Needs no torch."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from cleanplate.training.readers import layouts
from cleanplate.training.samples import recoloring, sets
from cleanplate.training.samples.drawing import BlendSet, Drawer, HarmonizeSet

SIZES = {"harmonize": 256, "blend": 512}  # pixels, where none is asked for


@dataclass(frozen=True)
class Wanted:
    """What a set is to hold.

    Args:
        size: long side in pixels, else that of ``SIZES``.
        split: ``train``, ``validation`` or ``test``; only the last is recolored also in the ways that are never trained on.
        layout: of the folder of photos; see ``layouts``.
        expert: whose retouching of PPR10K.
    """

    count: int = 100
    seed: int = 0
    size: int | None = None
    split: str = "train"
    layout: str = "auto"
    expert: str = "a"


def run(stage: str, tree: Path, out: Path, wanted: Wanted, *, overwrite: bool = False) -> Path:
    """Write a set; the path of its manifest. Sample i depends on the photos, what is wanted, the seed and i alone.

    Args:
        stage: ``harmonize`` or ``blend``.
        tree: folder of photos.

    Raises:
        InputError: an unknown layout, too few people or scenes, missing masks.
        OutputError: see ``sets.claim``.
    """
    size, split = wanted.size or SIZES[stage], wanted.split
    chosen = layouts.part(layouts.read(tree, wanted.layout, wanted.expert), split)
    settings = {"tree": str(tree.resolve()), "size": size, "split": split, "layout": wanted.layout, "expert": wanted.expert}
    kinds = recoloring.RECOLORINGS + (recoloring.HELD_OUT if split == "test" else ())
    with tempfile.TemporaryDirectory() as folder:  # predicted mattes, each computed once in a run
        mattes = Path(folder)
        drawer: Drawer = HarmonizeSet(chosen, size, mattes, kinds) if stage == "harmonize" else BlendSet(chosen, size, mattes)
        return sets.write(drawer, stage, out, wanted.count, wanted.seed, settings, overwrite)
