"""How fast and how large: every row as a ratio to a yardstick that is timed in the same run, in turns.

    python -m benchmarks.speed [--rows photo preview ...] [--repeats 9] [--quick] [--device cpu] [--cpu] [--json FILE] [--plot FILE.svg]

`make bench` runs all rows. Absolute times are those of this machine while it ran, ratios mean more. With --device cuda the rows are
run on that device, and `throughput` compares it to the CPU.
"""

import argparse
import functools
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2

import cleanplate
from benchmarks import children, pictures, scaling, timing, yardsticks
from benchmarks.timing import Row, Rows, ratios, summary, turns
from cleanplate import Cutout, Placement, Plate, Settings, networks
from cleanplate.devices import Device
from cleanplate.errors import SetupError

REPEATS, QUICK_REPEATS = 9, 3
QUICK = 0.125  # of the pixels that a row asks for
MATTE_SIDE, TILE = 512, 368  # what MODNet sees of a square photo; a tile of the blender with its halo on both sides
BYTES = 3 + 3 + 4 + 3  # a pixel of the person, the plate, the alpha and the result, each moved once


@dataclass(frozen=True)
class Bench:
    """What the rows are given."""

    album: pictures.Album
    repeats: int
    quick: bool
    device: str
    clock: timing.Clock = time.perf_counter

    def timed(self, job: Callable[[], object]) -> timing.Sampler:
        return timing.timed(job, self.clock)

    def size(self, megapixels: float) -> tuple[int, int]:
        return pictures.portrait(megapixels * (QUICK if self.quick else 1))

    def frame(self, size: tuple[int, int]) -> tuple[int, int]:
        """A landscape frame, smaller when in a hurry."""
        return (round(size[0] * QUICK**0.5), round(size[1] * QUICK**0.5)) if self.quick else size

    def compositor(self) -> cleanplate.Compositor:
        return cleanplate.Compositor(device=self.device)

    def compose(self, files: pictures.Files, given: bool) -> None:
        """File to file, in this warm process."""
        composite = cleanplate.compose(files.person, files.plate, alpha=files.matte if given else None, device=self.device)
        composite.save(files.person.with_suffix(".out.jpg"), overwrite=True)


# ---- the table -----------------------------------------------------------------------------------------------------


def photo(bench: Bench) -> Rows:
    """12 megapixels on 12, file to file, the matte given as a PNG or found by the network."""
    files = bench.album.files(bench.size(12))
    samplers = {
        "given": bench.timed(lambda: bench.compose(files, given=True)),
        "found": bench.timed(lambda: bench.compose(files, given=False)),
        "yardstick": bench.timed(yardsticks.decode_and_encode(files)),
    }
    found, unit = turns(samplers, bench.repeats), "x decode + encode"
    return {
        "photo, matte given": summary(ratios(found, "given", "yardstick"), unit, 2.0),
        "photo, automatic matte": summary(ratios(found, "found", "yardstick"), unit, 4.0),
    }


def in_memory(bench: Bench) -> Rows:
    """The same without files, against the least that any composition does."""
    size = bench.size(12)
    person, behind, alpha = bench.album.person(size), bench.album.plate(size), bench.album.alpha(size)
    compositor = bench.compositor()
    samplers = {
        "ours": bench.timed(lambda: compositor.compose(Cutout(person, alpha), Plate(behind))),
        "yardstick": bench.timed(yardsticks.linear_blend(person, behind, alpha)),
    }
    found = turns(samplers, bench.repeats)
    return {"photo in memory, matte given": summary(ratios(found, "ours", "yardstick"), "x linear blend")}


def harmonize(bench: Bench) -> Rows:
    """A composite and its mask at 1920 x 1080 in memory; no plate is given, so one is filled in."""
    composite, alpha = bench.album.pasted(pictures.HD)
    compositor = bench.compositor()
    samplers = {"ours": bench.timed(lambda: compositor.harmonize(composite, alpha)), "yardstick": bench.timed(yardsticks.network_run())}
    found = turns(samplers, bench.repeats)
    return {
        "harmonize 1080p": summary(found["ours"], "s", 0.10),
        "harmonize 1080p, as networks": summary(ratios(found, "ours", "yardstick"), "x 256-pixel network run"),
    }


def reinhard(bench: Bench) -> Rows:
    """The same at 8K against the classical transfer at OpenCV's speed."""
    composite, alpha = bench.album.pasted(bench.frame(pictures.UHD_8K))
    mask = cv2.compare(alpha, 0.5, cv2.CMP_GT)
    compositor = bench.compositor()
    samplers = {
        "ours": bench.timed(lambda: compositor.harmonize(composite, alpha)),
        "yardstick": bench.timed(lambda: yardsticks.reinhard(composite.pixels, mask)),
    }
    found = turns(samplers, bench.repeats)
    return {"harmonize 8K": summary(ratios(found, "ours", "yardstick"), "x OpenCV Reinhard", 0.6)}


def preview(bench: Bench) -> Rows:
    """Compose at 720 pixels of height after one change; the cutout is kept, blended where the compositor can keep that."""
    frame = (720, 1280)
    compositor, person = bench.compositor(), bench.album.person(pictures.portrait(0.4))
    cutout = compositor.cutout(person, bench.album.alpha(person.size))
    cutout = compositor.clean(cutout) if hasattr(compositor, "clean") else cutout
    image, turned = bench.album.plate(frame), iter(range(10**6))
    plate = Plate(image)

    def again(what: str) -> None:
        step = next(turned) % 7 / 20  # no two neighboring calls are alike
        new_plate = Plate(image) if what == "plate" else plate
        placement = Placement(0.8, 0.4 + step, 1) if what == "placement" else Placement(0.8, 0.5, 1)
        compositor.compose(cutout, new_plate, placement, Settings(0.5 + step) if what == "strength" else Settings())

    changes = ("plate", "placement", "strength")
    found = turns({each: bench.timed(functools.partial(again, each)) for each in changes}, bench.repeats)
    return {f"preview, other {each}": summary([1000 * took for took in found[each]], "ms", 60) for each in changes}


def start(bench: Bench) -> Rows:
    """A child process until the first input is decoded, a small photo; beside it a process that only imports the libraries."""
    files = bench.album.files(pictures.portrait(0.4))
    samplers = {"ours": lambda: children.first_pixel(files), "libraries": children.libraries}
    found = turns(samplers, bench.repeats)
    return {
        "cold start": summary(found["ours"], "s", 0.7),
        "cold start, as imports": summary(ratios(found, "ours", "libraries"), "x importing the libraries"),
    }


def memory(bench: Bench) -> Rows:
    """The most memory of a child that composes one 8K still, over what it holds with the networks loaded, and in all."""
    small, large = bench.album.files(pictures.portrait(0.4)), bench.album.files(bench.frame(pictures.UHD_8K))
    rows, repeats = {}, min(bench.repeats, 3)  # memory hardly varies
    for name, given in (("matte given", True), ("automatic matte", False)):
        found = [children.memory(small, large, given, bench.device) for _ in range(repeats)]
        over = [(each["most"] - each["loaded"]) / large.megapixels / 1e6 for each in found]
        rows[f"8K memory, {name}"] = summary(over, "bytes a pixel", 20)
        rows[f"8K memory in all, {name}"] = summary([each["most"] / 1e9 for each in found], "GB", None if bench.quick else 2.0)
    return rows


def flat(bench: Bench) -> Rows:
    """How much the cost of a megapixel differs from 8 to 128 megapixels, file to file with the matte given."""
    costs = scaling.costs(bench, tuple(each for each in scaling.MEGAPIXELS if each >= scaling.FROM))
    return {"cost per megapixel, 8 to 128": scaling.flatness(costs)}


def profile(bench: Bench) -> Rows:
    """Where the time of the 12-megapixel photo goes, and the floor: all its bytes moved once."""
    files = bench.album.files(bench.size(12))
    floor, compositor, stages = bench.timed(yardsticks.copying(BYTES * files.size[0] * files.size[1])), bench.compositor(), []
    for _ in range(1 + bench.repeats):
        start = bench.clock()
        person, alpha = cleanplate.read_image(files.person), cleanplate.read_alpha(files.matte)
        plate, read = Plate.open(files.plate), bench.clock()
        composite = compositor.compose(compositor.cutout(person, alpha), plate)
        composed = bench.clock()
        composite.save(files.person.with_suffix(".out.jpg"), overwrite=True)
        ends = {"read": read - start, "write": bench.clock() - composed}
        stages.append({**composite.seconds, **ends, "floor": floor()})
    rows = {}
    for name in stages[0]:
        took, moved = [each[name] for each in stages[1:]], [each["floor"] for each in stages[1:]]
        shares = [100 * each[name] / (sum(each.values()) - each["floor"]) for each in stages[1:]]
        times = summary([one / other for one, other in zip(took, moved, strict=True)], "").measured
        rows[f"profile, {name}"] = summary(shares, "% of the whole", note=f"{times:.1f} x the bytes moved once")
    return rows


def graphs(bench: Bench) -> Rows:
    """Every shipped graph by OpenVINO against the same by onnxruntime."""
    rows = {}
    for name in networks.catalogue():
        known = networks.graph(name, Device.cpu).metadata
        arrays = yardsticks.feeds(name, int(known.get("side", 0)) or (MATTE_SIDE if name == "modnet" else TILE))
        samplers = {each: bench.timed(functools.partial(networks.graph(name, each).run, **arrays)) for each in ("openvino", "cpu")}
        rows[f"OpenVINO, {name}"] = summary(ratios(turns(samplers, bench.repeats), "openvino", "cpu"), "x onnxruntime")
    return rows


def throughput(bench: Bench) -> Rows:
    """Whole compositions in memory, the matte given, on --device; against the CPU where that is another."""
    rows = {}
    for name, size in {"1080p": pictures.HD, "4K": (2160, 3840), "8K": pictures.UHD_8K}.items():
        frame = bench.frame(size)
        cutout, plate = Cutout(bench.album.person(frame), bench.album.alpha(frame)), Plate(bench.album.plate(frame))
        samplers = {}
        for device in dict.fromkeys((bench.device, "cpu")):
            samplers[device] = bench.timed(functools.partial(cleanplate.Compositor(device=device).compose, cutout, plate))
        found = turns(samplers, bench.repeats)
        rows[f"throughput {name}"] = summary([frame[0] * frame[1] / 1e6 / each for each in found[bench.device]], "megapixels/s")
        if len(samplers) > 1:
            rows[f"throughput {name}, {bench.device}"] = summary(ratios(found, bench.device, "cpu"), "x the CPU's time")
    return rows


ROWS: dict[str, Callable[[Bench], Rows]] = {
    "photo": photo, "in-memory": in_memory, "harmonize": harmonize, "reinhard": reinhard, "preview": preview, "start": start,
    "memory": memory, "flat": flat, "profile": profile, "graphs": graphs, "throughput": throughput,
}  # fmt: skip


def run(bench: Bench, names: list[str]) -> Rows:
    """The rows of these names; one that this installation cannot run is told and left out."""
    rows: dict[str, Row] = {}
    for name in names:
        timing.say(f"bench: {name}")
        try:
            rows |= ROWS[name](bench)
        except SetupError as error:
            timing.say(f"bench: {name} skipped: {error}")
    return rows


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), metavar="ROW", help=f"some of: {', '.join(ROWS)}")
    parser.add_argument("--repeats", type=int, help=f"{REPEATS} without it, {QUICK_REPEATS} with --quick")
    parser.add_argument("--quick", action="store_true", help="an eighth of the pixels: to see that all runs, not how fast")
    parser.add_argument("--device", choices=list(Device), default="cpu", help="what the networks run on")
    parser.add_argument("--cpu", action="store_true", help="count the seconds of all processors, not of the wall: on a busy machine")
    parser.add_argument("--json", metavar="FILE", help="the rows as JSON too; - for them alone on stdout")
    parser.add_argument("--plot", metavar="FILE", type=Path, help="the scaling plot from 0.5 to 128 megapixels as SVG")
    given = parser.parse_args(arguments)
    repeats = given.repeats or (QUICK_REPEATS if given.quick else REPEATS)
    clock = time.process_time if given.cpu else time.perf_counter
    with tempfile.TemporaryDirectory(prefix="cleanplate-bench-") as folder:
        bench = Bench(pictures.Album(Path(folder)), repeats, given.quick, given.device, clock)
        rows = run(bench, given.rows)
        if given.plot:
            scaling.plot(scaling.costs(bench, scaling.MEGAPIXELS), given.plot)
    timing.deliver(rows, given.json)


if __name__ == "__main__":
    main()
