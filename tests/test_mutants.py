"""benchmarks.mutants: small changes of a toy, of which its tests notice some."""

import ast
from pathlib import Path

import pytest

from benchmarks import mutants
from benchmarks.mutations import mutations

TOY = '''"""Five is a limit."""
LIMIT = 5


def kept(value: int, least: int = 0) -> int:
    """Not below ``least``."""
    return max(value, least) if value < LIMIT else LIMIT


def unused() -> bool:
    return not LIMIT
'''


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A tree with one room, whose tests see its limit and not what happens below zero."""
    room, tests = tmp_path / "tree/src/cleanplate/a", tmp_path / "tree/tests/a"
    for folder in (room, tests):
        folder.mkdir(parents=True)
    for package in (room.parent, room):
        (package / "__init__.py").touch()
    (room / "b.py").write_text(TOY)
    (tests / "test_b.py").write_text(
        "from cleanplate.a.b import kept\n\ndef test_it(tmp_path):\n    assert kept(9) == 5\n    assert kept(3) == 3\n"
    )
    return tmp_path / "tree"


def test_mutants_that_tests_see_are_killed_and_the_others_listed_and_tried_again_when_told(toy, tmp_path, capsys):
    mutants.run(toy, tmp_path / "kept", 3)
    assert len((tmp_path / "kept/results.jsonl").read_text().splitlines()) == 3  # and the next one goes on from there
    told = mutants.run(toy, tmp_path / "kept", 100)
    whole = "return max(value, least) if value < LIMIT else LIMIT"
    for old, new in (("5", "4"), ("max", "min"), (whole, "return None")):
        assert f"    - {old}\n    + {new}\n" not in told
    for place, old, new in (
        (":7: kept: survived", "value < LIMIT", "(value <= LIMIT)"),  # kept(5) is 5 either way
        (":5: kept: survived", "0", "1"),  # 3 is more than either
        (":11: unused: no test enters it", "not LIMIT", "(LIMIT)"),
        (":11: unused: no test enters it", "return not LIMIT", "return None"),
    ):
        assert f"src/cleanplate/a/b.py{place}\n    - {old}\n    + {new}\n" in told
    assert told.endswith("3 of 7 killed, 42.9 %")
    assert (toy / "src/cleanplate/a/b.py").read_text() == TOY  # nobody's checkout is changed
    assert capsys.readouterr().out.count(" s src/") == 7
    assert mutants.run(toy, tmp_path / "kept", 7) == told
    assert capsys.readouterr().out == ""
    test = toy / "tests/a/test_b.py"
    test.write_text(f"{test.read_text()}\ndef test_below():\n    assert kept(-1) == 0\n")
    assert mutants.run(toy, tmp_path / "kept", 7, again=True).endswith("4 of 7 killed, 57.1 %")
    assert capsys.readouterr().out.count(" s src/") == 4


def test_mutants_ask_that_tests_pass_first(toy, tmp_path):
    (toy / "tests/a/test_b.py").write_text("def test_it():\n    assert not 1\n")
    with pytest.raises(SystemExit, match="tests fail on the unchanged code"):
        mutants.run(toy, tmp_path / "kept", 1)


STARTED = """
import subprocess, sys
import pytest

@pytest.fixture(scope="module")
def told():
    code = "from cleanplate.a.b import unused; print(unused())"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout

def test_it(told):
    assert told == "False\\n"
"""


def test_what_a_file_s_own_fixture_starts_may_enter_everything(toy, tmp_path):
    (toy / "tests/a/test_b_served.py").write_text(STARTED)
    told = mutants.run(toy, tmp_path / "kept", 7)
    assert "unused" not in told
    assert told.endswith("5 of 7 killed, 71.4 %")


def test_without_a_budget_for_others_only_a_room_s_own_tests_run(toy, tmp_path):
    other = toy / "tests/a/test_other.py"
    other.write_text("def test_it():\n    assert not 1\n")
    assert mutants.run(toy, tmp_path / "kept", 7, budget=0.0).endswith("3 of 7 killed, 42.9 %")
    for name, first in (("test_b_more.py", ""), ("test_other.py", '"""a.b and a.c: more."""\n')):
        other = other.rename(toy / "tests/a" / name)
        other.write_text(f"{first}def test_it():\n    assert not 1\n")
        with pytest.raises(SystemExit, match="tests fail on the unchanged code"):
            mutants.run(toy, tmp_path / "kept", 7, budget=0.0, again=True)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a < b != c", ["(a <= b != c)", "(a < b == c)"]),
        ("x = a and not b", ["(a or not b)", "(b)"]),
        ("x = -a + 2 * b", ["(-a - 2 * b)", "(a)", "(2 / b)", "3"]),
        ("x = a[k:3]", ["k + 1:3", "2"]),
        ("x = 'text' + f'{a + 1}'", []),
        ("def f(a: int = 3) -> list[0]:\n    'Text.'\n    return a", ["2", "return None"]),
        ("from a import b\nif TYPE_CHECKING:\n    c = 1", []),
        ("f(0.5)\na.b = c\nd = c", ["pass", "1.0", "pass"]),
        ("x = np.minimum(a, True)", ["np.maximum", "False"]),
        ("é = [zip(a, b, strict=True), 1 < c]", ["(1 <= c)", "0"]),
    ],
)
def test_each_kind_of_mutation_by_hand(code, expected):
    found = mutations("a.py", code.encode())
    assert [each.new for each in found] == expected
    for each in found:
        changed = each.applied(code.encode()).decode()
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(code))


def test_a_mutation_keeps_its_key_when_its_lines_move_and_its_file_is_renamed():
    first = mutations("a.py", TOY.encode())
    moved = mutations("b/c.py", TOY.replace("LIMIT = 5\n", "# moved\nLIMIT = 5\n\n").encode())
    assert [each.key for each in first] == [each.key for each in moved]
    assert len({each.key for each in first}) == len(first)
