"""Others' ways to the same ends, from packages, in turns with ours on the same pictures: how many times our time they take.

    python -m benchmarks.peers [--rows color edges cutout] [--repeats 3] [--quick] [--cpu] [--json FILE]

`make bench-peers` installs the peers (extra `bench`) and runs all rows; a peer that is not installed is told and left out. How good
the answers are is not measured here: `cleanplate evaluate` does that.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from PIL import Image as pillow

from benchmarks import pictures, timing, yardsticks
from benchmarks.bench import Bench, Maker, commands, opened, run
from benchmarks.timing import Rows, ratios, summary, turns
from cleanplate import Cutout, Plate, Settings
from cleanplate.errors import MissingExtra
from cleanplate.models import graphs
from cleanplate.stages import matting

REPEATS = 3  # closed-form matting takes a minute for each
MATTING = 0.4  # megapixels of the closed-form rows; its memory and time forbid more
UNKNOWN = (0.02, 0.98)  # alphas between which the trimap leaves the closed form to answer


def compared(bench: Bench, ours: Callable[[], object], peers: Mapping[str, Callable[[], object]], unit: str) -> Rows:
    """The rows of peers as multiples of our own time; what a peer compiles is compiled in the round that does not count."""
    samplers = {name: bench.timed(job) for name, job in {"ours": ours, **peers}.items()}
    found = turns(samplers, bench.repeats)
    return {name: summary(ratios(found, name, "ours"), unit) for name in peers}


def color(bench: Bench) -> Rows:
    """Color matched in memory at 1920 x 1080: our network against the classical transfers."""
    composite, alpha = bench.album.pasted(bench.frame(pictures.HD))
    mask = yardsticks.hard(alpha)
    compositor = bench.compositor()
    peers: dict[str, Callable[[], object]] = {
        "Reinhard by OpenCV": lambda: yardsticks.reinhard(composite.pixels, mask),
        "MKL by OpenCV": lambda: yardsticks.linear_transport(composite.pixels, mask),
    }
    try:
        from color_matcher import ColorMatcher
    except ModuleNotFoundError:
        timing.say(f"peers: color-matcher skipped: {MissingExtra('color-matcher', 'bench')}")
    else:
        person, plate = (getattr(bench.album, each)(composite.size).pixels for each in ("person", "plate"))
        person = np.maximum(person, 1)  # it takes the logarithm of black; and it knows no mask, so it is given a whole photo
        for name in ("reinhard", "mkl"):
            title = f"{name.upper() if name == 'mkl' else 'Reinhard'} by color-matcher"
            peers[title] = partial(ColorMatcher().transfer, src=person, ref=plate, method=name)
    return compared(bench, lambda: compositor.harmonize(composite, alpha), peers, "x our harmonize at 1080p")


def edges(bench: Bench) -> Rows:
    """A matte's edge corrected, then composed: the closed form at a size that it can do, colors alone at 12 megapixels too."""
    try:
        import pymatting
    except ModuleNotFoundError:
        timing.say(f"peers: pymatting skipped: {MissingExtra('pymatting', 'bench')}")
        return {}

    def composed(picture: np.ndarray, plate: np.ndarray, alpha: np.ndarray) -> np.ndarray:
        front = pymatting.estimate_foreground_ml(picture, alpha)
        return np.asarray(pymatting.blend(front, plate, alpha))

    def closed(picture: np.ndarray, plate: np.ndarray, alpha: np.ndarray) -> np.ndarray:
        trimap = np.where(alpha <= UNKNOWN[0], 0, np.where(alpha >= UNKNOWN[1], 1, 0.5))
        return composed(picture, plate, pymatting.estimate_alpha_cf(picture, trimap))

    rows: Rows = {}
    ways = {"closed form + multi-level foreground": closed, "multi-level foreground": composed}
    for megapixels, names in ((MATTING, list(ways)), (12, ["multi-level foreground"])):
        size = bench.size(megapixels)
        person, plate, alpha = bench.album.person(size), bench.album.plate(size), bench.album.alpha(size)
        values = person.pixels / 255, plate.pixels / 255, alpha.astype(np.float64)
        ours = partial(bench.compositor().compose, Cutout(person, alpha), Plate(plate), settings=Settings(harmonize=False))
        peers = {f"{name} by pymatting, {megapixels:g} MP": partial(ways[name], *values) for name in names}
        rows |= compared(bench, ours, peers, "x our blend")
    return rows


def cutout(bench: Bench) -> Rows:
    """A cutout of a 12-megapixel photo in memory, by the same network: our way around it against rembg's."""
    person, compositor = bench.album.person(bench.size(12)), bench.compositor()
    picture = pillow.fromarray(person.pixels)
    peers = {"cutout as rembg makes it": lambda: rembg_cutout(picture)}
    return compared(bench, lambda: compositor.cutout(person), peers, "x our cutout")


def rembg_cutout(picture: pillow.Image) -> pillow.Image:
    """What rembg 2.0.86 does before and after its network (MIT license; ``sessions/base.py``, ``sessions/u2net.py``, ``bg.py``).

    Shrunk with Lanczos's filter, scaled by its brightest value, the network's answer stretched to its own ends, made 8-bit,
    enlarged and used as the alpha of the picture. Written out here because rembg fetches its networks from elsewhere and takes none
    in memory; MODNet stands in for them, at the size at which we run it, so that both spend the same in the network.
    """
    scale = matting.PHOTO_SIDE / min(picture.size)
    width, height = (max(matting.STRIDE, round(side * scale / matting.STRIDE) * matting.STRIDE) for side in picture.size)
    values = np.array(picture.convert("RGB").resize((width, height), pillow.Resampling.LANCZOS))
    values = (values / max(np.max(values), 1e-6) - 0.5) / 0.5
    batch = np.expand_dims(values.transpose(2, 0, 1), 0).astype(np.float32)
    answer = np.squeeze(graphs.graph("modnet", "cpu").run(input=batch)["output"][:, 0])
    answer = (answer - answer.min()) / (answer.max() - answer.min())
    mask = pillow.fromarray((answer.clip(0, 1) * 255).astype("uint8")).resize(picture.size, pillow.Resampling.LANCZOS)
    return pillow.composite(picture, pillow.new("RGBA", picture.size, 0), mask)


ROWS: dict[str, Maker] = {"color": color, "edges": edges, "cutout": cutout}


def main(arguments: list[str] | None = None) -> None:
    given = commands(__doc__, ROWS, REPEATS).parse_args(arguments)
    with opened(given, "cpu") as bench:
        rows = run(bench, {name: ROWS[name] for name in given.rows})
    timing.deliver(rows, given.json)


if __name__ == "__main__":
    main()
