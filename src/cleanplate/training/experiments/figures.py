"""The experiments as plots, SVG; the same records give the same bytes. No photos."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cleanplate.errors import MissingExtra
from cleanplate.training.experiments import ablations, measures

try:
    import matplotlib
except ModuleNotFoundError as error:
    raise MissingExtra("matplotlib", "train") from error

matplotlib.use("svg")
matplotlib.rcParams |= {"svg.hashsalt": "cleanplate", "svg.fonttype": "none", "font.size": 8, "figure.autolayout": True}
from matplotlib import pyplot  # noqa: E402

Records = list[dict[str, Any]]


def save(figure: Any, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return path


def bars(axis: Any, names: list[str], found: list[measures.Spread]) -> None:
    """Means with their intervals where there are any."""
    halves = [each.half if np.isfinite(each.half) else 0.0 for each in found]
    axis.barh(names[::-1], [each.mean for each in found][::-1], xerr=halves[::-1], color="0.6", ecolor="0.1")


def names_of(records: Records, field: str) -> list[Any]:
    return list(dict.fromkeys(record[field] for record in records))


def style(records: Records, folder: Path) -> list[Path]:
    """Retrieval and transfer ratio by method."""
    kinds = names_of(records, "plates")
    figure, axes = pyplot.subplots(len(kinds), 2, figsize=(7, 1.2 + 1.4 * len(kinds)), squeeze=False)
    for row, kind in zip(axes, kinds, strict=True):
        some = [record for record in records if record["plates"] == kind]
        names = names_of(some, "method")
        for axis, metric in zip(row, ("retrieval", "transfer_ratio"), strict=True):
            bars(axis, names, [measures.over_seeds([each for each in some if each["method"] == name], metric) for name in names])
            axis.set_title(f"{metric}, {kind}")
            axis.axvline(1 / some[0]["count"] if metric == "retrieval" else 1, color="0.1", linestyle=":")
    return [save(figure, folder / "style.svg")]


def stability(records: Records, folder: Path) -> list[Path]:
    """The foreground's mean lightness along the first film of each kind, and the drift over all films."""
    kinds = names_of(records, "film")
    figure, axes = pyplot.subplots(2, len(kinds), figsize=(2.4 * len(kinds) + 1, 4.5), squeeze=False)
    for (top, low), kind in zip(axes.T, kinds, strict=True):
        some = [record for record in records if record["film"] == kind]
        names = names_of(some, "method")
        for name in names:
            first = next(each for each in some if each["method"] == name)
            top.plot([color[0] for color in first["signal"]], label=name, linewidth=0.8)
        top.set_title(f"L*, {kind}")
        bars(low, names, [measures.over_seeds([each for each in some if each["method"] == name], "s3") for name in names])
        low.set_title("S3")
    axes[0][0].legend(fontsize=5)
    return [save(figure, folder / "stability.svg")]


def two_stage(records: Records, folder: Path) -> list[Path]:
    """Errors against the alpha's error: each blend after blending, each chain after harmonizing."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8, 3.5))
    for way in names_of(records, "blend"):
        for name in names_of(records, "method"):
            some = [record for record in records if record["blend"] == way and record["method"] == name]
            points = [[each for each in some if each["alpha"] == alpha] for alpha in names_of(some, "alpha")]
            points.sort(key=lambda rows: float(np.mean([row["alpha_error"] for row in rows])))
            across = [float(np.mean([row["alpha_error"] for row in rows])) for rows in points]
            if name == names_of(records, "method")[0] and "band_l1" in some[0]:
                left.plot(across, [np.mean([row["band_l1"] for row in rows]) for rows in points], "o-", label=way, markersize=3)
            if way in ("linear", "learned"):
                dash = "-" if way == "learned" else ":"
                right.plot(across, [np.mean([row["fmse"] for row in rows]) for rows in points], dash, label=f"{way} + {name}")
    for axis, title in ((left, "band L1 after blending"), (right, "fMSE after harmonizing")):
        axis.set(title=title, xlabel="mean alpha error in the band")
        axis.legend(fontsize=5)
    return [save(figure, folder / "two-stage.svg")]


def ablation(records: Records, folder: Path) -> list[Path]:
    """Error by variant, and by the foreground's share for those that differ in their cues."""
    some = [record for record in records if "fmse" in record]
    if not some:
        return []
    names = names_of(some, "variant")
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8, 3.5))
    ratios = {name: ablations.error_ratio([each for each in some if each["variant"] == name]) for name in names}
    bars(left, names, [measures.spread(list(ratios[name].values())) for name in names])
    left.set_title("fMSE, share of doing nothing")
    true = [each for each in some if each["place"] != "filled" and each["kind"] == "graded"]
    bins = [f"{low:g}-{high:g}" for low, high in zip(ablations.BINS, ablations.BINS[1:], strict=False)]
    for name in (each for each in names if each in ("complete", "visible", "filled", "none", "rain")):
        chosen = [[each for each in true if each["variant"] == name and ablations.ratio_bin(each["ratio"]) == one] for one in bins]
        found = [measures.spread(list(ablations.error_ratio(each).values())) for each in chosen]
        right.errorbar(bins, [each.mean for each in found], [np.nan_to_num(each.half) for each in found], label=name, capsize=2)
    right.set(title="graded, true plates", xlabel="foreground's share of the picture")
    right.legend(fontsize=6)
    return [save(figure, folder / "ablations.svg")]


DRAWN: dict[str, Callable[[Records, Path], list[Path]]] = {
    "style": style, "stability": stability, "two-stage": two_stage, "ablations": ablation,
}  # fmt: skip


def draw(name: str, records: Records, folder: Path) -> list[Path]:
    """The figures of one experiment; their paths."""
    return DRAWN[name](records, folder)
