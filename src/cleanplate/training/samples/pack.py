"""The training pack: every photo of a data folder once at training size, with its alpha and its plate, as plain arrays on disk."""

import json
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cleanplate.errors import InputError
from cleanplate.files import photos
from cleanplate.pixels.color import FloatArray, Pixels, to_float, to_uint8
from cleanplate.pixels.holes import fill
from cleanplate.pixels.resampling import resize, squash
from cleanplate.stages import edge_colors, matting, mending
from cleanplate.training.readers import datasets
from cleanplate.training.samples.portraits import ALPHA_SHARES, ALPHAS, Portrait, agreement, source_photo, tight

SIDE, STYLE_SIDE = 256, 48  # pixels; styles are only averaged over
FIELDS = ("pictures", "alphas", "plates", "scenes", "styles")
AGREES = 0.90  # intersection over union with the given mask from which a predicted matte is believed


def matte_of(photo: datasets.Photo, picture: FloatArray, mattes: Path) -> FloatArray:
    """The matting network's alpha at the picture's size, kept small in ``mattes`` as PNG."""
    kept = mattes / f"{photo.name.replace('/', '__')}.png"
    if not kept.exists():
        photos.write_alpha(matting.predict(picture, matting.PHOTO_SIDE), kept)
    return matting.refine(photos.read_alpha(kept), picture)


def alpha_of(photo: datasets.Photo, picture: FloatArray, mattes: Path) -> FloatArray:
    """The matte where it agrees with the photo's mask or there is none, else the mask feathered."""
    matte = matte_of(photo, picture, mattes)
    if photo.mask is None:
        return matte
    mask = datasets.load_mask(photo, matte.shape)
    return matte if agreement(matte, mask) >= AGREES else mask


def build(chosen: list[datasets.Photo], folder: Path) -> None:
    """Read the photos into ``folder``; a matte that is already there is not computed again.

    Raises:
        InputError: nobody, or nothing to take colors from.
    """
    (folder / "mattes").mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[FloatArray]] = {name: [] for name in FIELDS}
    groups: list[str] = []
    for index, photo in enumerate(chosen):
        found = arrays_of(photo, folder / "mattes")
        for name, each in found.items():
            rows[name].append(each)
        if "pictures" in found:
            groups.append(photo.group)
        if index % 100 == 0:
            print(f"pack: {index} of {len(chosen)} photos", file=sys.stderr)
    if not rows["pictures"] or not rows["styles"]:
        raise InputError("These photos are too few to train on: there must be people and backgrounds in both splits.")
    for name, arrays in rows.items():
        np.save(folder / f"{name}.npy", np.array([to_uint8(each) for each in arrays], np.uint8))
    (folder / "groups.json").write_text(json.dumps(groups))


def arrays_of(photo: datasets.Photo, mattes: Path) -> dict[str, FloatArray]:
    """What a photo brings into a pack, by the name of the field: nothing where hardly anybody or hardly any place is in it."""
    picture = datasets.load(photo)
    if photo.kind == "styles":
        return {"styles": squash(picture, STYLE_SIDE)}
    if photo.kind == "scenes":
        return {"scenes": squash(picture, SIDE), "styles": squash(picture, STYLE_SIDE)}
    small, alpha = squash(picture, SIDE), squash(alpha_of(photo, picture, mattes), SIDE)
    return {"pictures": small, "alphas": alpha, "plates": fill(small, alpha)} if 0.02 < alpha.mean() < 0.9 else {}


def ensure(chosen: list[datasets.Photo], folder: Path, stage: str) -> None:
    """Build what a stage needs of a pack and is not there yet."""
    if not (folder / "groups.json").exists():
        build(chosen, folder)
    if stage == "blend" and not (folder / "blend.npy").exists():
        build_blend(chosen, folder)


class Pack:
    """A built pack. Arrays are uint8 and stay on disk until they are drawn.

    Args:
        every: of the photos of people only each so-manieth: 4 is a quarter of them. Scenes and styles are all there.
    """

    def __init__(self, folder: Path, every: int = 1) -> None:
        self.folder = folder
        *people, self.scenes, self.styles = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in FIELDS)
        self.pictures, self.alphas, self.plates = (each[::every] for each in people)
        groups: list[str] = json.loads((folder / "groups.json").read_text())[::every]
        members: dict[str, list[int]] = {}
        for index, group in enumerate(groups):
            if group:
                members.setdefault(group, []).append(index)
        self.groups = [indices for indices in members.values() if len(indices) > 1]

    def blend_crops(self) -> Pixels:
        """(crops, CROP, CROP, 20) uint8 as ``BLEND_FIELDS`` says.

        Raises:
            InputError: an older program made them, with other fields.
        """
        path, wanted = self.folder / "blend.npy", sum(BLEND_FIELDS.values())
        crops: npt.NDArray[np.uint8] = np.load(path, mmap_mode="r")
        if crops.shape[3] != wanted:
            raise InputError(f"{path} holds {crops.shape[3]} channels and training needs {wanted}: delete it, it is built again.")
        return crops

    def style(self, rng: np.random.Generator) -> FloatArray:
        return to_float(self.styles[rng.integers(len(self.styles))])


# ---- blending ------------------------------------------------------------------------------------------------------

PLACES = ("scenes", "styles")
CROP = 160  # pixels; training cuts smaller ones out of it
SIDES = (240, 720)  # long sides of source photos: those at which the product looks at an edge (``stages.blending``)
PEOPLE, CROPS = 2400, 5  # at most, spread evenly over all; and crops of each one's source photo around its soft edge
BLEND_FIELDS = {
    "source": 3, "alpha": 1, "true_alpha": 1, "true_foreground": 3, "foreground": 3, "background": 3, "front": 3, "behind": 3,
}  # fmt: skip
TRUSTED = 0.95  # agreement from which a matte may stand for the truth: with the given mask, or with a second network


def portrait(photo: datasets.Photo, mattes: Path) -> Portrait | None:
    """Pseudo-truth for blending: the matte at full size and the colors estimated under it; None where the mask disagrees, or,
    without one, the network that mends mattes (``stages.mending``)."""
    picture = datasets.load(photo)
    alpha = matte_of(photo, picture, mattes)
    known = seen(picture) if photo.mask is None else datasets.load_mask(photo, alpha.shape)
    return None if agreement(resize(alpha, known.shape), known) < TRUSTED else tight(picture, alpha)


def seen(picture: FloatArray) -> FloatArray:
    """Where the second network sees a person, (256, 256): the mean of its two answers."""
    return np.asarray(np.mean(mending.looks(resize(picture, (mending.SIDE, mending.SIDE))), 0), np.float32)


def blend_source(rng: np.random.Generator, kind: str, person: Portrait, scene: FloatArray) -> dict[str, FloatArray]:
    """A source photo with a known answer at a drawn size, with the colors that a user would estimate from it."""
    scale = float(np.exp(rng.uniform(*np.log(SIDES)))) / max(person.alpha.shape)
    size = max(CROP, round(person.alpha.shape[0] * scale)), max(CROP, round(person.alpha.shape[1] * scale))
    found = source_photo(rng, kind, Portrait(resize(person.foreground, size), resize(person.alpha, size)), scene)
    return found | edge_colors.edge_colors(found["source"], found["alpha"])


def crops(rng: np.random.Generator, found: dict[str, FloatArray]) -> list[npt.NDArray[np.uint8]]:
    """(CROP, CROP, 20) uint8 cuts around points where the true or the given alpha is soft."""
    given, true = found["alpha"], found["true_alpha"]
    soft = np.argwhere(((true > 0.05) & (true < 0.95)) | (abs(given - true) > 0.1))
    if not len(soft):
        return []
    whole = np.concatenate([found[name].reshape(*given.shape, -1) for name in BLEND_FIELDS], 2)
    cuts = []
    for at in soft[rng.integers(len(soft), size=CROPS)]:
        top, left = (int(np.clip(middle - CROP // 2, 0, side - CROP)) for middle, side in zip(at, whole.shape, strict=False))
        cuts.append(to_uint8(whole[top : top + CROP, left : left + CROP]))
    return cuts


def build_blend(chosen: list[datasets.Photo], folder: Path, seed: int = 0) -> None:
    """A source photo of each trusted portrait, on a scene, cut into ``blend.npy``.

    Raises:
        InputError: no scenes, or no portrait that can be trusted.
    """
    scenes = [photo for photo in chosen if photo.kind == "scenes"]
    (folder / "mattes").mkdir(parents=True, exist_ok=True)
    people = datasets.spread([photo for photo in chosen if photo.kind not in PLACES], PEOPLE) if scenes else []
    cuts: list[npt.NDArray[np.uint8]] = []
    for index, photo in enumerate(people):
        rng = np.random.default_rng((seed, index))
        if (person := portrait(photo, folder / "mattes")) is not None:
            scene = datasets.load(scenes[rng.integers(len(scenes))])
            cuts += crops(rng, blend_source(rng, str(rng.choice(ALPHAS, p=ALPHA_SHARES)), person, scene))
        if index % 50 == 0:
            print(f"blend pack: {index} of {len(people)} photos, {len(cuts)} crops", file=sys.stderr, flush=True)
    if not cuts:
        raise InputError("These photos give nothing to blend: there must be backgrounds, and people whose masks fit.")
    shape = (len(cuts), *cuts[0].shape)
    file = np.lib.format.open_memmap(folder / "part.npy", mode="w+", dtype=np.uint8, shape=shape)  # no second copy in memory
    for at, cut in enumerate(cuts):
        file[at] = cut
    file.flush()
    (folder / "part.npy").replace(folder / "blend.npy")
