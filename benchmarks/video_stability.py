"""How steady films come out: color drift and flicker of the person (S3, S4), their texture along the flow, the plate's pixels (S5).

    python benchmarks/video_stability.py CLIPS PLATES OUT [frames] [names of clips...]

CLIPS and PLATES are folders; without names those clips that the weights were not trained on. Each clip goes over a still plate and
over a moving one (a slow pan over a photo, made here). Beside ours: every frame by itself (the same networks, no memory), the first
frame's color change held for all (what the person's own motion and the contrast of that change leave), and Reinhard's transfer of
every frame by itself. Ours is run on RGB, as from arrays, and on frames in halved color (4:2:0), as from most files. All are
measured in the same pixels, where the alpha found for a frame by itself is sure. OUT gets a JSON file and a contact sheet, whole
frames and the head at full size, for each clip and plate.
"""

import json
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image as pillow

from cleanplate.compositor import NATURAL, WHOLE_STRENGTH, Compositor
from cleanplate.files.photos import read_image
from cleanplate.film import tracking
from cleanplate.film.composing import Composed, Take
from cleanplate.film.quality import FilmLook
from cleanplate.film.timing import Timed, counted
from cleanplate.pixels import over
from cleanplate.pixels.color import to_float, to_uint8
from cleanplate.pixels.resampling import resize
from cleanplate.plates import Plate
from cleanplate.stages import compositing, edge_colors, framing, harmonizing, matting
from cleanplate.stages.compositing import Layer
from cleanplate.training.experiments import measures
from cleanplate.training.experiments.stability import drift, flicker
from cleanplate.training.measure import video_metrics
from cleanplate.training.samples import transfer
from cleanplate.values import Image
from cleanplate.video import yuv420
from cleanplate.video.coding import BT709, LIMITED, Coding
from cleanplate.video.yuv420 import Coded

PAN = 1.15  # how much larger than the frame the photo of a moving plate is; it is crossed in the length of the clip
QUALITY = "balanced"
RATE = 25.0
SHOWN = 6  # frames on a contact sheet
HALVED = Coding(LIMITED, BT709, BT709, BT709)


def held_out(clips: Path) -> list[Path]:
    trained = json.loads((files("cleanplate.training") / "split.json").read_text())["train"]["videos"]
    names = {each.rsplit("-", 1)[0] for each in trained}
    return [each for each in sorted(clips.glob("*.mp4")) if each.stem not in names]


def read(path: Path, count: int) -> list[np.ndarray]:
    frames: list[np.ndarray] = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            frames.append(frame.to_ndarray(format="rgb24"))
            if len(frames) == count:
                break
    return frames


def pan(photo: Image, size: tuple[int, int], count: int) -> list[np.ndarray]:
    """A window that glides over a photo, by fractions of pixels."""
    large = framing.crop_to_fill(photo, (round(size[0] * PAN), round(size[1] * PAN))).pixels
    room = large.shape[0] - size[0], large.shape[1] - size[1]
    moves = [np.array([[1, 0, -room[1] * t], [0, 1, -room[0] * t]]) for t in np.linspace(0, 1, count)]
    return [cv2.warpAffine(large, move, size[::-1], flags=cv2.INTER_LINEAR) for move in moves]


def alone(pixels: np.ndarray) -> np.ndarray:
    """The alpha of a frame by itself, as films are matted but without memory."""
    small = tracking.glance(pixels)
    return matting.refine(matting.without_strays(matting.predict(small, min(small.shape[:2]))), pixels, snap=True)


def by_themselves(compositor: Compositor, frames, alphas, plates, hold: bool = False) -> Iterator[np.ndarray]:
    """The networks on every frame, as on a photo that lies on the plate as it is; with ``hold`` the first color change for all."""
    change = None
    for pixels, alpha, under in zip(frames, alphas, plates, strict=True):
        image, colors = under.copy(), edge_colors.full_size_colors(to_float(pixels), alpha)[0]
        layer = Layer(to_uint8(colors), alpha, framing.Box(0, 0, *alpha.shape))
        if change is None or not hold:
            known = Plate(Image(under)).windows(compositor.harmonizer)
            change = harmonizing.color_change(compositor.harmonizer, known, Image(under), layer)
        compositing.compose(image, layer, change)
        yield image


def reinhard(frames, alphas, plates) -> Iterator[np.ndarray]:
    """Reinhard's transfer from each frame's person to the complete plate's statistics."""
    for pixels, alpha, under in zip(frames, alphas, plates, strict=True):
        picture, behind = to_float(pixels), to_float(under)
        own = transfer.statistics(transfer.to_lab(picture), alpha)
        wanted = transfer.statistics(transfer.to_lab(behind), None)
        changed = np.clip(transfer.reinhard(picture, own, wanted), 0, 1)
        yield to_uint8(over.over(np.asarray(changed, np.float32), alpha, behind))


def own_alphas(compositor: Compositor, frames, plate, quality: str) -> list[np.ndarray]:
    """The alphas by which ours composes these frames."""
    take = compositor.take(FilmLook(NATURAL, WHOLE_STRENGTH, quality, frames[0].shape[:2], RATE, alone=True))
    return [each.item.alpha for each in taken(take, frames, plate)]


def taken(take: Take, frames, plate) -> Iterator[Timed[Composed]]:
    """Frames composed over a still plate, or over one of its own each."""
    people = take.filmed(counted(frames, RATE))
    return take.before_still(people, plate) if isinstance(plate, Plate) else take.before_moving(zip(people, plate, strict=True))


def in_halved_color(compositor: Compositor, frames, plate) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Frames composed as files have them, and their alphas with two pixels around, which share samples of color."""
    kept, size = [yuv420.encoded(each, HALVED) for each in frames], frames[0].shape[:2]
    take = compositor.take(FilmLook(NATURAL, WHOLE_STRENGTH, QUALITY, size, RATE))
    made = (each.item.pixels for each in taken(take, kept, plate))
    found, alphas = [(each if isinstance(each, Coded) else yuv420.encoded(each, HALVED)).rgb() for each in made], []
    for each in take.filmed(counted(kept, RATE)):
        alpha, person = np.zeros(size, np.float32), each.item
        if person is not None:
            alpha[person.box.slices] = resize(person.small.alpha, (person.box.height, person.box.width))
        alphas.append(cv2.dilate(alpha, np.ones((5, 5), np.uint8)))
    return found, alphas


def measured(result: list[np.ndarray], source, alphas, plates, flows, own=None) -> dict[str, float]:
    """S3, S4 of the person's mean color, warping error and TL (see ``video_metrics``) inside, S5 outside.

    Outside is wherever the alpha (``own``, where a method has its own) is 0 in every frame.
    """
    inside = [measures.interior(alpha) for alpha in alphas]
    signal = np.array([measures.look(to_float(each), area).mean for each, area in zip(result, inside, strict=True)])
    outside = np.max(alphas if own is None else own, 0) == 0
    changes = [np.abs(a.astype(int) - b)[outside] for a, b in zip(result, plates, strict=True)]
    area = np.stack([each.astype(np.float32) for each in inside])
    answers, photos = (np.stack([to_float(each) for each in some]) for some in (result, source))
    steps = [(video_metrics.warp(answers[t], flow) - answers[t + 1])[inside[t + 1]] for t, flow in enumerate(flows)]
    return {
        "s3": drift(signal),
        "s4": flicker(signal),
        "step": float(np.mean([255 * np.abs(each).mean() for each in steps if each.size])),
        "tl": video_metrics.temporal_loss(answers, photos, area, flows),
        "s5": float(max((each.max(initial=0) for each in changes), default=0)),
    }


def sheet(results: dict[str, list[np.ndarray]], alphas, path: Path) -> None:
    """Whole frames small, and the head at full size, one row each for every method."""
    count = len(alphas)
    chosen = [round(each) for each in np.linspace(0, count - 1, SHOWN)]
    person = framing.extent(alphas[0], framing.SEEN)
    side = min(260, *alphas[0].shape)
    left = int(np.clip(person.left + person.width // 2 - side // 2, 0, alphas[0].shape[1] - side))
    top = int(np.clip(person.top - side // 6, 0, alphas[0].shape[0] - side))
    rows = []
    for frames in results.values():
        small = [cv2.resize(frames[each], (side, round(side * frames[each].shape[0] / frames[each].shape[1]))) for each in chosen]
        rows += [np.hstack(small), np.hstack([frames[each][top : top + side, left : left + side] for each in chosen])]
    pillow.fromarray(np.vstack(rows)).save(path)


def summary(kind: str, clips: list[dict[str, dict[str, float]]]) -> None:
    """S3 over the source's and over Reinhard's, of all clips: median, largest, and how many stay within what is wanted."""
    for name in ("ours", "ours, halved color", "the first change held"):
        for other, wanted in (("source", 1.1), ("Reinhard, each frame", 0.5)):
            base = "source, halved color" if (other, name) == ("source", "ours, halved color") else other
            ratios = np.array([rows[name]["s3"] / rows[base]["s3"] for rows in clips])
            told = f"median {np.median(ratios):.2f}, largest {ratios.max():.2f}, {(ratios <= wanted).sum()} at most {wanted}"
            print(f"{kind:7} {name:22} S3 over that of {base:22} in {len(ratios)} clips: {told}")


def main(clips: str, plates: str, out: str, count: str = "60", *names: str) -> None:
    folder, table, compositor = Path(out), {}, Compositor()
    folder.mkdir(parents=True, exist_ok=True)
    photos = sorted(each for each in Path(plates).iterdir() if each.suffix == ".jpg")
    chosen = [Path(clips) / f"{each}.mp4" for each in names] or held_out(Path(clips))
    for number, clip in enumerate(chosen):
        frames = read(clip, int(count))
        alphas = [alone(each) for each in frames]
        flows = video_metrics.dense_flow(np.stack([to_float(each) for each in frames]))
        size = frames[0].shape[:2]
        photo = read_image(photos[(7 * number + 3) % len(photos)])
        still = framing.crop_to_fill(photo, size)
        sources = {"source": frames, "source, halved color": [yuv420.encoded(each, HALVED).rgb() for each in frames]}
        for kind, under in (("still", [still.pixels] * len(frames)), ("moving", pan(photo, size, len(frames)))):
            plate = Plate(still) if kind == "still" else under
            results = {
                "ours": list(compositor.compose_frames(frames, plate, quality=QUALITY)),
                "each frame by itself": list(by_themselves(compositor, frames, alphas, under)),
                "the first change held": list(by_themselves(compositor, frames, alphas, under, hold=True)),
                "Reinhard, each frame": list(reinhard(frames, alphas, under)),
            }
            results["ours, halved color"], around = in_halved_color(compositor, frames, plate)
            own = {"ours": own_alphas(compositor, frames, plate, QUALITY), "ours, halved color": around}
            as_kept = [yuv420.encoded(each, HALVED).rgb() for each in under]
            rows = {
                name: measured(each, frames, alphas, as_kept if "halved" in name else under, flows, own.get(name))
                for name, each in (results | sources).items()
            }
            for name in sources:
                rows[name].pop("s5")
            table[f"{clip.stem}, {kind}"] = rows
            sheet(results, alphas, folder / f"{clip.stem}-{kind}.png")
            for name, row in rows.items():
                print(f"{clip.stem:28} {kind:7} {name:22}", *(f"{key} {value:9.4f}" for key, value in row.items()), flush=True)
    (folder / "stability.json").write_text(json.dumps(table, indent=1) + "\n")
    for kind in ("still", "moving"):
        summary(kind, [rows for name, rows in table.items() if name.endswith(kind)])


if __name__ == "__main__":
    main(*sys.argv[1:])
