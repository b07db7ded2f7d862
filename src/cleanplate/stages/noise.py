"""A picture's noise, by level of brightness: how strong it is, how coarse, and how much of it is color; in the picture's encoding.

It is looked at in blocks, of which only the flattest count. What varies from pixel to pixel there is noise or a fine texture: noise
is alike in all of them and looks like a bell curve, a texture does not.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray, Pixels
from cleanplate.stages.noise_blocks import BASIS, BLOCK, NOTHING, OCTAVES, Blocks, in_blocks, looked_at
from cleanplate.values import Box

MOST = 2048  # blocks that are looked at, spread evenly
LEVELS = 8  # of brightness, even steps from black to white
FLATTEST = 0.15  # of a level's blocks that count
LOWER = 0.3  # the quantile of these that is taken: pure noise lies close together, noise over a texture does not
FEWEST, FEWEST_SURE = 6, 30  # blocks of a level that say something: of a person, who is small, and of a plate
STEADY = 1.5  # times the power of noise changes at most from a level to the next; a texture's changes more
ALIKE = 0.3, 0.5  # deviation of the log of a level's powers: noise up to the first, a texture from the second on
BELL = 3.2, 3.6  # kurtosis of what is seen in the second octave, 3 for a bell curve; as ALIKE
STRONGEST = 18 / 255  # a deviation of the first row of BASIS that no camera's noise has: what is stronger is a texture
SOLID = 0.99  # alpha from which on nothing of the old background is in a block
CALMED = np.array([[1.08, 1.25, 2.4], [1.07, 1.2, 1.4], [1.07, 1.2, 1.4]], np.float32)  # white noise's power over what is taken
COARSE = 1.3, 2.4  # times the second octave's deviation is the third's at most, of noise as cameras have it, of noise enlarged

Means = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Noise:
    """What noise a picture has.

    Args:
        power: (LEVELS, 3, OCTAVES) float32, of each level of brightness, each row of BASIS and each octave the ``roughness``, in
            shares of white squared. White noise of deviation s in each channel has s^2, s^2 / 4, s^2 / 16.
        seen: (LEVELS,), how many blocks of the level there are.
    """

    power: FloatArray
    seen: npt.NDArray[np.intp]

    @property
    def deviation(self) -> float:
        """That of brightness from pixel to pixel, in the levels that are seen, in shares of white."""
        return float(np.sqrt(self.power[:, 0, 0] @ self.seen / (3 * max(1, self.seen.sum()))))

    @property
    def deviations(self) -> FloatArray:
        """Those of white noise with such powers, (LEVELS, 3, OCTAVES), in shares of white."""
        return np.asarray(np.sqrt(self.power * np.float32(4) ** np.arange(OCTAVES)), np.float32)


def of_plate(pixels: Pixels, person: tuple[FloatArray, Box] | None = None) -> Noise | None:
    """The noise of a plate, as far as it surely is noise; None where no part of it tells.

    Args:
        pixels: (height, width, 3) integers.
        person: alpha and box of somebody in it, who is not looked at.
    """
    grid, free = in_blocks(pixels), in_blocks(np.ones(pixels.shape[:2], np.bool_))[:, :, 0, 0].copy()
    if person is not None:
        alpha, box = person
        rows, columns = np.nonzero(alpha)
        down, across = (rows + box.top) // BLOCK, (columns + box.left) // BLOCK
        inside = (down < free.shape[0]) & (across < free.shape[1])
        free[down[inside], across[inside]] = False
    step = max(1, int(np.ceil((free.size / MOST) ** 0.5)))
    chosen = slice(step // 2, None, step), slice(step // 2, None, step)
    blocks = grid[chosen][free[chosen]]
    return summary(looked_at(blocks), FEWEST_SURE, sure=True) if len(blocks) >= FEWEST_SURE else None


def of_person(foreground: Pixels | FloatArray, alpha: FloatArray, change: Means | None = None) -> Noise | None:
    """The noise of a person after a color change; None where too little of them is solid. Their texture may count as noise.

    Args:
        foreground: (height, width, 3) integers, or float32 from 0 to 1.
        alpha: (height, width) float32.
        change: what becomes of the blocks' mean colors, (rows, columns, 3) float32, the foreground BLOCK times as small.
    """
    grid = in_blocks(foreground)
    rows, columns = grid.shape[:2]
    lowest = alpha[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, -1).min(1)  # along whole rows first, which is quick
    solid = np.argwhere(lowest.reshape(rows, columns, BLOCK).min(2) >= SOLID)
    if len(solid) < FEWEST:
        return None
    chosen = tuple(solid[:: -(-len(solid) // MOST)].T)
    blocks = looked_at(grid[chosen])
    if change is not None:
        blocks = changed_noise(blocks, change, chosen, grid.shape[:2])
    return summary(blocks, FEWEST)


SMALL = np.float32(1 / 64)  # a step of color by which a change's slope is found


def changed_noise(blocks: Blocks, change: Means, chosen: tuple[npt.NDArray[np.intp], ...], size: tuple[int, int]) -> Blocks:
    """What a color change makes of blocks: noise is small, so that the change acts on it by its slope at the mean color.

    Args:
        chosen: rows and columns of the blocks in a grid of that size.
    """

    def at(colors: FloatArray) -> FloatArray:
        grid = np.zeros((*size, 3), np.float32)
        grid[chosen] = colors
        return change(grid)[chosen]

    mean = at(blocks.mean)
    steps = [(at(blocks.mean + SMALL * axis) - at(blocks.mean - SMALL * axis)) @ BASIS.T for axis in BASIS]
    slopes = np.stack(steps, 1) / (2 * SMALL)  # (n, from, to)
    power = np.einsum("npo,npq->nqo", blocks.power, slopes * slopes)
    whole = blocks.whole & (mean.min(1) > 0) & (mean.max(1) < 1)
    return Blocks(np.clip(mean, 0, 1), np.asarray(power, np.float32), blocks.uneven, blocks.kurtosis, whole)


def summary(blocks: Blocks, fewest: int, *, sure: bool = False) -> Noise | None:
    """The noise of a picture by its blocks; None where no level has as many as ``fewest``.

    From a level to the next noise changes little, and texture only adds to it: so the lowest count. Levels of which too little is
    seen take after those beside them, but have less of it. Color has no more noise than brightness.

    Args:
        sure: only what surely is noise counts.
    """
    level = np.minimum((blocks.mean.mean(1) * LEVELS).astype(int), LEVELS - 1)
    power, trust = np.zeros((LEVELS, 3, OCTAVES), np.float32), np.zeros(LEVELS, np.float32)
    seen = np.bincount(level[blocks.whole], minlength=LEVELS)
    told = np.flatnonzero(seen >= fewest)
    if not len(told):
        return None
    for each in told:
        mine = np.flatnonzero(blocks.whole & (level == each))
        flat = mine[np.argsort(blocks.uneven[mine], kind="stable")[: max(fewest // 2, round(FLATTEST * len(mine)))]]
        power[each] = np.quantile(blocks.power[flat], LOWER, 0) * CALMED
        trust[each] = likely(blocks, flat) if sure else 1
    least = power[told] * np.float32(STEADY) ** np.abs(told[:, None] - told)[:, :, None, None]  # (level, by which, ...)
    by = least[:, :, 0, 1].argmin(1)
    lowest = least.min(1) * trust[told][by][:, None, None]
    growing = np.sqrt(4 * lowest[..., 1] / np.maximum(lowest[..., 0], NOTHING))  # from the first octave's deviation to the second's
    lowest[..., 2] = np.minimum(lowest[..., 2], np.clip(growing / 2, *COARSE) ** 2 / 4 * lowest[..., 1])
    lowest[:, 1:] = np.minimum(lowest[:, 1:], lowest[:, :1])
    at = np.arange(LEVELS)
    between = [np.interp(at, told, column) for column in lowest.reshape(len(told), -1).T]
    apart = np.abs(at[:, None] - told).min(1)[:, None, None]
    return Noise((np.stack(between, 1).reshape(power.shape) / STEADY**apart).astype(np.float32), seen)


def likely(blocks: Blocks, flat: npt.NDArray[np.intp]) -> float:
    """From 0, a texture, to 1, noise: how alike the flattest blocks of a level are, and how much what is seen is a bell curve."""
    power = blocks.power[flat, 0]
    spread = float(np.log(power[:, :2] + NOTHING).std(0).mean())
    strong = float(np.median(power[:, 1])) * 4 > STRONGEST**2
    return 0.0 if strong else falling(spread, *ALIKE) * falling(float(blocks.kurtosis[flat].mean()), *BELL)


def falling(value: float, one: float, zero: float) -> float:
    """1 up to ``one``, 0 from ``zero`` on, straight between.

    >>> falling(3.0, 2, 4)
    0.5
    """
    return min(1.0, max(0.0, (zero - value) / (zero - one)))
