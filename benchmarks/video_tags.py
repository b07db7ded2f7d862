"""What of a video file survives reading and writing: a table of tags before and after, for small files made here.

    python benchmarks/video_tags.py

Looked up with PyAV alone. Exit 1 if a time or a packet of sound differs.
"""

import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from clips import STEADY, UNEVEN, again, clip, packets, pictures, shown

THIRD = Fraction(3, 10)
CASES: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {  # name: (from, to, how made, how written)
    "constant rate": ("a.mp4", "b.mp4", {"sound": Fraction(0), "coding": (1, 1, 1, 1)}, {}),
    "variable rate, sound 0.3 s late": ("a.mp4", "b.mp4", {"times": UNEVEN, "base": Fraction(1, 30000), "sound": THIRD}, {}),
    "video 0.1 s late": (
        "a.mp4", "b.mov",
        {"times": [3000 + pts for pts in UNEVEN], "base": Fraction(1, 30000), "sound": Fraction(0)}, {},
    ),
    "variable rate, milliseconds": (
        "a.mkv", "b.mkv", {"times": [pts // 30 for pts in UNEVEN], "base": Fraction(1, 1000), "sound": THIRD}, {},
    ),
    "Matroska to MP4": ("a.mkv", "b.mp4", {"times": [pts // 30 for pts in UNEVEN], "base": Fraction(1, 1000), "sound": THIRD}, {}),
    "MP4 to Matroska": ("a.mp4", "b.mkv", {"times": UNEVEN, "base": Fraction(1, 30000), "sound": THIRD}, {}),
    "MP4 to Matroska, sound from the start": (
        "a.mp4", "b.mkv", {"times": UNEVEN, "base": Fraction(1, 30000), "sound": Fraction(0)}, {},
    ),
    "camera's stream": ("a.ts", "b.mp4", {"sound": THIRD}, {}),
    "turned, BT.601 full range": ("a.mp4", "b.mp4", {"rotation": 90, "coding": (2, 6, 6, 6)}, {}),
    "wide pixels": ("a.mp4", "b.mp4", {"aspect": Fraction(64, 45), "coding": (1, 5, 5, 6)}, {}),
    "10 bit": ("a.mp4", "b.mp4", {"kind": "yuv420p10le", "coding": (1, 1, 1, 1)}, {"codec": "hevc"}),
    "odd size": ("a.webm", "b.webm", {"shapes": pictures(30, (49, 65)), "codec": "libvpx-vp9", "options": {}}, {}),
    "odd size to H.264": ("a.webm", "b.mp4", {"shapes": pictures(30, (49, 65)), "codec": "libvpx-vp9", "options": {}}, {}),
}  # fmt: skip


def look(path: Path) -> dict[str, Any]:
    with av.open(str(path)) as file:
        stream, frame = file.streams.video[0], next(file.decode(video=0))
        return {
            "size": f"{frame.width}x{frame.height}",
            "format": frame.format.name,
            "turn": frame.rotation,
            "aspect": str(stream.sample_aspect_ratio or 1),
            "range matrix primaries transfer": " ".join(
                str(int(tag)) for tag in (frame.color_range, frame.colorspace, frame.color_primaries, frame.color_trc)
            ),
            "time base": str(stream.time_base),
            "seconds": float((file.duration or 0) / av.time_base),
        }


def row(name: str, folder: Path) -> tuple[list[str], bool]:
    before, after, made, how = CASES[name]
    source = clip(folder / before, made.pop("times", STEADY), made.pop("base", Fraction(1, 12800)), **made)
    target = again(source, folder / after, overwrite=True, **how)
    first, second = look(source), look(target)
    tags = [key for key in first if key != "seconds"]
    cells = [str(first[key]) if first[key] == second[key] else f"{first[key]} -> {second[key]}" for key in tags]
    moved = [one - other for one, other in zip(shown(target), shown(source), strict=True)]
    steady = max(moved) - min(moved)
    sound = "none"
    if "sound" in made:
        one, two = packets(source), packets(target)
        same = [bytes_ for _, bytes_ in one] == [bytes_ for _, bytes_ in two]
        slip = (two[0][0] - shown(target)[0]) - (one[0][0] - shown(source)[0])
        same_or_not = "the same" if same else "without their ADTS headers" if before == "a.ts" else "DIFFER"
        sound = f"{len(two)} packets {same_or_not}, {float(slip) * 1e3:+.2f} ms"
    times = f"{len(moved)} the same"
    if any(moved):
        times = f"{len(moved)} moved by {float(moved[0]) * 1e3:+.2f} ms, within {float(steady) * 1e3:.2f} ms"
    fine = "DIFFER" not in sound and steady <= Fraction(1, 1000)
    return [name, f"{before[2:]} to {after[2:]}", times, sound, *cells, f"{second['seconds'] - first['seconds']:+.3f} s"], fine


def main() -> int:
    heads = ["case", "files", "frame times", "sound, offset to the picture", "size", "pixel format", "turn", "pixel aspect",
             "range matrix primaries transfer (H.273)", "time base", "duration"]  # fmt: skip
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for name in CASES:
            cells, fine = row(name, Path(folder))
            print("| " + " | ".join(cells) + " |")
            good &= fine
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
