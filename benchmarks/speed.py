"""How fast and how large: every row as a ratio to a yardstick that is timed in the same run, in turns.

    python -m benchmarks.speed [--rows photo preview ...] [--repeats 9] [--quick] [--cpu] [--device cpu] [--json FILE] [--plot SVG]

`make bench` runs all rows, and exits with 1 when one is above its limit: at most 1.3 times what docs/results.md has for it, so that
what gets slower is seen. Rows in seconds are of the machine that is named there. Absolute times are those of this machine while it
ran, ratios mean more. With --device cuda the rows are run on that device, and `throughput` compares it to the CPU.
"""

import functools
import itertools
import sys
from pathlib import Path

from benchmarks import children, parts, pictures, scaling, timing, yardsticks
from benchmarks.bench import Bench, Maker, commands, opened, run
from benchmarks.timing import Rows, ratios, summary, turns
from cleanplate import Cutout, Placement, Plate, Settings
from cleanplate.models.devices import Device

REPEATS = 9
PREVIEW = {"plate": 30, "placement": 24, "strength": 24, "placement, 12 MP cutout": 60}  # milliseconds


def photo(bench: Bench) -> Rows:
    """12 megapixels on 12, file to file, the matte given as a PNG or found; JPEG by Pillow, as most do, or by OpenCV."""
    files = bench.album.files(bench.size(12))
    samplers = {
        "given": bench.timed(lambda: bench.compose(files, given=True)),
        "found": bench.timed(lambda: bench.compose(files, given=False)),
        "Pillow": bench.timed(yardsticks.decode_and_encode(files)),
        "OpenCV": bench.timed(yardsticks.decode_and_encode_by_opencv(files)),
    }
    found, unit = turns(samplers, bench.repeats), "x decode + encode"
    return {
        "photo, matte given": summary(ratios(found, "given", "Pillow"), unit, 2.0),
        "photo, automatic matte": summary(ratios(found, "found", "Pillow"), unit, 4.0),
        "photo, matte given, by OpenCV": summary(ratios(found, "given", "OpenCV"), unit),
        "photo, automatic matte, by OpenCV": summary(ratios(found, "found", "OpenCV"), unit),
    }


def harmonize(bench: Bench) -> Rows:
    """A composite and its mask at 1920 x 1080 in memory; no plate is given, so one is filled in."""
    composite, alpha = bench.album.pasted(pictures.HD)
    compositor = bench.compositor()
    samplers = {
        "ours": bench.timed(lambda: compositor.harmonize(composite, alpha)),
        "yardstick": bench.timed(yardsticks.network_run()),
    }
    found = turns(samplers, bench.repeats)
    return {
        "harmonize 1080p": summary(found["ours"], "s", 0.06),
        "harmonize 1080p, as networks": summary(ratios(found, "ours", "yardstick"), "x 256-pixel network run"),
    }


def reinhard(bench: Bench) -> Rows:
    """The same at 8K against the classical transfer at OpenCV's speed."""
    composite, alpha = bench.album.pasted(bench.frame(pictures.UHD_8K))
    mask = yardsticks.hard(alpha)
    compositor = bench.compositor()
    samplers = {
        "ours": bench.timed(lambda: compositor.harmonize(composite, alpha)),
        "yardstick": bench.timed(lambda: yardsticks.reinhard(composite.pixels, mask)),
    }
    found = turns(samplers, bench.repeats)
    return {"harmonize 8K": summary(ratios(found, "ours", "yardstick"), "x OpenCV Reinhard", 0.6)}


def preview(bench: Bench) -> Rows:
    """Compose at 720 pixels of height after one change; the cutout is kept, already blended, of a small photo or of a large one."""
    compositor, image, turned = bench.compositor(), bench.album.plate((720, 1280)), itertools.count()
    plate, kept = Plate(image), {}
    for name, megapixels in (("small", 0.4), ("large", 12)):
        person = bench.album.person(bench.size(megapixels))
        kept[name] = compositor.clean(compositor.cutout(person, bench.album.alpha(person.size)))

    def again(what: str, cutout: Cutout) -> None:
        step = next(turned) % 7 / 20  # no two neighboring calls are alike
        new_plate = Plate(image) if what == "plate" else plate
        placement = Placement(0.8, 0.4 + step, 1) if what == "placement" else Placement(0.8, 0.5, 1)
        compositor.compose(cutout, new_plate, placement, Settings(0.5 + step) if what == "strength" else Settings())

    changes = {each: functools.partial(again, each, kept["small"]) for each in ("plate", "placement", "strength")}
    changes["placement, 12 MP cutout"] = functools.partial(again, "placement", kept["large"])
    found = turns({each: bench.timed(job) for each, job in changes.items()}, bench.repeats)
    return {f"preview, other {each}": summary([1000 * took for took in found[each]], "ms", PREVIEW[each]) for each in changes}


def start(bench: Bench) -> Rows:
    """A child process until the first input is decoded, a small photo; beside it a process that only imports the libraries."""
    files = bench.album.files(pictures.portrait(0.4))
    samplers = {"ours": lambda: children.first_pixel(files), "libraries": children.libraries}
    found = turns(samplers, bench.repeats)
    return {
        "cold start": summary(found["ours"], "s", 0.39),
        "cold start, as imports": summary(ratios(found, "ours", "libraries"), "x importing the libraries"),
    }


def memory(bench: Bench) -> Rows:
    """The most memory of a child that composes one 8K still, over what it holds with the networks loaded, and in all."""
    small, large = bench.album.files(pictures.portrait(0.4)), bench.album.files(bench.frame(pictures.UHD_8K))
    rows, repeats = {}, min(bench.repeats, 3)  # memory hardly varies
    for name, given in (("matte given", True), ("automatic matte", False)):
        found = [children.memory(small, large, given, bench.device) for _ in range(repeats)]
        over = [(each["most"] - each["loaded"]) / large.megapixels / 1e6 for each in found]
        note, most = f"the pictures themselves are {parts.BYTES}", (19, 0.92) if given else (20, 1.27)
        rows[f"8K memory, {name}"] = summary(over, "bytes a pixel", most[0], note)
        rows[f"8K memory in all, {name}"] = summary([each["most"] / 1e9 for each in found], "GB", None if bench.quick else most[1])
    return rows


def flat(bench: Bench) -> Rows:
    """How much the cost of a megapixel differs from 8 to 128 megapixels, file to file with the matte given."""
    costs = scaling.costs(bench, tuple(each for each in scaling.MEGAPIXELS if each >= scaling.FROM))
    return {f"cost per megapixel, 8 to 128, {name}": row for name, row in scaling.flatness(costs).items()}


ROWS: dict[str, Maker] = {
    "photo": photo, "in-memory": parts.in_memory, "harmonize": harmonize, "reinhard": reinhard, "preview": preview, "start": start,
    "memory": memory, "flat": flat, "profile": parts.profile, "graphs": parts.graphs, "throughput": parts.throughput,
}  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """1 where a limit was missed; never with --quick, which says nothing of how fast."""
    parser = commands(__doc__, ROWS, REPEATS)
    parser.add_argument("--device", choices=list(Device), default="cpu", help="what the networks run on")
    parser.add_argument("--plot", metavar="SVG", type=Path, help="the scaling plot from 0.5 to 128 megapixels")
    given = parser.parse_args(arguments)
    with opened(given, given.device) as bench:
        rows = run(bench, {name: ROWS[name] for name in given.rows})
        if given.plot:
            scaling.plot(scaling.costs(bench, scaling.MEGAPIXELS), given.plot)
    timing.deliver(rows, given.json)
    beyond = timing.missed(rows)
    if beyond:
        timing.say(f"bench: missed: {', '.join(beyond)}")
    return 1 if beyond and not given.quick else 0


if __name__ == "__main__":
    sys.exit(main())
