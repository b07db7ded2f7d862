"""Harmonization's samples, drawn on the fly from a pack, and what is known of the person in each. Nothing here needs torch."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cleanplate.pixels.color import FloatArray, Pixels, to_float, to_uint8
from cleanplate.pixels.over import over
from cleanplate.pixels.resampling import squash
from cleanplate.training.samples import synthesis
from cleanplate.training.samples.garments import change_clothes
from cleanplate.training.samples.grades import draw_grade
from cleanplate.training.samples.lights import draw_lamps, draw_light
from cleanplate.training.samples.pack import SIDE, Pack
from cleanplate.training.samples.paint import draw_paint
from cleanplate.training.samples.portraits import corrupt
from cleanplate.training.samples.recoloring import RECOLORINGS
from cleanplate.training.samples.retoning import draw_gains, lit, skin_color, skin_of
from cleanplate.training.samples.skin import rarity, tone
from cleanplate.training.samples.synthesis import Material, Sample, draw_cut, draw_region, draw_start, harmonization_sample, regroup

LEARNED = ("reinhard", *RECOLORINGS)  # the paper's own twice
KNOWN = 0.6  # share of people whose own place is shown
ALIKE = 24  # people among whom one of like skin is looked for: their place is where the person might come from
LAMPS_SHOWN = 0.5  # share of places at night in which lamps are seen
MILD = 0.5  # strength of a grade at most under which a photo still looks natural


class Lesson(NamedTuple):
    """A sample to learn from, with what is known of the person beside it; arrays as in ``Sample``.

    ``source`` is the place that the person comes from, with nobody in it, where ``known`` (1, 1) is 1. ``skin`` is 1 where the
    person's skin is. Where ``natural`` (1, 1) is 1 nobody knows the answer: a natural person stands in a foreign place, and
    ``target`` is the composite itself.
    """

    composite: FloatArray
    alpha: FloatArray
    plate: FloatArray
    target: FloatArray
    source: FloatArray
    known: FloatArray
    skin: FloatArray
    natural: FloatArray


def stack(samples: Sequence[Sample | Lesson]) -> dict[str, FloatArray]:
    """Samples of one kind by field, channels first."""
    arrays = {name: np.stack([getattr(sample, name) for sample in samples]) for name in samples[0]._fields}
    return {
        name: np.ascontiguousarray(each[:, None] if each.ndim == 3 else each.transpose(0, 3, 1, 2)) for name, each in arrays.items()
    }


def share(said: bool) -> FloatArray:
    """A yes or no beside arrays: (1, 1) float32."""
    return np.full((1, 1), said, np.float32)


def predicted_sample(rng: np.random.Generator, start: FloatArray, material: Material) -> Sample:
    """What the runtime would hand over: ``start`` blended with the plate by a spoiled matte, and that matte; the target stays true.

    Where the matte is too small the plate shows instead of the person, where it is too large the start's own background does.
    ``material`` is graded already.
    """
    picture, alpha, plate = material
    spoiled = squash(corrupt(rng, squash(alpha, SIDE)), alpha.shape[0])  # at the pack's size: it counts in pixels
    behind = over(plate, alpha, picture)  # the photo's own background is the better plate wherever it is seen
    return Sample(over(start, spoiled, behind), spoiled, plate, picture)


class Shares(NamedTuple):
    """How often harmonization's samples are made of what, from 0 to 1; the rest are single photos with the person filled in.

    Of what is made of people, ``natural``, ``retoned`` and ``lit`` say how often; the rest is recolored. In a share ``painted`` of
    all of them the place is painted first; a share ``far`` of the single photos is shown as from farther away.
    """

    regions: float = 0.15  # of scenes without people
    groups: float = 0.12  # recomposed groups and clips, the paper's; single photos where there are none
    unrelated: float = 0.08  # people before a scene that they were not taken in
    natural: float = 0.0  # natural people in foreign places; nobody knows the answer (see ``steps.taught``)
    retoned: float = 0.0  # people in the skin tones of another natural person
    lit: float = 0.0  # natural people in a photo that is put under another light as a whole, see ``lights``
    painted: float = 0.0  # people in a place in other paint under the same light, see ``paint``
    far: float = 0.0  # people as small and slim as whole bodies on wide plates, see ``synthesis.draw_farther``


EVERYDAY = Shares()


class Drawn(NamedTuple):
    """What a sample is made of, and the person in it by number: None where the foreground is a region of a scene."""

    material: Material
    person: int | None
    skin: FloatArray


class HarmonizeSource:
    """Harmonization samples; of what they are made is said by ``Shares``.

    Some are graded strongly and all others mildly, because a photo that is the same every time is learned by heart; for the same
    reason garments change their colors. In 5 % there is nothing to do. A share ``predicted`` is blended by a spoiled matte, as in
    use. People of rare skin tones are drawn more often.
    """

    def __init__(self, pack: Pack, predicted: float = 0.0, shares: Shares = EVERYDAY) -> None:
        self.pack, self.predicted, self.shares = pack, predicted, shares
        self.until = np.cumsum(shares[:3])
        people = [(to_float(p), to_float(a)) for p, a in zip(pack.pictures, pack.alphas, strict=True)]
        self.often = np.cumsum(rarity([tone(*each) for each in people]))
        skins = [skin_of(*each) for each in people]
        self.skins = np.array([to_uint8(each.astype(np.float32)) for each in skins])
        colors = [skin_color(each[0], where) for each, where in zip(people, skins, strict=True)]
        self.toned = np.array([index for index, each in enumerate(colors) if each is not None], int)
        self.colors = np.log(np.array([each for each in colors if each is not None], np.float32).reshape(-1, 3) + np.float32(1e-3))

    def scene(self, rng: np.random.Generator, size: int) -> FloatArray:
        """A random square of a scene, or of a filled-in plate."""
        among = self.pack.scenes if len(self.pack.scenes) and rng.random() < 0.7 else self.pack.plates
        return self.square(rng, among[rng.integers(len(among))], size)

    @staticmethod
    def square(rng: np.random.Generator, whole: Pixels, size: int) -> FloatArray:
        """A random square of a place, maybe mirrored."""
        side = int(rng.integers(len(whole) // 2, len(whole) + 1))
        top, left = rng.integers(len(whole) - side + 1, size=2)
        step = -1 if rng.random() < 0.5 else 1
        return to_float(squash(whole[top : top + side, left : left + side], size)[:, ::step])

    def material(self, rng: np.random.Generator, size: int) -> Drawn:
        """What one sample is made of, cropped and shrunk."""
        pack, kind = self.pack, rng.random()
        index = min(int(np.searchsorted(self.often, rng.random())), len(pack.alphas) - 1)
        if kind < self.until[0] and len(pack.scenes):
            scene, region = pack.scenes[rng.integers(len(pack.scenes))], draw_region(rng, pack.alphas[index])
            cut = draw_cut(rng, region, size)
            there = Material(cut(scene), cut(region), np.ascontiguousarray(cut(scene)[:, ::-1]))
            return Drawn(there, None, np.zeros((size, size), np.float32))
        if kind < self.until[1] and pack.groups:
            members = pack.groups[rng.integers(len(pack.groups))]
            first, second = rng.choice(members, 2, replace=False)
            cut = draw_cut(rng, pack.alphas[first], size)
            there = regroup(cut(pack.pictures[first]), cut(pack.alphas[first]), cut(pack.pictures[second]))
            return Drawn(there, int(first), cut(self.skins[first]))
        photo: tuple[Pixels, ...] = (pack.pictures[index], pack.alphas[index], pack.plates[index], self.skins[index])
        photo = synthesis.draw_farther(rng, *photo) if self.shares.far and rng.random() < self.shares.far else photo
        cut = draw_cut(rng, photo[1], size)
        person, alpha, plate, skin = (cut(each) for each in photo)
        if self.until[1] <= kind < self.until[2]:
            nothing = np.zeros((size, size), np.float32)  # here skin says nothing of the place, nor the place of skin
            return Drawn(regroup(person, alpha, self.scene(rng, size)), index, nothing)
        return Drawn(Material(person, alpha, plate), index, skin)

    def place_of_alike(self, rng: np.random.Generator, color: FloatArray, size: int) -> FloatArray:
        """The place of somebody whose skin is nearly of that color (linear light): one in which it might have been taken."""
        among = rng.integers(len(self.toned), size=ALIKE)
        nearest = int(np.abs(self.colors[among] - np.log(color + np.float32(1e-3))).sum(1).argmin())
        return self.square(rng, self.pack.plates[self.toned[among[nearest]]], size)

    def often_painted(self, rng: np.random.Generator) -> bool:
        """Whether this sample's place is painted."""
        return self.shares.painted > 0 and rng.random() < self.shares.painted

    @staticmethod
    def painted(rng: np.random.Generator, drawn: Drawn) -> Drawn:
        """The same person where the place around them is in other paint."""
        picture, alpha, plate = drawn.material
        paint = draw_paint(rng, plate)
        return drawn._replace(material=Material(over(picture, alpha, paint(picture)), alpha, paint(plate)))

    def natural(self, rng: np.random.Generator, drawn: Drawn, size: int) -> Lesson:
        """A natural person in a foreign place: scene or another's, each under a mild grade of its own."""
        mine, theirs = (draw_grade(rng, float(rng.uniform(0, MILD))) for _ in range(2))
        person, alpha, own = drawn.material
        plate = self.scene(rng, size)
        if self.often_painted(rng):
            plate = draw_paint(rng, plate)(plate)
        plate = theirs(plate)
        composite = over(mine(person), alpha, plate)
        return Lesson(composite, alpha, plate, composite, mine(own), share(rng.random() < KNOWN), drawn.skin, share(True))

    def retoned(self, rng: np.random.Generator, drawn: Drawn, size: int) -> Lesson | None:
        """A person in another's skin tone, both under grades; None without skin."""
        person, alpha, plate = drawn.material
        where = drawn.skin > 0.5
        own = skin_color(person, where)
        if own is None or not len(self.toned):
            return None
        other = np.exp(self.colors[rng.integers(len(self.toned))]) - np.float32(1e-3)
        start = lit(person, draw_gains(rng, own, other))
        strong = float(rng.uniform(1.0, 2.2)) if rng.random() < 0.3 else float(rng.uniform(0, MILD))
        look, mine = draw_grade(rng, strong), draw_grade(rng, float(rng.uniform(0, MILD)))
        color = skin_color(start, where)
        source = plate if color is None else self.place_of_alike(rng, color, size)
        there = Material(look(person), alpha, look(plate))
        composite = over(mine(start), alpha, there.picture)
        known = share(color is not None and rng.random() < KNOWN)
        return Lesson(composite, alpha, there.plate, there.picture, mine(source), known, drawn.skin, share(False))

    def lit(self, rng: np.random.Generator, drawn: Drawn, size: int) -> Lesson:
        """A natural person in a place under another light; right is that light on them too."""
        person, alpha, plate = drawn.material
        mine, look = draw_grade(rng, float(rng.uniform(0, MILD))), draw_light(rng)
        color = skin_color(person, drawn.skin > 0.5)
        source = plate if color is None else self.place_of_alike(rng, color, size)
        there, target = look.change(plate), look.change(person)
        if look.kind == "night" and rng.random() < LAMPS_SHOWN:
            there = draw_lamps(rng, there)
            target = over(target, alpha, there)
        composite = over(mine(person), alpha, target)
        known = share(color is not None and rng.random() < KNOWN)
        return Lesson(composite, alpha, there, target, mine(source), known, drawn.skin, share(False))

    def recolored(self, rng: np.random.Generator, drawn: Drawn, size: int) -> Lesson:
        """A recolored person or region; without ``predicted`` its generator is not asked about mattes."""
        material = drawn.material
        start = draw_start(rng, material, lambda: self.pack.style(rng), LEARNED)
        if self.predicted and rng.random() < self.predicted:
            graded = Material(start.look(material.picture), material.alpha, start.look(material.plate))
            made = predicted_sample(rng, start.picture, graded)
        else:
            made = harmonization_sample(start.picture, material, start.look)
        color = skin_color(material.picture, drawn.skin > 0.5)
        known = start.change is not None and color is not None and rng.random() < KNOWN
        source = start.change(self.place_of_alike(rng, color, size)) if known else made.plate  # type: ignore[misc, arg-type]
        return Lesson(*made, source, share(known), drawn.skin, share(False))

    def sample(self, rng: np.random.Generator, size: int) -> Lesson:
        """One sample."""
        drawn, kind = self.material(rng, size), rng.random()
        if rng.random() < 0.25:
            material = drawn.material
            drawn = drawn._replace(material=material._replace(picture=change_clothes(rng, material.picture, material.alpha)))
        if drawn.person is not None and self.often_painted(rng):
            drawn = self.painted(rng, drawn)
        if drawn.person is not None and kind < self.shares.natural:
            return self.natural(rng, drawn, size)
        if drawn.person is not None and kind < self.shares.natural + self.shares.retoned:
            found = self.retoned(rng, drawn, size)
            if found is not None:
                return found
        if drawn.person is not None and 0 <= kind - self.shares.natural - self.shares.retoned < self.shares.lit:
            return self.lit(rng, drawn, size)
        return self.recolored(rng, drawn, size)

    def draw(self, rng: np.random.Generator, batch: int, size: int) -> dict[str, FloatArray]:
        return stack([self.sample(rng, size) for _ in range(batch)])
