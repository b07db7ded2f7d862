"""training: what the verbs of training call, and what they print."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from commands import refused, run


@pytest.mark.parametrize("command", [("train", "blend", "--data", ".", "--out", "runs"), ("export", __file__, "-o", "onnx")])
def test_training_without_torch_names_the_pip_command(capsys, monkeypatch, command):
    for name in [each for each in sys.modules if each.startswith("cleanplate.training.")]:
        monkeypatch.delitem(sys.modules, name)
        monkeypatch.delattr(f"cleanplate.training.{name.split('.')[2]}", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert "pip install 'cleanplate[train]'" in refused(capsys, 3, *command)


def test_evaluate_prints_the_tables_or_the_json(tmp_path, capsys, monkeypatch):
    from cleanplate.training.measure import evaluate, tables

    asked, result = [], {"blend": {"portraits": {"none": {"band_l1": 1.0, "n": 3}}}}
    monkeypatch.setattr(evaluate, "run", lambda *given: asked.append(given) or result)
    out = tmp_path / "found.json"
    assert run("evaluate", "--data", tmp_path, "--split", "all", "--limit", "3", "--json", out, "--convention", "idih") == 0
    assert asked == [(tmp_path, "all", 3, None, "idih", evaluate.Extras())]
    assert capsys.readouterr().out == tables.table(result) + "\n"
    assert json.loads(out.read_text()) == result
    assert run("evaluate", "--data", tmp_path, "--json", "-") == 0
    assert json.loads(capsys.readouterr().out) == result
    assert "exists" in refused(capsys, 2, "evaluate", "--data", tmp_path, "--json", out)
    assert len(asked) == 2


def test_evaluate_writes_a_page_and_takes_slow_methods_and_candidates(tmp_path, capsys, monkeypatch):
    from cleanplate.training.measure import baselines, candidates, evaluate

    asked = []
    monkeypatch.setattr(evaluate, "run", lambda *given: asked.append(given) or {"about": {"split": "validation"}})
    monkeypatch.setattr(candidates, "compositor", lambda folder: folder)
    page = tmp_path / "page"
    told = ("evaluate", "--data", tmp_path, "--report", page, "--candidates", tmp_path, "--slow")
    assert run(*told) == 0
    assert asked[0][3] == tmp_path
    assert asked[0][5].blends == baselines.SLOW
    assert (page / "index.html").exists()
    assert "exists already" in refused(capsys, 2, *told)
    assert len(asked) == 1  # refused before any work
    assert run(*told, "--overwrite") == 0


def test_evaluate_takes_an_iharmony4_tree_in_place_of_data(tmp_path, capsys, monkeypatch):
    from cleanplate.training.measure import iharmony4

    asked = []
    monkeypatch.setattr(iharmony4, "run", lambda *given: asked.append(given) or {})
    assert run("evaluate", "--iharmony4", tmp_path, "--full-size", "--limit", "5") == 0
    assert asked == [(tmp_path, 5, None, "ours", True)]
    both = ("--data", tmp_path, "--iharmony4", tmp_path)
    for wrong in ((), both, ("--iharmony4", tmp_path, "--slow"), ("--data", tmp_path, "--full-size")):
        assert "Give --data DATA" in refused(capsys, 2, "evaluate", *wrong)
    assert len(asked) == 1


def test_train_and_export_print_where_their_files_are(tmp_path, capsys, monkeypatch):
    import cleanplate.training.run

    asked: list[tuple[object, ...]] = []
    rooms = {
        "train": lambda *given, **named: asked.append((*given, named)) or tmp_path / "best.pt",
        "export": lambda *given: asked.append(given) or given[0],
    }
    for name, room in rooms.items():
        monkeypatch.setattr(cleanplate.training.run, name, SimpleNamespace(run=room), raising=False)
    given = "--data", tmp_path, "--out", tmp_path / "runs"
    assert run("train", "blend", *given, "--steps", "7", "--init", "old.pt", "--tensorboard") == 0
    assert capsys.readouterr().out == f"{tmp_path / 'best.pt'}\n"
    assert run("export", __file__, "-o", tmp_path) == 0
    assert capsys.readouterr().out == f"{__file__}\n"
    further = {"init": "old.pt", "tensorboard": True}
    assert asked == [("blend", str(tmp_path), tmp_path / "runs", None, 7, None, further), ([Path(__file__)], tmp_path)]


def test_of_several_processes_only_the_first_prints_the_checkpoint(tmp_path, capsys, monkeypatch):
    import cleanplate.training.run

    room = SimpleNamespace(run=lambda *given, **named: tmp_path / "best.pt")
    monkeypatch.setattr(cleanplate.training.run, "train", room, raising=False)
    for rank, said in (("1", ""), ("0", f"{tmp_path / 'best.pt'}\n")):
        monkeypatch.setenv("RANK", rank)
        assert run("train", "blend", "--data", tmp_path, "--out", tmp_path) == 0
        assert capsys.readouterr().out == said
