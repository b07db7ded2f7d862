"""The cost of a megapixel over the size of the picture, and its plot."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import timing, yardsticks
from benchmarks.timing import Row

if TYPE_CHECKING:
    from benchmarks.speed import Bench

MEGAPIXELS = (0.5, 1, 2, 4, 8, 16, 32, 64, 128)  # the last is as many as photos.PIXEL_LIMIT allows
FROM, FLAT = 8, 15  # megapixels from which the cost should be flat, and by how many percent it may differ
LARGE, FEW = 32, 3  # beyond so many megapixels, so many repeats
Costs = dict[float, dict[str, list[float]]]


def costs(bench: Bench, megapixels: tuple[float, ...]) -> Costs:
    """Seconds for a megapixel at each size, of ``ours`` (file to file, matte given) and of ``yardstick``; sizes in turns."""
    found: Costs = {}
    samplers: dict[float, dict[str, timing.Sampler]] = {}
    for each in megapixels:
        files = bench.album.files(bench.size(each))
        found[each] = {"ours": [], "yardstick": []}
        jobs = {"ours": lambda files=files: bench.compose(files, given=True), "yardstick": yardsticks.decode_and_encode(files)}
        samplers[each] = {name: bench.timed(job) for name, job in jobs.items()}
    for turn in range(bench.repeats):
        for each, pair in samplers.items():
            if turn >= FEW and each > LARGE:
                continue
            took = timing.turns(pair, 1, warm=turn == 0 and each <= LARGE)
            area = bench.size(each)[0] * bench.size(each)[1] / 1e6
            for name, seconds in took.items():
                found[each][name] += [second / area for second in seconds]
    return found


def flatness(found: Costs) -> Row:
    """By how many percent the dearest size is above the cheapest, of the medians."""
    medians = {each: statistics.median(costs["ours"]) for each, costs in found.items()}
    least = min(medians.values())
    widest = max(timing.spread(costs["ours"]) / least for costs in found.values())
    told = ", ".join(f"{each:g} MP {cost / medians[FROM]:.2f}" for each, cost in medians.items())
    return Row(100 * (max(medians.values()) / least - 1), "%", FLAT, 100 * widest, told)


def plot(found: Costs, target: Path) -> None:
    """The medians with their quartiles as SVG, in units of what decoding and encoding costs at 8 megapixels."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    unit = statistics.median(found[FROM]["yardstick"])
    figure, axes = pyplot.subplots(figsize=(6.4, 3.6), layout="constrained")
    for name, label in (("ours", "compose, file to file, matte given"), ("yardstick", "decode + encode of the same JPEGs")):
        middles = [statistics.median(costs[name]) / unit for costs in found.values()]
        halves = [timing.spread(costs[name]) / unit / 2 for costs in found.values()]
        axes.errorbar(list(found), middles, halves, marker="o", capsize=3, label=label)
    axes.set(xscale="log", xlabel="megapixels", ylabel="cost of a megapixel", ylim=(0, None))
    axes.set_xticks(list(found), [f"{each:g}" for each in found])
    axes.minorticks_off()
    axes.legend()
    figure.savefig(target, metadata={"Date": None})
    pyplot.close(figure)
