"""Whether the graphs can be run in 8 bits: time and error against float32, on photos never trained on.

    python benchmarks/quantized.py DATA [--count 6] [--write FOLDER]

Convolutions and what lies between them are quantized, weights by channel to 7 bits so that processors without VNNI do not
overflow; the ranges come from the bundled examples alone. DATA is laid out as docs/training.md says. ``--write`` keeps the files.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import onnx
from onnx import version_converter
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

import cleanplate
from cleanplate.models import graphs as models_graphs
from cleanplate.models.blender import Blender
from cleanplate.pixels.color import FloatArray, to_float, to_uint8
from cleanplate.pixels.over import over
from cleanplate.stages import edge_colors, matting
from cleanplate.training.measure import boundaries, metrics
from cleanplate.training.readers import datasets
from cleanplate.training.samples import backdrops, portraits

OPSET = 13  # the first that knows a scale for every channel
EXAMPLES = Path(__file__).parent.parent / "examples"
Feed = dict[str, FloatArray]


class Reader(CalibrationDataReader):  # type: ignore[misc]  # the library asks for its own class
    def __init__(self, feeds: list[Feed]) -> None:
        self.feeds = iter(feeds)

    def get_next(self) -> Feed | None:
        return next(self.feeds, None)


def quantized(name: str, feeds: list[Feed], first: int = 0, last: int | None = None) -> bytes:
    """The shipped graph with its convolutions from ``first`` to ``last`` in 8 bits."""
    source = models_graphs.read_weights(models_graphs.catalogue()[name].file)
    with tempfile.TemporaryDirectory() as folder:
        given, ready, done = (Path(folder) / each for each in ("given.onnx", "ready.onnx", "done.onnx"))
        model = onnx.load_from_string(source)
        if model.opset_import[0].version < OPSET:
            model = version_converter.convert_version(model, OPSET)
        onnx.save(model, given)
        quant_pre_process(str(given), str(ready), skip_symbolic_shape=True)
        convolutions = [node.name for node in onnx.load(ready).graph.node if node.op_type == "Conv"]
        kept = set(convolutions) - set(convolutions[first:last])
        quantize_static(
            str(ready), str(done), Reader(feeds), quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, nodes_to_exclude=sorted(kept),
            op_types_to_quantize=["Conv", "MaxPool", "Concat", "Resize", "Relu"],
        )  # fmt: skip
        model = onnx.load(done)
        del model.metadata_props[:]
        model.metadata_props.extend(onnx.load(given).metadata_props)
        return bytes(model.SerializeToString())


# ---- what the ranges come from -------------------------------------------------------------------------------------


def people(rng: np.random.Generator, count: int) -> Iterator[tuple[FloatArray, FloatArray]]:
    """The example's person, recolored by permuted or inverted channels, before parts of its plate and before plain walls."""
    portrait = to_float(cleanplate.read_image(EXAMPLES / "portrait.png").pixels)
    plate = to_float(cleanplate.read_image(EXAMPLES / "plate.jpg").pixels)
    alpha = matting.matte(portrait)
    person = edge_colors.estimate_colors(portrait, alpha)[0]
    for index in range(count):
        colors = person[..., rng.permutation(3)]
        colors = 1 - colors if index % 4 == 3 else colors
        wall = np.broadcast_to(rng.random(3, np.float32) ** 2, portrait.shape)
        behind = wall if index % 2 else backdrops.cover(plate, alpha.shape, rng)
        yield over(np.ascontiguousarray(colors), alpha, np.ascontiguousarray(behind)), alpha


def blend_feeds(count: int = 12) -> list[Feed]:
    rng, feeds = np.random.default_rng(0), []
    for index, (source, true) in enumerate(people(rng, count)):
        alpha = portraits.imperfect(rng, boundaries.KINDS[index % len(boundaries.KINDS)], source, true)
        pictures = {"source": source, "alpha": alpha, **edge_colors.edge_colors(source, alpha)}
        feeds.append({name: np.ascontiguousarray(models_graphs.to_batch(each)) for name, each in pictures.items()})
    return feeds


def matte_feeds(count: int = 12) -> list[Feed]:
    rng = np.random.default_rng(0)
    return [{"input": np.ascontiguousarray(models_graphs.to_batch(source * 2 - 1))} for source, _ in people(rng, count)]


# ---- what is measured ----------------------------------------------------------------------------------------------


def in_turn(ways: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Each way's CPU seconds over those of the first, median of rounds in alternation."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.process_time()
            way()
            seconds[name].append(time.process_time() - start)
    first = np.array(seconds[next(iter(ways))])
    return {name: float(np.median(np.array(each) / first)) for name, each in seconds.items()}


def blending(photos: list[datasets.Photo], scenes: list[datasets.Photo], content: bytes) -> None:
    """Band PSNR of both to the truth and to each other, for every kind of matte."""
    graphs = {"float32": models_graphs.graph("blend-fast-float32"), "8 bits": models_graphs.Graph("blend-fast", content)}
    compositors = [cleanplate.Compositor(blender=Blender(answer=each)) for each in graphs.values()]
    rows: dict[str, list[tuple[float, ...]]] = {}
    for case in boundaries.cases(photos, scenes):
        blended = [each.blend(case.source, case.alpha) for each in compositors]
        answers = [to_uint8(over(colors, alpha, case.plate)) for alpha, colors in blended]
        region = metrics.band(case.person.alpha)
        pairs = ((answers[0], case.target), (answers[1], case.target), (answers[1], answers[0]))
        rows.setdefault(case.kind, []).append(tuple(metrics.psnr(metrics.mean_squared_error(*pair, region)) for pair in pairs))
    print(f"\nBlending, {len(photos)} photos: band PSNR in dB\n\n| matte | float32 | 8 bits | 8 bits to float32, worst |")
    print("|---|---:|---:|---:|")
    for kind, each in rows.items():
        mean, worst = np.mean(each, 0), np.min(each, 0)
        print(f"| {kind} | {mean[0]:.2f} | {mean[1]:.2f} | {mean[2]:.1f}, {worst[2]:.1f} |")
    feed = blend_feeds(1)[0]
    print("\nCPU time over float32's:", in_turn({name: partial(graph.run, **feed) for name, graph in graphs.items()}, 9))


def matting_errors(photos: list[datasets.Photo], ways: dict[str, bytes]) -> None:
    """Alpha against float32's at 512, mean absolute error x1000 in the whole picture and where that one is soft."""
    shipped = models_graphs.graph("modnet")
    graphs = {name: models_graphs.Graph("modnet", content) for name, content in ways.items()}
    rows: dict[str, list[tuple[float, float]]] = {}
    for photo in photos:
        picture = datasets.load(photo)

        def alpha(graph: models_graphs.Graph, side: int, picture: FloatArray = picture) -> FloatArray:
            with mock.patch.object(models_graphs, "graph", return_value=graph):
                return matting.refine(matting.predict(picture, side), picture, snap=True)

        truth = alpha(shipped, 512)
        soft = (truth > 0.02) & (truth < 0.98)
        answers = {"float32 at 256": alpha(shipped, 256)} | {name: alpha(graph, 512) for name, graph in graphs.items()}
        for name, found in answers.items():
            error = np.abs(found - truth) * 1000
            rows.setdefault(name, []).append((float(error.mean()), float(error[soft].mean())))
    feed = matte_feeds(1)[0]
    half = {"input": np.ascontiguousarray(feed["input"][:, :, ::2, ::2])}
    calls = {"float32 at 512": partial(shipped.run, **feed), "float32 at 256": partial(shipped.run, **half)}
    times = in_turn(calls | {name: partial(graph.run, **feed) for name, graph in graphs.items()}, 5)
    print(f"\nMatting, {len(photos)} photos: mean absolute error x1000 to float32 at 512")
    print("\n| way | all | soft | CPU time |\n|---|---:|---:|---:|")
    for name, each in rows.items():
        print(f"| {name} | {np.mean(each, 0)[0]:.2f} | {np.mean(each, 0)[1]:.1f} | {times[name]:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--only", choices=("blend", "matte"))
    given = parser.parse_args()
    chosen = datasets.select(datasets.read_tree(given.data), "validation")
    photos = datasets.spread([each for each in chosen if each.kind == "portraits" and each.mask], given.count)
    files: dict[str, bytes] = {}
    if given.only != "matte":
        files["blend-fast"] = quantized("blend-fast-float32", blend_feeds(), last=-1)  # the head's seven maps stay float32
        blending(photos, [each for each in chosen if each.kind == "scenes"], files["blend-fast"])
    if given.only != "blend":
        feeds = matte_feeds()
        files |= {f"modnet in 8 bits{name}": quantized("modnet", feeds, *part) for name, part in PARTS.items()}
        matting_errors(photos, {name: content for name, content in files.items() if name.startswith("modnet")})
    for name, content in files.items():
        print(f"{name}: {len(content)} bytes")
        if given.write:
            given.write.mkdir(parents=True, exist_ok=True)
            (given.write / (name.replace(" ", "-") + ".onnx")).write_bytes(content)


PARTS: dict[str, tuple[int, int | None]] = {"": (0, -1), ", backbone alone": (10, 52), ", all but the backbone": (52, -1)}


if __name__ == "__main__":
    main()
