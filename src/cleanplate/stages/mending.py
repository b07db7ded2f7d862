"""What the matting network lost of a person is given back, and what it added is taken away, where a second, coarse one is sure.

The matting network now and then loses half a face, a dark shoulder or a white shirt before a wall. The second one (mediapipe's
selfie segmentation) knows nothing of hair, but seldom loses a part. So it is asked only about what lies deep inside its outline,
and each region there that the first one left out is given back whole or not at all: real holes, seen by the first and too small
for the second, have to stay.

Now and then both lose the same hat or coat, which the first one sees in a picture of half the size, where it looks further around.
What it sees there and did not at first is given back by the region too.

More often it adds something: a headrest, the back of a chair, a neighbor's shoulder, leaves beside hair. That is taken away by
the region too, well outside the second one's outline, and only of somebody seen from near: of whole bodies the second network
leaves out bags, hands and feet. What the first one does not see in the smaller picture either need not look like a thing for that.
"""

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.models import graphs
from cleanplate.pixels.color import FloatArray, Pixels, as_float
from cleanplate.pixels.resampling import reduce, resize
from cleanplate.settings import Keep
from cleanplate.stages import parts
from cleanplate.stages.evidence import Extra, Region

SIDE = 256  # pixels of the second network's view, whatever the photo's proportions
SURE = 0.9  # its answer, of a picture and of its mirror image, from which it is sure
DEPTH = 3  # pixels inside its outline from where it is believed: outside that, edge and hair are the first network's alone
LOST = 0.8  # alpha below which something may be missing
LEAST_MISSED = 0.0007  # share of the person below which a region that is seen only in a smaller picture is not looked at
LEAST_LOST = 0.0001  # share of the person below which a region is not looked at
FADE = 2.0  # pixels over which a region that is given back becomes whole
AROUND = 3  # pixels around a region in which its surroundings are judged
PERSON, PLACE = (0.95, 0.02), 0.1  # alphas beyond which the first network's colors count; and below which the second's
RATHER = 0.6  # mean of both answers beyond which what is given back does not reach
OUTSIDE = 0.5  # both answers below which it sees nobody
LEFT = 0.1  # alpha above which something may have been added
LEAST_ADDED = 0.002  # share of the person below which an added region is not looked at
NEAR = 0.3  # share of the picture from which a person is seen from near
TONES = 16  # levels of each channel by which colors are compared
HEAD = 0.3  # share of the outline's height which is the head, and of it that a column of the head has to fill

Mask = npt.NDArray[np.bool_]


def mended(
    alpha: FloatArray, picture: FloatArray | Pixels, device: str = "auto", keep: Keep = "main", again: FloatArray | None = None
) -> FloatArray:
    """The matting network's alpha with what it lost given back and what it added taken away; the same array where that is nothing.

    Args:
        alpha: (rows, columns) float32 in [0, 1], small.
        picture: (height, width, 3) integers, or float32 in [0, 1]; sRGB-encoded.
        keep: nothing is taken away where ``all`` is asked for.
        again: the matting network's alpha of the same photo made smaller, of any size.

    Returns:
        (rows, columns) float32 in [0, 1].
    """
    small = as_float(reduce(picture, (SIDE, SIDE)))
    both, seen = np.clip(resize(alpha, (SIDE, SIDE)), 0, 1), looks(small, device)
    afar = None if again is None else np.clip(resize(again, (SIDE, SIDE)), 0, 1)
    taken = None if keep == "all" else added(parts.kept(both), np.minimum(*seen), np.maximum(*seen), small, afar)
    given = lost(both, *seen, small)
    if given is not None:
        alpha, both = np.maximum(alpha, np.clip(resize(given, alpha.shape), 0, 1)), np.maximum(both, given)
    given = None if afar is None else missed(both, afar, *seen, small)
    if given is not None:
        alpha = np.maximum(alpha, np.clip(resize(given, alpha.shape), 0, 1))
    return alpha if taken is None else alpha * (1 - np.clip(resize(taken, alpha.shape), 0, 1))


def looks(small: FloatArray, device: str = "auto") -> tuple[FloatArray, FloatArray]:
    """Where the second network sees a person in a picture of its own size, and where in its mirror image: (SIDE, SIDE) in [0, 1].

    What it makes up beside a person differs between both; what it sees of them does not. So what was lost is judged by the lower
    answer, and what was added by the higher.
    """
    both = np.stack([small, small[:, ::-1]]).transpose(0, 3, 1, 2)
    plain, mirrored = graphs.graph("selfie", device).run(input=both)["output"][:, 0]
    return plain, mirrored[:, ::-1]


def lost(alpha: FloatArray, plain: FloatArray, mirrored: FloatArray, small: FloatArray) -> FloatArray | None:
    """The alpha of what is given back, of the arrays' size; None where nothing is.

    Args:
        alpha: the matting network's, (rows, columns) in [0, 1].
        plain, mirrored: the second network's answers, of the same size.
        small: the picture, (rows, columns, 3).
    """
    seen = np.minimum(plain, mirrored)
    depth = inside(seen)
    missing = (depth > DEPTH) & (alpha < LOST)
    person = max(1, int(np.count_nonzero((alpha > 0.5) | (depth > DEPTH))))
    count, labels, found, _ = cv2.connectedComponentsWithStats(missing.view(np.uint8), connectivity=4)
    large = [at for at in range(1, count) if found[at, cv2.CC_STAT_AREA] >= LEAST_LOST * person]
    if not large:
        return None
    own = likeness(small, (alpha > PERSON[0]) & (depth > 0), (alpha < PERSON[1]) & (seen < PLACE))
    taken = [at for at in large if region(labels == at, alpha, depth, own, person).lost]
    if not taken:
        return None
    return whole(np.isin(labels, taken), (np.maximum(plain, mirrored) > SURE) & (plain + mirrored > 2 * RATHER), alpha)


def whole(core: Mask, seen: Mask, alpha: FloatArray) -> FloatArray:
    """The alpha of what is given back around its ``core``: as far as one of the second network's answers is sure.

    A hat of which the other answer is not sure would otherwise come back with a ragged edge.
    """
    depth = distance(seen)
    _, labels = cv2.connectedComponents(((depth > 0) & (alpha < LOST)).view(np.uint8), connectivity=4)
    reached = np.isin(labels, np.setdiff1d(labels[core], 0))
    return np.asarray(about(reached) * np.clip((depth - 1) / FADE, 0, 1), np.float32)


def about(where: Mask) -> npt.NDArray[np.uint8]:
    """1 in an area and as far around it as was left out when it was looked for, else 0."""
    return np.asarray(cv2.dilate(where.view(np.uint8), np.ones((2 * DEPTH + 1,) * 2, np.uint8)))


def missed(
    alpha: FloatArray, again: FloatArray, plain: FloatArray, mirrored: FloatArray, small: FloatArray
) -> FloatArray | None:
    """The alpha of what the matting network sees in a smaller picture alone and is given back; None where nothing is.

    Args:
        alpha, again: the matting network's, so far and of the smaller picture, (rows, columns) in [0, 1].
        plain, mirrored: the second network's answers, of the same size.
        small: the picture, (rows, columns, 3).
    """
    depth, person = distance(again > 0.5), max(1, int(np.count_nonzero(alpha > 0.5)))
    count, labels, found, _ = cv2.connectedComponentsWithStats(((depth > DEPTH) & (alpha < LOST)).view(np.uint8), connectivity=4)
    large = [at for at in range(1, count) if found[at, cv2.CC_STAT_AREA] >= LEAST_MISSED * person]
    if not large:
        return None
    place = (alpha < PERSON[1]) & (np.maximum(again, np.minimum(plain, mirrored)) < PLACE)
    own, seen = likeness(small, (alpha > PERSON[0]) & (again > SURE), place), (plain + mirrored) / 2
    regions = ((at, labels == at) for at in large)
    taken = [at for at, where in regions if region(where, alpha, depth, own, person).missed(float(seen[where].mean()))]
    return np.asarray(about(np.isin(labels, taken)) * again, np.float32) if taken else None


def added(
    alpha: FloatArray, least: FloatArray, most: FloatArray, small: FloatArray, again: FloatArray | None = None
) -> FloatArray | None:
    """What is taken away, 0 to 1, of the arrays' size; None where nothing is.

    Args:
        alpha: the matting network's, (rows, columns) in [0, 1].
        least, most: the lower and the higher of the second network's answers, of the same size.
        small: the picture, (rows, columns, 3).
        again: the matting network's alpha of a smaller picture, of the same size.
    """
    person, beyond = int(np.count_nonzero(alpha > 0.5)), distance(most < OUTSIDE)
    extra = (beyond > DEPTH) & (alpha > LEFT)
    count, labels, found, _ = cv2.connectedComponentsWithStats(extra.view(np.uint8), connectivity=4)
    large = [at for at in range(1, count) if found[at, cv2.CC_STAT_AREA] >= LEAST_ADDED * person]
    if person < NEAR * alpha.size or not large:
        return None
    own = likeness(small, (alpha > PERSON[0]) & (least > SURE), (alpha < PERSON[1]) & (most < PLACE))
    core, columns = (alpha > 0.5) & (most > OUTSIDE), head(most > OUTSIDE)
    regions = ((at, labels == at, surplus(labels == at, alpha, beyond, own, core, columns)) for at in large)
    taken = [at for at, where, each in regions if each.added or (again is not None and each.unseen(float(again[where].mean())))]
    if not taken:
        return None
    return np.asarray(about(np.isin(labels, taken)) * np.clip(beyond / DEPTH, 0, 1), np.float32)


def surplus(where: Mask, alpha: FloatArray, beyond: FloatArray, own: FloatArray, core: Mask, columns: Mask) -> Extra:
    """What is known of a region beside the person whom both networks see in the core, and whose head is in these columns."""
    ring = np.asarray(cv2.dilate(where.view(np.uint8), disk(DEPTH + 2)) > where)
    neck = float(core[ring].mean()) if ring.any() else 1.0
    solid, over = float(np.mean(alpha[where] > 0.9)), float(np.asarray(where.any(0))[columns].mean()) if columns.any() else 0.0
    reach, thick = float(beyond[where].max()), float(distance(where).max())
    return Extra(float(own[where].mean()), reach, thick, neck, solid, bool(where[-1].any()), over)


def head(person: Mask) -> Mask:
    """The columns of a person's upper end."""
    rows = np.flatnonzero(person.any(1))
    if not len(rows):
        return np.zeros(person.shape[1], np.bool_)
    height = max(8, int(HEAD * (rows[-1] - rows[0])))
    return np.asarray(person[rows[0] : rows[0] + height].mean(0) > HEAD)


def inside(seen: FloatArray) -> FloatArray:
    """How deep inside its outline the second network's person lies, in pixels; the picture's border is no outline."""
    return distance(seen > SURE)


def distance(where: Mask) -> FloatArray:
    """How far each pixel of an area lies from the area's outline, in pixels; the picture's border is none."""
    around = max(where.shape) // 4
    wide = np.pad(where.view(np.uint8), around, mode="edge")
    return np.asarray(cv2.distanceTransform(wide, cv2.DIST_L2, 5)[around:-around, around:-around], np.float32)


def region(where: Mask, alpha: FloatArray, depth: FloatArray, own: FloatArray, person: int) -> Region:
    """What is known of a region of somebody who has so many pixels."""
    grown = [cv2.dilate(where.view(np.uint8), disk(reach)) for reach in (1, AROUND)]
    ring = grown[1] > grown[0]
    solid = float(np.mean(alpha[ring] > 0.9)) if ring.any() else 1.0
    share = np.count_nonzero(where) / person
    return Region(float(alpha[where].mean()), solid, float(depth[where].max()), float(own[where].mean()), share)


def disk(radius: int) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2), np.uint8)


def likeness(small: FloatArray, person: Mask, place: Mask) -> FloatArray:
    """How much each pixel's color is the person's: 0 as only their place has it, or neither has, to 1 as only they have it."""
    red, green, blue = np.moveaxis(np.clip(small * TONES, 0, TONES - 1).astype(np.intp), -1, 0)
    ours, theirs = (often(red[which], green[which], blue[which])[red, green, blue] for which in (person, place))
    return np.asarray(ours / (ours + theirs + 1e-6), np.float32)


def often(*channels: npt.NDArray[np.intp]) -> FloatArray:
    """How often each color occurs: (TONES, TONES, TONES), smoothed over neighboring tones, in sum about 1."""
    counts = np.bincount(np.ravel_multi_index(channels, (TONES,) * 3), minlength=TONES**3).reshape((TONES,) * 3)
    table: FloatArray = np.pad(counts.astype(np.float32), 1)
    for axis in range(3):
        before, after = np.roll(table, 1, axis), np.roll(table, -1, axis)
        table = (before + 2 * table + after) / np.float32(4)
    return np.asarray(table[1:-1, 1:-1, 1:-1] / max(1, channels[0].size), np.float32)
