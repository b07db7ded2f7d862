"""Ways to apply a color change to a full-size picture, timed in alternation: why ``applying`` is written as it is.

    python benchmarks/lifting.py [--size 2000] [--repeats 9]

Every candidate changes the same uint8 picture (a square of ``size``, a multiple of 8, in the middle of a frame twice as wide) and
gives uint8. The times are ratios to the yardstick, reading the picture to float32 and rounding it back; the median of the repeats
and their spread (half the distance from the 10th to the 90th percentile). ``off``: the largest difference to the first way of each
form, in levels. numba, onnx and av are measured where they are installed; the package needs none of them.
"""

import argparse
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import cv2
import numpy as np
import onnxruntime
from PIL import Image as pillow
from PIL import ImageFilter

from cleanplate.pixels import threads
from cleanplate.pixels.color import to_float, to_uint8
from cleanplate.pixels.interpolation import interpolation, positions
from cleanplate.stages import compositing
from cleanplate.stages.compositing import Layer
from cleanplate.transforms import applying
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box

CELLS, STEPS = 16, 33
Way = Callable[[], np.ndarray]


def scene(side: int) -> tuple[np.ndarray, Box, tuple[int, int], dict[str, Transform]]:
    """Pixels, their box in the frame, the frame's size, and a transform of every form."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (side, side, 3), np.uint8)
    even = np.linspace(0, 1, STEPS, dtype=np.float32)
    grid = (np.eye(3, 4) + rng.normal(0, 0.05, (CELLS, CELLS, 3, 4))).astype(np.float32)
    cube = np.clip(applying.identity_lut(STEPS) ** np.float32(0.9), 0, 1)
    transforms = {
        "affine grid": Transform(grid), "one affine map": Transform(grid[:1, :1]),
        "bilateral grid": Transform(np.repeat(grid[:, :, None], 8, 2), "bilateral-grid"),
        "curves": Transform(np.stack([even**0.9] * 3, 1).astype(np.float32), "curves"), "lut": Transform(cube, "lut"),
    }  # fmt: skip
    return pixels, Box(side // 2, side // 2, side, side), (2 * side, 2 * side), transforms


def ours(pixels: np.ndarray, box: Box, frame: tuple[int, int], transform: Transform) -> Way:
    """``compositing.compose`` with alpha 1 everywhere: it composes too."""
    canvas, alpha = np.zeros((*frame, 3), np.uint8), np.ones(pixels.shape[:2], np.uint8) * np.uint8(255)

    def run() -> np.ndarray:
        compositing.compose(canvas, Layer(pixels, alpha, box), transform)
        return canvas[box.slices]

    return run


# ---- the affine grid -----------------------------------------------------------------------------------------------


def in_strips(pixels: np.ndarray, some: Callable[[np.ndarray, slice], np.ndarray], rows: int = 16) -> np.ndarray:
    answer = np.empty_like(pixels)
    for top in range(0, len(pixels), rows):
        strip = slice(top, min(top + rows, len(pixels)))
        answer[strip] = to_uint8(some(to_float(pixels[strip]), strip))
    return answer


def by_einsum(pixels: np.ndarray, box: Box, frame: tuple[int, int], grid: np.ndarray) -> np.ndarray:
    """The reference: coefficients by tensordot and einsum, products and sums by numpy."""
    across, down = interpolation(CELLS, box.left, box.width, frame[1]), interpolation(CELLS, box.top, box.height, frame[0])

    def some(colors: np.ndarray, strip: slice) -> np.ndarray:
        maps = np.einsum("wc,hcij->ihwj", across, np.tensordot(down[strip], grid, 1), optimize=True)
        return np.stack([(each[..., :3] * colors).sum(-1) + each[..., 3] for each in maps], -1)

    return in_strips(pixels, some, 64)


def multiplied(planes: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """Twelve coefficient planes (12, height, width) on interleaved colors."""
    red, green, blue = cv2.split(colors)
    rows = planes.reshape(3, 4, *planes.shape[1:])
    return cv2.merge([row[0] * red + row[1] * green + row[2] * blue + row[3] for row in rows])


def by_sgemm(pixels: np.ndarray, box: Box, frame: tuple[int, int], grid: np.ndarray) -> np.ndarray:
    """Coefficient planes as one matrix product for each strip."""
    across, down = interpolation(CELLS, box.left, box.width, frame[1]), interpolation(CELLS, box.top, box.height, frame[0])
    flat = grid.reshape(CELLS, CELLS, 12)

    def some(colors: np.ndarray, strip: slice) -> np.ndarray:
        left = np.tensordot(flat, down[strip], (0, 1)).transpose(1, 2, 0).reshape(-1, CELLS)
        return multiplied((left @ across.T).reshape(12, -1, box.width), colors)

    return in_strips(pixels, some)


def by_resize(pixels: np.ndarray, box: Box, frame: tuple[int, int], grid: np.ndarray) -> np.ndarray:
    """Coefficient planes by OpenCV's bilinear resize of strips of the frame."""
    down = interpolation(CELLS, box.top, box.height, frame[0])
    flat = grid.reshape(CELLS, CELLS, 12)

    def some(colors: np.ndarray, strip: slice) -> np.ndarray:
        left = np.tensordot(flat, down[strip], (0, 1)).transpose(1, 2, 0).reshape(-1, CELLS)
        wide = cv2.resize(np.ascontiguousarray(left), (frame[1], len(left)), interpolation=cv2.INTER_LINEAR)
        return multiplied(wide[:, box.left : box.left + box.width].reshape(12, -1, box.width), colors)

    return in_strips(pixels, some)


def by_transforms(pixels: np.ndarray, box: Box, frame: tuple[int, int], grid: np.ndarray) -> np.ndarray:
    """Four constant maps for each cell by cv2.transform, mixed by place."""
    y, x = positions(CELLS, box.top, box.height, frame[0]), positions(CELLS, box.left, box.width, frame[1])
    answer = np.empty_like(pixels)
    rows, columns = (np.minimum(each.astype(int), CELLS - 2) for each in (y, x))
    for i in np.unique(rows):
        for j in np.unique(columns):
            part = np.ix_(rows == i, columns == j)
            some = slice(part[0][0, 0], part[0][-1, 0] + 1), slice(part[1][0, 0], part[1][0, -1] + 1)
            v, u = ((at[each] - low).astype(np.float32) for at, each, low in ((y, some[0], i), (x, some[1], j)))
            u, v, colors = u[None, :, None], v[:, None, None], to_float(pixels[some])
            a, b, c, d = (cv2.transform(colors, grid[i + p, j + q]) for p, q in ((0, 0), (0, 1), (1, 0), (1, 1)))
            upper, lower = a + u * (b - a), c + u * (d - c)
            answer[some] = to_uint8(upper + v * (lower - upper))
    return answer


def by_onnxruntime(pixels: np.ndarray, box: Box, frame: tuple[int, int], grid: np.ndarray) -> Way:
    """One graph: Resize of the twelve planes, products, sums, Clip, Round, Cast. The whole box at once."""
    from onnx import TensorProto, helper

    def constant(name: str, values: Any, kind: int) -> Any:
        array = np.asarray(values)
        return helper.make_tensor(name, kind, array.shape, array.ravel().tolist())

    first = [round(CELLS * start / whole) - 1 for start, whole in ((box.top, frame[0]), (box.left, frame[1]))]
    last = [each + 2 + CELLS // 2 for each in first]  # with a cell around it: Resize is flat beyond the last centers
    edge = box.height * 2 // CELLS
    nodes = [
        helper.make_node("Slice", ["grid", "from", "to", "axes"], ["part"]),
        helper.make_node("Resize", ["part", "", "", "size"], ["wide"], mode="linear", coordinate_transformation_mode="half_pixel"),
        helper.make_node("Slice", ["wide", "edge", "end", "axes"], ["planes"]),
        helper.make_node("Cast", ["pixels"], ["colors"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["planes", "shape"], ["maps"]),
        helper.make_node("Slice", ["maps", "zero", "three", "axis"], ["matrix"]),
        helper.make_node("Slice", ["maps", "three", "four", "axis"], ["shift"]),
        helper.make_node("Mul", ["matrix", "colors"], ["products"]),
        helper.make_node("ReduceSum", ["products", "axis"], ["sums"], keepdims=0),
        helper.make_node("Squeeze", ["shift", "axis"], ["moved"]),
        helper.make_node("Mul", ["moved", "top"], ["levels"]),
        helper.make_node("Add", ["sums", "levels"], ["whole"]),
        helper.make_node("Clip", ["whole", "black", "top"], ["clipped"]),
        helper.make_node("Round", ["clipped"], ["round"]),
        helper.make_node("Cast", ["round"], ["answer"], to=TensorProto.UINT8),
    ]
    integer, real = TensorProto.INT64, TensorProto.FLOAT
    constants = [
        constant("from", first, integer), constant("to", last, integer), constant("axes", [2, 3], integer),
        constant("size", [1, 12, box.height + 2 * edge, box.width + 2 * edge], integer),
        constant("edge", [edge, edge], integer), constant("end", [edge + box.height, edge + box.width], integer),
        constant("shape", [3, 4, box.height, box.width], integer),
        constant("zero", [0], integer), constant("three", [3], integer), constant("four", [4], integer),
        constant("axis", [1], integer), constant("black", np.float32(0), real), constant("top", np.float32(255), real),
    ]  # fmt: skip
    inputs = [
        helper.make_tensor_value_info("grid", real, [1, 12, CELLS, CELLS]),
        helper.make_tensor_value_info("pixels", TensorProto.UINT8, [3, box.height, box.width]),
    ]
    outputs = [helper.make_tensor_value_info("answer", TensorProto.UINT8, [3, box.height, box.width])]
    graph = helper.make_graph(nodes, "lift", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads.cores()
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    planes = np.ascontiguousarray(grid.reshape(CELLS, CELLS, 12).transpose(2, 0, 1)[None])

    def run() -> np.ndarray:
        found = session.run(None, {"grid": planes, "pixels": np.ascontiguousarray(pixels.transpose(2, 0, 1))})[0]
        return np.ascontiguousarray(found.transpose(1, 2, 0))

    return run


def by_numba(pixels: np.ndarray, box: Box, frame: tuple[int, int], grid: np.ndarray) -> Way:
    """One compiled loop over the pixels, rows on all cores."""
    import numba

    numba.set_num_threads(threads.cores())

    @numba.njit(parallel=True, fastmath=True)
    def loop(pixels, grid, y, x, answer):  # type: ignore[no-untyped-def]
        for row in numba.prange(pixels.shape[0]):
            i = min(int(y[row]), grid.shape[0] - 2)
            v = y[row] - np.float32(i)
            left = grid[i] + v * (grid[i + 1] - grid[i])
            for column in range(pixels.shape[1]):
                j = min(int(x[column]), grid.shape[1] - 2)
                u = x[column] - np.float32(j)
                for c in range(3):
                    value = left[j, c, 3] + u * (left[j + 1, c, 3] - left[j, c, 3])
                    value *= np.float32(255)
                    for k in range(3):
                        value += (left[j, c, k] + u * (left[j + 1, c, k] - left[j, c, k])) * pixels[row, column, k]
                    answer[row, column, c] = np.uint8(np.rint(min(max(value, np.float32(0)), np.float32(255))))

    ends = ((box.top, box.height, frame[0]), (box.left, box.width, frame[1]))
    y, x = (positions(CELLS, start, count, whole).astype(np.float32) for start, count, whole in ends)

    def run() -> np.ndarray:
        answer = np.empty_like(pixels)
        loop(pixels, grid, y, x, answer)
        return answer

    return run


# ---- the others ----------------------------------------------------------------------------------------------------


def by_ffmpeg(pixels: np.ndarray, cube: np.ndarray) -> Way:
    """FFmpeg's lut3d through PyAV, trilinear."""
    import tempfile

    import av

    with tempfile.NamedTemporaryFile("w", suffix=".cube", delete=False) as file:
        file.write(f"LUT_3D_SIZE {STEPS}\n")
        file.writelines(" ".join(f"{value:.6f}" for value in each) + "\n" for each in cube.transpose(2, 1, 0, 3).reshape(-1, 3))
    graph = av.filter.Graph()
    source = graph.add_buffer(width=pixels.shape[1], height=pixels.shape[0], format="rgb24", time_base="1/25")
    change, sink = graph.add("lut3d", f"file={file.name}:interp=trilinear"), graph.add("buffersink")
    source.link_to(change)
    change.link_to(sink)
    graph.configure()

    def run() -> np.ndarray:
        graph.push(av.VideoFrame.from_ndarray(pixels, format="rgb24"))
        return graph.pull().to_ndarray(format="rgb24")

    return run


def candidates(side: int) -> dict[str, dict[str, Way]]:
    """Form -> way -> what to call; the first of each form is its reference."""
    pixels, box, frame, transforms = scene(side)
    args = pixels, box, frame
    mine = {name: {"compositing.compose (ours)": ours(*args, transform)} for name, transform in transforms.items()}
    grid, cube, curves = (transforms[name].grid for name in ("affine grid", "lut", "curves"))
    affine: dict[str, Way] = {
        "numpy einsum": lambda: by_einsum(*args, grid), "sgemm planes": lambda: by_sgemm(*args, grid),
        "cv2.resize planes": lambda: by_resize(*args, grid), "four cv2.transform": lambda: by_transforms(*args, grid),
    }  # fmt: skip
    if find_spec("onnx"):
        affine["onnxruntime graph"] = by_onnxruntime(*args, grid)
    if find_spec("numba"):
        affine["numba"] = by_numba(*args, grid)
    table = cube.transpose(2, 1, 0, 3).reshape(-1).tolist()
    luts: dict[str, Way] = {
        "Pillow Color3DLUT": lambda: np.asarray(pillow.fromarray(pixels).filter(ImageFilter.Color3DLUT(STEPS, table)))
    }
    if find_spec("av"):
        luts["FFmpeg lut3d"] = by_ffmpeg(pixels, cube)
    steps = np.linspace(0, 1, STEPS)
    bytes_of = np.stack([to_uint8(np.interp(np.arange(256) / 255, steps, curves[:, c]).astype(np.float32)) for c in range(3)], -1)
    one = grid[0, 0]
    return {
        "affine grid": affine | mine["affine grid"],
        "one affine map": {"cv2.transform": lambda: to_uint8(cv2.transform(to_float(pixels), one))} | mine["one affine map"],
        "bilateral grid": mine["bilateral grid"],
        "curves": {"cv2.LUT": lambda: cv2.LUT(pixels, bytes_of[None])} | mine["curves"],
        "lut": luts | mine["lut"],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=9)
    given = parser.parse_args()
    ways = candidates(given.size)
    pixels = scene(given.size)[0]
    flat: dict[tuple[str, str], Way] = {("", "yardstick"): lambda: to_uint8(to_float(pixels))}
    flat |= {(form, name): way for form, some in ways.items() for name, way in some.items()}
    off = {}
    for form, some in ways.items():
        wanted = next(iter(some.values()))().astype(int)
        off |= {(form, name): int(np.abs(way().astype(int) - wanted).max()) for name, way in some.items()}
    seconds: dict[tuple[str, str], list[float]] = {key: [] for key in flat}
    for _ in range(given.repeats):
        for key, way in flat.items():
            start = time.perf_counter()
            way()
            seconds[key].append(time.perf_counter() - start)
    yard = np.array(seconds["", "yardstick"])
    each = 1e9 * np.median(yard) / given.size**2
    print(f"{given.size} x {given.size} pixels, {threads.cores()} cores; yardstick {each:.1f} ns/pixel\n")
    print("| form | way | time / yardstick | spread | off |\n|---|---|---:|---:|---:|")
    for (form, name), times in list(seconds.items())[1:]:
        ratio = np.array(times) / yard
        spread = (np.quantile(ratio, 0.9) - np.quantile(ratio, 0.1)) / 2
        print(f"| {form} | {name} | {np.median(ratio):.2f} | {spread:.2f} | {off[form, name]} |")


if __name__ == "__main__":
    main()
