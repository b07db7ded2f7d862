"""Exported graphs in a folder, to be tried in place of the shipped ones."""

from pathlib import Path

from cleanplate.compositor import Compositor
from cleanplate.errors import InputError, WeightsError, why
from cleanplate.models import blender, graphs
from cleanplate.models.harmonizer import Harmonizer


def load(path: Path) -> graphs.Graph:
    """The graph in a file.

    Raises:
        WeightsError: it cannot be read or is not of this contract.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({why(error)}); give a folder that `cleanplate export` wrote.") from error
    graph = graphs.Graph(path.stem, content)
    if graph.metadata.get("contract") != graphs.CONTRACT:
        raise WeightsError(f"{path} is not a graph of contract {graphs.CONTRACT}; export it with this version of cleanplate.")
    return graph


def only(paths: list[Path], folder: Path, what: str) -> Path | None:
    """The one path of a list, None of an empty one.

    Raises:
        InputError: there are several.
    """
    if len(paths) > 1:
        raise InputError(f"{folder} holds {len(paths)} {what} graphs; one candidate goes into a folder, move the others.")
    return paths[0] if paths else None


def compositor(folder: Path) -> Compositor:
    """A compositor with the folder's ``harmonize-NAME.onnx`` and its ``-cues``, and ``blend-NAME.onnx``; else the shipped ones.

    Raises:
        InputError: no such graph, several of a kind, or a harmonizer without its cues.
        WeightsError: see ``load``.
    """
    heads = [path for path in sorted(folder.glob("harmonize-*.onnx")) if not path.stem.endswith("-cues")]
    head, blend = only(heads, folder, "harmonization"), only(sorted(folder.glob("blend-*.onnx")), folder, "blending")
    if head is None and blend is None:
        raise InputError(f"{folder} holds no harmonize-*.onnx and no blend-*.onnx; give a folder that `cleanplate export` wrote.")
    harmonizer = None
    if head is not None:
        cues = head.with_name(f"{head.stem}-cues.onnx")
        if not cues.exists():
            raise InputError(f"{head} has no {cues.name} beside it; `cleanplate export` writes both.")
        harmonizer = Harmonizer(head.stem, load(cues), load(head))
    return Compositor(harmonizer, None if blend is None else blender.Blender(blend.stem, load(blend)))
