"""Results -> Markdown sections of ``docs/results.md``, each between its own markers; the rest of the file stays as it is."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cleanplate.errors import InputError
from cleanplate.training.experiments import ablations, measures, style, two_stage

Records = list[dict[str, Any]]
NAMES = ("style", "stability", "two-stage", "ablations")


def replaced(text: str, name: str, body: str) -> str:
    """The document with the section ``name`` put between its markers, at the end when it has none yet.

    >>> replaced("a", "x", "b") == "a\\n\\n<!-- begin: x -->\\nb\\n<!-- end: x -->\\n"
    True
    """
    begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
    section = f"{begin}\n{body.strip()}\n{end}"
    if begin in text and end in text:
        before, rest = text.split(begin, 1)
        return before + section + rest.split(end, 1)[1]
    return f"{text.rstrip()}\n\n{section}\n"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table, the first column to the left and the others to the right."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)])


def only(records: Records, **wanted: object) -> Records:
    return [record for record in records if all(record[name] == value for name, value in wanted.items())]


def values(records: Records, name: str) -> list[Any]:
    """What a field takes on, in the order of first appearance."""
    return list(dict.fromkeys(record[name] for record in records))


def cell(records: Records, metric: str) -> str:
    found = measures.over_seeds(records, metric)
    return str(found) if found.of else "-"


# ---- the sections --------------------------------------------------------------------------------------------------


def style_section(records: Records) -> str:
    """Tables of the style experiment, and ours against RAIN sample by sample."""
    metrics = ("transfer_ratio", "retrieval", "monotonicity", "content", "truth_gap", "reach")
    parts = []
    for kind in values(records, "plates"):
        some = only(records, plates=kind)
        count, samples = some[0]["count"], len(values(some, "sample"))
        parts.append(f"\n### Plates: {kind} ({samples} foregrounds, {count} plates, retrieval by chance {1 / count:.3g})\n")
        rows = [[name, *(cell(only(some, method=name), each) for each in metrics)] for name in values(some, "method")]
        parts.append(table(("method", *metrics), rows))
    if {"complete", "rain"} <= set(values(records, "method")):
        parts.append("\nComplete cues less RAIN, the same foregrounds, mean and bootstrap 95 % interval:\n")
        for metric in metrics[:-1]:
            mean, low, high = style.paired(records, metric, "complete", "rain")
            if np.isfinite(mean):
                parts.append(f"- {metric}: {mean:+.3g} [{low:+.3g}, {high:+.3g}]")
    return "\n".join(parts)


def stability_section(records: Records) -> str:
    """A table for each kind of film."""
    columns = ("s1", "s2", "s3", "s4", "s5", "s1_ratio", "s3_ratio", "cues_change")
    parts = []
    for film in values(records, "film"):
        some = only(records, film=film)
        parts.append(f"\n### Film: {film} ({len(values(some, 'sample'))} films of {len(some[0]['signal'])} frames)\n")
        rows = [[name, *(cell(only(some, method=name), each) for each in columns)] for name in values(some, "method")]
        parts.append(table(("method", *columns), rows))
    return "\n".join(parts)


def slopes(records: Records, metric: str) -> str:
    """Degradation by alpha error, over seeds."""
    seeds = [two_stage.degradation(only(records, seed=seed), metric) for seed in values(records, "seed")]
    return str(measures.spread(seeds))


def two_stage_section(records: Records) -> str:
    """After blending by alpha; after harmonizing by chain, and how fast it degrades."""
    edge = ("band_psnr", "band_l1", "band_gradient", "contamination", "blend_ms")
    whole = ("fmse", "psnr", "fssim", "harmonize_ms")
    first = values(records, "method")[0]
    rows = [
        [f"{way}, {alpha}", *(cell(only(records, blend=way, alpha=alpha, method=first), each) for each in edge)]
        for alpha in values(records, "alpha")
        for way in values([record for record in records if "band_l1" in record], "blend")
    ]
    parts = ["\n### After blending\n", table(("blend, alpha", *edge), rows)]
    head = ("blend + harmonization", *whole, "fmse at true alpha", "fmse at worst alpha", "fmse slope", "band L1 slope")
    rows = []
    for way in values(records, "blend"):
        for name in values(records, "method"):
            some = only(records, blend=way, method=name)
            ends = [cell(only(some, alpha=alpha), "fmse") for alpha in (values(some, "alpha")[0], values(some, "alpha")[-1])]
            declines = (slopes(some, each) for each in ("fmse", "final_band_l1"))
            rows.append([f"{way} + {name}", *(cell(some, each) for each in whole), *ends, *declines])
    note = "\nSlopes are per hundredth of mean alpha error in the band; other columns are means over all alphas.\n"
    return "\n".join([*parts, "\n### After harmonizing\n", table(head, rows), note])


def shares(records: Records, metric: str = "fmse", to: str = "nothing") -> str:
    return str(measures.spread(list(ablations.error_ratio(records, metric, to).values()))) if records else "-"


def ablations_section(records: Records) -> str:
    """fMSE as a share of doing nothing by variant and place, by foreground ratio, and the blends."""
    harmonize = [record for record in records if "fmse" in record]
    blend = [record for record in records if "band_l1" in record]
    return "\n".join([*(harmonize_tables(harmonize) if harmonize else []), *(blend_table(blend) if blend else [])])


def harmonize_tables(records: Records) -> list[str]:
    places, kinds = values(records, "place"), values(records, "kind")
    rows, bins = [], []
    names = [f"{low:g}-{high:g}" for low, high in zip(ablations.BINS, ablations.BINS[1:], strict=False)]
    for variant in values(records, "variant"):
        some = only(records, variant=variant)
        parts = [only(some, place=each) for each in places] + [only(some, kind=each) for each in kinds]
        row = [variant, shares(some), *(shares(part) for part in parts)]
        worse = [record | {"worse": record["fmse"] > record["nothing"]} for record in some]
        rows.append([*row, shares(only(some, kind="graded"), "wrong_plate", "fmse"), cell(worse, "worse")])
        true = [record for record in some if record["place"] != "filled" and record["kind"] == "graded"]
        bins.append([variant, *(shares([each for each in true if ablations.ratio_bin(each["ratio"]) == name]) for name in names)])
    counts = [len([each for each in only(records, variant=rows[0][0], kind="graded") if in_bin(each, name)]) for name in names]
    head = ("variant", "all", *places, *kinds, "wrong / right plate", "made worse")
    return [
        "\n### fMSE as a share of doing nothing\n", table(head, rows),
        "\n### By the foreground's share of the picture: graded, true plates only\n",
        table(("variant", *(f"{name} (n={count})" for name, count in zip(names, counts, strict=True))), bins),
    ]  # fmt: skip


def in_bin(record: dict[str, Any], name: str) -> bool:
    return record["place"] != "filled" and ablations.ratio_bin(record["ratio"]) == name


def blend_table(records: Records) -> list[str]:
    columns = ("band_l1", "band_psnr", "linear_band_l1", "linear_band_psnr")
    rows = [[variant, *(cell(only(records, variant=variant), each) for each in columns)] for variant in values(records, "variant")]
    return ["\n### Blending\n", table(("variant", *columns), rows)]


SECTIONS: dict[str, tuple[str, Callable[[Records], str]]] = {
    "style": ("Style control", style_section),
    "stability": ("Stability in time", stability_section),
    "two-stage": ("Unified against two stages", two_stage_section),
    "ablations": ("Ablations", ablations_section),
}


# ---- files ---------------------------------------------------------------------------------------------------------


def save(out: Path, name: str, command: str, records: Records) -> Path:
    """Keep an experiment's records, and the command that made them."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}.json"
    defined = [{field: None if undefined(value) else value for field, value in record.items()} for record in records]
    content = json.dumps({"command": command, "records": defined}, default=plain, allow_nan=False)
    path.with_suffix(".part").write_text(content, encoding="utf-8")
    path.with_suffix(".part").replace(path)
    return path


def undefined(value: Any) -> bool:
    """Whether it is not a number, which JSON has no word for."""
    return isinstance(value, float) and not np.isfinite(value)


def plain(value: Any) -> Any:
    """numpy's numbers as Python's."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON.")


def load(out: Path, name: str) -> dict[str, Any] | None:
    path = out / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def write(out: Path, document: Path, figures: Path) -> list[str]:
    """Put a section into the document for every experiment that has been run; the names of those come back.

    Raises:
        InputError: none has been run.
    """
    from cleanplate.training.experiments import figures as drawing  # needs matplotlib

    done = []
    text = document.read_text(encoding="utf-8") if document.exists() else "# Results\n"
    for name, (title, section) in SECTIONS.items():
        found = load(out, name)
        if found is None:
            continue
        drawn = drawing.draw(name, found["records"], figures)
        pictures = "\n".join(f"![{path.stem}]({path.relative_to(document.parent)})" for path in drawn)
        text = replaced(text, name, f"## {title}\n\n`{found['command']}`\n{section(found['records'])}\n\n{pictures}")
        done.append(name)
    if not done:
        raise InputError(f"{out} holds no results: run one of {', '.join(NAMES)} first.")
    document.write_text(text, encoding="utf-8")
    return done
