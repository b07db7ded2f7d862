"""What along the soft edge became faster: the plain way (benchmarks/plain.py) over the present one, in turns.

    python -m benchmarks.edge [--repeats 5] [--cpu] [--megapixels 2 12]
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import pictures, plain
from benchmarks.timing import Clock, Row, Rows, deliver, ratios, summary, timed, turns
from cleanplate import Compositor, Cutout, Image, Placement, Plate, Settings
from cleanplate.models.blender import Blender
from cleanplate.pixels.color import FloatArray, to_float
from cleanplate.pixels.resampling import limited_size, reduce
from cleanplate.stages import blending, edge_colors, matting, tiling

CORES = (64, 128, 192, 256, 384, 1024)


def against(way: Callable[[], object], present: Callable[[], object], repeats: int, clock: Clock) -> Row:
    """One row: the plain way over the present one."""
    found = turns({"plain": timed(way, clock), "present": timed(present, clock)}, repeats)
    return summary(ratios(found, "plain", "present"), "x as fast")


def small(person: Image, alpha: FloatArray, side: int) -> tuple[FloatArray, FloatArray]:
    """Picture and alpha at a long side."""
    size = limited_size(person.size, side)
    return to_float(reduce(person.pixels, size)), np.clip(reduce(alpha, size), 0, 1)


def estimating(album: pictures.Album, repeats: int, clock: Clock) -> Row:
    """The colors under the edge at their limited size."""
    given = small(album.person(pictures.portrait(2)), album.alpha(pictures.portrait(2)), edge_colors.COLORS_SIDE)
    return against(partial(plain.estimate_colors, *given), partial(edge_colors.estimate_planes, *given), repeats, clock)


def at_size(album: pictures.Album, megapixels: float, repeats: int, clock: Clock) -> Rows:
    """Refining a matte of 512 pixels, and blending."""
    person, alpha = album.person(pictures.portrait(megapixels)), album.alpha(pictures.portrait(megapixels))
    matte, float32, eight = small(person, alpha, 672)[1], Blender("blend-open"), Blender()

    def refine() -> object:
        return matting.snapped(plain.refine(matte, to_float(person.pixels)))

    def blend() -> object:
        return plain.blend(float32, to_float(person.pixels), alpha)

    return {
        f"refine, {megapixels:g} MP": against(refine, partial(matting.refine, matte, person.pixels, snap=True), repeats, clock),
        f"blend, {megapixels:g} MP": against(blend, partial(blending.clean, eight, Cutout(person, alpha)), repeats, clock),
    }


def networks_alone(album: pictures.Album, repeats: int, clock: Clock) -> Rows:
    """The network on what it looks at in a large photo: tile sizes, and 8 bits against float32."""
    person, alpha = album.person(pictures.portrait(2)), album.alpha(pictures.portrait(2))
    picture, cover = small(person, alpha, blending.SIDE)
    given, band = {"source": picture, "alpha": cover, **edge_colors.edge_colors(picture, cover)}, tiling.soft_band(cover)
    eight, float32 = Blender(), Blender("blend-open")
    samplers = {f"{core}": timed(partial(tiling.in_tiles, eight, given, band, core), clock) for core in CORES}
    samplers["float32"] = timed(partial(tiling.in_tiles, float32, given, band), clock)
    found = turns(samplers, repeats)
    rows = {f"tiles of {core}": summary(ratios(found, f"{core}", f"{tiling.CORE}"), f"x tiles of {tiling.CORE}") for core in CORES}
    return rows | {"network in float32": summary(ratios(found, "float32", f"{tiling.CORE}"), "x in 8 bits")}


def previews(album: pictures.Album, repeats: int, clock: Clock) -> Rows:
    """Compose on a 720-pixel plate, of a 12-megapixel cutout cleaned and shrunk once."""
    size, compositor = pictures.portrait(12), Compositor()
    cutout, image = compositor.clean(Cutout(album.person(size), album.alpha(size))), album.plate((720, 1280))
    quick, known = cutout.shrunk(1280), Plate(image)
    samplers = {
        "other plate": timed(lambda: compositor.compose(quick, Plate(image)), clock),
        "plate known": timed(lambda: compositor.compose(quick, known, Placement(x=0.4), Settings(0.7)), clock),
        "not shrunk": timed(lambda: compositor.compose(cutout, known), clock),
    }
    found = turns(samplers, repeats)
    return {f"preview, {name}": summary([1000 * each for each in took], "ms", 60) for name, took in found.items()}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--cpu", action="store_true", help="count processor seconds, not the wall's: on a busy machine")
    parser.add_argument("--megapixels", nargs="+", type=float, default=[2.0, 12.0])
    given = parser.parse_args(arguments)
    album, clock = pictures.Album(Path()), time.process_time if given.cpu else time.perf_counter
    rows = {"estimate, 640 pixels": estimating(album, given.repeats, clock)}
    for megapixels in given.megapixels:
        rows |= at_size(album, megapixels, given.repeats, clock)
    deliver(rows | networks_alone(album, given.repeats, clock) | previews(album, given.repeats, clock), None)


if __name__ == "__main__":
    main()
