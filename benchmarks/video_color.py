"""RGB -> YUV -> RGB by this package and by swscale: error in levels of 255, and processor time at 1080p.

    python benchmarks/video_color.py

The picture is smooth noise, as half color is meant for. Both ways of swscale undo what this package coded.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from cleanplate.video import ycbcr
from cleanplate.video.coding import BT601, BT709, FULL, LIMITED, Coding

SIZE = (1080, 1920)
EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
ROUNDS = 9


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Median milliseconds of processor time, and the result."""
    spent = []
    for _ in range(ROUNDS):
        start = time.process_time()
        result = work()
        spent.append(time.process_time() - start)
    return statistics.median(spent) * 1e3, result


def by_swscale(frame: Any, coding: Coding, flags: int) -> Callable[[], Any]:
    converter = VideoReformatter()
    frame.colorspace, frame.color_range = coding.matrix, coding.range
    return lambda: converter.reformat(frame, format="rgb24", interpolation=flags, dst_color_range=FULL, threads=1).to_ndarray()


def main() -> None:
    cv2.setNumThreads(1)
    coarse = np.random.default_rng(0).integers(0, 256, (SIZE[0] // 32, SIZE[1] // 32, 3), np.uint8)
    picture = cv2.resize(coarse, SIZE[::-1], interpolation=cv2.INTER_CUBIC)
    for kind in ("yuv420p", "yuv422p", "yuv444p"):
        for wide, matrix in ((LIMITED, BT709), (LIMITED, BT601), (FULL, BT709)):
            coding = Coding(wide, matrix, BT709, BT709)
            there, frame = timed(lambda: ycbcr.from_rgb(picture, None, kind, coding, None))  # noqa: B023 - used at once
            ways = {
                "ours": lambda: ycbcr.to_rgb(frame, coding, None)[0],  # noqa: B023
                "swscale": by_swscale(frame, coding, int(Interpolation.BILINEAR)),
                "swscale, exact": by_swscale(frame, coding, int(EXACT)),
            }
            print(f"{kind} {coding.names()['matrix']} {coding.names()['range']}: coded in {there:.1f} ms")
            for name, way in ways.items():
                back, result = timed(way)
                error = result.astype(float) - picture
                print(f"    {name:15} error {np.abs(error).mean():.2f}, mean {error.mean():+.2f}, decoded in {back:.1f} ms")


if __name__ == "__main__":
    main()
