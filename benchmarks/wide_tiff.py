"""What composing on a large plate of 16 bits in Display P3 costs over the plain reading and writing of that plate by tifffile.

    python -m benchmarks.wide_tiff [--megapixels 24] [--pairs 5]

The person is the example portrait as a cutout file, so that no network looks for them; all else is as by default. The plate is the
example's, enlarged, with noise in its lowest bits as a camera's, in deflated tiles of 512 pixels, which tifffile reads and writes
by as many threads. In turns, processor time of this process and its children (files that libraries cannot bound are read in one).
"""

import argparse
import resource
import tempfile
from pathlib import Path

import numpy as np
import tifffile

import cleanplate
from benchmarks import timing
from cleanplate.pixels import icc
from cleanplate.pixels.resampling import resize

EXAMPLES = Path(__file__).parents[1] / "examples"
AT_MOST = 2.5


def used() -> float:
    """Seconds of processor time so far, of this process and the children that have ended."""
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in found)


def plate(pixels: float) -> cleanplate.Image:
    """The example plate of so many pixels, 16 bits, in Display P3."""
    small = cleanplate.read_image(EXAMPLES / "plate.jpg").pixels
    scale = (pixels / (small.shape[0] * small.shape[1])) ** 0.5
    large = resize(small, (round(small.shape[0] * scale), round(small.shape[1] * scale))).astype(np.uint16) * 257
    noise = np.random.default_rng(0).normal(0, 40, large.shape)
    deep = np.clip(large + noise, 0, 65535).astype(np.uint16)
    return cleanplate.Image(deep, profile=icc.matrix_profile(icc.SPACES["display-p3"]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--megapixels", type=float, default=24)
    parser.add_argument("--pairs", type=int, default=5)
    given = parser.parse_args()
    compositor = cleanplate.Compositor()
    with tempfile.TemporaryDirectory() as folder:
        source, composed, copied, person = (f"{folder}/{name}" for name in ("plate.tif", "out.tif", "copy.tif", "person.png"))
        cleanplate.write_image(plate(given.megapixels * 1e6), source)
        compositor.cutout(EXAMPLES / "portrait.png").to_pil().save(person)

        def compose() -> None:
            made = compositor.compose(cleanplate.read_image(person), cleanplate.read_image(source, space="keep"))
            cleanplate.write_image(made.image, composed, overwrite=True)

        def copy() -> None:
            pixels = tifffile.imread(source, maxworkers=2)
            tifffile.imwrite(copied, pixels, tile=(512, 512), compression="zlib", predictor=True, photometric="rgb", maxworkers=2)

        jobs = {"compose, read and written": timing.timed(compose, used), "plain": timing.timed(copy, used)}
        found = timing.turns(jobs, given.pairs)
    rows = {name: timing.summary(values, "s") for name, values in found.items()}
    rows["compose over plain"] = timing.summary(timing.ratios(found, *jobs), "x", AT_MOST)
    timing.deliver(rows, None)


if __name__ == "__main__":
    main()
