"""The two sets of the paper, sample by sample, straight from photos on disk. Nothing here needs torch.

A sample depends on the photos, the seed and its own number, not on how many are drawn.
"""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from cleanplate.errors import InputError
from cleanplate.pixels import holes, over
from cleanplate.pixels.color import FloatArray, Pixels, to_float, to_uint8
from cleanplate.pixels.resampling import resize, squash
from cleanplate.training.readers import datasets, still_plates
from cleanplate.training.readers.datasets import Photo
from cleanplate.training.samples import backdrops, people, portraits, recoloring, synthesis
from cleanplate.training.samples.garments import change_clothes
from cleanplate.training.samples.people import Person
from cleanplate.training.samples.portraits import Portrait
from cleanplate.training.samples.recomposition import recompose
from cleanplate.training.samples.synthesis import Material

Facts = dict[str, Any]
Value = TypeVar("Value")
KEPT = 48  # loaded photos that stay in memory
STYLE_SIDE = 64  # pixels; styles are only averaged over


class Drawn(NamedTuple):
    """One sample: its pictures by name, float32 in [0, 1], and what the manifest says of it."""

    pictures: dict[str, FloatArray]
    facts: Facts


class Drawer(Protocol):
    """What a set is written from."""

    def draw(self, rng: np.random.Generator, number: int) -> Drawn: ...


class Shelf:
    """The last things made, by key: photos are drawn again and again."""

    def __init__(self, size: int = KEPT) -> None:
        self.size, self.held = size, dict[Any, Any]()

    def get(self, key: Any, make: Callable[[], Value]) -> Value:
        if key not in self.held:
            if len(self.held) >= self.size:
                self.held.pop(next(iter(self.held)))
            self.held[key] = make()
        value: Value = self.held[key]
        return value


# ---- harmonization -------------------------------------------------------------------------------------------------

SHARES = {"group": 0.35, "single": 0.35, "region": 0.2, "still": 0.1}  # of samples; what a tree lacks goes to the others
MARGIN = 1.5  # materials are made so much larger than samples, because cuts make them smaller
DRESSED = 0.5  # share of people whose clothes may change
LARGE = 0.25  # share of cuts with a large foreground
RATIO = (0.02, 0.9)  # foreground ratio of a photo that is good for anything
PATIENCE = 12  # photos in a row that may be good for nothing


class Cuttable(NamedTuple):
    """A material before it is cut: squares of integers, and what is known of them."""

    picture: Pixels
    alpha: Pixels
    plate: Pixels
    facts: Facts


class HarmonizeSet:
    """Composite, alpha, plate, target: people recomposed within groups and clips (the paper's), frames on the median plate of their
    still camera, single photos with the person filled in as plate, regions of scenes without people.

    Args:
        photos: of one split.
        size: of the square samples in pixels.
        mattes: folder in which predicted mattes are kept.
        kinds: recolorings to draw from.

    Raises:
        InputError: nobody to recolor, or no pictures to take colors from.
    """

    def __init__(self, photos: list[Photo], size: int, mattes: Path, kinds: tuple[str, ...] = recoloring.RECOLORINGS) -> None:
        self.size, self.side, self.mattes, self.kinds, self.shelf = size, round(size * MARGIN), mattes, kinds, Shelf()
        mattes.mkdir(parents=True, exist_ok=True)
        self.people = [photo for photo in photos if photo.kind in people.WHOLE]
        self.scenes = [photo for photo in photos if photo.kind == "scenes"]
        self.styles = [photo for photo in photos if photo.kind in ("scenes", "styles")]
        members: dict[str, list[Photo]] = {}
        for photo in self.people:
            members.setdefault(photo.group, []).append(photo)
        self.groups = [group for name, group in members.items() if name and len(group) > 1]
        self.clips = [group for group in self.groups if group[0].kind == "clips"]
        if not self.people:
            raise InputError("There is nobody in this split to recolor; it needs photos of people with their background.")
        if not self.styles:
            raise InputError("There is nothing to take colors from; put a folder backgrounds/ or colour_refs/ beside the people.")

    def shares(self) -> dict[str, float]:
        """Of samples by origin, those that these photos can give; PPR10K gives groups alone, as in the paper."""
        paper = all(photo.group.startswith("ppr10k/") for photo in self.people) and bool(self.groups)
        region = bool(self.scenes) and not paper
        can = {"group": bool(self.groups), "single": not paper, "region": region, "still": bool(self.clips)}
        total = sum(share for origin, share in SHARES.items() if can[origin])
        return {origin: share / total for origin, share in SHARES.items() if can[origin]}

    def person(self, photo: Photo) -> Person:
        return self.shelf.get(photo.name, lambda: people.load(photo, self.side, self.mattes))

    def style(self, rng: np.random.Generator) -> FloatArray:
        photo = self.styles[rng.integers(len(self.styles))]
        return self.shelf.get((photo.name, "style"), lambda: squash(datasets.load(photo), STYLE_SIDE))

    def dressed(self, rng: np.random.Generator, person: Person) -> Person:
        return Person(change_clothes(rng, *person), person.alpha) if rng.random() < DRESSED else person

    # one function for each origin

    def group(self, rng: np.random.Generator) -> Cuttable:
        members = self.groups[rng.integers(len(self.groups))]
        first, second = (members[at] for at in rng.choice(len(members), 2, replace=False))
        person, other = self.dressed(rng, self.person(first)), self.person(second)
        found = recompose(rng, *person, *other)
        placing = {"avoids": round(found.avoids, 3), "covers": round(found.covers, 3)}
        return self.cuttable(found.material, {"person": first.name, "group": first.group, "background": second.name} | placing)

    def still(self, rng: np.random.Generator) -> Cuttable:
        members = self.clips[rng.integers(len(self.clips))]
        frame = members[rng.integers(len(members))]
        plate = self.shelf.get((frame.group, "plate"), lambda: still_plates.of_clip(frame))
        if plate is None:  # the camera moves
            found = self.group(rng)
            return found._replace(facts=found.facts | {"origin": "group"})
        person = self.dressed(rng, self.person(frame))
        behind = resize(plate.plate, (person.alpha.shape[0], person.alpha.shape[1]))
        facts = {"person": frame.name, "group": frame.group, "background": f"{frame.group} median", "seen": round(plate.seen, 3)}
        return self.cuttable(Material(person.picture, person.alpha, behind), facts)

    def single(self, rng: np.random.Generator) -> Cuttable:
        photo = self.people[rng.integers(len(self.people))]
        person = self.dressed(rng, self.person(photo))
        small = Person(squash(person.picture, self.side), np.clip(squash(person.alpha, self.side), 0, 1))
        material = Material(small.picture, small.alpha, holes.fill(small.picture, small.alpha))
        return self.cuttable(material, {"person": photo.name, "group": photo.group, "background": f"{photo.name} filled"})

    def region(self, rng: np.random.Generator) -> Cuttable:
        scene, photo = self.scenes[rng.integers(len(self.scenes))], self.people[rng.integers(len(self.people))]
        picture = self.shelf.get((scene.name, "scene"), lambda: squash(datasets.load(scene), self.side))
        outline = to_uint8(np.clip(squash(self.person(photo).alpha, self.side), 0, 1))
        moved = to_float(synthesis.draw_region(rng, outline))
        plate = np.ascontiguousarray(picture[:, ::-1])
        facts = {"person": scene.name, "group": "", "background": f"{scene.name} mirrored", "outline": photo.name}
        return self.cuttable(Material(picture, moved, plate), facts)

    def cuttable(self, material: Material, facts: Facts) -> Cuttable:
        picture, alpha, plate = (to_uint8(squash(each, self.side)) for each in material)
        return Cuttable(picture, alpha, plate, facts)

    def draw(self, rng: np.random.Generator, number: int) -> Drawn:
        """One sample.

        Raises:
            InputError: photo after photo shows nobody, or nothing but a person.
        """
        shares = self.shares()
        origin = str(rng.choice(list(shares), p=list(shares.values())))
        for _ in range(PATIENCE):
            found: Cuttable = getattr(self, origin)(rng)
            if RATIO[0] < found.alpha.mean() / 255 < RATIO[1]:
                break
        else:
            raise InputError(f"{PATIENCE} photos in a row show nobody or nothing but a person; check the masks.")
        cut = synthesis.draw_cut(rng, found.alpha, self.size, LARGE)
        material = Material(cut(found.picture), cut(found.alpha), cut(found.plate))
        start = synthesis.draw_start(rng, material, lambda: self.style(rng), self.kinds)
        sample = synthesis.harmonization_sample(start.picture, material, start.look)
        facts = {"origin": origin, "recoloring": start.kind, "ratio": round(float(sample.alpha.mean()), 4)}
        return Drawn(sample._asdict(), facts | found.facts)


# ---- blending ------------------------------------------------------------------------------------------------------


class BlendSet:
    """Source, alpha, plate, target and true alpha: every person on a source background first, then on each plate in turn.

    Person number ``n % people`` meets scene number ``n // people`` of an order of their own, so that 450 people times 100 scenes
    are the paper's 45,000 training pictures.

    Args:
        photos: of one split.
        size: of the long side in pixels.
        mattes: folder in which predicted mattes are kept.

    Raises:
        InputError: nobody with an alpha or mask, or fewer than two scenes.
    """

    def __init__(self, photos: list[Photo], size: int, mattes: Path) -> None:
        self.size, self.mattes, self.shelf = size, mattes, Shelf()
        mattes.mkdir(parents=True, exist_ok=True)
        known = [photo for photo in photos if photo.kind == "cutouts" or (photo.mask is not None and photo.kind in people.WHOLE)]
        self.people = sorted(known, key=lambda photo: (zlib.crc32(photo.name.encode()), photo.name))  # no kind before the others
        self.scenes = [photo for photo in photos if photo.kind == "scenes"]
        if not self.people:
            raise InputError("Nobody in this split has an alpha or a mask; add alpha/ beside fg/, or masks/ beside images/.")
        if len(self.scenes) < 2:
            raise InputError(f"This split has {len(self.scenes)} scenes and blending needs two; put more into backgrounds/.")

    def portrait(self, photo: Photo) -> Portrait | None:
        return self.shelf.get(photo.name, lambda: people.portrait(photo, self.size, self.mattes))

    def trusted(self, number: int) -> tuple[int, Photo, Portrait]:
        """The person of that number, or the next one whose alpha can be trusted, and how many were passed over."""
        for step in range(len(self.people)):
            photo = self.people[(number + step) % len(self.people)]
            found = self.portrait(photo)
            if found is not None:
                return step, photo, found
        raise InputError("No predicted matte in this split agrees with its mask; check that masks are white on the person.")

    def draw(self, rng: np.random.Generator, number: int) -> Drawn:
        passed, photo, person = self.trusted(number)
        order = np.random.default_rng([len(self.scenes), *photo.name.encode()]).permutation(len(self.scenes))
        at = number // len(self.people) + passed * (len(order) // 2)  # whoever stands in meets other scenes first
        new = self.scenes[order[at % len(order)]]
        old = self.scenes[order[(at + 1 + rng.integers(len(order) - 1)) % len(order)]]
        kind = str(rng.choice(portraits.ALPHAS, p=portraits.ALPHA_SHARES))
        found = portraits.source_photo(rng, kind, person, self.scene(old))
        plate = backdrops.cover(self.scene(new), (person.alpha.shape[0], person.alpha.shape[1]), rng)
        target = over.over(found["true_foreground"], found["true_alpha"], plate)
        given = {name: found[name] for name in ("source", "alpha", "true_alpha")}
        facts = {"person": photo.name, "group": photo.group, "background": new.name, "source_background": old.name}
        facts |= {"alpha_kind": kind, "ratio": round(float(person.alpha.mean()), 4)}
        return Drawn(given | {"plate": plate, "target": target}, facts)

    def scene(self, photo: Photo) -> FloatArray:
        return self.shelf.get((photo.name, "scene"), lambda: people.within(datasets.load(photo), 2 * self.size))
