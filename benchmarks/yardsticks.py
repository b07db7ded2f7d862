"""What the rows are measured against: other ways through the same bytes, each as fast as its library does it."""

import io
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import onnxruntime
from PIL import Image as pillow

from benchmarks.pictures import Files
from cleanplate import Image
from cleanplate.files.photos import PIXEL_LIMIT
from cleanplate.models import graphs
from cleanplate.models.devices import Device
from cleanplate.pixels import threads

Job = Callable[[], object]
pillow.MAX_IMAGE_PIXELS = PIXEL_LIMIT  # the pictures are our own; Pillow would warn of the largest
QUALITY: dict[str, Any] = {"quality": 95, "subsampling": "4:4:4"}  # as `cleanplate compose` writes JPEG
NETWORK_SIDE = 256


def decode_and_encode(files: Files) -> Job:
    """Pillow alone: both JPEGs decoded, one of that size encoded. The matte's PNG is not in it."""
    encoded = np.asarray(pillow.open(files.plate))

    def run() -> None:
        for each in (files.person, files.plate):
            np.asarray(pillow.open(each))
        pillow.fromarray(encoded).save(io.BytesIO(), "JPEG", **QUALITY)

    return run


def decode_and_encode_by_opencv(files: Files) -> Job:
    """The same by OpenCV, which was built with another JPEG library."""
    encoded = np.asarray(cv2.imread(str(files.plate)))
    options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY["quality"], cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]

    def run() -> None:
        for each in (files.person, files.plate):
            cv2.imread(str(each))
        cv2.imencode(".jpg", encoded, options)

    return run


def linear_blend(person: Image, plate: Image, alpha: np.ndarray) -> Job:
    """OpenCV's linear blend of two 8-bit pictures by float32 weights, the least that any composition does."""
    return lambda: cv2.blendLinear(person.pixels, plate.pixels, alpha, 1 - alpha)


def feeds(name: str, side: int) -> dict[str, np.ndarray]:
    """Noise for every input of a shipped graph at ``side`` x ``side`` pixels; cues as the plate's graph gives them."""
    rng, graph = np.random.default_rng(0), graphs.graph(name, Device.cpu)
    arrays = {each: rng.random((1, 1 if each == "alpha" else 3, side, side), np.float32) for each in graph.inputs}
    if "cues" in arrays:
        cues = graphs.graph(f"{name}-cues", Device.cpu)
        own = int(cues.metadata["side"])
        arrays["cues"] = cues.run(plate=rng.random((1, 3, own, own), np.float32))["cues"]
    if "origin" in arrays:  # the place that the person comes from, which is not known
        arrays |= {"origin": np.zeros_like(arrays["cues"]), "known": np.zeros((1, 1), np.float32)}
    return arrays


def network_run(name: str = "harmonize-fast") -> Job:
    """One plain run of a network by onnxruntime at 256 x 256 pixels, the side at which published harmonizers work."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads.cores()
    content = graphs.read_weights(graphs.catalogue()[name].file)
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    arrays = feeds(name, NETWORK_SIDE)
    return lambda: session.run(None, arrays)


def copying(count: int) -> Job:
    """So many bytes copied once: read and written at the speed of the memory."""
    source, target = np.ones(count, np.uint8), np.zeros(count, np.uint8)
    return lambda: np.copyto(target, source)


def hard(alpha: np.ndarray) -> np.ndarray:
    """The mask that OpenCV takes: 255 where alpha is above one half, else 0."""
    return np.where(alpha > 0.5, 255, 0).astype(np.uint8)


def statistics(lab: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each channel under a mask, (3,) each."""
    mean, deviation = cv2.meanStdDev(lab, mask=mask)
    return mean[:, 0], np.maximum(deviation[:, 0], 1e-6)


def reinhard(composite: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Reinhard's color transfer as OpenCV does it fast: foreground to background of one composite, in CIE Lab.

    Reinhard et al., *Color Transfer between Images*, 2001, ``(x - own mean) * deviation / own deviation + mean`` in each channel.

    Args:
        composite: (height, width, 3) uint8.
        mask: (height, width) uint8, 255 where the foreground is and 0 elsewhere.

    Returns:
        (height, width, 3) uint8.
    """
    lab = cv2.cvtColor(composite.astype(np.float32) * np.float32(1 / 255), cv2.COLOR_RGB2Lab)
    own, deviation = statistics(lab, mask)
    mean, wanted = statistics(lab, cv2.bitwise_not(mask))
    left, top, width, height = cv2.boundingRect(mask)
    box = slice(top, top + height), slice(left, left + width)
    scale = wanted / deviation
    moved = cv2.transform(lab[box], np.column_stack([np.diag(scale), mean - own * scale]).astype(np.float32))
    changed = cv2.convertScaleAbs(cv2.cvtColor(moved, cv2.COLOR_Lab2RGB), alpha=255)  # rounds; Lab2RGB has clipped to [0, 1]
    result = composite.copy()
    result[box] = cv2.copyTo(changed, mask[box], result[box])
    return result


def linear_transport(composite: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Pitie and Kokaram's linear Monge-Kantorovitch map of RGB, 2007, by OpenCV: foreground to background of one composite.

    ``A = S^-1/2 (S^1/2 R S^1/2)^1/2 S^-1/2`` with S, R the covariances of foreground and background; see ``reinhard``.
    """
    values = composite.astype(np.float32) * np.float32(1 / 255)
    (own, spread), (mean, wanted) = (covariance(values, each > 0) for each in (mask, cv2.bitwise_not(mask)))
    half, inverse = root(spread, 0.5), root(spread, -0.5)
    matrix = inverse @ root(half @ wanted @ half, 0.5) @ inverse
    moved = cv2.transform(values, np.column_stack([matrix, mean - matrix @ own]).astype(np.float32))
    changed = cv2.convertScaleAbs(np.clip(moved, 0, 1), alpha=255)
    return np.asarray(cv2.copyTo(changed, mask, composite.copy()))


def covariance(values: np.ndarray, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (3,) and covariance (3, 3) of the colors under a boolean mask."""
    colors = values[where]
    return colors.mean(0, dtype=np.float64), np.cov(colors, rowvar=False)


def root(matrix: np.ndarray, power: float) -> np.ndarray:
    """A power of a symmetric positive matrix."""
    found, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(found, 1e-9) ** power) @ vectors.T)
