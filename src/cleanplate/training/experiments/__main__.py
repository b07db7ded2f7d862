"""``python -m cleanplate.training.experiments {ablations,style,stability,two-stage,write}``: run one experiment, or write them up.

``ablations`` trains the networks that the other three compare; without them those use the shipped weights and the classical ways.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from cleanplate.compositor import Compositor
from cleanplate.errors import CleanplateError, InputError
from cleanplate.training.experiments import ablations, methods, samples, stability, style, two_stage, variants, write
from cleanplate.training.experiments.methods import Methods
from cleanplate.training.experiments.variants import VARIANTS, Budget
from cleanplate.training.readers import datasets
from cleanplate.training.run import batches
from cleanplate.training.samples import pack

COMPARED = {  # the variants and the classical ways that each experiment is about
    "style": ("complete", "visible", "rain", "reinhard-complete", "reinhard-visible"),
    "stability": ("complete", "visible", "none-cues", "rain", "reinhard-complete", "reinhard-visible", "none"),
    "two-stage": ("none", "reinhard-visible", "reinhard-complete", "rain", "complete"),
}
TRAINED = {"none-cues": "none"}  # the variant without cues, where "none" is already the composite as it is


def parser() -> argparse.ArgumentParser:
    """Every option of every experiment."""
    found = argparse.ArgumentParser(prog="python -m cleanplate.training.experiments", description=__doc__)
    found.add_argument("experiment", choices=[*write.NAMES, "write"])
    found.add_argument("--out", type=Path, required=True, help="folder of all results; what is there is not trained again")
    found.add_argument("--data", type=Path, help="data folder; makes the packs where they are missing, and gives the real clips")
    found.add_argument("--packs", type=Path, help="folder with pack-train and pack-validation; OUT when left out")
    found.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    found.add_argument("--variants", nargs="+", choices=list(VARIANTS), help="ablations to train; all when left out")
    found.add_argument("--steps", type=int, default=Budget().steps, help="of each training")
    found.add_argument("--batch", type=int, default=Budget().batch)
    found.add_argument("--size", type=int, default=Budget().size, help="pixels of training and of the trained networks")
    found.add_argument("--pool", type=int, default=Budget().pool, help="samples that all trainings of a stage share")
    found.add_argument("--count", type=int, help="samples of a set (ablations, 24), foregrounds (style, 50), films (6), cases (12)")
    found.add_argument("--plates", type=int, default=8, help="of each foreground (style)")
    found.add_argument("--frames", type=int, default=60, help="of each film (stability)")
    found.add_argument("--side", type=int, help="pixels of the pictures (style and stability 128, two-stage 256)")
    found.add_argument("--document", type=Path, default=Path("docs/results.md"), help="what `write` puts the sections into")
    return found


def said(options: argparse.Namespace) -> str:
    """The command that made a result, folders by their names in the documentation."""
    words = ["python -m cleanplate.training.experiments", options.experiment]
    defaults = vars(parser().parse_args([options.experiment, "--out", str(options.out)]))
    for name, value in vars(options).items():
        if name in ("experiment", "document") or (value == defaults[name] and name != "out"):
            continue
        several = value if isinstance(value, list) else [value]
        words += [f"--{name}", *(name.upper() if isinstance(each, Path) else str(each) for each in several)]
    return " ".join(words)


def packs(options: argparse.Namespace, stages: set[str]) -> tuple[Path, Path]:
    """Training and validation packs, built from the data where they are missing.

    Raises:
        InputError: they are missing and no data folder was given.
    """
    folder = options.packs or options.out
    ready = folder / "pack-train", folder / "pack-validation"
    if options.data is not None:
        found = datasets.read_tree(options.data)
        names = datasets.names_for(found, options.out / "split.json")
        for split, path in zip(("train", "validation"), ready, strict=True):
            for stage in sorted(stages):
                pack.ensure(datasets.select(found, split, names), path, stage)
    for path in ready:
        if not (path / "groups.json").exists():
            raise InputError(f"{path} holds no pack: give --data to build it, or --packs with a folder that has it.")
    return ready


def compared(options: argparse.Namespace) -> Methods:
    """The methods of an experiment: classical, shipped, and every trained variant and seed that ``ablations`` has left in OUT."""
    classical, found = methods.classical(), Methods()
    for name in COMPARED[options.experiment]:
        variant = TRAINED.get(name, name)
        folders = {seed: options.out / "ablations" / f"{variant}-{seed}" for seed in options.seeds}
        if name in classical:
            found[name] = classical[name]
        elif any((each / "result.json").exists() for each in folders.values()):
            ready = {seed: each for seed, each in folders.items() if (each / "result.json").exists()}
            found[name] = {seed: ablations.harmonizer(variant, each, options.size) for seed, each in ready.items()}
    return found | {"shipped": {0: methods.shipped()}}


# ---- the experiments -----------------------------------------------------------------------------------------------


def keep_ablations(options: argparse.Namespace, budget: Budget) -> list[dict[str, Any]]:
    """Everything of this budget that is finished so far, written down with the command that makes it from nothing."""
    done = ablations.finished(options.out / "ablations", budget)
    found = {"variants": list(dict.fromkeys(name for name, _ in done)), "seeds": sorted({seed for _, seed in done})}
    records = [record for result in done.values() for record in result["records"]]
    write.save(options.out, "ablations", said(argparse.Namespace(**(vars(options) | found))), records)
    return records


def run_ablations(options: argparse.Namespace) -> list[dict[str, Any]]:
    names = options.variants or list(VARIANTS)
    budget = Budget(options.steps, options.batch, options.size, options.pool)
    ready = packs(options, {VARIANTS[name].stage for name in names})
    count, held, sources = options.count or 24, None, dict[str, tuple[batches.Source, batches.Source]]()
    for seed in options.seeds:  # the first seed of all first: something can be read early
        for name in names:
            if ablations.kept(options.out / "ablations" / f"{name}-{seed}" / "result.json", budget) is not None:
                continue
            stage = VARIANTS[name].stage
            if held is None and stage == "harmonize":
                held = samples.held_out(pack.Pack(ready[1]), options.size, count)
            if stage not in sources:
                sources[stage] = variants.sources_of(stage, ready, budget)
            done = ablations.one(name, seed, sources[stage], options.out / "ablations", budget, held or {}, count)
            print(f"ablations: {name}, seed {seed}: {done['cpu_seconds']:.0f} s of CPU", file=sys.stderr, flush=True)
            keep_ablations(options, budget)
    return keep_ablations(options, budget)


def run_style(options: argparse.Namespace) -> list[dict[str, Any]]:
    held = pack.Pack(packs(options, {"harmonize"})[1])
    subjects = samples.style_subjects(held, options.side or 128, options.count or 50, options.plates)
    return style.run(compared(options), subjects)


def run_stability(options: argparse.Namespace) -> list[dict[str, Any]]:
    held = pack.Pack(packs(options, {"harmonize"})[1])
    clips: list[Path] = []
    if options.data is not None:  # clips whose frames were not trained on
        chosen = datasets.select(datasets.read_tree(options.data), "validation")
        clips = list(dict.fromkeys(photo.image for photo in chosen if photo.kind == "clips"))
    return stability.run(compared(options), samples.films(held, options.side or 128, options.count or 6, options.frames, clips))


def run_two_stage(options: argparse.Namespace) -> list[dict[str, Any]]:
    held = pack.Pack(packs(options, {"harmonize"})[1])
    cases = samples.cases(held, options.side or 256, options.count or 12)
    return two_stage.run(compared(options), two_stage.blends(Compositor()), cases)


RUNS = {"ablations": run_ablations, "style": run_style, "stability": run_stability, "two-stage": run_two_stage}


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        if options.experiment == "write":
            done = write.write(options.out, options.document, options.document.parent / "figures")
            print(f"{options.document}: {', '.join(done)}")
        else:
            print(said(options), file=sys.stderr)
            records = RUNS[options.experiment](options)
            if options.experiment != "ablations":  # which keeps its own as they come
                write.save(options.out, options.experiment, said(options), records)
            print(options.out / f"{options.experiment}.json")
    except CleanplateError as error:
        print(f"experiments: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
