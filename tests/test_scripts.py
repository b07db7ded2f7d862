"""benchmarks/ and examples/: the names of the package that they use are there."""

import ast
import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def rooms_named(path: Path) -> Iterator[tuple[str, str]]:
    """Every ``room.name`` of the package in a script, and every name that it imports from a room."""
    tree, rooms = ast.parse(path.read_text(encoding="utf-8")), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cleanplate"):
            for each in node.names:
                package = hasattr(importlib.import_module(str(node.module)), "__path__")
                if package and importlib.util.find_spec(f"{node.module}.{each.name}"):
                    rooms[each.asname or each.name] = f"{node.module}.{each.name}"
                else:
                    yield str(node.module), each.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in rooms:
            yield rooms[node.value.id], node.attr


@pytest.mark.parametrize("path", sorted([*ROOT.glob("benchmarks/*.py"), *ROOT.glob("examples/*.py")]), ids=lambda each: each.stem)
def test_scripts_name_only_what_the_rooms_have(path):
    """They are no part of the package, and the type checker does not read them."""
    pytest.importorskip("torch")
    missing = [f"{room}.{name}" for room, name in rooms_named(path) if not hasattr(importlib.import_module(room), name)]
    assert missing == []
