"""Leaves out, aloud, what needs the extra ``train`` where that is not installed."""

from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TORCHLESS = {  # rooms of training/ without torch
    "__init__", "baselines", "candidates", "conventions", "datasets", "edges", "evaluate", "iharmony4", "lights",
    "matting_metrics", "metrics", "pack", "real_use", "report", "retoning", "skin", "synthesis", "tables", "transfer",
    "video_metrics",
}  # fmt: skip
NO_TORCH = find_spec("torch") is None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if NO_TORCH:
        terminalreporter.write_line("torch is not installed: the tests of the extra `train` were left out")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """True for a module (or its test) that would import torch; None leaves the choice to others."""
    rooms = (HERE / "src/cleanplate/training", HERE / "src/cleanplate/training/experiments", HERE / "tests/training")
    training = collection_path.parent in rooms
    wanted = collection_path.suffix == ".py" and collection_path.stem.removeprefix("test_") not in TORCHLESS
    return True if NO_TORCH and training and wanted else None
