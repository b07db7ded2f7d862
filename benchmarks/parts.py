"""Where the time goes: stages, graphs, sizes. The rows of `benchmarks.speed` that have no limit."""

import functools

import cleanplate
from benchmarks import pictures, timing, yardsticks
from benchmarks.bench import Bench
from benchmarks.timing import Rows, ratios, summary, turns
from cleanplate import Cutout, Plate
from cleanplate.composites import Clock
from cleanplate.models import graphs as models_graphs
from cleanplate.models.devices import Device
from cleanplate.stages import faces, mending

MATTE_SIDE, TILE = 512, 368  # what MODNet sees of a square photo; a tile of the blender with its halo on both sides
SEEN = {"modnet": MATTE_SIDE, "selfie": mending.SIDE, "face": faces.SIDE}  # pixels, of graphs that do not say it themselves
BYTES = 3 + 3 + 4 + 3  # a pixel of the person, the plate, the alpha and the result, each moved once


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


def profile(bench: Bench) -> Rows:
    """Where the time of both photos goes, in shares of the whole; beside it what nobody gets below. Always by the wall's clock.

    The floors: all bytes of the pictures moved once by one core, and the matting network alone on a square photo.
    """
    files = bench.album.files(bench.size(12))
    modnet, batch = models_graphs.graph("modnet", bench.device), yardsticks.feeds("modnet", MATTE_SIDE)
    floors = {
        "floor, bytes moved once": timing.timed(yardsticks.copying(BYTES * files.size[0] * files.size[1])),
        "floor, matting network": timing.timed(lambda: modnet.run(**batch)),
    }
    rows = {}
    for kind in ("given", "found"):
        shares = []
        for _ in range(1 + bench.repeats):
            took = stages(bench, files, kind == "given")
            whole = sum(took.values())
            took |= {name: sample() for name, sample in floors.items() if kind == "found" or "network" not in name}
            shares.append({name: 100 * seconds / whole for name, seconds in took.items()})
        for name in shares[0]:
            rows[f"profile, matte {kind}: {name}"] = summary([each[name] for each in shares[1:]], "% of the whole")
    return rows


def stages(bench: Bench, files: pictures.Files, given: bool) -> dict[str, float]:
    """Seconds of each stage of one composition, reading and writing too."""
    compositor, clock = bench.compositor(), Clock()
    with clock.stage("read photos"):
        person, plate = cleanplate.read_image(files.person), Plate.open(files.plate)
    if given:
        with clock.stage("read matte"):
            alpha = cleanplate.read_alpha(files.matte)
    composite = compositor.compose(compositor.cutout(person, alpha) if given else person, plate)
    with clock.stage("write"):
        composite.save(files.person.with_suffix(".out.jpg"), overwrite=True)
    return composite.seconds | clock.seconds


def graphs(bench: Bench) -> Rows:
    """Every shipped graph on the device, on OpenVINO where none is given, against the same by onnxruntime on the CPU."""
    rows, device = {}, Device.openvino if bench.device in (Device.cpu, Device.auto) else bench.device
    for name in models_graphs.catalogue():
        known = models_graphs.graph(name, Device.cpu).metadata
        arrays = yardsticks.feeds(name, int(known.get("side", 0)) or SEEN.get(name, TILE))
        samplers = {each: bench.timed(functools.partial(models_graphs.graph(name, each).run, **arrays)) for each in (device, "cpu")}
        rows[f"{device}, {name}"] = summary(ratios(turns(samplers, bench.repeats), device, "cpu"), "x onnxruntime")
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
