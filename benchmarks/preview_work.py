"""The processor time of a worker for one preview while somebody is dragged, without server and browser, on the bundled pictures.

    python -m benchmarks.preview_work [--megapixels 24] [--side 1280] [--moves 40] [--turns 5]

As they are and mirrored, in turns. Under a busy machine it tells what `benchmarks.previews` cannot; another commit is measured by
its own checkout on PYTHONPATH, in turns with this one.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

import cleanplate
from cleanplate.pixels.resampling import resize
from cleanplate.plates import Plate
from cleanplate.serve import keeping
from cleanplate.serve.previewing import Previews
from cleanplate.values import Image

EXAMPLES = Path(__file__).parents[1] / "examples"


def enlarged(name: str, pixels: float) -> Image:
    small = cleanplate.read_image(EXAMPLES / name).pixels
    scale = (pixels / (small.shape[0] * small.shape[1])) ** 0.5
    return Image(resize(small, (round(small.shape[0] * scale), round(small.shape[1] * scale))))


def main() -> None:
    parser = argparse.ArgumentParser(description="Processor time of a preview.")
    parser.add_argument("--megapixels", type=float, default=24)
    parser.add_argument("--side", type=int, default=1280)
    parser.add_argument("--moves", type=int, default=40)
    parser.add_argument("--turns", type=int, default=5)
    asked = parser.parse_args()
    compositor, rng = cleanplate.Compositor(), np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as person, tempfile.TemporaryDirectory() as plate:
        keeping.keep_person(person, compositor.cutout(enlarged("portrait.png", asked.megapixels * 1e6)))
        keeping.keep_plate(plate, Plate(enlarged("plate.jpg", asked.megapixels * 1e6)))
        previews = Previews(lambda _: compositor, lambda _: None, lambda _: None)  # type: ignore[arg-type,return-value]

        def drag(moves: int, flip: bool) -> float:
            """Milliseconds of processor time for each."""
            start = time.process_time()
            for x in rng.uniform(0.3, 0.7, moves):
                recipe = {"x": float(x), "y": 1.0, "height": 0.8, "flip": flip}
                told = {"plate": plate, "layers": [{"person": person, "recipe": recipe}], "whole": {}, "looks": []}
                previews.answer({**told, "side": asked.side, "quality": 70})
            return (time.process_time() - start) / moves * 1000

        found: dict[bool, list[float]] = {False: [], True: []}
        for turn in range(-1, asked.turns):
            for flip, times in found.items():
                took = drag(asked.moves, flip)
                if turn >= 0:
                    times.append(took)
    plain, mirrored = (statistics.median(found[flip]) for flip in (False, True))
    print(f"{asked.megapixels:g} MP, {asked.side} pixels: {plain:.1f} ms of processor time a preview, mirrored {mirrored:.1f}")


if __name__ == "__main__":
    main()
