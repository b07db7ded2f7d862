"""The command as it is typed: run in this process, and refused in one sentence."""

import os
from pathlib import Path

import numpy as np
import pytest

import cleanplate
from cleanplate import cli

COMMANDS = (
    "compose", "harmonize", "matte", "cues", "models", "devices", "evaluate", "synthesize", "shards", "train", "export", "batch",
    "serve", "studio",
)  # fmt: skip
PLAIN = ("--no-blend", "--no-harmonize")
WINDOWS = os.name == "nt"


def run(*arguments: str | Path) -> int:
    return cli.main([str(each) for each in arguments])


def pixels(path: Path) -> np.ndarray:
    return cleanplate.read_image(path).pixels


def refused(capsys: pytest.CaptureFixture[str], code: int, *arguments: str | Path) -> str:
    """The one sentence of a refusal; what lay in the output's folder lies there unchanged, and nothing else."""
    capsys.readouterr()
    assert run(*arguments) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert told.err.startswith("cleanplate: ")
    return told.err
