"""Films of people with strands of hair drawn onto them, before plain backgrounds: the alpha of every frame is known.

A photographed person, cut out, sways; some 160 strands grow out of their head and sway by themselves. The film has a camera's
noise and is compressed as files are.
"""

import io
from typing import NamedTuple

import av
import cv2
import numpy as np

from cleanplate.pixels.color import to_float, to_uint8
from cleanplate.stages import framing
from cleanplate.values import Cutout

SIDE, FINER = 720, 2  # pixels of a frame; how many times as large strands are drawn
STRANDS = 160
STEP = 2.0  # pixels from one point of a strand to the next
HEAD = 0.38  # of a person's height, from the top: where strands grow
NOISE = 2.0  # of 255, standard deviation
GLOSS = 0.15  # of the hair's color, standard deviation
CRF = 18  # of x264
BACKGROUNDS = {  # encoded colors at the top and at the bottom
    "sky": ((0.35, 0.60, 0.95), (0.80, 0.88, 0.95)),
    "green": ((0.20, 0.65, 0.25), (0.17, 0.55, 0.21)),
    "white": ((0.93, 0.93, 0.92), (0.84, 0.84, 0.83)),
    "black": ((0.03, 0.03, 0.035), (0.03, 0.03, 0.035)),
    "wall": ((0.60, 0.62, 0.66), (0.48, 0.50, 0.53)),
}


class Shown(NamedTuple):
    """A frame's person: alpha (height, width), and their colors times alpha (height, width, 3), both float32 in [0, 1]."""

    alpha: np.ndarray
    colors: np.ndarray

    def over(self, level: float) -> np.ndarray:
        """Before a plate of one gray."""
        return self.colors + (1 - self.alpha[..., None]) * np.float32(level)


class Strand(NamedTuple):
    """Where it begins, in which direction, by how much it turns from point to point, and how its tip sways."""

    root: np.ndarray
    angle: float
    points: int
    turn: float
    sway: float
    phase: float
    period: float
    width: int

    def line(self, at: int) -> np.ndarray:
        """Its points in a frame, in eighths of a fine pixel."""
        turn = self.turn + 2 * self.sway / self.points * np.sin(2 * np.pi * at / self.period + self.phase)
        angles = self.angle + turn * np.arange(self.points)
        steps = STEP * np.column_stack([np.cos(angles), np.sin(angles)])
        return np.round(8 * FINER * (self.root + np.cumsum(steps, 0))).astype(np.int32)


def standing(cutout: Cutout) -> Shown:
    """A person brought into the frame, with a crisp edge."""
    box = framing.extent(cutout.alpha, framing.SEEN)
    scale = min(0.86 * SIDE / box.height, 0.9 * SIDE / box.width)
    left, top = SIDE / 2 - scale * (box.left + box.width / 2), SIDE - scale * (box.top + box.height)
    place = np.array([[scale, 0, left], [0, scale, top]])
    colors = cv2.warpAffine(cutout.image.pixels, place, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    alpha = np.clip((cv2.warpAffine(cutout.alpha, place, (SIDE, SIDE)) - 0.5) * 1.6 + 0.5, 0, 1)
    return Shown(alpha, to_float(colors))


def grown(alpha: np.ndarray, rng: np.random.Generator) -> list[Strand]:
    """Strands out of a head's outline."""
    outlines, _ = cv2.findContours((alpha > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = max(outlines, key=len)[:, 0].astype(float)
    top = points[:, 1].min()
    height = HEAD * (SIDE - top)
    points = points[(points[:, 1] < top + height) & (points[:, 0] > 3) & (points[:, 0] < SIDE - 4)]
    middle, answer = np.array([np.median(points[:, 0]), top + 0.6 * height]), []
    for _ in range(STRANDS):
        root = points[rng.integers(len(points))]
        out = (root - middle) / np.linalg.norm(root - middle)
        angle, turn = np.arctan2(out[1], out[0]) + rng.normal(0, 0.5), rng.choice([-1, 1]) * rng.uniform(0.01, 0.08)
        moves = rng.uniform(0, 0.5), rng.uniform(0, 2 * np.pi), rng.uniform(8, 20)
        answer.append(Strand(root - 6 * out, angle, int(rng.integers(15, 45)), turn, *moves, int(rng.integers(1, 4))))
    return answer


def hair_color(person: Shown, rng: np.random.Generator) -> np.ndarray:
    """(height, width, 3): the middle color of the head's top, with gloss."""
    top = int(np.flatnonzero((person.alpha > 0.5).any(1))[0])
    area = np.s_[top + 2 : top + int(HEAD / 4 * (SIDE - top))]
    inner = cv2.erode((person.alpha[area] > 0.9).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    gloss = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)).astype(np.float32), (0, 0), 3)
    middle = np.median(person.colors[area][inner], 0) if inner.any() else np.float32([0.2, 0.15, 0.1])
    return np.clip(middle * (1 + GLOSS / gloss.std() * gloss[..., None]), 0, 1).astype(np.float32)


def with_hair(person: Shown, strands: list[Strand], color: np.ndarray, at: int) -> Shown:
    """A frame's person before strands of hair, swayed."""
    fine = np.zeros((FINER * SIDE, FINER * SIDE), np.uint8)
    for each in strands:
        cv2.polylines(fine, [each.line(at)], False, 255, each.width, cv2.LINE_AA, 3)
    behind = (1 - person.alpha) * to_float(cv2.resize(fine, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    colors = person.alpha[..., None] * person.colors + behind[..., None] * color
    turned = cv2.getRotationMatrix2D((SIDE / 2, SIDE), np.degrees(0.02 * np.sin(2 * np.pi * at / 40)), 1)
    turned[:, 2] += 6 * np.sin(2 * np.pi * at / 28), 2 * np.sin(2 * np.pi * at / 17)
    both = cv2.warpAffine(np.dstack([colors, person.alpha + behind]), turned, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return Shown(np.clip(both[..., 3], 0, 1), both[..., :3])


def film(cutout: Cutout, background: str, count: int, seed: int) -> tuple[list[np.ndarray], list[Shown]]:
    """Frames as a file gives them, (SIDE, SIDE, 3) uint8, and what is true of each."""
    rng = np.random.default_rng(seed)
    person = standing(cutout)
    strands, color = grown(person.alpha, rng), hair_color(person, rng)
    truth = [with_hair(person, strands, color, at) for at in range(count)]
    down = np.linspace(0, 1, SIDE, dtype=np.float32)[:, None, None]
    upper, lower = (np.float32(each) for each in BACKGROUNDS[background])
    plain = upper + (lower - upper) * down
    seen = (each.colors + (1 - each.alpha[..., None]) * plain for each in truth)
    frames = [to_uint8((each + rng.normal(0, NOISE / 255, each.shape)).clip(0, 1).astype(np.float32)) for each in seen]
    return compressed(frames), truth


def compressed(frames: list[np.ndarray]) -> list[np.ndarray]:
    """The same after x264."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": str(CRF), "preset": "veryfast"})
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], "yuv420p"
        for each in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(each, format="rgb24")))
        out.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as source:
        return [each.to_ndarray(format="rgb24") for each in source.decode(video=0)]
