"""Grain: what a person's noise lacks to that of the plate, drawn and added to their colors.

As codecs do it (Norkin and Birkbeck, *Film Grain Synthesis for AV1 Video Codec*, DCC 2018): from a small pattern, looked up at a
place that is drawn anew for each frame, and scaled by a table over brightness. Here there are two patterns, whose sides have no
factor in common; they go on without a seam, and together repeat only beyond any picture.
"""

import functools
import itertools
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray, entries, moved_by
from cleanplate.stages.noise import LEVELS, Noise
from cleanplate.stages.noise_blocks import BASIS, NOTHING, OCTAVES

SIDES = (256, 243), (243, 256)  # rows and columns of the patterns
SEED = 20261128  # any: the same input gives the same bytes
SIZES = 0.0, 0.6, 1.2, 2.4  # deviations of the bell curves, in pixels, that white noise is blurred by: what patterns are made of
LENIENT = 3  # times what is there already: a little too much beside it is seen less than grain of another size
NEGLIGIBLE = 0.02  # of the strongest octave: less is not looked at in proportion
EQUAL = 0.15, 0.4  # shares by which the plate's power is above the person's: up to the first equal, but for what was looked at
FAINT = 0.8 / 255  # a deviation, in any octave, up to which what is missing is not seen
CURVE = 256  # steps of brightness of the table


@dataclass(frozen=True, eq=False)
class Grain:
    """Grain that is to be added to a person.

    Args:
        patterns: two of (rows, 3, columns) float32, RGB in shares of white, each with half of the variance.
        gain: (CURVE,) float32, what they are multiplied by, over brightness.
        starts: where the box's first pixel lies in each of them.
        lumas: the patterns' luma, (rows, 1, columns), by the weights of red, green and blue in it; filled as it is asked for.
    """

    patterns: tuple[FloatArray, ...]
    gain: FloatArray
    starts: tuple[tuple[int, int], ...]
    lumas: dict[tuple[float, ...], tuple[FloatArray, ...]] = field(default_factory=dict)

    def fresh(self, frame: int) -> "Grain":
        """The grain of another frame: elsewhere in the patterns."""
        rng = np.random.Generator(np.random.Philox(key=[SEED, frame]))
        return replace(self, starts=tuple((int(rng.integers(rows)), int(rng.integers(columns))) for rows, columns in SIDES))

    def into(self, front: FloatArray, rows: slice, columns: slice, top: float, room: FloatArray | None = None) -> None:
        """Add it to colors in place, whatever part of the person they are.

        Args:
            front: (height, 3, width) float32, from 0 to ``top`` or somewhat beyond.
            rows, columns: where it lies in the person's box.
            room: (height, 4, width) float32 or more planes to work in.
        """
        height, _, width = front.shape
        room = np.empty((height, 4, width), np.float32) if room is None else room
        drawn, bright = room[:, :3], room[:, 3]
        self.drawn(self.patterns, drawn, rows, columns)
        np.add(front[:, 0], front[:, 1], out=bright)
        bright += front[:, 2]
        bright *= np.float32((CURVE - 1) / (3 * top))
        gain = cv2.LUT(entries(bright, CURVE), self.gain * np.float32(top))
        drawn *= gain[:, None]
        front += drawn

    def onto(self, front: npt.NDArray[np.uint8], rows: slice, columns: slice) -> npt.NDArray[np.uint8]:
        """As ``into``, of (height, width, 3) in 8 bits, of which others are given back."""
        drawn = np.empty((front.shape[0], 3, front.shape[1]), np.float32)
        self.drawn(self.patterns, drawn, rows, columns)
        bright = cv2.transform(front, np.full((1, 3), 1 / 3, np.float32))
        drawn *= cv2.LUT(bright, self.gain * np.float32(255))[:, None]
        return moved_by(front, np.asarray(cv2.merge([np.ascontiguousarray(drawn[:, each]) for each in range(3)]), np.float32))

    def into_luma(
        self, luma: FloatArray, rows: slice, columns: slice, weights: tuple[float, ...], lowest: float, highest: float
    ) -> None:
        """As ``into``, of luma in code values, (height, width), black and white of which are given."""
        if weights not in self.lumas:
            self.lumas[weights] = tuple(np.einsum("ycx,c->yx", each, weights)[:, None].astype(np.float32) for each in self.patterns)
        drawn = np.empty((luma.shape[0], 1, luma.shape[1]), np.float32)
        self.drawn(self.lumas[weights], drawn, rows, columns)
        bright = entries((luma - lowest) * np.float32((CURVE - 1) / (highest - lowest)), CURVE)
        luma += np.multiply(drawn[:, 0], cv2.LUT(bright, self.gain * np.float32(highest - lowest)), out=drawn[:, 0])

    def drawn(self, patterns: tuple[FloatArray, ...], out: FloatArray, rows: slice, columns: slice) -> None:
        """The two patterns' sum over some rows and columns, written into (height, planes, width)."""
        for pattern, (top, left), add in zip(patterns, self.starts, (False, True), strict=True):
            for down, below in runs(rows, top, pattern.shape[0]):
                for across, beside in runs(columns, left, pattern.shape[2]):
                    part, more = out[down, :, across], pattern[below, :, beside]
                    if add:
                        part += more
                    else:
                        part[...] = more


def runs(span: slice, start: int, side: int) -> list[tuple[slice, slice]]:
    """A span of rows or columns in pieces that lie in one copy of a pattern, each with where it lies there.

    >>> runs(slice(3, 8), 4, 10)
    [(slice(0, 3, None), slice(7, 10, None)), (slice(3, 5, None), slice(0, 2, None))]
    """
    answer, at = list[tuple[slice, slice]](), span.start
    while at < span.stop:
        inside = (at + start) % side
        count = min(span.stop - at, side - inside)
        answer.append((slice(at - span.start, at - span.start + count), slice(inside, inside + count)))
        at += count
    return answer


def missing(plate: Noise | None, person: Noise | None, strength: float = 1.0) -> Grain | None:
    """What the person's noise lacks to the plate's, level by level and octave by octave; None where that is nothing to be seen.

    Args:
        strength: 0 to 1, of its deviation.
    """
    if plate is None or person is None or strength == 0:
        return None
    more = (plate.power - person.power) / np.maximum(person.power, NOTHING)
    lacks = np.maximum(0, plate.power - person.power) * np.clip((more - EQUAL[0]) / (EQUAL[1] - EQUAL[0]), 0, 1)
    share = person.seen / person.seen.sum()
    usual = np.einsum("l,lpo->po", share, lacks)
    if np.sqrt((usual[0] * np.float32(4) ** np.arange(OCTAVES)).max()) <= FAINT:
        return None
    total = lacks.sum((1, 2)) / usual.sum()
    centers = (np.arange(LEVELS) + 0.5) / LEVELS
    gain = np.interp(np.linspace(0, 1, CURVE), centers, np.sqrt(total)) * strength
    present = np.einsum("l,lpo->po", share, person.power)
    return Grain(patterns(usual, present), gain.astype(np.float32), ((0, 0), (0, 0))).fresh(0)


def patterns(power: FloatArray, present: FloatArray | None = None) -> tuple[FloatArray, ...]:
    """Two seamless patterns, (rows, 3, columns), whose sum has such powers, (3, OCTAVES), as ``noise.roughness`` finds them.

    Args:
        present: likewise, what they are added to: where that is strong already, a little too much is not seen.
    """
    besides = np.zeros_like(power) if present is None else present
    made_of = np.stack([shares(kinds(SIDES[0])[1], *each) for each in zip(power / 2, besides / 2, strict=True)])
    answer = list[FloatArray]()
    for at, side in enumerate(SIDES):
        spectra = np.einsum("pk,kyx->pyx", made_of, kinds(side)[0])
        planes = np.fft.irfft2(white(at) * np.sqrt(spectra[..., : side[1] // 2 + 1]), side)
        answer.append(np.einsum("pc,pyx->ycx", BASIS, planes).astype(np.float32))
    return tuple(answer)


@functools.cache
def white(at: int) -> npt.NDArray[np.complex128]:
    """White noise for three planes of a pattern, by its frequencies."""
    rng = np.random.Generator(np.random.Philox(key=[SEED, 1 << 63 | at]))
    return np.asarray(np.fft.rfft2(rng.standard_normal((3, *SIDES[at]))))


@functools.cache
def kinds(side: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
    """The power spectra of noise of every size, and its powers octave by octave, (OCTAVES, sizes)."""
    spectra = np.stack([bell(side, size) for size in SIZES])
    return spectra, np.stack([(spectra * response(side, octave)).mean((1, 2)) for octave in range(OCTAVES)])


def bell(side: tuple[int, int], size: float) -> FloatArray:
    """Power spectrum of white noise of variance 1 blurred by a bell curve of that deviation, and made as strong again."""
    down, across = (np.fft.fftfreq(count)[:, None] for count in side)
    answer = np.exp(-((2 * np.pi * size) ** 2) * (down**2 + across.T**2))
    return np.asarray(answer / answer.mean(), np.float32)


def response(side: tuple[int, int], octave: int) -> FloatArray:
    """How much ``noise.roughness`` sees of each frequency in that octave: means of 2 x 2 as often, then second differences."""
    step = 2**octave
    down, across = (2 * np.pi * np.fft.fftfreq(count)[:, None] for count in side)
    means = [np.prod([np.cos(each * 2**k / 2) ** 2 for k in range(octave)], axis=0) for each in (down, across)]
    apart = [(2 - 2 * np.cos(each * step)) ** 2 / 12 for each in (down, across)]
    return np.asarray(means[0] * means[1].T * (apart[0] + apart[1].T), np.float32)


def shares(seen: FloatArray, wanted: FloatArray, present: FloatArray) -> FloatArray:
    """Shares, none below 0, of which ``seen @ shares`` is nearest to what is wanted, in proportion to what is there then.

    The least squares of as many kinds as there are octaves, or fewer, are tried one after the other: they are few.

    Args:
        seen: (OCTAVES, n), the powers of n kinds of noise.
        wanted, present: (OCTAVES,).

    >>> shares(np.float32([[1, 0], [0.25, 1]]), np.float32([2, 3]), np.float32([0, 0])).round(3).tolist()
    [2.0, 2.5]
    """
    scale = 1 / (wanted + LENIENT * present + NEGLIGIBLE * wanted.max() + 1e-12)
    known, aim = seen * scale[:, None], wanted * scale
    best, off = np.zeros(seen.shape[1]), float(aim @ aim)
    for count in range(1, len(wanted) + 1):
        for kinds_taken in itertools.combinations(range(seen.shape[1]), count):
            some = np.linalg.lstsq(known[:, kinds_taken], aim, rcond=None)[0]
            rest = aim - known[:, kinds_taken] @ some
            if some.min() >= 0 and rest @ rest < off - 1e-9:
                best, off = np.zeros(seen.shape[1]), float(rest @ rest)
                best[list(kinds_taken)] = some
    return np.asarray(best, np.float32)
