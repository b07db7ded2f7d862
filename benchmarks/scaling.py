"""The cost of a megapixel over the size of the picture, and its plot."""

import statistics
from functools import partial
from pathlib import Path

from benchmarks import timing, yardsticks
from benchmarks.bench import Bench
from benchmarks.timing import Row

MEGAPIXELS = (0.5, 1, 2, 4, 8, 16, 32, 64, 128)  # the last is as many as photos.PIXEL_LIMIT allows
FROM, FLAT = 8, 34  # megapixels from which the cost is watched, and by how many percent it may differ; 15 was wanted
LARGE, FEW = 32, 3  # beyond so many megapixels, so many repeats
Costs = dict[float, dict[str, list[float]]]


def costs(bench: Bench, megapixels: tuple[float, ...]) -> Costs:
    """Seconds for a megapixel at each size, of ``ours`` (file to file, matte given) and of ``yardstick``; sizes in turns."""
    found: Costs = {}
    samplers: dict[float, dict[str, timing.Sampler]] = {}
    for each in megapixels:
        files = bench.album.files(bench.size(each))
        area = round(files.megapixels, 2)
        found[area] = {"ours": [], "yardstick": []}
        ours, yardstick = partial(bench.compose, files, given=True), yardsticks.decode_and_encode(files)
        samplers[area] = {"ours": bench.timed(ours), "yardstick": bench.timed(yardstick)}
    for turn in range(bench.repeats):
        for each, pair in samplers.items():
            if turn >= FEW and each > LARGE:
                continue
            took = timing.turns(pair, 1, warm=turn == 0 and each <= LARGE)
            for name, seconds in took.items():
                found[each][name] += [second / each for second in seconds]
    return found


def flatness(found: Costs) -> dict[str, Row]:
    """By how many percent the dearest size is above the cheapest, of the medians; the yardstick's too, which is not flat itself."""
    rows = {}
    for name, limit in (("ours", FLAT), ("yardstick", None)):
        medians = {each: statistics.median(costs[name]) for each, costs in found.items()}
        least = min(medians.values())
        widest = max(timing.spread(costs[name]) / least for costs in found.values())
        told = ", ".join(f"{each:.0f} MP {cost / least:.2f}" for each, cost in medians.items())
        rows[name] = Row(100 * (max(medians.values()) / least - 1), "%", limit, 100 * widest, told)
    return rows


def plot(found: Costs, target: Path) -> None:
    """The medians with their spread as SVG, in units of what decoding and encoding costs (its median over the sizes)."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    unit = statistics.median(statistics.median(each["yardstick"]) for each in found.values())
    figure, axes = pyplot.subplots(figsize=(6.4, 3.6), layout="constrained")
    for name, label in (("ours", "compose, file to file, matte given"), ("yardstick", "decode + encode of the same JPEGs")):
        middles = [statistics.median(costs[name]) / unit for costs in found.values()]
        halves = [timing.spread(costs[name]) / unit / 2 for costs in found.values()]
        axes.errorbar(list(found), middles, halves, marker="o", capsize=3, label=label)
    axes.set(xscale="log", xlabel="megapixels", ylabel="cost of a megapixel, decode + encode = 1", ylim=(0, None))
    axes.set_xticks(list(found), [f"{each:.2g}" if each < 99 else f"{each:.0f}" for each in found])
    axes.minorticks_off()
    axes.legend()
    figure.savefig(target, metadata={"Date": None})
    pyplot.close(figure)
